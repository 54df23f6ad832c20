/* peak.c: what the machine gives right now, multiply-adds and bytes a second: on a shared or throttled one that is news. */
#include "bench/bench.h"

#include <stdlib.h>
#include <string.h>

/* FLOP/s of one thread over a few milliseconds. Numbers stay near 1: the fixed point is term / (1 - factor). */
static double rate(const bora_kernels *k) {
    enum { ROUNDS = 1000 };
    float x[BORA_CHAINS];
    double flop = 0, started = bora_seconds(), spent;
    for (int i = 0; i < BORA_CHAINS; i++) x[i] = 1 + 0x1p-10f * (float)i;
    do {
        k->chains(ROUNDS, 0.5f, 0.5f, x);
        flop += 2.0 * BORA_CHAINS * ROUNDS;
        spent = bora_seconds() - started;
    } while (spent < 5e-3);
    return flop / spent;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bora_median(double *x, int n) {
    qsort(x, (size_t)n, sizeof *x, ascending);
    return (x[(n - 1) / 2] + x[n / 2]) / 2;
}

double bora_peak(const bora_kernels *k, int threads) {
    enum { TRIALS = 21 };
    double gflops[TRIALS];
    for (int i = 0; i < TRIALS; i++) {
        double sum = 0;
#pragma omp parallel for schedule(static, 1) num_threads(threads) reduction(+ : sum)
        for (int thread = 0; thread < threads; thread++) sum += rate(k);
        gflops[i] = sum * 1e-9;
    }
    return bora_median(gflops, TRIALS);
}

double bora_bandwidth(int threads) {
    enum { TRIALS = 5 };
    const size_t each = (size_t)64 << 20;
    size_t n = each * (size_t)threads;
    char *from = malloc(n), *to = malloc(n);
    double rate[TRIALS] = {0};
    for (int i = -1; from && to && i < TRIALS; i++) { /* -1: the pages come into being */
        double started = bora_seconds();
#pragma omp parallel for schedule(static, 1) num_threads(threads)
        for (int thread = 0; thread < threads; thread++) {
            size_t at = each * (size_t)thread;
            if (i < 0) memset(from + at, 1, each);
            memcpy(to + at, from + at, each);
        }
        if (i >= 0) rate[i] = 2e-9 * (double)n / (bora_seconds() - started);
    }
    free(from);
    free(to);
    return bora_median(rate, TRIALS);
}
