/* test_kernel_math.c: exp and gelu of the kernels over all floats (every 997th) against double precision. That the variants
 * agree with this one lane is in test_kernels.c. */
#include "test.h"

#include "kernels/kernel_lane.h"

/* |mine - exact| in units of the last place of a float at exact, subnormal ones included; infinity stands for 2^128. */
static double ulps(float mine, double exact) {
    int exponent;
    frexp(exact, &exponent);
    exponent = exponent < -125 ? -125 : exponent > 128 ? 128 : exponent;
    return fabs((isinf(mine) ? 0x1p128 : (double)mine) - exact) / ldexp(1, exponent - 24);
}

/* [eq:exp] */
Test(kernel_math, exp_is_within_one_ulp) {
    for (uint64_t bits = 0; bits <= UINT32_MAX; bits += 997) {
        uint32_t pattern = (uint32_t)bits;
        float x;
        memcpy(&x, &pattern, sizeof x);
        if (isnan(x)) cr_assert(isnan(v_exp(x)));
        else cr_assert_leq(ulps(v_exp(x), fmin(exp((double)x), 0x1p128)), 1, "exp %a", (double)x);
    }
    cr_assert_eq(v_exp(0), 1);
    cr_assert_eq(v_exp(-0.0f), 1);
    cr_assert_eq(v_exp(-INFINITY), 0);
    cr_assert_eq(v_exp(INFINITY), INFINITY);
    cr_assert_eq(v_exp(-104), 0);
    cr_assert_eq(v_exp(-103.9f), 0x1p-149f);
    cr_assert_eq(v_exp(89), INFINITY);
}

/* [eq:gelu] */
Test(kernel_math, gelu_is_accurate) {
    const double half_ulp = 0x1p-24, value_bound = 2.5, slope_bound = 34, c = sqrt(2 / acos(-1)), a = 0.044715;
    for (uint64_t bits = 0; bits <= UINT32_MAX; bits += 997) {
        uint32_t pattern = (uint32_t)bits;
        float x, y, slope;
        memcpy(&x, &pattern, sizeof x);
        double X = (double)x, s = 1 / (1 + exp(-2 * c * (X + a * X * X * X)));
        v_gelu(x, &y, &slope);
        if (isnan(x)) cr_assert(isnan(y) && isnan(slope));
        if (!(fabs(X) < 1e18)) continue; /* x^2 overflows a float */
        double exact = s + X * s * (1 - s) * 2 * c * (1 + 3 * a * X * X);
        cr_assert_leq(fabs((double)y - X * s), value_bound * half_ulp * fabs(X) + 0x1p-149, "gelu %a", X);
        cr_assert_leq(fabs((double)slope - exact), slope_bound * half_ulp, "gelu' %a", X);
    }
}
