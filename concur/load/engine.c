/*
 * concur's native load generator: one thread, one epoll, every byte verified.
 *
 * It reads one JSON line, the load (plan.py's Load), from standard input, then
 * commands, one flat JSON object a line:
 *
 *     {"do":"start"}  {"do":"open","window_ns":N}  {"do":"finish"}
 *
 * and answers with events on standard output, likewise one a line: connected,
 * slice, opened, closed, exhausted, warning, finished, error. It ends when
 * told to finish, or when standard input ends because its parent did.
 *
 * What each count means is written in plan.py; twin.py is the same program in
 * Python, function by function. What must not live here: anything that judges
 * the figures.
 *
 * Other ways to run it:
 *     engine --null-server                          an echo server with nothing in it, the ceiling
 *     engine --arrivals SEED RATE N POISSON RAMP_NS  the first N due times in ns
 *     engine --payload SEED CONNECTION OFFSET N      N bytes of a connection's stream
 *
 * Sections: arrivals, histograms, queues, state, tallies, reports, windows,
 * connections, sending, receiving, timers, commands, the loop, null server,
 * main. What comes before them, and datagrams.c has too, is in parts.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "parts.h"

enum {
    EVENTS = 512,          /* events asked of the kernel at a time */
    READ_BYTES = 1 << 18,  /* a read takes what is there, nearly always */
    BATCH = 32,            /* messages of one connection in one system call */
    DUE_BATCH = 64,        /* due messages sent before replies are looked at again */
    CONNECTING_MAX = 128,  /* connections being made at a time, before the load starts: kind to a short backlog */
    SPARE_DESCRIPTORS = 16,
    SOURCES = 64,          /* loopback addresses that churn connects from: one has 28,232 ports, and half are slow to find */
    LEAVING_BATCH = 64,    /* connections closed at a time in the end, for 5,000 at once are a stampede to a threaded server */
};
#define LEAVING_PAUSE_NS (5 * MS)
#define REOPEN_NS (10 * MS) /* a connection that failed is made anew after this pause */
#define ON_TIME_NS (1 * MS)

/* ---- arrivals: see arrivals.py ---------------------------------------------- */

struct arrivals {
    double per_ns, ramp_ns, head; /* head: messages due within the ramp */
    bool poisson;
    uint64_t state;
    double expected; /* messages expected up to the next one */
};

static struct arrivals make_arrivals(uint64_t seed, double rate_per_s, bool poisson, int64_t ramp_ns) {
    struct arrivals a = {.per_ns = rate_per_s / 1e9, .ramp_ns = (double)ramp_ns, .poisson = poisson, .state = ~seed};
    a.head = a.per_ns * a.ramp_ns / 2;
    return a;
}

/* The next due time, in ns since the load's start. */
static int64_t next_arrival(struct arrivals *a) {
    double x = a->expected, due;
    if (x < a->head)
        due = sqrt(2 * a->ramp_ns * x / a->per_ns);
    else
        due = a->ramp_ns + (x - a->head) / a->per_ns;
    double uniform = a->poisson ? (double)(splitmix64(&a->state) >> 11) * 0x1p-53 : 0;
    a->expected = x + (a->poisson ? -log(1 - uniform) : 1);
    return (int64_t)due;
}

/* ---- histograms together ---------------------------------------------------- */

static void add_histogram(struct histogram *to, const struct histogram *from) {
    to->total += from->total;
    for (int i = 0; i < BUCKETS; i++) to->counts[i] += from->counts[i];
}

/* ---- queues: first in, first out, growing ------------------------------------ */

struct entry {
    int64_t at_ns;
    uint32_t slot;   /* which connection, where that matters */
    uint32_t serial; /* and which life of it: an entry of an earlier life is stale */
};

struct queue {
    struct entry *entries;
    uint32_t first, count, capacity; /* capacity is a power of two */
};

static void grow(struct queue *q) {
    uint32_t capacity = q->capacity ? 2 * q->capacity : 4;
    struct entry *entries = malloc(capacity * sizeof *entries);
    if (entries == NULL) give_up("the load cannot go on", "out of memory", "Ask for a lower rate or fewer connections.");
    for (uint32_t i = 0; i < q->count; i++) entries[i] = q->entries[(q->first + i) & (q->capacity - 1)];
    free(q->entries);
    *q = (struct queue){entries, 0, q->count, capacity};
}

static void push(struct queue *q, struct entry entry) {
    if (q->count == q->capacity) grow(q);
    q->entries[(q->first + q->count++) & (q->capacity - 1)] = entry;
}

static struct entry *front(struct queue *q) { return &q->entries[q->first]; }

static struct entry pop(struct queue *q) {
    struct entry entry = *front(q);
    q->first = (q->first + 1) & (q->capacity - 1);
    q->count--;
    return entry;
}

/* ---- state ----------------------------------------------------------------------- */

enum kind { FINE, WRONG, SHORT, RESET, TIMED_OUT, REFUSED, KINDS };
enum state { CLOSED, CONNECTING, LIVE };
enum phase { RAISING, WAITING, RUNNING, FINISHING }; /* RAISING: making the first connections */

