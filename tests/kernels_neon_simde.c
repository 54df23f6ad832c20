/* kernels_neon_simde.c: the NEON kernels on SIMDe's emulation by AVX2, so that their arithmetic is tested on x86-64. Not part
 * of the program. */
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/arm/neon.h>
#ifndef vdivq_f32 /* before SIMDe 0.8 */
#define vdivq_f32(a, b) _mm_div_ps(a, b)
#endif

#define SIMD_NAME "neon-simde"
#define SIMD_TABLE bora_kernels_neon_simde
#include "kernels/kernels_neon.c"
