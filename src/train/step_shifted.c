/* step_shifted.c: Adam on the shifted parameters of theta_d = Theta + delta_d (what all tasks share is a coordinate of its
 * own): Theta by Adam on g_Theta = sum_d g_d, delta_d by Adam on g_d + t delta_d, t = tau / N. Its fixed
 * points are the exact MAP. delta_d is not kept: it is theta_d - Theta. */
#include "train/step.h"

static void step(const bora_step *s, size_t from, size_t to) {
    size_t n = (size_t)s->n;
    /* [eq:shifted] */
    for (size_t j = from; j < to; j += 16) {
        float m_hat[16], q[16], v[16], gradient[16], *Theta = s->Theta + j;
        for (size_t d = 0; d < n; d++) {
            size_t at = d * s->P + j;
            float *delta = s->theta + at;
            for (int i = 0; i < 16; i++) {
                delta[i] -= Theta[i]; /* delta_d = theta_d - Theta */
                gradient[i] = s->g[at + (size_t)i] + bora_prior_gradient(s, at + (size_t)i, delta[i]);
            }
            bora_moments(s, gradient, s->m + at, s->v + at, m_hat, q, v);
            for (int i = 0; i < 16; i++) delta[i] -= s->lr * m_hat[i] / q[i];
        }
        bora_sum_of_gradients(s, j, gradient); /* g_Theta */
        bora_moments(s, gradient, s->m + n * s->P + j, s->v + n * s->P + j, m_hat, q, v);
        for (int i = 0; i < 16; i++) Theta[i] -= s->lr * m_hat[i] / q[i];
        for (size_t d = 0; d < n; d++)
            for (size_t i = 0; i < 16; i++) s->theta[d * s->P + j + i] += Theta[i]; /* theta_d = Theta + delta_d */
    }
    /* [/eq:shifted] */
}

const bora_step_rule bora_step_shifted = {"shifted", step};