static struct {
    char host[256];
    int64_t port, connections, idle, payload_bytes, ramp_ns, pipeline, think_ns, timeout_ns, slice_ns, messages;
    uint64_t seed;
    double rate_per_s; /* 0: closed loop */
    bool lines, poisson, churn;
} load;

struct connection {
    int fd;
    enum state state;
    enum kind broken;  /* a write has failed: the next read says how it ended */
    bool blocked;      /* waits until the kernel takes more */
    uint32_t serial;   /* which opening this is, of all */
    uint32_t unsent;   /* of those in flight, how many are not wholly written */
    uint32_t out_start, in_start;  /* where in the table the message being written, and expected, begins */
    size_t out_bytes, in_bytes;    /* how much of these is done */
    int64_t since_ns;              /* when connecting began */
    struct queue in_flight;        /* when each counts from */
    uint64_t verified, verified_before; /* in this window; before it */
};

static struct sockaddr_storage address;
static socklen_t address_bytes;
static struct connection *connections;
static uint32_t slots; /* the active connections, then the idle ones */
static uint32_t raised, connecting, live, openings, turn;
static enum phase phase;
static uint8_t *table;
static uint8_t buffer[READ_BYTES];
static int poller;
static int64_t now_ns;
static uint64_t taken, outstanding; /* messages begun of load.messages; in flight on all connections */
static struct arrivals arrivals;
static int64_t due_ns = NEVER;      /* when the next message is due */
static uint64_t counted_ahead;      /* due ones that a window has counted, and that are not sent yet */
static struct queue thinking, reopening;
static int64_t sweep_ns;
static bool exhausted, out_of_ports;

static bool is_open_loop(void) { return load.rate_per_s > 0; }
static bool is_active(const struct connection *c) { return c - connections < load.connections; }

/* ---- tallies: what is counted, since the last window's edge and before it ---------- */

struct tally {
    uint64_t sent, verified, lost, due, on_time, failed[KINDS];
    struct histogram latency, connect, lag;
};

static struct tally current, before;

static void fold_tally(void) {
    before.sent += current.sent;
    before.verified += current.verified;
    before.lost += current.lost;
    before.due += current.due;
    before.on_time += current.on_time;
    for (int kind = 0; kind < KINDS; kind++) before.failed[kind] += current.failed[kind];
    add_histogram(&before.latency, &current.latency);
    add_histogram(&before.connect, &current.connect);
    add_histogram(&before.lag, &current.lag);
    memset(&current, 0, sizeof current);
    for (uint32_t i = 0; i < slots; i++) {
        connections[i].verified_before += connections[i].verified;
        connections[i].verified = 0;
    }
}

/* Jain's index, (sum x)^2 / (n sum x^2); 1 where nothing was verified. */
static double fairness(bool whole_life) {
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < load.connections; i++) {
        double x = (double)(whole_life ? connections[i].verified_before : connections[i].verified);
        sum += x;
        squares += x * x;
    }
    return squares > 0 ? sum * sum / ((double)load.connections * squares) : 1;
}

/* ---- reports: a tally as plan.py's LoadResult ---------------------------------------- */

struct slice {
    int64_t at_ns;
    uint64_t verified;
};

static struct {
    int64_t started_ns, started_cpu_ns;
    int64_t wanted_ns; /* a window that was asked for and is not open yet; 0: none */
    int64_t opened_ns, window_ns, end_ns, cpu_ns;
    bool open;
    int64_t tick_ns, slice_ns; /* when this slice ends, when it began */
    uint64_t slice_verified;
    struct slice *slices;
    size_t slice_count, slice_capacity;
} span = {.tick_ns = NEVER};

static void print_histogram(const struct histogram *h) {
    const char *comma = "";
    printf(",\"histogram\":[");
    for (int i = 0; i < BUCKETS; i++) {
        if (h->counts[i] == 0) continue;
        printf("%s[%" PRId64 ",%" PRIu64 "]", comma, upper_bound_ns(i), h->counts[i]);
        comma = ",";
    }
    printf("]");
}

static void print_slices(void) {
    printf(",\"slices\":[");
    for (size_t i = 0; i < span.slice_count; i++)
        printf("%s{\"at_ns\":%" PRId64 ",\"verified\":%" PRIu64 "}", i ? "," : "", span.slices[i].at_ns, span.slices[i].verified);
    printf("]");
}

static void print_counts(const struct tally *t) {
    printf(",\"sent\":%" PRIu64 ",\"verified\":%" PRIu64 ",\"lost\":%" PRIu64, t->sent, t->verified, t->lost);
    printf(",\"wrong\":%" PRIu64 ",\"short\":%" PRIu64 ",\"reset\":%" PRIu64, t->failed[WRONG], t->failed[SHORT], t->failed[RESET]);
    printf(",\"timed_out\":%" PRIu64 ",\"refused\":%" PRIu64, t->failed[TIMED_OUT], t->failed[REFUSED]);
}

