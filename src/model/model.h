/* model.h: the transformer: one table of parameters, forward and backward of one document, checkpoints.
 *
 * A pre-norm decoder with learned positions, biases, GELU, a tied head: for each layer
 *   x += o(attention(q(n), k(n), v(n))), n = ln_1(x);   x += down(gelu(up(n))), n = ln_2(x);   logits = wte ln_f(x).
 * Sizes: V vocabulary, C width, L layers, H heads, T the longest document.
 */
#ifndef BORA_MODEL_H
#define BORA_MODEL_H

#include "nn/nn.h"

typedef struct {
    int V, C, L, H, T;
} bora_shape;

/* The linear layers of a block, in the order in which they run. */
typedef enum { BORA_Q, BORA_K, BORA_V, BORA_O, BORA_UP, BORA_DOWN, BORA_MATRICES } bora_matrix;
extern const char *const bora_matrix_names[BORA_MATRICES]; /* q k v o up down */
int bora_matrix_in(const bora_shape *s, bora_matrix m);
int bora_matrix_out(const bora_shape *s, bora_matrix m);

/* ---- parameters.c ------------------------------------------------------------------------------------------------------- */

/* One row of the table: a tensor `name` [rows, columns] (columns 1: a vector) at weights[offset ...]: a matrix packed, so that
 * this one copy serves products, optimizer and files; a vector dense, filled up with zeros to 16. */
typedef struct {
    char name[32];
    size_t offset, size; /* floats, those that fill up included */
    int rows, columns;
} bora_parameter;

typedef struct {
    size_t ln_1_weight, ln_1_bias, weight[BORA_MATRICES], bias[BORA_MATRICES], ln_2_weight, ln_2_bias;
} bora_layer_offsets;

typedef struct {
    bora_shape shape;
    bora_parameter *table; /* [n] in a fixed order: wte, wpe, layers, ln_f */
    int n;
    size_t wte, wpe, ln_f_weight, ln_f_bias, count; /* offsets into the weights; floats of all */
    bora_layer_offsets *layers;                     /* [L] */
} bora_parameters;

int bora_parameters_init(bora_parameters *p, bora_shape shape, bora_error *e);
void bora_parameters_free(bora_parameters *p);
/* Where element (r, c) of a tensor lies among the weights. */
size_t bora_parameter_at(const bora_parameter *row, int r, int c);
/* Normal(0, 0.02), the layers that end a residual branch (o, down) Normal(0, 0.02 / sqrt(2L)), norms 1, biases 0 (Radford et
 * al. 2019). */
void bora_parameters_random(const bora_parameters *p, uint64_t seed, float *weights);

/* ---- model.c ------------------------------------------------------------------------------------------------------------ */

typedef struct {
    bora_parameters parameters;
    bora_arena room;
    float *weights;      /* [parameters.count] and 256 more, which products may read (never use) */
    bora_linear *linear; /* [L * BORA_MATRICES], views of the weights */
    bora_linear head;
} bora_model;

int bora_model_init(bora_model *m, bora_shape shape, bora_error *e); /* weights zero */
void bora_model_free(bora_model *m);
size_t bora_model_bytes(const bora_shape *s); /* what bora_model_init takes */

/* What the forward pass of one document leaves for the backward pass, and the backward pass's own room. */
typedef struct {
    float *xhat_1, *n_1, *rstd_1, *q, *k, *v, *p, *a, *xhat_2, *n_2, *rstd_2, *g, *slope;
    float *s[BORA_MATRICES];  /* (alpha/r) A x of each adapter */
    float *dy[BORA_MATRICES]; /* gradients at the outputs of the linear layers */
    float *dn_1, *dn_2;
} bora_layer_activations;

typedef struct {
    bora_layer_activations *layers;
    float *x, *xhat_f, *n_f, *rstd_f, *logits, *dn_f, *dx, *da, *dz, *scratch;
    int block; /* tokens a block of logits */
} bora_activations;

/* Lay out room for one document of up to T tokens. `rank`: the largest adapter rank (0: none). target [BORA_MATRICES]: what may
 * have an adapter; layers share the room of other matrices' inputs, of gradients and of blocks of logits. NULL: nothing is
 * shared (for gradients of all weights). */
void bora_activations_init(bora_activations *a, bora_arena *arena, const bora_shape *s, int rank, const bool *target);
size_t bora_activations_bytes(const bora_shape *s, int rank, const bool *target);

