/* test_model.c: the transformer's likelihood and every gradient against PyTorch's numbers and against differences. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Float32 against float64 through two layers: a few hundred roundings of 6e-8 of the largest element. */
#define ORACLE_TOLERANCE 2e-5
/* Four-point differences of a float32 likelihood of about 100: its rounding, 1e-5, over steps of 0.01. */
#define DIFFERENCE_TOLERANCE 4e-3

static bora_activations room(bora_arena *arena, const oracle *o, const bool *target) {
    bora_error error;
    bora_activations a;
    cr_assert_ok(
        bora_arena_init(arena, bora_activations_bytes(&o->model.parameters.shape, o->lora.rank, target), "test", &error));
    bora_activations_init(&a, arena, &o->model.parameters.shape, o->lora.rank, target);
    return a;
}

/* Sum over documents of task d of NLL under theta, and optionally its gradient [P]. */
static double task_nll(const oracle *o, const bora_kernels *k, bora_activations *a, int d, const float *theta,
                       float *gradient) {
    size_t P = o->lora.P;
    float *packed = malloc(bora_lora_room(&o->lora) * sizeof(float)), *one = calloc(P, sizeof(float));
    bora_low_rank adapter[2 * BORA_MATRICES];
    bora_low_rank_gradient places[2 * BORA_MATRICES];
    bora_lora_pack(&o->lora, theta, packed, adapter);
    bora_lora_gradient(&o->lora, one, places);
    double sum = 0;
    for (int n = 0; n < 7; n++) {
        const bora_sample *x = &o->data.samples[0][n];
        if (x->task != d) continue;
        sum += bora_model_forward(k, &o->model, adapter, o->tokens[n][0], x->tokens, x->n, a, gradient != NULL);
        if (!gradient) continue;
        bora_model_backward_adapter(k, &o->model, adapter, x->n, a, places);
        for (size_t j = 0; j < P; j++) gradient[j] += one[j];
    }
    free(packed);
    free(one);
    return sum;
}

/* [eq:block] */
Test(model, likelihood_and_adapter_gradients_equal_the_oracle) {
    oracle o;
    oracle_load(&o);
    size_t P = o.lora.P;
    const double *nll = oracle_numbers(&o, "nll"), *task = oracle_numbers(&o, "task");
    const bora_kernels *k;
    for (int variant = 0; (k = bora_kernels_variant(variant)); variant++) {
        bora_arena arena;
        bora_activations a = room(&arena, &o, o.lora.target);
        float *theta = calloc(P, sizeof *theta), *Theta = calloc(P, sizeof *Theta), *gradient = calloc(P, sizeof *gradient);
        oracle_adapter(&o, "Theta", Theta);
        for (int d = 0; d < 3; d++) {
            char name[32];
            snprintf(name, sizeof name, "theta.%d", d);
            oracle_adapter(&o, name, theta);
            memset(gradient, 0, P * sizeof *gradient);
            double mine = task_nll(&o, k, &a, d, theta, gradient), theirs = 0;
            for (int n = 0; n < 7; n++)
                if ((int)task[n] == d) theirs += nll[n];
            cr_assert_float_eq(mine, theirs, ORACLE_TOLERANCE * theirs);
            for (size_t j = 0; j < P; j++)
                gradient[j] += (float)o.tau * (theta[j] - Theta[j]); /* grad NLL_d + tau (theta_d - Theta) */
            snprintf(name, sizeof name, "grad.theta.%d", d);
            double error_ = adapter_error(&o, name, gradient);
            cr_assert_lt(error_, ORACLE_TOLERANCE, "%s, task %d: %g", k->name, d, error_);
        }
        free(theta);
        free(Theta);
        free(gradient);
        bora_arena_free(&arena);
    }
    oracle_free(&o);
}

/* [eq:block-gradient] */
Test(model, adapter_gradients_equal_four_point_differences) {
    oracle o;
    oracle_load(&o);
    const bora_kernels *k = bora_kernels_named("ref");
    size_t P = o.lora.P;
    bora_arena arena;
    bora_activations a = room(&arena, &o, o.lora.target);
    float *theta = calloc(P, sizeof *theta), *gradient = calloc(P, sizeof *gradient);
    oracle_adapter(&o, "theta.0", theta);
    task_nll(&o, k, &a, 0, theta, gradient);
    for (int i = 0; i < 2 * BORA_MATRICES; i++) /* two coordinates of each A and each B */
        for (size_t part = 0; part < 4; part++) {
            size_t j = (part < 2 ? o.lora.A[i] : o.lora.B[i]) + 3 + 40 * (part % 2);
            float start = theta[j], h = 0.01f;
            double f[4];
            const float steps[4] = {-2, -1, 1, 2};
            for (int s = 0; s < 4; s++) {
                theta[j] = start + steps[s] * h;
                f[s] = task_nll(&o, k, &a, 0, theta, NULL);
            }
            theta[j] = start;
            double difference = (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * (double)h);
            cr_assert_float_eq(gradient[j], difference, DIFFERENCE_TOLERANCE * (1 + fabs(difference)), "layer %d, %zu: %g, %g",
                               i, j, (double)gradient[j], difference);
        }
    free(theta);
    free(gradient);
    bora_arena_free(&arena);
    oracle_free(&o);
}