static void print_open_loop(const struct tally *t, double seconds, uint64_t backlog) {
    if (is_open_loop())
        printf(",\"offered_per_s\":%.9g,\"on_time\":%.9g", (double)t->due / seconds, t->due ? (double)t->on_time / (double)t->due : 1.0);
    else
        printf(",\"offered_per_s\":null,\"on_time\":null");
    printf(",\"backlog\":%" PRIu64, is_open_loop() ? backlog : 0);
}

static void print_result(const char *event, const struct tally *t, int64_t from_ns, int64_t span_ns, int64_t used_ns, uint64_t backlog) {
    double seconds = (double)(span_ns > 0 ? span_ns : 1) / 1e9;
    printf("{\"event\":\"%s\",\"engine\":\"native\",\"opened_ns\":%" PRId64 ",\"window_ns\":%" PRId64, event, from_ns, span_ns);
    print_counts(t);
    printf(",\"rate_per_s\":%.9g", (double)t->verified / seconds);
    print_open_loop(t, seconds, backlog);
    print_quantiles("latency_ns", &t->latency);
    print_histogram(&t->latency);
    print_quantiles("connect_ns", &t->connect);
    print_quantiles("send_lag_ns", &t->lag);
    printf(",\"fairness\":%.9g,\"engine_cpu_ns\":%" PRId64, fairness(t == &before), used_ns);
    print_slices();
    printf("}\n");
    fflush(stdout);
}

/* ---- windows and slices --------------------------------------------------------------- */

static void send_due(int64_t until_ns);

/* Count what is due before `until_ns` and not sent yet: a window owns what was due in it. */
static uint64_t count_due(int64_t until_ns) {
    struct arrivals ahead = arrivals;
    uint64_t count = 0;
    if (due_ns == NEVER) return 0;
    for (int64_t at = due_ns; at < until_ns; at = span.started_ns + next_arrival(&ahead)) count++;
    current.due += count - counted_ahead;
    counted_ahead = count;
    return count;
}

static void begin_slice(int64_t at_ns) {
    span.slice_ns = at_ns;
    span.slice_verified = 0;
    span.tick_ns = at_ns + load.slice_ns;
    if (span.open) span.tick_ns = min64(span.tick_ns, span.end_ns);
}

/* A slice that nobody reads is dropped: the engine never waits for its reader. */
static void stream_slice(void) {
    struct pollfd out = {STDOUT_FILENO, POLLOUT, 0};
    if (poll(&out, 1, 0) != 1) return;
    printf("{\"event\":\"slice\",\"at_ns\":%" PRId64 ",\"verified\":%" PRIu64 "}\n", span.slice_ns, span.slice_verified);
    fflush(stdout);
}

static void keep_slice(void) {
    if (span.slice_count == span.slice_capacity) {
        span.slice_capacity = 2 * span.slice_capacity + 64;
        span.slices = realloc(span.slices, span.slice_capacity * sizeof *span.slices);
        if (span.slices == NULL) give_up("the window cannot go on", "out of memory", "Ask for longer slices.");
    }
    span.slices[span.slice_count++] = (struct slice){span.slice_ns, span.slice_verified};
}

static void open_window(void) {
    send_due(now_ns);
    count_due(now_ns);
    fold_tally();
    span.opened_ns = now_ns;
    span.window_ns = span.wanted_ns;
    span.end_ns = now_ns + span.wanted_ns;
    span.wanted_ns = 0;
    span.open = true;
    span.slice_count = 0;
    span.cpu_ns = cpu_ns();
    begin_slice(now_ns);
    printf("{\"event\":\"opened\",\"opened_ns\":%" PRId64 "}\n", span.opened_ns);
    fflush(stdout);
}

static void close_window(void) {
    send_due(span.end_ns - 1);
    uint64_t unsent = count_due(span.end_ns);
    span.open = false;
    print_result("closed", &current, span.opened_ns, span.window_ns, cpu_ns() - span.cpu_ns, outstanding + unsent);
    span.slice_count = 0;
    fold_tally();
}

/* Called before anything that happened at now_ns is counted, so that it is counted where it belongs. */
static void tick(void) {
    while (now_ns >= span.tick_ns) {
        int64_t end_ns = span.tick_ns;
        if (span.open)
            keep_slice();
        else
            stream_slice();
        if (span.open && end_ns >= span.end_ns) close_window();
        begin_slice(end_ns);
    }
}

static void refresh(void) {
    now_ns = monotonic_ns();
    if (now_ns >= span.tick_ns) tick();
}

/* ---- connections ------------------------------------------------------------------------ */

static void watch(struct connection *c, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.u32 = (uint32_t)(c - connections)};
    if (epoll_ctl(poller, operation, c->fd, &event) != 0)
        give_up("the engine cannot watch a connection", strerror(errno), "Ask for fewer connections.");
}

static void close_connection(struct connection *c) {
    if (c->state == CLOSED) return;
    close(c->fd);
    if (c->state == CONNECTING) connecting--;
    if (c->state == LIVE && is_active(c)) live--;
    outstanding -= c->in_flight.count;
    c->in_flight.count = 0;
    c->state = CLOSED;
}

