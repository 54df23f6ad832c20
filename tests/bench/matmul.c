/* matmul.c: the products of one document of T tokens, at every shape and orientation of a size's steps, ours against OpenBLAS
 * and BLIS, which are found at run time. Frozen weights count as packed, adapters' factors are packed anew each time. It does
 * not measure attention, whose products skip what a query may not see.
 *
 * usage: matmul SIZE [THREADS [ROUNDS [SECONDS]]]. SIZE: S, M or G; SECONDS a measurement. A row a product, round and library:
 *   size,product,m,n,k,threads,round,library,gflops,peak_gflops,peak_moved
 * With several threads ours makes as many products at once, as training does with documents; a BLAS makes them one after
 * another, each on all threads. Libraries take turns, each repeat of a round, and the peak is found around each round. First
 * the results are compared. */
#include "bench/bench.h"

#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { T = 128, RANK = 16, BLOCK = 64, REPEATS = 21, LIBRARIES = 3 }; /* BLOCK: tokens that the head takes at once */

/* C [m, n] (+)= A [m, k] B [k, n]. a_columns: A is stored [k, m]; b_columns: B is stored [n, k] (a weight W of y = W x). */
typedef struct {
    const char *name;
    int m, n, k;
    bool a_columns, b_columns, resume;
    enum { FROZEN, FACTOR, PLAIN } right; /* packed beforehand, packed each time, as it lies */
} product;

typedef void gemm(int order, int a_transposed, int b_transposed, int m, int n, int k, float alpha, const float *a, int lda,
                  const float *b, int ldb, float beta, float *c, int ldc);
typedef struct {
    const char *name, *file, *package, *set_threads;
    gemm *multiply;
} library;

/* Operands of one thread. */
typedef struct {
    float *a, *b, *packed, *c;
    int lda, ldb, ldc;
} operands;

static int stride(int n) { return (int)bora_stride((size_t)n); }

static _Noreturn void die(const char *why, const char *what) {
    fprintf(stderr, "matmul: %s%s\n", why, what);
    exit(1);
}

static float *matrix(size_t n, uint64_t seed) {
    enum { PERIOD = 65521 };
    float *x = aligned_alloc(BORA_ALIGN, (n * sizeof *x / BORA_ALIGN + 2) * BORA_ALIGN);
    if (!x) die("out of memory", "");
    for (size_t i = 0; i < n; i++) x[i] = i < PERIOD ? (float)(bora_uniform(seed, BORA_FOR_TESTS, i) - 0.5) : x[i - PERIOD];
    memset(x + n, 0, 16 * sizeof *x);
    return x;
}

/* Activations have padded rows, weights and gradients dense ones. */
static operands prepare(const product *p) {
    operands o = {.lda = stride(p->a_columns ? p->m : p->k),
                  .ldb = p->right == PLAIN ? stride(p->n)
                         : p->b_columns    ? p->k
                                           : p->n,
                  .ldc = p->right == PLAIN ? p->n : stride(p->n)};
    o.a = matrix((size_t)(p->a_columns ? p->k : p->m) * (size_t)o.lda, 1);
    o.b = matrix((size_t)(p->b_columns ? p->n : p->k) * (size_t)o.ldb, 2);
    o.c = matrix((size_t)p->m * (size_t)o.ldc, 3);
    o.packed = matrix(p->right == PLAIN
                          ? 0
                          : bora_packed_size(p->b_columns ? p->n : p->k, p->b_columns ? p->k : p->n) + BORA_LANES * BORA_LANES,
                      4);
    return o;
}

static void release(operands *o) {
    free(o->a);
    free(o->b);
    free(o->packed);
    free(o->c);
}

/* Ours lies packed, as weights do; theirs dense. */
static bool weight_gradient(const product *p) { return p->right == PLAIN && p->resume; }

static size_t place(const product *p, const operands *o, int i, int j) {
    return weight_gradient(p) ? bora_packed_at((size_t)p->m, (size_t)i, (size_t)j) : (size_t)i * (size_t)o->ldc + (size_t)j;
}

static void pack(const product *p, const operands *o) {
    if (p->b_columns) bora_pack(p->n, p->k, o->b, o->ldb, o->packed); /* one copy for both directions */
    else bora_pack(p->k, p->n, o->b, o->ldb, o->packed);
}

