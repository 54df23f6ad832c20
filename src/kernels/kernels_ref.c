/* kernels_ref.c: the permanent plain oracle of every kernel: one element at a time, one line of mathematics each.
 * It is never made fast. Where the machine has fma the file is compiled a second time with it (BORA_REF_FMA), since fmaf is
 * otherwise a slow library call with the same result. */
#include "kernels/variants.h"

#ifdef BORA_REF_FMA
#define REF bora_kernels_ref_fma
#else
#define REF bora_kernels_ref
#endif

#include "kernels/kernel_lane.h"

typedef struct {
    float lane[BORA_LANES];
} lanes;

static float fold(lanes x, V (*join)(V, V)) {
    /* [eq:tree] */
    for (int width = BORA_LANES / 2; width; width /= 2)
        for (int i = 0; i < width; i++) x.lane[i] = join(x.lane[i], x.lane[i + width]);
    return x.lane[0];
    /* [/eq:tree] */
}

static void transpose(const float *from, ptrdiff_t row, float *to) {
    for (int r = 0; r < BORA_LANES; r++)
        for (int c = 0; c < BORA_LANES; c++) to[c * BORA_LANES + r] = from[r * row + c];
}

static void panel(int m, int n, int K, const float *a, ptrdiff_t ai, ptrdiff_t ak, const float *b, ptrdiff_t bk, float *c,
                  ptrdiff_t ci, bool resume) {
    /* [eq:chain] */
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            float chain = resume ? c[i * ci + j] : 0;
            for (int k = 0; k < K; k++) chain = fmaf(a[i * ai + k * ak], b[k * bk + j], chain);
            c[i * ci + j] = chain;
        }
    /* [/eq:chain] */
}

static float layernorm(int n, const float *x, const float *gamma, const float *beta, float epsilon, float *xhat, float *y) {
    /* [eq:layernorm] */
    lanes sum = {{0}}, squares = {{0}};
    for (int i = 0; i < n; i++) sum.lane[i % BORA_LANES] += x[i];
    float mean = fold(sum, v_add) / (float)n;
    for (int i = 0; i < n; i++) squares.lane[i % BORA_LANES] = fmaf(x[i] - mean, x[i] - mean, squares.lane[i % BORA_LANES]);
    float rstd = 1 / sqrtf(fold(squares, v_add) / (float)n + epsilon);
    for (int i = 0; i < n; i++) {
        xhat[i] = (x[i] - mean) * rstd;
        y[i] = fmaf(xhat[i], gamma[i], beta[i]);
    }
    return rstd;
    /* [/eq:layernorm] */
}

static void layernorm_backward(int n, const float *dy, const float *gamma, const float *xhat, float rstd, float *dx) {
    /* [eq:layernorm-gradient] */
    lanes sum = {{0}}, product = {{0}};
    for (int i = 0; i < n; i++) {
        float g = dy[i] * gamma[i];
        sum.lane[i % BORA_LANES] += g;
        product.lane[i % BORA_LANES] = fmaf(g, xhat[i], product.lane[i % BORA_LANES]);
    }
    float mean = fold(sum, v_add) / (float)n, projection = fold(product, v_add) / (float)n;
    for (int i = 0; i < n; i++) dx[i] = fmaf(rstd, fmaf(-xhat[i], projection, dy[i] * gamma[i] - mean), dx[i]);
    /* [/eq:layernorm-gradient] */
}

static float maximum(int n, const float *x) {
    lanes largest;
    for (int i = 0; i < BORA_LANES; i++) largest.lane[i] = -INFINITY;
    for (int i = 0; i < n; i++) largest.lane[i % BORA_LANES] = v_max(largest.lane[i % BORA_LANES], x[i]);
    return fold(largest, v_max);
}

/* out <- exp(scale x - largest) unless NULL; returns the sum. */
static float exponentials(int n, float scale, float largest, const float *x, float *out) {
    lanes sum = {{0}};
    for (int i = 0; i < n; i++) {
        float p = v_exp(fmaf(scale, x[i], -largest));
        sum.lane[i % BORA_LANES] += p;
        if (out) out[i] = p;
    }
    return fold(sum, v_add);
}

/* [eq:softmax] */
static void softmax(int n, float scale, float *x) {
    float inverse = 1 / exponentials(n, scale, scale * maximum(n, x), x, x);
    for (int i = 0; i < n; i++) x[i] *= inverse;
}
/* [/eq:softmax] */

static void softmax_backward(int n, float scale, const float *p, float *dp) {
    /* [eq:softmax-gradient] */
    lanes product = {{0}};
    for (int i = 0; i < n; i++) product.lane[i % BORA_LANES] = fmaf(p[i], dp[i], product.lane[i % BORA_LANES]);
    float projection = fold(product, v_add);
    for (int i = 0; i < n; i++) dp[i] = scale * p[i] * (dp[i] - projection);
    /* [/eq:softmax-gradient] */
}

static void gelu(int n, const float *x, float *y, float *slope) {
    for (int i = 0; i < n; i++) v_gelu(x[i], &y[i], &slope[i]);
}

static double cross_entropy(int n, int target, bool gradient, float *x) {
    /* [eq:cross-entropy] */
    float largest = maximum(n, x), score = x[target], sum = exponentials(n, 1, largest, x, gradient ? x : NULL);
    if (gradient) {
        float inverse = 1 / sum;
        for (int i = 0; i < n; i++) x[i] *= inverse;
        x[target] -= 1;
    }
    return bora_log(sum) + ((double)largest - (double)score);
    /* [/eq:cross-entropy] */
}

static void chains(int n, float factor, float term, float *x) {
    for (int k = 0; k < n; k++)
        for (int i = 0; i < BORA_CHAINS; i++) x[i] = fmaf(factor, x[i], term);
}

const bora_kernels REF = {
    "ref", 1, transpose, panel, layernorm, layernorm_backward, softmax, softmax_backward, gelu, cross_entropy, chains};
