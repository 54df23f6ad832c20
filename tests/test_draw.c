/* test_draw.c: which documents a run sees: numbers, nesting, chance, caps, and what is asked in vain. */
#include "test.h"
#include "text/text.h"

#include <stdlib.h>
#include <string.h>

enum { D = 3, N = 400 };
static bora_error error;
static bora_corpus corpus;
static bora_selection chosen[D];

/* Of every five documents two are for training, one for validation, one for test and one is dropped. */
static void set_up(void) {
    static const size_t documents[D] = {N, N, 250};
    static const bora_part parts[] = {BORA_TRAIN, BORA_VALIDATION, BORA_TRAIN, BORA_TEST, BORA_DROPPED};
    corpus = (bora_corpus){.D = D, .T = 9, .tasks = calloc(D, sizeof *corpus.tasks)};
    for (int d = 0; d < D; d++) {
        bora_task *t = &corpus.tasks[d];
        *t = (bora_task){.name = bora_format("task %d", d), .n = documents[d], .documents = calloc(N, sizeof *t->documents)};
        for (size_t i = 0; i < t->n; i++) t->documents[i] = (bora_document){.n = 1 + (int)(i % 9), .part = parts[i % 5]};
    }
}
static void tear_down(void) { bora_corpus_free(&corpus); }
TestSuite(draw, .init = set_up, .fini = tear_down);

static void check_selection(const bora_selection *s, const bora_task *t) {
    for (int part = 0; part < 3; part++) {
        size_t tokens = 0;
        for (size_t i = 0; i < s->n[part]; i++) {
            cr_assert_eq((int)t->documents[s->documents[part][i]].part, part);
            if (i) cr_assert_gt(s->documents[part][i], s->documents[part][i - 1], "ascending, each once");
            tokens += (size_t)t->documents[s->documents[part][i]].n;
        }
        cr_assert_eq(s->tokens[part], tokens);
    }
}

static void draw_with(const bora_draw *draw, uint64_t seed) {
    cr_assert_ok(bora_draw_documents(&corpus, draw, seed, chosen, &error));
    for (int d = 0; d < D; d++) check_selection(&chosen[d], &corpus.tasks[d]);
}

static void refused(const bora_draw *draw, const char *expected) {
    cr_assert_eq(bora_draw_documents(&corpus, draw, 1, chosen, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, expected), "'%s' instead of '%s'", error.message, expected);
    for (int d = 0; d < D; d++) cr_assert_null(chosen[d].documents[0]);
}

Test(draw, numbers_of_every_rule) {
    struct {
        bora_draw draw;
        size_t expected[D];
    } trials[] = {{{.rule = BORA_DRAW_ALL}, {160, 160, 100}},
                  {{.rule = BORA_DRAW_FRACTION, .fraction = 1}, {160, 160, 100}},
                  {{.rule = BORA_DRAW_FRACTION, .fraction = 0.07}, {12, 12, 7}}, /* 11.2; 0.07 * 100 > 7, in doubles */
                  {{.rule = BORA_DRAW_NUMBER, .number = 80, .scale = 1}, {80, 80, 80}},
                  {{.rule = BORA_DRAW_NUMBER, .number = 5, .scale = 0.5}, {3, 3, 3}},
                  {{.rule = BORA_DRAW_NUMBER, .number = 5, .scale = 0.01}, {1, 1, 1}}};
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
        draw_with(&trials[i].draw, 1);
        for (int d = 0; d < D; d++)
            cr_assert_eq(chosen[d].n[0], trials[i].expected[d], "trial %zu, task %d: %zu", i, d, chosen[d].n[0]);
        bora_selections_free(chosen, D);
    }
}

Test(draw, every_document_is_as_likely_as_another) {
    enum { SEEDS = 800, DRAWN = 20 }; /* each of 160 documents is expected 100 times */
    bora_draw draw = {.rule = BORA_DRAW_NUMBER, .number = DRAWN, .scale = 1};
    size_t count[N] = {0}, alike = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        draw_with(&draw, seed);
        for (size_t i = 0; i < DRAWN; i++)
            count[chosen[0].documents[0][i]]++, alike += chosen[0].documents[0][i] == chosen[1].documents[0][i];
        bora_selections_free(chosen, D);
    }
    for (size_t i = 0; i < N; i++)
        if (corpus.tasks[0].documents[i].part == BORA_TRAIN)
            cr_assert(count[i] > 60 && count[i] < 145, "%zu", count[i]); /* sd 9.4 */
    cr_assert_lt(alike, SEEDS * DRAWN / 8, "tasks of one size draw apart from each other");
}

