/* test_corpus.c: cutting, splitting, drawing, and the list of documents. */
#include "test.h"
#include "text/text.h"

#include <stdlib.h>
#include <string.h>

enum { TASKS = 3, PASSAGES = 6, T = 12 };
static bora_source source;
static bora_tokenizer *tokenizer;
static bora_corpus corpus;
static bora_error error;

/* Three tasks of two passages; every sentence is of random words, so that nothing repeats but by our will. */
static void set_up(void) {
    source.n = PASSAGES;
    source.passages = calloc(PASSAGES, sizeof *source.passages);
    for (size_t p = 0; p < PASSAGES; p++) {
        char *text = calloc(40000, 1);
        size_t n = 0;
        for (size_t s = 0; s < 150; s++) {
            uint64_t words = 3 + bora_below(6, p, BORA_FOR_TESTS, 1000 * s);
            for (uint64_t w = 0; w < words; w++) {
                if (n) text[n++] = ' ';
                for (uint64_t c = 0; c < 3; c++)
                    text[n++] = (char)('a' + bora_below(20, p, BORA_FOR_TESTS, 1000 * s + 10 * w + c + 1));
            }
            text[n++] = "!?."[s % 3];
            if (s % 5 == 0) text[n++] = '"';
        }
        source.passages[p] = (bora_passage){bora_format("task %c", "bac"[p / 2]), bora_format("group %zu", p), text, n};
    }
    const char *texts[] = {source.passages[0].text};
    size_t sizes[] = {source.passages[0].size};
    cr_assert_ok(bora_tokenizer_train(&tokenizer, texts, sizes, 1, 400, &error));
    cr_assert_ok(bora_corpus_build(&corpus, &source, tokenizer, T, BORA_TASKS_ALL, 0, NULL, 0, &error));
}
static void tear_down(void) {
    bora_corpus_free(&corpus);
    bora_source_free(&source);
    bora_tokenizer_free(tokenizer);
}
TestSuite(corpus, .init = set_up, .fini = tear_down);

Test(corpus, documents_joined_are_the_text_and_end_at_sentences) {
    cr_assert_eq(corpus.D, TASKS);
    cr_assert_str_eq(corpus.tasks[0].name, "task a", "by name");
    for (int d = 0; d < TASKS; d++) {
        const bora_task *t = &corpus.tasks[d];
        size_t at = 0, passage = (size_t)(d == 0 ? 2 : d == 1 ? 0 : 4), short_ones = 0;
        int group = 0;
        for (size_t i = 0; i < t->n; i++) {
            const bora_document *x = &t->documents[i];
            char *text;
            size_t size;
            if (x->group != group) {
                cr_assert_eq(at, source.passages[passage++].size);
                at = 0;
                group = x->group;
            }
            cr_assert_ok(bora_decode(tokenizer, corpus.tokens + x->first, (size_t)x->n, &text, &size, &error));
            cr_assert_arr_eq(text, source.passages[passage].text + at, size);
            cr_assert(x->n >= 1 && x->n <= T);
            short_ones += x->n < T && !strchr(".!?\"", text[size - 1]);
            at += size;
            free(text);
        }
        cr_assert_eq(at, source.passages[passage].size);
        cr_assert_eq(short_ones, 0, "a document shorter than T ends with a sentence");
    }
}

Test(corpus, tasks_by_text_and_by_name) {
    bora_corpus c;
    const char *names[] = {"task c", "task a"}, *wrong[] = {"task x"};
    cr_assert_ok(bora_corpus_build(&c, &source, tokenizer, T, BORA_TASKS_NAMED, 0, names, 2, &error));
    cr_assert_eq(c.D, 2);
    cr_assert_str_eq(c.tasks[0].name, "task a");
    bora_corpus_free(&c);
    cr_assert_eq(bora_corpus_build(&c, &source, tokenizer, T, BORA_TASKS_NAMED, 0, wrong, 1, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "task x"), "%s", error.message);
    cr_assert_ok(bora_corpus_build(&c, &source, tokenizer, T, BORA_TASKS_MOST_TEXT, 1, NULL, 0, &error));
    size_t most = 0;
    for (int d = 0; d < TASKS; d++)
        if (corpus.tasks[d].bytes > most) most = corpus.tasks[d].bytes;
    cr_assert_eq(c.tasks[0].bytes, most);
    bora_corpus_free(&c);
    cr_assert_eq(bora_corpus_build(&c, &source, tokenizer, T, BORA_TASKS_MOST_TEXT, 4, NULL, 0, &error), BORA_BAD_INPUT);
}

Test(corpus, split_keeps_shares_and_blocks) {
    cr_assert_ok(bora_corpus_split(&corpus, 0.25, 0.25, 4, 0, &error));
    for (int d = 0; d < TASKS; d++) {
        const bora_task *t = &corpus.tasks[d];
        size_t have[BORA_PARTS] = {0}, changes = 0;
        for (size_t i = 0; i < t->n; i++) {
            have[t->documents[i].part]++;
            changes += i && t->documents[i].part != t->documents[i - 1].part;
        }
        cr_assert(have[0] + 4 >= t->n / 2 && have[0] <= t->n / 2 + 4, "%zu of %zu", have[0], t->n);
        cr_assert(have[1] + 4 >= t->n / 4 && have[1] <= t->n / 4 + 4);
        cr_assert(have[2] + 4 >= t->n / 4 && have[2] <= t->n / 4 + 4);
        cr_assert_leq(changes, t->n / 4 + 1, "parts change at the ends of blocks only");
    }
}

