/* kernels_simd.h: every kernel on sixteen lanes, written once; a kernels_<isa>.c defines the vector V, V8 of half the
 * lanes, their primitives, and SIMD_ROWS, how many rows of accumulators fit its registers, then includes this file. Each
 * function mirrors its plain twin in kernels_ref.c, bit for bit.
 */
#include <math.h>
#include <string.h>

#include "kernels/kernel_math.h"

/* ---- the micro-kernel --------------------------------------------------------------------------------------------------- */

/* Up to 12 x 16 elements of C, each one chain over k. EACH_ROW_n(DO) is DO(row, base, step) for n rows: row i of A begins at
 * base[step * ai], so that four pointers and one stride address twelve rows. */
#define EACH_ROW_1(DO) DO(0, a0, 0)
#define EACH_ROW_2(DO) EACH_ROW_1(DO) DO(1, a0, 1)
#define EACH_ROW_3(DO) EACH_ROW_2(DO) DO(2, a0, 2)
#define EACH_ROW_4(DO) EACH_ROW_3(DO) DO(3, a3, 0)
#define EACH_ROW_5(DO) EACH_ROW_4(DO) DO(4, a3, 1)
#define EACH_ROW_6(DO) EACH_ROW_5(DO) DO(5, a3, 2)
#define EACH_ROW_7(DO) EACH_ROW_6(DO) DO(6, a6, 0)
#define EACH_ROW_8(DO) EACH_ROW_7(DO) DO(7, a6, 1)
#define EACH_ROW_9(DO) EACH_ROW_8(DO) DO(8, a6, 2)
#define EACH_ROW_10(DO) EACH_ROW_9(DO) DO(9, a9, 0)
#define EACH_ROW_11(DO) EACH_ROW_10(DO) DO(10, a9, 1)
#define EACH_ROW_12(DO) EACH_ROW_11(DO) DO(11, a9, 2)

/* The accumulators have names: an array of them spills. W is v, or v8 for vectors of half the lanes. */
/* [eq:tile] */
#define ZERO(i, base, step) c##i = W(zero)(),
#define RESUME(i, base, step) c##i = W(load)(c + i * ci);
#define CHAIN(i, base, step) c##i = W(fma_scalar)(base[step * ai], x, c##i);
#define STORE(i, base, step) W(store)(c + i * ci, c##i);
#define SIMD_TILE(name, rows)                                                                                                  \
    static inline void name(int K, const float *a0, ptrdiff_t ai, ptrdiff_t ak, const float *b, ptrdiff_t bk, float *c,        \
                            ptrdiff_t ci, bool resume) {                                                                       \
        W(vector) EACH_ROW_##rows(ZERO) x;                                                                                     \
        if (resume) {                                                                                                          \
            EACH_ROW_##rows(RESUME)                                                                                            \
        }                                                                                                                      \
        const float *a3 = a0 + 3 * ai, *a6 = a3 + 3 * ai, *a9 = a6 + 3 * ai;                                                   \
        for (int k = 0; k < K; k++) {                                                                                          \
            x = W(load)(b);                                                                                                    \
            EACH_ROW_##rows(CHAIN) a0 += ak, a3 += ak, a6 += ak, a9 += ak, b += bk;                                            \
        }                                                                                                                      \
        EACH_ROW_##rows(STORE)                                                                                                 \
    }
/* [/eq:tile] */
static inline V v_zero(void) { return v_set(0); }
static inline V v_fma_scalar(float a, V b, V c) { return v_fma(v_set(a), b, c); }
typedef V v_vector;
typedef V8 v8_vector;

#define SPIN(i, base, step) c##i = v_fma(multiplier, c##i, addend);
#define EACH_ROW(rows, DO) EACH_ROW_(rows, DO) /* twice: SIMD_ROWS is to be replaced by its number first */
#define EACH_ROW_(rows, DO) EACH_ROW_##rows(DO)

typedef void tile_function(int K, const float *a, ptrdiff_t ai, ptrdiff_t ak, const float *b, ptrdiff_t bk, float *c,
                           ptrdiff_t ci, bool resume);

