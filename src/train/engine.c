/* engine.c: documents on threads: adapter gradients of a batch, and evaluation. Each document is one thread's work from first
 * to last operator; contributions are added in the batch's order whoever computed them. */
#include "train/train.h"

#include <stdlib.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif

static int thread_index(void) {
#ifdef _OPENMP
    return omp_get_thread_num();
#else
    return 0;
#endif
}

int bora_threads(int wanted) {
#ifdef _OPENMP
    return wanted > 0 ? wanted : omp_get_max_threads();
#else
    (void)wanted;
    return 1;
#endif
}

static void layout(bora_worker *w, bora_arena *arena, const bora_shape *s, const bora_lora *lora) {
    static const bool none[BORA_MATRICES];
    bora_activations_init(&w->activations, arena, s, lora ? lora->rank : 0, lora ? lora->target : none);
    w->adapter = bora_arena_take(arena, (size_t)(s->L * BORA_MATRICES), sizeof *w->adapter);
    w->places = bora_arena_take(arena, (size_t)(s->L * BORA_MATRICES), sizeof *w->places);
    w->room = bora_arena_take(arena, lora ? bora_lora_room(lora) : 0, sizeof *w->room);
}

static size_t worker_bytes(const bora_shape *s, const bora_lora *lora) {
    bora_worker w;
    bora_arena measure = {0};
    layout(&w, &measure, s, lora);
    return measure.used;
}

size_t bora_engine_bytes(const bora_shape *s, const bora_lora *lora, int threads) {
    return worker_bytes(s, lora) * (size_t)threads + (lora ? BORA_RING * lora->P * sizeof(float) : 0);
}

int bora_engine_init(bora_engine *g, const bora_kernels *kernels, const bora_model *model, const bora_lora *lora, int threads,
                     bora_error *e) {
    *g = (bora_engine){.kernels = kernels, .model = model, .lora = lora, .threads = threads, .version = 1};
    const bora_shape *s = &model->parameters.shape;
    int status = bora_calloc(&g->workers, (size_t)threads, sizeof *g->workers, "threads", e);
    if (!status && lora) status = bora_calloc(&g->ring, BORA_RING * lora->P, sizeof(float), "gradient ring", e);
    size_t bytes = worker_bytes(s, lora);
    for (int i = 0; !status && i < threads; i++) {
        status = bora_arena_init(&g->workers[i].arena, bytes, "activations of one thread", e);
        if (!status) layout(&g->workers[i], &g->workers[i].arena, s, lora);
    }
    if (status) bora_engine_free(g);
    return status;
}

void bora_engine_free(bora_engine *g) {
    for (int i = 0; g->workers && i < g->threads; i++) bora_arena_free(&g->workers[i].arena);
    free(g->workers);
    free(g->ring);
    *g = (bora_engine){0};
}

/* The worker's packed view of theta, made again only when it is another's or has changed. */
static const bora_low_rank *adapter_of(const bora_engine *g, bora_worker *w, const float *theta) {
    if (!g->lora || !theta) return NULL;
    if (w->packed != theta || w->version != g->version) {
        bora_lora_pack(g->lora, theta, w->room, w->adapter);
        w->packed = theta;
        w->version = g->version;
    }
    return w->adapter;
}

/* One document's gradient into a slot of the ring. */
static double document_gradient(const bora_engine *g, bora_worker *w, const float *theta, int32_t first, const bora_sample *x,
                                float *slot) {
    const bora_low_rank *adapter = adapter_of(g, w, theta);
    double nll = bora_model_forward(g->kernels, g->model, adapter, first, x->tokens, x->n, &w->activations, true);
    bora_lora_gradient(g->lora, slot, w->places);
    bora_model_backward_adapter(g->kernels, g->model, adapter, x->n, &w->activations, w->places);
    return nll;
}

/* Positions of a wave, the longest document first (ties: the earlier), so that threads end together. */
static void longest_first(const bora_sample *const *samples, int n, int *order) {
    for (int i = 0; i < n; i++) {
        int j = i;
        for (; j > 0 && samples[order[j - 1]]->n < samples[i]->n; j--) order[j] = order[j - 1];
        order[j] = i;
    }
}

void bora_batch_gradient(bora_engine *g, const bora_adapters *s, int32_t first, const bora_sample *const *samples, size_t n,
                         const float *weight, float *gradient, double *nll) {
    size_t P = s->lora->P;
    memset(gradient, 0, (size_t)s->n * P * sizeof *gradient);
    for (size_t from = 0; from < n; from += BORA_RING) {
        const bora_sample *const *wave = samples + from;
        int count = n - from < BORA_RING ? (int)(n - from) : BORA_RING, order[BORA_RING];
        longest_first(wave, count, order);
#pragma omp parallel for schedule(dynamic, 1) num_threads(g->threads)
        for (int i = 0; i < count; i++) {
            int at = order[i];
            nll[from + (size_t)at] = document_gradient(g, &g->workers[thread_index()], bora_theta(s, wave[at]->task), first,
                                                       wave[at], g->ring + (size_t)at * P);
        }
#pragma omp parallel for schedule(static) num_threads(g->threads)
        /* [eq:batch] */
        for (size_t block = 0; block < P / 16; block++)
            for (int i = 0; i < count; i++) {
                float *sum = gradient + (bora_theta(s, wave[i]->task) - s->theta) + block * 16;
                const float *part = g->ring + (size_t)i * P + block * 16;
                float w = weight ? weight[from + (size_t)i] : 1;
                for (int j = 0; j < 16; j++) sum[j] += w * part[j];
            }
        /* [/eq:batch] */
    }
    size_t total = (size_t)s->n * P;
    float count = (float)n;
#pragma omp parallel for schedule(static) num_threads(g->threads)
    for (size_t j = 0; j < total; j++) gradient[j] /= count;
}

void bora_evaluate(bora_engine *g, const float *theta, bool shared, int32_t first, const bora_sample *samples, size_t n,
                   double *nll) {
    size_t P = g->lora ? g->lora->P : 0;
#pragma omp parallel for schedule(dynamic, 8) num_threads(g->threads)
    for (size_t i = 0; i < n; i++) {
        bora_worker *w = &g->workers[thread_index()];
        const bora_low_rank *adapter = adapter_of(g, w, theta ? theta + (shared ? 0 : (size_t)samples[i].task) * P : NULL);
        nll[i] =
            bora_model_forward(g->kernels, g->model, adapter, first, samples[i].tokens, samples[i].n, &w->activations, false);
    }
}
