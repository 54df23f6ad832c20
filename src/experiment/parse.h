/* parse.h: what the files that read experiments share (yaml.c, parse.c, tier.c, check.c); not for others. */
#ifndef BORA_EXPERIMENT_PARSE_H
#define BORA_EXPERIMENT_PARSE_H

#include "experiment/experiment.h"

#include <yaml.h>

/* ---- problems.c: collect, sort, report in one go ------------------------------------------------------------------------ */

typedef struct {
    int file;         /* index into bora_problems.files, or -1 */
    int line, column; /* from 1; line 0: the whole file        */
} bora_place;

typedef struct {
    bora_place place;
    char *text;
} bora_problem;

enum { BORA_MAX_FILES = 32, BORA_MAX_PROBLEMS = 200, BORA_SHOWN_PROBLEMS = 20 };

typedef struct {
    char *files[BORA_MAX_FILES];
    bora_problem list[BORA_MAX_PROBLEMS];
    size_t n, more;
    int n_files;
} bora_problems;

/* A problem told twice is kept once. */
void bora_problem_add(bora_problems *p, bora_place place, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* BORA_OK if there are none, else all of them, sorted by place, in e. */
int bora_problems_report(bora_problems *p, bora_error *e);
void bora_problems_free(bora_problems *p);
/* `text` fit to be quoted in a message: cut at 60 bytes, without control characters. */
const char *bora_quotable(const char *text, char room[64]);

/* ---- yaml.c: one document, with places ---------------------------------------------------------------------------------- */

typedef struct {
    yaml_document_t document;
    yaml_node_t *root; /* a map */
    bora_problems *problems;
    int file;
} bora_yaml;

/* Read `path`; `from` is what named it (file -1: the caller). False: the problem is told and there is nothing to close. */
bool bora_yaml_open(bora_yaml *y, bora_problems *problems, const char *path, bora_place from);
void bora_yaml_close(bora_yaml *y);
yaml_node_t *bora_yaml_node(bora_yaml *y, int index);
bora_place bora_yaml_place(const bora_yaml *y, const yaml_node_t *node);
/* A scalar's text, or NULL and a problem that says what `name` should have been. */
const char *bora_yaml_text(bora_yaml *y, const yaml_node_t *node, const char *name, const char *expected);
/* The i-th pair of a map: false when there is none left. Repeated keys and keys that are no words are told and skipped. */
bool bora_yaml_pair(bora_yaml *y, const yaml_node_t *map, size_t *i, const yaml_node_t **key, const char **word,
                    yaml_node_t **value);
/* Elements of a list, or 0 and a problem if it is none, is empty or longer than `most`. */
size_t bora_yaml_list(bora_yaml *y, const yaml_node_t *list, const char *name, const char *of, size_t most);
yaml_node_t *bora_yaml_element(bora_yaml *y, const yaml_node_t *list, size_t i);
bool bora_yaml_is_map(bora_yaml *y, const yaml_node_t *node, const char *name);
/* `path` as seen from the file: beside it, unless absolute. The caller frees it. */
char *bora_yaml_beside(const bora_yaml *y, const char *path);

/* ---- parse.c: settings, sweeps and experiments -------------------------------------------------------------------------- */

typedef struct {
    bora_place place; /* where the value in force is written; file -1: nowhere, the default holds */
    int layer;        /* which file, or which block of a tier, says so                            */
    bool bad;         /* it could not be read                                                     */
} bora_said;

typedef struct {
    bora_experiment *x;
    bora_problems *problems;
    bora_said said[BORA_SETTING_COUNT];
    bora_place *sweep_places[BORA_SWEEP_KEYS]; /* of each value of x->sweep */
    int sweep_layers[BORA_SWEEP_KEYS];
    bora_said variant_said[BORA_VARIANTS][BORA_SETTING_COUNT]; /* by x->variants */
    int layer, last_file;                                      /* the latter: above it are the tier's */
    int main_file;
    bool named;      /* the file itself says `experiment:`      */
    bool incomplete; /* a file could not be read: check no more */
} bora_loader;

void bora_loader_init(bora_loader *l, bora_experiment *x, bora_problems *problems);
void bora_loader_free(bora_loader *l);
void bora_apply_settings(bora_loader *l, bora_yaml *y, const yaml_node_t *map);
void bora_apply_sweep(bora_loader *l, bora_yaml *y, const yaml_node_t *map);
void bora_apply_variants(bora_loader *l, bora_yaml *y, const yaml_node_t *map);
/* Which of the sweep's keys is this setting; -1: none. */
int bora_find_sweep(const bora_experiment *x, int setting);
/* Which of the two would hold is not for the reader to guess, whichever file says so. */
void bora_set_and_swept(bora_problems *problems, bora_place place, int setting);
/* "unknown `what` 'word'", with the nearest of `words` */
void bora_unknown(bora_yaml *y, const yaml_node_t *key, const char *word, const char *what, const char *const *words, size_t n);

/* ---- tier.c ------------------------------------------------------------------------------------------------------------- */

/* Apply the tier's overlay to the loader's experiment; fill *names (fresh) and *n if `names` is not NULL. */
void bora_apply_tier(bora_loader *l, const char *path, char ***names, int *n);

/* ---- check.c: what must hold between settings, at every point of the sweep ---------------------------------------------- */

void bora_check(bora_loader *l);

#endif
