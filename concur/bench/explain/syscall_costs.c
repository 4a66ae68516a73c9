/*
 * What one system call of each kind costs on this machine: nanoseconds of CPU time, one flat JSON object on stdout.
 *
 *     syscall_costs CPU PEER_CPU PAYLOAD_BYTES...      a CPU of -1 pins nothing
 *
 * It stands where a server stands, on the target's CPU, with 64 loopback connections to a peer (a forked child) on the
 * engine's CPU. That there is a real peer matters: a send does the receiver's TCP work, and wakes it up, in the
 * sender's time. Each figure is the median over batches of the process's CPU time for a batch, divided by its calls;
 * CPU time, since it is what the counters of a server are made of, and since other processes may use the CPU too.
 *
 * The keys are the calls' names. Where a call's cost depends on more than its being made, further keys hold the rest:
 *
 *     N bytes received, N bytes sent      for a payload of N, beyond the call that moves one byte
 *     epoll_wait event                    each event beyond the first
 *     poll descriptor, select descriptor  each beyond the first
 *     first exchange                      a new connection's first byte in and out, both calls included
 *     close after shutdown                `close` itself ends the connection
 *     CALL in vain                        nothing was there
 *     wake                                a send's reader slept on another CPU, beyond the send
 *     sleep                               a thread sleeps, its CPU idles, another CPU wakes it up, beyond the call
 *     switch                              a thread sleeps, another runs and wakes it up, beyond the two calls
 *     preemption                          one thread after another, both ready
 *
 * What must not live here: anything that judges or adds up.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    SOCKETS = 64,             /* as many as the scenario `small` has */
    BATCHES = 41,
    CALLS = 250,              /* in a batch of calls that need no peer */
    FEW = 12,                 /* in a batch of calls that take long */
    BUFFER_BYTES = 65536,     /* what the models read at a time */
    WINDOW_BYTES = 1 << 20,   /* receive buffers: a whole message is there before it is read */
    PAGES = 64,
    BLOCK_BYTES = 262144,     /* the size of asyncio's read buffer */
    FORKED_BYTES = 16 << 20,  /* memory of a process that forks: about that of a Python that serves */
};

static int server[SOCKETS], client[SOCKETS], listener, events_of_one, events_of_all;
static struct sockaddr_in address = {.sin_family = AF_INET};
static char buffer[BUFFER_BYTES], *pages;
static _Atomic int turn;
static double clock_ns; /* what reading the clock takes */
static double sleep_ns;
static long page_bytes;
static pid_t main_process;

static void check(long result, const char *what) {
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", what, strerror(errno));
        if (getpid() != main_process) kill(main_process, SIGTERM); /* which waits for this, its peer */
        _exit(1);
    }
}

/* Timing */

static double cpu_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * 1e9 + now.tv_nsec;
}

