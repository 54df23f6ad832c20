/* pretrain.c: training of all weights of the base model: AdamW, warm-up and cosine decay, clipping by the global norm.
 * Not resumable: it takes minutes, and its result is kept. */
#include "train/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NORM_BLOCK = 4096 }; /* coordinates of a partial norm, which belong to its result */

/* The documents' forward and backward, their NLLs added to *sum, then all weight gradients of the wave by jobs. */
static void wave(bora_pretrainer *p, const bora_sample *const *samples, int n, float *dx, size_t dx_size, double *sum) {
    int lengths[BORA_WAVE], jobs = bora_weight_jobs(p->model);
    double nll[BORA_WAVE];
#pragma omp parallel for schedule(dynamic, 1) num_threads(p->threads)
    for (int i = 0; i < n; i++) {
        const bora_sample *x = samples[i];
        bora_activations *a = &p->activations[i];
        lengths[i] = x->n;
        nll[i] = bora_model_forward(p->kernels, p->model, NULL, p->first, x->tokens, x->n, a, true);
        bora_model_backward(p->kernels, p->model, x->n, a);
        memcpy(dx + (size_t)i * dx_size, a->dx, dx_size * sizeof *dx);
    }
#pragma omp parallel for schedule(dynamic, 1) num_threads(p->threads)
    for (int job = 0; job < jobs; job++)
        bora_weight_gradient(p->kernels, p->model, job, n, p->activations, lengths, p->gradient);
    for (int i = 0; i < n; i++) *sum += nll[i];
}

/* The batch's summed gradient; returns its NLL. */
static double batch_gradient(bora_pretrainer *p, const bora_sample *const *samples, size_t n, double *tokens) {
    const bora_parameters *table = &p->model->parameters;
    size_t C = (size_t)table->shape.C, dx_size = (size_t)table->shape.T * bora_stride(C);
    double nll = 0;
    *tokens = 0;
    memset(p->gradient, 0, table->count * sizeof(float));
    for (size_t from = 0; from < n; from += BORA_WAVE)
        wave(p, samples + from, n - from < BORA_WAVE ? (int)(n - from) : BORA_WAVE, p->dx + from * dx_size, dx_size, &nll);
    for (size_t i = 0; i < n; i++) { /* after the head's chain: the embedding's rows in token order */
        bora_embedding_backward(samples[i]->n, table->shape.C, table->shape.V, table->shape.T, p->first, samples[i]->tokens,
                                p->dx + i * dx_size, p->gradient + table->wte, p->gradient + table->wpe);
        *tokens += samples[i]->n;
    }
    return nll;
}

/* The sum of 16 lanes, folded as the kernels fold. */
static double fold(double *lane) {
    for (int width = BORA_LANES / 2; width; width /= 2)
        for (int i = 0; i < width; i++) lane[i] += lane[i + width];
    return lane[0];
}

/* sqrt of the sum of squares, in double: blocks in 16 lanes, then the blocks in order. */
static double norm(const float *g, size_t n) {
    double sum = 0;
    for (size_t from = 0; from < n; from += NORM_BLOCK) {
        double lane[BORA_LANES] = {0};
        for (size_t j = from; j < n && j < from + NORM_BLOCK; j += BORA_LANES)
            for (size_t i = 0; i < BORA_LANES; i++) lane[i] += (double)g[j + i] * (double)g[j + i];
        sum += fold(lane);
    }
    return sqrt(sum);
}

/* AdamW (Loshchilov and Hutter 2019): matrices decay, vectors do not. */
static void update(bora_pretrainer *p, double lr, double tokens) {
    const double beta1 = 0.9, beta2 = 0.95;
    const bora_parameters *table = &p->model->parameters;
    /* [eq:adamw] */
    double size = norm(p->gradient, table->count) / tokens;
    float scale = (float)((size > p->recipe->clip ? p->recipe->clip / size : 1) / tokens);
    p->beta1_power *= beta1;
    p->beta2_power *= beta2;
    float c1 = (float)(1 - p->beta1_power), c2 = (float)(1 - p->beta2_power), b1 = (float)beta1, b2 = (float)beta2,
          rate = (float)lr;
#pragma omp parallel for schedule(dynamic, 1) num_threads(p->threads)
    for (int i = 0; i < table->n; i++) {
        const bora_parameter *row = &table->table[i];
        size_t from = row->offset, to = from + row->size;
        float keep = row->columns > 1 ? (float)(1 - lr * p->recipe->weight_decay) : 1;
        float *w = p->model->weights, *m = p->m, *v = p->v;
        for (size_t j = from; j < to; j++) {
            float g = p->gradient[j] * scale;
            m[j] = b1 * m[j] + (1 - b1) * g;
            v[j] = b2 * v[j] + (1 - b2) * (g * g);
            w[j] = keep * w[j] - rate * (m[j] / c1) / (sqrtf(v[j] / c2) + 1e-8f);
        }
    }
    /* [/eq:adamw] */
}

double bora_pretrainer_step(bora_pretrainer *p, const bora_sample *const *samples, size_t n, double learning_rate,
                            double *tokens) {
    double nll = batch_gradient(p, samples, n, tokens);
    update(p, learning_rate, *tokens);
    return nll;
}

/* Linear warm-up, then a half cosine from the full rate to a tenth. */
static double rate_at(const bora_pretraining *r, size_t step, size_t steps) {
    double warmup = r->warmup * (double)steps, x = (double)step + 1;
    if (x < warmup) return r->learning_rate * x / warmup;
    double progress = (x - warmup) / ((double)steps - warmup + 1);
    return r->learning_rate * (0.55 + 0.45 * bora_cos2pi(progress / 2));
}

