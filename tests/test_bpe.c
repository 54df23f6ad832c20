/* test_bpe.c: learning and applying merges: by hand, against a naive twin, on any bytes, on long texts without a space. */
#include "test.h"
#include "text/internal.h"

#include <stdlib.h>
#include <string.h>

static bora_tokenizer *learned(const char *const *texts, size_t n, int vocabulary) {
    bora_error error;
    bora_tokenizer *t;
    size_t sizes[8];
    for (size_t i = 0; i < n; i++) sizes[i] = strlen(texts[i]);
    cr_assert_ok(bora_tokenizer_train(&t, texts, sizes, n, vocabulary, &error));
    cr_assert_eq(bora_tokenizer_vocabulary(t), vocabulary);
    cr_assert_eq(bora_tokenizer_end_of_text(t), vocabulary - 1);
    cr_assert_eq(t->merges, vocabulary - 257);
    return t;
}

static void expect_ids(bora_tokenizer *t, const char *text, size_t size, const bora_token *ids, size_t n) {
    bora_error error;
    bora_token *mine = NULL;
    size_t count = 0, capacity = 0;
    for (size_t twice = 1; twice <= 2; twice++) { /* appended; the second time from the cache */
        cr_assert_ok(bora_encode(t, text, size, &mine, &count, &capacity, &error));
        cr_assert_eq(count, twice * n, "%zu tokens, not %zu", count, twice * n);
        cr_assert(!n || !memcmp(mine + (twice - 1) * n, ids, n * sizeof *ids), "wrong ids");
    }
    free(mine);
}

/* l o: 4 times; o w, ' ' l too, of larger ids. Then lo w, ' ' low: 4. Then ' low' e: 2, w e being gone. The rest stand once:
 * s t (82, 83) comes before ' lowe' r, ' lowe' s (259, ..). */
Test(bpe, merges_worked_out_by_hand) {
    enum { E = 'e' - '!', L = 'l' - '!', O = 'o' - '!', S = 's' - '!', T = 't' - '!', W = 'w' - '!', BLANK = 220 };
    bora_tokenizer *t = learned((const char *[]){"low low lower lowest"}, 1, 262);
    const bora_token merges[5][3] = {{L, O, 256}, {256, W, 257}, {BLANK, 257, 258}, {258, E, 259}, {S, T, 260}};
    cr_assert_arr_eq(t->merge, merges, sizeof merges);
    expect_ids(t, "lowest  lowest", 14, (bora_token[]){257, E, 260, BLANK, 259, 260}, 6);
    expect_ids(t, "slots", 5, (bora_token[]){S, 256, T, S}, 4);
    bora_tokenizer_free(t);
}

Test(bpe, runs_pair_up_from_the_left) {
    bora_tokenizer *t = learned((const char *[]){"aaaaaaaaa"}, 1, 259); /* aa, then aaaa */
    bora_token a = 'a' - '!';
    expect_ids(t, "aaaaaaa", 7, (bora_token[]){257, 256, a}, 3);
    bora_tokenizer_free(t);
}

Test(bpe, the_order_of_texts_is_nothing) {
    static const char *const one[] = {"xa", "", "bc", "ab", "the cat sat"};
    static const char *const other[] = {"the cat sat", "ab", "bc", "xa", ""};
    bora_tokenizer *t = learned(one, 5, 264), *u = learned(other, 5, 264);
    cr_assert_arr_eq(t->merge, u->merge, (size_t)t->merges * sizeof *t->merge);
    bora_tokenizer_free(u);
    u = learned(one, 4, 260); /* no pair reaches from one text to the next */
    cr_assert(u->merge[0][0] == u->byte['a'] && u->merge[1][0] == u->byte['b'] && u->merge[2][0] == u->byte['x']);
    bora_tokenizer_free(t);
    bora_tokenizer_free(u);
}

/* ---- a naive twin: whole texts as lists of tokens, every pair counted anew for every merge ------------------------------ */

typedef struct {
    bora_token ids[4000];
    bool starts[4000]; /* a piece begins here: no merge across it */
    size_t n;
} naive;

