/* kernels_simd.h: every kernel on sixteen lanes, written once; a kernels_<isa>.c defines the vector V and its primitives (and
 * V8 if it has vectors of eight), then includes this file. Each function mirrors its plain twin in kernels_ref.c, bit for bit.
 */
#include <math.h>
#include <string.h>

#include "kernels/kernel_math.h"

/* ---- the micro-kernel --------------------------------------------------------------------------------------------------- */

/* Up to 6 x 16 elements of C, each one chain over k. The accumulators have names: an array of them spills. */
#define SIMD_TILE(name, rows, VEC, ZERO, LOAD, STORE, FMA)                                                                     \
    static inline void name(int K, const float *a, ptrdiff_t ai, ptrdiff_t ak, const float *b, ptrdiff_t bk, float *c,         \
                            ptrdiff_t ci, bool resume) {                                                                       \
        VEC c0 = ZERO, c1 = ZERO, c2 = ZERO, c3 = ZERO, c4 = ZERO, c5 = ZERO;                                                  \
        if (resume) {                                                                                                          \
            c0 = LOAD(c);                                                                                                      \
            if (rows > 1) c1 = LOAD(c + ci);                                                                                   \
            if (rows > 2) c2 = LOAD(c + 2 * ci);                                                                               \
            if (rows > 3) c3 = LOAD(c + 3 * ci);                                                                               \
            if (rows > 4) c4 = LOAD(c + 4 * ci);                                                                               \
            if (rows > 5) c5 = LOAD(c + 5 * ci);                                                                               \
        }                                                                                                                      \
        const float *a3 = a + 3 * ai; /* two bases and one stride address six rows */                                          \
        for (int k = 0; k < K; k++) {                                                                                          \
            VEC x = LOAD(b);                                                                                                   \
            c0 = FMA(a[0], x, c0);                                                                                             \
            if (rows > 1) c1 = FMA(a[ai], x, c1);                                                                              \
            if (rows > 2) c2 = FMA(a[2 * ai], x, c2);                                                                          \
            if (rows > 3) c3 = FMA(a3[0], x, c3);                                                                              \
            if (rows > 4) c4 = FMA(a3[ai], x, c4);                                                                             \
            if (rows > 5) c5 = FMA(a3[2 * ai], x, c5);                                                                         \
            a += ak, a3 += ak, b += bk;                                                                                        \
        }                                                                                                                      \
        STORE(c, c0);                                                                                                          \
        if (rows > 1) STORE(c + ci, c1);                                                                                       \
        if (rows > 2) STORE(c + 2 * ci, c2);                                                                                   \
        if (rows > 3) STORE(c + 3 * ci, c3);                                                                                   \
        if (rows > 4) STORE(c + 4 * ci, c4);                                                                                   \
        if (rows > 5) STORE(c + 5 * ci, c5);                                                                                   \
    }
