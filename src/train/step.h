/* step.h: what the step rules share: Adam's moments of sixteen coordinates, and the mean over tasks. */
#ifndef BORA_STEP_H
#define BORA_STEP_H

#include "train/train.h"

#include <math.h>

/* m, v <- moments of g; mhat, v_hat corrected for their start at 0; q = sqrt(v_hat) + epsilon. */
static inline void bora_moments(const bora_step *s, const float *g, float *m, float *v, float mhat[16], float q[16],
                                float v_hat[16]) {
    for (int i = 0; i < 16; i++) {
        m[i] = s->beta1 * m[i] + (1 - s->beta1) * g[i];
        v[i] = s->beta2 * v[i] + (1 - s->beta2) * (g[i] * g[i]);
        mhat[i] = m[i] / s->correction1;
        v_hat[i] = v[i] / s->correction2;
        q[i] = sqrtf(v_hat[i]) + s->epsilon;
    }
}

/* Theta = mean_d theta_d, d ascending. */
static inline void bora_mean_of_tasks(const bora_step *s, size_t from, size_t to) {
    for (size_t j = from; j < to; j += 16) {
        float sum[16] = {0};
        for (size_t d = 0; d < (size_t)s->n; d++)
            for (size_t i = 0; i < 16; i++) sum[i] += s->theta[d * s->P + j + i];
        for (size_t i = 0; i < 16; i++) s->Theta[j + i] = sum[i] / (float)s->n;
    }
}

#endif
