/* Known faults for any server, from outside: preloaded into it (LD_PRELOAD), between it and the C library.

   Only accepted TCP connections are touched. What is to be done, and what was
   done, stands in one page of shared memory, the file named by CONCUR_INJECT:
   it can be changed while the server runs, it is the same page for workers that
   were forked, and its counts outlive them. Without the variable, nothing is done.

   What must not live here: calls that would change how a server waits. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* The page: inject.py has the same names in the same order, each a 64-bit number. */
struct page {
    /* what is to be done */
    _Atomic uint64_t spins;       /* turns of a fixed computation for each message received */
    _Atomic uint64_t delay_ns;    /* sleep before each send */
    _Atomic uint64_t lose_every;  /* every so many sends, one is said to have been done and is not */
    _Atomic uint64_t stall_every_ns, stall_ns; /* once in each such span of time, the next send sleeps */
    uint64_t unused[3];
    /* what was done */
    _Atomic uint64_t received, sent, lost;
    _Atomic uint64_t stalls, stalled_ns, delays, delayed_ns;
    _Atomic uint64_t samples, sampled_ns; /* computations that were timed by the thread's CPU clock */
    _Atomic uint64_t stall_due_ns;
};

enum { SAMPLE_EVERY = 64, DESCRIPTORS = 65536, PAGE_BYTES = 4096 };
enum { UNKNOWN, CONNECTION, OTHER };

static struct page nothing;
static struct page *page = &nothing;
static _Atomic unsigned char kinds[DESCRIPTORS]; /* what each descriptor is, once it was asked */

__attribute__((constructor)) static void attach(void) {
    const char *name = getenv("CONCUR_INJECT");
    int file = name ? open(name, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *mapped = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED)
        page = mapped;
    close(file);
}

static uint64_t now_ns(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void add(_Atomic uint64_t *count, uint64_t more) { atomic_fetch_add_explicit(count, more, memory_order_relaxed); }

static unsigned char kind_of(int fd) {
    int type = 0, listens = 0;
    socklen_t length = sizeof type;
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) || type != SOCK_STREAM)
        return OTHER;
    length = sizeof listens;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) || listens)
        return OTHER;
    if (getsockname(fd, (struct sockaddr *)&address, &size))
        return OTHER;
    return address.ss_family == AF_INET || address.ss_family == AF_INET6 ? CONNECTION : OTHER;
}

static int is_connection(int fd) {
    if (page == &nothing || fd < 0 || fd >= DESCRIPTORS)
        return 0;
    if (kinds[fd] == UNKNOWN) {
        int before = errno;
        kinds[fd] = kind_of(fd);
        errno = before;
    }
    return kinds[fd] == CONNECTION;
}

static void forget(int fd) {
    if (fd >= 0 && fd < DESCRIPTORS)
        kinds[fd] = UNKNOWN;
}

/* ---- the CPU: a fixed computation, never a fixed time, so that a slower machine slows it as it slows the server */

uint64_t concur_spin(uint64_t turns) {
    uint64_t value = turns;
    for (uint64_t turn = 0; turn < turns; turn++) {
        value = value * 6364136223846793005u + 1442695040888963407u;
        __asm__ volatile("" : "+r"(value));
    }
    return value;
}

static void received(ssize_t bytes) {
    static _Thread_local unsigned since_sample;
    if (bytes <= 0)
        return;
    add(&page->received, 1);
    uint64_t turns = page->spins;
    if (++since_sample < SAMPLE_EVERY) {
        concur_spin(turns);
        return;
    }
    since_sample = 0;
    int before = errno;
    uint64_t began_ns = now_ns(CLOCK_THREAD_CPUTIME_ID);
    concur_spin(turns);
    add(&page->sampled_ns, now_ns(CLOCK_THREAD_CPUTIME_ID) - began_ns);
    add(&page->samples, 1);
    errno = before;
}

/* ---- time and loss, before a send */

static uint64_t sleep_ns(uint64_t length_ns) {
    struct timespec left = {(time_t)(length_ns / 1000000000u), (long)(length_ns % 1000000000u)};
    uint64_t began_ns = now_ns(CLOCK_MONOTONIC);
    while (nanosleep(&left, &left) && errno == EINTR)
        ;
    return now_ns(CLOCK_MONOTONIC) - began_ns;
}

