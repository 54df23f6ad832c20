/* test_kernels.c: every variant, emulated ones among them, against ref bit for bit, at odd sizes and unaligned ends, with
 * guards round every output; ref against double precision. */
#include "test.h"

#include <fenv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GUARD = 40, MOST = 200 };
static const float guard = 1234.5f;

static float random_value(uint64_t i) { return (float)(4 * bora_uniform(11, BORA_FOR_TESTS, i) - 2); }

static void fill(float *x, size_t n, uint64_t at) {
    for (size_t i = 0; i < n; i++) x[i] = random_value(at + i);
}

/* An output of n floats between guards. */
static float *guarded(float *room, size_t n) {
    for (size_t i = 0; i < n + 2 * GUARD; i++) room[i] = guard;
    return room + GUARD;
}
static void check_guards(const float *room, size_t n, const char *what) {
    for (size_t i = 0; i < GUARD; i++) cr_assert(room[i] == guard && room[GUARD + n + i] == guard, "%s writes outside", what);
}

/* B [K, n] in each form that a product takes; b and its transpose bt have rows of 64. */
static bora_right right_factor(const bora_kernels *k, int form, int K, int n, const float *b, const float *bt, float *packed) {
    switch (form) {
    case 0: return bora_plain(b, 64);
    case 1: bora_pack(K, n, b, 64, packed); return bora_packed(packed, K);
    case 2: bora_pack(n, K, bt, 64, packed); return bora_packed_transposed(packed, n);
    default: bora_pack_transposed(k, n, K, bt, 64, packed); return bora_packed(packed, (int)bora_round16((size_t)K));
    }
}

/* [eq:tile] */
Test(kernels, products_of_all_sizes_equal_ref) {
    const bora_kernels *ref = bora_kernels_named("ref"), *other;
    static float a[64 * 64], b[64 * 64], bt[80 * 64], x[64 * 80 + 2 * GUARD], y[64 * 80 + 2 * GUARD], packed[64 * 64 + 16 * 16];
    fill(a, 64 * 64, 1);
    fill(b, 64 * 64, 10000);
    for (int i = 0; i < 64 * 64; i++) bt[i % 64 * 64 + i / 64] = b[i];
    for (int m = 1; m <= 26; m++)
        for (int n = 1; n <= 49; n += n < 17 ? 1 : 5)
            for (int K = 0; K <= 23; K += K < 3 ? 1 : 7)
                for (int way = 0; way < 8; way++) {
                    ptrdiff_t ai = way & 1 ? 1 : 26, ak = way & 1 ? 26 : 1;
                    size_t ld = 50;
                    float *c = guarded(x, (size_t)m * ld);
                    for (int resume = 0; resume < 2; resume++)
                        bora_matmul(ref, m, n, K, a, ai, ak, bora_plain(b, 64), c, (ptrdiff_t)ld, resume);
                    for (int variant = 0; (other = kernels_under_test(variant)); variant++) {
                        float *d = guarded(y, (size_t)m * ld);
                        bora_right right = right_factor(other, way / 2, K, n, b, bt, packed);
                        for (int resume = 0; resume < 2; resume++)
                            bora_matmul(other, m, n, K, a, ai, ak, right, d, (ptrdiff_t)ld, resume);
                        cr_assert_arr_eq(x, y, sizeof(float) * ((size_t)m * ld + 2 * GUARD), "%s: %d x %d x %d, way %d",
                                         other->name, m, n, K, way);
                    }
                }
}

/* Also where the chain is longer than what is taken at once. */
/* [eq:chain] */
Test(kernels, a_product_is_one_chain_of_fused_multiply_adds) {
    enum { K = 1003 };
    static float a[K], b[K * 16 + 16], c[16], packed[K * 16 + 16 * 16];
    const bora_kernels *k;
    fill(a, K, 5);
    fill(b, K * 16, 600);
    for (int variant = 0; (k = kernels_under_test(variant)); variant++)
        for (int transposed = 0; transposed < 2; transposed++) {
            for (int j = 0; j < 16 * K; j++) packed[bora_packed_at(16, (size_t)j % 16, (size_t)j / 16)] = b[j]; /* b^T */
            bora_matmul(k, 1, 16, K, a, K, 1, transposed ? bora_packed_transposed(packed, 16) : bora_plain(b, 16), c, 16,
                        false);
            for (int j = 0; j < 16; j++) {
                float chain = 0;
                for (int i = 0; i < K; i++) chain = fmaf(a[i], b[i * 16 + j], chain);
                cr_assert_eq(c[j], chain, "%s", k->name);
            }
        }
}

/* (1 + 2^-12)^2 - (1 + 2^-11) = 2^-24, which a product rounded first loses: an emulation, too, must not round it. */
Test(kernels, multiply_and_add_is_fused) {
    const bora_kernels *k;
    const float a = 1 + 0x1p-12f;
    float b[16], c[16];
    for (int variant = 0; (k = kernels_under_test(variant)); variant++)
        for (int n = 1; n <= 16; n++) {
            for (int j = 0; j < 16; j++) b[j] = a, c[j] = -(1 + 0x1p-11f);
            k->panel(1, n, 1, &a, 1, 1, b, 16, c, 16, true);
            for (int j = 0; j < n; j++) cr_assert_eq(c[j], 0x1p-24f, "%s, n = %d", k->name, n);
        }
}

/* Every row function on rows of n, into three guarded outputs. */
typedef struct {
    float room[3][MOST + 2 * GUARD], rstd;
    double nll;
} row_results;

