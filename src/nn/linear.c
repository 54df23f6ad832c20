/* linear.c: a linear layer with an optional low-rank adapter, its input gradient, and the gradients of adapter and weight. */
#include "nn/nn.h"

static ptrdiff_t stride(int columns) { return (ptrdiff_t)bora_stride((size_t)columns); }

static void scale_rows(int T, int n, float factor, float *x) {
    for (ptrdiff_t t = 0; t < T; t++)
        for (int i = 0; i < n; i++) x[t * stride(n) + i] *= factor;
}

void bora_linear_forward(const bora_kernels *k, int T, const bora_linear *w, const bora_low_rank *lora, const float *x,
                         float *s, float *y) {
    int in = w->in, out = w->out;
    bora_matmul(k, T, out, in, x, stride(in), 1, bora_packed_transposed(w->weight, out), y, stride(out), false); /* W x */
    if (lora && lora->rank) {
        int r = lora->rank;
        bora_matmul(k, T, r, in, x, stride(in), 1, bora_packed_transposed(lora->A, r), s, stride(r), false); /* A x          */
        scale_rows(T, r, lora->scale, s);                                                                    /* s            */
        bora_matmul(k, T, out, r, s, stride(r), 1, bora_packed_transposed(lora->B, out), y, stride(out), true); /* W x + B s */
    }
    for (ptrdiff_t t = 0; w->bias && t < T; t++)
        for (int o = 0; o < out; o++) y[t * stride(out) + o] += w->bias[o];
}

void bora_linear_backward(const bora_kernels *k, int T, const bora_linear *w, const bora_low_rank *lora, const float *dy,
                          float *dz, float *dx, bool resume) {
    int in = w->in, out = w->out;
    if (dx) bora_matmul(k, T, in, out, dy, stride(out), 1, bora_packed(w->weight, out), dx, stride(in), resume); /* dy W */
    if (!lora || !lora->rank) return;
    int r = lora->rank;
    bora_matmul(k, T, r, out, dy, stride(out), 1, bora_packed(lora->B, out), dz, stride(r), false); /* dy B */
    scale_rows(T, r, lora->scale, dz);
    if (dx) bora_matmul(k, T, in, r, dz, stride(r), 1, bora_packed(lora->A, r), dx, stride(in), true); /* dz A */
}

void bora_linear_adapter_gradient(const bora_kernels *k, int T, const bora_linear *w, const bora_low_rank *lora, const float *x,
                                  const float *s, const float *dy, const float *dz, float *dA, float *dB) {
    int in = w->in, out = w->out, r = lora->rank;
    bora_matmul(k, r, in, T, dz, 1, stride(r), bora_plain(x, (size_t)stride(in)), dA, in, false);  /* dz^T x */
    bora_matmul(k, out, r, T, dy, 1, stride(out), bora_plain(s, (size_t)stride(r)), dB, r, false); /* dy^T s */
}

void bora_linear_weight_gradient(const bora_kernels *k, int T, int in, int out, int from, int to, const float *x,
                                 const float *dy, float *dW, float *dbias) {
    bora_matmul_packed(k, to - from, in, T, dy + from, 1, stride(out), bora_plain(x, (size_t)stride(in)),
                       dW + (ptrdiff_t)from * BORA_LANES, out, true); /* dy^T x */
    for (ptrdiff_t t = 0; dbias && t < T; t++)
        for (int o = from; o < to; o++) dbias[o] += dy[t * stride(out) + o];
}
