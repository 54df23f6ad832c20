/* kernel_math.h: exp and gelu of the numerics contract, written once for every variant.
 *
 * The including file defines `V` (one lane in ref, sixteen elsewhere) and, on it: v_set(float), v_add, v_sub, v_mul, v_div,
 * v_fma(a, b, c) = a b + c rounded once, v_min(a, b) = a < b ? a : b, v_max(a, b) = a > b ? a : b, and v_exp2_bits(t) (see
 * below).
 */

/* exp(x) = 2^k exp(r), k = round(x / log 2), |r| <= log(2) / 2: Cody and Waite's reduction with fma, then Taylor's series to
 * r^7 / 7!. Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits, from which v_exp2_bits(t) makes 2^(t - 1.5 *
 * 2^23). The linear term is added in two parts, the exact x - k high and what is small, since r is already rounded. 2^k is
 * applied in two halves, so that results may be subnormal (rounded once) or infinite. The worst error over all
 * floats is 0.94 ulp; NaN gives NaN. */
static inline V v_exp(V x) {
    /* [eq:exp] */
    const V shift = v_set(0x1.8p23f);
    x = v_min(v_set(89.0f), v_max(v_set(-104.0f), x)); /* exp overflows above 88.73 and rounds to 0 below -103.98 */
    V k = v_sub(v_fma(x, v_set(0x1.715476p0f), shift), shift);
    V high = v_fma(k, v_set(-0x1.62e4p-1f), x); /* log 2 in two parts: x - k times the first is exact */
    V low = v_mul(k, v_set(-0x1.7f7d1cp-20f)), r = v_add(high, low);
    V p = v_set(1.0f / 5040);
    p = v_fma(p, r, v_set(1.0f / 720));
    p = v_fma(p, r, v_set(1.0f / 120));
    p = v_fma(p, r, v_set(1.0f / 24));
    p = v_fma(p, r, v_set(1.0f / 6));
    p = v_fma(p, r, v_set(0.5f));
    p = v_add(v_set(1), v_add(high, v_fma(v_mul(p, r), r, low)));
    V half = v_fma(k, v_set(0.5f), shift), other = v_add(v_sub(k, v_sub(half, shift)), shift);
    return v_mul(v_mul(p, v_exp2_bits(half)), v_exp2_bits(other));
    /* [/eq:exp] */
}

/* gelu(x) = x s with s = 1 / (1 + exp(-2u)) = (1 + tanh u) / 2, u = c (x + a x^3), c = sqrt(2 / pi), a = 0.044715;
 * gelu'(x) = s + x s (1 - s) 2 u', u' = c (1 + 3 a x^2). Far out on the left exp(-2u) is infinite and s is 0. gelu
 * is within 2.5 x 2^-24 |x|; gelu' within 34 x 2^-24, near x = 5, where the rounding of s next to 1 meets x 2 u' = 34. */
static inline void v_gelu(V x, V *y, V *slope) {
    /* [eq:gelu] */
    const float c2 = -1.5957691216057308f, a = 0.044715f; /* -2 c */
    V xx = v_mul(x, x);
    V minus_2u = v_mul(v_mul(v_set(c2), x), v_fma(v_set(a), xx, v_set(1)));
    V s = v_div(v_set(1), v_add(v_set(1), v_exp(minus_2u)));
    V two_du = v_fma(v_set(-3 * c2 * a), xx, v_set(-c2));
    *y = v_mul(x, s);
    *slope = v_fma(v_mul(v_mul(x, s), v_sub(v_set(1), s)), two_du, s);
    /* [/eq:gelu] */
}
