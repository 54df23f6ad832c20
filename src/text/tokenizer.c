/* tokenizer.c: the vocabulary: its bytes, its two files (GPT-2's vocab.json and merges.txt), decoding. */
#include "text/internal.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define END_OF_TEXT "<|endoftext|>"

/* GPT-2 writes bytes as characters: printable ones as themselves, the other 68, ascending, from U+0100 on. */
static bool printable(int byte) { return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae; }

static void byte_characters(int character[256]) {
    for (int byte = 0, n = 0; byte < 256; byte++) character[byte] = printable(byte) ? byte : 0x100 + n++;
}

int bora_tokenizer_set(bora_tokenizer *t, bora_token id, const char *bytes, size_t size, bora_error *e) {
    char *copy = NULL;
    int status = bora_calloc(&copy, size + 1, 1, "vocabulary", e);
    if (status) return status;
    memcpy(copy, bytes, size);
    free(t->bytes[id]);
    t->bytes[id] = copy;
    t->sizes[id] = size;
    return BORA_OK;
}

static int empty(bora_tokenizer **out, int vocabulary, bora_error *e) {
    bora_tokenizer *t = NULL;
    int status = bora_calloc(&t, 1, sizeof *t, "tokenizer", e);
    if (status) return status;
    t->vocabulary = vocabulary;
    status = bora_calloc(&t->bytes, (size_t)vocabulary, sizeof *t->bytes, "vocabulary", e);
    if (!status) status = bora_calloc(&t->sizes, (size_t)vocabulary, sizeof *t->sizes, "vocabulary", e);
    if (!status) status = bora_calloc(&t->merge, (size_t)vocabulary, sizeof *t->merge, "merges", e);
    if (status) bora_tokenizer_free(t);
    else *out = t;
    return status;
}

int bora_tokenizer_new(bora_tokenizer **out, int vocabulary, bora_error *e) {
    if (vocabulary < 257) return bora_fail(e, BORA_BAD_INPUT, "a vocabulary of %d cannot hold 256 bytes and " END_OF_TEXT, vocabulary);
    int status = empty(out, vocabulary, e);
    bora_token id = 0;
    for (int pass = 0; !status && pass < 2; pass++)
        for (int byte = 0; !status && byte < 256; byte++)
            if (printable(byte) == (pass == 0)) {
                char c = (char)byte;
                (*out)->byte[byte] = id;
                status = bora_tokenizer_set(*out, id++, &c, 1, e);
            }
    if (!status) status = bora_tokenizer_set(*out, (*out)->end_of_text = vocabulary - 1, END_OF_TEXT, strlen(END_OF_TEXT), e);
    return status;
}

void bora_tokenizer_free(bora_tokenizer *t) {
    if (!t) return;
    for (int i = 0; t->bytes && i < t->vocabulary; i++) free(t->bytes[i]);
    free(t->bytes);
    free(t->sizes);
    free(t->merge);
    free(t->cached);
    bora_map_free(&t->ranks);
    bora_map_free(&t->cache);
    free(t);
}

int bora_tokenizer_vocabulary(const bora_tokenizer *t) { return t->vocabulary; }
bora_token bora_tokenizer_end_of_text(const bora_tokenizer *t) { return t->end_of_text; }

int bora_decode(const bora_tokenizer *t, const bora_token *tokens, size_t n, char **text, size_t *size, bora_error *e) {
    *size = 0;
    for (size_t i = 0; i < n; i++) {
        if (tokens[i] < 0 || tokens[i] >= t->vocabulary || !t->bytes[tokens[i]])
            return bora_fail(e, BORA_BAD_INPUT, "token %d is not in the vocabulary of %d", (int)tokens[i], t->vocabulary);
        *size += t->sizes[tokens[i]];
    }
    int status = bora_calloc(text, *size + 1, 1, "text", e);
    for (size_t i = 0, at = 0; !status && i < n; at += t->sizes[tokens[i++]])
        memcpy(*text + at, t->bytes[tokens[i]], t->sizes[tokens[i]]);
    return status;
}

/* ---- files ------------------------------------------------------------------------------------------------------------------- */

/* The written form of a token's bytes; out has 2 size + 1 bytes. */
static void write_form(const char *bytes, size_t size, char *out) {
    int character[256];
    byte_characters(character);
    for (size_t i = 0; i < size; i++) {
        int c = character[(unsigned char)bytes[i]];
        if (c < 0x80) *out++ = (char)c;
        else *out++ = (char)(0xc0 | c >> 6), *out++ = (char)(0x80 | (c & 0x3f));
    }
    *out = 0;
}

/* The bytes of a written form, in place; false: a character that stands for no byte. */
static bool read_form(char *text, size_t *size) {
    int character[256];
    byte_characters(character);
    const unsigned char *s = (const unsigned char *)text;
    size_t n = 0;
    while (*s) {
        int c = *s < 0x80 ? *s : (*s & 0x1f) << 6 | (s[1] & 0x3f), byte = 0;
        s += *s < 0x80 ? 1 : 2;
        while (byte < 256 && character[byte] != c) byte++;
        if (byte == 256) return false;
        text[n++] = (char)byte;
    }
    *size = n;
    return true;
}

static char *form_of(const bora_tokenizer *t, bora_token id) {
    char *out = malloc(2 * t->sizes[id] + 1);
    if (!out) abort();
    if (id == t->end_of_text) memcpy(out, t->bytes[id], t->sizes[id] + 1);
    else write_form(t->bytes[id], t->sizes[id], out);
    return out;
}