static int by_size(const void *one, const void *other) {
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static double median(double *values) {
    qsort(values, BATCHES, sizeof *values, by_size);
    return values[BATCHES / 2];
}

static double more(double value, double than) { return value > than ? value - than : 0; }

static double cost(void (*call)(void), int calls) {
    double each[BATCHES];
    for (int batch = 0; batch < BATCHES; batch++) {
        double began = cpu_ns();
        for (int i = 0; i < calls; i++) call();
        each[batch] = (cpu_ns() - began) / calls;
    }
    return median(each);
}

static void read_clock(void) { cpu_ns(); }

static void tell(const char *name, double ns) {
    static const char *before = "{";
    printf("%s\"%s\": %.1f", before, name, ns);
    before = ", ";
}

/* Calls that need no peer */

static void trap(void) { syscall(SYS_getppid); }
static void receive_in_vain(void) { recv(server[0], buffer, sizeof buffer, MSG_DONTWAIT); }
static void epoll_in_vain(void) { struct epoll_event one; epoll_wait(events_of_one, &one, 1, 0); }
static void epoll_one(void) { struct epoll_event one[SOCKETS]; epoll_wait(events_of_one, one, SOCKETS, -1); }
static void epoll_all(void) { struct epoll_event all[SOCKETS]; epoll_wait(events_of_all, all, SOCKETS, -1); }
static void epoll_change(void) {
    struct epoll_event wanted = {.events = EPOLLIN};
    epoll_ctl(events_of_one, EPOLL_CTL_MOD, server[0], &wanted);
}
static void poll_some(int count) {
    struct pollfd asked[SOCKETS];
    for (int i = 0; i < count; i++) asked[i] = (struct pollfd){.fd = server[i], .events = POLLIN};
    poll(asked, count, 0);
}
static void poll_one(void) { poll_some(1); }
static void poll_all(void) { poll_some(SOCKETS); }
static void select_some(int count) {
    struct timeval none = {0, 0};
    fd_set asked;
    FD_ZERO(&asked);
    for (int i = 0; i < count; i++) FD_SET(server[i], &asked);
    select(server[count - 1] + 1, &asked, NULL, NULL, &none);
}
static void select_one(void) { select_some(1); }
static void select_all(void) { select_some(SOCKETS); }
static void wake_nobody(void) { syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0); }
static void wait_in_vain(void) { syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, -1, NULL, NULL, 0); }
static void map_and_unmap(void) {
    munmap(mmap(NULL, BLOCK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), BLOCK_BYTES);
}
static void grow_and_shrink(void) { if (sbrk(BLOCK_BYTES) != (void *)-1) sbrk(-BLOCK_BYTES); }
static void drop_pages(void) { madvise(pages, PAGES * page_bytes, MADV_DONTNEED); }
static void touch_and_drop(void) {
    for (int i = 0; i < PAGES; i++) ((volatile char *)pages)[i * page_bytes] = 1;
    drop_pages();
}
static void protect(void) {
    mprotect(pages, page_bytes, PROT_READ);
    mprotect(pages, page_bytes, PROT_READ | PROT_WRITE);
}
static void get_option(void) {
    int error;
    socklen_t size = sizeof error;
    getsockopt(server[0], SOL_SOCKET, SO_ERROR, &error, &size);
}
static void set_option(void) {
    int on = 1;
    setsockopt(server[0], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}
static void set_blocking(void) {
    int off = 0;
    ioctl(server[0], FIONBIO, &off);
}
static void get_flags(void) { fcntl(server[0], F_GETFL); }
static void yield_alone(void) { sched_yield(); }
static void wait_for_nobody(void) { wait4(-1, NULL, WNOHANG, NULL); }
static void sleep_shortly(void) {
    struct timespec one_ns = {0, 1};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &one_ns, NULL);
}

static void tell_simple_calls(void) {
    tell("trap", cost(trap, CALLS));
    tell("recvfrom in vain", cost(receive_in_vain, CALLS));
    tell("epoll_wait in vain", cost(epoll_in_vain, CALLS));
    tell("epoll_ctl", cost(epoll_change, CALLS));
    tell("futex", cost(wake_nobody, CALLS));
    tell("mmap", cost(map_and_unmap, CALLS) / 2);
    tell("munmap", cost(map_and_unmap, CALLS) / 2);
    tell("brk", cost(grow_and_shrink, CALLS) / 2);
    tell("mprotect", cost(protect, CALLS) / 2);
    tell("getsockopt", cost(get_option, CALLS));
    tell("setsockopt", cost(set_option, CALLS));
    tell("ioctl", cost(set_blocking, CALLS));
    tell("fcntl", cost(get_flags, CALLS));
    tell("sched_yield", cost(yield_alone, CALLS));
    tell("wait4", cost(wait_for_nobody, CALLS));
}

static void tell_polling(void) {
    double one = cost(epoll_one, CALLS), all = cost(epoll_all, CALLS);
    tell("epoll_wait", one);
    tell("epoll_wait event", more(all, one) / (SOCKETS - 1));
    tell("poll", one = cost(poll_one, CALLS));
    tell("poll descriptor", more(cost(poll_all, CALLS), one) / (SOCKETS - 1));
    tell("select", one = cost(select_one, CALLS));
    tell("select descriptor", more(cost(select_all, CALLS), one) / (SOCKETS - 1));
}

/* Memory, processes, threads */

static double tell_memory(void) {
    size_t bytes = PAGES * page_bytes;
    pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(pages == MAP_FAILED ? -1 : 0, "mmap");
    madvise(pages, bytes, MADV_NOHUGEPAGE);
    double dropping = cost(drop_pages, CALLS), fault = more(cost(touch_and_drop, FEW), dropping) / PAGES;
    tell("madvise", dropping);
    tell("page fault", fault);
    return fault;
}

static long switches(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_nvcsw + used.ru_nivcsw;
}

static long faults(void) {
    struct rusage own, of_children;
    getrusage(RUSAGE_SELF, &own);
    getrusage(RUSAGE_CHILDREN, &of_children);
    return own.ru_minflt + of_children.ru_minflt;
}

