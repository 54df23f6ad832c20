/* random.c: draws that are pure functions of (seed, purpose, index), on Random123's Philox4x32-10. */
#include "base/base.h"

#if defined(__clang__) || defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wundef"
#endif
#include <Random123/philox.h>
#if defined(__clang__) || defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#include <math.h>

uint64_t bora_random(uint64_t seed, bora_purpose purpose, uint64_t index) {
    philox4x32_ctr_t counter = {{(uint32_t)index, (uint32_t)(index >> 32), (uint32_t)purpose, 0}};
    philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    philox4x32_ctr_t draw = philox4x32(counter, key);
    return (uint64_t)draw.v[1] << 32 | draw.v[0];
}

double bora_uniform(uint64_t seed, bora_purpose purpose, uint64_t index) {
    return (double)(bora_random(seed, purpose, index) >> 11) * 0x1p-53;
}

double bora_normal(uint64_t seed, bora_purpose purpose, uint64_t index) {
    double u = 1 - bora_uniform(seed, purpose, 2 * index); /* in (0, 1], so that its logarithm is finite */
    double v = bora_uniform(seed, purpose, 2 * index + 1);
    return sqrt(-2 * bora_log(u)) * bora_cos2pi(v); /* Box and Muller (1958) */
}

double bora_gamma(double shape, uint64_t seed, bora_purpose purpose, uint64_t *index) {
    double power = 0; /* Gamma(a) = Gamma(a + 1) U^(1/a) */
    if (shape < 1) power = bora_log(1 - bora_uniform(seed, purpose, 2 * (*index)++)) / shape, shape += 1;
    for (double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);;) {
        double z = bora_normal(seed, purpose, (*index)++), root = fma(c, z, 1), v = root * root * root;
        double u = 1 - bora_uniform(seed, purpose, 2 * (*index)++);
        if (root > 0 && bora_log(u) < 0.5 * z * z + d - d * v + d * bora_log(v)) return d * v * bora_exp(power);
    }
}

uint64_t bora_below(uint64_t n, uint64_t seed, bora_purpose purpose, uint64_t index) {
    uint64_t x = bora_random(seed, purpose, index); /* the high word of x * n, by halves (ISO C has no 128-bit integer) */
    uint64_t x1 = x >> 32, x0 = x & UINT32_MAX, n1 = n >> 32, n0 = n & UINT32_MAX;
    uint64_t middle = x1 * n0 + (x0 * n0 >> 32);
    return x1 * n1 + (middle >> 32) + (((middle & UINT32_MAX) + x0 * n1) >> 32);
}

void bora_shuffle(size_t *order, size_t n, uint64_t seed, bora_purpose purpose, uint64_t first) {
    for (size_t i = n; i > 1; i--) {
        size_t j = bora_below(i, seed, purpose, first + n - i), swap = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swap;
    }
}
