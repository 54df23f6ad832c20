/* step_additive.c: a shared adapter and one a task, added: B_s A_s + B_d A_d as one adapter of rank 2r whose first r rows of A
 * and columns of B are the same in all theta_d. These coordinates take the unified model's step, Adam on sum_d g_d; a task's
 * own take the ridge about Theta, which there stays at Theta_0, where B = 0 and the task adds nothing. So ||theta_d - Theta||
 * is the norm of a task's own part, which the prior weighs. */
#include "train/step.h"

static void step(const bora_step *s, size_t from, size_t to) {
    size_t n = (size_t)s->n;
    /* [eq:additive] */
    for (size_t j = from; j < to; j += 16) {
        float m_hat[16], q[16], v[16], sum[16];
        bora_sum_of_gradients(s, j, sum);
        bora_moments(s, sum, s->m + n * s->P + j, s->v + n * s->P + j, m_hat, q, v);
        for (size_t i = 0; i < 16; i++)
            if (s->shared[j + i]) s->Theta[j + i] -= s->lr * m_hat[i] / q[i];
    }
    bora_step_ridge.step(s, from, to);
    for (size_t d = 0; d < n; d++)
        for (size_t j = from; j < to; j++)
            if (s->shared[j]) s->theta[d * s->P + j] = s->Theta[j];
    /* [/eq:additive] */
}

const bora_step_rule bora_step_additive = {"additive", step};
