/*
 * The least that a closed-loop client can do: epoll, read, send again; nothing is verified or timed.
 * The native engine's cost is judged against it.
 *
 *     bare_client PORT CONNECTIONS PAYLOAD_BYTES DURATION_NS
 *
 * prints {"requests":N,"cpu_ns":N} for the second half of the duration.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char buffer[1 << 18], message[1 << 18];

static int64_t clock_of(clockid_t which) {
    struct timespec time;
    clock_gettime(which, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int open_one(int port) {
    const int on = 1;
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&where, sizeof where) != 0) exit(1);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    int connections = atoi(argv[2]), poller = epoll_create1(0);
    size_t payload_bytes = strtoull(argv[3], NULL, 10);
    int64_t half_ns = atoll(argv[4]) / 2, edge_ns = clock_of(CLOCK_MONOTONIC) + half_ns, cpu_ns = 0;
    uint64_t bytes = 0;
    memset(message, 'x', sizeof message);
    for (int i = 0; i < connections; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = open_one(atoi(argv[1]))};
        epoll_ctl(poller, EPOLL_CTL_ADD, event.data.fd, &event);
        if (send(event.data.fd, message, payload_bytes, MSG_NOSIGNAL) < 0) return 1;
    }
    for (int half = 0; half < 2; half++, edge_ns += half_ns) {
        bytes = 0;
        cpu_ns = clock_of(CLOCK_PROCESS_CPUTIME_ID);
        while (clock_of(CLOCK_MONOTONIC) < edge_ns) {
            struct epoll_event events[512];
            int count = epoll_wait(poller, events, 512, 1000);
            for (int i = 0; i < count; i++) {
                ssize_t got = recv(events[i].data.fd, buffer, sizeof buffer, MSG_DONTWAIT);
                if (got <= 0 || send(events[i].data.fd, message, (size_t)got, MSG_NOSIGNAL) < 0) return 1;
                bytes += (uint64_t)got;
            }
        }
    }
    cpu_ns = clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_ns;
    printf("{\"requests\":%llu,\"cpu_ns\":%lld}\n", (unsigned long long)(bytes / payload_bytes), (long long)cpu_ns);
    return 0;
}
