/* test_base.c: random numbers, the contract's scalar functions, whole files, the arena. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* |mine - exact| in units of the last place of a double at exact, subnormal ones included. */
static double ulps(double mine, long double exact) {
    int exponent;
    frexpl(exact, &exponent);
    if (exponent < -1021) exponent = -1021;
    return (double)(fabsl((long double)mine - exact) / ldexpl(1, exponent - 53));
}

static void log_at(double x) { cr_assert_leq(ulps(bora_log(x), logl((long double)x)), 1, "log %a", x); }

/* [eq:log] */
Test(base, log_is_within_one_ulp) {
    const uint64_t infinity = 0x7ff0000000000000u, stride = 9218868437227u; /* a million positive doubles of all sizes */
    for (uint64_t bits = 1; bits < infinity; bits += stride) {
        double x;
        memcpy(&x, &bits, sizeof x);
        log_at(x);
    }
    for (int i = -300000; i <= 300000; i++) { /* round 1 */
        log_at(1 + i * 1e-6);
        log_at(1 + i * 0x1p-53);
    }
    cr_assert_eq(bora_log(1), 0);
    cr_assert_eq(bora_log(0), -INFINITY);
    cr_assert(isnan(bora_log(-1)));
    cr_assert(isnan(bora_log(NAN)));
    cr_assert_eq(bora_log(INFINITY), INFINITY);
}

Test(base, exp_is_within_one_ulp) {
    for (int i = -300000; i <= 300000; i++) {
        double x = i * 0.002479, y = i * 1e-6;
        if (x < 709.78) cr_assert_leq(ulps(bora_exp(x), expl((long double)x)), 1, "exp %a", x); /* beyond: inf */
        cr_assert_leq(ulps(bora_exp(y), expl((long double)y)), 1, "exp %a", y);
    }
    cr_assert(bora_exp(0) == 1 && bora_exp(-INFINITY) == 0 && bora_exp(INFINITY) == INFINITY && isnan(bora_exp(NAN)));
    cr_assert(bora_exp(709.79) == INFINITY && bora_exp(-745.2) == 0 && bora_exp(-745.1) == 0x1p-1074);
}

/* The angle is made small before it is rounded, so that zeros of the cosine are exact. */
static long double cosine_of_turns(long double x) {
    const long double two_pi = 6.283185307179586476925286766559L;
    if (x > 0.5L) x = 1 - x;
    return x < 0.125L ? cosl(two_pi * x) : x > 0.375L ? -cosl(two_pi * (0.5L - x)) : sinl(two_pi * (0.25L - x));
}

Test(base, cosine_of_a_turn_is_within_two_ulp) {
    for (int i = 0; i <= 1000000; i++) {
        const double near[] = {i / 1e6, i * 0x1p-70, 0.25 + (i - 500000) * 0x1p-54, 0.75 + (i - 500000) * 0x1p-53};
        for (size_t j = 0; j < sizeof near / sizeof *near; j++)
            cr_assert_leq(ulps(bora_cos2pi(near[j]), cosine_of_turns((long double)near[j])), 2, "x = %a", near[j]);
    }
    cr_assert_eq(bora_cos2pi(0), 1);
    cr_assert_eq(bora_cos2pi(0.25), 0);
    cr_assert_eq(bora_cos2pi(0.5), -1);
    cr_assert_eq(bora_cos2pi(1), 1);
}

Test(base, philox_is_the_published_function) {
    /* Random123's known answers for philox4x32-10 with counter and key 0: 6627e8d5 e169c58d bc57ac4c 9b00dbd8. Ours puts the
     * purpose into the third word; purpose 0 is none of ours, and so free for this. */
    cr_assert_eq(bora_random(0, (bora_purpose)0, 0), 0xe169c58d6627e8d5u);
}

Test(base, draws_are_uniform_and_normal) {
    enum { N = 100000 };
    double sum = 0, squares = 0, normal = 0, normal_squares = 0;
    for (uint64_t i = 0; i < N; i++) {
        double u = bora_uniform(3, BORA_FOR_TESTS, i), z = bora_normal(3, BORA_FOR_TESTS, i);
        cr_assert(u >= 0 && u < 1);
        sum += u, squares += u * u, normal += z, normal_squares += z * z;
    }
    /* Five standard errors. */
    cr_assert_float_eq(sum / N, 0.5, 5 * sqrt(1 / 12.0 / N));
    cr_assert_float_eq(squares / N, 1 / 3.0, 5 * sqrt(4 / 45.0 / N));
    cr_assert_float_eq(normal / N, 0, 5 / sqrt(N));
    cr_assert_float_eq(normal_squares / N, 1, 5 * sqrt(2.0 / N));
}

Test(base, gamma_has_its_mean_and_variance) {
    enum { N = 100000 };
    static const double shapes[] = {0.3, 1, 4.5};
    for (int j = 0; j < 3; j++) {
        double a = shapes[j], sum = 0, squares = 0;
        uint64_t index = 0;
        for (int i = 0; i < N; i++) {
            double x = bora_gamma(a, 7, BORA_FOR_TESTS, &index);
            sum += x, squares += (x - a) * (x - a);
        }
        /* Five standard errors: variance a, fourth central moment 3 a^2 + 6 a. */
        cr_assert_float_eq(sum / N, a, 5 * sqrt(a / N), "shape %g", a);
        cr_assert_float_eq(squares / N, a, 5 * sqrt((2 * a * a + 6 * a) / N), "shape %g", a);
    }
}

