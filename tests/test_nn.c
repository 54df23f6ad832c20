/* test_nn.c: every operator by itself against its formula in double precision: forward against the formula, backward against
 * central differences of it. Sizes are odd, so that tiles, rows and blocks end unevenly. */
#include "test.h"

#include <math.h>
#include <string.h>

enum { T = 8, IN = 7, OUT = 9, R = 3, C = 10, H = 2, V = 13, POSITIONS = 11, MOST = 400 };
static const double scale = 0.75; /* of the low-rank part, and of scores */

/* Chains and rows of at most 20 terms in float32, relative to the largest element. */
static const double tolerance = 4e-6;

static const bora_kernels *k;
static bora_arena arena;
static bora_error error;
static double x[MOST], y[MOST], dx[MOST], dy[MOST]; /* all inputs of an operator, all outputs, and their gradients */

static void draw(double *to, int n, uint64_t stream) {
    for (int i = 0; i < n; i++) to[i] = (double)(float)(2 * bora_uniform(stream, BORA_FOR_TESTS, (uint64_t)i) - 1);
}

static void set_up(void) {
    k = bora_kernels_named("ref");
    cr_assert_ok(bora_arena_init(&arena, 1 << 20, "test", &error));
    draw(x, MOST, 1);
    draw(dy, MOST, 2);
}
static void tear_down(void) { bora_arena_free(&arena); }
TestSuite(nn, .init = set_up, .fini = tear_down);

/* [n, columns] as the operators have it, with room behind; from NULL: zeros. */
static float *rows(const double *from, int n, int columns) {
    float *to = bora_arena_take(&arena, (size_t)(n + 16) * (size_t)bora_ld(columns), sizeof *to);
    for (int i = 0; from && i < n * columns; i++) to[i / columns * bora_ld(columns) + i % columns] = (float)from[i];
    return to;
}
static float *dense(const double *from, int n) {
    float *to = bora_arena_take(&arena, (size_t)n + 16, sizeof *to);
    for (int i = 0; from && i < n; i++) to[i] = (float)from[i];
    return to;
}
static float *packed(const double *from, int n, int columns) {
    float *to = bora_arena_take(&arena, bora_packed_size(n + 16, columns), sizeof *to);
    bora_pack(n, columns, dense(from, n * columns), columns, to);
    return to;
}

static void same(const float *mine, ptrdiff_t stride, const double *theirs, int n, int columns) {
    double largest = 0;
    for (int i = 0; i < n * columns; i++) largest = fmax(largest, fabs(theirs[i]));
    cr_assert_gt(largest, 0);
    for (int i = 0; i < n * columns; i++)
        cr_assert_float_eq((double)mine[i / columns * stride + i % columns], theirs[i], tolerance * largest,
                           "row %d, column %d", i / columns, i % columns);
}

/* dx [n] <- gradient of sum of dy [m] times the formula's outputs, by central differences. */
static void differences(void (*formula)(void), int n, int m) {
    const double step = 1e-5; /* its square against the formulas' third derivatives, and 1e-16 over it, are below 1e-9 */
    for (int i = 0; i < n; i++) {
        double start = x[i];
        dx[i] = 0;
        for (int side = -1; side <= 1; side += 2) {
            x[i] = start + side * step;
            formula();
            for (int j = 0; j < m; j++) dx[i] += side * dy[j] * y[j] / (2 * step);
        }
        x[i] = start;
    }
    formula();
}

/* ---- linear layer: x holds x [T, IN], A [R, IN], B [OUT, R] ---------------------------------------------------------------
 */

static double *const A = x + T * IN, *const B = x + T * IN + R * IN;
static double W[OUT * IN], bias[OUT];

static void linear(void) { /* y = W x + scale B A x + bias */
    for (int t = 0; t < T; t++)
        for (int o = 0; o < OUT; o++) {
            double sum = bias[o];
            for (int i = 0; i < IN; i++) {
                double weight = W[o * IN + i];
                for (int r = 0; r < R; r++) weight += scale * B[o * R + r] * A[r * IN + i];
                sum += weight * x[t * IN + i];
            }
            y[t * OUT + o] = sum;
        }
}

typedef struct {
    bora_linear w;
    bora_low_rank lora;
    float *x, *s, *y, *dy, *dz, *dx;
} layer;
static layer run_linear(void) {
    draw(W, OUT * IN, 3);
    draw(bias, OUT, 4);
    differences(linear, (T + R) * IN + OUT * R, T * OUT);
    layer l = {.w = {IN, OUT, packed(W, OUT, IN), dense(bias, OUT)},
               .lora = {R, (float)scale, packed(A, R, IN), packed(B, OUT, R)},
               .x = rows(x, T, IN),
               .s = rows(NULL, T, R),
               .y = rows(NULL, T, OUT),
               .dy = rows(dy, T, OUT),
               .dz = rows(NULL, T, R),
               .dx = rows(NULL, T, IN)};
    bora_linear_forward(k, T, &l.w, &l.lora, l.x, l.s, l.y);
    bora_linear_backward(k, T, &l.w, &l.lora, l.dy, l.dz, l.dx, false);
    return l;
}

