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

/* Rows of a panel taken at once: with them, and as many columns of A, tile after tile finds its factors in the nearest caches.
 */
enum { DEPTH = BORA_LANES * BORA_BLOCK(24) };

/* `depth` rows of the panel at `from`, and the distance of rows: where they lie, or transposed into room. */
static const float *rows_of(const bora_kernels *kernels, const bora_right *b, const float *from, int depth, float *room,
                            ptrdiff_t *row) {
    *row = b->transposed ? BORA_LANES : b->row;
    if (!b->transposed) return from;
    for (ptrdiff_t k = 0; k < depth; k += BORA_LANES)
        kernels->transpose(from + k / BORA_LANES * b->group, room + k * BORA_LANES);
    return room;
}

/* A panel of weights comes from a distant cache, since a document uses each once: while tiles of C are made from one, the next
 * is fetched little by little. */
void bora_matmul(const bora_kernels *kernels, int m, int n, int K, const float *a, ptrdiff_t ai, ptrdiff_t ak, bora_right b,
                 float *c, ptrdiff_t ci, bool resume) {
    _Alignas(BORA_ALIGN) float room[DEPTH * BORA_LANES];
    const int rows = kernels->rows;
    int from = 0;
    do {
        int depth = K - from < DEPTH ? K - from : DEPTH,
            share = (depth * rows + m - 1) / m; /* of the next panel, to each tile */
        for (int j = 0; j < n; j += BORA_LANES) {
            int width = n - j < BORA_LANES ? n - j : BORA_LANES;
            const float *at = b.data + j / BORA_LANES * b.panel + from / BORA_LANES * b.group, *next = at + b.panel;
            ptrdiff_t row;
            const float *panel = rows_of(kernels, &b, at, depth, room, &row);
            for (int i = 0, k = 0; i < m; i += rows) {
                if (j + BORA_LANES < n)
                    for (int end = k + share < depth ? k + share : depth; k < end; k++)
                        __builtin_prefetch(next + k / BORA_LANES * b.group + k % BORA_LANES * b.row);
                kernels->panel(m - i < rows ? m - i : rows, width, depth, a + i * ai + from * ak, ai, ak, panel, row,
                               c + i * ci + j, ci, resume || from);
            }
        }
    } while ((from += DEPTH) < K);
}
