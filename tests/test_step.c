/* test_step.c: the step rules: three steps against the oracle's numbers, the two limits bit for bit against plain Adam, and the
 * exact MAP of quadratic tasks. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Adam divides by sqrt(v): float32 gradients' relative error of 2e-5 moves three steps of lr 1e-2 by a few 1e-5 of theta's
 * largest, 0.6. */
#define STEP_TOLERANCE 3e-4

typedef struct {
    oracle o;
    bora_engine engine;
    bora_adapters s;
    float *m, *v, *g;
} setting;

static void begin(setting *x, bool unified) {
    bora_error error;
    memset(x, 0, sizeof *x);
    oracle_load(&x->o);
    size_t P = x->o.lora.P;
    const bora_kernels *k;
    cr_assert_ok(bora_kernels_choose(&k, &error));
    cr_assert_ok(bora_engine_init(&x->engine, k, &x->o.model, &x->o.lora, 2, &error));
    cr_assert_ok(bora_adapters_init(&x->s, &x->o.lora, 3, unified, 1, 0, &error));
    oracle_adapter(&x->o, "Theta", x->s.Theta);
    for (int d = 0; d < x->s.n; d++) {
        char name[16];
        snprintf(name, sizeof name, unified ? "Theta" : "theta.%d", d);
        oracle_adapter(&x->o, name, bora_theta(&x->s, d));
    }
    x->m = calloc(4 * P, sizeof(float));
    x->v = calloc(4 * P, sizeof(float));
    x->g = calloc(3 * P, sizeof(float));
}

static void end(setting *x) {
    free(x->m);
    free(x->v);
    free(x->g);
    bora_adapters_free(&x->s);
    bora_engine_free(&x->engine);
    oracle_free(&x->o);
}

/* The oracle's documents begin with a token of their own each: the batch is made of documents one by one. */
static void batch_gradient(setting *x, const int *batch, int n) {
    size_t P = x->o.lora.P;
    float *one = calloc(3 * P, sizeof(float));
    memset(x->g, 0, (size_t)x->s.n * P * sizeof(float));
    for (int i = 0; i < n; i++) {
        double nll;
        const bora_sample *sample = &x->o.data.samples[0][batch[i]];
        bora_batch_gradient(&x->engine, &x->s, x->o.tokens[batch[i]][0], &sample, 1, NULL, one, &nll);
        for (size_t j = 0; j < (size_t)x->s.n * P; j++) x->g[j] += one[j];
    }
    for (size_t j = 0; j < (size_t)x->s.n * P; j++) x->g[j] /= (float)n;
    free(one);
}

static void three_steps(setting *x, const bora_step_rule *rule, double tau, bool whole) {
    static const int batches[3][7] = {{0, 1, 3}, {0, 3, 6}, {2, 4}}, all[7] = {0, 1, 2, 3, 4, 5, 6};
    static const int sizes[3] = {3, 3, 2};
    double power1 = 1, power2 = 1;
    for (int i = 0; i < 3; i++) {
        batch_gradient(x, whole ? all : batches[i], whole ? 7 : sizes[i]);
        power1 *= 0.9, power2 *= 0.999;
        bora_step s = {.lr = 1e-2f,
                       .beta1 = 0.9f,
                       .beta2 = 0.999f,
                       .epsilon = 1e-8f,
                       .correction1 = (float)(1 - power1),
                       .correction2 = (float)(1 - power2),
                       .tau = (float)tau,
                       .N = 7,
                       .B = 3,
                       .n = x->s.n,
                       .P = x->o.lora.P,
                       .g = x->g,
                       .theta = x->s.theta,
                       .Theta = x->s.Theta,
                       .m = x->m,
                       .v = x->v};
        rule->step(&s, 0, s.P);
        x->engine.version++;
    }
}

static void compare(const setting *x, const char *prefix) {
    char name[64];
    for (int d = 0; d < 3; d++) {
        snprintf(name, sizeof name, "%s.theta.%d", prefix, d);
        double error_ = adapter_error(&x->o, name, bora_theta(&x->s, d));
        cr_assert_lt(error_, STEP_TOLERANCE, "%s: %g", name, error_);
    }
    snprintf(name, sizeof name, "%s.Theta", prefix);
    double error_ = adapter_error(&x->o, name, x->s.Theta);
    cr_assert_lt(error_, STEP_TOLERANCE, "%s: %g", name, error_);
}

