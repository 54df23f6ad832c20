/* lora.c: the layout of one adapter (Hu et al. 2021) and the model's packed view of it. */
#include "adapt/adapt.h"

#include <math.h>
#include <stdlib.h>

int bora_lora_init(bora_lora *a, bora_shape shape, int rank, double alpha, const bool target[BORA_MATRICES], bora_error *e) {
    *a = (bora_lora){.shape = shape, .rank = rank, .scale = (float)(alpha / rank)};
    size_t layers = (size_t)(shape.L * BORA_MATRICES);
    int status = bora_calloc(&a->A, layers, sizeof *a->A, "adapter layout", e);
    if (!status) status = bora_calloc(&a->B, layers, sizeof *a->B, "adapter layout", e);
    if (status) {
        bora_lora_free(a);
        return status;
    }
    for (size_t i = 0; i < layers; i++) {
        bora_matrix m = (bora_matrix)(i % BORA_MATRICES);
        a->target[m] = target[m];
        if (!target[m]) continue;
        a->A[i] = a->parameters;
        a->B[i] = a->A[i] + (size_t)rank * (size_t)bora_matrix_in(&shape, m);
        a->parameters = a->B[i] + (size_t)rank * (size_t)bora_matrix_out(&shape, m);
    }
    a->P = bora_round16(a->parameters);
    return BORA_OK;
}

void bora_lora_free(bora_lora *a) {
    free(a->A);
    free(a->B);
    *a = (bora_lora){0};
}

/* One adapted layer: its place i in the arrays of [L * BORA_MATRICES], its layer, matrix and sizes. */
typedef struct {
    int i, l, in, out;
    bora_matrix m;
} target;

/* Step to the next adapted layer; start with i = -1. */
static bool next(const bora_lora *a, target *t) {
    do t->i++;
    while (t->i < a->shape.L * BORA_MATRICES && !a->target[t->i % BORA_MATRICES]);
    t->l = t->i / BORA_MATRICES;
    t->m = (bora_matrix)(t->i % BORA_MATRICES);
    t->in = bora_matrix_in(&a->shape, t->m);
    t->out = bora_matrix_out(&a->shape, t->m);
    return t->i < a->shape.L * BORA_MATRICES;
}

/* Which random number element j of an A takes. An additive adapter's s shared ranks must start exactly as a plain adapter of
 * rank s would, so they take that adapter's numbers; the other r - s ranks take the numbers behind those, as a plain adapter of
 * rank r - s would take them from 0 on. Places in a layout are proportional to its rank. */
static size_t draw_of(const bora_lora *a, const target *t, size_t j) {
    size_t r = (size_t)a->rank, s = (size_t)a->shared, within = j - a->A[t->i], first = s * (size_t)t->in;
    if (within < first) return a->A[t->i] / r * s + within;
    return a->parameters / r * s + a->A[t->i] / r * (r - s) + within - first;
}

void bora_lora_start(const bora_lora *a, uint64_t seed, float *theta) {
    /* [eq:start] */
    for (size_t j = 0; j < a->P; j++) theta[j] = 0;
    for (target t = {.i = -1}; next(a, &t);) {
        double limit = 1 / sqrt(t.in);
        for (size_t j = a->A[t.i]; j < a->B[t.i]; j++) /* B follows A */
            theta[j] = (float)(limit * (2 * bora_uniform(seed, BORA_FOR_ADAPTER, draw_of(a, &t, j)) - 1));
    }
    /* [/eq:start] */
}

void bora_lora_shared(const bora_lora *a, bool *shared) {
    size_t r = (size_t)a->rank, first = (size_t)a->shared;
    for (size_t j = 0; j < a->P; j++) shared[j] = false;
    for (target t = {.i = -1}; next(a, &t);) {
        for (size_t j = 0; j < first * (size_t)t.in; j++) shared[a->A[t.i] + j] = true;
        for (size_t j = 0; j < r * (size_t)t.out; j++) shared[a->B[t.i] + j] = j % r < first;
    }
}

size_t bora_lora_room(const bora_lora *a) {
    size_t n = BORA_LANES * BORA_LANES; /* which products may read */
    for (target t = {.i = -1}; next(a, &t);) n += bora_packed_size(a->rank, t.in) + bora_packed_size(t.out, a->rank);
    return n;
}

void bora_lora_pack(const bora_lora *a, const float *theta, float *room, bora_low_rank *low_rank) {
    int r = a->rank;
    for (int i = 0; i < a->shape.L * BORA_MATRICES; i++) low_rank[i] = (bora_low_rank){0};
    for (target t = {.i = -1}; next(a, &t);) {
        float *A = room, *B = A + bora_packed_size(r, t.in);
        bora_pack(r, t.in, theta + a->A[t.i], t.in, A);
        bora_pack(t.out, r, theta + a->B[t.i], r, B);
        low_rank[t.i] = (bora_low_rank){r, a->scale, A, B};
        room = B + bora_packed_size(t.out, r);
    }
}

void bora_lora_gradient(const bora_lora *a, float *g, bora_low_rank_gradient *gradient) {
    for (int i = 0; i < a->shape.L * BORA_MATRICES; i++) {
        bool adapted = a->target[i % BORA_MATRICES];
        gradient[i] = adapted ? (bora_low_rank_gradient){g + a->A[i], g + a->B[i]} : (bora_low_rank_gradient){0};
    }
}

void bora_lora_tensors(const bora_lora *a, const char *prefix, float *theta, bora_tensor *tensors, size_t *n) {
    size_t r = (size_t)a->rank;
    for (target t = {.i = -1}; next(a, &t);) {
        const char *name = bora_matrix_names[t.m];
        tensors[(*n)++] = (bora_tensor){.name = bora_format("%s.%d.%s.A", prefix, t.l, name),
                                        .rows = r,
                                        .columns = (size_t)t.in,
                                        .data = theta + a->A[t.i]};
        tensors[(*n)++] = (bora_tensor){.name = bora_format("%s.%d.%s.B", prefix, t.l, name),
                                        .rows = (size_t)t.out,
                                        .columns = r,
                                        .data = theta + a->B[t.i]};
    }
}
