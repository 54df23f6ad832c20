/* test_split.c: the split against what it promises, on made-up tokens: shares, blocks within groups, and repeats found by a
 * plain comparison of every run with every run. */
#include "test.h"
#include "text/text.h"

#include <stdlib.h>
#include <string.h>

static bora_error error;

/* D tasks of `documents` documents, a new group every `per_group`; tokens below `vocabulary`, so a small one repeats itself. */
static bora_corpus made_up(int D, size_t documents, size_t per_group, uint64_t vocabulary, uint64_t seed) {
    bora_corpus c = {.D = D,
                     .T = 40,
                     .tasks = calloc((size_t)D, sizeof *c.tasks),
                     .tokens = calloc((size_t)D * documents * 40, sizeof *c.tokens)};
    for (int d = 0; d < D; d++) {
        bora_task *t = &c.tasks[d];
        *t = (bora_task){
            .name = bora_format("task %d", d), .n = documents, .documents = calloc(documents, sizeof *t->documents)};
        for (size_t i = 0; i < documents; i++) {
            int n = 1 + (int)bora_below(40, seed, BORA_FOR_TESTS, c.n_tokens);
            t->documents[i] = (bora_document){.first = c.n_tokens, .n = n, .group = (int)(i / per_group)};
            for (int j = 0; j < n; j++, c.n_tokens++)
                c.tokens[c.n_tokens] = (bora_token)bora_below(vocabulary, seed + 1, BORA_FOR_TESTS, c.n_tokens);
        }
    }
    return c;
}

static bool share_a_run(const bora_corpus *c, const bora_document *x, const bora_document *y, int run) {
    for (int i = 0; i + run <= x->n; i++)
        for (int j = 0; j + run <= y->n; j++)
            if (!memcmp(c->tokens + x->first + i, c->tokens + y->first + j, (size_t)run * sizeof *c->tokens)) return true;
    return false;
}

static bool repeats_training(const bora_corpus *c, const bora_document *x, int run) {
    for (int d = 0; d < c->D; d++)
        for (size_t i = 0; i < c->tasks[d].n; i++)
            if (c->tasks[d].documents[i].part == BORA_TRAIN && share_a_run(c, x, &c->tasks[d].documents[i], run)) return true;
    return false;
}

Test(split, repeats_are_exactly_those_a_plain_comparison_finds) {
    size_t dropped = 0, kept = 0;
    for (int run = 3; run <= 12; run += 3) {
        bora_corpus plain = made_up(3, 60, 9, run == 12 ? 2 : 6, 5), c = made_up(3, 60, 9, run == 12 ? 2 : 6, 5);
        cr_assert_ok(bora_corpus_split(&plain, 0.25, 0.25, 4, 0, &error));
        cr_assert_ok(bora_corpus_split(&c, 0.25, 0.25, 4, run, &error));
        for (int d = 0; d < c.D; d++) {
            size_t count[BORA_PARTS] = {0};
            for (size_t i = 0; i < c.tasks[d].n; i++) {
                const bora_document *x = &plain.tasks[d].documents[i];
                bool repeat = x->part != BORA_TRAIN && repeats_training(&plain, x, run);
                cr_assert_eq(c.tasks[d].documents[i].part, repeat ? BORA_DROPPED : x->part, "task %d, document %zu, run %d", d,
                             i, run);
                if (repeat) count[x->part]++, dropped++;
                else kept += x->part != BORA_TRAIN;
            }
            cr_assert_eq(c.tasks[d].dropped[0], count[BORA_VALIDATION]);
            cr_assert_eq(c.tasks[d].dropped[1], count[BORA_TEST]);
        }
        bora_corpus_free(&plain);
        bora_corpus_free(&c);
    }
    cr_assert_gt(dropped, 100, "the trial has repeats, %zu", dropped);
    cr_assert_gt(kept, 100, "and others, %zu", kept);
}

Test(split, shares_hold_within_a_block_in_every_task) {
    for (size_t documents = 1; documents < 200; documents = documents * 3 / 2 + 1)
        for (int block = 1; block <= 16; block *= 2) {
            bora_corpus c = made_up(4, documents, 23, 1000, documents);
            cr_assert_ok(bora_corpus_split(&c, 0.25, 0.25, block, 0, &error));
            for (int d = 0; d < c.D; d++) {
                double have[BORA_PARTS] = {0}, share[] = {0.5, 0.25, 0.25};
                for (size_t i = 0; i < documents; i++) have[c.tasks[d].documents[i].part]++;
                for (int part = 0; part < 3; part++)
                    cr_assert_lt(have[part] - share[part] * (double)documents, block + 1, "part %d of %zu, blocks of %d", part,
                                 documents, block);
            }
            bora_corpus_free(&c);
        }
}

