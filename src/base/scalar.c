/* scalar.c: log, exp and cosine in double from correctly rounded operations alone, so that every machine gets the same bits.
 * They serve once a row or once a step; the vector functions of the kernels are in kernels/kernel_math.h. */
#include "base/base.h"

#include <math.h>
#include <string.h>

/* log x = k log 2 + log m with m in [sqrt(1/2), sqrt(2)); log m = 2 atanh s = 2 (s + s^3/3 + s^5/5 + ...), s = (m-1)/(m+1),
 * |s| < 0.1716, so that eleven terms reach 2^-65. With f = m - 1, 2 s = f - s f: adding the small parts to the exact f last
 * keeps the error within 1 ulp (the worst of twenty million: 0.96). */
double bora_log(double x) {
    /* [eq:log] */
    if (!(x > 0)) return x == 0 ? -INFINITY : NAN;
    if (x == INFINITY) return x;
    int k = 0;
    if (x < 0x1p-1022) x *= 0x1p54, k = -54; /* subnormal */
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    k += (int)(bits >> 52) - 1023;
    bits = (bits & 0xfffffffffffffu) | 0x3ff0000000000000u;
    double m;
    memcpy(&m, &bits, sizeof m); /* [1, 2) */
    if (m > 0x1.6a09e667f3bcdp0) m *= 0.5, k++;
    double f = m - 1, s = f / (2 + f), w = s * s, series = 0;
    for (int n = 23; n >= 3; n -= 2) series = fma(series, w, 1.0 / n);
    static const double log2_high = 0x1.62e42feep-1, log2_low = 0x1.a39ef35793c76p-33; /* k * high is exact */
    double tail = fma(k, log2_low, s * (2 * w * series - f));                          /* log m - f = -s f + 2 s w series */
    return fma(k, log2_high, f + tail);
    /* [/eq:log] */
}

static double power_of_two(int k) { /* -1022 <= k <= 1023 */
    uint64_t bits = (uint64_t)(k + 1023) << 52;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* exp x = 2^k exp r, |r| <= log(2) / 2 (Cody and Waite), exp r = 1 + (r + r^2 (1/2! + r/3! + ...)) to r^14 / 14!. 2^k in two
 * halves, so that results may be subnormal (rounded once) or infinite. */
double bora_exp(double x) {
    static const double shift = 0x1.8p52, log2_high = 0x1.62e42feep-1, log2_low = 0x1.a39ef35793c76p-33;
    if (!(x > -746)) return x != x ? x : 0;
    if (x > 710) return INFINITY;
    double k = fma(x, 0x1.71547652b82fep0, shift) - shift,
           r = fma(-k, log2_low, fma(-k, log2_high, x)); /* adding shift rounds */
    double series = 0;
    for (int n = 14; n >= 2; n--) series = fma(series, r, 1) / n; /* from within: (((r/14 + 1) r/13 + 1) ... r/3 + 1) / 2 */
    int half = (int)k / 2;
    return (1 + fma(r * r, series, r)) * power_of_two(half) * power_of_two((int)k - half);
}

/* cos(2 pi x): folded into an eighth of a turn, then the Taylor series of cos or sin there, its small part added last. The
 * worst error of twenty million is 1.82 ulp, on the side of the sine: 2 pi and its product with x are each rounded. */
double bora_cos2pi(double x) {
    static const double two_pi = 0x1.921fb54442d18p2;
    if (x > 0.5) x = 1 - x; /* cos(2 pi (1 - x)) = cos(2 pi x); exact for x >= 1/2 */
    double sign = x > 0.25 ? -1 : 1;
    if (x > 0.25) x = 0.5 - x; /* cos(pi - a) = -cos a */
    bool sine = x > 0.125;
    double a = two_pi * (sine ? 0.25 - x : x), w = -a * a, series = 1; /* cos a = sin(pi/2 - a) */
    for (int n = 18; n >= 4; n -= 2) series = fma(w * series, 1.0 / (n * (sine ? n + 1 : n - 1)), 1);
    double tail = w * series / (sine ? 6 : 2);
    return sign * (sine ? fma(a, tail, a) : 1 + tail);
}
