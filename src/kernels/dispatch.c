/* dispatch.c: which variant of the kernels this machine runs, and whether it keeps the numerics contract here. */
#include "kernels/variants.h"

#include <fenv.h>
#include <stdlib.h>
#include <string.h>

/* What this build has, the fastest first. */
static bool anywhere(void) { return true; }
#if BORA_HAVE_AVX512
static bool has_avx512(void) { return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("fma"); }
#endif
#if BORA_HAVE_AVX2
static bool has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
static bool has_fma(void) { return __builtin_cpu_supports("fma"); }
#endif
static const struct {
    const bora_kernels *kernels;
    bool (*runs)(void);
} variants[] = {
#if BORA_HAVE_NEON
    {&bora_kernels_neon, anywhere}, /* every 64-bit ARM has it */
#endif
#if BORA_HAVE_AVX512
    {&bora_kernels_avx512, has_avx512},
#endif
#if BORA_HAVE_AVX2
    {&bora_kernels_avx2, has_avx2},
    /* ref again, without a library call for each fmaf */
    {&bora_kernels_ref_fma, has_fma},
#endif
    {&bora_kernels_ref, anywhere},
};
enum { VARIANTS = sizeof variants / sizeof *variants };

const bora_kernels *bora_kernels_variant(int i) {
    for (int v = 0; v < VARIANTS; v++)
        if (variants[v].runs() && i-- == 0) return variants[v].kernels;
    return NULL;
}

const bora_kernels *bora_kernels_named(const char *name) {
    const bora_kernels *k;
    for (int i = 0; (k = bora_kernels_variant(i)); i++)
        if (!strcmp(k->name, name)) break;
    return k;
}

/* One small problem through both tables; odd sizes, so that full tiles, rests and half vectors all run. */
enum { M = 27, N = 39, K = 23, LD = 64 };
typedef struct {
    float c[M * LD], w[16 * 16], y[LD], xhat[LD], dx[LD], p[LD], dp[LD], g[LD], slope[LD], z[LD];
    double nll;
} trial;

static void run_trial(const bora_kernels *k, trial *t) {
    float a[M * K], b[K * LD + LD], gamma[LD];
    for (int i = 0; i < M * K; i++) a[i] = (float)bora_uniform(1, BORA_FOR_TESTS, (uint64_t)i) - 0.5f;
    for (int i = 0; i < K * LD + LD; i++) b[i] = 8 * (float)bora_uniform(2, BORA_FOR_TESTS, (uint64_t)i) - 4;
    for (int i = 0; i < LD; i++) gamma[i] = t->dx[i] = t->p[i] = t->z[i] = b[i * 3];
    bora_matmul(k, M, N, K, a, K, 1, bora_plain(b, LD), t->c, LD, false);
    bora_matmul(k, M, 8, K, a, 1, M, bora_plain(b, LD), t->c, LD, true);
    bora_matmul(k, 16, 16, 16, b, LD, 1, bora_packed_transposed(b, 16), t->w, 16, false);
    float rstd = k->layernorm(N, b, gamma, b + LD, 1e-5f, t->xhat, t->y);
    k->layernorm_backward(N, b, gamma, t->xhat, rstd, t->dx);
    k->softmax(N, 0.25f, t->p);
    memcpy(t->dp, b, sizeof t->dp);
    k->softmax_backward(N, 0.25f, t->p, t->dp);
    k->gelu(N, b, t->g, t->slope);
    t->nll = k->cross_entropy(N, 5, true, t->z);
}

/* With plain C compiled for any processor: what is called `ref` where there is FMA is compiled with it, and is checked too. */
static bool agrees_with_ref(const bora_kernels *k) {
    static trial mine, plain; /* static: the bytes between and behind rows, which nobody writes, are zero in both */
    run_trial(k, &mine);
    run_trial(&bora_kernels_ref, &plain);
    return !memcmp(&mine, &plain, sizeof mine);
}

static int check_environment(bora_error *e) {
    volatile float tiny = 0x1p-126f, half = 0.5f, a = 1 + 0x1p-12f, b = -(1 + 0x1p-11f);
    if (fegetround() != FE_TONEAREST) return bora_fail(e, BORA_FAILED, "the processor does not round to nearest");
    if (tiny * half == 0) return bora_fail(e, BORA_FAILED, "the processor flushes subnormal numbers to zero");
    volatile float unfused = a * a;
    if (a * a + b != unfused + b)
        return bora_fail(e, BORA_FAILED, "this build fuses a*b+c: compile with -ffp-contract=off after all other flags");
    return BORA_OK;
}

int bora_kernels_choose(const bora_kernels **k, bora_error *e) {
    int status = check_environment(e);
    if (status) return status;
    const char *forced = getenv("BORA_KERNELS");
    const bora_kernels *fastest = bora_kernels_variant(0);
    *k = forced && *forced ? bora_kernels_named(forced) : fastest;
    if (!*k) {
        char names[64] = "";
        for (int i = 0; bora_kernels_variant(i) != bora_kernels_named("ref"); i++)
            snprintf(names + strlen(names), sizeof names - strlen(names), ", %s", bora_kernels_variant(i)->name);
        return bora_fail(e, BORA_USAGE, "BORA_KERNELS='%s': not a kernel variant that this machine can run; it can run: ref%s",
                         forced, names);
    }
    if (fastest == bora_kernels_named("ref"))
        fprintf(stderr, "bora: no vector instructions that bora knows: plain kernels, about fifty times slower\n");
    if (agrees_with_ref(*k)) return BORA_OK;
    if (forced && *forced) return bora_fail(e, BORA_FAILED, "kernels '%s' differ from ref on this machine", forced);
    fprintf(stderr, "bora: kernels '%s' differ from ref on this machine: using ref, about fifty times slower\n", (*k)->name);
    *k = &bora_kernels_ref;
    return BORA_OK;
}