static void stall(uint64_t every_ns) {
    uint64_t now = now_ns(CLOCK_MONOTONIC), due = page->stall_due_ns;
    if (now < due)
        return;
    uint64_t next = due ? due + every_ns : now + every_ns; /* the first send only starts the clock */
    if (!atomic_compare_exchange_strong(&page->stall_due_ns, &due, next) || !due)
        return; /* another thread has it */
    add(&page->stalled_ns, sleep_ns(page->stall_ns));
    add(&page->stalls, 1);
}

/* Whether the message is to be lost. */
static int before_send(void) {
    int before = errno;
    uint64_t number = atomic_fetch_add_explicit(&page->sent, 1, memory_order_relaxed) + 1;
    uint64_t every = page->lose_every, every_ns = page->stall_every_ns, delay_ns = page->delay_ns;
    if (every_ns)
        stall(every_ns);
    if (delay_ns) {
        add(&page->delayed_ns, sleep_ns(delay_ns));
        add(&page->delays, 1);
    }
    errno = before;
    if (!every || number % every)
        return 0;
    add(&page->lost, 1);
    return 1;
}

static size_t length_of(const struct iovec *parts, size_t count) {
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += parts[i].iov_len;
    return bytes;
}

/* ---- the C library's calls. NEXT finds the real one, at its first use */

#define NEXT(name)                                                                                                    \
    static __typeof__(&name) next;                                                                                     \
    if (!next)                                                                                                         \
        next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define RECEIVING(name, declared, ...)                                                                                 \
    ssize_t name declared {                                                                                            \
        NEXT(name);                                                                                                    \
        ssize_t bytes = next(__VA_ARGS__);                                                                             \
        if (bytes > 0 && is_connection(fd))                                                                            \
            received(bytes);                                                                                           \
        return bytes;                                                                                                  \
    }

#define SENDING(name, whole, declared, ...)                                                                            \
    ssize_t name declared {                                                                                            \
        NEXT(name);                                                                                                    \
        if (is_connection(fd) && before_send())                                                                        \
            return (ssize_t)(whole);                                                                                   \
        return next(__VA_ARGS__);                                                                                      \
    }

/* What a build with _FORTIFY_SOURCE may call in their place. */
ssize_t __recv_chk(int, void *, size_t, size_t, int);
ssize_t __recvfrom_chk(int, void *, size_t, size_t, int, struct sockaddr *, socklen_t *);
ssize_t __read_chk(int, void *, size_t, size_t);

RECEIVING(recv, (int fd, void *to, size_t size, int flags), fd, to, size, flags)
RECEIVING(recvfrom, (int fd, void *to, size_t size, int flags, struct sockaddr *from, socklen_t *length), fd, to, size,
          flags, from, length)
RECEIVING(recvmsg, (int fd, struct msghdr *message, int flags), fd, message, flags)
RECEIVING(read, (int fd, void *to, size_t size), fd, to, size)
RECEIVING(readv, (int fd, const struct iovec *parts, int count), fd, parts, count)
RECEIVING(__recv_chk, (int fd, void *to, size_t size, size_t room, int flags), fd, to, size, room, flags)
RECEIVING(__recvfrom_chk,
          (int fd, void *to, size_t size, size_t room, int flags, struct sockaddr *from, socklen_t *length), fd, to,
          size, room, flags, from, length)
RECEIVING(__read_chk, (int fd, void *to, size_t size, size_t room), fd, to, size, room)

SENDING(send, size, (int fd, const void *from, size_t size, int flags), fd, from, size, flags)
SENDING(sendto, size,
        (int fd, const void *from, size_t size, int flags, const struct sockaddr *to, socklen_t length), fd, from,
        size, flags, to, length)
SENDING(sendmsg, length_of(message->msg_iov, message->msg_iovlen), (int fd, const struct msghdr *message, int flags),
        fd, message, flags)
SENDING(write, size, (int fd, const void *from, size_t size), fd, from, size)
SENDING(writev, length_of(parts, (size_t)count), (int fd, const struct iovec *parts, int count), fd, parts, count)

int accept(int fd, struct sockaddr *from, socklen_t *length) {
    NEXT(accept);
    int accepted = next(fd, from, length);
    forget(accepted);
    return accepted;
}

int accept4(int fd, struct sockaddr *from, socklen_t *length, int flags) {
    NEXT(accept4);
    int accepted = next(fd, from, length, flags);
    forget(accepted);
    return accepted;
}

int close(int fd) {
    NEXT(close);
    forget(fd);
    return next(fd);
}
