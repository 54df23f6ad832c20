/* model.c: forward and backward of the transformer on one document. Sums over documents and threads belong to train/. */
#include "model/model.h"

#include <stdlib.h>
#include <string.h>

static size_t weight_bytes(const bora_parameters *p) { return (p->count + BORA_LANES * BORA_LANES) * sizeof(float); }

size_t bora_model_bytes(const bora_shape *s) {
    bora_parameters p;
    bora_error ignored;
    if (bora_parameters_init(&p, *s, &ignored)) return 0;
    size_t bytes = weight_bytes(&p);
    bora_parameters_free(&p);
    return bytes;
}

int bora_model_init(bora_model *m, bora_shape shape, bora_error *e) {
    *m = (bora_model){0};
    bora_parameters *p = &m->parameters;
    int status = bora_parameters_init(p, shape, e);
    if (!status) status = bora_arena_init(&m->room, weight_bytes(p), "model weights", e);
    if (!status) status = bora_calloc(&m->linear, (size_t)(shape.L * BORA_MATRICES), sizeof *m->linear, "layer table", e);
    if (status) {
        bora_model_free(m);
        return status;
    }
    m->weights = bora_arena_take(&m->room, weight_bytes(p), 1);
    m->head = (bora_linear){shape.C, shape.V, m->weights + p->wte, NULL};
    for (int i = 0; i < shape.L * BORA_MATRICES; i++) {
        const bora_layer_offsets *layer = &p->layers[i / BORA_MATRICES];
        bora_matrix x = (bora_matrix)(i % BORA_MATRICES);
        m->linear[i] = (bora_linear){bora_matrix_in(&shape, x), bora_matrix_out(&shape, x), m->weights + layer->weight[x],
                                     m->weights + layer->bias[x]};
    }
    return BORA_OK;
}

void bora_model_free(bora_model *m) {
    bora_parameters_free(&m->parameters);
    bora_arena_free(&m->room);
    free(m->linear);
    *m = (bora_model){0};
}

/* ---- room --------------------------------------------------------------------------------------------------------------- */

static float *rows(bora_arena *arena, int T, int columns) {
    return bora_arena_take(arena, (size_t)T * bora_stride((size_t)columns) + BORA_LANES, sizeof(float));
}

static void layer_gradients(bora_layer_activations *y, bora_arena *arena, const bora_shape *s) {
    for (bora_matrix m = 0; m < BORA_MATRICES; m++) y->dy[m] = rows(arena, s->T, bora_matrix_out(s, m));
    y->dn_1 = rows(arena, s->T, s->C);
    y->dn_2 = rows(arena, s->T, s->C);
}

/* Inputs of matrices: those that a matrix's gradient needs (target NULL: all), or the others. */
static void layer_inputs(bora_layer_activations *y, bora_arena *arena, const bora_shape *s, const bool *target, bool needed) {
    if ((!target || target[BORA_Q] || target[BORA_K] || target[BORA_V]) == needed) y->n_1 = rows(arena, s->T, s->C);
    if ((!target || target[BORA_O]) == needed) y->a = rows(arena, s->T, s->C);
    if ((!target || target[BORA_UP]) == needed) y->n_2 = rows(arena, s->T, s->C);
    if ((!target || target[BORA_DOWN]) == needed) y->g = rows(arena, s->T, 4 * s->C);
}

static void layer_room(bora_layer_activations *y, bora_arena *arena, const bora_shape *s, int rank) {
    float **plain[] = {&y->xhat_1, &y->q, &y->k, &y->v, &y->xhat_2}; /* k and v are read 15 rows beyond: at most into slope */
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) *plain[i] = rows(arena, s->T, s->C);
    y->slope = rows(arena, s->T, 4 * s->C);
    y->rstd_1 = rows(arena, 1, s->T);
    y->rstd_2 = rows(arena, 1, s->T);
    y->p = rows(arena, s->H * s->T, s->T);
    for (bora_matrix m = 0; rank && m < BORA_MATRICES; m++) y->s[m] = rows(arena, s->T, rank);
}

