/* step_ridge.c: every task by itself with a prior about a Theta that never moves (ridge to the base, frozen Theta): Adam on its
 * likelihood, the prior implicit in Adam's metric, as a task's own step in step_pooled.c:
 *
 *   theta_d <- theta_d - lr (m_d + t (theta_d - Theta)) / (q_d + lr t),  t = tau / N
 *
 * Its only fixed point is the exact MAP, t (theta_d - Theta) = -g_d; at tau = 0 it is plain Adam, bit for bit. */
#include "train/step.h"

static void step(const bora_step *s, size_t from, size_t to) {
    /* [eq:ridge] */
    float t = s->tau / s->N, stiffness = s->lr * t;
    for (size_t j = from; j < to; j += 16)
        for (size_t d = 0; d < (size_t)s->n; d++) {
            size_t at = d * s->P + j;
            float m_hat[16], q[16], v[16], *theta = s->theta + at, *Theta = s->Theta + j;
            bora_moments(s, s->g + at, s->m + at, s->v + at, m_hat, q, v);
            for (int i = 0; i < 16; i++) theta[i] -= s->lr * (m_hat[i] + t * (theta[i] - Theta[i])) / (q[i] + stiffness);
        }
    /* [/eq:ridge] */
}

const bora_step_rule bora_step_ridge = {"ridge", step};

/* tau = infinity. */
static void stay(const bora_step *s, size_t from, size_t to) { (void)s, (void)from, (void)to; }

const bora_step_rule bora_step_none = {"none", stay};
