/*
 * What the native programs are made of, engine.c and datagrams.c: the clock,
 * random numbers, payload bytes, the histogram, flat JSON in, and the end of
 * a program that cannot go on.
 *
 * build.py puts this file where a source includes it. What must not live here:
 * state, sockets, anything that only one of them needs.
 */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NEVER INT64_MAX
#define MS 1000000LL
#define S 1000000000LL

/* ---- clock ---------------------------------------------------------------- */

static inline int64_t read_clock(clockid_t which) {
    struct timespec time;
    clock_gettime(which, &time);
    return time.tv_sec * S + time.tv_nsec;
}

static inline int64_t monotonic_ns(void) { return read_clock(CLOCK_MONOTONIC); }
static inline int64_t cpu_ns(void) { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }
static inline int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }

/* ---- random numbers: splitmix64 (Steele, Lea, Flood 2014), as in random64.py ---- */

static inline uint64_t splitmix64(uint64_t *state) {
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* ---- payload: see payload.py, which explains it ----------------------------- */

enum { PERIOD = 65521, STRIDE = 40503 };

static inline uint8_t *make_table(uint64_t seed, size_t extra_bytes) {
    size_t bytes = PERIOD + extra_bytes;
    uint8_t *table = malloc(bytes + 8);
    if (table == NULL) return NULL;
    uint64_t state = seed;
    for (size_t at = 0; at < PERIOD; at += 8) {
        uint64_t word = splitmix64(&state);
        for (int i = 0; i < 8; i++) {
            uint8_t byte = (uint8_t)(word >> (8 * i));
            table[at + (size_t)i] = byte == '\n' ? '\v' : byte;
        }
    }
    for (size_t at = PERIOD; at < bytes; at++) table[at] = table[at - PERIOD];
    return table;
}

static inline uint32_t start_of(uint64_t seed, uint64_t connection) {
    uint64_t state = seed;
    return (uint32_t)((splitmix64(&state) % PERIOD + connection % PERIOD * STRIDE) % PERIOD);
}

/* ---- histogram: HdrHistogram's layout, two significant digits; see histogram.py ---- */

enum { HALF_BITS = 7, BUCKETS = 30 << HALF_BITS };
#define LONGEST_NS (60 * S)

struct histogram {
    uint64_t total;
    uint64_t counts[BUCKETS];
};

static inline int bucket_of(int64_t ns) {
    uint64_t value = ns < 0 ? 0 : (uint64_t)min64(ns, LONGEST_NS);
    int shift = 63 - HALF_BITS - __builtin_clzll(value | ((2u << HALF_BITS) - 1));
    return (shift << HALF_BITS) + (int)(value >> shift);
}

static inline int64_t upper_bound_ns(int bucket) {
    int shift = (bucket >> HALF_BITS) - 1;
    if (shift < 0) shift = 0;
    return ((int64_t)(bucket - (shift << HALF_BITS) + 1) << shift) - 1;
}

static inline void record(struct histogram *h, int64_t ns) {
    h->total++;
    h->counts[bucket_of(ns)]++;
}

static inline int64_t quantile_ns(const struct histogram *h, double quantile) {
    double rank = ceil(quantile * (double)h->total);
    uint64_t seen = 0;
    int bucket = 0;
    for (; bucket < BUCKETS - 1; bucket++) {
        seen += h->counts[bucket];
        if (seen > 0 && (double)seen >= rank) break;
    }
    return upper_bound_ns(bucket);
}

static inline void print_quantiles(const char *name, const struct histogram *h) {
    static const struct {
        const char *name;
        double q;
    } all[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"max", 1.0}};
    printf(",\"%s\":{", name);
    for (int i = 0; i < 5 && h->total > 0; i++)
        printf("%s\"%s\":%" PRId64 ".0", i ? "," : "", all[i].name, quantile_ns(h, all[i].q));
    printf("}");
}

/* ---- JSON in: flat objects, every key once, no escapes ------------------------- */

static inline const char *find_value(const char *line, const char *key) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    const char *at = strstr(line, quoted);
    if (at == NULL) return "";
    at += strlen(quoted);
    return at + strspn(at, " ");
}

static inline int64_t read_integer(const char *line, const char *key, int64_t missing) {
    char *end;
    const char *at = find_value(line, key);
    int64_t value = strtoll(at, &end, 10);
    return end == at ? missing : value;
}

static inline double read_number(const char *line, const char *key) { return strtod(find_value(line, key), NULL); }
static inline bool read_truth(const char *line, const char *key) { return *find_value(line, key) == 't'; }

static inline void read_text(const char *line, const char *key, char *text, size_t size) {
    const char *at = find_value(line, key);
    size_t length = *at == '"' ? strcspn(++at, "\"") : 0;
    snprintf(text, size, "%.*s", (int)length, at);
}

/* ---- the end of what cannot go on ------------------------------------------------- */

static inline _Noreturn void give_up(const char *what, const char *why, const char *advice) {
    printf("{\"event\":\"error\",\"what\":\"%s\",\"why\":\"%s\",\"do\":\"%s\"}\n", what, why, advice);
    fflush(stdout);
    exit(1);
}
