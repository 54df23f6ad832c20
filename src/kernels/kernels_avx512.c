/* kernels_avx512.c: sixteen lanes as one AVX-512 register, and the micro-kernel's instructions. The algorithms are in
 * kernels_simd.h. */
#include "kernels/variants.h"

#include <immintrin.h>

typedef __m512 V;
#ifndef SIMD_NAME
#define SIMD_NAME "avx512"
#define SIMD_TABLE bora_kernels_avx512
#endif
#define SIMD_ROWS 12 /* as many chains as hide an addition's latency, with registers to spare */

static inline V v_set(float x) { return _mm512_set1_ps(x); }
static inline V v_load(const float *p) { return _mm512_loadu_ps(p); }
static inline void v_store(float *p, V a) { _mm512_storeu_ps(p, a); }
static inline V v_add(V a, V b) { return _mm512_add_ps(a, b); }
static inline V v_sub(V a, V b) { return _mm512_sub_ps(a, b); }
static inline V v_mul(V a, V b) { return _mm512_mul_ps(a, b); }
static inline V v_div(V a, V b) { return _mm512_div_ps(a, b); }
static inline V v_min(V a, V b) { return _mm512_min_ps(a, b); } /* a < b ? a : b, also for NaN and zeros */
static inline V v_max(V a, V b) { return _mm512_max_ps(a, b); }
static inline V v_fma(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
static inline V v_zip_low(V a, V b) { return _mm512_unpacklo_ps(a, b); } /* of each quarter a0 b0 a1 b1 */
static inline V v_zip_high(V a, V b) { return _mm512_unpackhi_ps(a, b); }
static inline V v_low_pairs(V a, V b) { return _mm512_shuffle_ps(a, b, 0x44); } /* of each quarter a0 a1 b0 b1 */
static inline V v_high_pairs(V a, V b) { return _mm512_shuffle_ps(a, b, 0xee); }
/* Quarter q is at p + q step. */
static inline V v_quarters(const float *p, ptrdiff_t step) {
    V low = _mm512_insertf32x4(_mm512_castps128_ps512(_mm_loadu_ps(p)), _mm_loadu_ps(p + step), 1);
    return _mm512_insertf32x4(_mm512_insertf32x4(low, _mm_loadu_ps(p + 2 * step), 2), _mm_loadu_ps(p + 3 * step), 3);
}
static inline V v_exp2_bits(V t) {
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_slli_epi32(_mm512_castps_si512(t), 23), _mm512_set1_epi32(0x3f800000)));
}
/* The first n lanes of a, the others from b. */
static inline V v_first(int n, V a, V b) { return _mm512_mask_blend_ps((__mmask16)((1u << n) - 1), b, a); }

typedef __m256 V8;
static inline V8 v8_zero(void) { return _mm256_setzero_ps(); }
static inline V8 v8_load(const float *p) { return _mm256_loadu_ps(p); }
static inline void v8_store(float *p, V8 a) { _mm256_storeu_ps(p, a); }
static inline V8 v8_fma_scalar(float a, V8 b, V8 c) { return _mm256_fmadd_ps(_mm256_set1_ps(a), b, c); }

#define FOLD(name, lanewise8, lanewise4, lanewise1)                                                                            \
    static inline float name(V a) {                                                                                            \
        __m256 high = _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(a), 1));                                        \
        __m256 eight = lanewise8(_mm512_castps512_ps256(a), high);                                                             \
        __m128 x = lanewise4(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));                                  \
        x = lanewise4(x, _mm_movehl_ps(x, x));                                                                                 \
        return _mm_cvtss_f32(lanewise1(x, _mm_movehdup_ps(x)));                                                                \
    }
FOLD(v_sum, _mm256_add_ps, _mm_add_ps, _mm_add_ss)
FOLD(v_maximum, _mm256_max_ps, _mm_max_ps, _mm_max_ss)

#include "kernels/kernels_simd.h"