static void layout(bora_pretrainer *p, bora_arena *arena) {
    const bora_parameters *table = &p->model->parameters;
    const bora_shape *s = &table->shape;
    float **each[] = {&p->gradient, &p->m, &p->v};
    for (size_t i = 0; i < sizeof each / sizeof *each; i++) *each[i] = bora_arena_take(arena, table->count, sizeof(float));
    p->dx = bora_arena_take(arena, (size_t)p->recipe->batch * (size_t)s->T * bora_stride((size_t)s->C), sizeof(float));
}

static int allocate(bora_pretrainer *p, bora_error *e) {
    const bora_shape *s = &p->model->parameters.shape;
    bora_arena measure = {0};
    layout(p, &measure);
    int status = bora_arena_init(&p->state, measure.used, "gradient and optimizer state", e);
    if (!status) layout(p, &p->state);
    for (int i = 0; !status && i < BORA_WAVE; i++) {
        status = bora_arena_init(&p->arena[i], bora_activations_bytes(s, 0, NULL), "activations of one document", e);
        if (!status) bora_activations_init(&p->activations[i], &p->arena[i], s, 0, NULL);
    }
    return status;
}

int bora_pretrainer_init(bora_pretrainer *p, bora_model *m, const bora_kernels *kernels, const bora_pretraining *recipe,
                         int32_t first, int threads, bora_error *e) {
    *p = (bora_pretrainer){.model = m,
                           .kernels = kernels,
                           .recipe = recipe,
                           .first = first,
                           .threads = threads,
                           .beta1_power = 1,
                           .beta2_power = 1};
    int status = allocate(p, e);
    if (status) {
        bora_pretrainer_free(p);
        return status;
    }
    bora_parameters_random(&m->parameters, recipe->seed, m->weights);
    return BORA_OK;
}

void bora_pretrainer_free(bora_pretrainer *p) {
    for (int i = 0; i < BORA_WAVE; i++) bora_arena_free(&p->arena[i]);
    bora_arena_free(&p->state);
    *p = (bora_pretrainer){0};
}

static int train(bora_pretrainer *p, const bora_dataset *data, bora_error *e) {
    size_t n = data->n[BORA_TRAIN], batch = (size_t)p->recipe->batch, *order = NULL;
    const bora_sample **samples = NULL;
    int status = bora_calloc(&order, n, sizeof *order, "order of documents", e);
    if (!status) status = bora_calloc(&samples, batch, sizeof *samples, "batch", e);
    double all = 0, seen = 0;
    for (size_t i = 0; i < n; i++) all += data->samples[BORA_TRAIN][i].n;
    double each = all / (double)n * (double)batch; /* tokens of a batch, in the mean */
    size_t steps = (size_t)ceil(p->recipe->tokens / each);
    bora_progress progress;
    bora_progress_begin(&progress, "pretraining", each * (double)steps, "tokens");
    for (size_t step = 0, at = 0; !status && step < steps; step++) {
        for (size_t i = 0; i < batch; i++, at++) {
            if (at % n == 0) {
                for (size_t j = 0; j < n; j++) order[j] = j;
                bora_shuffle(order, n, p->recipe->seed, BORA_FOR_BATCHES, at);
            }
            samples[i] = &data->samples[BORA_TRAIN][order[at % n]];
        }
        double tokens, nll = bora_pretrainer_step(p, samples, batch, rate_at(p->recipe, step, steps), &tokens);
        if (!isfinite(nll))
            status = bora_fail(e, BORA_FAILED, "pretraining: the loss is not finite at step %zu: lower pretrain.learning_rate",
                               step + 1);
        bora_progress_step(&progress, seen += tokens, "perplexity %.1f", exp(nll / tokens));
        if (!status && bora_signalled())
            status = bora_fail(e, bora_signalled(), "interrupted while pretraining; it starts anew next time");
    }
    bora_progress_end(&progress);
    free(order);
    free(samples);
    return status;
}

/* NLL per token of the base on the validation samples; NaN: there are none. */
static int validate(bora_pretrainer *p, const bora_dataset *data, double *validation, bora_error *e) {
    size_t n = data->n[BORA_VALIDATION];
    double *nll = NULL, sum = 0, tokens = 0;
    bora_engine engine;
    int status = bora_engine_init(&engine, p->kernels, p->model, NULL, p->threads, e);
    if (status) return status;
    status = bora_calloc(&nll, n, sizeof *nll, "validation", e);
    if (!status) bora_evaluate(&engine, NULL, true, data->first, data->samples[BORA_VALIDATION], n, nll);
    for (size_t i = 0; !status && i < n; i++) sum += nll[i], tokens += data->samples[BORA_VALIDATION][i].n;
    *validation = sum / tokens;
    free(nll);
    bora_engine_free(&engine);
    if (!status && tokens > 0 && !isfinite(sum))
        status = bora_fail(e, BORA_FAILED, "pretraining: the validation loss is not finite: lower pretrain.learning_rate");
    return status;
}

int bora_pretrain(bora_model *m, const bora_kernels *kernels, const bora_pretraining *recipe, const bora_dataset *data,
                  int threads, double *validation, bora_error *e) {
    bora_pretrainer p;
    if (data->n[BORA_TRAIN] == 0) return bora_fail(e, BORA_BAD_INPUT, "the base model's source holds no text to train on");
    int status = bora_pretrainer_init(&p, m, kernels, recipe, data->first, threads, e);
    if (status) return status;
    status = train(&p, data, e);
    if (!status) status = validate(&p, data, validation, e);
    bora_pretrainer_free(&p);
    return status;
}
