/* test_kernel_math.c: exp of the kernels over all floats (every 997th) against double precision. That the variants agree with
 * this one lane is in test_kernels.c. */
#include "test.h"

#include "kernels/kernel_lane.h"

/* |mine - exact| in units of the last place of a float at exact, subnormal ones included; infinity stands for 2^128. */
static double ulps(float mine, double exact) {
    int exponent;
    frexp(exact, &exponent);
    exponent = exponent < -125 ? -125 : exponent > 128 ? 128 : exponent;
    return fabs((isinf(mine) ? 0x1p128 : (double)mine) - exact) / ldexp(1, exponent - 24);
}

Test(kernel_math, exp_is_accurate) {
    const double bound = 1.07; /* ulp: one would be missed */
    for (uint64_t bits = 0; bits <= UINT32_MAX; bits += 997) {
        uint32_t pattern = (uint32_t)bits;
        float x;
        memcpy(&x, &pattern, sizeof x);
        if (isnan(x)) cr_assert(isnan(v_exp(x)));
        else cr_assert_leq(ulps(v_exp(x), fmin(exp((double)x), 0x1p128)), bound, "exp %a", (double)x);
    }
    cr_assert_eq(v_exp(0), 1);
    cr_assert_eq(v_exp(-0.0f), 1);
    cr_assert_eq(v_exp(-INFINITY), 0);
    cr_assert_eq(v_exp(INFINITY), INFINITY);
    cr_assert_eq(v_exp(-104), 0);
    cr_assert_eq(v_exp(-103.9f), 0x1p-149f);
    cr_assert_eq(v_exp(89), INFINITY);
}