/* name[i] makes a tile of i rows. */
#define SIMD_TILES(name)                                                                                                       \
    SIMD_TILE(name##1, 1)                                                                                                      \
    SIMD_TILE(name##2, 2)                                                                                                      \
    SIMD_TILE(name##3, 3)                                                                                                      \
    SIMD_TILE(name##4, 4)                                                                                                      \
    SIMD_TILE(name##5, 5)                                                                                                      \
    SIMD_TILE(name##6, 6)                                                                                                      \
    SIMD_TILE(name##7, 7)                                                                                                      \
    SIMD_TILE(name##8, 8)                                                                                                      \
    SIMD_TILE(name##9, 9)                                                                                                      \
    SIMD_TILE(name##10, 10)                                                                                                    \
    SIMD_TILE(name##11, 11)                                                                                                    \
    SIMD_TILE(name##12, 12)                                                                                                    \
    static tile_function *const name[] = {NULL,    name##1, name##2, name##3,  name##4,  name##5, name##6,                     \
                                          name##7, name##8, name##9, name##10, name##11, name##12};
#define W(primitive) v_##primitive
SIMD_TILES(wide)
static void chains(int n, float factor, float term, float *x) {
    const ptrdiff_t ci = BORA_LANES;
    for (float *c = x; c < x + BORA_CHAINS; c += SIMD_ROWS * BORA_LANES) {
        V EACH_ROW(SIMD_ROWS, ZERO) multiplier = v_set(factor), addend = v_set(term);
        EACH_ROW(SIMD_ROWS, RESUME)
        for (int k = 0; k < n; k++) {
            EACH_ROW(SIMD_ROWS, SPIN)
        }
        EACH_ROW(SIMD_ROWS, STORE)
    }
}
#undef W
#define W(primitive) v8_##primitive
SIMD_TILES(half)

/* Heights of full tiles; one of half vectors takes half the registers. */
enum { WIDE_ROWS = BORA_BLOCK(SIMD_ROWS), HALF_ROWS = BORA_BLOCK(SIMD_ROWS < 6 ? 2 * SIMD_ROWS : 12) };

/* m rows in tiles of `height`. */
static inline void tiles(tile_function *const tile[], int height, int m, int K, const float *a, ptrdiff_t ai, ptrdiff_t ak,
                         const float *b, ptrdiff_t bk, float *c, ptrdiff_t ci, bool resume) {
    for (int i = 0; i < m; i += height)
        tile[m - i < height ? m - i : height](K, a + i * ai, ai, ak, b, bk, c + i * ci, ci, resume);
}

static void panel(int m, int n, int K, const float *a, ptrdiff_t ai, ptrdiff_t ak, const float *b, ptrdiff_t bk, float *c,
                  ptrdiff_t ci, bool resume) {
    if (n == BORA_LANES) {
        tiles(wide, WIDE_ROWS, m, K, a, ai, ak, b, bk, c, ci, resume);
        return;
    }
    if (n == BORA_LANES / 2) {
        tiles(half, HALF_ROWS, m, K, a, ai, ak, b, bk, c, ci, resume);
        return;
    }
    /* Another number of columns: the chains run on whole vectors, beside C. */
    float beside[WIDE_ROWS * BORA_LANES] = {0};
    for (int i = 0; i < m; i += WIDE_ROWS) {
        int height = m - i < WIDE_ROWS ? m - i : WIDE_ROWS;
        for (int r = 0; resume && r < height; r++) memcpy(beside + r * BORA_LANES, c + (i + r) * ci, (size_t)n * sizeof *c);
        wide[height](K, a + i * ai, ai, ak, b, bk, beside, BORA_LANES, resume);
        for (int r = 0; r < height; r++) memcpy(c + (i + r) * ci, beside + r * BORA_LANES, (size_t)n * sizeof *c);
    }
}

/* Four columns at a time: four vectors of quarters of rows, transposed within their quarters. */
static void transpose(const float *from, ptrdiff_t row, float *to) {
    for (const float *end = from + BORA_LANES; from < end; from += 4, to += 4 * BORA_LANES) {
        V a = v_quarters(from, 4 * row), b = v_quarters(from + row, 4 * row), c = v_quarters(from + 2 * row, 4 * row),
          d = v_quarters(from + 3 * row, 4 * row);
        V ab = v_zip_low(a, b), cd = v_zip_low(c, d);
        v_store(to, v_low_pairs(ab, cd));
        v_store(to + BORA_LANES, v_high_pairs(ab, cd));
        ab = v_zip_high(a, b), cd = v_zip_high(c, d);
        v_store(to + 2 * BORA_LANES, v_low_pairs(ab, cd));
        v_store(to + 3 * BORA_LANES, v_high_pairs(ab, cd));
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

const bora_kernels SIMD_TABLE = {SIMD_NAME, WIDE_ROWS,        transpose, panel,         layernorm, layernorm_backward,
                                 softmax,   softmax_backward, gelu,      cross_entropy, chains};
