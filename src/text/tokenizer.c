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
    if (vocabulary < 257)
        return bora_fail(e, BORA_BAD_INPUT, "a vocabulary of %d cannot hold 256 bytes and " END_OF_TEXT, vocabulary);
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
        if (tokens[i] < 0 || tokens[i] >= t->vocabulary)
            return bora_fail(e, BORA_BAD_INPUT, "token %d is not in the vocabulary of %d", (int)tokens[i], t->vocabulary);
        *size += t->sizes[tokens[i]];
    }
    int status = bora_calloc(text, *size + 1, 1, "text", e);
    for (size_t i = 0, at = 0; !status && i < n; at += t->sizes[tokens[i++]])
        memcpy(*text + at, t->bytes[tokens[i]], t->sizes[tokens[i]]);
    return status;
}

/* ---- writing ------------------------------------------------------------------------------------------------------------ */

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

/* The bytes of a written form, into out (at most as many as the form has); false: a character that stands for no byte. */
static bool read_form(const char *form, char *out, size_t *size) {
    int character[256], byte_of[0x144];
    byte_characters(character);
    memset(byte_of, -1, sizeof byte_of);
    for (int byte = 0; byte < 256; byte++) byte_of[character[byte]] = byte;
    const unsigned char *s = (const unsigned char *)form;
    for (*size = 0; *s; (*size)++) { /* jansson hands out valid UTF-8 only */
        int c = *s < 0x80 ? *s : *s < 0xe0 ? (*s & 0x1f) << 6 | (s[1] & 0x3f) : 0x144;
        s += *s < 0x80 ? 1 : 2;
        if (c >= 0x144 || byte_of[c] < 0) return false;
        out[*size] = (char)byte_of[c];
    }
    return true;
}

static char *form_of(const bora_tokenizer *t, bora_token id) {
    char *out = malloc(2 * t->sizes[id] + 1);
    if (!out) abort();
    write_form(t->bytes[id], t->sizes[id], out);
    return out;
}

int bora_tokenizer_save(const bora_tokenizer *t, const char *vocab_json, const char *merges_txt, bora_error *e) {
    json_t *vocabulary = json_object();
    for (bora_token id = 0; id < t->vocabulary; id++) {
        char *form = form_of(t, id);
        json_object_set_new(vocabulary, form, json_integer(id));
        free(form);
    }
    char *text = json_dumps(vocabulary, JSON_COMPACT); /* in order of ids; a full memory shows as a missing token or text */
    bool whole = text && json_object_size(vocabulary) == (size_t)t->vocabulary;
    json_decref(vocabulary);
    bora_writer w;
    FILE *f = whole ? bora_create(&w, vocab_json, e) : NULL;
    if (f) fputs(text, f);
    free(text);
    if (!whole) return bora_fail(e, BORA_FAILED, "out of memory in the tokenizer");
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

/* ---- reading ------------------------------------------------------------------------------------------------------------ */

/* The line on which member `index` of the outermost object begins, in text that is known to be JSON. */
static int line_of_member(const char *text, size_t size, size_t index) {
    int line = 1, depth = 0;
    size_t members = 0;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (c == '\n') line++;
        if (c == '{' || c == '[') depth++;
        if (c == '}' || c == ']') depth--;
        if (c == ':' && depth == 1 && members++ == index) break;
        if (c == '"')
            while (text[++i] != '"')
                if (text[i] == '\\') i++;
    }
    return line;
}

/* One token of vocab.json; NULL or what is wrong with it. */
static const char *read_token(bora_tokenizer *t, const char *form, const json_t *value, int *status, bora_error *e) {
    if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) >= t->vocabulary)
        return "has no id from 0 to the number of tokens less one";
    bora_token id = (bora_token)json_integer_value(value);
    if (t->bytes[id]) return "has the id of another token";
    if (!strcmp(form, END_OF_TEXT)) t->end_of_text = id;
    char *bytes = bora_format("%s", form);
    size_t size;
    const char *problem = NULL;
    if (!read_form(form, bytes, &size)) problem = "has a character that stands for no byte";
    else if (!size) problem = "has no bytes";
    else *status = bora_tokenizer_set(t, id, bytes, size, e);
    if (!problem && size == 1) t->byte[(unsigned char)*bytes] = id;
    free(bytes);
    return problem;
}

/* As many tokens as ids, each id once, so none is left out. */
static int read_vocabulary(bora_tokenizer **out, json_t *vocabulary, const char *path, const char *text, size_t length,
                           bora_error *e) {
    size_t n = json_object_size(vocabulary), index = 0;
    if (n > INT32_MAX) return bora_fail(e, BORA_BAD_INPUT, "%s:1: too many tokens", path);
    int status = empty(out, (int)n, e);
    if (status) return status;
    bora_tokenizer *t = *out;
    t->end_of_text = -1;
    for (int byte = 0; byte < 256; byte++) t->byte[byte] = -1;
    const char *form;
    json_t *value;
    json_object_foreach(vocabulary, form, value) {
        const char *problem = read_token(t, form, value, &status, e);
        if (problem)
            return bora_fail(e, BORA_BAD_INPUT, "%s:%d: the token '%s' %s", path, line_of_member(text, length, index), form,
                             problem);
        if (status) return status;
        index++;
    }
    int last = line_of_member(text, length, n);
    if (t->end_of_text < 0) return bora_fail(e, BORA_BAD_INPUT, "%s:%d: the token " END_OF_TEXT " is missing", path, last);
    for (int byte = 0; byte < 256; byte++)
        if (t->byte[byte] < 0)
            return bora_fail(e, BORA_BAD_INPUT, "%s:%d: no token is the byte 0x%02x", path, last, (unsigned)byte);
    return BORA_OK;
}

