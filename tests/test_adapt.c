/* test_adapt.c: where an adapter begins, and the distances that the priors weigh. */
#include "test.h"

#include <math.h>

static bora_error error;
static const bora_shape shape = {.V = 16, .C = 16, .L = 2, .H = 2, .T = 8};
static bora_lora lora;

static void set_up(void) {
    const bool target[BORA_MATRICES] = {[BORA_Q] = true, [BORA_DOWN] = true};
    cr_assert_ok(bora_lora_init(&lora, shape, 3, 6, target, &error));
}
static void tear_down(void) { bora_lora_free(&lora); }
TestSuite(adapt, .init = set_up, .fini = tear_down);

/* The factors of both layers' q [16, 16] and down [16, 64] at rank 3: A [3, in] and B [16, 3]. */
enum { FACTORS = 8, P = 2 * (3 * 16 + 16 * 3 + 3 * 64 + 16 * 3) };
static const size_t sizes[FACTORS] = {3 * 16, 16 * 3, 3 * 64, 16 * 3, 3 * 16, 16 * 3, 3 * 64, 16 * 3};

/* [eq:start] */
Test(adapt, A_is_uniform_and_B_is_0) {
    float theta[P];
    cr_assert_eq(lora.P, P);
    cr_assert_eq(lora.scale, 2);
    bora_lora_start(&lora, 1, theta);
    for (size_t f = 0, from = 0; f < FACTORS; from += sizes[f++]) {
        double sum = 0, squares = 0, limit = f % 2 ? 0 : 1 / sqrt(sizes[f] / 3.0);
        for (size_t j = from; j < from + sizes[f]; j++) {
            cr_assert_leq(fabs((double)theta[j]), limit, "factor %zu", f);
            sum += (double)theta[j] / (double)sizes[f], squares += (double)(theta[j] * theta[j]) / (double)sizes[f];
        }
        /* Five standard errors of the mean and of the mean square of uniform numbers. */
        cr_assert_float_eq(sum, 0, 5 * limit / sqrt(3.0 * (double)sizes[f]) + 1e-30);
        cr_assert_float_eq(squares, limit * limit / 3, 5 * limit * limit * sqrt(4 / 45.0 / (double)sizes[f]) + 1e-30);
    }
}

Test(adapt, distances_are_those_of_each_factor) {
    float theta[P], Theta[P], norm[P];
    for (size_t j = 0; j < P; j++)
        theta[j] = (float)bora_normal(1, BORA_FOR_TESTS, j), Theta[j] = (float)bora_normal(2, BORA_FOR_TESTS, j);
    bora_matrix_distances(&lora, theta, Theta, norm);
    double all = 0;
    for (size_t f = 0, from = 0; f < FACTORS; from += sizes[f++]) {
        double squares = 0;
        for (size_t j = from; j < from + sizes[f]; j++) squares += pow((double)theta[j] - (double)Theta[j], 2);
        for (size_t j = from; j < from + sizes[f]; j++) cr_assert_eq(norm[j], (float)sqrt(squares), "factor %zu", f);
        all += squares;
    }
    cr_assert_float_eq(bora_distance(theta, Theta, P), sqrt(all), 1e-12 * sqrt(all));
}