static double children_ns(void) {
    struct rusage used;
    getrusage(RUSAGE_CHILDREN, &used);
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e9 + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e3;
}

/* A process from its fork to its being waited for, without the pages that it copies. */
static void tell_fork(double fault) {
    char *memory = malloc(FORKED_BYTES);
    memset(memory, 1, FORKED_BYTES);
    double each[BATCHES];
    for (int batch = 0; batch < BATCHES; batch++) {
        double began = cpu_ns() + children_ns(), faulted = faults();
        pid_t child = fork();
        check(child, "fork");
        if (child == 0) _exit(0);
        waitpid(child, NULL, 0);
        each[batch] = more(cpu_ns() + children_ns() - began, (faults() - faulted) * fault);
    }
    free(memory);
    tell("clone", median(each));
}

static void *nothing(void *argument) { return argument; }

static void start_thread(void) {
    pthread_t thread;
    check(-pthread_create(&thread, NULL, nothing, NULL), "pthread_create");
    pthread_join(thread, NULL);
}

static void *take_turns(void *mine) {
    for (int i = 0; i < BATCHES * CALLS; i++) {
        while (turn != (mine != NULL)) syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, mine == NULL, NULL, NULL, 0);
        turn = mine == NULL;
        syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
    return NULL;
}

static void *yield_in_turn(void *argument) {
    for (int i = 0; i < BATCHES * CALLS; i++) sched_yield();
    return argument;
}

/* Two threads do the same on one CPU; what a switch between them costs, beyond the calls that each makes a turn. */
static double switching(void *(*routine)(void *), double calls_ns) {
    pthread_t other;
    check(-pthread_create(&other, NULL, routine, &turn), "pthread_create");
    double began = cpu_ns();
    long before = switches();
    routine(NULL);
    pthread_join(other, NULL);
    double spent = cpu_ns() - began - 2.0 * BATCHES * CALLS * calls_ns;
    return more(spent, 0) / (double)(switches() - before ? switches() - before : 1);
}

static void tell_switches(void) {
    double switched = switching(take_turns, cost(wake_nobody, CALLS) + cost(wait_in_vain, CALLS));
    tell("switch", switched);
    tell("preemption", switching(yield_in_turn, cost(yield_alone, CALLS)));
    tell("clone3", more(cost(start_thread, FEW), switched));
    double slept = cost(sleep_shortly, FEW), least = cost(trap, CALLS);
    tell("clock_nanosleep", slept - sleep_ns > least ? slept - sleep_ns : least);
}

/* The peer: a process on the engine's CPU that does what it is ordered to */

enum order { SEND, READ, PLAY, CONNECT, CLOSE };
static struct { _Atomic int given, done; enum order what; size_t bytes; } *orders;

static void send_all(int socket, size_t bytes) {
    while (bytes > 0) {
        ssize_t sent = send(socket, buffer, bytes < sizeof buffer ? bytes : sizeof buffer, MSG_NOSIGNAL);
        check(sent, "send");
        bytes -= sent;
    }
}

/* By epoll, as the engine does. timeout_ms: 0 stays awake, -1 sleeps until there is something. */
static void read_all(size_t bytes, int timeout_ms) {
    struct epoll_event ready[SOCKETS];
    for (size_t got = 0; got < bytes;) {
        int count = epoll_wait(events_of_all, ready, SOCKETS, timeout_ms);
        for (int i = 0; i < count; i++) {
            ssize_t here = recv(ready[i].data.fd, buffer, sizeof buffer, MSG_DONTWAIT);
            check(here, "recv");
            got += here;
        }
    }
}

static void obey(void) {
    static int extra[SOCKETS];
    for (int i = 0; i < SOCKETS; i++) {
        if (orders->what == SEND) send_all(client[i], orders->bytes);
        if (orders->what == CONNECT) {
            check(extra[i] = socket(AF_INET, SOCK_STREAM, 0), "socket");
            check(connect(extra[i], (struct sockaddr *)&address, sizeof address), "connect");
            send_all(extra[i], orders->bytes);
        }
        if (orders->what == CLOSE) {
            check(recv(extra[i], buffer, 1, 0), "recv");
            close(extra[i]);
        }
    }
    if (orders->what == READ) read_all(orders->bytes * SOCKETS, 0);
    for (size_t i = 0; orders->what == PLAY && i < orders->bytes; i++) {
        read_all(1, -1);
        send_all(client[0], 1);
    }
}

