/* sample.c: how a text goes on: the model's distribution of the next token, and a draw from the head of a distribution. */
#include "model/model.h"

#include <stdlib.h>

const float *bora_next_token(const bora_kernels *k, const bora_model *m, const bora_low_rank *adapter, int32_t first,
                             const int32_t *tokens, int n, double temperature, bora_activations *a) {
    const bora_shape *s = &m->parameters.shape;
    ptrdiff_t lc = bora_ld(s->C), lv = bora_ld(s->V);
    bora_model_hidden(k, m, adapter, first, tokens, n + 1, a, false);
    bora_matmul(k, 1, s->V, s->C, a->n_f + n * lc, lc, 1, bora_packed_transposed(m->head.weight, s->V), a->logits, lv, false);
    k->softmax(s->V, (float)(1 / temperature), a->logits);
    return a->logits;
}

static int likelier_first(const void *a, const void *b) {
    const bora_candidate *x = a, *y = b;
    if (x->p != y->p) return x->p > y->p ? -1 : 1;
    return x->token < y->token ? -1 : x->token > y->token;
}

int32_t bora_draw_token(const float *p, int V, double top_p, double u, bora_candidate *room) {
    for (int32_t v = 0; v < V; v++) room[v] = (bora_candidate){p[v], v};
    qsort(room, (size_t)V, sizeof *room, likelier_first);
    double mass = 0, sum = 0;
    int n = 0, i = 0;
    do mass += (double)room[n++].p;
    while (n < V && mass < top_p);
    do sum += (double)room[i++].p;
    while (i < n && sum <= u * mass);
    return room[i - 1].token;
}