static void ours(const bora_kernels *k, const product *p, const operands *o) {
    if (p->right == FACTOR) pack(p, o);
    bora_right right = p->right == PLAIN ? bora_plain(o->b, (size_t)o->ldb)
                       : p->b_columns    ? bora_packed_transposed(o->packed, p->n)
                                         : bora_packed(o->packed, p->k);
    ptrdiff_t row = p->a_columns ? 1 : o->lda, column = p->a_columns ? o->lda : 1;
    if (weight_gradient(p)) {
        for (int i = 0, rows; i < p->m; i += rows) { /* by the jobs of a weight gradient */
            rows = p->m - i < BORA_JOB_ROWS ? p->m - i : BORA_JOB_ROWS;
            bora_matmul_packed(k, rows, p->n, p->k, o->a + i, row, column, right, o->c + (ptrdiff_t)i * BORA_LANES, p->m, true);
        }
    } else bora_matmul(k, p->m, p->n, p->k, o->a, row, column, right, o->c, o->ldc, p->resume);
}

static void theirs(gemm *multiply, const product *p, const operands *o) {
    enum { ROW_MAJOR = 101, AS_IS = 111, TRANSPOSED = 112 }; /* CBLAS */
    multiply(ROW_MAJOR, p->a_columns ? TRANSPOSED : AS_IS, p->b_columns ? TRANSPOSED : AS_IS, p->m, p->n, p->k, 1, o->a, o->lda,
             o->b, o->ldb, p->resume ? 1 : 0, o->c, o->ldc);
}

/* `times` products for each thread. */
static void run(const bora_kernels *k, const library *l, const product *p, const operands *o, int threads, int times) {
    if (l->multiply) {
        for (int i = 0; i < times * threads; i++) theirs(l->multiply, p, &o[i % threads]);
        return;
    }
#pragma omp parallel for schedule(static, 1) num_threads(threads)
    for (int thread = 0; thread < threads; thread++)
        for (int i = 0; i < times; i++) ours(k, p, &o[thread]);
}

/* Warm-up: how many products take a repeat's part of `seconds`. */
static int times_of(const bora_kernels *k, const library *l, const product *p, const operands *o, int threads, double seconds) {
    int times = 1;
    for (double spent = 0; times < 1 << 20; times *= 2) {
        double started = bora_seconds();
        run(k, l, p, o, threads, times);
        if ((spent = bora_seconds() - started) * REPEATS > seconds) break;
    }
    return times;
}

static double gflops(const bora_kernels *k, const library *l, const product *p, const operands *o, int threads, int times) {
    double started = bora_seconds();
    run(k, l, p, o, threads, times);
    return 2e-9 * p->m * p->n * p->k * threads * times / (bora_seconds() - started);
}

/* Both compute the same: resumed or not, from the same C. */
static void compare(const bora_kernels *k, const library *l, const product *p, const operands *o) {
    size_t n = (size_t)p->m * (size_t)o->ldc;
    float *start = matrix(n, 3);
    double worst = 0;
    for (int i = 0; i < p->m; i++)
        for (int j = 0; j < p->n; j++) o->c[place(p, o, i, j)] = start[(size_t)i * (size_t)o->ldc + (size_t)j];
    ours(k, p, o);
    operands other = *o;
    other.c = start;
    theirs(l->multiply, p, &other);
    for (int i = 0; i < p->m; i++)
        for (int j = 0; j < p->n; j++)
            worst = fmax(worst, fabs((double)o->c[place(p, o, i, j)] - (double)start[(size_t)i * (size_t)o->ldc + (size_t)j]));
    free(start);
    if (worst > 1e-4 * sqrt(p->k)) die("bora and another library differ: ", p->name);
}

/* Load what is there; returns how many, ours (multiply NULL) first. */
static int find_libraries(library *found, int threads) {
    static const library all[] = {
        {"openblas", "libopenblas.so.0", "libopenblas0-pthread", "openblas_set_num_threads", NULL},
        {"blis", "libblis.so.4", "libblis4-openmp", "bli_thread_set_num_threads", NULL},
    };
    int n = 1;
    found[0] = (library){.name = "bora"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        void *handle = dlopen(all[i].file, RTLD_NOW | RTLD_LOCAL), *set_threads = NULL, *multiply = NULL;
        if (handle) set_threads = dlsym(handle, all[i].set_threads), multiply = dlsym(handle, "cblas_sgemm");
        if (!multiply || !set_threads) {
            fprintf(stderr, "matmul: no %s (Debian: %s)\n", all[i].name, all[i].package);
            continue;
        }
        found[n] = all[i];
        memcpy(&found[n++].multiply, &multiply, sizeof multiply); /* ISO C converts no object pointer to a function's */
        if (i == 0) {                                             /* int in OpenBLAS, a 64-bit integer in BLIS */
            void (*set)(int);
            memcpy(&set, &set_threads, sizeof set);
            set(threads);
        } else {
            void (*set)(int64_t);
            memcpy(&set, &set_threads, sizeof set);
            set(threads);
        }
    }
    return n;
}

