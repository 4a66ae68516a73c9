/*
 * concur's native load generator for UDP: one thread, one epoll, every
 * datagram that returns compared with what was sent.
 *
 * It reads one JSON line from standard input, the load, and writes one to
 * standard output, the result or an error. It ends by itself, or when standard
 * input ends because its parent did.
 *
 * The loop is closed: each place in flight sends its next datagram when the
 * last one has returned, or has taken longer than the time-out. What a datagram
 * holds and what each count means is written in datagrams.py; datagrams_twin.py
 * is the same program in Python. What must not live here: anything that judges
 * the figures.
 *
 * Sections: state, the result, windows, sending, receiving, time-outs, the
 * loop, the beginning.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "parts.h"

enum {
    EVENTS = 256,       /* events asked of the kernel at a time */
    HEADER_BYTES = 12,  /* the socket's number, then the datagram's number on it; little-endian */
    OVERHEAD_BYTES = 540, /* what the kernel charges a socket for a datagram is under 2 * (its bytes + this) */
    LINE_BYTES = 4096,
    COMMANDS = UINT32_MAX & 0x7fffffff,
};

/* ---- state ------------------------------------------------------------------ */

static struct {
    char host[256];
    int64_t port, sockets, in_flight, payload_bytes, timeout_ns, warmup_ns, window_ns, messages;
    uint64_t seed;
} load;

/* One of a socket's places in flight. Its n-th datagram bears the number n * in_flight + place. */
struct place {
    bool is_taken;
    uint64_t turns;       /* datagrams begun here; the one in flight is the last */
    uint64_t order;       /* when it was sent, among all of its socket */
    int64_t sent_ns;
    uint64_t *lost;       /* turns counted as lost, and not back since */
    size_t lost_count, lost_capacity;
};

struct channel {
    int fd;
    uint64_t sent;    /* in its life */
    uint64_t behind;  /* a datagram that returns with a lower order was overtaken */
    struct place *places;
};

struct tally {
    uint64_t sent, verified, lost, wrong, late, duplicated, reordered, stray;
    struct histogram latency;
};

static struct channel *channels;
static struct tally tally;
static struct sockaddr_storage address;
static socklen_t address_bytes;
static uint8_t *table;
static uint8_t buffer[1 << 16];
static int poller;
static int64_t now_ns, sweep_ns;
static uint64_t begun, outstanding; /* datagrams sent in all, and in flight on all sockets */
static int64_t receive_buffer_bytes = NEVER, asked_bytes; /* the smallest that a socket has; what its replies need */

static struct {
    bool open;
    int64_t opened_ns, window_ns, edge_ns, cpu_ns; /* edge_ns: when it opens, or ends */
    uint64_t carried;                              /* in flight when it was opened */
    bool settled;                                  /* every one of load.messages is */
} span;

/* ---- the result: datagrams.py's DatagramResult -------------------------------- */

static void print_counts(void) {
    const struct tally *t = &tally;
    printf(",\"sent\":%" PRIu64 ",\"verified\":%" PRIu64 ",\"lost\":%" PRIu64, t->sent, t->verified, t->lost);
    printf(",\"wrong\":%" PRIu64 ",\"late\":%" PRIu64 ",\"duplicated\":%" PRIu64, t->wrong, t->late, t->duplicated);
    printf(",\"reordered\":%" PRIu64 ",\"stray\":%" PRIu64, t->reordered, t->stray);
    printf(",\"in_flight_at_start\":%" PRIu64 ",\"in_flight_at_end\":%" PRIu64, span.carried, outstanding);
}

