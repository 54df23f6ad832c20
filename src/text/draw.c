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

static size_t rounded(double size) { return size < 1 ? 1 : (size_t)floor(size + 0.5); }

/* Power: order [D] from ranks to sizes; room [D]. From the largest size down, a task that has too few documents for it changes
 * places with the task of the next smaller size that has enough; if none has, with the one that has most, whose lack is told
 * later, or filled up where the task may give all it has. */
static int deal_powers(const bora_draw *draw, size_t *order, size_t *room, const bora_selection *s, int D, bora_error *e) {
    size_t most = 0;
    for (int d = 0; d < D; d++)
        if (s[d].n[BORA_TRAIN] > most) most = s[d].n[BORA_TRAIN];
    if (draw->most == 0 && (double)most < draw->least)
        return bora_fail(e, BORA_BAD_INPUT, "the largest task has %zu training documents: lower data.least, which is %g", most,
                         draw->least);
    double range = bora_log((draw->most > 0 ? draw->most : (double)most) / draw->least);
    for (size_t rank = (size_t)D; rank-- > 0;) {
        size_t size = rounded(draw->least * bora_exp(range * (double)rank / (D > 1 ? D - 1 : 1)));
        int at = 0, enough = -1, largest = -1;
        for (int d = 0; d < D; d++) {
            if (order[d] > rank) continue; /* has its size */
            size_t n = s[d].n[BORA_TRAIN];
            if (order[d] == rank) at = d;
            if (largest < 0 || n > s[largest].n[BORA_TRAIN]) largest = d;
            if (n >= size && (enough < 0 || order[d] > order[enough])) enough = d;
        }
        if (enough < 0) enough = largest;
        order[at] = order[enough];
        order[enough] = rank;
        bool all = draw->most == 0 && size > s[enough].n[BORA_TRAIN];
        room[enough] = all ? s[enough].n[BORA_TRAIN] : size;
    }
    memcpy(order, room, (size_t)D * sizeof *order);
    return BORA_OK;
}

/* How many training documents task d gets; `order` is the seed's assignment of sizes to tasks; of powers, the sizes. */
static size_t wanted(const bora_draw *draw, const size_t *order, int d, uint64_t seed, size_t available) {
    double scaled = 0;
    if (draw->has_new && d == draw->new_task) return draw->new_documents;
    if (draw->rule == BORA_DRAW_ALL) return available;
    if (draw->rule == BORA_DRAW_FRACTION) return (size_t)ceil(draw->fraction * (double)available - 1e-9); /* 0.07 * 100 > 7 */
    if (draw->rule == BORA_DRAW_NUMBER) scaled = draw->scale * (double)draw->number;
    if (draw->rule == BORA_DRAW_SIZES) scaled = draw->scale * draw->sizes[order[d]];
    if (draw->rule == BORA_DRAW_POWER) return order[d];
    if (draw->rule == BORA_DRAW_HALVES) scaled = (double)(draw->number >> (order[d] + seed % 4) % 4);
    return rounded(scaled);
}

/* Draw without replacement. A larger draw of the same seed contains the smaller: the shuffle settles the last places first. */
static void draw_task(bora_selection *s, size_t count, uint64_t seed, int d) {
    size_t n = s->n[BORA_TRAIN], *documents = s->documents[BORA_TRAIN];
    bora_shuffle(documents, n, seed, BORA_FOR_DRAW, (uint64_t)d << 32);
    memmove(documents, documents + (n - count), count * sizeof *documents);
    qsort(documents, count, sizeof *documents, by_index);
    s->n[BORA_TRAIN] = count;
}

/* The setting to lower where task d has too few documents. */
static const char *too_large(const bora_draw *draw, int d) {
    if (draw->has_new && d == draw->new_task) return "data.new";
    return draw->rule == BORA_DRAW_POWER   ? "data.most"
           : draw->rule == BORA_DRAW_SIZES ? "data.sizes or data.scale"
                                           : "data.number or data.scale";
}

int bora_draw_documents(const bora_corpus *c, const bora_draw *draw, uint64_t seed, bora_selection *selections, bora_error *e) {
    memset(selections, 0, (size_t)c->D * sizeof *selections);
    if (draw->rule == BORA_DRAW_SIZES && draw->n_sizes != c->D)
        return bora_fail(e, BORA_BAD_INPUT, "data.sizes has %d sizes, there are %d tasks", draw->n_sizes, c->D);
    size_t *order = NULL;
    int status = bora_calloc(&order, 2 * (size_t)c->D, sizeof *order, "selection", e);
    for (int d = 0; !status && d < c->D; d++) order[d] = (size_t)d;
    if (!status) bora_shuffle(order, (size_t)c->D, draw->rule == BORA_DRAW_HALVES ? seed / 4 : seed, BORA_FOR_SIZES, 0);
    for (int d = 0; d < c->D; d++)
        for (bora_part part = BORA_TRAIN; !status && part <= BORA_TEST; part++)
            status = part_of(&c->tasks[d], part, &selections[d], e);
    if (!status && draw->rule == BORA_DRAW_POWER) status = deal_powers(draw, order, order + c->D, selections, c->D, e);
    for (int d = 0; !status && d < c->D; d++) {
        bora_selection *s = &selections[d];
        size_t available = s->n[BORA_TRAIN], count = wanted(draw, order, d, seed, available);
        const char *name = c->tasks[d].name;
        bool new = draw->has_new &&d == draw->new_task;
        if (count > available)
            status =
                bora_fail(e, BORA_BAD_INPUT, "task '%s' has %zu training documents, %zu are asked for (seed %llu): lower %s",
                          name, available, count, (unsigned long long)seed, too_large(draw, d));
        else if ((!count && !new) || !s->n[BORA_VALIDATION] || !s->n[BORA_TEST])
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
