/* adapters.c: the adapters of all tasks and their mean. */
#include "adapt/adapt.h"

#include <stdlib.h>
#include <string.h>

int bora_adapters_init(bora_adapters *s, const bora_lora *lora, int D, bool unified, uint64_t seed, double spread,
                       bora_error *e) {
    *s = (bora_adapters){.lora = lora, .n = unified ? 1 : D};
    size_t P = lora->P;
    int status = bora_calloc(&s->theta, (size_t)s->n * P, sizeof(float), "task adapters", e);
    if (!status) status = bora_calloc(&s->Theta, P, sizeof(float), "hierarchical mean", e);
    if (!status) status = bora_calloc(&s->Theta_0, P, sizeof(float), "start of the adapters", e);
    if (status) {
        bora_adapters_free(s);
        return status;
    }
    bora_lora_start(lora, seed, s->Theta_0);
    bora_adapters_start(s, s->Theta_0, seed, spread);
    return BORA_OK;
}

void bora_adapters_start(bora_adapters *s, const float *start, uint64_t seed, double spread) {
    size_t P = s->lora->P;
    memcpy(s->Theta, start, P * sizeof(float));
    for (int d = 0; d < s->n; d++) {
        float *theta_d = bora_theta(s, d);
        memcpy(theta_d, start, P * sizeof(float));
        for (size_t j = 0; spread > 0 && j < s->lora->parameters; j++) /* indices below P are Theta_0's */
            theta_d[j] += (float)(spread * bora_normal(seed, BORA_FOR_ADAPTER, ((size_t)d + 1) * P + j));
    }
}

void bora_adapters_free(bora_adapters *s) {
    free(s->theta);
    free(s->Theta);
    free(s->Theta_0);
    *s = (bora_adapters){0};
}
