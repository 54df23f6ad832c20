/* map.c: a hash map from byte strings to numbers (open addressing, FNV-1a), its entries in order of arrival. */
#include "text/internal.h"

#include <stdlib.h>
#include <string.h>

static uint64_t hash(const unsigned char *key, size_t size) {
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < size; i++) h = (h ^ key[i]) * 0x100000001b3u;
    return h ^ h >> 32;
}

/* The slot of a key: its own, or the empty one where it belongs. */
static size_t slot_of(const bora_map *m, const void *key, size_t size) {
    size_t i = hash(key, size) & (m->slot_count - 1);
    for (; m->slots[i]; i = (i + 1) & (m->slot_count - 1)) {
        const bora_entry *x = &m->entries[m->slots[i] - 1];
        if (x->size == size && !memcmp(x->key, key, size)) break;
    }
    return i;
}

static bool grow(bora_map *m) {
    size_t capacity = m->capacity ? 2 * m->capacity : 64;
    bora_entry *entries = realloc(m->entries, capacity * sizeof *entries);
    if (entries) m->entries = entries;
    uint32_t *slots = entries ? calloc(2 * capacity, sizeof *slots) : NULL;
    if (!slots) return false;
    free(m->slots);
    m->slots = slots;
    m->slot_count = 2 * capacity;
    m->capacity = capacity;
    for (size_t i = 0; i < m->n; i++) m->slots[slot_of(m, m->entries[i].key, m->entries[i].size)] = (uint32_t)i + 1;
    return true;
}

bora_entry *bora_map_put(bora_map *m, const void *key, size_t size) {
    if (m->n == m->capacity && !grow(m)) return NULL;
    size_t i = slot_of(m, key, size);
    if (!m->slots[i]) {
        char *copy = malloc(size + 1);
        if (!copy) return NULL;
        memcpy(copy, key, size);
        copy[size] = 0;
        m->entries[m->n] = (bora_entry){copy, size, 0};
        m->slots[i] = (uint32_t)++m->n;
    }
    return &m->entries[m->slots[i] - 1];
}

bora_entry *bora_map_get(const bora_map *m, const void *key, size_t size) {
    if (!m->n) return NULL;
    size_t i = slot_of(m, key, size);
    return m->slots[i] ? &m->entries[m->slots[i] - 1] : NULL;
}

void bora_map_free(bora_map *m) {
    for (size_t i = 0; i < m->n; i++) free((char *)(uintptr_t)m->entries[i].key);
    free(m->entries);
    free(m->slots);
    *m = (bora_map){0};
}