Test(corpus, split_of_a_task_does_not_depend_on_others) {
    bora_corpus alone;
    const char *names[] = {"task c"};
    cr_assert_ok(bora_corpus_build(&alone, &source, tokenizer, T, BORA_TASKS_NAMED, 0, names, 1, &error));
    cr_assert_ok(bora_corpus_split(&alone, 0.25, 0.25, 4, 0, &error));
    cr_assert_ok(bora_corpus_split(&corpus, 0.25, 0.25, 4, 0, &error));
    for (size_t i = 0; i < alone.tasks[0].n; i++)
        cr_assert_eq(alone.tasks[0].documents[i].part, corpus.tasks[2].documents[i].part);
    bora_corpus_free(&alone);
}

Test(corpus, repeats_of_training_text_are_dropped) {
    enum { RUN = 6 };
    cr_assert_ok(bora_corpus_split(&corpus, 0.25, 0.25, 4, 0, &error));
    const bora_document *from = NULL;
    bora_document *to = NULL;
    for (size_t i = 0; i < corpus.tasks[0].n; i++)
        if (corpus.tasks[0].documents[i].part == BORA_TRAIN && corpus.tasks[0].documents[i].n >= RUN)
            from = &corpus.tasks[0].documents[i];
    for (size_t i = 0; i < corpus.tasks[1].n; i++)
        if (corpus.tasks[1].documents[i].part == BORA_TEST && corpus.tasks[1].documents[i].n > RUN)
            to = &corpus.tasks[1].documents[i];
    cr_assert(from && to);
    memcpy(corpus.tokens + to->first + 1, corpus.tokens + from->first, (RUN - 1) * sizeof *corpus.tokens);
    cr_assert_ok(bora_corpus_split(&corpus, 0.25, 0.25, 4, RUN, &error));
    bool before = to->part == BORA_DROPPED;
    size_t dropped = corpus.tasks[1].dropped[1];
    memcpy(corpus.tokens + to->first + 1, corpus.tokens + from->first,
           RUN * sizeof *corpus.tokens); /* another task's training text */
    cr_assert_ok(bora_corpus_split(&corpus, 0.25, 0.25, 4, RUN, &error));
    cr_assert_eq(to->part, BORA_DROPPED);
    cr_assert_eq(corpus.tasks[1].dropped[1], dropped + !before);
}

Test(corpus, draws_are_nested_and_sizes_are_assigned_by_the_seed) {
    bora_selection small[TASKS], large[TASKS];
    double sizes[] = {10, 20, 30};
    bora_draw draw = {
        .rule = BORA_DRAW_SIZES, .sizes = sizes, .n_sizes = TASKS, .scale = 0.5, .validation_cap = 7, .test_cap = 5};
    cr_assert_ok(bora_corpus_split(&corpus, 0.25, 0.25, 4, 12, &error));
    size_t first_sizes[TASKS] = {0};
    for (uint64_t seed = 0; seed < 30; seed++) {
        size_t sum = 0;
        draw.scale = 0.5;
        cr_assert_ok(bora_draw_documents(&corpus, &draw, seed, small, &error));
        draw.scale = 1;
        cr_assert_ok(bora_draw_documents(&corpus, &draw, seed, large, &error));
        for (int d = 0; d < TASKS; d++) {
            cr_assert_eq(2 * small[d].n[BORA_TRAIN], large[d].n[BORA_TRAIN]);
            for (size_t i = 0, j = 0; i < small[d].n[BORA_TRAIN];
                 i++, j++) { /* every document of the smaller is in the larger */
                while (j < large[d].n[BORA_TRAIN] && large[d].documents[0][j] != small[d].documents[0][i]) j++;
                cr_assert_lt(j, large[d].n[BORA_TRAIN]);
            }
            cr_assert_eq(small[d].n[BORA_VALIDATION], 7);
            cr_assert_eq(small[d].n[BORA_TEST], 5);
            sum += large[d].n[BORA_TRAIN];
        }
        first_sizes[large[0].n[BORA_TRAIN] / 10 - 1]++;
        cr_assert_eq(sum, 60);
        bora_selections_free(small, TASKS);
        bora_selections_free(large, TASKS);
    }
    for (int i = 0; i < TASKS; i++) cr_assert_gt(first_sizes[i], 2, "each size falls to the first task now and then");
    sizes[1] = 1e6;
    cr_assert_eq(bora_draw_documents(&corpus, &draw, 1, small, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "task '"), "%s", error.message);
}

Test(corpus, documents_are_listed_as_csv) {
    bora_selection selections[TASKS];
    bora_draw draw = {.rule = BORA_DRAW_NUMBER, .number = 2, .scale = 1, .validation_cap = 1, .test_cap = 1};
    char *text, expected[64];
    size_t size;
    cr_assert_ok(bora_corpus_split(&corpus, 0.25, 0.25, 4, 12, &error));
    cr_assert_ok(bora_draw_documents(&corpus, &draw, 1, selections, &error));
    FILE *f = open_memstream(&text, &size);
    cr_assert_ok(bora_documents_write(&corpus, selections, tokenizer, f, &error));
    fclose(f);
    size_t lines = 0;
    for (size_t i = 0; i < size; i++) lines += text[i] == '\n';
    cr_assert_eq(lines, 1 + 4 * TASKS);
    snprintf(expected, sizeof expected, "\ntask a,train,%zu,group ", selections[0].documents[0][0]);
    cr_assert(strstr(text, expected), "%s", text);
    free(text);
    bora_selections_free(selections, TASKS);
}
