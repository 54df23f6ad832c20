/* test.c: what the test programs share. */
#include "test.h"
#include "stat/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *source_path(const char *relative) {
    static char path[4096];
    const char *top = getenv("BORA_SRCDIR");
    snprintf(path, sizeof path, "%s/%s", top ? top : ".", relative);
    return path;
}

char *scratch_directory(void) {
    const char *top = getenv("TMPDIR");
    char *name = bora_format("%s/bora-test-XXXXXX", top ? top : "/tmp");
    cr_assert_not_null(mkdtemp(name));
    return name;
}

void shell(char *command) {
    cr_assert_eq(system(command), 0, "%s", command);
    free(command);
}

void remove_directory(char *folder) {
    shell(bora_format("rm -r '%s'", folder));
    free(folder);
}

char *scratch_results(void) {
    char *folder = scratch_directory();
    shell(bora_format("cp -R '%s'/. '%s' && chmod -R u+w '%s'", source_path("tests/vectors/results"), folder, folder));
    return folder;
}

double number_in(const char *folder, const char *file, const char *row, const char *column) {
    bora_error error;
    bora_table t;
    size_t c;
    double value = NAN;
    char *path = bora_format("%s/%s", folder, file);
    cr_assert_ok(bora_table_read(&t, path, &error));
    cr_assert_ok(bora_table_column(&t, column, &c, &error));
    for (size_t r = t.rows - 1; r > 0; r--) {
        char line[1024] = "";
        for (size_t k = 0; k < t.columns; k++)
            snprintf(line + strlen(line), sizeof line - strlen(line), "%s,", bora_table_cell(&t, r, k));
        if (!strncmp(line, row, strlen(row))) cr_assert_ok(bora_table_number(&t, r, c, -1e12, INFINITY, &value, &error));
    }
    cr_assert_not(isnan(value), "no row '%s' in %s", row, path);
    bora_table_free(&t);
    free(path);
    return value;
}

#ifdef BORA_HAVE_SIMDE
extern const bora_kernels bora_kernels_avx512_simde, bora_kernels_neon_simde;
static const bora_kernels *const emulated[] = {&bora_kernels_avx512_simde, &bora_kernels_neon_simde, NULL};
#endif

const bora_kernels *kernels_under_test(int i) {
    const bora_kernels *k;
    int n = 0;
    while ((k = bora_kernels_variant(n)) && n < i) n++;
#ifdef BORA_HAVE_SIMDE
    if (!k && bora_kernels_named("avx2")) return emulated[i - n]; /* they are emulated by AVX2 */
#endif
    return k;
}

const double *oracle_numbers(const oracle *o, const char *name) {
    const bora_tensor *t = bora_tensors_find(&o->file, name);
    cr_assert(t && t->is_double, "the oracle has no '%s'", name);
    return t->data;
}

void oracle_load(oracle *o) {
    bora_error error;
    *o = (oracle){.tau = 2.5};
    cr_assert_ok(bora_tensors_read(&o->file, source_path("tests/vectors/decoder.safetensors"), &error));
    cr_assert_ok(bora_model_init(&o->model, (bora_shape){.V = 97, .C = 32, .L = 2, .H = 4, .T = 24}, &error));
    const bora_parameters *p = &o->model.parameters;
    for (int i = 0; i < p->n; i++) {
        const double *from = oracle_numbers(o, p->table[i].name);
        for (int r = 0; r < p->table[i].rows; r++)
            for (int c = 0; c < p->table[i].columns; c++)
                o->model.weights[bora_parameter_at(&p->table[i], r, c)] = (float)*from++;
    }
    bool all[BORA_MATRICES] = {true, true, true, true, true, true};
    cr_assert_ok(bora_lora_init(&o->lora, p->shape, 4, 8, all, &error));
    const double *task = oracle_numbers(o, "task");
    o->data = (bora_dataset){.D = 3, .n = {7, 0, 0}};
    o->data.samples[0] = calloc(7, sizeof *o->data.samples[0]);
    for (int n = 0; n < 7; n++) {
        char name[16];
        snprintf(name, sizeof name, "doc.%d", n);
        const bora_tensor *t = bora_tensors_find(&o->file, name);
        for (size_t i = 0; i < t->rows; i++) o->tokens[n][i] = (int32_t)((double *)t->data)[i];
        o->data.samples[0][n] =
            (bora_sample){.task = (int)task[n], .document = n, .n = (int)t->rows - 1, .tokens = o->tokens[n] + 1};
    }
}

