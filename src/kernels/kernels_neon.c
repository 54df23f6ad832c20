/* kernels_neon.c: sixteen lanes as four NEON registers, and the micro-kernel's instructions. The algorithms are in
 * kernels_simd.h. */
#include "kernels/variants.h"

#ifdef __ARM_NEON /* elsewhere a test has put an emulation before this file */
#include <arm_neon.h>
#endif

typedef struct {
    float32x4_t q[4];
} V;
#ifndef SIMD_NAME
#define SIMD_NAME "neon"
#define SIMD_TABLE bora_kernels_neon
#endif
#define SIMD_ROWS 5 /* twenty accumulators of 32 registers; at six rows gcc spills */

/* vminq and vmaxq differ from these for NaN and zeros. */
static inline float32x4_t q_min(float32x4_t a, float32x4_t b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
static inline float32x4_t q_max(float32x4_t a, float32x4_t b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }

static inline V v_set(float x) { return (V){{vdupq_n_f32(x), vdupq_n_f32(x), vdupq_n_f32(x), vdupq_n_f32(x)}}; }
static inline V v_load(const float *p) { return (V){{vld1q_f32(p), vld1q_f32(p + 4), vld1q_f32(p + 8), vld1q_f32(p + 12)}}; }
static inline void v_store(float *p, V a) {
    vst1q_f32(p, a.q[0]), vst1q_f32(p + 4, a.q[1]), vst1q_f32(p + 8, a.q[2]), vst1q_f32(p + 12, a.q[3]);
}
#define LANEWISE(name, instruction)                                                                                            \
    static inline V name(V a, V b) {                                                                                           \
        return (V){{instruction(a.q[0], b.q[0]), instruction(a.q[1], b.q[1]), instruction(a.q[2], b.q[2]),                     \
                    instruction(a.q[3], b.q[3])}};                                                                             \
    }
LANEWISE(v_add, vaddq_f32)
LANEWISE(v_sub, vsubq_f32)
LANEWISE(v_mul, vmulq_f32)
LANEWISE(v_div, vdivq_f32)
LANEWISE(v_min, q_min)
LANEWISE(v_max, q_max)
static inline float32x4_t q_low_pairs(float32x4_t a, float32x4_t b) { return vcombine_f32(vget_low_f32(a), vget_low_f32(b)); }
static inline float32x4_t q_high_pairs(float32x4_t a, float32x4_t b) {
    return vcombine_f32(vget_high_f32(a), vget_high_f32(b));
}
LANEWISE(v_zip_low, vzip1q_f32) /* of each quarter a0 b0 a1 b1 */
LANEWISE(v_zip_high, vzip2q_f32)
LANEWISE(v_low_pairs, q_low_pairs) /* of each quarter a0 a1 b0 b1 */
LANEWISE(v_high_pairs, q_high_pairs)
/* Quarter q is at p + q step. */
static inline V v_quarters(const float *p, ptrdiff_t step) {
    return (V){{vld1q_f32(p), vld1q_f32(p + step), vld1q_f32(p + 2 * step), vld1q_f32(p + 3 * step)}};
}
static inline V v_fma(V a, V b, V c) {
    return (V){{vfmaq_f32(c.q[0], a.q[0], b.q[0]), vfmaq_f32(c.q[1], a.q[1], b.q[1]), vfmaq_f32(c.q[2], a.q[2], b.q[2]),
                vfmaq_f32(c.q[3], a.q[3], b.q[3])}};
}
static inline float32x4_t q_exp2_bits(float32x4_t t) {
    return vreinterpretq_f32_s32(vaddq_s32(vshlq_n_s32(vreinterpretq_s32_f32(t), 23), vdupq_n_s32(0x3f800000)));
}
static inline V v_exp2_bits(V t) {
    return (V){{q_exp2_bits(t.q[0]), q_exp2_bits(t.q[1]), q_exp2_bits(t.q[2]), q_exp2_bits(t.q[3])}};
}
/* The first n lanes of a, the others from b. */
static inline float32x4_t q_first(int n, float32x4_t a, float32x4_t b) {
    static const int32_t index[4] = {0, 1, 2, 3};
    return vbslq_f32(vcltq_s32(vld1q_s32(index), vdupq_n_s32(n)), a, b);
}
static inline V v_first(int n, V a, V b) {
    return (V){{q_first(n, a.q[0], b.q[0]), q_first(n - 4, a.q[1], b.q[1]), q_first(n - 8, a.q[2], b.q[2]),
                q_first(n - 12, a.q[3], b.q[3])}};
}
static inline float add(float a, float b) { return a + b; }
static inline float larger(float a, float b) { return a > b ? a : b; }
#define FOLD(name, lanewise4, lanewise1)                                                                                       \
    static inline float name(V a) {                                                                                            \
        float32x4_t x = lanewise4(lanewise4(a.q[0], a.q[2]), lanewise4(a.q[1], a.q[3]));                                       \
        return lanewise1(lanewise1(vgetq_lane_f32(x, 0), vgetq_lane_f32(x, 2)),                                                \
                         lanewise1(vgetq_lane_f32(x, 1), vgetq_lane_f32(x, 3)));                                               \
    }
FOLD(v_sum, vaddq_f32, add)
FOLD(v_maximum, q_max, larger)

typedef struct {
    float32x4_t q[2];
} V8;
static inline V8 v8_zero(void) { return (V8){{vdupq_n_f32(0), vdupq_n_f32(0)}}; }
static inline V8 v8_load(const float *p) { return (V8){{vld1q_f32(p), vld1q_f32(p + 4)}}; }
static inline void v8_store(float *p, V8 a) { vst1q_f32(p, a.q[0]), vst1q_f32(p + 4, a.q[1]); }
static inline V8 v8_fma_scalar(float a, V8 b, V8 c) {
    float32x4_t factor = vdupq_n_f32(a);
    return (V8){{vfmaq_f32(c.q[0], factor, b.q[0]), vfmaq_f32(c.q[1], factor, b.q[1])}};
}

#include "kernels/kernels_simd.h"
