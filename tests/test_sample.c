/* test_sample.c: the next token's distribution against the likelihood, on every kernel the same bits; draws from it by hand. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bora_error error;

/* The chain rule in float32 probabilities: 20 roundings of 6e-8 on logarithms of about 4, once each. */
#define CHAIN_TOLERANCE 2e-5

typedef struct {
    oracle o;
    bora_arena arena;
    bora_activations a;
    float *theta, *room;
    bora_low_rank adapter[2 * BORA_MATRICES];
} setting;

static void begin(setting *x) {
    oracle_load(&x->o);
    const bora_shape *s = &x->o.model.parameters.shape;
    cr_assert_ok(bora_arena_init(&x->arena, bora_activations_bytes(s, x->o.lora.rank, x->o.lora.target), "test", &error));
    bora_activations_init(&x->a, &x->arena, s, x->o.lora.rank, x->o.lora.target);
    x->theta = calloc(x->o.lora.P, sizeof *x->theta);
    x->room = calloc(bora_lora_room(&x->o.lora), sizeof *x->room);
    oracle_adapter(&x->o, "theta.0", x->theta);
    bora_lora_pack(&x->o.lora, x->theta, x->room, x->adapter);
}

static void end(setting *x) {
    free(x->theta);
    free(x->room);
    bora_arena_free(&x->arena);
    oracle_free(&x->o);
}

Test(sample, the_next_tokens_probabilities_multiply_to_the_likelihood) {
    setting x;
    begin(&x);
    const bora_sample *document = &x.o.data.samples[0][0];
    const bora_kernels *k;
    for (int variant = 0; (k = kernels_under_test(variant)); variant++)
        for (int adapted = 0; adapted < 2; adapted++) {
            const bora_low_rank *adapter = adapted ? x.adapter : NULL;
            int32_t first = x.o.tokens[0][0];
            double nll = bora_model_forward(k, &x.o.model, adapter, first, document->tokens, document->n, &x.a, false), sum = 0;
            for (int n = 0; n < document->n; n++) {
                memset(x.a.n_f, 0,
                       (size_t)document->n * bora_stride(32) * sizeof(float)); /* nothing is left of the last pass */
                sum -= log(
                    (double)bora_next_token(k, &x.o.model, adapter, first, document->tokens, n, 1, &x.a)[document->tokens[n]]);
            }
            cr_assert_float_eq(sum, nll, CHAIN_TOLERANCE * nll, "%s: %.9g, %.9g", k->name, sum, nll);
        }
    end(&x);
}

Test(sample, what_stands_behind_the_context_is_not_seen_and_kernels_agree) {
    setting x;
    begin(&x);
    enum { V = 97, N = 9 };
    int32_t tokens[N + 1];
    float once[V];
    const bora_kernels *k;
    memcpy(tokens, x.o.data.samples[0][0].tokens, sizeof tokens);
    for (int variant = 0; (k = kernels_under_test(variant)); variant++)
        for (int32_t behind = 0; behind < 2; behind++) {
            tokens[N] = behind;
            const float *p = bora_next_token(k, &x.o.model, x.adapter, 1, tokens, N, 0.7, &x.a);
            if (variant == 0 && behind == 0) memcpy(once, p, sizeof once);
            cr_assert_arr_eq(p, once, sizeof once, "%s", k->name);
        }
    end(&x);
}

Test(sample, temperature_divides_the_logits) {
    setting x;
    begin(&x);
    const bora_kernels *k = bora_kernels_named("ref");
    enum { V = 97 };
    float one[V];
    const int32_t *tokens = x.o.data.samples[0][0].tokens;
    memcpy(one, bora_next_token(k, &x.o.model, NULL, 1, tokens, 3, 1, &x.a), sizeof one);
    const float *p = bora_next_token(k, &x.o.model, NULL, 1, tokens, 3, 0.5, &x.a);
    for (int v = 1; v < V; v++) /* p(v) / p(0) is squared */
        cr_assert_float_eq(log((double)(p[v] / p[0])), 2 * log((double)(one[v] / one[0])), 1e-4);
    end(&x);
}

/* ---- draws -------------------------------------------------------------------------------------------------------------- */

static const float p[5] = {0.125f, 0.25f, 0.0625f, 0.5f, 0.0625f}; /* in order: 3, 1, 0, and of the equal ones 2 before 4 */

static int32_t draw(double top_p, double u) {
    bora_candidate room[5];
    return bora_draw_token(p, 5, top_p, u, room);
}

Test(sample, draws_follow_the_order_of_likelihood) {
    static const int32_t order[5] = {3, 1, 0, 2, 4};
    static const double from[5] = {0, 0.5, 0.75, 0.875, 0.9375};
    for (int i = 0; i < 5; i++) {
        cr_assert_eq(draw(1, from[i]), order[i], "from its first number on");
        if (i) cr_assert_eq(draw(1, from[i] - 1e-12), order[i - 1], "up to there");
    }
    cr_assert_eq(draw(1, 1 - 0x1p-53), 4);
}

Test(sample, the_nucleus_reaches_top_p_and_is_at_least_one_token) {
    cr_assert(draw(0, 0.999) == 3 && draw(1e-9, 0.999) == 3 && draw(0.5, 0.999) == 3);
    cr_assert_eq(draw(0.51, 0.999), 1, "two tokens");
    cr_assert(draw(0.75, 0.66) == 3 && draw(0.75, 0.67) == 1, "2 to 1");
    cr_assert(draw(0.76, 0.999) == 0);
}
