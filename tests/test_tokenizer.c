/* test_tokenizer.c: the ids of bytes, vocabularies saved and loaded, files of others, files that are broken in every way. */
#include "test.h"
#include "text/internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static bora_tokenizer *trained(int vocabulary) {
    bora_error error;
    bora_tokenizer *t;
    const char *texts[] = {"the cat sat on the mat; the rat that sat there ate the oat cake: blåbær på fjellet, blåbær!"};
    cr_assert_ok(bora_tokenizer_train(&t, texts, (size_t[]){strlen(texts[0])}, 1, vocabulary, &error));
    return t;
}

/* ---- files -------------------------------------------------------------------------------------------------------------- */

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
    cr_expect(!t && strstr(error.message, place) && strstr(error.message, problem), "%s %s: %s", place, problem, error.message);
    bora_tokenizer_free(t);
}

Test(tokenizer, saved_and_loaded_is_the_same, .init = open_folder, .fini = close_folder) {
    bora_error error;
    bora_tokenizer *t = trained(290), *u;
    cr_assert_ok(bora_tokenizer_save(t, vocab, merges, &error));
    cr_assert_ok(bora_tokenizer_load(&u, vocab, merges, &error));
    cr_assert(u->vocabulary == 290 && u->merges == t->merges && u->end_of_text == t->end_of_text);
    cr_assert_arr_eq(u->merge, t->merge, (size_t)t->merges * sizeof *t->merge);
    cr_assert_arr_eq(u->byte, t->byte, sizeof t->byte);
    for (int i = 0; i < 290; i++) {
        cr_assert_eq(u->sizes[i], t->sizes[i]);
        cr_assert_arr_eq(u->bytes[i], t->bytes[i], t->sizes[i]);
    }
    bora_tokenizer_free(t);
    bora_tokenizer_free(u);
}

Test(tokenizer, what_is_saved, .init = open_folder, .fini = close_folder) {
    bora_error error;
    char *text;
    size_t size;
    save_small();
    cr_assert_ok(bora_read_file(merges, &text, &size, &error));
    cr_assert_str_eq(text, "#version: 0.2\nl o\nlo w\n\u0120 low\n\u0120low e\ns t\n");
    free(text);
    cr_assert_ok(bora_read_file(vocab, &text, &size, &error));
    cr_assert(!strncmp(text, "{\"!\":0,\"\\\"\":1,\"#\":2,", 20), "%.40s", text);
    cr_assert(strstr(text, ",\"\u00a1\":94,") && strstr(text, ",\"\u0100\":188,") && strstr(text, ",\"\u0120\":220,"));
    cr_assert(strstr(text, ",\"\u0143\":255,\"lo\":256,\"low\":257,\"\u0120low\":258,\"\u0120lowe\":259,\"st\":260,"));
    cr_assert_str_eq(strstr(text, ",\"<|"), ",\"<|endoftext|>\":261}");
    free(text);
}

/* Others write \u0120 for a blank and a space after ':' and ',', order ids as they like, and add names that no merge makes. */
Test(tokenizer, as_others_write_them, .init = open_folder, .fini = close_folder) {
    bora_error error;
    bora_tokenizer *t;
    FILE *f = fopen(vocab, "wb");
    fprintf(f, "{\"<pad>\": 0, \"\\u0120t\": 1, \"<|endoftext|>\": 2, \"madeupword0000\": 259");
    for (int byte = 0, other = 0; byte < 256; byte++) {
        bool itself = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
        fprintf(f, ", \"\\u%04x\": %d", (unsigned)(itself ? byte : 0x100 + other++), byte + 3);
    }
    fprintf(f, "}");
    fclose(f);
    write_file(merges, "#version: 0.2\n\u0120 t", 18); /* no newline at the end */
    cr_assert_ok(bora_tokenizer_load(&t, vocab, merges, &error));
    bora_token *ids = NULL;
    size_t n = 0, capacity = 0;
    cr_assert_ok(bora_encode(t, "a t", 3, &ids, &n, &capacity, &error));
    cr_assert(n == 2 && ids[0] == 'a' + 3 && ids[1] == 1);
    cr_assert(bora_tokenizer_end_of_text(t) == 2 && bora_tokenizer_vocabulary(t) == 260);
    free(ids);
    bora_tokenizer_free(t);
}

Test(tokenizer, missing, .init = open_folder, .fini = close_folder) {
    bora_error error;
    expect_refused("vocab.json", "No such file");
    save_small();
    unlink(merges);
    expect_refused("merges.txt", "No such file");
    bora_tokenizer *t = trained(257);
    cr_assert_neq(bora_tokenizer_save(t, "/nowhere/vocab.json", "/nowhere/merges.txt", &error), BORA_OK);
    bora_tokenizer_free(t);
}

