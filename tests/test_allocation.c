/* test_allocation.c: nothing is allocated inside a step, a pretraining step or an evaluation: the C library's allocator, put
 * between, counts. (Elsewhere than with glibc, and under a sanitizer, which has an allocator of its own, nothing is counted.)
 */
#include "test.h"

#include <stdlib.h>

#ifndef __has_feature /* how Clang tells of a sanitizer; GCC has a macro */
#define __has_feature(x) 0
#endif
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer)
static size_t calls; /* of all threads: none may be lost where the sum is to be 0, and none is expected */
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t),
    *__libc_memalign(size_t, size_t);
void *malloc(size_t n) { return calls++, __libc_malloc(n); }
void *calloc(size_t count, size_t size) { return calls++, __libc_calloc(count, size); }
void *realloc(void *p, size_t n) { return calls++, __libc_realloc(p, n); }
void *aligned_alloc(size_t alignment, size_t n) { return calls++, __libc_memalign(alignment, n); }

static oracle o;
static bora_dataset data;
static const bora_sample *batch[7];
static bora_error error;
static double nll[7];
static void set_up(void) {
    oracle_load(&o);
    data = (bora_dataset){.D = 3, .first = 96, .n = {7, 7, 7}};
    for (int part = 0; part < 3; part++) data.samples[part] = o.data.samples[0];
    for (int i = 0; i < 7; i++) batch[i] = &data.samples[0][i];
}
static void tear_down(void) { oracle_free(&o); }
TestSuite(allocation, .init = set_up, .fini = tear_down);

Test(allocation, none_in_a_step_of_adapters_or_an_evaluation) {
    for (int threads = 1; threads <= 2; threads++) {
        bora_engine engine;
        bora_run run;
        bora_recipe recipe = {.epochs = 1,
                              .batch = 7,
                              .seed = 1,
                              .tau = 10,
                              .learning_rate = 1e-3,
                              .beta1 = 0.9,
                              .beta2 = 0.999,
                              .epsilon = 1e-8,
                              .rule = bora_step_rule_for("pooled", 10)};
        cr_assert_ok(bora_engine_init(&engine, bora_kernels_variant(0), &o.model, &o.lora, threads, &error));
        cr_assert_ok(bora_run_init(&run, &recipe, &data, &engine, &error));
        bora_run_step(&run, batch, 7, nll); /* threads begin with the first */
        size_t before = calls;
        bora_run_step(&run, batch, 7, nll);
        bora_evaluate(&engine, run.adapters.theta, false, data.first, data.samples[1], 7, nll);
        cr_assert_eq(calls - before, 0, "%zu allocations on %d threads", calls - before, threads);
        bora_run_free(&run);
        bora_engine_free(&engine);
    }
}

Test(allocation, none_in_a_step_of_pretraining) {
    bora_pretrainer p;
    bora_pretraining recipe = {.clip = 1, .batch = 7, .seed = 1};
    double tokens;
    cr_assert_ok(bora_pretrainer_init(&p, &o.model, bora_kernels_variant(0), &recipe, data.first, 2, &error));
    bora_pretrainer_step(&p, batch, 7, 1e-3, &tokens);
    size_t before = calls;
    bora_pretrainer_step(&p, batch, 7, 1e-3, &tokens);
    cr_assert_eq(calls - before, 0, "%zu allocations", calls - before);
    bora_pretrainer_free(&p);
}

Test(allocation, one_is_counted) {
    size_t before = calls;
    free(calloc(1, 1));
    cr_assert_eq(calls - before, 1);
}
#else
Test(allocation, is_not_counted_here) { cr_assert(true); }
#endif
