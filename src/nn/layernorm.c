/* layernorm.c: layer normalisation (Ba et al. 2016) of every token's vector. */
#include "nn/nn.h"

void bora_layernorm_forward(const bora_kernels *k, int T, int C, const float *x, const float *gamma, const float *beta,
                            float *xhat, float *rstd, float *y) {
    size_t ld = bora_stride((size_t)C);
    for (size_t t = 0; t < (size_t)T; t++)
        rstd[t] = k->layernorm(C, x + t * ld, gamma, beta, BORA_LAYERNORM_EPSILON, xhat + t * ld, y + t * ld);
}

void bora_layernorm_backward(const bora_kernels *k, int T, int C, const float *dy, const float *gamma, const float *xhat,
                             const float *rstd, float *dx) {
    size_t ld = bora_stride((size_t)C);
    for (size_t t = 0; t < (size_t)T; t++) k->layernorm_backward(C, dy + t * ld, gamma, xhat + t * ld, rstd[t], dx + t * ld);
}

void bora_layernorm_weight_gradient(int T, int C, const float *dy, const float *xhat, float *dgamma, float *dbeta) {
    size_t ld = bora_stride((size_t)C);
    for (size_t t = 0; t < (size_t)T; t++)
        for (int c = 0; c < C; c++) {
            dgamma[c] += dy[t * ld + (size_t)c] * xhat[t * ld + (size_t)c]; /* rounded, then added */
            dbeta[c] += dy[t * ld + (size_t)c];
        }
}
