/* weigh.c: weights of a batch's documents other than 1, as the released code has them (by itself, or one of its two sides at a
 * time). With n the batch, N_d, W_d documents and mean tokens a document of task d, n_d, w_d the documents and tokens of its
 * part of the batch, NLL_i one document's: bora_batch_gradient divides by n, so that
 *
 *   mean token:         1 / W_d           g_d = sum_i NLL_i' / (W_d n): on average d (NLL_d / W_d) / N, a tempered likelihood
 *   full share:         n N_d / (N n_d)   g_d = N_d mean_i NLL_i' / N if d is in the batch, else 0
 *   both, as released:  n N_d / (N w_d)   g_d = N_d (mean token loss of its part)' / N if d is in the batch, else 0
 *
 * The prior enters every batch in full, tau / N; where a task that is absent adds nothing and is not made up for when present,
 * the prior is stronger by 1 / (share of the batches that hold the task). */
#include "train/train.h"

void bora_weigh_mean_token(const bora_run *r, const bora_sample *const *samples, size_t n, float *weight) {
    for (size_t i = 0; i < n; i++) {
        int d = samples[i]->task;
        weight[i] = (float)(r->documents[d] / r->tokens[BORA_TRAIN][d]);
    }
}

/* n N_d / N over what d has in the batch: documents, or tokens. */
static void full(const bora_run *r, const bora_sample *const *samples, size_t n, bool tokens, float *weight) {
    /* [eq:weights] */
    for (size_t i = 0; i < n; i++) {
        double part = 0;
        for (size_t j = 0; j < n; j++)
            if (samples[j]->task == samples[i]->task) part += tokens ? samples[j]->n : 1;
        weight[i] = (float)((double)n * r->documents[samples[i]->task] / ((double)r->data->n[BORA_TRAIN] * part));
    }
    /* [/eq:weights] */
}

void bora_weigh_full(const bora_run *r, const bora_sample *const *samples, size_t n, float *weight) {
    full(r, samples, n, false, weight);
}

void bora_weigh_released(const bora_run *r, const bora_sample *const *samples, size_t n, float *weight) {
    full(r, samples, n, true, weight);
}