void bora_activations_init(bora_activations *a, bora_arena *arena, const bora_shape *s, int rank, const bool *target) {
    enum { LOGITS = BORA_BLOCK(64) };
    *a = (bora_activations){.block = !target || s->T < LOGITS ? s->T : LOGITS};
    a->layers = bora_arena_take(arena, (size_t)s->L, sizeof *a->layers);
    bora_layer_activations shared = {0}, measured;
    layer_inputs(&shared, arena, s, target, false);
    if (target) layer_gradients(&shared, arena, s);
    for (int l = 0; l < s->L; l++) {
        bora_layer_activations *y = a->layers ? &a->layers[l] : &measured;
        *y = shared;
        layer_inputs(y, arena, s, target, true);
        if (!target) layer_gradients(y, arena, s);
        layer_room(y, arena, s, rank);
    }
    float **plain[] = {&a->x, &a->xhat_f, &a->n_f, &a->dn_f, &a->dx, &a->da};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) *plain[i] = rows(arena, s->T, s->C);
    a->rstd_f = rows(arena, 1, s->T);
    a->logits = rows(arena, a->block, s->V);
    a->dz = rows(arena, s->T, rank ? rank : 1);
    a->scratch = bora_arena_take(arena, bora_attention_scratch(s->T, s->C, s->H) + BORA_LANES, sizeof(float));
}

size_t bora_activations_bytes(const bora_shape *s, int rank, const bool *target) {
    bora_arena measure = {0};
    bora_activations a;
    bora_activations_init(&a, &measure, s, rank, target);
    return measure.used;
}

/* ---- forward ------------------------------------------------------------------------------------------------------------ */

static void add_rows(int T, int C, const float *y, float *x) {
    size_t ld = bora_stride((size_t)C);
    for (size_t t = 0; t < (size_t)T; t++)
        for (size_t c = 0; c < (size_t)C; c++) x[t * ld + c] += y[t * ld + c];
}

void bora_model_hidden(const bora_kernels *k, const bora_model *m, const bora_low_rank *adapter, int32_t first,
                       const int32_t *tokens, int n, bora_activations *a, bool gradient) {
    const bora_parameters *p = &m->parameters;
    const float *w = m->weights;
    int C = p->shape.C, H = p->shape.H;
    bora_embedding_forward(n, C, p->shape.V, p->shape.T, first, tokens, w + p->wte, w + p->wpe, a->x);
    for (int l = 0; l < p->shape.L; l++) {
        const bora_layer_offsets *at = &p->layers[l];
        bora_layer_activations *y = &a->layers[gradient ? l : 0]; /* without a gradient all share room near the processor */
        const bora_linear *linear = m->linear + l * BORA_MATRICES;
        const bora_low_rank *lora = adapter ? adapter + l * BORA_MATRICES : NULL;
#define FORWARD(matrix, x, out) bora_linear_forward(k, n, linear + matrix, lora ? lora + matrix : NULL, x, y->s[matrix], out)
        /* [eq:block] */
        bora_layernorm_forward(k, n, C, a->x, w + at->ln_1_weight, w + at->ln_1_bias, y->xhat_1, y->rstd_1, y->n_1);
        FORWARD(BORA_Q, y->n_1, y->q);
        FORWARD(BORA_K, y->n_1, y->k);
        FORWARD(BORA_V, y->n_1, y->v);
        bora_attention_forward(k, n, C, H, y->q, y->k, y->v, y->p, y->a, a->scratch);
        FORWARD(BORA_O, y->a, a->da); /* da serves as room here: no gradient exists yet */
        add_rows(n, C, a->da, a->x);
        bora_layernorm_forward(k, n, C, a->x, w + at->ln_2_weight, w + at->ln_2_bias, y->xhat_2, y->rstd_2, y->n_2);
        FORWARD(BORA_UP, y->n_2, y->g);
        bora_gelu_forward(k, n, 4 * C, y->g, y->slope);
        FORWARD(BORA_DOWN, y->g, a->da);
        add_rows(n, C, a->da, a->x);
        /* [/eq:block] */
#undef FORWARD
    }
    bora_layernorm_forward(k, n, C, a->x, w + p->ln_f_weight, w + p->ln_f_bias, a->xhat_f, a->rstd_f, a->n_f);
}

double bora_model_forward(const bora_kernels *k, const bora_model *m, const bora_low_rank *adapter, int32_t first,
                          const int32_t *tokens, int n, bora_activations *a, bool gradient) {
    bora_model_hidden(k, m, adapter, first, tokens, n, a, gradient);
    return bora_cross_entropy(k, n, &m->head, tokens, a->n_f, a->block, a->logits, gradient ? a->dn_f : NULL);
}