/* Every different product of a step of width C, vocabulary V. */
static int products(int C, int V, product *p) {
    int n = 0;
    const struct {
        const char *forward, *input, *weight;
        int in, out, tokens;
    } layers[] = {{"attention forward", "attention input gradient", "attention weight gradient", C, C, T},
                  {"up forward", "up input gradient", "up weight gradient", C, 4 * C, T},
                  {"down forward", "down input gradient", "down weight gradient", 4 * C, C, T},
                  {"head forward", "head input gradient", "head weight gradient", C, V, BLOCK}};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        int in = layers[i].in, out = layers[i].out, t = layers[i].tokens;
        p[n++] = (product){layers[i].forward, t, out, in, false, true, false, FROZEN};
        p[n++] = (product){layers[i].input, t, in, out, false, false, false, FROZEN};
        p[n++] = (product){layers[i].weight, out, in, T, true, false, true, PLAIN};
    }
    p[n++] = (product){"A x", T, RANK, C, false, true, false, FACTOR};
    p[n++] = (product){"B (A x)", T, C, RANK, false, true, true, FACTOR};
    p[n++] = (product){"dy B", T, RANK, C, false, false, false, FACTOR};
    p[n++] = (product){"(dy B) A", T, C, RANK, false, false, true, FACTOR};
    p[n++] = (product){"A gradient", RANK, C, T, true, false, false, PLAIN};
    p[n++] = (product){"B gradient", C, RANK, T, true, false, false, PLAIN};
    return n;
}

static void measure(const bora_kernels *k, const char *size, const product *p, const library *libraries, int n, int threads,
                    int rounds, double seconds) {
    operands *o = calloc((size_t)threads, sizeof *o);
    if (!o) die("out of memory", "");
    for (int i = 0; i < threads; i++) {
        o[i] = prepare(p);
        if (p->right == FROZEN) pack(p, &o[i]);
    }
    for (int l = 1; l < n; l++) compare(k, &libraries[l], p, &o[0]);
    double before = bora_peak(k, threads);
    for (int round = 1; round <= rounds; round++) {
        int times[LIBRARIES];
        double rate[LIBRARIES][REPEATS];
        for (int l = 0; l < n; l++) times[l] = times_of(k, &libraries[l], p, o, threads, seconds);
        for (int i = 0; i < REPEATS; i++) /* in turns of milliseconds, so that the machine's spells are everybody's */
            for (int l = 0; l < n; l++) rate[l][i] = gflops(k, &libraries[l], p, o, threads, times[l]);
        double after = bora_peak(k, threads);
        for (int l = 0; l < n; l++)
            printf("%s,%s,%d,%d,%d,%d,%d,%s,%.2f,%.2f,%.3f\n", size, p->name, p->m, p->n, p->k, threads, round,
                   libraries[l].name, bora_median(rate[l], REPEATS), (before + after) / 2,
                   fabs(after - before) / (before + after) * 2);
        fflush(stdout);
        before = after;
    }
    for (int i = 0; i < threads; i++) release(&o[i]);
    free(o);
}

int main(int argc, char **argv) {
    const struct {
        const char *name;
        int C, V;
    } sizes[] = {{"S", 128, 2048}, {"M", 256, 4096}, {"G", 768, 50257}};
    size_t at = 0;
    while (at < 3 && (argc < 2 || strcmp(argv[1], sizes[at].name))) at++;
    int threads = argc > 2 ? atoi(argv[2]) : 1, rounds = argc > 3 ? atoi(argv[3]) : 5;
    double seconds = argc > 4 ? atof(argv[4]) : 0.1;
    if (at == 3 || threads < 1 || rounds < 1) {
        fprintf(stderr, "usage: matmul S|M|G [THREADS [ROUNDS [SECONDS]]]\n");
        return BORA_USAGE;
    }
    const bora_kernels *k;
    bora_error e;
    if (bora_kernels_choose(&k, &e)) return fprintf(stderr, "matmul: %s\n", e.message), e.status;
    library libraries[LIBRARIES];
    product p[32];
    int found = find_libraries(libraries, threads), n = products(sizes[at].C, sizes[at].V, p);
    for (int i = 0; i < n; i++) measure(k, sizes[at].name, &p[i], libraries, found, threads, rounds, seconds);
    return 0;
}