static inline V v_fma_scalar(float a, V b, V c) { return v_fma(v_set(a), b, c); }
#define SIMD_TILES(rows)                                                                                                       \
    SIMD_TILE(tile##rows, rows, V, v_set(0), v_load, v_store, v_fma_scalar)                                                    \
    SIMD_TILE(narrow##rows, rows, V8, v8_zero(), v8_load, v8_store, v8_fma)
#ifndef SIMD_HALF
#define V8 V
#define v8_zero() v_set(0)
#define v8_load v_load
#define v8_store v_store
#define v8_fma v_fma_scalar
#endif
SIMD_TILES(6)
SIMD_TILES(5)
SIMD_TILES(4)
SIMD_TILES(3)
SIMD_TILES(2)
SIMD_TILES(1)

typedef void tile_function(int K, const float *a, ptrdiff_t ai, ptrdiff_t ak, const float *b, ptrdiff_t bk, float *c,
                           ptrdiff_t ci, bool resume);

/* m rows in tiles of six; tiles[0] is the full one, tiles[i] has 6 - i rows. */
static inline void rows(tile_function *const tiles[6], tile_function full, int m, int K, const float *a, ptrdiff_t ai,
                        ptrdiff_t ak, const float *b, ptrdiff_t bk, float *c, ptrdiff_t ci, bool resume) {
    int i = 0;
    for (; i + 6 <= m; i += 6) full(K, a + i * ai, ai, ak, b, bk, c + i * ci, ci, resume);
    if (i < m) tiles[6 - (m - i)](K, a + i * ai, ai, ak, b, bk, c + i * ci, ci, resume);
}

/* Fewer columns than a vector: the chains run on a whole one, beside C. */
static void partial(int m, int n, int K, const float *a, ptrdiff_t ai, ptrdiff_t ak, const float *b, ptrdiff_t bk, float *c,
                    ptrdiff_t ci, bool resume);

static void panel(int m, int n, int K, const float *a, ptrdiff_t ai, ptrdiff_t ak, const float *b, ptrdiff_t bk, float *c,
                  ptrdiff_t ci, bool resume) {
    static tile_function *const wide[6] = {tile6, tile5, tile4, tile3, tile2, tile1};
    if (n == BORA_LANES) {
        rows(wide, tile6, m, K, a, ai, ak, b, bk, c, ci, resume);
        return;
    }
#ifdef SIMD_HALF
    static tile_function *const half[6] = {narrow6, narrow5, narrow4, narrow3, narrow2, narrow1};
    if (n == BORA_LANES / 2) {
        rows(half, narrow6, m, K, a, ai, ak, b, bk, c, ci, resume);
        return;
    }
#endif
    partial(m, n, K, a, ai, ak, b, bk, c, ci, resume);
}

static void partial(int m, int n, int K, const float *a, ptrdiff_t ai, ptrdiff_t ak, const float *b, ptrdiff_t bk, float *c,
                    ptrdiff_t ci, bool resume) {
    float beside[BORA_TILE_ROWS * BORA_LANES] = {0};
    for (int i = 0; i < m; i += BORA_TILE_ROWS) {
        int height = m - i < BORA_TILE_ROWS ? m - i : BORA_TILE_ROWS;
        for (int r = 0; resume && r < height; r++) memcpy(beside + r * BORA_LANES, c + (i + r) * ci, (size_t)n * sizeof *c);
        panel(height, BORA_LANES, K, a + i * ai, ai, ak, b, bk, beside, BORA_LANES, resume);
        for (int r = 0; r < height; r++) memcpy(c + (i + r) * ci, beside + r * BORA_LANES, (size_t)n * sizeof *c);
    }
}

/* ---- rows --------------------------------------------------------------------------------------------------------------- */

/* Run `body` on each vector of a row of n, `left` being how many of its lanes exist (16 or, at the end, fewer). */
#define SIMD_ROW(n, body)                                                                                                      \
    for (int i = 0; i < (n); i += BORA_LANES) {                                                                                \
        int left = (n)-i < BORA_LANES ? (n)-i : BORA_LANES;                                                                    \
        body                                                                                                                   \
    }
static inline V v_keep(int left, V a, V b) { return left == BORA_LANES ? a : v_first(left, a, b); }
static inline void v_store_first(int left, float *p, V a) {
    if (left == BORA_LANES) {
        v_store(p, a);
        return;
    }
    float lanes[BORA_LANES];
    v_store(lanes, a);
    memcpy(p, lanes, (size_t)left * sizeof *p);
}

static float layernorm(int n, const float *x, const float *gamma, const float *beta, float epsilon, float *xhat, float *y) {
    V sum = v_set(0), squares = v_set(0);
    SIMD_ROW(n, sum = v_keep(left, v_add(sum, v_load(x + i)), sum);)
    float mean = v_sum(sum) / (float)n;
    SIMD_ROW(n, V d = v_sub(v_load(x + i), v_set(mean)); squares = v_keep(left, v_fma(d, d, squares), squares);)
    float rstd = 1 / sqrtf(v_sum(squares) / (float)n + epsilon);
    SIMD_ROW(n, V h = v_mul(v_sub(v_load(x + i), v_set(mean)), v_set(rstd)); v_store_first(left, xhat + i, h);
             v_store_first(left, y + i, v_fma(h, v_load(gamma + i), v_load(beta + i)));)
    return rstd;
}

static void layernorm_backward(int n, const float *dy, const float *gamma, const float *xhat, float rstd, float *dx) {
    V sum = v_set(0), product = v_set(0);
    SIMD_ROW(n, V g = v_mul(v_load(dy + i), v_load(gamma + i)); sum = v_keep(left, v_add(sum, g), sum);
             product = v_keep(left, v_fma(g, v_load(xhat + i), product), product);)
    V mean = v_set(v_sum(sum) / (float)n), minus = v_set(-(v_sum(product) / (float)n));
    SIMD_ROW(n, V g = v_sub(v_mul(v_load(dy + i), v_load(gamma + i)), mean); g = v_fma(v_load(xhat + i), minus, g);
             v_store_first(left, dx + i, v_fma(v_set(rstd), g, v_load(dx + i)));)
}

static inline float maximum(int n, const float *x) {
    V largest = v_set(-INFINITY);
    SIMD_ROW(n, largest = v_keep(left, v_max(largest, v_load(x + i)), largest);)
    return v_maximum(largest);
}

static inline float exponentials(int n, float scale, float largest, const float *x, float *out) {
    V sum = v_set(0);
    SIMD_ROW(n, V p = v_exp(v_fma(v_set(scale), v_load(x + i), v_set(-largest))); sum = v_keep(left, v_add(sum, p), sum);
             if (out) v_store_first(left, out + i, p);)
    return v_sum(sum);
}

static inline void multiply(int n, float factor, float *x) {
    SIMD_ROW(n, v_store_first(left, x + i, v_mul(v_load(x + i), v_set(factor)));)
}

static void softmax(int n, float scale, float *x) { multiply(n, 1 / exponentials(n, scale, scale * maximum(n, x), x, x), x); }

static void softmax_backward(int n, float scale, const float *p, float *dp) {
    V product = v_set(0);
    SIMD_ROW(n, product = v_keep(left, v_fma(v_load(p + i), v_load(dp + i), product), product);)
    V projection = v_set(v_sum(product));
    SIMD_ROW(n, V d = v_sub(v_load(dp + i), projection);
             v_store_first(left, dp + i, v_mul(v_mul(v_set(scale), v_load(p + i)), d));)
}

static void gelu(int n, const float *x, float *y, float *slope) {
    SIMD_ROW(n, V value; V derivative; v_gelu(v_load(x + i), &value, &derivative); v_store_first(left, y + i, value);
             v_store_first(left, slope + i, derivative);)
}

static double cross_entropy(int n, int target, bool gradient, float *x) {
    float largest = maximum(n, x), score = x[target], sum = exponentials(n, 1, largest, x, gradient ? x : NULL);
    if (gradient) {
        multiply(n, 1 / sum, x);
        x[target] -= 1;
    }
    return bora_log(sum) + ((double)largest - (double)score);
}

const bora_kernels SIMD_TABLE = {SIMD_NAME,        panel, layernorm,    layernorm_backward, softmax,
                                 softmax_backward, gelu,  cross_entropy};
