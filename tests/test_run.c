/* test_run.c: a run's two limits bit for bit against separately coded plain Adam, its independence of threads and kernels, its
 * state. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EPOCHS = 3, BATCH = 3, DOCUMENTS = 7, FIRST = 96 };

typedef struct {
    oracle o;
    bora_dataset data;
    bora_engine engine;
    bora_recipe recipe;
} setting;

static void begin(setting *x, double tau, const char *kernels, int threads) {
    bora_error error;
    memset(x, 0, sizeof *x);
    oracle_load(&x->o);
    x->data = (bora_dataset){.D = 3, .first = FIRST, .n = {DOCUMENTS, DOCUMENTS, DOCUMENTS}};
    for (int part = 0; part < 3; part++) x->data.samples[part] = x->o.data.samples[0];
    cr_assert_ok(bora_engine_init(&x->engine, bora_kernels_named(kernels), &x->o.model, &x->o.lora, threads, &error));
    x->recipe = (bora_recipe){.epochs = EPOCHS,
                              .batch = BATCH,
                              .seed = 5,
                              .tau = tau,
                              .learning_rate = 1e-2,
                              .beta1 = 0.9,
                              .beta2 = 0.999,
                              .epsilon = 1e-8,
                              .spread = isinf(tau) ? 0 : 0.01,
                              .rule = bora_step_rule_for("pooled", tau)};
}

static void end(setting *x) {
    bora_engine_free(&x->engine);
    oracle_free(&x->o);
}

static void train(setting *x, bora_run *run) {
    bora_error error;
    cr_assert_ok(bora_run_init(run, &x->recipe, &x->data, &x->engine, &error));
    for (int i = 0; i < EPOCHS; i++) cr_assert_ok(bora_run_epoch(run, NULL, &error));
}

/* One document's gradient under theta, by the model's own functions alone. */
static void document_gradient(const setting *x, const float *theta, int n, float *gradient) {
    bora_error error;
    bora_arena arena;
    bora_activations a;
    bora_low_rank adapter[2 * BORA_MATRICES];
    bora_low_rank_gradient places[2 * BORA_MATRICES];
    const bora_sample *s = &x->data.samples[0][n];
    float *packed = malloc(bora_lora_room(&x->o.lora) * sizeof(float));
    const bora_shape *shape = &x->o.model.parameters.shape;
    cr_assert_ok(bora_arena_init(&arena, bora_activations_bytes(shape, x->o.lora.rank, false), "test", &error));
    bora_activations_init(&a, &arena, shape, x->o.lora.rank, false);
    bora_lora_pack(&x->o.lora, theta, packed, adapter);
    bora_lora_gradient(&x->o.lora, gradient, places);
    bora_model_forward(x->engine.kernels, &x->o.model, adapter, FIRST, s->tokens, s->n, &a, true);
    bora_model_backward_adapter(x->engine.kernels, &x->o.model, adapter, s->n, &a, places);
    bora_arena_free(&arena);
    free(packed);
}

/* Plain Adam of one adapter on the joint run's batches; of task `only`'s documents, or of all if it is -1. It knows no prior,
 * but it has the batch's whole document count and steps on batches without its documents. */
static void plain_adam(const setting *x, int only, float *theta) {
    size_t P = x->o.lora.P;
    float *g = calloc(P, sizeof *g), *one = calloc(P, sizeof *one), *m = calloc(P, sizeof *m), *v = calloc(P, sizeof *v);
    double power1 = 1, power2 = 1;
    for (int epoch = 1; epoch <= EPOCHS; epoch++) {
        size_t order[DOCUMENTS];
        for (size_t i = 0; i < DOCUMENTS; i++) order[i] = i;
        bora_shuffle(order, DOCUMENTS, x->recipe.seed, BORA_FOR_BATCHES, (uint64_t)epoch * DOCUMENTS);
        for (int from = 0; from < DOCUMENTS; from += BATCH) {
            int count = DOCUMENTS - from < BATCH ? DOCUMENTS - from : BATCH;
            memset(g, 0, P * sizeof *g);
            for (int i = from; i < from + count; i++) {
                if (only >= 0 && x->data.samples[0][order[i]].task != only) continue;
                document_gradient(x, theta, (int)order[i], one);
                for (size_t j = 0; j < P; j++) g[j] += one[j];
            }
            power1 *= 0.9, power2 *= 0.999;
            for (size_t j = 0; j < P; j++) {
                float gradient = g[j] / (float)count;
                m[j] = 0.9f * m[j] + (1 - 0.9f) * gradient;
                v[j] = 0.999f * v[j] + (1 - 0.999f) * (gradient * gradient);
                theta[j] -= 1e-2f * (m[j] / (float)(1 - power1)) / (sqrtf(v[j] / (float)(1 - power2)) + 1e-8f);
            }
        }
    }
    free(g);
    free(one);
    free(m);
    free(v);
}

