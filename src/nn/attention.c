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
    ptrdiff_t ld = bora_ld(C), lp = bora_ld(T);
    float scale = 1 / sqrtf((float)size);
    /* [eq:attention] */
    for (ptrdiff_t h = 0; h < H; h++, p += T * lp) {
        ptrdiff_t at = h * size;
        bora_pack_transposed(kernels, T, size, k + at, ld, scratch); /* k^T */
        for (int i = 0; i < T; i += BORA_TILE_ROWS) {
            int m = tile_height(T, i), columns = i + m;
            const float *q_i = q + i * ld + at;
            float *p_i = p + i * lp, *out_i = out + i * ld + at;
            bora_matmul(kernels, m, columns, size, q_i, ld, 1, bora_packed(scratch, depth), p_i, lp, false); /* q k^T */
            for (int row = 0; row < m; row++) {
                kernels->softmax(i + row + 1, scale, p_i + row * lp);
                mask(p_i + row * lp, i + row + 1, columns);
            }
            bora_matmul(kernels, m, size, columns, p_i, lp, 1, bora_plain(v + at, (size_t)ld), out_i, ld, false); /* p v */
        }
    }
    /* [/eq:attention] */
}

void bora_attention_backward(const bora_kernels *kernels, int T, int C, int H, const float *q, const float *k, const float *v,
                             const float *p, const float *dout, float *dq, float *dk, float *dv, float *scratch) {
    int size = C / H, depth = (int)bora_round16((size_t)size);
    ptrdiff_t ld = bora_ld(C), lp = bora_ld(T);
    float scale = 1 / sqrtf((float)size), *ds = scratch + packed(T, size); /* gradient of the unscaled scores */
    /* [eq:attention-gradient] */
    for (ptrdiff_t h = 0; h < H; h++, p += T * lp) {
        ptrdiff_t at = h * size;
        bora_pack_transposed(kernels, T, size, v + at, ld, scratch); /* v^T */
        for (int i = 0; i < T; i += BORA_TILE_ROWS) {
            int m = tile_height(T, i), columns = i + m;
            const float *p_i = p + i * lp, *dout_i = dout + i * ld + at;
            float *ds_i = ds + i * lp, *dq_i = dq + i * ld + at;
            bora_matmul(kernels, m, columns, size, dout_i, ld, 1, bora_packed(scratch, depth), ds_i, lp, false); /* dp */
            for (int row = 0; row < m; row++) {
                kernels->softmax_backward(i + row + 1, scale, p_i + row * lp, ds_i + row * lp);
                mask(ds_i + row * lp, i + row + 1, columns);
            }
            bora_matmul(kernels, m, size, columns, ds_i, lp, 1, bora_plain(k + at, (size_t)ld), dq_i, ld, false); /* ds k */
        }
        for (int j = 0; j < T; j += BORA_TILE_ROWS) { /* keys j.. are seen by queries from j on */
            int m = tile_height(T, j);
            const float *q_j = q + j * ld + at, *dout_j = dout + j * ld + at, *ds_j = ds + j * lp + j, *p_j = p + j * lp + j;
            float *dk_j = dk + j * ld + at, *dv_j = dv + j * ld + at;
            bora_matmul(kernels, m, size, T - j, ds_j, 1, lp, bora_plain(q_j, (size_t)ld), dk_j, ld, false);   /* ds^T q */
            bora_matmul(kernels, m, size, T - j, p_j, 1, lp, bora_plain(dout_j, (size_t)ld), dv_j, ld, false); /* p^T dout */
        }
    }
    /* [/eq:attention-gradient] */
}
