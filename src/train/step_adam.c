/* step_adam.c: plain Adam on every adapter by itself (Kingma and Ba 2015; no decay): tau = 0, and with one adapter tau =
 * infinity. */
#include "train/step.h"

static void step(const bora_step *s, size_t from, size_t to) {
    /* [eq:adam] */
    for (size_t j = from; j < to; j += 16)
        for (size_t d = 0; d < (size_t)s->n; d++) {
            size_t at = d * s->P + j;
            float m_hat[16], q[16], v[16];
            bora_moments(s, s->g + at, s->m + at, s->v + at, m_hat, q, v);
            for (int i = 0; i < 16; i++) s->theta[at + (size_t)i] -= s->lr * m_hat[i] / q[i]; /* theta_d -= lr m_d / q_d */
        }
    /* [/eq:adam] */
    bora_mean_of_tasks(s, from, to);
}

const bora_step_rule bora_step_adam = {"adam", step};
