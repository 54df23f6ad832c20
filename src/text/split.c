/* split.c: one fixed split of every task's documents, by blocks of neighbours, and no repeated text across it; documents
 * exchanged between tasks. */
#include "text/text.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    size_t first, n; /* documents [first, first + n) of one group */
} block;

static size_t blocks_of(const bora_task *t, int size, block *blocks) {
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++) {
        bool goes_on = n && blocks[n - 1].n < (size_t)size && t->documents[i].group == t->documents[i - 1].group;
        if (goes_on) blocks[n - 1].n++;
        else blocks[n++] = (block){i, 1};
    }
    return n;
}

/* Where a task's draws begin: its name decides, so that other tasks do not change its split. */
static uint64_t stream_of(const char *name) {
    uint64_t h = 0xcbf29ce484222325u;
    for (; *name; name++) h = (h ^ (unsigned char)*name) * 0x100000001b3u;
    return h << 24;
}

/* Blocks in random order, each to the part that is furthest below its share. */
static int split_task(bora_task *t, const double share[BORA_SAMPLES], int size, bora_error *e) {
    block *blocks = NULL;
    size_t *order = NULL;
    int status = bora_calloc(&blocks, t->n, sizeof *blocks, "split", e);
    if (!status) status = bora_calloc(&order, t->n, sizeof *order, "split", e);
    if (!status) {
        size_t n = blocks_of(t, size, blocks), total = 0, have[BORA_SAMPLES] = {0};
        for (size_t i = 0; i < n; i++) order[i] = i;
        bora_shuffle(order, n, 0, BORA_FOR_SPLIT, stream_of(t->name));
        for (size_t i = 0; i < n; i++) {
            const block *b = &blocks[order[i]];
            int part = 0;
            double furthest = -1e300;
            total += b->n;
            for (int p = 0; p < 3; p++) {
                double below = share[p] * (double)total - (double)have[p];
                if (share[p] > 0 && below > furthest) part = p, furthest = below;
            }
            have[part] += b->n;
            for (size_t j = b->first; j < b->first + b->n; j++) {
                t->documents[j].part = (bora_part)part;
                t->documents[j].block = (int)order[i];
            }
        }
    }
    free(blocks);
    free(order);
    return status;
}

/* ---- repeated text ------------------------------------------------------------------------------------------------------ */

typedef struct {
    const bora_token *tokens;
    size_t *slots, mask; /* position + 1 of a run of `length` tokens, 0: empty */
    size_t length;
} run_set;

/* The slot of the run at `at`: where an equal run stands, or the empty one. */
static size_t *slot_of(const run_set *r, size_t at) {
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < r->length; i++) h = (h ^ (uint32_t)r->tokens[at + i]) * 0x100000001b3u;
    size_t i = (h ^ h >> 29) & r->mask;
    while (r->slots[i] && memcmp(r->tokens + r->slots[i] - 1, r->tokens + at, r->length * sizeof *r->tokens))
        i = (i + 1) & r->mask;
    return &r->slots[i];
}

static bool repeats(const run_set *r, const bora_document *x) {
    for (size_t i = 0; i + r->length <= (size_t)x->n; i++)
        if (*slot_of(r, x->first + i)) return true;
    return false;
}

static int drop_repeats(bora_corpus *c, int overlap, bora_error *e) {
    run_set r = {.tokens = c->tokens, .length = (size_t)overlap, .mask = 1023};
    while (r.mask < 2 * c->n_tokens) r.mask = 2 * r.mask + 1;
    int status = bora_calloc(&r.slots, r.mask + 1, sizeof *r.slots, "runs of the training parts", e);
    for (int d = 0; !status && d < c->D; d++)
        for (size_t i = 0; i < c->tasks[d].n; i++) {
            const bora_document *x = &c->tasks[d].documents[i];
            for (size_t j = 0; x->part == BORA_TRAIN && j + r.length <= (size_t)x->n; j++)
                *slot_of(&r, x->first + j) = x->first + j + 1;
        }
    for (int d = 0; !status && d < c->D; d++)
        for (size_t i = 0; i < c->tasks[d].n; i++) {
            bora_document *x = &c->tasks[d].documents[i];
            if (x->part == BORA_TRAIN || !repeats(&r, x)) continue;
            c->tasks[d].dropped[x->part - BORA_VALIDATION]++;
            x->part = BORA_DROPPED;
        }
    free(r.slots);
    return status;
}

int bora_corpus_split(bora_corpus *c, double validation, double test, int block_size, int overlap, bora_error *e) {
    const double share[BORA_SAMPLES] = {1 - validation - test, validation, test};
    int status = BORA_OK;
    for (int d = 0; !status && d < c->D; d++) {
        c->tasks[d].dropped[0] = c->tasks[d].dropped[1] = 0;
        status = split_task(&c->tasks[d], share, block_size, e);
    }
    if (!status && overlap) status = drop_repeats(c, overlap, e);
    return status;
}

int bora_corpus_shuffle(bora_corpus *c, bora_error *e) {
    bora_document **slots = NULL, *documents = NULL;
    size_t total = 0, *order = NULL;
    for (int d = 0; d < c->D; d++) total += c->tasks[d].n;
    int status = bora_calloc(&slots, total, sizeof *slots, "shuffle", e);
    if (!status) status = bora_calloc(&documents, total, sizeof *documents, "shuffle", e);
    if (!status) status = bora_calloc(&order, total, sizeof *order, "shuffle", e);
    for (int part = BORA_TRAIN; !status && part <= BORA_TEST; part++) {
        size_t n = 0;
        for (int d = 0; d < c->D; d++)
            for (size_t i = 0; i < c->tasks[d].n; i++) {
                bora_document *x = &c->tasks[d].documents[i];
                if ((int)x->part != part) continue;
                x->block = (int)i;
                slots[n] = x;
                documents[n] = *x;
                order[n] = n;
                n++;
            }
        bora_shuffle(order, n, 0, BORA_FOR_MIXING, (uint64_t)part << 32);
        for (size_t i = 0; i < n; i++) {
            slots[i]->first = documents[order[i]].first;
            slots[i]->n = documents[order[i]].n;
        }
    }
    free(slots);
    free(documents);
    free(order);
    return status;
}
