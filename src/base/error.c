/* error.c: filling a bora_error, and allocation that reports instead of returning NULL. It never prints and never exits. */
#include "base/base.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int bora_fail(bora_error *e, int status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    e->status = status;
    vsnprintf(e->message, sizeof e->message, format, arguments);
    va_end(arguments);
    return status;
}

int bora_fail_errno(bora_error *e, const char *format, ...) {
    int cause = errno;
    va_list arguments;
    va_start(arguments, format);
    e->status = cause == ENOENT || cause == EISDIR || cause == EACCES ? BORA_BAD_INPUT : BORA_FAILED;
    vsnprintf(e->message, sizeof e->message, format, arguments);
    va_end(arguments);
    size_t used = strlen(e->message);
    snprintf(e->message + used, sizeof e->message - used, ": %s", strerror(cause));
    return e->status;
}

static int out_of_memory(size_t count, size_t size, const char *what, bora_error *e) {
    return bora_fail(e, BORA_FAILED, "out of memory: %s needs %zu x %zu bytes", what, count, size);
}

int bora_calloc(void *out, size_t count, size_t size, const char *what, bora_error *e) {
    void *p = calloc(count ? count : 1, size);
    memcpy(out, &p, sizeof p);
    return p ? BORA_OK : out_of_memory(count, size, what, e);
}

int bora_realloc(void *inout, size_t count, size_t size, const char *what, bora_error *e) {
    void *p;
    memcpy(&p, inout, sizeof p);
    if (size && count > SIZE_MAX / size) return out_of_memory(count, size, what, e);
    size_t bytes = count * size;
    p = realloc(p, bytes ? bytes : 1);
    if (!p) return out_of_memory(count, size, what, e);
    memcpy(inout, &p, sizeof p);
    return BORA_OK;
}