/* Where a document's adapter gradients go: dA [r, in], dB [out, r], dense; [L * BORA_MATRICES], NULL where there is no adapter.
 */
typedef struct {
    float *dA, *dB;
} bora_low_rank_gradient;

/* Up to n_f [n, C], from which the n tokens are predicted, the first from `first` (<|endoftext|>) alone; tokens[n - 1] is not
 * read. adapter [L * BORA_MATRICES] or NULL. With `gradient` all layers are left for the backward pass; without, only layers[0]
 * is used. 1 <= n <= T. */
void bora_model_hidden(const bora_kernels *k, const bora_model *m, const bora_low_rank *adapter, int32_t first,
                       const int32_t *tokens, int n, bora_activations *a, bool gradient);
/* The document's summed NLL over its n tokens; with `gradient`, dn_f too is left for the backward pass. */
double bora_model_forward(const bora_kernels *k, const bora_model *m, const bora_low_rank *adapter, int32_t first,
                          const int32_t *tokens, int n, bora_activations *a, bool gradient);
/* Adapter gradients; stops below the lowest adapter. */
void bora_model_backward_adapter(const bora_kernels *k, const bora_model *m, const bora_low_rank *adapter, int n,
                                 bora_activations *a, const bora_low_rank_gradient *gradient);
/* All gradients at the layers' outputs (a kept layout), for bora_weight_gradient; dx ends as the gradient at the
 * embedding. */
void bora_model_backward(const bora_kernels *k, const bora_model *m, int n, bora_activations *a);

/* ---- weight_gradient.c -------------------------------------------------------------------------------------------------- */

enum { BORA_JOB_ROWS = BORA_BLOCK(48) }; /* output rows a job of a matrix takes: whole tiles of the x86 kernels */
/* The weight gradient of a wave of documents, each element's chain resumed in document order, is cut into jobs that share no
 * element, for threads to split: job in [0, bora_weight_jobs(m)). Documents i = 0..n-1 have lengths[i] tokens and kept
 * activations a[i]. The embedding's part is not among them (bora_embedding_backward, after the head's chain is complete). */
int bora_weight_jobs(const bora_model *m);
void bora_weight_gradient(const bora_kernels *k, const bora_model *m, int job, int n, const bora_activations *a,
                          const int *lengths, float *gradient);

/* ---- sample.c ----------------------------------------------------------------------------------------------------------- */

/* p [V], the distribution softmax(logits / temperature) of the token that follows tokens[0..n), n < T. Inside a, until its next
 * use. */
const float *bora_next_token(const bora_kernels *k, const bora_model *m, const bora_low_rank *adapter, int32_t first,
                             const int32_t *tokens, int n, double temperature, bora_activations *a);

typedef struct {
    float p;
    int32_t token;
} bora_candidate;
/* A token of the nucleus, the likeliest tokens whose probabilities reach top_p together (Holtzman et al. 2020; at least one:
 * with top_p 0 it is the likeliest), in proportion to p; u uniform in [0, 1). Likelier first, equal ones by id, sums in that
 * order in double. room [V]. */
int32_t bora_draw_token(const float *p, int V, double top_p, double u, bora_candidate *room);

/* ---- checkpoint.c ------------------------------------------------------------------------------------------------------- */

/* safetensors (github.com/huggingface/safetensors): F32 and F64 tensors, string metadata. */
typedef struct {
    char *name;
    bool is_double;
    size_t rows, columns; /* columns 0: a vector [rows] */
    void *data;           /* borrowed by the writer; inside `file` of a reader */
} bora_tensor;
typedef struct {
    bora_tensor *tensors;
    size_t n;
    struct json_t *metadata; /* string to string */
    char *file;
} bora_tensors;

/* Metadata: {key, value} pairs. The file appears whole or not at all. */
int bora_tensors_write(const char *path, const bora_tensor *tensors, size_t n, const char *const (*metadata)[2],
                       size_t n_metadata, bora_error *e);
/* Checks everything the format demands (header within the file, names once, no hole, no overlap, sizes, end of file). */
int bora_tensors_read(bora_tensors *t, const char *path, bora_error *e);
const bora_tensor *bora_tensors_find(const bora_tensors *t, const char *name); /* NULL: not there */
const char *bora_tensors_metadata(const bora_tensors *t, const char *key);     /* NULL: not there */
void bora_tensors_free(bora_tensors *t);

int bora_model_save(const bora_model *m, const char *path, const char *settings, bora_error *e);
int bora_model_load(bora_model *m, bora_shape shape, const char *path, bora_error *e);

#endif