int bora_tokenizer_save(const bora_tokenizer *t, const char *vocab_json, const char *merges_txt, bora_error *e) {
    json_t *vocabulary = json_object();
    for (bora_token id = 0; id < t->vocabulary; id++) {
        if (!t->bytes[id]) continue;
        char *form = form_of(t, id);
        json_object_set_new(vocabulary, form, json_integer(id));
        free(form);
    }
    bora_writer w;
    FILE *f = bora_create(&w, vocab_json, e);
    if (f) json_dumpf(vocabulary, f, JSON_COMPACT);
    json_decref(vocabulary);
    if (!f) return e->status;
    int status = bora_commit(&w, e);
    if (status) return status;
    if (!(f = bora_create(&w, merges_txt, e))) return e->status;
    fprintf(f, "#version: 0.2\n");
    for (int i = 0; i < t->merges; i++) {
        char *left = form_of(t, t->merge[i][0]), *right = form_of(t, t->merge[i][1]);
        fprintf(f, "%s %s\n", left, right);
        free(left);
        free(right);
    }
    return bora_commit(&w, e);
}

static int read_vocabulary(bora_tokenizer **out, json_t *vocabulary, const char *path, bora_error *e) {
    const char *form;
    json_t *value;
    json_int_t largest = -1;
    json_object_foreach(vocabulary, form, value) {
        if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > 10000000)
            return bora_fail(e, BORA_BAD_INPUT, "%s: the id of '%s' is no small whole number", path, form);
        if (json_integer_value(value) > largest) largest = json_integer_value(value);
    }
    int status = empty(out, (int)largest + 1, e);
    if (status) return status;
    bora_tokenizer *t = *out;
    t->end_of_text = -1;
    for (int byte = 0; byte < 256; byte++) t->byte[byte] = -1;
    json_object_foreach(vocabulary, form, value) {
        bora_token id = (bora_token)json_integer_value(value);
        char *bytes = bora_format("%s", form);
        size_t size;
        bool special = !strcmp(form, END_OF_TEXT);
        if (t->bytes[id]) status = bora_fail(e, BORA_BAD_INPUT, "%s: two tokens have the id %d ('%s' is one)", path, (int)id, form);
        else if (special) status = bora_tokenizer_set(t, t->end_of_text = id, form, strlen(form), e);
        else if (read_form(bytes, &size)) {
            status = bora_tokenizer_set(t, id, bytes, size, e);
            if (size == 1) t->byte[(unsigned char)bytes[0]] = id;
        } else status = bora_tokenizer_set(t, id, form, strlen(form), e); /* a special token, such as OPT's <pad>: never merged to */
        free(bytes);
        if (status) return status;
    }
    if (t->end_of_text < 0) return bora_fail(e, BORA_BAD_INPUT, "%s: no token " END_OF_TEXT, path);
    for (int byte = 0; byte < 256; byte++)
        if (t->byte[byte] < 0) return bora_fail(e, BORA_BAD_INPUT, "%s: no token for the byte 0x%02x", path, byte);
    return BORA_OK;
}

/* One line "left right" of merges.txt, cut in place. */
static int read_merge(bora_tokenizer *t, const bora_map *ids, char *line, bora_token merge[3]) {
    char *space = strchr(line, ' ');
    if (!space || space == line || !space[1] || strchr(space + 1, ' ')) return -1;
    char *joined = bora_format("%.*s%s", (int)(space - line), line, space + 1);
    const bora_entry *left = bora_map_get(ids, line, (size_t)(space - line)), *right = bora_map_get(ids, space + 1, strlen(space + 1)),
                     *result = bora_map_get(ids, joined, strlen(joined));
    free(joined);
    if (!left || !right || !result || t->merges == t->vocabulary) return -1;
    merge[0] = (bora_token)left->value, merge[1] = (bora_token)right->value, merge[2] = (bora_token)result->value;
    return 0;
}

static int read_merges(bora_tokenizer *t, json_t *vocabulary, const char *path, bora_error *e) {
    bora_map ids = {0};
    const char *form;
    json_t *value;
    json_object_foreach(vocabulary, form, value) {
        bora_entry *x = bora_map_put(&ids, form, strlen(form));
        if (x) x->value = json_integer_value(value);
    }
    char *text = NULL;
    size_t size;
    int status = bora_read_file(path, &text, &size, e), number = 1;
    for (char *line = status ? NULL : text, *end; !status && line && *line; line = end ? end + 1 : NULL, number++) {
        if ((end = strchr(line, '\n'))) *end = 0;
        if (number == 1 && !strncmp(line, "#version", 8)) continue;
        if (!*line) continue;
        if (read_merge(t, &ids, line, t->merge[t->merges]))
            status = bora_fail(e, BORA_BAD_INPUT, "%s:%d: '%.40s' is no merge of two tokens of the vocabulary, expected: left right", path,
                               number, line);
        else t->merges++;
    }
    free(text);
    bora_map_free(&ids);
    return status;
}

int bora_tokenizer_load(bora_tokenizer **out, const char *vocab_json, const char *merges_txt, bora_error *e) {
    json_error_t problem;
    bora_tokenizer *t = NULL;
    json_t *vocabulary = json_load_file(vocab_json, JSON_REJECT_DUPLICATES, &problem);
    if (!json_is_object(vocabulary)) {
        json_decref(vocabulary);
        return bora_fail(e, BORA_BAD_INPUT, "%s:%d:%d: %s", vocab_json, problem.line, problem.column,
                         vocabulary ? "expected an object of tokens" : problem.text);
    }
    int status = read_vocabulary(&t, vocabulary, vocab_json, e);
    if (!status) status = read_merges(t, vocabulary, merges_txt, e);
    if (!status) status = bora_tokenizer_index(t, e);
    json_decref(vocabulary);
    if (status) bora_tokenizer_free(t);
    else *out = t;
    return status;
}
