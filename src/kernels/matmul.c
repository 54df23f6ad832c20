/* matmul.c: the matrix product over the variants' panels, and the packing of its right factor. Blocking stands here, once. */
#include "kernels/kernels.h"

#include <string.h>

/* One panel from the columns at b; rows that lie in one piece are copied, else columns are read along k, as they mostly lie. */
static void pack_panel(int K, int width, const float *b, ptrdiff_t bk, ptrdiff_t bj, float *out) {
    if (width < BORA_LANES) memset(out, 0, (size_t)K * BORA_LANES * sizeof *out);
    if (bj == 1)
        for (int k = 0; k < K; k++) memcpy(out + k * BORA_LANES, b + k * bk, (size_t)width * sizeof *out);
    else
        for (int c = 0; c < width; c++)
            for (int k = 0; k < K; k++) out[k * BORA_LANES + c] = b[k * bk + c * bj];
}

void bora_pack(int K, int n, const float *b, ptrdiff_t bk, ptrdiff_t bj, float *out) {
    for (ptrdiff_t j = 0; j < n; j += BORA_LANES, out += K * BORA_LANES)
        pack_panel(K, n - j < BORA_LANES ? (int)(n - j) : BORA_LANES, b + j * bj, bk, bj, out);
}

/* A panel of weights comes from a distant cache, since a document uses each once: while tiles of C are made from one, the next
 * is fetched little by little. */
void bora_matmul(const bora_kernels *kernels, int m, int n, int K, const float *a, ptrdiff_t ai, ptrdiff_t ak, bora_right b,
                 float *c, ptrdiff_t ci, bool resume) {
    const int rows = kernels->rows, share = (K * rows + m - 1) / m; /* share: of the next panel's K rows, to each tile */
    for (int j = 0; j < n; j += BORA_LANES) {
        int width = n - j < BORA_LANES ? n - j : BORA_LANES;
        const float *panel = b.data + j / BORA_LANES * b.panel, *next = panel + b.panel;
        for (int i = 0, k = 0; i < m; i += rows) {
            if (j + BORA_LANES < n)
                for (int end = k + share < K ? k + share : K; k < end; k++) __builtin_prefetch(next + k * b.row);
            kernels->panel(m - i < rows ? m - i : rows, width, K, a + i * ai, ai, ak, panel, b.row, c + i * ci + j, ci, resume);
        }
    }
}