static void reopen_later(struct connection *c) {
    if (phase != FINISHING) push(&reopening, (struct entry){now_ns + REOPEN_NS, (uint32_t)(c - connections), c->serial});
}

static _Noreturn void give_up_connecting(enum kind kind) {
    static const char *const why[] = {"", "the server sent bytes unasked", "the server closed a connection",
                                      "the server reset a connection", "connecting timed out", "refused"};
    char what[350];
    snprintf(what, sizeof what, "could not make %" PRIu32 " connections to %s:%" PRId64, slots, load.host, load.port);
    give_up(what, why[kind], "See that a server listens there and takes that many.");
}

/* The one place where a connection ends other than by plan. */
static void fail(struct connection *c, enum kind kind) {
    if (phase == RAISING) give_up_connecting(kind);
    current.failed[kind]++;
    if (c->in_flight.count > 1) current.lost += c->in_flight.count - 1;
    close_connection(c);
    reopen_later(c);
}

/* Out of local ports is this machine's limit, not the server's fault: said once, and tried again. */
static void lack_port(struct connection *c) {
    const char *advice = "Widen net.ipv4.ip_local_port_range.";
    if (phase == RAISING) give_up("could not make all connections", "no local port is left", advice);
    if (!out_of_ports) printf("{\"event\":\"warning\",\"what\":\"no local port was left for a new connection. %s\"}\n", advice);
    fflush(stdout);
    out_of_ports = true;
    close_connection(c);
    reopen_later(c);
}

static void connect_failed(struct connection *c, int error) {
    if (error == EADDRNOTAVAIL) return lack_port(c);
    fail(c, error == ETIMEDOUT ? TIMED_OUT : error == ECONNRESET ? RESET : REFUSED);
}

/* Churn on loopback spreads over 127.0.0.2 and up; where that is not allowed, the kernel chooses as ever. */
static void choose_source(int fd) {
    const int on = 1;
    const struct sockaddr_in *target = (const struct sockaddr_in *)&address;
    if (!load.churn || target->sin_family != AF_INET || ntohl(target->sin_addr.s_addr) >> 24 != IN_LOOPBACKNET) return;
    struct sockaddr_in source = {.sin_family = AF_INET};
    source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + (uint32_t)(openings % SOURCES));
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    (void)!bind(fd, (struct sockaddr *)&source, sizeof source);
}

static void open_connection(struct connection *c) {
    const int on = 1;
    c->fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) give_up("the engine cannot make a socket", strerror(errno), "Ask for fewer connections.");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    choose_source(c->fd);
    c->state = CONNECTING;
    c->serial = openings++;
    c->broken = FINE;
    c->blocked = false;
    c->unsent = 0;
    c->out_bytes = c->in_bytes = 0;
    c->out_start = c->in_start = start_of(load.seed, c->serial);
    c->since_ns = now_ns;
    connecting++;
    if (connect(c->fd, (struct sockaddr *)&address, address_bytes) != 0 && errno != EINPROGRESS)
        return connect_failed(c, errno);
    watch(c, EPOLL_CTL_ADD, EPOLLOUT);
}

static void open_more(void) {
    while (raised < slots && connecting < CONNECTING_MAX) open_connection(&connections[raised++]);
    if (raised < slots || connecting > 0) return;
    phase = WAITING;
    printf("{\"event\":\"connected\",\"connections\":%" PRIu32 "}\n", slots);
    fflush(stdout);
}

static void begin_messages(struct connection *c);

static void connected(struct connection *c) {
    int error = 0;
    socklen_t bytes = sizeof error;
    refresh();
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &bytes);
    if (error != 0) return connect_failed(c, error);
    connecting--;
    c->state = LIVE;
    watch(c, EPOLL_CTL_MOD, EPOLLIN | EPOLLRDHUP);
    if (is_active(c)) live++;
    if (load.churn && is_active(c)) record(&current.connect, now_ns - c->since_ns);
    if (phase == RAISING) open_more();
    if (phase == RUNNING && !is_open_loop()) begin_messages(c);
}

/* ---- sending ------------------------------------------------------------------------------- */

static uint32_t next_start(uint32_t start) { return (uint32_t)((start + (size_t)load.payload_bytes) % PERIOD); }

static void set_blocked(struct connection *c, bool blocked) {
    if (c->blocked == blocked) return;
    c->blocked = blocked;
    watch(c, EPOLL_CTL_MOD, EPOLLIN | EPOLLRDHUP | (blocked ? EPOLLOUT : 0u));
}

/* The unsent messages as pieces of the table; returns how many pieces, and their bytes in `wanted`. */
static size_t gather(const struct connection *c, struct iovec *pieces, size_t *wanted) {
    size_t body = (size_t)load.payload_bytes - load.lines, skip = c->out_bytes, count = 0;
    uint32_t start = c->out_start;
    for (uint32_t i = 0; i < c->unsent && i < BATCH; i++) {
        if (skip < body) pieces[count++] = (struct iovec){table + start + skip, body - skip};
        if (load.lines) pieces[count++] = (struct iovec){(void *)"\n", 1};
        *wanted += (size_t)load.payload_bytes - skip;
        skip = 0;
        start = next_start(start);
    }
    return count;
}

