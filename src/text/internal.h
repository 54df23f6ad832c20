/* internal.h: what the files of text/ share and nobody else needs. */
#ifndef BORA_TEXT_INTERNAL_H
#define BORA_TEXT_INTERNAL_H

#include "text/text.h"

/* pretokenize.c: the length of the first piece of text[0..size), size >= 1, by GPT-2's pattern. */
size_t bora_next_piece(const char *text, size_t size);

/* map.c: byte strings to numbers. Entries keep the order in which they came, so nothing depends on hashing. */
typedef struct {
    const char *key; /* inside the map */
    size_t size;
    int64_t value;
} bora_entry;
typedef struct {
    bora_entry *entries;
    size_t n, capacity;
    uint32_t *slots; /* [slot_count], entry index + 1 */
    size_t slot_count;
} bora_map;
/* The entry of a key, made with value 0 if it is new; NULL when out of memory. Valid until the next call. */
bora_entry *bora_map_put(bora_map *m, const void *key, size_t size);
bora_entry *bora_map_get(const bora_map *m, const void *key, size_t size); /* NULL: none */
void bora_map_free(bora_map *m);

struct bora_tokenizer {
    int vocabulary, merges;
    char **bytes; /* [vocabulary], the bytes of each token */
    size_t *sizes;
    bora_token byte[256]; /* the token of each single byte */
    bora_token end_of_text;
    bora_token (*merge)[3]; /* [merges]: left, right, result, by rank */
    bora_map ranks;         /* (left, right) -> rank */
    bora_map cache;         /* piece -> 1 + index of its ids in cached (a length, then ids) */
    bora_token *cached;
    size_t n_cached, cached_capacity;
};
/* bpe.c: fill t->ranks from t->merge. */
int bora_tokenizer_index(bora_tokenizer *t, bora_error *e);
/* tokenizer.c: a tokenizer with the 256 bytes in GPT-2's order and room for the vocabulary. */
int bora_tokenizer_new(bora_tokenizer **out, int vocabulary, bora_error *e);
int bora_tokenizer_set(bora_tokenizer *t, bora_token id, const char *bytes, size_t size, bora_error *e);

#endif
