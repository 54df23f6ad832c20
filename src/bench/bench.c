/* bench.c: one kind of step, measured in a process of its own, by the functions that training itself calls. */
#include "bench/bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { WARM_UP = 2, BATCHES = 4, MOST_STEPS = 4096 }; /* steps not measured; batches drawn, in turn; steps measured */

static const struct {
    const char *name;
    bora_shape shape;
} sizes[] = {{"S", {.V = 2048, .C = 128, .L = 4, .H = 4, .T = 128}},
             {"M", {.V = 4096, .C = 256, .L = 6, .H = 8, .T = 128}},
             {"G", {.V = 50257, .C = 768, .L = 12, .H = 12, .T = 128}}};
enum { SIZES = sizeof sizes / sizeof *sizes };

typedef struct {
    const bora_bench_settings *x;
    const bora_kernels *kernels;
    bora_model model;
    bora_lora lora;
    bora_engine engine;
    bora_run run;
    bora_pretraining recipe;
    bora_pretrainer pretrainer;
    bora_dataset data;
    int32_t *tokens;
    const bora_sample **order;
    double *nll; /* [batch] */
} bench;

/* ---- the steps, on the documents from `from` on ------------------------------------------------------------------------- */

static void adapter_step(bench *b, size_t from) { bora_run_step(&b->run, b->order + from, (size_t)b->x->batch, b->nll); }

static void evaluation(bench *b, size_t from) {
    bora_evaluate(&b->engine, b->run.adapters.theta, true, b->data.first, b->data.samples[BORA_TRAIN] + from,
                  (size_t)b->x->batch, b->nll);
}

static void full_step(bench *b, size_t from) {
    double tokens;
    b->nll[0] = bora_pretrainer_step(&b->pretrainer, b->order + from, (size_t)b->x->batch, 1e-4, &tokens);
}

static double full_step_flop(const bora_shape *s, const bora_lora *lora) {
    (void)lora;
    return bora_flop_full_step(s);
}

static const struct {
    const char *name;
    double tau;
    double (*flop)(const bora_shape *s, const bora_lora *lora);
    void (*step)(bench *b, size_t from);
} steps[] = {{"lora", INFINITY, bora_flop_adapter_step, adapter_step},
             {"bora", 1000, bora_flop_adapter_step, adapter_step},
             {"evaluate", INFINITY, bora_flop_evaluation, evaluation},
             {"pretrain", 0, full_step_flop, full_step}};
enum { STEPS = sizeof steps / sizeof *steps };

/* ---- what they need ----------------------------------------------------------------------------------------------------- */

/* Documents of T random tokens, of random tasks. */
static int draw(bench *b, const bora_shape *s, bora_error *e) {
    size_t n = BATCHES * (size_t)b->x->batch, T = (size_t)s->T;
    b->data = (bora_dataset){.D = b->x->tasks, .n = {n}};
    int status = bora_calloc(&b->data.samples[BORA_TRAIN], n, sizeof *b->data.samples[BORA_TRAIN], "documents", e);
    if (!status) status = bora_calloc(&b->order, n, sizeof *b->order, "order of documents", e);
    if (!status) status = bora_calloc(&b->tokens, n * T, sizeof *b->tokens, "tokens", e);
    if (!status) status = bora_calloc(&b->nll, (size_t)b->x->batch, sizeof *b->nll, "losses", e);
    if (status) return status;
    for (size_t i = 0; i < n * T; i++) b->tokens[i] = (int32_t)bora_below((uint64_t)s->V, 1, BORA_FOR_TESTS, i);
    for (size_t i = 0; i < n; i++) {
        int task = (int)bora_below((uint64_t)b->x->tasks, 2, BORA_FOR_TESTS, i);
        b->data.samples[BORA_TRAIN][i] =
            (bora_sample){.task = task, .document = (int)i, .n = s->T, .tokens = b->tokens + i * T};
        b->order[i] = &b->data.samples[BORA_TRAIN][i];
    }
    return BORA_OK;
}