Test(base, a_shuffle_is_a_permutation_and_depends_on_the_seed) {
    size_t a[50], b[50], seen[50] = {0};
    for (size_t i = 0; i < 50; i++) a[i] = b[i] = i;
    bora_shuffle(a, 50, 1, BORA_FOR_TESTS, 0);
    bora_shuffle(b, 50, 2, BORA_FOR_TESTS, 0);
    cr_assert_arr_neq(a, b, sizeof a);
    for (size_t i = 0; i < 50; i++) seen[a[i]]++;
    for (size_t i = 0; i < 50; i++) cr_assert_eq(seen[i], 1);
}

__extension__ typedef unsigned __int128 wide;

Test(base, below_is_the_high_word_of_a_product) {
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t n = bora_random(9, BORA_FOR_TESTS, i) >> (i % 60), x = bora_random(7, BORA_FOR_TESTS, i);
        if (n == 0) continue;
        cr_assert_eq(bora_below(n, 7, BORA_FOR_TESTS, i), (uint64_t)(((wide)x * n) >> 64));
    }
}

Test(base, an_arena_hands_out_aligned_zeros) {
    bora_error error;
    bora_arena measure = {0}, arena;
    const size_t sizes[] = {1, 64, 65, 4000};
    for (int i = 0; i < 4; i++) cr_assert_null(bora_arena_take(&measure, sizes[i], 1));
    cr_assert_ok(bora_arena_init(&arena, measure.used, "test", &error));
    char *last = NULL;
    for (int i = 0; i < 4; i++) {
        char *piece = bora_arena_take(&arena, sizes[i], 1);
        cr_assert_eq((uintptr_t)piece % BORA_ALIGN, 0);
        cr_assert(!last || piece >= last + sizes[i - 1]);
        for (size_t j = 0; j < sizes[i]; j++) cr_assert_eq(piece[j], 0);
        memset(piece, 1, sizes[i]);
        last = piece;
    }
    cr_assert_eq(arena.used, measure.used);
    bora_arena_free(&arena);
}

Test(base, files_appear_whole_or_not_at_all) {
    bora_error error;
    bora_writer w, other;
    char *folder = scratch_directory(), *path = bora_format("%s/a/b/file", folder), *parent = bora_format("%s/a/b", folder),
         *text;
    size_t size;
    cr_assert_eq(bora_read_file(path, &text, &size, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, path), "%s", error.message);
    cr_assert_ok(bora_make_directories(parent, &error));
    cr_assert_eq(bora_make_directories("", &error), BORA_BAD_INPUT);
    cr_assert_eq(bora_read_file(parent, &text, &size, &error), BORA_BAD_INPUT);
    fputs("half", bora_create(&w, path, &error));
    cr_assert_not(bora_exists(path));
    bora_abandon(&w);
    cr_assert_not(bora_exists(path));
    cr_assert_eq(rmdir(parent), 0, "nothing is left");
    cr_assert_ok(bora_make_directories(parent, &error));
    fputs("whole", bora_create(&w, path, &error));
    cr_assert_ok(bora_commit(&w, &error));
    cr_assert_ok(bora_read_file(path, &text, &size, &error));
    cr_assert_str_eq(text, "whole");
    free(text);
    cr_assert_neq(bora_make_directories(path, &error), BORA_OK, "a file has its name");
    fputs("first", bora_create(&w, path, &error)); /* two writers of one process id, as on two machines */
    fputs("second", bora_create(&other, path, &error));
    cr_assert_ok(bora_commit(&other, &error));
    cr_assert_ok(bora_commit(&w, &error));
    cr_assert_ok(bora_read_file(path, &text, &size, &error));
    cr_assert_str_eq(text, "first", "the last to end, whole");
    free(text);
    if (bora_exists("/dev/full")) { /* a full disk */
        w = (bora_writer){
            .stream = fopen("/dev/full", "w"), .path = bora_format("%s/x", folder), .temporary = bora_format("%s/y", folder)};
        fputs("lost", w.stream);
        cr_assert_eq(bora_commit(&w, &error), BORA_FAILED);
        cr_assert(strstr(error.message, "disk full"), "%s", error.message);
    }
    fputs("half", bora_create(&w, path, &error));
    bora_remove_files(parent, "*.part-*");
    cr_assert(!bora_exists(w.temporary) && bora_exists(path));
    bora_abandon(&w);
    bora_remove_files(folder, "*");
    cr_assert(bora_exists(parent), "folders stay");
    bora_remove_files("nowhere", "*");
    remove_directory(folder);
    free(path);
    free(parent);
}

Test(base, sha256_is_the_published_function) {
    char hex[65];
    bora_hash_bytes("abc", 3, hex);
    cr_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