static _Noreturn void finish(void) {
    double seconds = (double)(span.window_ns > 0 ? span.window_ns : 1) / 1e9;
    printf("{\"event\":\"result\",\"engine\":\"native\"");
    printf(",\"opened_ns\":%" PRId64 ",\"window_ns\":%" PRId64, span.opened_ns, span.window_ns);
    print_counts();
    printf(",\"rate_per_s\":%.9g", (double)tally.verified / seconds);
    print_quantiles("latency_ns", &tally.latency);
    printf(",\"engine_cpu_ns\":%" PRId64, cpu_ns() - span.cpu_ns);
    printf(",\"receive_buffer_bytes\":%" PRId64 ",\"asked_bytes\":%" PRId64 "}\n", receive_buffer_bytes, asked_bytes);
    fflush(stdout);
    exit(0);
}

/* ---- windows -------------------------------------------------------------------- */

static void note_settled(void);

static void open_window(void) {
    memset(&tally, 0, sizeof tally);
    span.open = true;
    span.opened_ns = now_ns;
    span.window_ns = load.window_ns;
    span.edge_ns = load.messages < 0 ? now_ns + load.window_ns : NEVER;
    span.carried = outstanding;
    span.cpu_ns = cpu_ns();
    note_settled();
}

/* Called before anything that happened at now_ns is counted, so that it is counted where it belongs. */
static void refresh(void) {
    now_ns = monotonic_ns();
    if (now_ns < span.edge_ns) return;
    if (span.open) finish();
    open_window();
}

static bool may_begin(void) { return load.messages < 0 || begun < (uint64_t)load.messages; }

/* Of a given number of messages, the window ends with the last one; what is late or doubled has a time-out more. */
static void note_settled(void) {
    if (may_begin() || outstanding > 0 || span.settled || !span.open) return;
    span.settled = true;
    span.window_ns = now_ns - span.opened_ns;
    span.edge_ns = now_ns + load.timeout_ns;
}

/* ---- sending ---------------------------------------------------------------------- */

static uint32_t number_of(const struct channel *c) { return (uint32_t)(c - channels); }

static const uint8_t *body_of(const struct channel *c, uint64_t number) {
    uint64_t shift = number % PERIOD * (uint64_t)load.payload_bytes % PERIOD;
    return table + (start_of(load.seed, number_of(c)) + shift) % PERIOD;
}

static _Noreturn void give_up_on_peer(int error) {
    char what[350];
    snprintf(what, sizeof what, "datagrams to %s:%" PRId64 " cannot be exchanged", load.host, load.port);
    give_up(what, strerror(error), "See that a server listens there, and that its datagrams may be that long.");
}

/* The kernel may have no room; then the place stays free, and the next sweep tries again. */
static bool is_passing(int error) { return error == EAGAIN || error == EINTR || error == ENOBUFS; }

static bool send_datagram(struct channel *c, uint64_t number) {
    uint8_t header[HEADER_BYTES];
    uint32_t whose = htole32(number_of(c));
    uint64_t which = htole64(number);
    memcpy(header, &whose, sizeof whose);
    memcpy(header + sizeof whose, &which, sizeof which);
    struct iovec pieces[2] = {{header, HEADER_BYTES}, {(void *)body_of(c, number), (size_t)load.payload_bytes - HEADER_BYTES}};
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
    if (sendmsg(c->fd, &message, MSG_NOSIGNAL) >= 0) return true;
    if (!is_passing(errno)) give_up_on_peer(errno);
    return false;
}

static void fill(struct channel *c, struct place *p) {
    if (p->is_taken || !may_begin()) return;
    p->sent_ns = now_ns;
    if (!send_datagram(c, p->turns * (uint64_t)load.in_flight + (uint64_t)(p - c->places))) {
        sweep_ns = min64(sweep_ns, now_ns + MS);
        return;
    }
    p->is_taken = true;
    p->turns++;
    p->order = c->sent++;
    begun++;
    outstanding++;
    tally.sent++;
}

/* What was in flight there is settled, one way or the other. */
static void vacate(struct channel *c, struct place *p) {
    p->is_taken = false;
    outstanding--;
    fill(c, p);
    note_settled();
}

/* ---- receiving ---------------------------------------------------------------------- */

