/* variants.h: the tables that the kernels_<isa>.c files define, for dispatch.c alone, and what every one of them requires. */
#ifndef BORA_VARIANTS_H
#define BORA_VARIANTS_H

#include "kernels/kernels.h"

#include <float.h>

#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) || defined(__NO_SIGNED_ZEROS__) || \
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "bora needs IEEE arithmetic: remove -ffast-math, -Ofast and their parts from CFLAGS"
#endif
#if FLT_EVAL_METHOD != 0
#error "bora needs float arithmetic in float (FLT_EVAL_METHOD 0): on 32-bit x86 add -msse2 -mfpmath=sse to CFLAGS"
#endif

extern const bora_kernels bora_kernels_ref, bora_kernels_ref_fma, bora_kernels_avx2, bora_kernels_avx512, bora_kernels_neon;

#ifndef BORA_HAVE_AVX2
#define BORA_HAVE_AVX2 0
#endif
#ifndef BORA_HAVE_AVX512
#define BORA_HAVE_AVX512 0
#endif
#ifndef BORA_HAVE_NEON
#define BORA_HAVE_NEON 0
#endif

#endif