/* [eq:lora] */
Test(nn, a_layer_adds_its_low_rank_part) {
    layer l = run_linear();
    same(l.y, bora_ld(OUT), y, T, OUT);
}

/* [eq:lora-input] */
Test(nn, the_input_gradient_of_a_layer) {
    layer l = run_linear();
    same(l.dx, bora_ld(IN), dx, T, IN);
    bora_linear_backward(k, T, &l.w, &l.lora, l.dy, l.dz, l.dx, true);
    for (int i = 0; i < T * IN; i++) dx[i] *= 2;
    same(l.dx, bora_ld(IN), dx, T, IN);
}

/* [eq:lora-gradient] */
Test(nn, the_gradients_of_A_and_B) {
    layer l = run_linear();
    float *dA = dense(NULL, R * IN), *dB = dense(NULL, OUT * R);
    bora_linear_adapter_gradient(k, T, &l.w, &l.lora, l.x, l.s, l.dy, l.dz, dA, dB);
    same(dA, IN, dx + T * IN, R, IN);
    same(dB, R, dx + T * IN + R * IN, OUT, R);
}

/* ---- embedding ----------------------------------------------------------------------------------------------------------- */

static const int32_t first = 5, tokens[T] = {3, 5, 12, 3, 3, 0, 7, 9}; /* the last one is nobody's input */
static int32_t input(int t) { return t ? tokens[t - 1] : first; }

/* [eq:embedding] */
Test(nn, a_token_and_its_position_are_added) {
    float *out = rows(NULL, T, C);
    bora_embedding_forward(T, C, V, POSITIONS, first, tokens, packed(x, V, C), packed(dy, POSITIONS, C), out);
    for (int t = 0; t < T; t++)
        for (int c = 0; c < C; c++)
            cr_assert_eq(out[t * bora_ld(C) + c], (float)x[input(t) * C + c] + (float)dy[t * C + c], "%d, %d", t, c);
}

/* [eq:embedding-gradient] */
Test(nn, embedding_gradients_are_added_to_their_rows) {
    float *dwte = packed(x, V, C), *dwpe = packed(x, POSITIONS, C);
    double wte[V * C], wpe[POSITIONS * C];
    memcpy(wte, x, sizeof wte);
    memcpy(wpe, x, sizeof wpe);
    for (int t = 0; t < T; t++)
        for (int c = 0; c < C; c++) wte[input(t) * C + c] += dy[t * C + c], wpe[t * C + c] += dy[t * C + c];
    bora_embedding_backward(T, C, V, POSITIONS, first, tokens, rows(dy, T, C), dwte, dwpe);
    for (int v = 0; v < V; v++)
        for (int c = 0; c < C; c++)
            cr_assert_float_eq((double)dwte[bora_packed_at(V, (size_t)v, (size_t)c)], wte[v * C + c], tolerance, "%d, %d", v,
                               c);
    for (int t = 0; t < POSITIONS; t++)
        for (int c = 0; c < C; c++)
            cr_assert_float_eq((double)dwpe[bora_packed_at(POSITIONS, (size_t)t, (size_t)c)], wpe[t * C + c], tolerance);
}

/* ---- layer norm ---------------------------------------------------------------------------------------------------------- */

static double gain[C], shift[C];

static void layernorm(void) {
    for (int t = 0; t < T; t++) {
        double mean = 0, variance = 0;
        for (int c = 0; c < C; c++) mean += x[t * C + c] / C;
        for (int c = 0; c < C; c++) variance += (x[t * C + c] - mean) * (x[t * C + c] - mean) / C;
        for (int c = 0; c < C; c++)
            y[t * C + c] = gain[c] * (x[t * C + c] - mean) / sqrt(variance + BORA_LAYERNORM_EPSILON) + shift[c];
    }
}

static float *normed, *rstd;
static float *run_layernorm(void) {
    draw(gain, C, 5);
    draw(shift, C, 6);
    differences(layernorm, T * C, T * C);
    float *out = rows(NULL, T, C);
    normed = rows(NULL, T, C), rstd = dense(NULL, T);
    bora_layernorm_forward(k, T, C, rows(x, T, C), dense(gain, C), dense(shift, C), normed, rstd, out);
    return out;
}