static void naive_begin(naive *x, const bora_tokenizer *t, const char *text, size_t size) {
    x->n = size;
    for (size_t at = 0, length; at < size; at += length) {
        length = bora_next_piece(text + at, size - at);
        for (size_t i = 0; i < length; i++) {
            x->ids[at + i] = t->byte[(unsigned char)text[at + i]];
            x->starts[at + i] = i == 0;
        }
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

static void naive_best(const naive *x, bora_token best[2]) { /* overlapping pairs, as in aaa, count each */
    long most = 0;
    for (size_t i = 0; i + 1 < x->n; i++) {
        long count = 0;
        if (x->starts[i + 1]) continue;
        for (size_t j = 0; j + 1 < x->n; j++)
            count += !x->starts[j + 1] && x->ids[j] == x->ids[i] && x->ids[j + 1] == x->ids[i + 1];
        bool smaller = x->ids[i] != best[0] ? x->ids[i] < best[0] : x->ids[i + 1] < best[1];
        if (count > most || (count == most && smaller)) most = count, best[0] = x->ids[i], best[1] = x->ids[i + 1];
    }
}

/* Learn from a text, by the trainer and by the twin; then encode it, and another text, by both. */
static void check_against_twin(const char *text, size_t size, const char *other, size_t other_size, int vocabulary) {
    bora_error error;
    bora_tokenizer *t;
    static naive x, y;
    cr_assert_ok(bora_tokenizer_train(&t, &text, &size, 1, vocabulary, &error));
    naive_begin(&x, t, text, size);
    naive_begin(&y, t, other, other_size);
    for (int i = 0; i < t->merges; i++) {
        bora_token best[2] = {0, 0};
        naive_best(&x, best);
        cr_assert(best[0] == t->merge[i][0] && best[1] == t->merge[i][1] && t->merge[i][2] == 256 + i, "merge %d", i);
        naive_merge(&x, best, 256 + i);
        naive_merge(&y, best, 256 + i);
    }
    expect_ids(t, text, size, x.ids, x.n);
    expect_ids(t, other, other_size, y.ids, y.n);
    bora_tokenizer_free(t);
}

static const char sample[] =
    "the cat sat on the mat; the rat that sat there ate the oat cake. There, the theatre's cat 1234 12 124 ate "
    "more oats than the cats of the thatched hut, and that's that: blåbær på fjellet, blåbær!";

Test(bpe, learning_and_applying_equal_a_naive_twin) {
    check_against_twin(sample, strlen(sample), "thethatcathe", 12, 300);
    for (uint64_t seed = 0; seed < 16; seed++) { /* few letters: ties, overlaps; words, then no space at all; then any bytes */
        char text[2000];
        uint64_t letters = 1 + seed % 4, kinds = letters + (seed < 8);
        for (size_t i = 0; i < sizeof text; i++) {
            uint64_t r = bora_below(kinds, seed, BORA_FOR_TESTS, i);
            text[i] = seed >= 12 ? (char)bora_random(seed, BORA_FOR_TESTS, i) : r == letters ? ' ' : (char)('a' + r);
        }
        check_against_twin(text, 1200, text + 1200, 800, letters == 1 ? 262 : 300);
    }
}

/* ---- any text ----------------------------------------------------------------------------------------------------------- */

static size_t round_trip(bora_tokenizer *t, const char *text, size_t size) {
    bora_error error;
    bora_token *ids = NULL;
    size_t n = 0, capacity = 0, back_size;
    char *back;
    cr_assert_ok(bora_encode(t, text, size, &ids, &n, &capacity, &error));
    for (size_t i = 0; i < n; i++) cr_assert_neq(ids[i], bora_tokenizer_end_of_text(t));
    cr_assert_ok(bora_decode(t, ids, n, &back, &back_size, &error));
    cr_assert_eq(back_size, size);
    cr_assert(!memcmp(back, text, size) && !back[size], "other bytes come back");
    free(back);
    free(ids);
    return n;
}

Test(bpe, any_bytes_come_back) {
    bora_tokenizer *t = learned((const char *[]){sample}, 1, 300);
    char bytes[200];
    cr_assert_eq(round_trip(t, "", 0), 0);
    for (int b = 0; b < 256; b++) {
        char c = (char)b;
        cr_assert_eq(round_trip(t, &c, 1), 1);
    }
    for (uint64_t trial = 0; trial < 300; trial++) {
        size_t size = bora_below(200, 1, BORA_FOR_TESTS, trial);
        for (size_t i = 0; i < size; i++) bytes[i] = (char)bora_random(2, BORA_FOR_TESTS, trial * 1000 + i);
        round_trip(t, bytes, size);
    }
    bora_tokenizer_free(t);
}

Test(bpe, end_of_text_in_a_text_is_text) {
    bora_tokenizer *t = learned((const char *[]){"<|endoftext|> <|endoftext|>"}, 1, 266);
    cr_assert_gt(round_trip(t, "<|endoftext|>", 13), 1);
    bora_tokenizer_free(t);
}

Test(bpe, a_megabyte_without_a_space, .timeout = 60) { /* quadratic time would be hours */
    bora_tokenizer *t = learned((const char *[]){"aaaaaaaaaaaaaaaa", "bcb"}, 2, 263);
    size_t n = 1000000;
    char *text = malloc(n);
    memset(text, 'a', n);
    cr_assert_eq(round_trip(t, text, n), n / 16);
    for (size_t i = 0; i < n; i++) text[i] = (char)('a' + bora_below(3, 3, BORA_FOR_TESTS, i));
    round_trip(t, text, n);
    free(text);
    bora_tokenizer_free(t);
}

Test(bpe, a_vocabulary_larger_than_the_text_is_an_error) {
    bora_error error;
    bora_tokenizer *t;
    cr_assert_eq(bora_tokenizer_train(&t, (const char *[]){"ab"}, (size_t[]){2}, 1, 300, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "300") && strstr(error.message, "only 1 pair"), "%s", error.message);
    cr_assert_eq(bora_tokenizer_train(&t, (const char *[]){"ab"}, (size_t[]){2}, 1, 256, &error), BORA_BAD_INPUT);
}
