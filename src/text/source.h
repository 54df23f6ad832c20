/* source.h: what the source_*.c files share. */
#ifndef BORA_SOURCE_H
#define BORA_SOURCE_H

#include "text/text.h"

int bora_source_add(bora_source *s, size_t *capacity, const char *task, const char *group, const char *text, size_t size,
                    bora_error *e);
/* The wanted names in a folder, by bytes ascending; none is an error. The caller frees them with bora_names_free. */
int bora_list_files(const char *directory, bool (*wanted)(const char *name), char ***names, size_t *n, bora_error *e);
void bora_names_free(char **names, size_t n);

#endif