/* What merges.txt is read against. */
typedef struct {
    bora_map ids; /* the written form of a token -> its id */
    bool *known;  /* [vocabulary]: a single byte, or the result of a merge already read */
} merge_reader;

static int begin_merges(merge_reader *r, const bora_tokenizer *t, json_t *vocabulary, bora_error *e) {
    const char *form;
    json_t *value;
    int status = bora_calloc(&r->known, (size_t)t->vocabulary, sizeof *r->known, "tokens", e);
    for (int byte = 0; !status && byte < 256; byte++) r->known[t->byte[byte]] = true;
    json_object_foreach(vocabulary, form, value) {
        bora_entry *x = status ? NULL : bora_map_put(&r->ids, form, strlen(form));
        if (!x) return status ? status : bora_fail(e, BORA_FAILED, "out of memory in the tokenizer");
        x->value = json_integer_value(value);
    }
    return status;
}

/* One line "left right"; NULL or what is wrong with it. Parts must be known and results new: then the order of ranks is an
 * order in which tokens come to be, which bora_encode relies on. */
static const char *read_merge(bora_tokenizer *t, merge_reader *r, const char *line, size_t size) {
    const char *space = memchr(line, ' ', size);
    size_t left_size = space ? (size_t)(space - line) : 0, right_size = left_size ? size - left_size - 1 : 0;
    if (!left_size || !right_size || memchr(space + 1, ' ', right_size) || memchr(line, 0, size))
        return "expected two tokens with one space between them";
    char *joined = bora_format("%.*s%.*s", (int)left_size, line, (int)right_size, space + 1);
    const bora_entry *left = bora_map_get(&r->ids, line, left_size), *right = bora_map_get(&r->ids, space + 1, right_size);
    const bora_entry *result = bora_map_get(&r->ids, joined, strlen(joined));
    free(joined);
    if (!left) return "the first is not in the vocabulary";
    if (!right) return "the second is not in the vocabulary";
    if (!result || result->value == t->end_of_text) return "the two joined are not in the vocabulary";
    if (!r->known[left->value] || !r->known[right->value]) return "one of the two is made by no earlier merge";
    if (r->known[result->value]) return "the two joined are made by an earlier merge";
    r->known[result->value] = true;
    bora_token *merge = t->merge[t->merges++];
    merge[0] = (bora_token)left->value, merge[1] = (bora_token)right->value, merge[2] = (bora_token)result->value;
    return NULL;
}

/* A token that no merge makes must be a name, such as <|endoftext|>, <pad> or madeupword0000: names are more than one piece, so
 * no merge could make them. Any other shows that merges are missing. */
static int read_lines(bora_tokenizer *t, merge_reader *r, const char *text, size_t size, const char *path, bora_error *e) {
    int number = 1;
    for (size_t at = 0; at < size; number++) {
        const char *line = text + at, *end = memchr(line, '\n', size - at);
        size_t length = end ? (size_t)(end - line) : size - at;
        at += length + 1;
        if (number == 1 && length >= 8 && !memcmp(line, "#version", 8)) continue;
        const char *problem = read_merge(t, r, line, length);
        int shown = length < 400 ? (int)length : 400;
        if (problem) return bora_fail(e, BORA_BAD_INPUT, "%s:%d: '%.*s': %s", path, number, shown, line, problem);
    }
    for (int id = 0; id < t->vocabulary; id++)
        if (!r->known[id] && bora_next_piece(t->bytes[id], t->sizes[id]) == t->sizes[id])
            return bora_fail(e, BORA_BAD_INPUT, "%s:%d: ends before the merge that makes token %d", path, number, id);
    return BORA_OK;
}

static int read_merges(bora_tokenizer *t, json_t *vocabulary, const char *path, bora_error *e) {
    merge_reader r = {0};
    char *text = NULL;
    size_t size = 0;
    int status = bora_read_file(path, &text, &size, e);
    if (!status) status = begin_merges(&r, t, vocabulary, e);
    if (!status) status = read_lines(t, &r, text, size, path, e);
    free(text);
    free(r.known);
    bora_map_free(&r.ids);
    return status;
}

int bora_tokenizer_load(bora_tokenizer **out, const char *vocab_json, const char *merges_txt, bora_error *e) {
    json_error_t problem;
    bora_tokenizer *t = NULL;
    char *text = NULL;
    size_t size = 0;
    int status = bora_read_file(vocab_json, &text, &size, e);
    if (status) return status;
    json_t *vocabulary = json_loadb(text, size, JSON_REJECT_DUPLICATES, &problem);
    if (!vocabulary)
        status = bora_fail(e, BORA_BAD_INPUT, "%s:%d:%d: %s", vocab_json, problem.line, problem.column, problem.text);
    else if (!json_is_object(vocabulary))
        status = bora_fail(e, BORA_BAD_INPUT, "%s:1: expected an object {\"token\": id, ...}", vocab_json);
    if (!status) status = read_vocabulary(&t, vocabulary, vocab_json, text, size, e);
    if (!status) status = read_merges(t, vocabulary, merges_txt, e);
    if (!status) status = bora_tokenizer_index(t, e);
    json_decref(vocabulary);
    free(text);
    if (status) bora_tokenizer_free(t);
    else *out = t;
    return status;
}