/* [eq:layernorm] */
Test(nn, layer_norm) { same(run_layernorm(), bora_ld(C), y, T, C); }

/* [eq:layernorm-gradient] */
Test(nn, the_gradient_of_layer_norm_is_added) {
    run_layernorm();
    float *gradient = rows(x, T, C);
    bora_layernorm_backward(k, T, C, rows(dy, T, C), dense(gain, C), normed, rstd, gradient);
    for (int i = 0; i < T * C; i++) dx[i] += x[i];
    same(gradient, bora_ld(C), dx, T, C);
}

/* ---- attention ----------------------------------------------------------------------------------------------------------- */

/* p [n] <- softmax of scale x. */
static void softmax_of(const double *score, int n, double factor, double *p) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += p[i] = exp(factor * score[i]);
    for (int i = 0; i < n; i++) p[i] /= sum;
}
static void softmax(void) { softmax_of(x, T, scale, y); }

/* [eq:softmax] */
Test(nn, softmax_of_scaled_scores) {
    float *p = dense(x, T);
    softmax();
    k->softmax(T, (float)scale, p);
    same(p, T, y, 1, T);
}

/* [eq:softmax-gradient] */
Test(nn, the_gradient_before_scale_and_softmax) {
    differences(softmax, T, T);
    float *dp = dense(dy, T);
    k->softmax_backward(T, (float)scale, dense(y, T), dp);
    same(dp, T, dx, 1, T);
}

static void attention(void) { /* x holds q, k, v [T, C] */
    const double *query = x, *key = x + T * C, *value = x + 2 * T * C;
    for (int h = 0; h < H; h++)
        for (int i = 0; i < T; i++) {
            double score[T] = {0}, p[T];
            for (int j = 0; j <= i; j++)
                for (int c = h * (C / H); c < (h + 1) * (C / H); c++) score[j] += query[i * C + c] * key[j * C + c];
            softmax_of(score, i + 1, 1 / sqrt(C / H), p);
            for (int c = h * (C / H); c < (h + 1) * (C / H); c++) {
                y[i * C + c] = 0;
                for (int j = 0; j <= i; j++) y[i * C + c] += p[j] * value[j * C + c];
            }
        }
}

static float *part[3], *probabilities, *scratch;
static float *run_attention(void) {
    differences(attention, 3 * T * C, T * C);
    for (int i = 0; i < 3; i++) part[i] = rows(x + i * T * C, T, C);
    float *out = rows(NULL, T, C);
    probabilities = rows(NULL, H * T, T), scratch = dense(NULL, (int)bora_attention_scratch(T, C, H));
    bora_attention_forward(k, T, C, H, part[0], part[1], part[2], probabilities, out, scratch);
    return out;
}

/* [eq:attention] */
Test(nn, causal_attention_by_head) { same(run_attention(), bora_ld(C), y, T, C); }

/* [eq:attention-gradient] */
Test(nn, the_gradients_of_queries_keys_and_values) {
    float *gradient[3];
    run_attention();
    for (int i = 0; i < 3; i++) gradient[i] = rows(NULL, T, C);
    bora_attention_backward(k, T, C, H, part[0], part[1], part[2], probabilities, rows(dy, T, C), gradient[0], gradient[1],
                            gradient[2], scratch);
    for (int i = 0; i < 3; i++) same(gradient[i], bora_ld(C), dx + i * T * C, T, C);
}

/* ---- head ---------------------------------------------------------------------------------------------------------------- */

static double wte[V * C];

static void nll(void) {
    y[0] = 0;
    for (int t = 0; t < T; t++) {
        double logit[V] = {0}, p[V];
        for (int v = 0; v < V; v++)
            for (int c = 0; c < C; c++) logit[v] += wte[v * C + c] * x[t * C + c];
        softmax_of(logit, V, 1, p);
        y[0] -= log(p[tokens[t]]);
    }
}

/* [eq:head] */
Test(nn, the_tied_head_in_blocks_of_tokens) {
    enum { BLOCK = 3 };
    dy[0] = 1;
    draw(wte, V * C, 7);
    differences(nll, T * C, 1);
    const bora_linear head = {C, V, packed(wte, V, C), NULL};
    float *gradient = rows(NULL, T, C), *logits = rows(NULL, BLOCK, V);
    double sum = bora_cross_entropy(k, T, &head, tokens, rows(x, T, C), BLOCK, logits, gradient);
    cr_assert_float_eq(sum, y[0], tolerance * y[0]);
    same(gradient, bora_ld(C), dx, T, C);
    cr_assert_eq(bora_cross_entropy(k, T, &head, tokens, rows(x, T, C), BLOCK, logits, NULL), sum);
}