/* [eq:pooled] */
Test(step, pooled_equals_the_oracle_between_the_limits) {
    setting x;
    begin(&x, false);
    three_steps(&x, bora_step_rule_for("pooled", 2.5), 2.5, false);
    compare(&x, "step3.pooled.2.5");
    end(&x);
}

/* [eq:moments] */
Test(step, tau_0_equals_the_oracle) {
    setting x;
    begin(&x, false);
    three_steps(&x, bora_step_rule_for("pooled", 0), 0, false);
    compare(&x, "step3.pooled.0");
    end(&x);
}

/* [lab:limits] */
Test(step, tau_infinity_equals_the_oracle) {
    setting x;
    begin(&x, true);
    three_steps(&x, bora_step_rule_for("pooled", INFINITY), 0, false);
    compare(&x, "step3.pooled.inf");
    end(&x);
}

/* [eq:centred] */
Test(step, centred_equals_AdamW_on_the_whole_objective) {
    setting x;
    begin(&x, false);
    three_steps(&x, bora_step_rule_for("centred", 2.5), 2.5, true);
    compare(&x, "step3");
    end(&x);
}

Test(step, an_unknown_rule_is_none) { cr_assert_null(bora_step_rule_for("pulled", 1)); }

/* ---- quadratic tasks: NLL_d = sum_j h_dj (theta_dj - c_dj)^2 / 2, whose MAP is known ------------------------------------- */

enum { TASKS = 3, WIDTH = 16, STEPS = 20000 };
static const float DOCUMENTS = 40;
typedef struct {
    float h[TASKS][WIDTH], c[TASKS][WIDTH], g[TASKS][WIDTH], theta[TASKS][WIDTH], Theta[WIDTH], norm[TASKS][WIDTH];
    float m[TASKS + 1][WIDTH], v[TASKS + 1][WIDTH];
    bool shared[WIDTH];
} quadratic;

static void begin_quadratic(quadratic *x) {
    memset(x, 0, sizeof *x);
    for (int d = 0; d < TASKS; d++)
        for (int j = 0; j < WIDTH; j++) {
            uint64_t at = (uint64_t)(d * WIDTH + j);
            x->h[d][j] = (float)(10 + 90 * bora_uniform(1, BORA_FOR_TESTS, at));
            x->c[d][j] = (float)bora_normal(2, BORA_FOR_TESTS, at);
            x->Theta[j] = x->theta[d][j] = 0.25f;
        }
}

static double gradient(quadratic *x) { /* over N, as batches have it; returns NLL */
    double nll = 0;
    for (int d = 0; d < TASKS; d++)
        for (int j = 0; j < WIDTH; j++) {
            float apart = x->theta[d][j] - x->c[d][j];
            x->g[d][j] = x->h[d][j] * apart / DOCUMENTS;
            nll += x->h[d][j] * apart * apart / 2;
        }
    return nll;
}

static bora_step step_of(quadratic *x, double tau, double rate, int step) {
    return (bora_step){.lr = (float)rate,
                       .beta1 = 0.9f,
                       .beta2 = 0.999f,
                       .epsilon = 1e-8f,
                       .correction1 = (float)(1 - pow(0.9, step)),
                       .correction2 = (float)(1 - pow(0.999, step)),
                       .tau = (float)tau,
                       .N = DOCUMENTS,
                       .B = DOCUMENTS,
                       .n = TASKS,
                       .P = WIDTH,
                       .g = x->g[0],
                       .theta = x->theta[0],
                       .Theta = x->Theta,
                       .m = x->m[0],
                       .v = x->v[0],
                       .shared = x->shared};
}

static void descend(quadratic *x, const bora_step_rule *rule, double tau) {
    for (int i = 1; i <= STEPS; i++) {
        gradient(x);
        bora_step s = step_of(x, tau, 1e-2 * bora_decaying((i - 1.0) / STEPS), i);
        rule->step(&s, 0, WIDTH);
    }
}

