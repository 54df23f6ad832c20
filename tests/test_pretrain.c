/* test_pretrain.c: one step of pretraining against AdamW worked out in double from the gradient that it left. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bora_error error;

/* The gradient that a step leaves is the model's own, summed over the batch, the embedding's part last. */
Test(pretrain, the_gradient_is_the_sum_of_the_documents) {
    oracle o;
    bora_pretrainer p;
    const bora_pretraining recipe = {.clip = 1, .batch = 7, .seed = 1};
    const bora_kernels *k = bora_kernels_named("ref");
    const bora_sample *batch[7];
    double tokens;
    oracle_load(&o);
    for (int i = 0; i < 7; i++) batch[i] = &o.data.samples[0][i];
    cr_assert_ok(bora_pretrainer_init(&p, &o.model, k, &recipe, 96, 2, &error));
    size_t count = o.model.parameters.count;
    float *gradient = malloc(count * sizeof *gradient);
    double nll = oracle_weight_gradient(&o, k, 96, gradient);
    cr_assert_eq(bora_pretrainer_step(&p, batch, 7, 1e-3, &tokens), nll);
    cr_assert_arr_eq(p.gradient, gradient, count * sizeof *gradient);
    free(gradient);
    bora_pretrainer_free(&p);
    oracle_free(&o);
}

/* Moments begin at 0 and are corrected for it, so that the first step is lr g / (|g| + 1e-8), whatever the betas; the second
 * one tells them apart. */
static void steps(double clip, double *norm) {
    const double lr = 1e-2, decay = 0.5, beta1 = 0.9, beta2 = 0.95;
    oracle o;
    bora_pretrainer p;
    const bora_pretraining recipe = {.weight_decay = decay, .clip = clip, .batch = 7, .seed = 1};
    const bora_sample *batch[7];
    oracle_load(&o);
    for (int i = 0; i < 7; i++) batch[i] = &o.data.samples[0][i];
    cr_assert_ok(bora_pretrainer_init(&p, &o.model, bora_kernels_named("ref"), &recipe, 96, 2, &error));
    const bora_parameters *table = &o.model.parameters;
    float *before = malloc(table->count * sizeof *before);
    double *m = calloc(table->count, sizeof *m), *v = calloc(table->count, sizeof *v), power1 = 1, power2 = 1;
    for (int step = 0; step < 2; step++) {
        double tokens, squares = 0;
        memcpy(before, o.model.weights, table->count * sizeof *before);
        bora_pretrainer_step(&p, batch, 7, lr, &tokens);
        for (size_t j = 0; j < table->count; j++) squares += pow((double)p.gradient[j] / tokens, 2);
        norm[step] = sqrt(squares);
        power1 *= beta1, power2 *= beta2;
        for (int i = 0; i < table->n; i++)
            for (size_t j = table->table[i].offset; j < table->table[i].offset + table->table[i].size; j++) {
                double g = (double)p.gradient[j] / tokens * fmin(1, clip / norm[step]);
                m[j] = beta1 * m[j] + (1 - beta1) * g;
                v[j] = beta2 * v[j] + (1 - beta2) * g * g;
                double w = (double)before[j] * (table->table[i].columns > 1 ? 1 - lr * decay : 1);
                w -= lr * (m[j] / (1 - power1)) / (sqrt(v[j] / (1 - power2)) + 1e-8);
                /* a few roundings of a weight of about 1 and of a step of about lr */
                cr_assert_float_eq((double)o.model.weights[j], w, 2e-7 * (1 + fabs(w)), "step %d, %s", step,
                                   table->table[i].name);
            }
    }
    free(before);
    free(m);
    free(v);
    bora_pretrainer_free(&p);
    oracle_free(&o);
}

/* [eq:adamw] */
Test(pretrain, a_step_is_AdamW_on_the_clipped_gradient_a_token) {
    double free_norm[2], clipped_norm[2];
    steps(1e9, free_norm);
    steps(free_norm[0] / 10, clipped_norm);
    cr_assert_eq(free_norm[0], clipped_norm[0]);
    cr_assert_neq(free_norm[1], clipped_norm[1], "the second gradient is taken elsewhere");
}
