/* kernels_avx2.c: sixteen lanes as two AVX registers, and the micro-kernel's instructions. The algorithms are in
 * kernels_simd.h. */
#include "kernels/variants.h"

#include <immintrin.h>

typedef struct {
    __m256 lo, hi;
} V;
#define SIMD_NAME "avx2"
#define SIMD_TABLE bora_kernels_avx2
#define SIMD_ROWS 6 /* twelve accumulators of sixteen registers */

static inline V v_set(float x) { return (V){_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
static inline V v_load(const float *p) { return (V){_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
static inline void v_store(float *p, V a) {
    _mm256_storeu_ps(p, a.lo);
    _mm256_storeu_ps(p + 8, a.hi);
}
#define LANEWISE(name, instruction)                                                                                            \
    static inline V name(V a, V b) { return (V){instruction(a.lo, b.lo), instruction(a.hi, b.hi)}; }
LANEWISE(v_add, _mm256_add_ps)
LANEWISE(v_sub, _mm256_sub_ps)
LANEWISE(v_mul, _mm256_mul_ps)
LANEWISE(v_div, _mm256_div_ps)
LANEWISE(v_min, _mm256_min_ps) /* a < b ? a : b, also for NaN and zeros */
LANEWISE(v_max, _mm256_max_ps)
#define LOW_PAIRS(a, b) _mm256_shuffle_ps(a, b, 0x44)
#define HIGH_PAIRS(a, b) _mm256_shuffle_ps(a, b, 0xee)
LANEWISE(v_zip_low, _mm256_unpacklo_ps) /* of each quarter a0 b0 a1 b1 */
LANEWISE(v_zip_high, _mm256_unpackhi_ps)
LANEWISE(v_low_pairs, LOW_PAIRS) /* of each quarter a0 a1 b0 b1 */
LANEWISE(v_high_pairs, HIGH_PAIRS)
/* Quarter q is at p + q step. */
static inline V v_quarters(const float *p, ptrdiff_t step) {
    return (V){_mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)), _mm_loadu_ps(p + step), 1),
               _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p + 2 * step)), _mm_loadu_ps(p + 3 * step), 1)};
}
static inline V v_fma(V a, V b, V c) { return (V){_mm256_fmadd_ps(a.lo, b.lo, c.lo), _mm256_fmadd_ps(a.hi, b.hi, c.hi)}; }
static inline V v_exp2_bits(V t) {
    const __m256i one = _mm256_set1_epi32(0x3f800000);
    return (V){_mm256_castsi256_ps(_mm256_add_epi32(_mm256_slli_epi32(_mm256_castps_si256(t.lo), 23), one)),
               _mm256_castsi256_ps(_mm256_add_epi32(_mm256_slli_epi32(_mm256_castps_si256(t.hi), 23), one))};
}
/* The first n lanes of a, the others from b. */
static inline V v_first(int n, V a, V b) {
    const __m256i index = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), limit = _mm256_set1_epi32(n);
    __m256i lo = _mm256_cmpgt_epi32(limit, index),
            hi = _mm256_cmpgt_epi32(limit, _mm256_add_epi32(index, _mm256_set1_epi32(8)));
    return (V){_mm256_blendv_ps(b.lo, a.lo, _mm256_castsi256_ps(lo)), _mm256_blendv_ps(b.hi, a.hi, _mm256_castsi256_ps(hi))};
}
#define FOLD(name, lanewise8, lanewise4, lanewise1)                                                                            \
    static inline float name(V a) {                                                                                            \
        __m256 eight = lanewise8(a.lo, a.hi);                                                                                  \
        __m128 x = lanewise4(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));                                  \
        x = lanewise4(x, _mm_movehl_ps(x, x));                                                                                 \
        return _mm_cvtss_f32(lanewise1(x, _mm_movehdup_ps(x)));                                                                \
    }
FOLD(v_sum, _mm256_add_ps, _mm_add_ps, _mm_add_ss)
FOLD(v_maximum, _mm256_max_ps, _mm_max_ps, _mm_max_ss)

typedef __m256 V8;
static inline V8 v8_zero(void) { return _mm256_setzero_ps(); }
static inline V8 v8_load(const float *p) { return _mm256_loadu_ps(p); }
static inline void v8_store(float *p, V8 a) { _mm256_storeu_ps(p, a); }
static inline V8 v8_fma_scalar(float a, V8 b, V8 c) { return _mm256_fmadd_ps(_mm256_set1_ps(a), b, c); }

#include "kernels/kernels_simd.h"
