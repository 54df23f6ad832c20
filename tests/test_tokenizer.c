/* test_tokenizer.c: GPT-2's cutting, learning and applying merges against a naive twin, round trips, files. */
#include "test.h"
#include "text/internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The pieces of a text joined by '|'. */
static char *pieces(const char *text) {
    size_t size = strlen(text), n = 0;
    char *out = calloc(2 * size + 1, 1);
    for (size_t at = 0, length; at < size; at += length) {
        length = bora_next_piece(text + at, size - at);
        if (at) out[n++] = '|';
        memcpy(out + n, text + at, length);
        n += length;
    }
    return out;
}

Test(tokenizer, pieces_are_gpt2s) {
    static const char *const cases[][2] = {{"a  b", "a| | b"},
                                           {"   ", "   "},
                                           {"x\n\n y", "x|\n\n| y"},
                                           {"DON'T don't we'll I'm he'd you've they're it's", "DON|'|T| don|'t| we|'ll| I|'m| he|'d| you|'ve| they|'re| it|'s"},
                                           {"x1234 y", "x|1234| y"},
                                           {"Hello, world!!", "Hello|,| world|!!"},
                                           {"\xc2\xa0x", "\xc2\xa0|x"},
                                           {"½ ²", "½| ²"},
                                           {"æøå Sjøli", "æøå| Sjøli"},
                                           {"e\xcc\x81", "e|\xcc\x81"},
                                           {"a\xe3\x80\x80" "b", "a|\xe3\x80\x80|b"},
                                           {"a\xc2\x85" "b", "a|\xc2\x85|b"},
                                           {"a\xef\xbb\xbf" "b", "a|\xef\xbb\xbf|b"},
                                           {"\xff\xfe" "a", "\xff\xfe|a"},
                                           {"end ", "end| "},
                                           {"tab\tx", "tab|\t|x"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *mine = pieces(cases[i][0]);
        cr_assert_str_eq(mine, cases[i][1], "%s: %s", cases[i][0], mine);
        free(mine);
    }
}

/* ---- a naive twin: whole texts as lists of tokens, every pair counted anew for every merge ------------------------------------------- */

typedef struct {
    bora_token ids[4000];
    bool starts[4000]; /* a piece begins here: no merge across it */
    size_t n;
} naive;

static void naive_begin(naive *x, const bora_tokenizer *t, const char *text, size_t size) {
    x->n = size;
    for (size_t at = 0, length; at < size; at += length) {
        length = bora_next_piece(text + at, size - at);
        for (size_t i = 0; i < length; i++) x->ids[at + i] = t->byte[(unsigned char)text[at + i]], x->starts[at + i] = i == 0;
    }
}
static void naive_merge(naive *x, const bora_token pair[2], bora_token result) {
    size_t to = 0;
    for (size_t i = 0; i < x->n; i++) {
        bool hit = i + 1 < x->n && !x->starts[i + 1] && x->ids[i] == pair[0] && x->ids[i + 1] == pair[1];
        x->ids[to] = hit ? result : x->ids[i];
        x->starts[to++] = x->starts[i];
        i += hit;
    }
    x->n = to;
}
static void naive_best(const naive *x, bora_token best[2]) {
    long most = 0;
    for (size_t i = 0; i + 1 < x->n; i++) {
        long count = 0;
        size_t last = x->n; /* overlapping pairs, as in aaa, count each: so does the trainer */
        (void)last;
        for (size_t j = 0; j + 1 < x->n; j++) count += !x->starts[j + 1] && x->ids[j] == x->ids[i] && x->ids[j + 1] == x->ids[i + 1];
        bool smaller = x->ids[i] != best[0] ? x->ids[i] < best[0] : x->ids[i + 1] < best[1];
        if (!x->starts[i + 1] && (count > most || (count == most && smaller))) most = count, best[0] = x->ids[i], best[1] = x->ids[i + 1];
    }
}

static const char sample[] = "the cat sat on the mat; the rat that sat there ate the oat cake. There, the theatre's cat 1234 12 124 ate "
                             "more oats than the cats of the thatched hut, and that's that: blåbær på fjellet, blåbær!";

Test(tokenizer, learning_and_applying_equal_a_naive_twin) {
    enum { VOCABULARY = 300 };
    bora_error error;
    bora_tokenizer *t;
    static naive x;
    const char *texts[] = {sample};
    size_t sizes[] = {strlen(sample)}, n = 0, capacity = 0;
    bora_token *ids = NULL;
    cr_assert_ok(bora_tokenizer_train(&t, texts, sizes, 1, VOCABULARY, &error));
    cr_assert_eq(bora_tokenizer_vocabulary(t), VOCABULARY);
    cr_assert_eq(bora_tokenizer_end_of_text(t), VOCABULARY - 1);
    naive_begin(&x, t, sample, sizes[0]);
    for (int i = 0; i < t->merges; i++) {
        bora_token best[2] = {0, 0};
        naive_best(&x, best);
        cr_assert_arr_eq(best, t->merge[i], sizeof best, "merge %d: %d %d, not %d %d", i, t->merge[i][0], t->merge[i][1], best[0], best[1]);
        naive_merge(&x, best, 256 + i);
    }
    cr_assert_ok(bora_encode(t, sample, sizes[0], &ids, &n, &capacity, &error));
    cr_assert_eq(n, x.n);
    cr_assert_arr_eq(ids, x.ids, n * sizeof *ids);
    free(ids);
    bora_tokenizer_free(t);
}

static void round_trip(bora_tokenizer *t, const char *text, size_t size) {
    bora_error error;
    bora_token *ids = NULL;
    size_t n = 0, capacity = 0, back_size;
    char *back;
    cr_assert_ok(bora_encode(t, text, size, &ids, &n, &capacity, &error));
    cr_assert_ok(bora_decode(t, ids, n, &back, &back_size, &error));
    cr_assert_eq(back_size, size);
    cr_assert_arr_eq(back, text, size);
    free(back);
    free(ids);
}

static bora_tokenizer *trained(int vocabulary) {
    bora_error error;
    bora_tokenizer *t;
    const char *texts[] = {sample};
    size_t sizes[] = {strlen(sample)};
    cr_assert_ok(bora_tokenizer_train(&t, texts, sizes, 1, vocabulary, &error));
    return t;
}

Test(tokenizer, any_bytes_come_back) {
    bora_tokenizer *t = trained(300);
    static char bytes[1000000];
    for (int b = 0; b < 256; b++) {
        char c = (char)b;
        round_trip(t, &c, 1);
    }
    for (int trial = 0; trial < 300; trial++) {
        size_t size = bora_below(200, 1, BORA_FOR_TESTS, (uint64_t)trial);
        for (size_t i = 0; i < size; i++) bytes[i] = (char)bora_random(2, BORA_FOR_TESTS, (uint64_t)trial * 1000 + i);
        round_trip(t, bytes, size);
    }
    round_trip(t, "<|endoftext|>", 13);
    memset(bytes, 'a', sizeof bytes); /* a megabyte without a space: must not take quadratic time */
    for (size_t i = 0; i < sizeof bytes; i += 3) bytes[i] = 't';
    round_trip(t, bytes, sizeof bytes);
    bora_tokenizer_free(t);
}

Test(tokenizer, files_round_trip_and_broken_ones_are_refused) {
    bora_error error;
    bora_tokenizer *t = trained(300), *u;
    char *folder = scratch_directory(), *vocab = bora_format("%s/vocab.json", folder), *merges = bora_format("%s/merges.txt", folder), *text;
    size_t size;
    cr_assert_ok(bora_tokenizer_save(t, vocab, merges, &error));
    cr_assert_ok(bora_tokenizer_load(&u, vocab, merges, &error));
    cr_assert_eq(u->merges, t->merges);
    cr_assert_arr_eq(u->merge, t->merge, (size_t)t->merges * sizeof *t->merge);
    for (int i = 0; i < 300; i++) cr_assert_str_eq(u->bytes[i], t->bytes[i]);
    bora_tokenizer_free(u);
    cr_assert_ok(bora_read_file(merges, &text, &size, &error));
    FILE *f = fopen(merges, "w");
    fputs("#version: 0.2\nt h\nnonsense qqqq\n", f);
    fclose(f);
    cr_assert_eq(bora_tokenizer_load(&u, vocab, merges, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "merges.txt:3"), "%s", error.message);
    f = fopen(vocab, "w");
    fputs("{\"a\": 1, \"a\": 2}", f);
    fclose(f);
    cr_assert_eq(bora_tokenizer_load(&u, vocab, merges, &error), BORA_BAD_INPUT);
    f = fopen(vocab, "w");
    fputs("{\"a\": 1}", f);
    fclose(f);
    cr_assert_eq(bora_tokenizer_load(&u, vocab, merges, &error), BORA_BAD_INPUT);
    unlink(vocab);
    cr_assert_eq(bora_tokenizer_load(&u, vocab, merges, &error), BORA_BAD_INPUT);
    unlink(merges);
    rmdir(folder);
    free(text);
    free(vocab);
    free(merges);
    free(folder);
    bora_tokenizer_free(t);
}

Test(tokenizer, a_vocabulary_larger_than_the_text_is_an_error) {
    bora_error error;
    bora_tokenizer *t;
    const char *texts[] = {"ab"};
    size_t sizes[] = {2};
    cr_assert_eq(bora_tokenizer_train(&t, texts, sizes, 1, 300, &error), BORA_BAD_INPUT);
    cr_assert_eq(bora_tokenizer_train(&t, texts, sizes, 1, 100, &error), BORA_BAD_INPUT);
}
