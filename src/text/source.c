/* source.c: what the sources share: a growing list of passages, and the files of a folder in order. */
#include "text/source.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

int bora_source_add(bora_source *s, size_t *capacity, const char *task, const char *group, const char *text, size_t size,
                    bora_error *e) {
    if (s->n == *capacity) {
        size_t wanted = *capacity ? 2 * *capacity : 256;
        int status = bora_realloc(&s->passages, wanted, sizeof *s->passages, "passages", e);
        if (status) return status;
        *capacity = wanted;
    }
    char *copy = NULL;
    int status = bora_calloc(&copy, size + 1, 1, "text", e);
    if (status) return status;
    memcpy(copy, text, size);
    s->passages[s->n++] = (bora_passage){bora_format("%s", task), bora_format("%s", group), copy, size};
    return BORA_OK;
}

void bora_source_free(bora_source *s) {
    for (size_t i = 0; i < s->n; i++) {
        free(s->passages[i].task);
        free(s->passages[i].group);
        free(s->passages[i].text);
    }
    free(s->passages);
    *s = (bora_source){0};
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

int bora_list_files(const char *directory, bool (*wanted)(const char *name), char ***names, size_t *n, bora_error *e) {
    DIR *d = opendir(directory);
    if (!d) {
        bora_fail_errno(e, "cannot open the folder '%s' (fetch the data with `make data`)", directory);
        return e->status;
    }
    *names = NULL;
    *n = 0;
    int status = BORA_OK;
    for (struct dirent *entry; !status && (entry = readdir(d));) {
        if (!wanted(entry->d_name)) continue;
        status = bora_realloc(names, *n + 1, sizeof **names, "file names", e);
        if (!status) (*names)[(*n)++] = bora_format("%s", entry->d_name);
    }
    closedir(d);
    if (!status && *n == 0)
        status =
            bora_fail(e, BORA_BAD_INPUT, "'%s' holds none of the files expected (fetch the data with `make data`)", directory);
    if (*n) qsort(*names, *n, sizeof **names, by_name);
    if (status) bora_names_free(*names, *n);
    return status;
}

void bora_names_free(char **names, size_t n) {
    for (size_t i = 0; i < n; i++) free(names[i]);
    free(names);
}
