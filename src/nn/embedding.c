/* embedding.c: tokens and positions to vectors. */
#include "nn/nn.h"

void bora_embedding_forward(int T, int C, int32_t first, const int32_t *tokens, const float *wte, const float *wpe, float *x) {
    for (int t = 0; t < T; t++) {
        const float *token = wte + (size_t)(t ? tokens[t - 1] : first) * (size_t)C, *position = wpe + (size_t)t * (size_t)C;
        float *row = x + (size_t)t * bora_stride((size_t)C);
        for (int c = 0; c < C; c++) row[c] = token[c] + position[c];
    }
}

void bora_embedding_backward(int T, int C, int32_t first, const int32_t *tokens, const float *dx, float *dwte, float *dwpe) {
    for (int t = 0; t < T; t++) {
        float *token = dwte + (size_t)(t ? tokens[t - 1] : first) * (size_t)C, *position = dwpe + (size_t)t * (size_t)C;
        const float *row = dx + (size_t)t * bora_stride((size_t)C);
        for (int c = 0; c < C; c++) {
            token[c] += row[c];
            position[c] += row[c];
        }
    }
}