static ssize_t write_batch(struct connection *c, size_t *wanted) {
    struct iovec pieces[2 * BATCH];
    size_t count = gather(c, pieces, wanted);
    if (count == 1) return send(c->fd, pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL);
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = count};
    return sendmsg(c->fd, &message, MSG_NOSIGNAL);
}

static void advance(struct connection *c, size_t bytes) {
    c->out_bytes += bytes;
    while (c->out_bytes >= (size_t)load.payload_bytes) {
        c->out_bytes -= (size_t)load.payload_bytes;
        c->out_start = next_start(c->out_start);
        c->unsent--;
    }
}

/* Write what is unsent. It never closes the connection: where writing fails, reading says how it ended. */
static void send_unsent(struct connection *c) {
    while (c->unsent > 0 && c->broken == FINE) {
        size_t wanted = 0;
        ssize_t sent = write_batch(c, &wanted);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) c->broken = errno == ECONNRESET ? RESET : SHORT;
        if (sent > 0) advance(c, (size_t)sent);
        if (sent < (ssize_t)wanted) return set_blocked(c, c->broken == FINE);
    }
    set_blocked(c, false);
}

static bool may_begin(void) { return phase == RUNNING && (load.messages < 0 || taken < (uint64_t)load.messages); }

/* Put one message in flight on a connection; its latency counts from `from_ns`. */
static void begin_message(struct connection *c, int64_t from_ns) {
    taken++;
    current.sent++;
    outstanding++;
    c->unsent++;
    push(&c->in_flight, (struct entry){from_ns, 0, 0});
}

/* Closed loop: fill an empty connection to its depth. */
static void begin_messages(struct connection *c) {
    if (!is_active(c)) return;
    for (int64_t i = 0; i < (load.churn ? 1 : load.pipeline) && may_begin(); i++) begin_message(c, now_ns);
    send_unsent(c);
}

static struct connection *next_live(void) {
    if (live == 0) return NULL;
    do turn = (turn + 1) % (uint32_t)load.connections;
    while (connections[turn].state != LIVE);
    return &connections[turn];
}

/* Open loop: the message that is due goes out now, on the next live connection in turn. */
static void send_one_due(void) {
    struct connection *c = next_live();
    int64_t lag_ns = now_ns - due_ns;
    if (counted_ahead > 0) {
        counted_ahead--;
    } else {
        current.due++;
        current.on_time += lag_ns <= ON_TIME_NS;
        record(&current.lag, lag_ns);
    }
    if (c == NULL) {
        taken++;
        current.lost++;
        return;
    }
    begin_message(c, due_ns);
    if (!c->blocked) send_unsent(c);
}

static void send_due(int64_t until_ns) {
    for (int i = 0; i < DUE_BATCH && due_ns <= until_ns; i++) {
        if (i > 0) now_ns = monotonic_ns();
        send_one_due();
        due_ns = may_begin() ? span.started_ns + next_arrival(&arrivals) : NEVER;
    }
}

/* ---- receiving -------------------------------------------------------------------------------- */

static void churned(struct connection *c) {
    close_connection(c);
    if (!may_begin()) return;
    if (load.think_ns > 0)
        push(&thinking, (struct entry){now_ns + load.think_ns, (uint32_t)(c - connections), c->serial});
    else
        open_connection(c);
}

/* A whole reply came back as it should. Closed loop: its next message is begun, and written after this read. */
static void answered(struct connection *c) {
    record(&current.latency, now_ns - pop(&c->in_flight).at_ns);
    outstanding--;
    current.verified++;
    span.slice_verified++;
    c->verified++;
    c->in_bytes = 0;
    c->in_start = next_start(c->in_start);
    if (is_open_loop()) return;
    if (load.churn) return churned(c);
    if (load.think_ns > 0)
        push(&thinking, (struct entry){now_ns + load.think_ns, (uint32_t)(c - connections), c->serial});
    else if (may_begin())
        begin_message(c, now_ns);
}

static bool matches(const struct connection *c, const uint8_t *bytes, size_t count) {
    size_t body = (size_t)load.payload_bytes - load.lines;
    size_t left = c->in_bytes < body ? body - c->in_bytes : 0;
    size_t compared = count < left ? count : left;
    if (memcmp(bytes, table + c->in_start + c->in_bytes, compared) != 0) return false;
    return compared == count || bytes[compared] == '\n';
}

static void verify(struct connection *c, const uint8_t *bytes, size_t count) {
    while (count > 0 && c->state == LIVE) {
        size_t left = (size_t)load.payload_bytes - c->in_bytes, part = count < left ? count : left;
        bool unasked = load.churn && count > left; /* the connection would close, and nobody see it */
        if (c->in_flight.count == 0 || unasked || !matches(c, bytes, part)) return fail(c, WRONG);
        c->in_bytes += part;
        bytes += part;
        count -= part;
        if (c->in_bytes == (size_t)load.payload_bytes) answered(c);
    }
    if (c->state == LIVE && c->unsent > 0 && !c->blocked) send_unsent(c);
}

