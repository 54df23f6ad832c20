/* kernels_avx512_simde.c: the AVX-512 kernels on SIMDe's emulation by AVX2, so that their arithmetic is tested on machines
 * without AVX-512. Not part of the program. */
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>

#define SIMD_NAME "avx512-simde"
#define SIMD_TABLE bora_kernels_avx512_simde
#include "kernels/kernels_avx512.c"
