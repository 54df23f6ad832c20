/* arena.c: one block of memory, handed out from front to back. Nothing is returned piece by piece. */
#include "base/base.h"

#include <stdlib.h>

int bora_arena_init(bora_arena *a, size_t size, const char *what, bora_error *e) {
    size_t rounded = (size + BORA_ALIGN - 1) / BORA_ALIGN * BORA_ALIGN;
    char *block = calloc(rounded + BORA_ALIGN, 1); /* zero pages that cost nothing until they are used */
    if (!block) return bora_fail(e, BORA_FAILED, "out of memory: %s needs %zu bytes", what, size);
    *a = (bora_arena){.block = block, .base = block + (BORA_ALIGN - (uintptr_t)block % BORA_ALIGN), .size = rounded};
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
    free(a->block);
    *a = (bora_arena){0};
}