static void watch(int *sockets) {
    check(events_of_one = epoll_create1(0), "epoll_create1");
    check(events_of_all = epoll_create1(0), "epoll_create1");
    for (int i = 0; i < SOCKETS; i++) {
        struct epoll_event wanted = {.events = EPOLLIN, .data.fd = sockets[i]};
        check(epoll_ctl(events_of_all, EPOLL_CTL_ADD, sockets[i], &wanted), "epoll_ctl");
        if (i == 0) check(epoll_ctl(events_of_one, EPOLL_CTL_ADD, sockets[i], &wanted), "epoll_ctl");
    }
}

static _Noreturn void be_the_peer(void) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != main_process) _exit(1); /* it ended before that */
    watch(client);
    for (int seen = 0;; orders->done = ++seen) {
        while (orders->given == seen) sched_yield();
        obey();
    }
}

static void order(enum order what, size_t bytes) {
    orders->what = what;
    orders->bytes = bytes;
    orders->given++;
}

static void await_the_peer(void) { while (orders->done != orders->given) sched_yield(); }

/* Calls that need the peer */

static ssize_t receive(int socket, size_t bytes) { return recv(socket, buffer, bytes, 0); }
static ssize_t reply(int socket, size_t bytes) { return send(socket, buffer, bytes, MSG_NOSIGNAL); }

/* CPU time to move a whole message by so many calls, without that of reading the clock. */
static double moving(ssize_t (*move)(int, size_t), int socket, size_t bytes, int *calls) {
    double began = cpu_ns();
    for (size_t left = bytes; left > 0; ++*calls) {
        ssize_t moved = move(socket, left < sizeof buffer ? left : sizeof buffer);
        check(moved, "moving bytes");
        left -= moved;
    }
    return cpu_ns() - began - clock_ns;
}

struct exchange { double receiving_ns, sending_ns; int receives, sends; };

/* A message comes in on each connection; then each is read and answered in turn, as by a server that does no work. */
static struct exchange exchange(size_t bytes) {
    struct exchange sum = {0};
    order(SEND, bytes);
    await_the_peer();
    order(READ, bytes);
    for (int i = 0; i < SOCKETS; i++) {
        sum.receiving_ns += moving(receive, server[i], bytes, &sum.receives);
        sum.sending_ns += moving(reply, server[i], bytes, &sum.sends);
    }
    await_the_peer();
    return sum;
}

/* What messages of this size cost beyond the same number of calls that move one byte, measured in turns. */
static void tell_payload(long payload, double *receiving_one, double *sending_one) {
    double receiving[BATCHES], sending[BATCHES];
    size_t bytes = payload < WINDOW_BYTES / 4 ? payload : WINDOW_BYTES / 4;
    exchange(bytes); /* lets the buffers grow */
    for (int batch = 0; batch < BATCHES; batch++) {
        struct exchange one = exchange(1), whole = exchange(bytes);
        receiving_one[batch] = one.receiving_ns / SOCKETS;
        sending_one[batch] = one.sending_ns / SOCKETS;
        receiving[batch] = (whole.receiving_ns - whole.receives * receiving_one[batch]) / SOCKETS;
        sending[batch] = (whole.sending_ns - whole.sends * sending_one[batch]) / SOCKETS;
    }
    double scale = (double)payload / bytes; /* a larger message is taken to cost in proportion */
    printf(", \"%ld bytes received\": %.1f", payload, more(median(receiving), 0) * scale);
    printf(", \"%ld bytes sent\": %.1f", payload, more(median(sending), 0) * scale);
}

/* Ping-pong with one byte: each side sleeps, its CPU idles, until the other wakes it up, as with one connection. */
static struct exchange playing(void) {
    double waking[BATCHES] = {0}, sleeping[BATCHES] = {0};
    for (int batch = 0, calls = 0; batch < BATCHES; batch++) {
        order(PLAY, FEW);
        for (int i = 0; i < FEW; i++) {
            waking[batch] += moving(reply, server[0], 1, &calls) / FEW;
            sleeping[batch] += moving(receive, server[0], 1, &calls) / FEW;
        }
        await_the_peer();
    }
    return (struct exchange){.sending_ns = median(waking), .receiving_ns = median(sleeping)};
}

static void tell_exchanges(int count, char **payloads) {
    double receiving[BATCHES], sending[BATCHES];
    for (int i = 0; i < count; i++) tell_payload(atol(payloads[i]), receiving, sending);
    double receiving_ns = median(receiving), sending_ns = median(sending);
    struct exchange play = playing();
    tell("recvfrom", receiving_ns);
    tell("sleep", sleep_ns = more(play.receiving_ns, receiving_ns));
    tell("sendto", sending_ns);
    tell("wake", more(play.sending_ns, sending_ns));
}