/* One read an event: a short read has drained the socket, a full one is reported again. */
static void receive(struct connection *c) {
    ssize_t count = recv(c->fd, buffer, sizeof buffer, 0);
    int error = errno;
    refresh();
    if (count > 0)
        verify(c, buffer, (size_t)count);
    else if (count == 0)
        fail(c, c->broken == RESET ? RESET : SHORT);
    else if (error != EAGAIN && error != EINTR)
        fail(c, error == ETIMEDOUT ? TIMED_OUT : RESET);
}

/* ---- timers -------------------------------------------------------------------------------------- */

static void stop_thinking(struct entry entry) {
    struct connection *c = &connections[entry.slot];
    if (c->serial != entry.serial || !may_begin()) return;
    refresh();
    if (load.churn && c->state == CLOSED) {
        open_connection(c);
    } else if (c->state == LIVE) {
        begin_message(c, now_ns);
        if (!c->blocked) send_unsent(c);
    }
}

static bool is_overdue(struct connection *c) {
    if (c->state == CONNECTING) return now_ns - c->since_ns > load.timeout_ns;
    return c->state == LIVE && c->in_flight.count > 0 && now_ns - front(&c->in_flight)->at_ns > load.timeout_ns;
}

/* A reply that waits in the socket is the engine's delay, not the server's: look before judging. */
static void sweep(void) {
    for (uint32_t i = 0; i < slots; i++) {
        struct connection *c = &connections[i];
        if (is_overdue(c) && c->state == LIVE) receive(c);
        if (is_overdue(c)) fail(c, TIMED_OUT);
    }
    int64_t pause_ns = load.timeout_ns / 20;
    sweep_ns = now_ns + (pause_ns < 1 * MS ? 1 * MS : min64(pause_ns, 100 * MS));
}

static void reopen(struct entry entry) {
    struct connection *c = &connections[entry.slot];
    if (c->state == CLOSED && c->serial == entry.serial && phase != FINISHING) open_connection(c);
}

static void run_timers(void) {
    if (span.wanted_ns > 0 && now_ns >= span.started_ns + load.ramp_ns) open_window();
    while (thinking.count > 0 && front(&thinking)->at_ns <= now_ns) stop_thinking(pop(&thinking));
    while (reopening.count > 0 && front(&reopening)->at_ns <= now_ns) reopen(pop(&reopening));
    if (now_ns >= sweep_ns) sweep();
}

static int64_t next_timer_ns(void) {
    int64_t at = min64(min64(due_ns, span.tick_ns), sweep_ns);
    if (thinking.count > 0) at = min64(at, front(&thinking)->at_ns);
    if (reopening.count > 0) at = min64(at, front(&reopening)->at_ns);
    if (span.wanted_ns > 0) at = min64(at, span.started_ns + load.ramp_ns);
    return at;
}

/* ---- commands -------------------------------------------------------------------------------------- */

static char input[8192];
static size_t input_bytes;

static void read_input(void) {
    ssize_t count = read(STDIN_FILENO, input + input_bytes, sizeof input - 1 - input_bytes);
    if (count <= 0) exit(1); /* whoever asked is gone */
    input_bytes += (size_t)count;
}

/* The next whole line, without its newline, in `line`; false where there is none yet. */
static bool next_line(char *line) {
    char *end = memchr(input, '\n', input_bytes);
    if (end == NULL) return false;
    size_t length = (size_t)(end - input);
    memcpy(line, input, length);
    line[length] = '\0';
    input_bytes -= length + 1;
    memmove(input, end + 1, input_bytes);
    return true;
}

static void start(void) {
    phase = RUNNING;
    now_ns = span.started_ns = monotonic_ns();
    span.started_cpu_ns = cpu_ns();
    begin_slice(now_ns);
    if (is_open_loop()) {
        arrivals = make_arrivals(load.seed, load.rate_per_s, load.poisson, load.ramp_ns);
        due_ns = span.started_ns + next_arrival(&arrivals);
        return;
    }
    for (int64_t i = 0; i < load.connections; i++) {
        refresh();
        if (connections[i].state == LIVE) begin_messages(&connections[i]);
    }
}

static void stop_sending(void) {
    phase = FINISHING;
    due_ns = NEVER;
    counted_ahead = 0;
    for (uint32_t i = 0; i < slots; i++)
        if (connections[i].state == CONNECTING) close_connection(&connections[i]);
}

static void obey(const char *line) {
    char verb[16];
    read_text(line, "do", verb, sizeof verb);
    if (strcmp(verb, "start") == 0 && phase == WAITING)
        start();
    else if (strcmp(verb, "open") == 0 && phase == RUNNING && !span.open)
        span.wanted_ns = read_integer(line, "window_ns", S);
    else if (strcmp(verb, "finish") == 0)
        stop_sending();
    else
        give_up("the engine cannot do that now", verb, "Start it once, and open one window at a time.");
}

static void read_commands(void) {
    char line[sizeof input];
    read_input();
    while (next_line(line)) obey(line);
}

