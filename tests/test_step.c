/* test_step.c: the step rules: three steps against the oracle's numbers, and the two limits bit for bit against plain Adam. */
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
        bora_batch_gradient(&x->engine, &x->s, x->o.tokens[batch[i]][0], &sample, 1, one, &nll);
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

Test(step, pooled_equals_the_oracle_between_the_limits) {
    setting x;
    begin(&x, false);
    three_steps(&x, bora_step_rule_for("pooled", 2.5), 2.5, false);
    compare(&x, "step3.pooled.2.5");
    end(&x);
}

Test(step, tau_0_equals_the_oracle) {
    setting x;
    begin(&x, false);
    three_steps(&x, bora_step_rule_for("pooled", 0), 0, false);
    compare(&x, "step3.pooled.0");
    end(&x);
}

Test(step, tau_infinity_equals_the_oracle) {
    setting x;
    begin(&x, true);
    three_steps(&x, bora_step_rule_for("pooled", INFINITY), 0, false);
    compare(&x, "step3.pooled.inf");
    end(&x);
}

Test(step, centred_equals_AdamW_on_the_whole_objective) {
    setting x;
    begin(&x, false);
    three_steps(&x, bora_step_rule_for("centred", 2.5), 2.5, true);
    compare(&x, "step3");
    end(&x);
}

Test(step, an_unknown_rule_is_none) { cr_assert_null(bora_step_rule_for("pulled", 1)); }