static double map_given(const quadratic *x, int d, int j, double tau, double Theta) {
    return (x->h[d][j] * x->c[d][j] + tau * Theta) / (x->h[d][j] + tau);
}

static void check_that_it_ends_at_the_map(const char *rule) {
    for (double tau = 3; tau < 1000; tau *= 10) {
        quadratic x;
        begin_quadratic(&x);
        descend(&x, bora_step_rule_for(rule, tau), tau);
        for (int j = 0; j < WIDTH; j++) {
            double sum = 0, weights = 0;
            for (int d = 0; d < TASKS; d++) {
                double w = x.h[d][j] * tau / (x.h[d][j] + tau);
                sum += w * x.c[d][j], weights += w;
            }
            cr_assert_float_eq(x.Theta[j], sum / weights, 1e-3, "tau %g: Theta", tau);
            for (int d = 0; d < TASKS; d++)
                cr_assert_float_eq(x.theta[d][j], map_given(&x, d, j, tau, sum / weights), 1e-3, "tau %g: theta", tau);
        }
    }
}

/* [lab:limits] */
Test(step, pooled_ends_at_the_exact_map) { check_that_it_ends_at_the_map("pooled"); }

Test(step, centred_ends_at_the_exact_map) { check_that_it_ends_at_the_map("centred"); }

/* [eq:shifted] */
Test(step, shifted_ends_at_the_exact_map) { check_that_it_ends_at_the_map("shifted"); }

/* [eq:ridge] */
Test(step, ridge_ends_at_the_exact_map_about_a_Theta_that_stays) {
    for (double tau = 3; tau < 1000; tau *= 10) {
        quadratic x;
        begin_quadratic(&x);
        descend(&x, &bora_step_ridge, tau);
        for (int j = 0; j < WIDTH; j++) {
            cr_assert_eq(x.Theta[j], 0.25f);
            for (int d = 0; d < TASKS; d++)
                cr_assert_float_eq(x.theta[d][j], map_given(&x, d, j, tau, 0.25), 1e-3, "tau %g", tau);
        }
    }
}

/* Shared coordinates: one value at the minimum of the sum. A task's own: ridge. */
/* [eq:additive] */
Test(step, additive_ends_at_the_exact_map) {
    quadratic x;
    begin_quadratic(&x);
    for (int j = 0; j < WIDTH; j += 3) x.shared[j] = true;
    descend(&x, &bora_step_additive, 30);
    for (int j = 0; j < WIDTH; j++) {
        double sum = 0, weights = 0;
        for (int d = 0; d < TASKS; d++) sum += x.h[d][j] * x.c[d][j], weights += x.h[d][j];
        for (int d = 0; d < TASKS; d++) {
            if (x.shared[j]) cr_assert_eq(x.theta[d][j], x.Theta[j]);
            cr_assert_float_eq(x.theta[d][j], x.shared[j] ? sum / weights : map_given(&x, d, j, 30, 0.25), 1e-3);
        }
        if (!x.shared[j]) cr_assert_eq(x.Theta[j], 0.25f);
    }
}

/* At one task the sum over tasks is its gradient: the shared part takes Adam's bits. */
Test(step, additive_with_all_shared_is_Adam_on_the_sum) {
    quadratic x, y;
    begin_quadratic(&x);
    begin_quadratic(&y);
    for (int j = 0; j < WIDTH; j++) x.shared[j] = true;
    for (int i = 1; i < 20; i++) {
        gradient(&x);
        gradient(&y);
        bora_step s = step_of(&x, 1e30, 1e-2, i), t = step_of(&y, 0, 1e-2, i);
        s.n = t.n = 1;
        bora_step_additive.step(&s, 0, WIDTH);
        bora_step_adam.step(&t, 0, WIDTH);
        cr_assert_arr_eq(x.theta[0], y.theta[0], sizeof x.theta[0]);
    }
}

