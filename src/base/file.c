/* file.c: whole files read, whole files written (one rename makes them appear), folders, checksums. */
#include "base/base.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <sha256.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int bora_read_file(const char *path, char **data, size_t *size, bora_error *e) {
    FILE *f = fopen(path, "rb");
    if (!f) return bora_fail_errno(e, "cannot open '%s'", path);
    struct stat status = {0};
    int result = BORA_OK;
    char *text = NULL;
    size_t n = 0, capacity = 0;
    if (fstat(fileno(f), &status) == 0 && S_ISDIR(status.st_mode)) {
        result = bora_fail(e, BORA_BAD_INPUT, "'%s' is a folder, expected a file", path);
    } else {
        capacity = status.st_size > 0 ? (size_t)status.st_size : 4096;
        result = bora_realloc(&text, capacity + 1, 1, path, e);
    }
    while (!result) { /* read to the end, whatever stat said: pipes and growing files too */
        n += fread(text + n, 1, capacity - n, f);
        if (ferror(f)) result = bora_fail_errno(e, "cannot read '%s'", path);
        int c = result ? EOF : getc(f);
        if (!result && ferror(f)) result = bora_fail_errno(e, "cannot read '%s'", path);
        if (c == EOF) break;
        ungetc(c, f);
        if (n == capacity) result = bora_realloc(&text, (capacity *= 2) + 1, 1, path, e);
    }
    fclose(f);
    if (result) {
        free(text);
        return result;
    }
    text[n] = 0;
    *data = text;
    *size = n;
    return BORA_OK;
}

FILE *bora_create(bora_writer *w, const char *path, bora_error *e) {
    *w = (bora_writer){.path = bora_format("%s", path)};
    int i = 0; /* a process on another machine may have the same id */
    do {
        free(w->temporary);
        w->temporary = bora_format("%s.part-%ld-%d", path, (long)getpid(), i);
        w->stream = fopen(w->temporary, "wbx");
    } while (!w->stream && errno == EEXIST && ++i < 1000);
    if (!w->stream) {
        bora_fail_errno(e, "cannot create '%s'", w->temporary);
        free(w->temporary); /* not ours to remove */
        w->temporary = NULL;
        bora_abandon(w);
        return NULL;
    }
    return w->stream;
}

int bora_commit(bora_writer *w, bora_error *e) {
    int result = BORA_OK;
    if (ferror(w->stream)) result = bora_fail(e, BORA_FAILED, "cannot write '%s' (is the disk full?)", w->path);
    else if (fflush(w->stream) || fsync(fileno(w->stream)))
        result = bora_fail_errno(e, "cannot write '%s' (is the disk full?)", w->path);
    if (fclose(w->stream) && !result) result = bora_fail_errno(e, "cannot write '%s' (is the disk full?)", w->path);
    w->stream = NULL;
    if (!result && rename(w->temporary, w->path) != 0)
        result = bora_fail_errno(e, "cannot rename '%s' to '%s'", w->temporary, w->path);
    if (result) {
        bora_abandon(w);
        return result;
    }
    free(w->path);
    free(w->temporary);
    *w = (bora_writer){0};
    return BORA_OK;
}

void bora_abandon(bora_writer *w) {
    if (w->stream) fclose(w->stream);
    if (w->temporary) unlink(w->temporary);
    free(w->path);
    free(w->temporary);
    *w = (bora_writer){0};
}

int bora_finish(bora_writer *w, int status, bora_error *e) {
    if (!status) return bora_commit(w, e);
    bora_abandon(w);
    return status;
}

int bora_make_directories(const char *path, bora_error *e) {
    char *copy = bora_format("%s", path);
    int result = BORA_OK;
    for (char *p = copy + (*copy != 0); !result; p++) {
        char c = *p;
        if (c != '/' && c != 0) continue;
        *p = 0;
        if (mkdir(copy, 0777) != 0 && errno != EEXIST) result = bora_fail_errno(e, "cannot make folder '%s'", copy);
        *p = c;
        if (c == 0) break;
    }
    struct stat made;
    if (!result && !stat(path, &made) && !S_ISDIR(made.st_mode)) {
        errno = ENOTDIR;
        result = bora_fail_errno(e, "cannot make folder '%s'", path);
    }
    free(copy);
    return result;
}

bool bora_exists(const char *path) { return access(path, F_OK) == 0; }

void bora_remove_files(const char *folder, const char *pattern) {
    DIR *files = opendir(folder);
    for (struct dirent *x; files && (x = readdir(files));)
        if (!fnmatch(pattern, x->d_name, 0)) unlinkat(dirfd(files), x->d_name, 0);
    if (files) closedir(files);
}

char *bora_format(const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int n = vsnprintf(NULL, 0, format, arguments);
    char *text = n < 0 ? NULL : malloc((size_t)n + 1);
    if (!text) abort();
    vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    va_end(arguments);
    return text;
}

void bora_hash_bytes(const void *data, size_t size, char hex[65]) {
    SHA256_CTX context;
    SHA256Init(&context);
    SHA256Update(&context, data, size);
    SHA256End(&context, hex);
}
