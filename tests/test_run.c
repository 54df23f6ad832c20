/* test_run.c: a run's two limits bit for bit against separately coded plain Adam, its independence of threads and kernels, its
 * state; methods that hold Theta or share ranks, weights of documents, order of batches. */
#include "experiment/experiment.h"
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
    cr_assert_ok(bora_arena_init(&arena, bora_activations_bytes(shape, x->o.lora.rank, x->o.lora.target), "test", &error));
    bora_activations_init(&a, &arena, shape, x->o.lora.rank, x->o.lora.target);
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

/* [eq:adam] */
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

/* [lab:limits] */
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

/* Everything but the default: two groups of switches, since the un-squared norm is for other rules than additive. */
static void switch_all(bora_recipe *r, bool additive) {
    r->schedule = bora_decaying;
    r->weigh = bora_weigh_released;
    r->fixed_order = true;
    r->norm_prior = !additive;
    r->rule = additive ? &bora_step_additive : &bora_step_shifted;
}

Test(run, bits_do_not_depend_on_threads_or_kernels) {
    const bora_kernels *kernels;
    for (int switches = 0; switches < 3; switches++) {
        setting x, y;
        bora_run a, b;
        begin(&x, 50, "ref", 2);
        if (switches) switch_all(&x.recipe, switches > 1);
        x.o.lora.shared = switches > 1;
        train(&x, &a);
        for (int i = 0; (kernels = kernels_under_test(i)); i++)
            for (int threads = 1; threads <= 3; threads++) {
                begin(&y, 50, "ref", threads);
                y.recipe = x.recipe;
                y.o.lora.shared = x.o.lora.shared;
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
}

/* Going down, the last epoch is best, going up (a negative rate), the first. */
static void lowest(double rate, int expected) {
    setting x;
    bora_run r;
    begin(&x, 0, "ref", 1);
    x.recipe.learning_rate = rate;
    train(&x, &r);
    for (int d = 0; d < 4; d++) cr_assert_eq((int)r.best_epoch[d], expected, "%g, %d: %g", rate, d, r.best_epoch[d]);
    double nll[DOCUMENTS], sum[3] = {0}, mean = 0;
    x.engine.version++;
    bora_evaluate(&x.engine, r.theta_best[BORA_COMMON], false, FIRST, x.data.samples[1], DOCUMENTS, nll);
    for (int i = 0; i < DOCUMENTS; i++) sum[x.data.samples[1][i].task] += nll[i];
    for (int d = 0; d < 3; d++) {
        cr_assert_eq(sum[d], r.curve[(expected * 3 + d) * BORA_CURVE + BORA_VALIDATION_NLL]);
        cr_assert_eq(sum[d], r.best_nll[d]);
        for (int epoch = 1; epoch <= EPOCHS; epoch++)
            cr_assert_leq(sum[d], r.curve[(epoch * 3 + d) * BORA_CURVE + BORA_VALIDATION_NLL]);
        mean += sum[d] / r.tokens[1][d] / 3;
    }
    cr_assert_eq(mean, r.best_nll[3]);
    cr_assert_arr_eq(r.theta_best[BORA_COMMON], r.theta_best[BORA_TASK], 3 * x.o.lora.P * sizeof(float));
    bora_run_free(&r);
    end(&x);
}

Test(run, checkpoints_are_the_epochs_of_lowest_validation) {
    lowest(1e-2, EPOCHS);
    lowest(-1e-2, 1);
}

/* The losses of an epoch's one batch are those before its step; what the step has done shows on validation. */
Test(run, a_step_too_wild_is_refused_at_the_end_of_its_epoch) {
    setting x;
    bora_run r;
    bora_error error;
    begin(&x, 50, "ref", 1);
    const char *names[] = {"Ann", "Bob", "Cy"};
    x.data.names = names;
    x.recipe.learning_rate = 1e30, x.recipe.batch = DOCUMENTS;
    cr_assert_ok(bora_run_init(&r, &x.recipe, &x.data, &x.engine, &error));
    cr_assert_eq(bora_run_epoch(&r, NULL, &error), BORA_DIVERGED);
    cr_assert(
        strstr(error.message, "validation loss of task 'Ann' is not finite in epoch 1, step 1: lower optimizer.learning_rate"),
        "%s", error.message);
    bora_run_free(&r);
    end(&x);
}

/* Not even of test documents, which training never sees. */
Test(run, no_result_file_holds_a_loss_that_is_not_finite) {
    setting x;
    bora_run r;
    bora_error error;
    const char *names[] = {"Ann", "Bob", "Cy"};
    char *folder = scratch_directory(), *run = bora_format("%s/run", folder), *base = bora_format("%s/base.csv", folder);
    begin(&x, 50, "ref", 1);
    x.data.names = names;
    train(&x, &r);
    bora_theta(&r.adapters, 1)[0] = NAN;
    cr_assert_eq(bora_results_write(run, NULL, NULL, &r, 0, &error), BORA_DIVERGED);
    cr_assert(strstr(error.message, "loss of task 'Bob' is not finite at checkpoint last"), "%s", error.message);
    x.o.model.weights[0] = NAN;
    cr_assert_eq(bora_base_write(base, &x.data, &x.engine, &error), BORA_FAILED);
    cr_assert(strstr(error.message, "is not finite under the base model"), "%s", error.message);
    cr_assert(!bora_exists(run) && !bora_exists(base));
    bora_run_free(&r);
    end(&x);
    remove_directory(folder);
    free(run);
    free(base);
}

static void resume(setting *x) {
    bora_run whole, part, rest;
    bora_error error;
    char *folder = scratch_directory(), *path = bora_format("%s/state", folder);
    train(x, &whole);
    cr_assert_ok(bora_run_init(&part, &x->recipe, &x->data, &x->engine, &error));
    cr_assert_ok(bora_run_epoch(&part, NULL, &error));
    part.epoch = EPOCHS + 1;
    cr_assert_ok(bora_run_save(&part, path, "me", &error));
    cr_assert_eq(bora_run_load(&part, path, "me", &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "counts epochs or steps"), "%s", error.message);
    part.epoch = 1;
    cr_assert_gt(part.seconds, 0);
    part.seconds = NAN;
    cr_assert_ok(bora_run_save(&part, path, "me", &error));
    cr_assert_eq(bora_run_load(&part, path, "me", &error), BORA_BAD_INPUT);
    part.seconds = 1000;
    cr_assert_ok(bora_run_save(&part, path, "me", &error));
    cr_assert_ok(bora_run_init(&rest, &x->recipe, &x->data, &x->engine, &error));
    cr_assert_eq(bora_run_load(&rest, path, "somebody else", &error), BORA_BAD_INPUT);
    cr_assert_eq((int)rest.epoch, 0, "a refused state changes nothing");
    cr_assert_ok(bora_run_load(&rest, path, "me", &error));
    cr_assert_arr_eq(rest.Theta_best, part.Theta_best, x->o.lora.P * sizeof(float));
    cr_assert_arr_eq(rest.best_nll, part.best_nll, 4 * sizeof(double));
    for (int i = 1; i < EPOCHS; i++) cr_assert_ok(bora_run_epoch(&rest, NULL, &error));
    cr_assert(whole.seconds < 1000 && rest.seconds > 1000, "those of all attempts");
    size_t P = x->o.lora.P;
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
}

Test(run, a_resumed_run_ends_as_an_undisturbed_one) {
    setting x;
    begin(&x, 50, "ref", 1);
    resume(&x);
    for (int additive = 0; additive < 2; additive++) {
        switch_all(&x.recipe, additive);
        x.o.lora.shared = additive;
        resume(&x);
    }
    end(&x);
}

/* ---- Theta held, ranks shared -------------------------------------------------------------------------------------------- */

Test(run, ridge_at_tau_0_is_independent_training_bit_for_bit) {
    setting x;
    bora_run independent, ridge;
    begin(&x, 0, "ref", 1);
    train(&x, &independent);
    x.recipe.rule = &bora_step_ridge;
    train(&x, &ridge);
    cr_assert_arr_eq(independent.adapters.theta, ridge.adapters.theta, 3 * x.o.lora.P * sizeof(float));
    cr_assert_arr_eq(ridge.adapters.Theta, ridge.adapters.Theta_0, x.o.lora.P * sizeof(float));
    bora_run_free(&independent);
    bora_run_free(&ridge);
    end(&x);
}

/* theta_u of a unified run, then all tasks about it. */
Test(run, frozen_stays_at_its_start_at_a_very_large_tau) {
    setting x;
    bora_run unified, frozen;
    size_t P;
    begin(&x, INFINITY, "ref", 1);
    P = x.o.lora.P;
    train(&x, &unified);
    x.recipe.tau = 1e12;
    x.recipe.rule = &bora_step_ridge;
    x.recipe.start = unified.theta_best[BORA_COMMON];
    train(&x, &frozen);
    cr_assert_arr_eq(frozen.adapters.Theta, unified.theta_best[BORA_COMMON], P * sizeof(float));
    cr_assert_gt(bora_distance(frozen.adapters.Theta, frozen.adapters.Theta_0, P), 0.01, "theta_u is not the start of all");
    for (int d = 0; d < 3; d++) {
        cr_assert_lt(bora_distance(bora_theta(&frozen.adapters, d), frozen.adapters.Theta, P), 1e-6);
        for (int epoch = 0; epoch <= EPOCHS; epoch++) /* the validation of the unified run's best epoch, in every epoch */
            cr_assert_float_eq(frozen.curve[(epoch * 3 + d) * BORA_CURVE + BORA_VALIDATION_NLL],
                               unified.curve[((int)unified.best_epoch[3] * 3 + d) * BORA_CURVE + BORA_VALIDATION_NLL], 1e-4);
    }
    bora_run_free(&frozen);
    x.recipe.tau = 0;
    train(&x, &frozen);
    for (int d = 0; d < 3; d++)
        cr_assert_gt(bora_distance(bora_theta(&frozen.adapters, d), frozen.adapters.Theta, P), 0.01, "then-task moves");
    bora_run_free(&frozen);
    bora_run_free(&unified);
    end(&x);
}

Test(run, none_stays_where_it_starts) {
    setting x;
    bora_run run;
    begin(&x, INFINITY, "ref", 1);
    x.recipe.rule = &bora_step_none;
    train(&x, &run);
    cr_assert_arr_eq(run.adapters.theta, run.adapters.Theta_0, x.o.lora.P * sizeof(float));
    bora_run_free(&run);
    end(&x);
}

/* Without documents nothing is learnt, and validation is as at the start. */
Test(run, no_documents) {
    setting x;
    bora_run run;
    begin(&x, 10, "ref", 1);
    x.data.n[0] = 0;
    x.recipe.rule = &bora_step_ridge;
    x.recipe.schedule = bora_decaying;
    x.recipe.spread = 0;
    train(&x, &run);
    for (int d = 0; d < 3; d++) {
        cr_assert_arr_eq(bora_theta(&run.adapters, d), run.adapters.Theta_0, x.o.lora.P * sizeof(float));
        cr_assert_eq((int)run.best_epoch[d], 1);
        for (int epoch = 1; epoch <= EPOCHS; epoch++)
            cr_assert_arr_eq(run.curve + (epoch * 3 + d) * BORA_CURVE, run.curve + d * BORA_CURVE, BORA_CURVE * sizeof(double));
    }
    bora_run_free(&run);
    end(&x);
}

/* An adapter of twice the rank, its first half that of `from`, its second half without effect: B = 0. */
static void double_rank(const bora_lora *half, const float *from, const bora_lora *whole, float *to) {
    const bora_shape *s = &half->shape;
    size_t r = (size_t)half->rank;
    for (int i = 0; i < s->L * BORA_MATRICES; i++) {
        bora_matrix m = (bora_matrix)(i % BORA_MATRICES);
        if (!half->target[m]) continue;
        memcpy(to + whole->A[i], from + half->A[i], r * (size_t)bora_matrix_in(s, m) * sizeof(float));
        for (size_t j = 0; j < (size_t)bora_matrix_out(s, m); j++)
            memcpy(to + whole->B[i] + 2 * r * j, from + half->B[i] + r * j, r * sizeof(float));
    }
}

Test(run, additive_at_a_huge_tau_is_the_unified_model) {
    setting x, y;
    bora_run unified, additive;
    bora_error error;
    bool targets[BORA_MATRICES];
    begin(&x, INFINITY, "ref", 1);
    begin(&y, 1e30, "ref", 1);
    const bora_lora *half = &x.o.lora;
    memcpy(targets, half->target, sizeof targets);
    bora_lora_free(&y.o.lora);
    cr_assert_ok(bora_lora_init(&y.o.lora, half->shape, 2 * half->rank, 2.0 * half->rank * half->scale, targets, &error));
    cr_assert_eq(y.o.lora.scale, half->scale);
    bora_engine_free(&y.engine);
    cr_assert_ok(bora_engine_init(&y.engine, bora_kernels_named("ref"), &y.o.model, &y.o.lora, 1, &error));
    y.recipe.rule = &bora_step_additive;
    y.o.lora.shared = half->rank;
    cr_assert_ok(bora_run_init(&unified, &x.recipe, &x.data, &x.engine, &error));
    cr_assert_ok(bora_run_init(&additive, &y.recipe, &y.data, &y.engine, &error));
    size_t P = y.o.lora.P;
    bool *shared = calloc(P, sizeof *shared);
    bora_lora_shared(&y.o.lora, shared);
    for (int d = 0; d < 3; d++) /* the spread is not on what is shared */
        for (size_t j = 0; j < P; j++)
            if (shared[j]) cr_assert_eq(bora_theta(&additive.adapters, d)[j], additive.adapters.Theta_0[j]);
    float *wanted = calloc(P, sizeof *wanted);
    double_rank(half, unified.adapters.Theta_0, &y.o.lora, wanted);
    for (size_t j = 0; j < P; j++)
        if (shared[j]) cr_assert_eq(wanted[j], additive.adapters.Theta_0[j], "one start");
    for (int d = 0; d < 3; d++) memcpy(bora_theta(&additive.adapters, d), additive.adapters.Theta, P * sizeof(float));
    for (int i = 0; i < EPOCHS; i++) {
        cr_assert_ok(bora_run_epoch(&unified, NULL, &error));
        cr_assert_ok(bora_run_epoch(&additive, NULL, &error));
    }
    double_rank(half, unified.adapters.theta, &y.o.lora, wanted);
    for (size_t j = 0; j < P; j++)
        for (int d = 0; d < 3; d++) {
            float theta = bora_theta(&additive.adapters, d)[j];
            if (shared[j]) cr_assert_eq(theta, additive.adapters.Theta[j]);
            if (shared[j]) cr_assert_float_eq(theta, wanted[j], 2e-3); /* steps of 1e-2, gradients added in another order */
        }
    for (int d = 0; d < 3; d++)
        cr_assert_lt(bora_distance(bora_theta(&additive.adapters, d), additive.adapters.Theta, P), 1e-6, "no own part");
    free(wanted);
    free(shared);
    bora_run_free(&unified);
    bora_run_free(&additive);
    end(&x);
    end(&y);
}

/* ---- weights and order --------------------------------------------------------------------------------------------------- */

/* [eq:weights] */
Test(run, weights_of_documents) {
    setting x;
    bora_run r;
    bora_error error;
    float weight[DOCUMENTS];
    double N[3] = {0}, T[3] = {0}, n[3] = {0}, w[3] = {0};
    begin(&x, 50, "ref", 1);
    cr_assert_ok(bora_run_init(&r, &x.recipe, &x.data, &x.engine, &error));
    const bora_sample *batch[] = {&x.data.samples[0][0], &x.data.samples[0][1], &x.data.samples[0][DOCUMENTS - 1]};
    for (int i = 0; i < DOCUMENTS; i++) N[x.data.samples[0][i].task]++, T[x.data.samples[0][i].task] += x.data.samples[0][i].n;
    for (int i = 0; i < 3; i++) n[batch[i]->task]++, w[batch[i]->task] += batch[i]->n;
    bora_weigh_mean_token(&r, batch, 3, weight);
    for (int i = 0; i < 3; i++) cr_assert_eq(weight[i], (float)(N[batch[i]->task] / T[batch[i]->task]));
    bora_weigh_full(&r, batch, 3, weight);
    for (int i = 0; i < 3; i++) cr_assert_float_eq(weight[i] / 3, N[batch[i]->task] / (DOCUMENTS * n[batch[i]->task]), 1e-6);
    bora_weigh_released(&r, batch, 3, weight);
    for (int i = 0; i < 3; i++) cr_assert_float_eq(weight[i] / 3, N[batch[i]->task] / (DOCUMENTS * w[batch[i]->task]), 1e-6);
    bora_run_free(&r);
    end(&x);
}

/* A task's gradient is the sum, in order, of its documents' own, each times its weight, over all documents of the batch. */
/* [eq:batch] */
Test(run, a_batch_is_the_weighted_mean_of_its_documents) {
    setting x;
    bora_error error;
    begin(&x, 50, "ref", 2);
    size_t P = x.o.lora.P;
    enum { N = 2 * BORA_RING + 3 }; /* twice round the ring, and a rest */
    float *g = calloc(6 * P, sizeof *g), *expected = g + 3 * P, *one = calloc(P, sizeof *one), weight[N];
    double nll[N];
    const bora_sample *batch[N];
    bora_adapters s;
    cr_assert_ok(bora_adapters_init(&s, &x.o.lora, 3, false, 1, 0.1, &error));
    for (int weighed = 0; weighed < 2; weighed++) {
        memset(expected, 0, 3 * P * sizeof *expected);
        for (int i = 0; i < N; i++) {
            batch[i] = &x.data.samples[0][i % DOCUMENTS];
            weight[i] = weighed ? 0.5f + (float)i : 1;
            document_gradient(&x, bora_theta(&s, batch[i]->task), i % DOCUMENTS, one);
            for (size_t j = 0; j < P; j++) expected[(size_t)batch[i]->task * P + j] += weight[i] * one[j];
        }
        for (size_t j = 0; j < 3 * P; j++) expected[j] /= N;
        bora_batch_gradient(&x.engine, &s, FIRST, batch, N, weighed ? weight : NULL, g, nll);
        cr_assert_arr_eq(g, expected, 3 * P * sizeof *g);
    }
    bora_adapters_free(&s);
    free(g);
    free(one);
    end(&x);
}

Test(run, a_fixed_order_is_the_first_epochs) {
    for (int fixed = 0; fixed < 2; fixed++) {
        setting x;
        bora_run r;
        bora_error error;
        begin(&x, 50, "ref", 1);
        x.recipe.fixed_order = fixed;
        const bora_sample *first[DOCUMENTS];
        cr_assert_ok(bora_run_init(&r, &x.recipe, &x.data, &x.engine, &error));
        cr_assert_ok(bora_run_epoch(&r, NULL, &error));
        memcpy(first, r.order, sizeof first);
        cr_assert_ok(bora_run_epoch(&r, NULL, &error));
        cr_assert_eq(!memcmp(first, r.order, sizeof first), fixed);
        bora_run_free(&r);
        end(&x);
    }
}

/* A schedule that is 1 to the last step and then 0: the last step moves nothing. */
static double done[1000];
static int calls;
static double noted(double at) {
    done[calls++] = at;
    return calls == EPOCHS * 3 ? 0 : 1;
}

Test(run, the_schedule_runs_over_all_steps) {
    setting x;
    bora_run r;
    bora_error error;
    begin(&x, 0, "ref", 1);
    x.recipe.schedule = noted;
    cr_assert_ok(bora_run_init(&r, &x.recipe, &x.data, &x.engine, &error));
    const bora_sample *batch = x.data.samples[0];
    double nll;
    float *before = malloc(3 * x.o.lora.P * sizeof *before);
    for (int i = 0; i < EPOCHS * 3; i++) { /* 7 documents by 3: three steps an epoch */
        memcpy(before, r.adapters.theta, 3 * x.o.lora.P * sizeof *before);
        bora_run_step(&r, &batch, 1, &nll);
        cr_assert_float_eq(done[i], i / (EPOCHS * 3.0), 1e-15);
        cr_assert_eq(!memcmp(before, r.adapters.theta, 3 * x.o.lora.P * sizeof *before), i == EPOCHS * 3 - 1);
    }
    free(before);
    bora_run_free(&r);
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
