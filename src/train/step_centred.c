/* step_centred.c: the paper's step: Adam with the prior inside its gradient, Theta a parameter like the others. With t = tau /
 * N: theta_d by Adam on g_d + t (theta_d - Theta);   Theta by Adam on t sum_d (Theta - theta_d) (both over
 * N). It is slow at large tau, at any learning rate: the divisors hold the prior's jitter, t times a part of lr. */
#include "train/step.h"

static void step(const bora_step *s, size_t from, size_t to) {
    size_t n = (size_t)s->n;
    /* [eq:centred] */
    for (size_t j = from; j < to; j += 16) {
        float m_hat[16], q[16], v[16], gradient[16], pull[16] = {0}, *Theta = s->Theta + j;
        for (size_t d = 0; d < n; d++) {
            size_t at = d * s->P + j;
            float *theta = s->theta + at;
            for (int i = 0; i < 16; i++) {
                float prior = bora_prior_gradient(s, at + (size_t)i, theta[i] - Theta[i]);
                gradient[i] = s->g[at + (size_t)i] + prior; /* g_d + t (theta_d - Theta) */
                pull[i] -= prior;                           /* t sum_d (Theta - theta_d) */
            }
            bora_moments(s, gradient, s->m + at, s->v + at, m_hat, q, v);
            for (int i = 0; i < 16; i++) theta[i] -= s->lr * m_hat[i] / q[i];
        }
        bora_moments(s, pull, s->m + n * s->P + j, s->v + n * s->P + j, m_hat, q, v);
        for (int i = 0; i < 16; i++) Theta[i] -= s->lr * m_hat[i] / q[i];
    }
    /* [/eq:centred] */
}

const bora_step_rule bora_step_centred = {"centred", step};