static void run_rows(const bora_kernels *k, int n, const float *in, const float *gamma, const float *beta, row_results *x) {
    memset(x, 0, sizeof *x);
    float *a = guarded(x->room[0], (size_t)n), *b = guarded(x->room[1], (size_t)n), *c = guarded(x->room[2], (size_t)n);
    x->rstd = k->layernorm(n, in, gamma, beta, 1e-5f, a, b);
    memcpy(c, beta, (size_t)n * sizeof *c);
    k->layernorm_backward(n, gamma, beta, a, x->rstd, c);
    k->softmax(n, 0.3f, b);
    k->softmax_backward(n, 0.3f, b, c);
    k->gelu(n, in, a, c);
    memcpy(b, in, (size_t)n * sizeof *b);
    x->nll = k->cross_entropy(n, n / 2, true, b);
    for (int i = 0; i < 3; i++) check_guards(x->room[i], (size_t)n, k->name);
}

Test(kernels, rows_equal_ref) {
    static float in[MOST + 32], gamma[MOST + 32], beta[MOST + 32];
    static row_results plain, x;
    fill(in, MOST + 32, 100);
    fill(gamma, MOST + 32, 1000);
    fill(beta, MOST + 32, 2000);
    in[7] = -300, in[50] = 90, in[51] = 0; /* exp runs out at both ends */
    const bora_kernels *other;
    for (int n = 1; n < MOST; n++) {
        run_rows(bora_kernels_named("ref"), n, in, gamma, beta, &plain);
        for (int variant = 0; (other = kernels_under_test(variant)); variant++) {
            run_rows(other, n, in, gamma, beta, &x);
            cr_assert_arr_eq(&x, &plain, sizeof x, "%s, n = %d", other->name, n);
        }
    }
}

/* Lane i of 2 w lanes is lane i and lane i + w of those before. */
static float tree(const float *lane, int i, int width) {
    return width == 16 ? lane[i] : tree(lane, i, 2 * width) + tree(lane, i + width, 2 * width);
}

/* [eq:tree] */
Test(kernels, a_row_is_summed_in_sixteen_lanes_and_one_tree) {
    float x[MOST + 32], one[MOST + 32], xhat[MOST + 32], y[MOST + 32];
    const bora_kernels *k;
    fill(x, MOST + 32, 400);
    for (int i = 0; i < MOST + 32; i++) one[i] = 1;
    for (int n = 1; n < MOST; n++) {
        float sum[16] = {0}, squares[16] = {0};
        for (int i = 0; i < n; i++) sum[i % 16] += x[i];
        float mean = tree(sum, 0, 1) / (float)n;
        for (int i = 0; i < n; i++) squares[i % 16] = fmaf(x[i] - mean, x[i] - mean, squares[i % 16]);
        float rstd = 1 / sqrtf(tree(squares, 0, 1) / (float)n + 1e-5f);
        for (int variant = 0; (k = kernels_under_test(variant)); variant++) {
            cr_assert_eq(k->layernorm(n, x, one, one, 1e-5f, xhat, y), rstd, "%s, n = %d", k->name, n);
            cr_assert_eq(xhat[n - 1], (x[n - 1] - mean) * rstd, "%s, n = %d", k->name, n);
        }
    }
}

Test(kernels, chains_equal_ref) {
    const bora_kernels *other;
    float start[BORA_CHAINS], plain[BORA_CHAINS], x[BORA_CHAINS + 2 * GUARD], *y;
    fill(start, BORA_CHAINS, 300);
    memcpy(plain, start, sizeof plain);
    bora_kernels_named("ref")->chains(50, 0.999f, 0.25f, plain);
    for (int variant = 0; (other = bora_kernels_variant(variant)); variant++) {
        memcpy(y = guarded(x, BORA_CHAINS), start, sizeof start);
        other->chains(50, 0.999f, 0.25f, y);
        cr_assert_arr_eq(y, plain, sizeof plain, "%s", other->name);
        check_guards(x, BORA_CHAINS, other->name);
    }
}

/* [eq:cross-entropy] */
Test(kernels, cross_entropy_is_accurate) {
    const bora_kernels *ref = bora_kernels_named("ref");
    for (int n = 2; n < 100; n += 7) {
        float x[128];
        double largest = -1e300, sum = 0;
        fill(x, (size_t)n, 77 * (uint64_t)n);
        for (int i = 0; i < n; i++) largest = fmax(largest, x[i]);
        for (int i = 0; i < n; i++) sum += exp(x[i] - largest);
        double expected = log(sum) + largest - x[1];
        cr_assert_float_eq(ref->cross_entropy(n, 1, false, x), expected, 4e-7, "n = %d", n);
    }
}

Test(kernels, a_loss_that_is_not_finite_stays_so) {
    const bora_kernels *k;
    for (int i = 0; (k = kernels_under_test(i)); i++) {
        float x[32] = {0}; /* rows may be read up to the next multiple of 16 */
        x[3] = NAN;
        cr_assert(isnan(k->cross_entropy(20, 1, false, x)), "%s", k->name);
    }
}

Test(kernels, another_rounding_is_refused) {
    bora_error error;
    const bora_kernels *k;
    fesetround(FE_UPWARD);
    int status = bora_kernels_choose(&k, &error);
    fesetround(FE_TONEAREST);
    cr_assert_eq(status, BORA_FAILED);
    cr_assert(strstr(error.message, "round to nearest"), "%s", error.message);
    cr_assert_ok(bora_kernels_choose(&k, &error));
}

Test(kernels, an_unknown_variant_is_refused) {
    bora_error error;
    const bora_kernels *k;
    setenv("BORA_KERNELS", "sse", 1);
    cr_assert_eq(bora_kernels_choose(&k, &error), BORA_USAGE);
    cr_assert(strstr(error.message, "'sse'"), "%s", error.message);
    setenv("BORA_KERNELS", "ref", 1);
    cr_assert_ok(bora_kernels_choose(&k, &error));
    cr_assert_str_eq(k->name, "ref");
}
