/* step.h: what the step rules share: Adam's moments of sixteen coordinates, the prior's gradient, sums and means over tasks. */
#ifndef BORA_STEP_H
#define BORA_STEP_H

#include "train/train.h"

#include <math.h>

/* m, v <- moments of g; m_hat, v_hat corrected for their start at 0; q = sqrt(v_hat) + epsilon. */
static inline void bora_moments(const bora_step *s, const float *g, float *m, float *v, float m_hat[16], float q[16],
                                float v_hat[16]) {
    /* [eq:moments] */
    for (int i = 0; i < 16; i++) {
        m[i] = s->beta1 * m[i] + (1 - s->beta1) * g[i];
        v[i] = s->beta2 * v[i] + (1 - s->beta2) * (g[i] * g[i]);
        m_hat[i] = m[i] / s->correction1;
        v_hat[i] = v[i] / s->correction2;
        q[i] = sqrtf(v_hat[i]) + s->epsilon;
    }
    /* [/eq:moments] */
}

/* The prior's gradient at coordinate `at` of [n, P], over N, where theta_d - Theta is `difference`: t difference, t = tau / N;
 * of the un-squared norm t difference / ||theta_dm - Theta_m||, and 0 at 0. */
static inline float bora_prior_gradient(const bora_step *s, size_t at, float difference) {
    /* [eq:prior] */
    float t = s->tau / s->N;
    if (!s->norm) return t * difference;
    return s->norm[at] > 0 ? t * (difference / s->norm[at]) : 0;
    /* [/eq:prior] */
}

/* sum <- sum_d g_d, d ascending, of the coordinates from j. */
static inline void bora_sum_of_gradients(const bora_step *s, size_t j, float sum[16]) {
    for (size_t i = 0; i < 16; i++) sum[i] = 0;
    for (size_t d = 0; d < (size_t)s->n; d++)
        for (size_t i = 0; i < 16; i++) sum[i] += s->g[d * s->P + j + i];
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