static int prepare_adapters(bench *b, bora_shape shape, double tau, bora_error *e) {
    const bool q_and_v[BORA_MATRICES] = {[BORA_Q] = true, [BORA_V] = true};
    bora_recipe recipe = {.batch = b->x->batch,
                          .seed = 1,
                          .tau = tau,
                          .learning_rate = 1e-4,
                          .beta1 = 0.9,
                          .beta2 = 0.999,
                          .epsilon = 1e-8,
                          .rule = bora_step_rule_for("pooled", tau)};
    bora_parameters_random(&b->model.parameters, 1, b->model.weights);
    int status = bora_lora_init(&b->lora, shape, b->x->rank, b->x->rank, q_and_v, e);
    if (!status) status = bora_engine_init(&b->engine, b->kernels, &b->model, &b->lora, b->x->threads, e);
    if (!status) status = bora_run_init(&b->run, &recipe, &b->data, &b->engine, e);
    return status;
}

static int prepare(bench *b, bora_shape shape, int step, bora_error *e) {
    int status = bora_kernels_choose(&b->kernels, e);
    if (!status) status = draw(b, &shape, e);
    if (!status) status = bora_model_init(&b->model, shape, e);
    if (status) return status;
    if (steps[step].step != full_step) return prepare_adapters(b, shape, steps[step].tau, e);
    b->recipe = (bora_pretraining){.clip = 1, .weight_decay = 0.1, .batch = b->x->batch, .seed = 1};
    return bora_pretrainer_init(&b->pretrainer, &b->model, b->kernels, &b->recipe, b->data.first, b->x->threads, e);
}

static void release(bench *b) {
    bora_pretrainer_free(&b->pretrainer);
    bora_run_free(&b->run);
    bora_engine_free(&b->engine);
    bora_lora_free(&b->lora);
    bora_model_free(&b->model);
    free(b->data.samples[BORA_TRAIN]);
    free(b->order);
    free(b->tokens);
    free(b->nll);
}

/* Seconds of a step, the median over those of the time given. */
static double measure(bench *b, int step) {
    double spent[MOST_STEPS], started = 0;
    int n = 0;
    for (int i = 0; n == 0 || (n < MOST_STEPS && bora_seconds() - started < b->x->seconds); i++) {
        double at = bora_seconds();
        if (i == WARM_UP) started = at;
        steps[step].step(b, (size_t)(i % BATCHES) * (size_t)b->x->batch);
        if (i >= WARM_UP) spent[n++] = bora_seconds() - at;
    }
    return bora_median(spent, n);
}

static int index_of(const char *what, const char *name, const char *const *names, int n, int *at, bora_error *e) {
    for (*at = 0; *at < n; ++*at)
        if (!strcmp(name, names[*at])) return BORA_OK;
    return bora_fail(e, BORA_USAGE, "bora bench: no %s '%s' (see bora bench --help)", what, name);
}

int bora_bench(const bora_bench_settings *x, FILE *out, bora_error *e) {
    const char *size_names[SIZES], *step_names[STEPS];
    int size, step, status;
    for (int i = 0; i < SIZES; i++) size_names[i] = sizes[i].name;
    for (int i = 0; i < STEPS; i++) step_names[i] = steps[i].name;
    if ((status = index_of("size", x->size, size_names, SIZES, &size, e))) return status;
    if ((status = index_of("step", x->step, step_names, STEPS, &step, e))) return status;
    const bora_shape *shape = &sizes[size].shape;
    bench b = {.x = x};
    if (!(status = prepare(&b, *shape, step, e))) {
        double before = bora_peak(b.kernels, x->threads), seconds = measure(&b, step), after = bora_peak(b.kernels, x->threads);
        double rate = x->batch * shape->T / seconds, gflops = rate * steps[step].flop(shape, &b.lora) * 1e-9,
               peak = (before + after) / 2;
        struct rusage usage = {0};
        getrusage(RUSAGE_SELF, &usage);
        fprintf(out, "bora,%s,%s,%d,%d,%s,%.1f,%.2f,%.2f,%.3f,%.3f,%.1f\n", x->size, x->step, x->batch, x->threads,
                b.kernels->name, rate, gflops, peak, fabs(after - before) / peak, gflops / peak,
                (double)usage.ru_maxrss / 1024);
    }
    release(&b);
    return status;
}

int bora_bench_peak(int threads, FILE *out, bora_error *e) {
    const bora_kernels *k;
    int status = bora_kernels_choose(&k, e);
    if (!status) fprintf(out, "peak,%d,%s,%.2f,%.2f\n", threads, k->name, bora_peak(k, threads), bora_bandwidth(threads));
    return status;
}