void oracle_free(oracle *o) {
    bora_tensors_free(&o->file);
    bora_model_free(&o->model);
    bora_lora_free(&o->lora);
    free(o->data.samples[0]);
}

double oracle_weight_gradient(const oracle *o, const bora_kernels *k, int32_t first, float *gradient) {
    enum { N = 7 };
    const bora_parameters *p = &o->model.parameters;
    const bora_shape *s = &p->shape;
    bora_error error;
    bora_arena arena[N];
    bora_activations a[N];
    int lengths[N];
    double nll = 0;
    memset(gradient, 0, p->count * sizeof *gradient);
    for (int n = 0; n < N; n++) {
        const bora_sample *x = &o->data.samples[0][n];
        cr_assert_ok(bora_arena_init(&arena[n], bora_activations_bytes(s, 0, NULL), "test", &error));
        bora_activations_init(&a[n], &arena[n], s, 0, NULL);
        lengths[n] = x->n;
        nll += bora_model_forward(k, &o->model, NULL, first < 0 ? o->tokens[n][0] : first, x->tokens, x->n, &a[n], true);
        bora_model_backward(k, &o->model, x->n, &a[n]);
    }
    for (int job = 0; job < bora_weight_jobs(&o->model); job++)
        bora_weight_gradient(k, &o->model, job, N, a, lengths, gradient);
    for (int n = 0; n < N; n++)
        bora_embedding_backward(lengths[n], s->C, s->V, s->T, first < 0 ? o->tokens[n][0] : first, o->tokens[n] + 1, a[n].dx,
                                gradient + p->wte, gradient + p->wpe);
    for (int n = 0; n < N; n++) bora_arena_free(&arena[n]);
    return nll;
}

char *csv_of(bora_csv_writer *write, const bora_summary *s, bora_error *e) {
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    int status = write(s, out, e);
    fclose(out);
    if (!status) return text;
    cr_assert_eq(status, BORA_SKIPPED, "%s", e->message);
    free(text);
    return NULL;
}

char *csv_from(bora_csv_writer *write, const char *folder, bora_error *e) {
    bora_summary s;
    cr_assert_eq(bora_summary_read(&s, folder, e), BORA_OK, "%s", e->message);
    char *text = csv_of(write, &s, e);
    bora_summary_free(&s);
    return text;
}

static bora_tensor *adapter_tensors(const oracle *o, const char *prefix, float *theta, size_t *n) {
    bora_tensor *t = calloc((size_t)(2 * o->lora.shape.L * BORA_MATRICES), sizeof *t);
    *n = 0;
    bora_lora_tensors(&o->lora, prefix, theta, t, n);
    return t;
}

void oracle_adapter(const oracle *o, const char *prefix, float *theta) {
    size_t n;
    bora_tensor *t = adapter_tensors(o, prefix, theta, &n);
    for (size_t i = 0; i < n; i++) {
        const double *from = oracle_numbers(o, t[i].name);
        for (size_t j = 0; j < t[i].rows * t[i].columns; j++) ((float *)t[i].data)[j] = (float)from[j];
        free(t[i].name);
    }
    free(t);
}

double relative_error(const float *mine, const double *theirs, size_t n) {
    double worst = 0, largest = 0;
    for (size_t j = 0; j < n; j++) {
        worst = fmax(worst, fabs((double)mine[j] - theirs[j]));
        largest = fmax(largest, fabs(theirs[j]));
    }
    return worst / largest;
}

double adapter_error(const oracle *o, const char *prefix, const float *mine) {
    size_t n;
    double worst = 0;
    bora_tensor *t = adapter_tensors(o, prefix, (float *)(uintptr_t)mine, &n);
    for (size_t i = 0; i < n; i++) {
        worst = fmax(worst, relative_error(t[i].data, oracle_numbers(o, t[i].name), t[i].rows * t[i].columns));
        free(t[i].name);
    }
    free(t);
    return worst;
}
