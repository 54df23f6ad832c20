/* nn.h: the operators of the transformer on one document, one a file, forward above backward.
 *
 * Symbols: T tokens of the document, C width, V vocabulary, H heads of size C/H, r rank. Every matrix is row-major and its rows
 * lie bora_stride(columns) floats apart unless a shape says otherwise; `x [T, C]` names rows and columns. Gradients are written
 * d<name>. Nothing here allocates, knows of threads, or sums over documents.
 */
#ifndef BORA_NN_H
#define BORA_NN_H

#include "kernels/kernels.h"

/* ---- embedding.c -------------------------------------------------------------------------------------------------------- */

/* x[t] = wte[token_t] + wpe[t], where token_0 = first and token_t = tokens[t-1]. wte [V, C] and wpe [positions, C] packed. */
void bora_embedding_forward(int T, int C, int V, int positions, int32_t first, const int32_t *tokens, const float *wte,
                            const float *wpe, float *x);
/* dwte[token_t] += dx[t] and dwpe[t] += dx[t], t ascending. */
void bora_embedding_backward(int T, int C, int V, int positions, int32_t first, const int32_t *tokens, const float *dx,
                             float *dwte, float *dwpe);

/* ---- layernorm.c -------------------------------------------------------------------------------------------------------- */

#define BORA_LAYERNORM_EPSILON 1e-5f
/* y = xhat gamma + beta; x, xhat, y [T, C], rstd [T]. */
void bora_layernorm_forward(const bora_kernels *k, int T, int C, const float *x, const float *gamma, const float *beta,
                            float *xhat, float *rstd, float *y);
/* dx += ... (the residual path's gradient is already there). */
void bora_layernorm_backward(const bora_kernels *k, int T, int C, const float *dy, const float *gamma, const float *xhat,
                             const float *rstd, float *dx);
/* Resumes the chains over tokens: dgamma += sum_t dy xhat, dbeta += sum_t dy. */
void bora_layernorm_weight_gradient(int T, int C, const float *dy, const float *xhat, float *dgamma, float *dbeta);

/* ---- linear.c ----------------------------------------------------------------------------------------------------------- */

/* A frozen or trained layer y = W x + bias. */
typedef struct {
    int in, out;
    const float *weight; /* W [out, in] packed, memory of 16 more rows behind it */
    const float *bias;   /* [out], NULL: none */
} bora_linear;

/* A low-rank addition (alpha/r) B A x (Hu et al. 2021): A [r, in], B [out, r]. */
typedef struct {
    int rank; /* 0: this layer has no adapter */
    float scale;
    const float *A, *B; /* [r, in] and [out, r], packed, memory of 16 more rows behind them */
} bora_low_rank;

/* y = W x + s B^T + bias with s = (alpha/r) A x kept for the backward pass. An element of y is one chain: over `in`, then over
 * r; the bias is added last. x [T, in], s [T, r], y [T, out]. */
void bora_linear_forward(const bora_kernels *k, int T, const bora_linear *w, const bora_low_rank *lora, const float *x,
                         float *s, float *y);
/* dz = (alpha/r) dy B, then dx = dy W + dz A (one chain; with `resume` it goes on from dx). dx NULL: only dz is wanted. */
void bora_linear_backward(const bora_kernels *k, int T, const bora_linear *w, const bora_low_rank *lora, const float *dy,
                          float *dz, float *dx, bool resume);
/* A document's contribution, each element one chain over its tokens from +0: dA = dz^T x [r, in], dB = dy^T s [out, r], dense.
 */
void bora_linear_adapter_gradient(const bora_kernels *k, int T, const bora_linear *w, const bora_low_rank *lora, const float *x,
                                  const float *s, const float *dy, const float *dz, float *dA, float *dB);
/* Rows [from, to) of dW [out, in] packed and dbias [out], the chains over tokens resumed: dW += dy^T x, dbias += sum_t dy. */
void bora_linear_weight_gradient(const bora_kernels *k, int T, int in, int out, int from, int to, const float *x,
                                 const float *dy, float *dW, float *dbias);

/* ---- attention.c -------------------------------------------------------------------------------------------------------- */

/* Causal self-attention by head: p_h = softmax(q_h k_h^T / sqrt(C/H)), out_h = p_h v_h. q, k, v, out [T, C]; p [H, T, T]. */
void bora_attention_forward(const bora_kernels *kernels, int T, int C, int H, const float *q, const float *k, const float *v,
                            float *p, float *out, float *scratch);
/* scratch: bora_attention_scratch(T, C, H) floats. Memory of 16 more rows must lie behind k and v. */
void bora_attention_backward(const bora_kernels *kernels, int T, int C, int H, const float *q, const float *k, const float *v,
                             const float *p, const float *dout, float *dq, float *dk, float *dv, float *scratch);
size_t bora_attention_scratch(int T, int C, int H);

/* ---- activation.c ------------------------------------------------------------------------------------------------------- */

/* y = gelu(x) in place of x, and its derivative; both [T, n]. */
void bora_gelu_forward(const bora_kernels *k, int T, int n, float *x, float *slope);
void bora_gelu_backward(int T, int n, const float *slope, float *dx); /* dx *= slope */

/* ---- cross_entropy.c ---------------------------------------------------------------------------------------------------- */

/* Sum over t of -log softmax(x[t] wte^T)[tokens[t]], ascending in double. Takes `block` tokens at a time against all V, so that
 * the logits [block, V] are all that is stored; with dx [T, C] not NULL the logits become their own gradient and dx = dlogits
 * wte. */
double bora_cross_entropy(const bora_kernels *k, int T, const bora_linear *head, const int32_t *tokens, const float *x,
                          int block, float *logits, float *dx);

#endif
