/* linear.c: a linear layer with an optional low-rank adapter, its input gradient, and the gradients of adapter and weight. */
#include "nn/nn.h"

/* Y [T, n] = X [T, K] M, or with resume Y + X M. */
static void times(const bora_kernels *k, int T, int n, int K, const float *x, bora_right m, float *y, bool resume) {
    bora_matmul(k, T, n, K, x, bora_ld(K), 1, m, y, bora_ld(n), resume);
}

/* M [rows, n] = X^T Y, dense; X [T, rows], Y [T, n]. */
static void transposed_times(const bora_kernels *k, int T, int rows, int n, const float *x, const float *y, float *m) {
    bora_matmul(k, rows, n, T, x, 1, bora_ld(rows), bora_plain(y, (size_t)bora_ld(n)), m, n, false);
}

static void scale_rows(int T, int n, float factor, float *x) {
    for (ptrdiff_t t = 0; t < T; t++)
        for (int i = 0; i < n; i++) x[t * bora_ld(n) + i] *= factor;
}

void bora_linear_forward(const bora_kernels *k, int T, const bora_linear *w, const bora_low_rank *lora, const float *x,
                         float *s, float *y) {
    /* [eq:lora] */
    int in = w->in, out = w->out;
    times(k, T, out, in, x, bora_packed_transposed(w->weight, out), y, false); /* X W^T */
    if (lora && lora->rank) {
        int r = lora->rank;
        times(k, T, r, in, x, bora_packed_transposed(lora->A, r), s, false);   /* X A^T             */
        scale_rows(T, r, lora->scale, s);                                      /* S = alpha/r X A^T */
        times(k, T, out, r, s, bora_packed_transposed(lora->B, out), y, true); /* X W^T + S B^T     */
    }
    for (ptrdiff_t t = 0; w->bias && t < T; t++)
        for (int o = 0; o < out; o++) y[t * bora_ld(out) + o] += w->bias[o];
    /* [/eq:lora] */
}

void bora_linear_backward(const bora_kernels *k, int T, const bora_linear *w, const bora_low_rank *lora, const float *dy,
                          float *dz, float *dx, bool resume) {
    /* [eq:lora-input] */
    int in = w->in, out = w->out;
    if (dx) times(k, T, in, out, dy, bora_packed(w->weight, out), dx, resume); /* dY W */
    if (!lora || !lora->rank) return;
    int r = lora->rank;
    times(k, T, r, out, dy, bora_packed(lora->B, out), dz, false);     /* dY B              */
    scale_rows(T, r, lora->scale, dz);                                 /* dZ = alpha/r dY B */
    if (dx) times(k, T, in, r, dz, bora_packed(lora->A, r), dx, true); /* dY W + dZ A       */
    /* [/eq:lora-input] */
}

void bora_linear_adapter_gradient(const bora_kernels *k, int T, const bora_linear *w, const bora_low_rank *lora, const float *x,
                                  const float *s, const float *dy, const float *dz, float *dA, float *dB) {
    /* [eq:lora-gradient] */
    int in = w->in, out = w->out, r = lora->rank;
    transposed_times(k, T, r, in, dz, x, dA);  /* dZ^T X */
    transposed_times(k, T, out, r, dy, s, dB); /* dY^T S */
    /* [/eq:lora-gradient] */
}

void bora_linear_weight_gradient(const bora_kernels *k, int T, int in, int out, int from, int to, const float *x,
                                 const float *dy, float *dW, float *dbias) {
    /* [eq:weight-gradient] */
    bora_matmul_packed(k, to - from, in, T, dy + from, 1, bora_ld(out), bora_plain(x, (size_t)bora_ld(in)),
                       dW + (ptrdiff_t)from * BORA_LANES, out, true); /* dy^T x */
    for (ptrdiff_t t = 0; dbias && t < T; t++)
        for (int o = from; o < to; o++) dbias[o] += dy[t * bora_ld(out) + o];
    /* [/eq:weight-gradient] */
}
