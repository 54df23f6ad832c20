/* test.h: what the test programs share: places of files, and the oracle of tests/vectors as a model with adapters. */
#ifndef BORA_TEST_H
#define BORA_TEST_H

#include "stat/summary.h"
#include "train/train.h"

#include <criterion/criterion.h>

/* A file of the source tree (BORA_SRCDIR, or "." ), into a static buffer that the next call overwrites. */
const char *source_path(const char *relative);
/* A new empty folder; the caller frees the name. */
char *scratch_directory(void);
/* Run a shell command, which must succeed, and free it. */
void shell(char *command);
/* Delete a folder with all in it, and free its name. */
void remove_directory(char *folder);
/* A scratch copy of tests/vectors/results: two tasks; tau 0, 10, 100, inf; seeds 1 and 2. */
char *scratch_results(void);

/* The kernels to test: the variants of this machine, then, where it can, other machines' on an emulation (SIMDe) with names of
 * their own; NULL behind the last. */
const bora_kernels *kernels_under_test(int i);

/* The number in `column` of the first row of a CSV file that begins with `row`: fields without quotes, a comma behind each.
 * There must be one. */
double number_in(const char *folder, const char *file, const char *row, const char *column);

/* What is written of results, of those in a folder; the caller frees it. NULL: skipped, *e says why. */
char *csv_of(bora_csv_writer *write, const bora_summary *s, bora_error *e);
char *csv_from(bora_csv_writer *write, const char *folder, bora_error *e);

#define cr_assert_ok(call) cr_assert_eq((call), BORA_OK, "%s", error.message)

/* The oracle (PyTorch, float64; tests/vectors/make_oracle.py). */
typedef struct {
    bora_tensors file;
    bora_model model;
    bora_lora lora;
    bora_dataset data;     /* its documents as training samples */
    int32_t tokens[7][32]; /* first token included, at [0] */
    double tau;
} oracle;
void oracle_load(oracle *o);
void oracle_free(oracle *o);
/* gradient [parameters.count] <- that of all weights, summed over the documents, by the model's own functions; returns their
 * NLL. Documents begin with `first`, or, where that is negative, as the oracle's do. */
double oracle_weight_gradient(const oracle *o, const bora_kernels *k, int32_t first, float *gradient);
/* Copy `prefix`.<l>.<m>.A/.B into theta [P]. */
void oracle_adapter(const oracle *o, const char *prefix, float *theta);
const double *oracle_numbers(const oracle *o, const char *name);

/* max |mine - theirs| / max |theirs| over an adapter: signed, so that a reversed gradient has an error of 2. */
double adapter_error(const oracle *o, const char *prefix, const float *mine);
double relative_error(const float *mine, const double *theirs, size_t n);

#endif
