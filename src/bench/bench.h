/* bench.h: how fast one step is on this machine, on random weights and tokens, beside the peak of its multiply-adds. It learns
 * nothing and keeps nothing.
 */
#ifndef BORA_BENCH_H
#define BORA_BENCH_H

#include "train/train.h"

/* ---- peak.c ------------------------------------------------------------------------------------------------------------- */

/* GFLOP/s of fused multiply-adds alone (the kernels' `chains`), all threads together; takes a tenth of a second. */
double bora_peak(const bora_kernels *k, int threads);
/* 1e9 bytes a second, read and written, of copies that no cache holds, all threads together; 0 without memory for them. */
double bora_bandwidth(int threads);
/* The median of x [n], which is sorted. */
double bora_median(double *x, int n);

/* ---- bench.c ------------------------------------------------------------------------------------------------------------ */

/* size: S, M or G (bench.c). step: `lora`, one adapter under Adam; `bora`, an adapter for each of `tasks` and their prior, in
 * one mixed batch; `evaluate`, one adapter; `pretrain`, all weights. `batch` documents of T tokens, adapters of `rank` on q and
 * v. */
typedef struct {
    const char *size, *step;
    int batch, threads, tasks, rank;
    double seconds; /* to measure for, after the warm-up */
} bora_bench_settings;

/* Steps for that long; prints one row without a header:
 * bora,size,step,batch,threads,kernels,tokens_per_second,gflops,peak_gflops, peak_moved,share,memory_mib. Speeds are medians
 * over steps, with nominal FLOP (train/flop.c); the peak is the mean of those found right before and after, peak_moved their
 * difference in parts of it; share = gflops / peak_gflops; memory is the largest that the process was resident with. */
int bora_bench(const bora_bench_settings *x, FILE *out, bora_error *e);

/* Prints peak,threads,kernels,gflops,gigabytes_per_second. */
int bora_bench_peak(int threads, FILE *out, bora_error *e);

#endif
