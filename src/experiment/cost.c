/* cost.c: what a run will cost, predicted from its settings before anything is tokenized: estimates for people, never results.
 */
#include "experiment/experiment.h"

#include <math.h>
#include <stdlib.h>

double bora_predict_base(const bora_settings *x) {
    bora_shape shape = bora_shape_of(x, NULL);
    return bora_real(x, BORA_PRETRAIN_TOKENS) * bora_flop_full_step(&shape);
}

/* Documents that all tasks train on together, D tasks. */
static double documents_of(const bora_settings *x, const bora_source *source, double D) {
    double *sizes, sum = 0, text = 0, number = bora_real(x, BORA_DATA_NUMBER), scale = bora_real(x, BORA_DATA_SCALE),
                   least = bora_real(x, BORA_DATA_LEAST);
    int n = bora_reals(x, BORA_DATA_SIZES, &sizes);
    for (int j = 0; j < n; j++) sum += scale * sizes[j];
    free(sizes);
    for (size_t j = 0; j < source->n; j++) text += (double)source->passages[j].size;
    /* about 3.3 bytes a token, documents four fifths full, half of them for training */
    double all = text / 3.3 / (0.8 * bora_integer(x, BORA_MODEL_CONTEXT)) / 2,
           most = bora_is(x, BORA_DATA_MOST, "largest") ? 3 * all / D : bora_real(x, BORA_DATA_MOST); /* thrice the mean, say */
    return bora_is(x, BORA_DATA_DRAW, "number")     ? D * scale * number
           : bora_is(x, BORA_DATA_DRAW, "halves")   ? D * number * (1 + 0.5 + 0.25 + 0.125) / 4
           : bora_is(x, BORA_DATA_DRAW, "power")    ? D * (most > least ? (most - least) / log(most / least) : most)
           : bora_is(x, BORA_DATA_DRAW, "fraction") ? all * bora_real(x, BORA_DATA_FRACTION)
           : bora_is(x, BORA_DATA_DRAW, "all")      ? all
                                                    : sum;
}

bora_cost bora_predict(const bora_settings *x, const bora_source *source, int threads) {
    bora_shape shape = bora_shape_of(x, NULL);
    bora_lora lora;
    bora_error ignored;
    bora_cost c = {0};
    if (bora_lora_of(x, shape, &lora, &ignored)) return c;
    bool synthetic = bora_is(x, BORA_DATA_SOURCE, "synthetic");
    char **names;
    int named = bora_texts(x, BORA_DATA_NAMES, &names);
    bora_texts_free(names, named);
    double T = shape.T, D = bora_is(x, BORA_DATA_TASKS, "most-text") ? bora_integer(x, BORA_DATA_COUNT)
                            : bora_is(x, BORA_DATA_TASKS, "named")   ? named
                            : synthetic                              ? bora_integer(x, BORA_LANGUAGE_TASKS)
                                                                     : 40;
    double documents = documents_of(x, source, D);
    double full = bora_is(x, BORA_DATA_PADDING, "scored") ? 1
                  : synthetic                             ? bora_real(x, BORA_LANGUAGE_LENGTH) / T
                                                          : 0.8; /* share of T that documents fill */
    double adapters = isinf(bora_tau(x)) ? 1 : D;
    c.bytes = (double)bora_model_bytes(&shape) + (double)bora_engine_bytes(&shape, &lora, threads) +
              4 * (double)lora.P * (6 * adapters + D + 5);
    double length = full * T, forward = length * bora_flop_evaluation(&shape, &lora),
           step = length * bora_flop_adapter_step(&shape, &lora), validation = bora_real(x, BORA_DATA_VALIDATION_CAP),
           test = bora_real(x, BORA_DATA_TEST_CAP);
    if (validation == 0) validation = documents / D / 2; /* all, about so many */
    if (test == 0) test = documents / D / 2;
    bool new = bora_has_new_task(x);
    if (bora_has_first_phase(x))
        c.first = bora_first_recipe_of(x).epochs * (new ? 1 - 1 / D : 1) * (documents * step + D * validation * forward);
    if (new) documents = bora_real(x, BORA_DATA_NEW), adapters = D = 1;
    c.flop = bora_real(x, BORA_RUN_EPOCHS) * (documents * step + D * validation * forward) +
             2 * (documents + D * (validation + test)) * forward;
    c.disk = 4 * (double)lora.P * (2 * adapters + D + 2) + 60 * 3 * D * test;
    bora_lora_free(&lora);
    return c;
}

double bora_speed(const bora_kernels *k, int threads) {
    enum { M = 60, N = 128, SIZE = 128 };
    float *a = calloc(M * SIZE, sizeof *a), *b = calloc(N * SIZE, sizeof *b), *c = calloc(M * N, sizeof *c);
    double started = bora_seconds(), spent = 0, flop = 0;
    while (a && b && c && (spent = bora_seconds() - started) < 0.05) {
        bora_matmul(k, M, N, SIZE, a, SIZE, 1, bora_packed(b, SIZE), c, N, false);
        flop += 2.0 * M * N * SIZE;
    }
    free(a);
    free(b);
    free(c);
    return spent > 0 ? 0.66 * threads * flop / spent : 1e10;
}