Test(split, blocks_lie_within_groups_and_go_undivided) {
    enum { BLOCK = 5, GROUP = 23 };
    bora_corpus c = made_up(2, 400, GROUP, 1000, 3);
    size_t borders = 0;
    cr_assert_ok(bora_corpus_split(&c, 0.25, 0.25, BLOCK, 0, &error));
    for (int d = 0; d < c.D; d++)
        for (size_t i = 1; i < c.tasks[d].n; i++) {
            bool starts = i % GROUP % BLOCK == 0, same = c.tasks[d].documents[i].part == c.tasks[d].documents[i - 1].part;
            cr_assert(starts || same, "document %zu is torn from its block", i);
            borders += i % GROUP == 0 && !same;
        }
    cr_assert_gt(borders, 5, "a block ends with its group");
    bora_corpus_free(&c);
}

Test(split, tasks_are_split_differently_and_alike_every_time) {
    bora_corpus c = made_up(2, 100, 100, 1000, 3), again = made_up(2, 100, 100, 4, 8);
    size_t differ = 0, dropped[2];
    cr_assert_ok(bora_corpus_split(&c, 0.25, 0.25, 4, 0, &error));
    cr_assert_ok(bora_corpus_split(&again, 0.1, 0.5, 2, 5, &error)); /* leaves no trace in the next */
    memcpy(dropped, again.tasks[0].dropped, sizeof dropped);
    cr_assert_ok(bora_corpus_split(&again, 0.25, 0.25, 4, 0, &error));
    cr_assert(dropped[0] + dropped[1] > 0 && again.tasks[0].dropped[0] + again.tasks[0].dropped[1] == 0);
    for (size_t i = 0; i < 100; i++) {
        cr_assert_eq(c.tasks[0].documents[i].part, again.tasks[0].documents[i].part, "by name and place, not by text");
        differ += c.tasks[0].documents[i].part != c.tasks[1].documents[i].part;
    }
    cr_assert_gt(differ, 20);
    bora_corpus_free(&c);
    bora_corpus_free(&again);
}

Test(split, no_test_share_leaves_no_test_documents) {
    bora_corpus c = made_up(1, 400, 50, 1000, 3);
    size_t have[BORA_PARTS] = {0};
    cr_assert_ok(bora_corpus_split(&c, 0.05, 0, 8, 0, &error));
    for (size_t i = 0; i < c.tasks[0].n; i++) have[c.tasks[0].documents[i].part]++;
    cr_assert(have[BORA_TEST] == 0 && have[BORA_VALIDATION] >= 16 && have[BORA_VALIDATION] <= 28, "%zu", have[BORA_VALIDATION]);
    bora_corpus_free(&c);
}

static int by_first(const void *a, const void *b) {
    const bora_document *x = a, *y = b;
    return x->part != y->part ? (int)x->part - (int)y->part : (x->first > y->first) - (x->first < y->first);
}

Test(split, shuffled_tasks_keep_their_numbers_and_the_parts_their_documents) {
    enum { D = 3, N = 120 };
    bora_corpus plain = made_up(D, N, 9, 6, 5), c = made_up(D, N, 9, 6, 5), again = made_up(D, N, 9, 6, 5);
    bora_document was[D * N], is[D * N];
    size_t own = 0, of_part[BORA_PARTS] = {0};
    cr_assert_ok(bora_corpus_split(&plain, 0.25, 0.25, 4, 6, &error));
    cr_assert_ok(bora_corpus_split(&c, 0.25, 0.25, 4, 6, &error));
    cr_assert_ok(bora_corpus_split(&again, 0.25, 0.25, 4, 6, &error));
    cr_assert_ok(bora_corpus_shuffle(&c, &error));
    cr_assert_ok(bora_corpus_shuffle(&again, &error));
    for (int d = 0; d < D; d++)
        for (size_t i = 0; i < N; i++) {
            const bora_document *x = &c.tasks[d].documents[i], *y = &plain.tasks[d].documents[i];
            was[(size_t)d * N + i] = *y;
            is[(size_t)d * N + i] = *x;
            of_part[x->part]++;
            cr_assert_eq(x->part, y->part, "so every task has as many of each part");
            cr_assert_eq(x->first, again.tasks[d].documents[i].first);
            cr_assert(x->part == BORA_DROPPED ? x->first == y->first : x->block == (int)i);
            own += x->part != BORA_DROPPED && x->first >= plain.tasks[d].documents[0].first &&
                   x->first <= plain.tasks[d].documents[N - 1].first;
        }
    cr_assert_gt(of_part[BORA_DROPPED], 0);
    size_t mixed = D * N - of_part[BORA_DROPPED];
    cr_assert(own > mixed / 5 && own < mixed / 2, "a third stays by chance: %zu of %zu", own, mixed);
    qsort(was, D * N, sizeof *was, by_first);
    qsort(is, D * N, sizeof *is, by_first);
    for (size_t i = 0; i < D * N; i++)
        cr_assert(was[i].first == is[i].first && was[i].n == is[i].n && was[i].part == is[i].part);
    bora_corpus_free(&plain);
    bora_corpus_free(&c);
    bora_corpus_free(&again);
}