static void remember_lost(struct place *p) {
    if (p->lost_count == p->lost_capacity) {
        p->lost_capacity = 2 * p->lost_capacity + 8;
        p->lost = realloc(p->lost, p->lost_capacity * sizeof *p->lost);
        if (p->lost == NULL) give_up("the load cannot go on", "out of memory", "Ask for a longer time-out.");
    }
    p->lost[p->lost_count++] = p->turns - 1;
}

/* Whether that turn was counted as lost; it is then forgotten, since it is back. */
static bool was_lost(struct place *p, uint64_t turn) {
    for (size_t i = p->lost_count; i-- > 0;) {
        if (p->lost[i] != turn) continue;
        p->lost[i] = p->lost[--p->lost_count];
        return true;
    }
    return false;
}

static void returned(struct channel *c, struct place *p) {
    tally.verified++;
    record(&tally.latency, now_ns - p->sent_ns);
    if (p->order < c->behind)
        tally.reordered++;
    else
        c->behind = p->order + 1;
}

/* The place whose datagram a reply says it is; NULL where it is none of this socket's. */
static struct place *named_by(struct channel *c, size_t count, uint64_t *number) {
    uint32_t whose;
    if (count < HEADER_BYTES) return NULL;
    memcpy(&whose, buffer, sizeof whose);
    memcpy(number, buffer + sizeof whose, sizeof *number);
    *number = le64toh(*number);
    return le32toh(whose) == number_of(c) ? &c->places[*number % (uint64_t)load.in_flight] : NULL;
}

static void take(struct channel *c, size_t count) {
    uint64_t number, turn;
    struct place *p = named_by(c, count, &number);
    if (p == NULL) {
        tally.stray++;
        return;
    }
    size_t body_bytes = (size_t)load.payload_bytes - HEADER_BYTES;
    bool right = count == (size_t)load.payload_bytes && memcmp(buffer + HEADER_BYTES, body_of(c, number), body_bytes) == 0;
    turn = number / (uint64_t)load.in_flight;
    if (p->is_taken && turn == p->turns - 1) {
        right ? returned(c, p) : (void)tally.wrong++;
        vacate(c, p);
    } else if (!right) {
        tally.stray++;
    } else if (was_lost(p, turn)) {
        tally.late++;
    } else {
        tally.duplicated++;
    }
}

/* One datagram, if there is one. One byte more is asked for than there should be, so that a longer one shows. */
static bool receive(struct channel *c) {
    ssize_t count = recv(c->fd, buffer, (size_t)load.payload_bytes + 1, 0);
    int error = errno;
    refresh();
    if (count >= 0)
        take(c, (size_t)count);
    else if (!is_passing(error))
        give_up_on_peer(error);
    return count >= 0;
}

/* ---- time-outs -------------------------------------------------------------------------- */

static bool is_overdue(const struct place *p) { return p->is_taken && now_ns - p->sent_ns > load.timeout_ns; }

/* A reply that waits in the socket is the engine's delay, not the server's: look before judging. */
static void judge(struct channel *c, struct place *p) {
    while (is_overdue(p) && receive(c)) continue;
    if (!is_overdue(p)) return;
    tally.lost++;
    remember_lost(p);
    vacate(c, p);
}

static void sweep(void) {
    int64_t pause_ns = load.timeout_ns / 20;
    sweep_ns = now_ns + (pause_ns < MS ? MS : min64(pause_ns, 100 * MS));
    for (int64_t i = 0; i < load.sockets; i++) {
        for (int64_t place = 0; place < load.in_flight; place++) {
            judge(&channels[i], &channels[i].places[place]);
            fill(&channels[i], &channels[i].places[place]);
        }
    }
}

/* ---- the loop ------------------------------------------------------------------------------- */

/* Milliseconds will do: what happened is counted by when it did, however late the timer. */
static int left_ms(void) {
    int64_t left_ns = min64(sweep_ns, span.edge_ns) - monotonic_ns();
    return left_ns > 0 ? (int)(left_ns / MS + 1) : 0;
}

