/* matmul.c: the matrix product over the variants' panels, and the packing of its right factor. Blocking stands here, once. */
#include "kernels/kernels.h"

void bora_pack(int K, int n, const float *b, ptrdiff_t bk, ptrdiff_t bj, float *out) {
    for (int j = 0; j < n; j += BORA_LANES)
        for (int k = 0; k < K; k++)
            for (int c = 0; c < BORA_LANES; c++) *out++ = j + c < n ? b[k * bk + (j + c) * bj] : 0;
}

void bora_matmul(const bora_kernels *kernels, int m, int n, int K, const float *a, ptrdiff_t ai, ptrdiff_t ak, bora_right b,
                 float *c, ptrdiff_t ci, bool resume) {
    for (int j = 0; j < n; j += BORA_LANES) {
        int width = n - j < BORA_LANES ? n - j : BORA_LANES;
        kernels->panel(m, width, K, a, ai, ak, b.data + j / BORA_LANES * b.panel, b.row, c + j, ci, resume);
    }
}
