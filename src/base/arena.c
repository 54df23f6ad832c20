/* arena.c: one block of memory, handed out from front to back. Nothing is returned piece by piece. */
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

int bora_arena_init(bora_arena *a, size_t size, const char *what, bora_error *e) {
    size_t rounded = (size + BORA_ALIGN - 1) / BORA_ALIGN * BORA_ALIGN;
    void *base = aligned_alloc(BORA_ALIGN, rounded ? rounded : BORA_ALIGN);
    if (!base) return bora_fail(e, BORA_FAILED, "out of memory: %s needs %zu bytes", what, size);
    memset(base, 0, rounded);
    *a = (bora_arena){.base = base, .size = rounded};
    return BORA_OK;
}

void *bora_arena_take(bora_arena *a, size_t count, size_t size) {
    size_t bytes = (count * size + BORA_ALIGN - 1) / BORA_ALIGN * BORA_ALIGN;
    void *piece = a->base ? a->base + a->used : NULL;
    a->used += bytes;
    if (a->base && a->used > a->size) abort(); /* a layout that differs from its own measurement is a fault of the program */
    return piece;
}

void bora_arena_free(bora_arena *a) {
    free(a->base);
    *a = (bora_arena){0};
}