static void handle(const struct epoll_event *event) {
    char byte;
    if (event->data.u32 != COMMANDS)
        receive(&channels[event->data.u32]);
    else if (read(STDIN_FILENO, &byte, 1) <= 0)
        exit(1); /* whoever asked is gone */
}

static _Noreturn void run(void) {
    static struct epoll_event events[EVENTS];
    span.edge_ns = now_ns + load.warmup_ns;
    refresh();
    sweep(); /* fills all places */
    for (;;) {
        int count = epoll_wait(poller, events, EVENTS, left_ms());
        refresh();
        for (int i = 0; i < count; i++) handle(&events[i]);
        if (now_ns >= sweep_ns) sweep();
    }
}

/* ---- the beginning ---------------------------------------------------------------------------- */

static void read_load(void) {
    char line[LINE_BYTES];
    if (fgets(line, sizeof line, stdin) == NULL) exit(1);
    read_text(line, "host", load.host, sizeof load.host);
    load.port = read_integer(line, "port", 0);
    load.sockets = read_integer(line, "sockets", 8);
    load.in_flight = read_integer(line, "in_flight", 1);
    load.payload_bytes = read_integer(line, "payload_bytes", 1024);
    load.timeout_ns = read_integer(line, "timeout_ns", S);
    load.warmup_ns = read_integer(line, "warmup_ns", 0);
    load.window_ns = read_integer(line, "window_ns", S);
    load.messages = read_integer(line, "messages", -1);
    load.seed = (uint64_t)read_integer(line, "seed", 1);
}

static void resolve(void) {
    char port[16], what[300];
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found;
    snprintf(port, sizeof port, "%" PRId64, load.port);
    snprintf(what, sizeof what, "the host %s is not known", load.host);
    int error = getaddrinfo(load.host, port, &hints, &found);
    if (error != 0) give_up(what, gai_strerror(error), "Name one that is.");
    memcpy(&address, found->ai_addr, found->ai_addrlen);
    address_bytes = found->ai_addrlen;
    freeaddrinfo(found);
}

/* The kernel doubles what it is asked for, and says the double: socket(7), SO_RCVBUF. */
static void widen_receive_buffer(int fd) {
    int granted, asked = (int)(min64(asked_bytes, INT32_MAX) / 2);
    socklen_t bytes = sizeof granted;
    getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &bytes);
    if (granted < asked_bytes) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &asked, sizeof asked);
    getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &bytes);
    receive_buffer_bytes = min64(receive_buffer_bytes, granted);
}

static void watch(int fd, uint32_t name) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = name};
    epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
}

static void open_channel(struct channel *c) {
    c->places = calloc((size_t)load.in_flight, sizeof *c->places);
    c->fd = socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || c->places == NULL) give_up("the load cannot be prepared", strerror(errno), "Ask for fewer sockets.");
    if (connect(c->fd, (struct sockaddr *)&address, address_bytes) != 0) give_up_on_peer(errno);
    widen_receive_buffer(c->fd);
    watch(c->fd, number_of(c));
}

static void prepare(void) {
    resolve();
    asked_bytes = 2 * load.in_flight * (load.payload_bytes + OVERHEAD_BYTES);
    table = make_table(load.seed, (size_t)load.payload_bytes);
    channels = calloc((size_t)load.sockets, sizeof *channels);
    if (table == NULL || channels == NULL) give_up("the load cannot be prepared", "out of memory", "Ask for less.");
    poller = epoll_create1(EPOLL_CLOEXEC);
    watch(STDIN_FILENO, COMMANDS);
    for (int64_t i = 0; i < load.sockets; i++) open_channel(&channels[i]);
    prctl(PR_SET_TIMERSLACK, 1UL); /* the default lets the kernel wake us 50 us late */
    now_ns = monotonic_ns();
}

int main(void) {
    read_load();
    prepare();
    run();
}
