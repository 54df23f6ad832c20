/* embedding.c: tokens and positions to vectors. */
#include "nn/nn.h"

void bora_embedding_forward(int T, int C, int V, int positions, int32_t first, const int32_t *tokens, const float *wte,
                            const float *wpe, float *x) {
    /* [eq:embedding] */
    for (size_t t = 0; t < (size_t)T; t++)
        for (size_t c = 0; c < (size_t)C; c++)
            x[t * bora_stride((size_t)C) + c] = wte[bora_packed_at((size_t)V, (size_t)(t ? tokens[t - 1] : first), c)] +
                                                wpe[bora_packed_at((size_t)positions, t, c)];
    /* [/eq:embedding] */
}

void bora_embedding_backward(int T, int C, int V, int positions, int32_t first, const int32_t *tokens, const float *dx,
                             float *dwte, float *dwpe) {
    /* [eq:embedding-gradient] */
    for (size_t t = 0; t < (size_t)T; t++)
        for (size_t c = 0; c < (size_t)C; c++) {
            float g = dx[t * bora_stride((size_t)C) + c];
            dwte[bora_packed_at((size_t)V, (size_t)(t ? tokens[t - 1] : first), c)] += g;
            dwpe[bora_packed_at((size_t)positions, t, c)] += g;
        }
    /* [/eq:embedding-gradient] */
}
