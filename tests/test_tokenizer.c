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
static void naive_best(const naive *x, bora_token best[2]) { /* overlapping pairs, as in aaa, count each */
    long most = 0;
    for (size_t i = 0; i + 1 < x->n; i++) {
        long count = 0;
        if (x->starts[i + 1]) continue;
        for (size_t j = 0; j + 1 < x->n; j++) count += !x->starts[j + 1] && x->ids[j] == x->ids[i] && x->ids[j + 1] == x->ids[i + 1];
        bool smaller = x->ids[i] != best[0] ? x->ids[i] < best[0] : x->ids[i + 1] < best[1];
        if (count > most || (count == most && smaller)) most = count, best[0] = x->ids[i], best[1] = x->ids[i + 1];
    }
}

static const char sample[] = "the cat sat on the mat; the rat that sat there ate the oat cake. There, the theatre's cat 1234 12 124 ate "
                             "more oats than the cats of the thatched hut, and that's that: blåbær på fjellet, blåbær!";

/* Learn from the text, by the trainer and by the twin, then encode it by both. */
static void check_against_twin(const char *text, size_t size, int vocabulary) {
    bora_error error;
    bora_tokenizer *t;
    static naive x;
    size_t n = 0, capacity = 0;
    bora_token *ids = NULL;
    cr_assert_ok(bora_tokenizer_train(&t, &text, &size, 1, vocabulary, &error));
    cr_assert_eq(bora_tokenizer_vocabulary(t), vocabulary);
    cr_assert_eq(bora_tokenizer_end_of_text(t), vocabulary - 1);
    naive_begin(&x, t, text, size);
    for (int i = 0; i < t->merges; i++) {
        bora_token best[2] = {0, 0};
        naive_best(&x, best);
        cr_assert_arr_eq(best, t->merge[i], sizeof best, "merge %d: %d %d, not %d %d", i, t->merge[i][0], t->merge[i][1], best[0], best[1]);
        naive_merge(&x, best, 256 + i);
    }
    cr_assert_ok(bora_encode(t, text, size, &ids, &n, &capacity, &error));
    cr_assert_eq(n, x.n);
    cr_assert_arr_eq(ids, x.ids, n * sizeof *ids);
    free(ids);
    bora_tokenizer_free(t);
}

Test(tokenizer, learning_and_applying_equal_a_naive_twin) {
    check_against_twin(sample, strlen(sample), 300);
    for (uint64_t seed = 0; seed < 12; seed++) { /* few letters: ties, overlaps; then any bytes */
        char text[1200];
        uint64_t letters = 1 + seed % 4;
        for (size_t i = 0; i < sizeof text; i++) {
            uint64_t r = bora_below(letters + 1, seed, BORA_FOR_TESTS, i);
            text[i] = seed >= 9 ? (char)bora_random(seed, BORA_FOR_TESTS, i) : r == letters ? ' ' : (char)('a' + r);
        }
        check_against_twin(text, sizeof text, letters == 1 ? 262 : 300);
    }
}

Test(tokenizer, single_bytes_have_gpt2s_ids) {
    bora_error error;
    bora_tokenizer *t;
    const char *texts[] = {""};
    cr_assert_ok(bora_tokenizer_train(&t, texts, (size_t[]){0}, 1, 257, &error));
    cr_assert(t->byte['!'] == 0 && t->byte['~'] == 93 && t->byte[0xa1] == 94 && t->byte[0xac] == 105 && t->byte[0xae] == 106);
    cr_assert(t->byte[0xff] == 187 && t->byte[0] == 188 && t->byte['\n'] == 198 && t->byte[' '] == 220 && t->byte[0x7f] == 221);
    cr_assert(t->byte[0x80] == 222 && t->byte[0xa0] == 254 && t->byte[0xad] == 255);
    char *text;
    size_t size;
    cr_assert_eq(bora_decode(t, (bora_token[]){5, 257}, 2, &text, &size, &error), BORA_BAD_INPUT);
    cr_assert_eq(bora_decode(t, (bora_token[]){-1}, 1, &text, &size, &error), BORA_BAD_INPUT);
    bora_tokenizer_free(t);
}

Test(tokenizer, no_pair_reaches_from_one_text_to_the_next) {
    bora_error error;
    bora_tokenizer *t;
    const char *texts[] = {"xa", "", "bc", "ab"};
    cr_assert_ok(bora_tokenizer_train(&t, texts, (size_t[]){2, 0, 2, 2}, 4, 260, &error));
    cr_assert_eq(bora_tokenizer_vocabulary(t), 260);
    cr_assert(t->merge[0][0] == t->byte['a'] && t->merge[1][0] == t->byte['b'] && t->merge[2][0] == t->byte['x']); /* ties: smaller ids */
    bora_tokenizer_free(t);
}

