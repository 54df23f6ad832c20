/* draw.c: which documents a run sees: training documents drawn by the seed, validation and test documents capped. */
#include "text/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_index(const void *a, const void *b) {
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* All documents of a part, ascending. */
static int part_of(const bora_task *t, bora_part part, bora_selection *s, bora_error *e) {
    int status = bora_calloc(&s->documents[part], t->n, sizeof *s->documents[part], "selection", e);
    for (size_t i = 0; !status && i < t->n; i++)
        if (t->documents[i].part == part) s->documents[part][s->n[part]++] = i;
    return status;
}

/* Keep `cap` of them, evenly spaced. */
static void thin(bora_selection *s, bora_part part, size_t cap) {
    size_t n = s->n[part];
    if (!cap || n <= cap) return;
    for (size_t i = 0; i < cap; i++) s->documents[part][i] = s->documents[part][i * n / cap];
    s->n[part] = cap;
}

/* How many training documents task d of D gets; `order` is the seed's assignment of sizes to tasks. */
static size_t wanted(const bora_draw *draw, const size_t *order, int d, int D, uint64_t seed, size_t available) {
    double scaled = 0;
    if (draw->rule == BORA_DRAW_ALL) return available;
    if (draw->rule == BORA_DRAW_FRACTION) return (size_t)ceil(draw->fraction * (double)available - 1e-9); /* 0.07 * 100 > 7 */
    if (draw->rule == BORA_DRAW_NUMBER) scaled = draw->scale * (double)draw->number;
    if (draw->rule == BORA_DRAW_SIZES) scaled = draw->scale * draw->sizes[order[d]];
    if (draw->rule == BORA_DRAW_POWER)
        scaled = draw->least * bora_exp(bora_log(draw->most / draw->least) * (double)order[d] / (D > 1 ? D - 1 : 1));
    if (draw->rule == BORA_DRAW_HALVES) scaled = (double)(draw->number >> (order[d] + seed % 4) % 4);
    return scaled < 1 ? 1 : (size_t)floor(scaled + 0.5);
}

/* Draw without replacement. A larger draw of the same seed contains the smaller: the shuffle settles the last places first. */
static void draw_task(bora_selection *s, size_t count, uint64_t seed, int d) {
    size_t n = s->n[BORA_TRAIN], *documents = s->documents[BORA_TRAIN];
    bora_shuffle(documents, n, seed, BORA_FOR_DRAW, (uint64_t)d << 32);
    memmove(documents, documents + (n - count), count * sizeof *documents);
    qsort(documents, count, sizeof *documents, by_index);
    s->n[BORA_TRAIN] = count;
}

int bora_draw_documents(const bora_corpus *c, const bora_draw *draw, uint64_t seed, bora_selection *selections, bora_error *e) {
    memset(selections, 0, (size_t)c->D * sizeof *selections);
    if (draw->rule == BORA_DRAW_SIZES && draw->n_sizes != c->D)
        return bora_fail(e, BORA_BAD_INPUT, "data.sizes has %d sizes, there are %d tasks", draw->n_sizes, c->D);
    size_t *order = NULL;
    int status = bora_calloc(&order, (size_t)c->D, sizeof *order, "selection", e);
    for (int d = 0; !status && d < c->D; d++) order[d] = (size_t)d;
    if (!status) bora_shuffle(order, (size_t)c->D, draw->rule == BORA_DRAW_HALVES ? seed / 4 : seed, BORA_FOR_SIZES, 0);
    for (int d = 0; !status && d < c->D; d++) {
        bora_selection *s = &selections[d];
        for (bora_part part = BORA_TRAIN; !status && part <= BORA_TEST; part++) status = part_of(&c->tasks[d], part, s, e);
        if (status) break;
        size_t available = s->n[BORA_TRAIN], count = wanted(draw, order, d, c->D, seed, available);
        const char *name = c->tasks[d].name;
        if (count > available)
            status =
                bora_fail(e, BORA_BAD_INPUT,
                          "task '%s' has %zu training documents, %zu are asked for (seed %llu): lower data.%s or data.scale",
                          name, available, count, (unsigned long long)seed,
                          draw->rule == BORA_DRAW_SIZES   ? "sizes"
                          : draw->rule == BORA_DRAW_POWER ? "most"
                                                          : "number");
        else if (!count || !s->n[BORA_VALIDATION] || !s->n[BORA_TEST])
            status =
                bora_fail(e, BORA_BAD_INPUT, "task '%s' has too little text: %zu training, %zu validation, %zu test documents",
                          name, count, s->n[BORA_VALIDATION], s->n[BORA_TEST]);
        else {
            draw_task(s, count, seed, d);
            thin(s, BORA_VALIDATION, draw->validation_cap);
            thin(s, BORA_TEST, draw->test_cap);
        }
        for (bora_part part = BORA_TRAIN; part <= BORA_TEST; part++)
            for (size_t i = 0; i < s->n[part]; i++) s->tokens[part] += (size_t)c->tasks[d].documents[s->documents[part][i]].n;
    }
    free(order);
    if (status) bora_selections_free(selections, c->D);
    return status;
}

void bora_selections_free(bora_selection *selections, int D) {
    for (int d = 0; d < D; d++) {
        for (int part = 0; part < 3; part++) free(selections[d].documents[part]);
        selections[d] = (bora_selection){0};
    }
}