Test(draw, more_contains_less) {
    bora_draw draw = {.rule = BORA_DRAW_NUMBER, .scale = 1};
    bool drawn[N] = {0};
    for (draw.number = 1; draw.number <= 80; draw.number++) {
        draw_with(&draw, 7);
        size_t old = 0;
        for (size_t i = 0; i < draw.number; i++) old += drawn[chosen[2].documents[0][i]];
        cr_assert_eq(old, draw.number - 1, "a larger draw adds to the smaller");
        for (size_t i = 0; i < draw.number; i++) drawn[chosen[2].documents[0][i]] = true;
        bora_selections_free(chosen, D);
    }
}

Test(draw, sizes_go_to_the_tasks_by_the_seed_alone) {
    double sizes[] = {10, 20, 30};
    bora_draw draw = {.rule = BORA_DRAW_SIZES, .sizes = sizes, .n_sizes = D, .scale = 1};
    size_t orders[64] = {0}, kinds = 0;
    for (uint64_t seed = 0; seed < 40; seed++) {
        draw_with(&draw, seed);
        size_t order = chosen[0].n[0] / 10 * 16 + chosen[1].n[0] / 10 * 4 + chosen[2].n[0] / 10;
        cr_assert_eq(chosen[0].n[0] + chosen[1].n[0] + chosen[2].n[0], 60);
        kinds += orders[order]++ == 0;
        bora_selections_free(chosen, D);
    }
    cr_assert_eq(kinds, 6, "all orders of three sizes occur");
}

Test(draw, powers_are_evenly_spaced_in_logarithm) {
    bora_draw draw = {.rule = BORA_DRAW_POWER, .least = 1, .most = 100, .scale = 7};
    size_t orders = 0, first = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        draw_with(&draw, seed);
        size_t product = chosen[0].n[0] * chosen[1].n[0] * chosen[2].n[0];
        cr_assert_eq(chosen[0].n[0] + chosen[1].n[0] + chosen[2].n[0], 111, "1, 10 and 100 in some order");
        cr_assert_eq(product, 1000);
        if (!seed) first = chosen[0].n[0];
        orders += chosen[0].n[0] != first;
        bora_selections_free(chosen, D);
    }
    cr_assert_gt(orders, 0, "the seed assigns them");
}

/* Task 2 has only 100: where the seed gives it 150, it changes places with the task of 39. */
Test(draw, powers_go_to_tasks_that_have_as_many) {
    bora_draw draw = {.rule = BORA_DRAW_POWER, .least = 10, .most = 150},
              small = {.rule = BORA_DRAW_POWER, .least = 10, .most = 100};
    size_t exchanged = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        size_t rank[D] = {0};
        draw_with(&small, seed);
        for (int d = 0; d < D; d++) rank[d] = chosen[d].n[0] == 10 ? 0 : chosen[d].n[0] == 100 ? 2 : 1;
        bora_selections_free(chosen, D);
        draw_with(&draw, seed);
        static const size_t sizes[D] = {10, 39, 150};
        for (int d = 0; d < D; d++) {
            size_t by_seed = rank[2] == 2 && rank[d] > 0 ? 3 - rank[d] : rank[d];
            cr_assert_eq(chosen[d].n[0], sizes[by_seed], "seed %d, task %d: %zu", (int)seed, d, chosen[d].n[0]);
        }
        exchanged += rank[2] == 2;
        bora_selections_free(chosen, D);
    }
    cr_assert(exchanged > 0 && exchanged < 20);
    refused(&(bora_draw){.rule = BORA_DRAW_POWER, .least = 10, .most = 161},
            "160 training documents, 161 are asked for (seed 1): lower data.most");
    draw.most = 0; /* what the largest has */
    for (uint64_t seed = 0; seed < 5; seed++) {
        draw_with(&draw, seed);
        cr_assert_eq(chosen[0].n[0] + chosen[1].n[0] + chosen[2].n[0], 10 + 40 + 160);
        cr_assert_neq(chosen[2].n[0], 160);
        bora_selections_free(chosen, D);
    }
    draw.least = 110; /* 110, 133, 160: task 2 has fewer than the least, and gives all */
    draw_with(&draw, 1);
    cr_assert_eq(chosen[0].n[0] + chosen[1].n[0], 133 + 160);
    cr_assert_eq(chosen[2].n[0], 100);
    bora_selections_free(chosen, D);
    draw.least = 161;
    refused(&draw, "the largest task has 160 training documents: lower data.least");
}

