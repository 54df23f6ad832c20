/* activation.c: GELU in its tanh form (Hendrycks and Gimpel 2016); the forward pass stores the derivative. */
#include "nn/nn.h"

void bora_gelu_forward(const bora_kernels *k, int T, int n, float *x, float *slope) {
    size_t ld = bora_stride((size_t)n);
    for (size_t t = 0; t < (size_t)T; t++) k->gelu(n, x + t * ld, x + t * ld, slope + t * ld);
}

void bora_gelu_backward(int T, int n, const float *slope, float *dx) {
    size_t ld = bora_stride((size_t)n);
    for (size_t t = 0; t < (size_t)T; t++)
        for (size_t i = 0; i < (size_t)n; i++) dx[t * ld + i] *= slope[t * ld + i];
}
