/* step_plain.c: Adam as its paper has it (Kingma and Ba 2015, algorithm 1), coordinate by coordinate, one adapter after the
 * other: no prior, no Theta, nothing shared with the other steps. It is there to be compared with: at tau = 0 and infinity its
 * runs must have the same NLLs, digit for digit (Theta, which it leaves at the start, and so distances are not). */
#include "train/train.h"

#include <math.h>

static void step(const bora_step *s, size_t from, size_t to) {
    for (size_t d = 0; d < (size_t)s->n; d++)
        for (size_t i = d * s->P + from; i < d * s->P + to; i++) {
            s->m[i] = s->beta1 * s->m[i] + (1 - s->beta1) * s->g[i];
            s->v[i] = s->beta2 * s->v[i] + (1 - s->beta2) * (s->g[i] * s->g[i]);
            float m_hat = s->m[i] / s->correction1, v_hat = s->v[i] / s->correction2;
            s->theta[i] -= s->lr * m_hat / (sqrtf(v_hat) + s->epsilon);
        }
}

const bora_step_rule bora_step_plain = {"plain", step};