/* A connection's life: it comes, brings a byte, is answered; the peer closes it, then so does the server. */
static void tell_connections(void) {
    double accepting[BATCHES], first[BATCHES], shutting[BATCHES], closing_shut[BATCHES], closing[BATCHES];
    int accepted[SOCKETS], calls = 0, half = SOCKETS / 2; /* the first half is shut down before it is closed */
    for (int batch = 0; batch < BATCHES; batch++) {
        order(CONNECT, 1);
        await_the_peer();
        double began = cpu_ns();
        for (int i = 0; i < SOCKETS; i++) check(accepted[i] = accept4(listener, NULL, NULL, SOCK_CLOEXEC), "accept4");
        accepting[batch] = (cpu_ns() - began) / SOCKETS;
        first[batch] = 0;
        for (int i = 0; i < SOCKETS; i++) {
            first[batch] += moving(receive, accepted[i], 1, &calls) / SOCKETS;
            first[batch] += moving(reply, accepted[i], 1, &calls) / SOCKETS;
        }
        order(CLOSE, 0);
        await_the_peer();
        double shut = cpu_ns();
        for (int i = 0; i < half; i++) shutdown(accepted[i], SHUT_WR);
        double shut_closed = cpu_ns();
        for (int i = 0; i < half; i++) close(accepted[i]);
        double closed = cpu_ns();
        for (int i = half; i < SOCKETS; i++) close(accepted[i]);
        closing[batch] = (cpu_ns() - closed) / half;
        closing_shut[batch] = (closed - shut_closed) / half;
        shutting[batch] = (shut_closed - shut) / half;
    }
    tell("accept4", median(accepting));
    tell("first exchange", median(first));
    tell("shutdown", median(shutting));
    tell("close after shutdown", median(closing_shut));
    tell("close", median(closing));
}

static void connect_all(void) {
    int on = 1, window = WINDOW_BYTES;
    socklen_t size = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(listener = socket(AF_INET, SOCK_STREAM, 0), "socket");
    setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
    check(bind(listener, (struct sockaddr *)&address, sizeof address), "bind");
    check(listen(listener, 2 * SOCKETS), "listen");
    check(getsockname(listener, (struct sockaddr *)&address, &size), "getsockname");
    for (int i = 0; i < SOCKETS; i++) {
        check(client[i] = socket(AF_INET, SOCK_STREAM, 0), "socket");
        check(connect(client[i], (struct sockaddr *)&address, sizeof address), "connect");
        check(server[i] = accept4(listener, NULL, NULL, SOCK_CLOEXEC), "accept4");
        setsockopt(client[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        setsockopt(server[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
}

static void pin(int cpu) {
    cpu_set_t only;
    CPU_ZERO(&only);
    if (cpu < 0) return;
    CPU_SET(cpu, &only);
    check(sched_setaffinity(0, sizeof only, &only), "sched_setaffinity");
}

static pid_t start_the_peer(int cpu) {
    orders = mmap(NULL, sizeof *orders, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    check(orders == MAP_FAILED ? -1 : 0, "mmap");
    pid_t peer = fork();
    check(peer, "fork");
    if (peer != 0) return peer;
    pin(cpu);
    be_the_peer();
}

static int usage(const char *name) {
    fprintf(stderr, "usage: %s CPU PEER_CPU PAYLOAD_BYTES...\n", name);
    return 2;
}

int main(int count, char **words) {
    if (count < 4) return usage(words[0]);
    for (int i = 1; i < count; i++) {
        char *end;
        if (strtol(words[i], &end, 10) < (i < 3 ? -1 : 1) || *end != 0) return usage(words[0]);
    }
    main_process = getpid();
    page_bytes = sysconf(_SC_PAGESIZE);
    connect_all();
    pid_t peer = start_the_peer(atoi(words[2]));
    pin(atoi(words[1]));
    watch(server);
    clock_ns = cost(read_clock, CALLS);
    double fault = tell_memory();
    tell_simple_calls();
    order(SEND, 1);
    await_the_peer();
    tell_polling();
    for (int i = 0; i < SOCKETS; i++) check(recv(server[i], buffer, 1, 0), "recv");
    tell_exchanges(count - 3, words + 3);
    tell_connections();
    tell_switches();
    tell_fork(fault);
    printf("}\n");
    kill(peer, SIGKILL);
    waitpid(peer, NULL, 0);
}