Test(run, tau_0_is_separate_training_bit_for_bit) {
    setting x;
    bora_run run;
    bora_adapters start;
    bora_error error;
    begin(&x, 0, "ref", 2);
    cr_assert_ok(bora_adapters_init(&start, &x.o.lora, 3, false, x.recipe.seed, x.recipe.spread, &error));
    train(&x, &run);
    for (int d = 0; d < 3; d++) {
        plain_adam(&x, d, bora_theta(&start, d));
        cr_assert_arr_eq(bora_theta(&start, d), bora_theta(&run.adapters, d), x.o.lora.P * sizeof(float), "task %d", d);
    }
    bora_adapters_free(&start);
    bora_run_free(&run);
    end(&x);
}

Test(run, tau_infinity_is_one_adapter_bit_for_bit) {
    setting x;
    bora_run run;
    bora_adapters start;
    bora_error error;
    begin(&x, INFINITY, "ref", 2);
    cr_assert_ok(bora_adapters_init(&start, &x.o.lora, 3, true, x.recipe.seed, 0, &error));
    train(&x, &run);
    plain_adam(&x, -1, start.theta);
    cr_assert_arr_eq(start.theta, run.adapters.theta, x.o.lora.P * sizeof(float));
    bora_adapters_free(&start);
    bora_run_free(&run);
    end(&x);
}

Test(run, bits_do_not_depend_on_threads_or_kernels) {
    const bora_kernels *kernels;
    setting x, y;
    bora_run a, b;
    begin(&x, 50, "ref", 2);
    train(&x, &a);
    for (int i = 0; (kernels = kernels_under_test(i)); i++)
        for (int threads = 1; threads <= 3; threads++) {
            begin(&y, 50, "ref", threads);
            y.engine.kernels = kernels;
            train(&y, &b);
            size_t P = x.o.lora.P;
            cr_assert_arr_eq(a.adapters.theta, b.adapters.theta, 3 * P * sizeof(float), "%s, %d threads", kernels->name,
                             threads);
            cr_assert_arr_eq(a.adapters.Theta, b.adapters.Theta, P * sizeof(float));
            cr_assert_arr_eq(a.curve, b.curve, (EPOCHS + 1) * 3 * BORA_CURVE * sizeof(double));
            bora_run_free(&b);
            end(&y);
        }
    bora_run_free(&a);
    end(&x);
}

Test(run, a_resumed_run_ends_as_an_undisturbed_one) {
    setting x;
    bora_run whole, part, rest;
    bora_error error;
    char *folder = scratch_directory(), *path = bora_format("%s/state", folder);
    begin(&x, 50, "ref", 1);
    train(&x, &whole);
    cr_assert_ok(bora_run_init(&part, &x.recipe, &x.data, &x.engine, &error));
    cr_assert_ok(bora_run_epoch(&part, NULL, &error));
    cr_assert_ok(bora_run_save(&part, path, "me", &error));
    cr_assert_ok(bora_run_init(&rest, &x.recipe, &x.data, &x.engine, &error));
    cr_assert_eq(bora_run_load(&rest, path, "somebody else", &error), BORA_BAD_INPUT);
    cr_assert_eq((int)rest.epoch, 0, "a refused state changes nothing");
    cr_assert_ok(bora_run_load(&rest, path, "me", &error));
    for (int i = 1; i < EPOCHS; i++) cr_assert_ok(bora_run_epoch(&rest, NULL, &error));
    size_t P = x.o.lora.P;
    cr_assert_arr_eq(whole.adapters.theta, rest.adapters.theta, 3 * P * sizeof(float));
    cr_assert_arr_eq(whole.curve, rest.curve, (EPOCHS + 1) * 3 * BORA_CURVE * sizeof(double));
    for (int c = 0; c < BORA_CHECKPOINTS; c++)
        cr_assert_arr_eq(whole.theta_best[c], rest.theta_best[c], 3 * P * sizeof(float), "checkpoint %d", c);
    cr_assert_arr_eq(whole.best_epoch, rest.best_epoch, 4 * sizeof(double));
    unlink(path);
    rmdir(folder);
    free(path);
    free(folder);
    bora_run_free(&whole);
    bora_run_free(&part);
    bora_run_free(&rest);
    end(&x);
}

Test(run, large_tau_pulls_tasks_together) {
    setting x;
    bora_run loose, tight;
    begin(&x, 1, "ref", 1);
    train(&x, &loose);
    x.recipe.tau = 1e6;
    train(&x, &tight);
    for (int d = 0; d < 3; d++)
        cr_assert_lt(bora_distance(bora_theta(&tight.adapters, d), tight.adapters.Theta, x.o.lora.P),
                     0.1 * bora_distance(bora_theta(&loose.adapters, d), loose.adapters.Theta, x.o.lora.P));
    bora_run_free(&loose);
    bora_run_free(&tight);
    end(&x);
}
