/* cross_entropy.c: the tied output head and the negative log-likelihood of each token, in blocks of tokens. */
#include "nn/nn.h"

double bora_cross_entropy(const bora_kernels *k, int T, const bora_linear *head, const int32_t *tokens, const float *x,
                          int block, float *logits, float *dx) {
    int C = head->in, V = head->out;
    ptrdiff_t ld = bora_ld(C), lv = bora_ld(V);
    double nll = 0;
    /* [eq:head] */
    for (int t = 0; t < T; t += block) {
        int m = T - t < block ? T - t : block;
        bora_matmul(k, m, V, C, x + t * ld, ld, 1, bora_packed_transposed(head->weight, V), logits, lv, false);
        for (int i = 0; i < m; i++) nll += k->cross_entropy(V, tokens[t + i], dx != NULL, logits + i * lv);
        if (dx) bora_matmul(k, m, C, V, logits, lv, 1, bora_packed(head->weight, V), dx + t * ld, ld, false);
    }
    /* [/eq:head] */
    return nll;
}