Test(model, layers_share_only_what_no_gradient_needs) {
    oracle o;
    oracle_load(&o);
    const bora_kernels *k = bora_kernels_named("ref");
    bora_error error;
    for (int m = 0; m < BORA_MATRICES; m++) {
        bool target[BORA_MATRICES] = {false};
        target[m] = true;
        bora_lora_free(&o.lora);
        cr_assert_ok(bora_lora_init(&o.lora, o.model.parameters.shape, 2, 2, target, &error));
        size_t P = o.lora.P;
        bora_arena arena[2];
        bora_activations shared = room(&arena[0], &o, target), apart = room(&arena[1], &o, NULL);
        cr_assert_lt(arena[0].used, arena[1].used);
        float *theta = malloc(P * sizeof *theta), *gradient = calloc(2 * P, sizeof *gradient);
        for (size_t j = 0; j < P; j++) theta[j] = (float)bora_uniform(1, BORA_FOR_TESTS, j) - 0.5f;
        cr_assert_eq(task_nll(&o, k, &shared, 0, theta, gradient), task_nll(&o, k, &apart, 0, theta, gradient + P));
        cr_assert_arr_eq(gradient, gradient + P, P * sizeof *gradient, "target %d", m);
        free(theta);
        free(gradient);
        for (int i = 0; i < 2; i++) bora_arena_free(&arena[i]);
    }
    oracle_free(&o);
}

/* [eq:weight-gradient] */
Test(model, weight_gradients_equal_the_oracle) {
    oracle o;
    oracle_load(&o);
    const bora_parameters *p = &o.model.parameters;
    const bora_kernels *k;
    for (int variant = 0; (k = bora_kernels_variant(variant)); variant++) {
        float *gradient = malloc(p->count * sizeof *gradient), *dense = calloc(p->count, sizeof *dense);
        oracle_weight_gradient(&o, k, -1, gradient);
        for (int i = 0; i < p->n; i++) {
            char name[64];
            snprintf(name, sizeof name, "base.grad.%s", p->table[i].name);
            size_t size = 0;
            for (int r = 0; r < p->table[i].rows; r++)
                for (int c = 0; c < p->table[i].columns; c++) dense[size++] = gradient[bora_parameter_at(&p->table[i], r, c)];
            char *k_bias = strstr(name, ".k.bias");
            if (k_bias) { /* zero in exact arithmetic, since softmax does not see it: small beside that of q */
                k_bias[1] = 'q';
                double largest = 0;
                for (size_t j = 0; j < size; j++) largest = fmax(largest, fabs(oracle_numbers(&o, name)[j]));
                for (size_t j = 0; j < size; j++) cr_assert_lt(fabs((double)dense[j]), ORACLE_TOLERANCE * largest);
                continue;
            }
            double error_ = relative_error(dense, oracle_numbers(&o, name), size);
            cr_assert_lt(error_, ORACLE_TOLERANCE, "%s %s: %g", k->name, name, error_);
        }
        free(gradient);
        free(dense);
    }
    oracle_free(&o);
}

/* Only some layers adapted: the backward pass stops at the lowest and the gradients are those of the full pass. */
Test(model, gradients_do_not_depend_on_which_other_layers_are_adapted) {
    oracle o;
    oracle_load(&o);
    const bora_kernels *k = bora_kernels_named("ref");
    const bora_sample *x = &o.data.samples[0][0];
    size_t P = o.lora.P;
    bora_arena arena;
    bora_activations a = room(&arena, &o, o.lora.target);
    float *theta = calloc(P, sizeof *theta), *packed = malloc(bora_lora_room(&o.lora) * sizeof(float));
    float *all = calloc(P, sizeof *all), *some = calloc(P, sizeof *some);
    bora_low_rank adapter[2 * BORA_MATRICES];
    bora_low_rank_gradient places[2 * BORA_MATRICES];
    oracle_adapter(&o, "theta.0", theta);
    for (int i = 0; i < 2 * BORA_MATRICES; i++) /* B = 0 everywhere: taking an adapter away changes no activation */
        memset(theta + o.lora.B[i], 0,
               4 * (size_t)bora_matrix_out(&o.lora.shape, (bora_matrix)(i % BORA_MATRICES)) * sizeof(float));
    bora_lora_pack(&o.lora, theta, packed, adapter);
    bora_lora_gradient(&o.lora, all, places);
    bora_model_forward(k, &o.model, adapter, o.tokens[0][0], x->tokens, x->n, &a, true);
    bora_model_backward_adapter(k, &o.model, adapter, x->n, &a, places);
    for (int only = 0; only < 2 * BORA_MATRICES; only++) {
        bora_low_rank one[2 * BORA_MATRICES] = {0};
        one[only] = adapter[only];
        bora_lora_gradient(&o.lora, some, places);
        bora_model_forward(k, &o.model, one, o.tokens[0][0], x->tokens, x->n, &a, true);
        bora_model_backward_adapter(k, &o.model, one, x->n, &a, places);
        size_t from = o.lora.A[only], to = only + 1 < 2 * BORA_MATRICES ? o.lora.A[only + 1] : o.lora.parameters;
        for (size_t j = from; j < to; j++) cr_assert_float_eq(some[j], all[j], 1e-5f + 1e-5f * fabsf(all[j]), "layer %d", only);
    }
    free(theta);
    free(packed);
    free(all);
    free(some);
    bora_arena_free(&arena);
    oracle_free(&o);
}