Test(tokenizer, broken_vocabularies, .init = open_folder, .fini = close_folder) {
    static const char *const cases[][4] = {
        {":261}", ":261", "vocab.json:1:", "expected"},
        {"{", "[{", "vocab.json:1:", ""},
        {"\"!\":0,", "\"!\":0,\"!\":0,", "vocab.json:1:", "duplicate"},
        {"\"#\":2,", "\"\\u0000\":2,", "vocab.json:1:", ""},
        {"\"#\":2,", "\"\xff\":2,", "vocab.json:1:", "unable to decode byte"},
        {"\"!\":0,", "", "vocab.json:1: ", "has no id"}, /* a token fewer: the last id is too large */
        {"\"!\":0,", "\n\n\"!\":1,", "vocab.json:3: ", "id of another token"},
        {"\"#\":2,", "\n\"#\":-2,\n", "vocab.json:2: ", "'#' has no id"},
        {"\"#\":2,", "\n\"#\":2.0,", "vocab.json:2: ", "'#' has no id"},
        {"\"#\":2,", "\n\"#\":[{\"a\":1}],", "vocab.json:2: ", "'#' has no id"},
        {"\"#\":2,", "\"#\":99999999999,", "vocab.json:1: ", "'#' has no id"},
        {"\"#\":2,", "\"\":2,", "vocab.json:1: ", "has no bytes"},
        {"\"#\":2,", "\n\"\u65e5\":2,", "vocab.json:2: ", "stands for no byte"},
        {"\"#\":2,", "\n\"\u2861\":2,", "vocab.json:2: ", "stands for no byte"}, /* three bytes that end like two and a half */
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

Test(tokenizer, broken_merges, .init = open_folder, .fini = close_folder) {
    static const char *const cases[][3] = {
        {"", "merges.txt:1: ", "ends before the merge that makes token 256"},
        {"#version: 0.2\nl o\n", "merges.txt:3: ", "ends before the merge that makes token 257"},
        {"#version: 0.2\nl o\nl o\n", "merges.txt:3: ", "made by an earlier merge"},
        {"#version: 0.2\nlo w\nl o\n", "merges.txt:2: ", "by no earlier merge"},
        {"#version: 0.2\n\u0120 low\n", "merges.txt:2: ", "by no earlier merge"},
        {"#version: 0.2\n\nl o\n", "merges.txt:2: ", "one space"},
        {"#version: 0.2\nlo\n", "merges.txt:2: ", "one space"},
        {"#version: 0.2\nl  o\n", "merges.txt:2: ", "one space"},
        {"#version: 0.2\nl o w\n", "merges.txt:2: ", "one space"},
        {"#version: 0.2\n l\n", "merges.txt:2: ", "one space"},
        {"#version: 0.2\nl o\r\n", "merges.txt:2: ", "second is not in the vocabulary"},
        {"#version: 0.2\nxx o\n", "merges.txt:2: ", "first is not in the vocabulary"},
        {"#version: 0.2\nx y\n", "merges.txt:2: ", "two joined are not in the vocabulary"},
        {"#version: 0.2\nl \xff\n", "merges.txt:2: ", "second is not in the vocabulary"},
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

/* No text may become <|endoftext|>, not even where the files say how. */
Test(tokenizer, end_of_text_is_made_by_no_merge, .init = open_folder, .fini = close_folder) {
    static const char name[] = "<|endoftext|>";
    bora_error error;
    bora_tokenizer *t = trained(257);
    cr_assert_ok(bora_tokenizer_save(t, vocab, merges, &error));
    bora_tokenizer_free(t);
    FILE *f = fopen(merges, "wb");
    fprintf(f, "#version: 0.2\n");
    for (int n = 1; n < 13; n++) { /* < |, <| e and so on: each makes the next token, the last one <|endoftext|> */
        char *old = bora_format("\"%s\":%d", name, 254 + n);
        char *both = bora_format("\"%.*s\":%d,\"%s\":%d", n, name, 254 + n, name, 255 + n);
        if (n > 1) alter(vocab, old, both);
        fprintf(f, "%.*s %c\n", n, name, name[n]);
        free(old);
        free(both);
    }
    fclose(f);
    expect_refused("merges.txt:13: ", "not in the vocabulary");
}

Test(tokenizer, cut_short_anywhere, .init = open_folder, .fini = close_folder) {
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