/* A new task has what is said of it alone, none too; the others have what they have without it. */
Test(draw, a_new_task) {
    double sizes[] = {10, 20, 30};
    bora_draw draw = {.rule = BORA_DRAW_SIZES, .sizes = sizes, .n_sizes = D, .scale = 1};
    bora_selection without[D];
    cr_assert_ok(bora_draw_documents(&corpus, &draw, 3, without, &error));
    draw.has_new = true;
    for (draw.new_task = 0; draw.new_task < D; draw.new_task++)
        for (draw.new_documents = 0; draw.new_documents < 40; draw.new_documents += 13) {
            draw_with(&draw, 3);
            for (int d = 0; d < D; d++) {
                cr_assert_eq(chosen[d].n[0], d == draw.new_task ? draw.new_documents : without[d].n[0]);
                for (int part = d == draw.new_task; part < 3; part++)
                    cr_assert_arr_eq(chosen[d].documents[part], without[d].documents[part],
                                     without[d].n[part] * sizeof(size_t));
            }
            bora_selections_free(chosen, D);
        }
    bora_selections_free(without, D);
    draw.new_task = 1, draw.new_documents = 161;
    refused(&draw, "task 'task 1' has 160 training documents, 161 are asked for (seed 1): lower data.new");
}

Test(draw, halves_make_latin_squares_of_four_seeds) {
    bora_draw draw = {.rule = BORA_DRAW_HALVES, .number = 80};
    size_t squares = 0, first[D] = {0};
    for (uint64_t square = 0; square < 8; square++) {
        size_t seen[D] = {0};
        for (uint64_t seed = 4 * square; seed < 4 * square + 4; seed++) {
            draw_with(&draw, seed);
            for (int d = 0; d < D; d++) seen[d] += chosen[d].n[0];
            if (seed == 0) first[0] = chosen[0].n[0];
            else if (seed % 4 == 0) squares += chosen[0].n[0] != first[0];
            bora_selections_free(chosen, D);
        }
        for (int d = 0; d < D; d++) cr_assert_eq(seen[d], 80 + 40 + 20 + 10, "each size once");
    }
    cr_assert_gt(squares, 0, "squares differ");
}

Test(draw, caps_keep_documents_evenly_spaced) {
    bora_draw all = {.rule = BORA_DRAW_ALL}, capped = {.rule = BORA_DRAW_ALL, .validation_cap = 16, .test_cap = 1000};
    bora_selection whole[D];
    cr_assert_ok(bora_draw_documents(&corpus, &all, 1, whole, &error));
    draw_with(&capped, 1);
    cr_assert_eq(chosen[0].n[BORA_VALIDATION], 16);
    cr_assert_eq(chosen[0].n[BORA_TEST], 80, "a cap above the part changes nothing");
    for (size_t i = 0; i < 16; i++)
        cr_assert_eq(chosen[0].documents[BORA_VALIDATION][i], whole[0].documents[BORA_VALIDATION][5 * i]);
    bora_selections_free(chosen, D);
    bora_selections_free(whole, D);
}

Test(draw, too_much_or_nothing) {
    double sizes[] = {101, 101, 101};
    refused(&(bora_draw){.rule = BORA_DRAW_NUMBER, .number = 101, .scale = 1},
            "task 'task 2' has 100 training documents, 101 are asked for");
    refused(&(bora_draw){.rule = BORA_DRAW_SIZES, .sizes = sizes, .n_sizes = D, .scale = 1},
            "task 'task 2' has 100 training documents");
    refused(&(bora_draw){.rule = BORA_DRAW_SIZES, .sizes = sizes, .n_sizes = 2, .scale = 1}, "2 sizes");
    for (size_t i = 0; i < corpus.tasks[1].n; i++)
        if (corpus.tasks[1].documents[i].part == BORA_TEST) corpus.tasks[1].documents[i].part = BORA_DROPPED;
    refused(&(bora_draw){.rule = BORA_DRAW_ALL}, "task 'task 1' has too little text");
}