Test(tokenizer, end_of_text_in_a_text_is_text) {
    bora_error error;
    bora_tokenizer *t;
    const char *texts[] = {"<|endoftext|> <|endoftext|>"};
    bora_token *ids = NULL;
    size_t n = 0, capacity = 0;
    cr_assert_ok(bora_tokenizer_train(&t, texts, (size_t[]){27}, 1, 266, &error));
    cr_assert_ok(bora_encode(t, texts[0], 13, &ids, &n, &capacity, &error));
    cr_assert(n > 1);
    for (size_t i = 0; i < n; i++) cr_assert_neq(ids[i], bora_tokenizer_end_of_text(t));
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

Test(tokenizer, a_vocabulary_larger_than_the_text_is_an_error) {
    bora_error error;
    bora_tokenizer *t;
    const char *texts[] = {"ab"};
    size_t sizes[] = {2};
    cr_assert_eq(bora_tokenizer_train(&t, texts, sizes, 1, 300, &error), BORA_BAD_INPUT);
    cr_assert_eq(bora_tokenizer_train(&t, texts, sizes, 1, 100, &error), BORA_BAD_INPUT);
}

/* ---- files --------------------------------------------------------------------------------------------------------------------------- */

static char *folder, *vocab, *merges;

static void open_folder(void) {
    folder = scratch_directory();
    vocab = bora_format("%s/vocab.json", folder);
    merges = bora_format("%s/merges.txt", folder);
}

static void close_folder(void) {
    unlink(vocab);
    unlink(merges);
    rmdir(folder);
    free(vocab);
    free(merges);
    free(folder);
}

static void write_file(const char *path, const char *text, size_t size) {
    FILE *f = fopen(path, "wb");
    cr_assert(f && fwrite(text, 1, size, f) == size && !fclose(f));
}

/* A tokenizer that learned l+o, lo+w, ' '+low and two more, saved. */
static void save_small(void) {
    bora_error error;
    bora_tokenizer *t;
    const char *texts[] = {"low low lower lowest"};
    cr_assert_ok(bora_tokenizer_train(&t, texts, (size_t[]){20}, 1, 262, &error));
    cr_assert_ok(bora_tokenizer_save(t, vocab, merges, &error));
    bora_tokenizer_free(t);
}

/* In the file, put `to` for the first `from`. */
static void alter(const char *path, const char *from, const char *to) {
    bora_error error;
    char *text;
    size_t size;
    cr_assert_ok(bora_read_file(path, &text, &size, &error));
    char *at = strstr(text, from);
    cr_assert_not_null(at, "'%s' is not in %s", from, path);
    char *altered = bora_format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    write_file(path, altered, strlen(altered));
    free(altered);
    free(text);
}

static void expect_refused(const char *place, const char *problem) {
    bora_error error;
    bora_tokenizer *t = NULL;
    cr_expect_eq(bora_tokenizer_load(&t, vocab, merges, &error), BORA_BAD_INPUT, "accepted: %s %s", place, problem);
    cr_expect(!t && strstr(error.message, place) && strstr(error.message, problem), "'%s' '%s': %s", place, problem, error.message);
    bora_tokenizer_free(t);
}

Test(tokenizer_files, saved_and_loaded_is_the_same, .init = open_folder, .fini = close_folder) {
    bora_error error;
    bora_tokenizer *t = trained(300), *u;
    cr_assert_ok(bora_tokenizer_save(t, vocab, merges, &error));
    cr_assert_ok(bora_tokenizer_load(&u, vocab, merges, &error));
    cr_assert(u->vocabulary == 300 && u->merges == t->merges && u->end_of_text == t->end_of_text);
    cr_assert_arr_eq(u->merge, t->merge, (size_t)t->merges * sizeof *t->merge);
    cr_assert_arr_eq(u->byte, t->byte, sizeof t->byte);
    for (int i = 0; i < 300; i++) {
        cr_assert_eq(u->sizes[i], t->sizes[i]);
        cr_assert_arr_eq(u->bytes[i], t->bytes[i], t->sizes[i]);
    }
    bora_tokenizer_free(t);
    bora_tokenizer_free(u);
}

/* GPT-2's own files write "\u0120t" and a space after ':' and ','; any order of ids will do. */
Test(tokenizer_files, as_others_write_them, .init = open_folder, .fini = close_folder) {
    bora_error error;
    bora_tokenizer *t;
    FILE *f = fopen(vocab, "wb");
    fprintf(f, "{\"<|endoftext|>\": 0, \"\\u0120t\": 1");
    for (int byte = 0, other = 0; byte < 256; byte++) {
        bool itself = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
        fprintf(f, ", \"\\u%04x\": %d", (unsigned)(itself ? byte : 0x100 + other++), byte + 2);
    }
    fprintf(f, "}");
    fclose(f);
    write_file(merges, "#version: 0.2\n\u0120 t", 18); /* no newline at the end */
    cr_assert_ok(bora_tokenizer_load(&t, vocab, merges, &error));
    bora_token *ids = NULL;
    size_t n = 0, capacity = 0;
    cr_assert_ok(bora_encode(t, "a t", 3, &ids, &n, &capacity, &error));
    cr_assert(n == 2 && ids[0] == 'a' + 2 && ids[1] == 1 && bora_tokenizer_end_of_text(t) == 0);
    free(ids);
    bora_tokenizer_free(t);
}

Test(tokenizer_files, missing, .init = open_folder, .fini = close_folder) {
    bora_error error;
    expect_refused("vocab.json", "No such file");
    save_small();
    unlink(merges);
    expect_refused("merges.txt", "No such file");
    bora_tokenizer *t = trained(257);
    cr_assert_neq(bora_tokenizer_save(t, "/nowhere/vocab.json", "/nowhere/merges.txt", &error), BORA_OK);
    bora_tokenizer_free(t);
}

Test(tokenizer_files, broken_vocabularies, .init = open_folder, .fini = close_folder) {
    static const char *const cases[][4] = {
        {":261}", ":261", "vocab.json:1:", "expected"},
        {"{", "[{", "vocab.json:1:", ""},
        {"\"!\":0,", "\"!\":0,\"!\":0,", "vocab.json:1:", "duplicate"},
        {"\"#\":2,", "\"\\u0000\":2,", "vocab.json:1:", ""},
        {"\"#\":2,", "\"\xff\":2,", "vocab.json:1:", "unable to decode byte"},
        {"\"!\":0,", "", "vocab.json:1: ", "has no id"}, /* a token fewer: the last id is too large */
        {"\"!\":0,", "\n\n\"!\":1,", "vocab.json:3: ", "id of another token"},
        {"\"#\":2,", "\n\"#\":-2,", "vocab.json:2: ", "'#' has no id"},
        {"\"#\":2,", "\n\"#\":2.0,", "vocab.json:2: ", "'#' has no id"},
        {"\"#\":2,", "\n\"#\":[{\"a\":1}],", "vocab.json:2: ", "'#' has no id"},
        {"\"#\":2,", "\"#\":99999999999,", "vocab.json:1: ", "'#' has no id"},
        {"\"#\":2,", "\"\":2,", "vocab.json:1: ", "has no bytes"},
        {"\"#\":2,", "\n\"\u65e5\":2,", "vocab.json:2: ", "stands for no byte"},
        {"\"#\":2,", "\n\"# \":2,", "vocab.json:2: ", "stands for no byte"},
        {"\"#\":2,", "\"##\":2,", "vocab.json:1: ", "byte 0x23"},
        {"<|endoftext|>", "endoftext", "vocab.json:1: ", "<|endoftext|> is missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        save_small();
        alter(vocab, cases[i][0], cases[i][1]);
        expect_refused(cases[i][2], cases[i][3]);
    }
    write_file(vocab, "", 0);
    expect_refused("vocab.json:1:", "");
    write_file(vocab, "[1]", 3);
    expect_refused("vocab.json:1:", "expected an object");
    write_file(vocab, "{}", 2);
    expect_refused("vocab.json:1:", "<|endoftext|> is missing");
}

Test(tokenizer_files, broken_merges, .init = open_folder, .fini = close_folder) {
    static const char *const cases[][3] = {
        {"", "merges.txt:1: ", "ends before the merge that makes token 256"},
        {"#version: 0.2\nl o\n", "merges.txt:3: ", "ends before the merge that makes token 257"},
        {"#version: 0.2\nl o\nl o\n", "merges.txt:3: ", "made by an earlier merge"},
        {"#version: 0.2\nlo w\nl o\n", "merges.txt:2: ", "by no earlier merge"},
        {"#version: 0.2\n\nl o\n", "merges.txt:2: ", "one space"},
        {"#version: 0.2\nlo\n", "merges.txt:2: ", "one space"},
        {"#version: 0.2\nl  o\n", "merges.txt:2: ", "one space"},
        {"#version: 0.2\nl o w\n", "merges.txt:2: ", "one space"},
        {"#version: 0.2\n l\n", "merges.txt:2: ", "one space"},
        {"#version: 0.2\nl o\r\n", "merges.txt:2: ", "second is not in the vocabulary"},
        {"#version: 0.2\nxx o\n", "merges.txt:2: ", "first is not in the vocabulary"},
        {"#version: 0.2\nx y\n", "merges.txt:2: ", "two joined are not in the vocabulary"},
        {"#version: 0.2\n#version: 0.2\n", "merges.txt:2: ", "is not in the vocabulary"},
    };
    save_small();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_file(merges, cases[i][0], strlen(cases[i][0]));
        expect_refused(cases[i][1], cases[i][2]);
    }
    write_file(merges, "l \0o\n", 5);
    expect_refused("merges.txt:1: ", "one space");
}

Test(tokenizer_files, cut_short_anywhere, .init = open_folder, .fini = close_folder) {
    bora_error error;
    char *text;
    size_t size;
    for (int which = 0; which < 2; which++) {
        save_small();
        cr_assert_ok(bora_read_file(which ? merges : vocab, &text, &size, &error));
        for (size_t keep = 0; keep + 1 < size; keep += which ? 1 : 17) {
            write_file(which ? merges : vocab, text, keep);
            expect_refused(which ? "merges.txt:" : "vocab.json:", "");
        }
        free(text);
    }
}
