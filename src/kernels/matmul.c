/* matmul.c: the matrix product over the variants' panels, and the packing of its right factor. Blocking stands here, once. */
#include "kernels/kernels.h"

#include <string.h>

void bora_pack(int rows, int columns, const float *from, ptrdiff_t ld, float *to) {
    for (ptrdiff_t j = 0; j < columns; j += BORA_LANES)
        for (ptrdiff_t r = 0; r < rows; r++, to += BORA_LANES) {
            const float *row = from + r * ld + j;
            ptrdiff_t width = columns - j < BORA_LANES ? columns - j : BORA_LANES;
            if (width == BORA_LANES) memcpy(to, row, BORA_LANES * sizeof *to); /* of a known size: no call */
            else {
                memcpy(to, row, (size_t)width * sizeof *to);
                memset(to + width, 0, (size_t)(BORA_LANES - width) * sizeof *to);
            }
        }
}

void bora_pack_transposed(const bora_kernels *kernels, int rows, int columns, const float *from, ptrdiff_t ld, float *to) {
    for (ptrdiff_t r = 0; r < rows; r += BORA_LANES, to += bora_round16((size_t)columns) * BORA_LANES)
        for (ptrdiff_t c = 0; c < columns; c += BORA_LANES) kernels->transpose(from + r * ld + c, ld, to + c * BORA_LANES);
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
        kernels->transpose(from + k / BORA_LANES * b->group, b->row, room + k * BORA_LANES);
    return room;
}

/* Fetch rows [k, end) of a panel into the nearest caches. */
static void fetch(const bora_right *b, const float *panel, int k, int end) {
    for (; k < end; k += BORA_LANES)
        for (int i = 0; i < BORA_LANES; i++) __builtin_prefetch(panel + k / BORA_LANES * b->group + i * b->row);
}

/* Fetch a tile of C, which will be stored. */
static void fetch_tile(const float *c, int rows, ptrdiff_t ci) {
    for (int r = 0; r < rows; r++) __builtin_prefetch(c + r * ci, 1);
}

/* How many of the `left` rows of C are next: a tile's; the last two tiles share what is left evenly. Tiles of half a panel, and
 * full ones of a shallow product, where a call takes as long as its sums, are the kernel's own matter. */
static int next_rows(int left, int rows, int width, int K) {
    if (left <= rows || width == BORA_LANES / 2) return left;
    if (left < 2 * rows) return (left + 1) / 2;
    return K > BORA_LANES ? rows : (left / rows - (left % rows > 0)) * rows;
}

/* A panel of weights comes from a distant cache, since a document uses each once: while tiles of C are made from one, the next
 * is fetched little by little. (Where one tile is all, as in attention, they are near.) What a tile will store is fetched while
 * it is computed; what the next one will load first, a tile ahead. */
static void product(const bora_kernels *kernels, int m, int n, int K, const float *a, ptrdiff_t ai, ptrdiff_t ak, bora_right b,
                    float *c, ptrdiff_t ci, ptrdiff_t c_panel, bool resume) {
    _Alignas(BORA_ALIGN) float room[DEPTH * BORA_LANES];
    const int rows = kernels->rows, tiles = (m + rows - 1) / rows;
    int from = 0;
    do {
        int depth = K - from < DEPTH ? K - from : DEPTH, groups = (depth + BORA_LANES - 1) / BORA_LANES;
        for (int j = 0; j < n; j += BORA_LANES) {
            int width = n - j < BORA_LANES ? n - j : BORA_LANES;
            const float *at = b.data + j / BORA_LANES * b.panel + from / BORA_LANES * b.group;
            ptrdiff_t row;
            const float *panel = rows_of(kernels, &b, at, depth, room, &row);
            for (int i = 0, tile = 0, height; i < m; i += height, tile++) {
                height = next_rows(m - i, rows, width, K);
                if (tiles > 1 && j + BORA_LANES < n)
                    fetch(&b, at + b.panel, groups * tile / tiles * BORA_LANES, groups * (tile + 1) / tiles * BORA_LANES);
                float *c_tile = c + i * ci + j / BORA_LANES * c_panel;
                float *next = i + height < m       ? c_tile + height * ci
                              : j + BORA_LANES < n ? c + (j / BORA_LANES + 1) * c_panel
                                                   : c_tile;
                bool loads = resume || from;
                if (height <= rows) fetch_tile(loads ? next : c_tile, height, ci);
                kernels->panel(height, width, depth, a + i * ai + from * ak, ai, ak, panel, row, c_tile, ci, loads);
            }
        }
    } while ((from += DEPTH) < K);
}

void bora_matmul(const bora_kernels *kernels, int m, int n, int K, const float *a, ptrdiff_t ai, ptrdiff_t ak, bora_right b,
                 float *c, ptrdiff_t ci, bool resume) {
    product(kernels, m, n, K, a, ai, ak, b, c, ci, BORA_LANES, resume);
}

void bora_matmul_packed(const bora_kernels *kernels, int m, int n, int K, const float *a, ptrdiff_t ai, ptrdiff_t ak,
                        bora_right b, float *c, int rows, bool resume) {
    product(kernels, m, n, K, a, ai, ak, b, c, BORA_LANES, (ptrdiff_t)rows * BORA_LANES, resume);
}