Test(step, plain_is_Adam_bit_for_bit) {
    quadratic x, y;
    begin_quadratic(&x);
    begin_quadratic(&y);
    for (int i = 1; i < 50; i++) {
        gradient(&x);
        gradient(&y);
        bora_step s = step_of(&x, 0, 1e-2, i), t = step_of(&y, 0, 1e-2, i);
        bora_step_adam.step(&s, 0, WIDTH);
        bora_step_plain.step(&t, 0, WIDTH);
        cr_assert_arr_eq(x.theta, y.theta, sizeof x.theta);
    }
    for (int j = 0; j < WIDTH; j++) cr_assert_eq(y.Theta[j], 0.25f, "it knows no Theta");
    cr_assert_eq(bora_step_rule_for("plain", 0), &bora_step_plain);
    cr_assert_eq(bora_step_rule_for("plain", INFINITY), &bora_step_plain);
}

/* ---- gradients of the priors; the un-squared norm: one matrix of all coordinates ---------------------------------------- */

static double norm_of(const quadratic *x, int d) { return bora_distance(x->theta[d], x->Theta, WIDTH); }

static double objective(quadratic *x, double tau, bool gaussian) {
    double sum = gradient(x);
    for (int d = 0; d < TASKS; d++) sum += gaussian ? tau / 2 * norm_of(x, d) * norm_of(x, d) : tau * norm_of(x, d);
    return sum;
}

/* m after one step, over 1 - beta1, is the gradient that Adam saw. */
static void check_gradients(bool shifted, bool gaussian) {
    static const double tau = 20;
    quadratic x, y;
    begin_quadratic(&x);
    for (int d = 0; d < TASKS; d++)
        for (int j = 0; j < WIDTH; j++) x.theta[d][j] += 0.1f * x.c[d][j];
    for (int d = 0; d < TASKS; d++)
        for (int j = 0; j < WIDTH; j++) x.norm[d][j] = (float)norm_of(&x, d);
    quadratic start = x;
    gradient(&x);
    bora_step s = step_of(&x, tau, 1e-2, 1);
    s.norm = gaussian ? NULL : x.norm[0];
    bora_step_rule_for(shifted ? "shifted" : "centred", tau)->step(&s, 0, WIDTH);
    for (int j = 0; j < WIDTH; j++)
        for (int d = 0; d <= TASKS; d++) { /* the last: Theta, with which theta_d = Theta + delta_d moves if shifted */
            double difference[2];
            for (int side = 0; side < 2; side++) {
                float by = side ? 1e-2f : -1e-2f;
                y = start;
                if (d < TASKS) y.theta[d][j] += by;
                else y.Theta[j] += by;
                for (int e = 0; e < TASKS && shifted && d == TASKS; e++) y.theta[e][j] += by;
                difference[side] = objective(&y, tau, gaussian);
            }
            cr_assert_float_eq(x.m[d][j] / 0.1, (difference[1] - difference[0]) / 2e-2 / DOCUMENTS, 5e-3, "%d %d", d, j);
        }
}

/* [eq:prior] */
Test(step, gradients_of_the_priors_equal_differences) {
    for (int i = 0; i < 4; i++) check_gradients(i % 2, i / 2);
}

/* [lab:limits] */
Test(step, the_unsquared_norm_pulls_nothing_where_it_is_0) {
    quadratic x;
    begin_quadratic(&x);
    bora_step s = step_of(&x, 20, 1e-2, 1);
    s.norm = x.norm[0];
    bora_step_centred.step(&s, 0, WIDTH);
    for (int j = 0; j < WIDTH; j++)
        for (int d = 0; d < TASKS; d++) cr_assert_eq(x.theta[d][j], 0.25f);
}

/* ---- schedule and methods ------------------------------------------------------------------------------------------------ */

Test(step, the_decaying_schedule_is_half_a_cosine) {
    cr_assert_eq(bora_decaying(0), 1);
    for (int i = 0; i < 100; i++) cr_assert_float_eq(bora_decaying(i / 100.0), 0.5 + 0.5 * cos(acos(-1) * i / 100), 1e-15);
}

Test(step, methods_by_name) {
    cr_assert_str_eq(bora_method_named("bora", 0)->name, "independent");
    cr_assert_str_eq(bora_method_named("bora", INFINITY)->name, "unified");
    cr_assert_str_eq(bora_method_named("bora", 3)->name, "bora");
    cr_assert_str_eq(bora_method_named("ridge", 0)->name, "ridge");
    cr_assert_null(bora_method_named("boar", 3));
}