/* ---- backward ----------------------------------------------------------------------------------------------------------- */

/* The layers below the lowest adapter get no gradient; BORA_MATRICES * l + matrix counts linear layers from the bottom. */
static int lowest_adapter(const bora_low_rank *adapter, int count) {
    for (int i = 0; i < count; i++)
        if (adapter[i].rank) return i;
    return count;
}

/* One backward pass for both uses. adapter NULL: all gradients at the layers' outputs, down to the embedding. */
static void backward(const bora_kernels *k, const bora_model *m, const bora_low_rank *adapter, int n, bora_activations *a,
                     const bora_low_rank_gradient *gradient) {
    const bora_parameters *p = &m->parameters;
    const float *w = m->weights;
    int C = p->shape.C, H = p->shape.H;
    int lowest = adapter ? lowest_adapter(adapter, p->shape.L * BORA_MATRICES) : -1;
    memset(a->dx, 0, (size_t)n * bora_stride((size_t)C) * sizeof(float));
    bora_layernorm_backward(k, n, C, a->dn_f, w + p->ln_f_weight, a->xhat_f, a->rstd_f, a->dx);
    for (int l = p->shape.L - 1; l >= 0; l--) {
        const bora_layer_offsets *at = &p->layers[l];
        bora_layer_activations *y = &a->layers[l];
        int base = l * BORA_MATRICES;
#define BACKWARD(matrix, x, dx, resume)                                                                                        \
    do {                                                                                                                       \
        const bora_linear *linear = m->linear + base + matrix;                                                                 \
        const bora_low_rank *lora = adapter ? adapter + base + matrix : NULL;                                                  \
        bora_linear_backward(k, n, linear, lora, y->dy[matrix], a->dz, dx, resume);                                            \
        if (lora && lora->rank)                                                                                                \
            bora_linear_adapter_gradient(k, n, linear, lora, x, y->s[matrix], y->dy[matrix], a->dz,                            \
                                         gradient[base + matrix].dA, gradient[base + matrix].dB);                              \
    } while (0)
        /* [eq:block-gradient] */
        memcpy(y->dy[BORA_DOWN], a->dx, (size_t)n * bora_stride((size_t)C) * sizeof(float));
        BACKWARD(BORA_DOWN, y->g, y->dy[BORA_UP], false);
        if (base + BORA_DOWN <= lowest) return;
        bora_gelu_backward(n, 4 * C, y->slope, y->dy[BORA_UP]);
        BACKWARD(BORA_UP, y->n_2, y->dn_2, false);
        if (base + BORA_UP <= lowest) return;
        bora_layernorm_backward(k, n, C, y->dn_2, w + at->ln_2_weight, y->xhat_2, y->rstd_2, a->dx);
        memcpy(y->dy[BORA_O], a->dx, (size_t)n * bora_stride((size_t)C) * sizeof(float));
        BACKWARD(BORA_O, y->a, a->da, false);
        if (base + BORA_O <= lowest) return;
        bora_attention_backward(k, n, C, H, y->q, y->k, y->v, y->p, a->da, y->dy[BORA_Q], y->dy[BORA_K], y->dy[BORA_V],
                                a->scratch);
        bool last = base <= lowest && lowest < base + BORA_O;   /* nothing below the inputs of q, k, v wants a gradient */
        BACKWARD(BORA_Q, y->n_1, last ? NULL : y->dn_1, false); /* one chain for the common input: q, then k, then v */
        BACKWARD(BORA_K, y->n_1, last ? NULL : y->dn_1, true);
        BACKWARD(BORA_V, y->n_1, last ? NULL : y->dn_1, true);
        if (last) return;
        bora_layernorm_backward(k, n, C, y->dn_1, w + at->ln_1_weight, y->xhat_1, y->rstd_1, a->dx);
        /* [/eq:block-gradient] */
#undef BACKWARD
    }
}

void bora_model_backward_adapter(const bora_kernels *k, const bora_model *m, const bora_low_rank *adapter, int n,
                                 bora_activations *a, const bora_low_rank_gradient *gradient) {
    backward(k, m, adapter, n, a, gradient);
}

void bora_model_backward(const bora_kernels *k, const bora_model *m, int n, bora_activations *a) {
    backward(k, m, NULL, n, a, NULL);
}
