/* step_pooled.c: the default step between the limits. Per coordinate, from Adam's corrected moments m_d, v_d of g_d = d NLL_d /
 * N and m, v of sum_d g_d, with t = tau / N:
 *
 *   q_d = sqrt(v_d) + eps;  q = sqrt(v) + eps
 *   r_d = lr (m_d + t (theta_d - Theta)) / (q_d + lr t)    a task's own step: Adam on its likelihood, the prior implicit
 *   u   = lr m / q                                          the unified model's step: Adam on the sum of the gradients
 *   a   = mean_d tau / (N B v_d + tau)                      the pool's share; N B v_d scales like curvature
 *   theta_d <- theta_d - r_d - a (u - mean_d r_d);  Theta <- mean_d theta_d
 *
 * Its fixed points are those of the posterior, t (theta_d - Theta) = -g_d and sum_d g_d = 0, whatever a is: a is how fast the
 * common part moves.
 */
#include "train/step.h"

static void step(const bora_step *s, size_t from, size_t to) {
    size_t n = (size_t)s->n;
    /* [eq:pooled] */
    float t = s->tau / s->N, stiffness = s->lr * t, NB = s->N * s->B;
    for (size_t j = from; j < to; j += 16) {
        float m_hat[16], q[16], v[16], sum[16], mean_r[16] = {0}, share[16] = {0}, common[16];
        for (size_t d = 0; d < n; d++) {
            size_t at = d * s->P + j;
            bora_moments(s, s->g + at, s->m + at, s->v + at, m_hat, q, v);
            float *theta = s->theta + at, *Theta = s->Theta + j;
            for (int i = 0; i < 16; i++) {
                float r = s->lr * (m_hat[i] + t * (theta[i] - Theta[i])) / (q[i] + stiffness); /* r_d */
                theta[i] -= r;
                mean_r[i] += r;
                share[i] += s->tau / (NB * v[i] + s->tau); /* D a */
            }
        }
        bora_sum_of_gradients(s, j, sum);
        bora_moments(s, sum, s->m + n * s->P + j, s->v + n * s->P + j, m_hat, q, v);
        for (int i = 0; i < 16; i++) {
            float u = s->lr * m_hat[i] / q[i];
            common[i] = share[i] / (float)n * (u - mean_r[i] / (float)n); /* a (u - mean_d r_d) */
        }
        for (size_t d = 0; d < n; d++)
            for (size_t i = 0; i < 16; i++) s->theta[d * s->P + j + i] -= common[i];
    }
    bora_mean_of_tasks(s, from, to); /* Theta */
    /* [/eq:pooled] */
}

const bora_step_rule bora_step_pooled = {"pooled", step};
