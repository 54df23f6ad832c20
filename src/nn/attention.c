/* attention.c: causal self-attention by head, in tiles of six queries: full rows of scores up to the tile's last query, the
 * triangle above it skipped. Entries of a tile that a query may not see are exact zeros, so that every chain may run over them.
 */
#include "nn/nn.h"

#include <math.h>
#include <string.h>

static int tile_height(int T, int i) { return T - i < BORA_TILE_ROWS ? T - i : BORA_TILE_ROWS; }

/* Zero what query i + row may not see of its tile's columns [0, i + height). */
static void mask(float *row, int visible, int columns) { memset(row + visible, 0, (size_t)(columns - visible) * sizeof *row); }

static size_t packed(int T, int size) { return bora_packed_size((int)bora_round16((size_t)size), T); }

size_t bora_attention_scratch(int T, int C, int H) { return packed(T, C / H) + (size_t)T * bora_stride((size_t)T); }

void bora_attention_forward(const bora_kernels *kernels, int T, int C, int H, const float *q, const float *k, const float *v,
                            float *p, float *out, float *scratch) {
    int size = C / H, depth = (int)bora_round16((size_t)size); /* rows of k^T as packed */
    ptrdiff_t ld = (ptrdiff_t)bora_stride((size_t)C), lp = (ptrdiff_t)bora_stride((size_t)T);
    float scale = 1 / sqrtf((float)size);
    for (ptrdiff_t h = 0; h < H; h++, p += T * lp) {
        ptrdiff_t at = h * size;
        bora_pack_transposed(kernels, T, size, k + at, ld, scratch); /* k^T */
        for (int i = 0; i < T; i += BORA_TILE_ROWS) {
            int m = tile_height(T, i), columns = i + m;
            bora_matmul(kernels, m, columns, size, q + i * ld + at, ld, 1, bora_packed(scratch, depth), p + i * lp, lp,
                        false); /* q k^T */
            for (int row = 0; row < m; row++) {
                kernels->softmax(i + row + 1, scale, p + (i + row) * lp);
                mask(p + (i + row) * lp, i + row + 1, columns);
            }
            bora_matmul(kernels, m, size, columns, p + i * lp, lp, 1, bora_plain(v + at, (size_t)ld), out + i * ld + at, ld,
                        false); /* p v */
        }
    }
}

void bora_attention_backward(const bora_kernels *kernels, int T, int C, int H, const float *q, const float *k, const float *v,
                             const float *p, const float *dout, float *dq, float *dk, float *dv, float *scratch) {
    int size = C / H, depth = (int)bora_round16((size_t)size);
    ptrdiff_t ld = (ptrdiff_t)bora_stride((size_t)C), lp = (ptrdiff_t)bora_stride((size_t)T);
    float scale = 1 / sqrtf((float)size), *ds = scratch + packed(T, size); /* gradient of the unscaled scores */
    for (ptrdiff_t h = 0; h < H; h++, p += T * lp) {
        ptrdiff_t at = h * size;
        bora_pack_transposed(kernels, T, size, v + at, ld, scratch); /* v^T */
        for (int i = 0; i < T; i += BORA_TILE_ROWS) {
            int m = tile_height(T, i), columns = i + m;
            bora_matmul(kernels, m, columns, size, dout + i * ld + at, ld, 1, bora_packed(scratch, depth), ds + i * lp, lp,
                        false); /* dp = dout v^T */
            for (int row = 0; row < m; row++) {
                kernels->softmax_backward(i + row + 1, scale, p + (i + row) * lp, ds + (i + row) * lp);
                mask(ds + (i + row) * lp, i + row + 1, columns);
            }
            bora_matmul(kernels, m, size, columns, ds + i * lp, lp, 1, bora_plain(k + at, (size_t)ld), dq + i * ld + at, ld,
                        false);
        }
        for (int j = 0; j < T; j += BORA_TILE_ROWS) { /* keys j.. are seen by queries from j on */
            int m = tile_height(T, j);
            bora_matmul(kernels, m, size, T - j, ds + j * lp + j, 1, lp, bora_plain(q + j * ld + at, (size_t)ld),
                        dk + j * ld + at, ld, false); /* ds^T q */
            bora_matmul(kernels, m, size, T - j, p + j * lp + j, 1, lp, bora_plain(dout + j * ld + at, (size_t)ld),
                        dv + j * ld + at, ld, false); /* p^T dout */
        }
    }
}