/* ---- the loop ----------------------------------------------------------------------------------------- */

enum { COMMANDS = UINT32_MAX & 0x7fffffff };

/* Nanosecond timeouts: epoll_pwait2 (Linux 5.11), else ppoll on the epoll descriptor itself. */
static int wait_for_events(struct epoll_event *events) {
    int64_t left_ns = next_timer_ns() - monotonic_ns();
    if (left_ns < 0) left_ns = 0;
    struct {
        int64_t seconds, ns;
    } left = {left_ns / S, left_ns % S};
#ifdef SYS_epoll_pwait2
    static bool is_missing;
    if (!is_missing) {
        int count = (int)syscall(SYS_epoll_pwait2, poller, events, EVENTS, &left, NULL, 0);
        if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return count;
        is_missing = true;
    }
#endif
    struct timespec timeout = {(time_t)left.seconds, (long)left.ns};
    struct pollfd ready = {poller, POLLIN, 0};
    return ppoll(&ready, 1, &timeout, NULL) > 0 ? epoll_wait(poller, events, EVENTS, 0) : 0;
}

static void handle(const struct epoll_event *event) {
    if (event->data.u32 == COMMANDS) return read_commands();
    struct connection *c = &connections[event->data.u32];
    if (c->state == CONNECTING) return connected(c);
    if (c->state == LIVE && (event->events & ~(uint32_t)EPOLLOUT)) receive(c);
    if (c->state == LIVE && c->blocked && (event->events & EPOLLOUT)) send_unsent(c);
}

static void say_exhausted(void) {
    if (exhausted || load.messages < 0 || taken < (uint64_t)load.messages || outstanding > 0) return;
    exhausted = true;
    printf("{\"event\":\"exhausted\"}\n");
    fflush(stdout);
}

static void leave(void) {
    const struct timespec pause = {.tv_nsec = LEAVING_PAUSE_NS};
    for (uint32_t i = 0; i < slots; i++) {
        if (connections[i].state != CLOSED) close(connections[i].fd);
        if ((i + 1) % LEAVING_BATCH == 0) nanosleep(&pause, NULL);
    }
}

static void finish(void) {
    int64_t from_ns = span.started_ns ? span.started_ns : now_ns, used_ns = span.started_ns ? cpu_ns() - span.started_cpu_ns : 0;
    fold_tally();
    span.slice_count = 0;
    print_result("finished", &before, from_ns, now_ns - from_ns, used_ns, 0);
    leave();
    exit(0);
}

/* Timers run after events: a descriptor closed by a timer has no event left in the batch. */
static _Noreturn void run(void) {
    static struct epoll_event events[EVENTS];
    for (;;) {
        int count = wait_for_events(events);
        refresh();
        if (now_ns >= due_ns) send_due(now_ns);
        for (int i = 0; i < count; i++) {
            handle(&events[i]);
            if (now_ns >= due_ns) send_due(now_ns);
        }
        run_timers();
        say_exhausted();
        if (phase == FINISHING && outstanding == 0) finish();
    }
}

/* ---- null server: echo, and nothing else ------------------------------------------------------------------ */

struct peer {
    int fd;
    size_t from, held; /* of `rest`: what the kernel did not take yet */
    uint8_t *rest;
};

static void null_close(struct peer *p) {
    close(p->fd);
    free(p->rest);
    free(p);
}

static void null_watch(struct peer *p, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = p};
    epoll_ctl(poller, operation, p->fd, &event);
}

static void null_accept(int listener) {
    const int on = 1;
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct peer *p = calloc(1, sizeof *p);
        if (p == NULL) exit(1);
        p->fd = fd;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        null_watch(p, EPOLL_CTL_ADD, EPOLLIN);
    }
}

/* What the kernel does not take is kept, and nothing more is read until it is gone. */
static void null_keep(struct peer *p, const uint8_t *bytes, size_t count) {
    p->rest = malloc(count);
    if (p->rest == NULL) exit(1);
    memcpy(p->rest, bytes, count);
    p->from = 0;
    p->held = count;
    null_watch(p, EPOLL_CTL_MOD, EPOLLOUT);
}

static void null_flush(struct peer *p) {
    ssize_t sent = send(p->fd, p->rest + p->from, p->held, MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN ? (void)0 : null_close(p);
    p->from += (size_t)sent;
    p->held -= (size_t)sent;
    if (p->held > 0) return;
    free(p->rest);
    p->rest = NULL;
    null_watch(p, EPOLL_CTL_MOD, EPOLLIN);
}

static void null_echo(struct peer *p) {
    ssize_t count = recv(p->fd, buffer, sizeof buffer, 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) return null_close(p);
    ssize_t sent = send(p->fd, buffer, (size_t)count, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return null_close(p);
    if (sent < 0) sent = 0;
    if (sent < count) null_keep(p, buffer + sent, (size_t)(count - sent));
}

static int null_listen(void) {
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof where;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&where, bytes) != 0 || listen(listener, 4096) != 0)
        give_up("the null server cannot listen", strerror(errno), "");
    getsockname(listener, (struct sockaddr *)&where, &bytes);
    printf("{\"event\":\"listening\",\"port\":%d}\n", ntohs(where.sin_port));
    fflush(stdout);
    return listener;
}

