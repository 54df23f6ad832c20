/* kernels.h: the table of functions that each instruction set fills, and the matrix product built on it.
 *
 * All variants return the same bits (the numerics contract):
 *   - an element of a product is one chain of fused multiply-adds over k ascending, from +0 or resumed from C;
 *   - a sum over a row runs in 16 lanes, index mod 16, each from +0 and ascending, then lanes are added i + (i+8), i + (i+4),
 *     i + (i+2), 0 + 1; a maximum likewise, max(a, b) = a > b ? a : b, from -inf;
 *   - exp, and what is made from it, stands once, in kernel_math.h.
 * Rows may be read (never used) up to the next multiple of 16 floats: memory behind a row must exist. `T` rows of a matrix
 * lie `ld` floats apart.
 */
#ifndef BORA_KERNELS_H
#define BORA_KERNELS_H

#include "base/base.h"

enum { BORA_LANES = 16, BORA_TILE_ROWS = BORA_BLOCK(6) /* of attention */, BORA_CHAINS = 60 * BORA_LANES };

typedef struct {
    const char *name;
    int rows; /* of a full tile: panel works fastest on a multiple of it */

    /* A block of 16 x 16: to[c*16 + r] = from[r*row + c]. */
    void (*transpose)(const float *from, ptrdiff_t row, float *to);
    /* One panel of a product: for i < m, j < n <= 16: C[i*ci + j] = chain over k < K of A[i*ai + k*ak] * B[k*bk + j]. */
    void (*panel)(int m, int n, int K, const float *a, ptrdiff_t ai, ptrdiff_t ak, const float *b, ptrdiff_t bk, float *c,
                  ptrdiff_t ci, bool resume);

    /* y = (x - mean) rstd gamma + beta, and xhat = (x - mean) rstd; returns rstd = 1 / sqrt(variance + epsilon). All [n]. */
    float (*layernorm)(int n, const float *x, const float *gamma, const float *beta, float epsilon, float *xhat, float *y);
    /* dx += rstd (g - mean(g) - xhat mean(g xhat)), g = dy gamma. */
    void (*layernorm_backward)(int n, const float *dy, const float *gamma, const float *xhat, float rstd, float *dx);
    /* x = softmax(scale x), in place. */
    void (*softmax)(int n, float scale, float *x);
    /* dp = scale p (dp - sum(p dp)), in place: the gradient before softmax and scale. */
    void (*softmax_backward)(int n, float scale, const float *p, float *dp);
    /* y = gelu(x) = x s, s = 1 / (1 + exp(-2u)), u = sqrt(2/pi) (x + 0.044715 x^3) (the tanh form), slope = gelu'(x). */
    void (*gelu)(int n, const float *x, float *y, float *slope);
    /* Returns log sum exp(x) - x[target] in double; with `gradient`, x becomes softmax(x) - onehot(target). */
    double (*cross_entropy)(int n, int target, bool gradient, float *x);

    /* x = factor x + term, n times, for BORA_CHAINS numbers: nothing but fused multiply-adds on registers, in as many chains as
     * hide their latency. It computes nothing useful: its speed is the peak that others are compared with. */
    void (*chains)(int n, float factor, float term, float *x);
} bora_kernels;

/* The variant for this machine, or the one BORA_KERNELS names (ref, avx2, avx512, neon). A variant checks itself against ref
 * first: one chosen by default falls back to ref with a warning, one that was forced is an error. Also refuses a floating-point
 * environment that would break the contract (rounding mode, flush-to-zero, a fused a*b+c). */
int bora_kernels_choose(const bora_kernels **k, bora_error *e);
/* The variants that this build has and this machine runs, i = 0 the fastest, NULL behind the last. Plain ones are named ref,
 * with the machine's fma or without. */
const bora_kernels *bora_kernels_variant(int i);
/* The first of them with this name, or NULL. */
const bora_kernels *bora_kernels_named(const char *name);

/* ---- matmul.c ----------------------------------------------------------------------------------------------------------- */

static inline size_t bora_round16(size_t n) { return (n + 15) / 16 * 16; }
/* The distance of rows of n floats: to a whole vector, and one more against 4 KiB strides. */
static inline size_t bora_stride(size_t n) { return bora_round16(n) + 16; }
static inline ptrdiff_t bora_ld(int n) { return (ptrdiff_t)bora_stride((size_t)n); }

/* A packed matrix [rows, columns] lies in panels of 16 columns, the last filled up with zeros: how many floats, and where
 * element (r, c) is. */
static inline size_t bora_packed_size(int rows, int columns) { return (size_t)rows * bora_round16((size_t)columns); }
static inline size_t bora_packed_at(size_t rows, size_t r, size_t c) {
    return (c / BORA_LANES * rows + r) * BORA_LANES + c % BORA_LANES;
}
/* Pack the matrix [rows, columns] at `from`, its rows ld apart. */
void bora_pack(int rows, int columns, const float *from, ptrdiff_t ld, float *to);
/* Pack its transpose [columns, rows], as if it had bora_round16(columns) rows, of which the last are to be ignored. */
void bora_pack_transposed(const bora_kernels *kernels, int rows, int columns, const float *from, ptrdiff_t ld, float *to);

/* The right factor B [K, n] of a product. Element (k, 16j + c) is at data[j*panel + k/16*group + k%16*row + c] or, where the
 * blocks of 16 x 16 are transposed, at data[... + c*row + k%16]. */
typedef struct {
    const float *data;
    ptrdiff_t row, group, panel;
    bool transposed;
} bora_right;
/* B as it lies, row-major with stride ld. */
static inline bora_right bora_plain(const float *b, size_t ld) {
    return (bora_right){b, (ptrdiff_t)ld, (ptrdiff_t)ld * BORA_LANES, BORA_LANES, false};
}
/* B packed. */
static inline bora_right bora_packed(const float *b, int K) {
    return (bora_right){b, BORA_LANES, BORA_LANES * BORA_LANES, (ptrdiff_t)K * BORA_LANES, false};
}
/* B^T [n, K] packed: one packed copy of a weight serves W x and dy W. Read (never used) up to 16 rows beyond its end. */
static inline bora_right bora_packed_transposed(const float *b, int n) {
    return (bora_right){b, BORA_LANES, (ptrdiff_t)n * BORA_LANES, BORA_LANES * BORA_LANES, true};
}

/* C [m, n] = A [m, K] B [K, n], m >= 1, or, with resume, C += A B continuing each element's chain. A(i, k) = a[i*ai + k*ak]; C
 * rows ci apart. */
void bora_matmul(const bora_kernels *kernels, int m, int n, int K, const float *a, ptrdiff_t ai, ptrdiff_t ak, bora_right b,
                 float *c, ptrdiff_t ci, bool resume);
/* The same with C packed: m of its `rows` rows, c the first of them. */
void bora_matmul_packed(const bora_kernels *kernels, int m, int n, int K, const float *a, ptrdiff_t ai, ptrdiff_t ak,
                        bora_right b, float *c, int rows, bool resume);

#endif