static _Noreturn void run_null_server(void) {
    static struct epoll_event events[EVENTS];
    static struct peer commands = {.fd = STDIN_FILENO}, door;
    poller = epoll_create1(EPOLL_CLOEXEC);
    door.fd = null_listen();
    null_watch(&door, EPOLL_CTL_ADD, EPOLLIN);
    null_watch(&commands, EPOLL_CTL_ADD, EPOLLIN);
    for (;;) {
        int count = epoll_wait(poller, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            struct peer *p = events[i].data.ptr;
            if (p == &commands)
                exit(0); /* its parent has closed the pipe */
            else if (p == &door)
                null_accept(door.fd);
            else if (p->held > 0)
                null_flush(p);
            else
                null_echo(p);
        }
    }
}

/* ---- main ----------------------------------------------------------------------------------------------------- */

static void read_load(void) {
    char line[sizeof input];
    while (!next_line(line)) read_input();
    read_text(line, "host", load.host, sizeof load.host);
    load.port = read_integer(line, "port", 0);
    load.connections = read_integer(line, "connections", 1);
    load.idle = read_integer(line, "idle", 0);
    load.payload_bytes = read_integer(line, "payload_bytes", 1024);
    load.lines = read_truth(line, "lines");
    load.rate_per_s = read_number(line, "rate_per_s");
    load.poisson = read_truth(line, "poisson");
    load.ramp_ns = load.rate_per_s > 0 ? read_integer(line, "ramp_ns", 0) : 0;
    load.pipeline = read_integer(line, "pipeline", 1);
    load.think_ns = read_integer(line, "think_ns", 0);
    load.churn = read_truth(line, "churn");
    load.timeout_ns = read_integer(line, "timeout_ns", 5 * S);
    load.seed = (uint64_t)read_integer(line, "seed", 1);
    load.slice_ns = read_integer(line, "slice_ns", 100 * MS);
    load.messages = read_integer(line, "messages", -1);
}

static void resolve(void) {
    char port[16], what[300];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    snprintf(port, sizeof port, "%" PRId64, load.port);
    snprintf(what, sizeof what, "the host %s is not known", load.host);
    int error = getaddrinfo(load.host, port, &hints, &found);
    if (error != 0) give_up(what, gai_strerror(error), "Name one that is.");
    memcpy(&address, found->ai_addr, found->ai_addrlen);
    address_bytes = found->ai_addrlen;
    freeaddrinfo(found);
}

static void raise_descriptor_limit(void) {
    struct rlimit limit;
    uint64_t needed = slots + SPARE_DESCRIPTORS;
    char what[100], why[100], advice[100];
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= needed) return;
    snprintf(what, sizeof what, "%" PRIu32 " connections cannot be held", slots);
    snprintf(why, sizeof why, "they need %" PRIu64 " descriptors and the limit is %" PRIu64, needed, (uint64_t)limit.rlim_cur);
    snprintf(advice, sizeof advice, "Raise it (ulimit -Hn %" PRIu64 ", as root), or ask for fewer.", needed);
    give_up(what, why, advice);
}

static void prepare(void) {
    slots = (uint32_t)(load.connections + load.idle);
    raise_descriptor_limit();
    resolve();
    table = make_table(load.seed, (size_t)load.payload_bytes);
    connections = calloc(slots, sizeof *connections);
    if (table == NULL || connections == NULL) give_up("the load cannot be prepared", "out of memory", "Ask for less.");
    poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = COMMANDS};
    epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &event);
    prctl(PR_SET_TIMERSLACK, 1UL); /* the default lets the kernel wake us 50 us late */
    now_ns = monotonic_ns();
}

static int print_arrivals(char **words) {
    struct arrivals a = make_arrivals(strtoull(words[0], NULL, 10), strtod(words[1], NULL), atoi(words[3]) != 0, atoll(words[4]));
    for (long left = atol(words[2]); left > 0; left--) printf("%" PRId64 "\n", next_arrival(&a));
    return 0;
}

static int print_payload(char **words) {
    uint64_t seed = strtoull(words[0], NULL, 10), offset = strtoull(words[2], NULL, 10);
    size_t count = strtoull(words[3], NULL, 10);
    uint8_t *bytes = make_table(seed, count);
    if (bytes == NULL) return 1;
    size_t at = (start_of(seed, strtoull(words[1], NULL, 10)) + offset) % PERIOD;
    bool is_written = fwrite(bytes + at, 1, count, stdout) == count;
    free(bytes);
    return is_written ? 0 : 1;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "--null-server") == 0) run_null_server();
    if (argc == 7 && strcmp(argv[1], "--arrivals") == 0) return print_arrivals(argv + 2);
    if (argc == 6 && strcmp(argv[1], "--payload") == 0) return print_payload(argv + 2);
    read_load();
    prepare();
    open_more();
    run();
}
