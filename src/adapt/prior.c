/* prior.c: the distances that the priors weigh: the paper's theta_d ~ Normal(Theta, I / tau) the squared ||theta_d - Theta||,
 * the released code's the un-squared ||theta_dm - Theta_m|| of each matrix. Their gradients are part of the steps in train/. */
#include "adapt/adapt.h"

#include <math.h>

double bora_distance(const float *a, const float *b, size_t P) {
    double sum = 0;
    for (size_t j = 0; j < P; j++) sum += ((double)a[j] - (double)b[j]) * ((double)a[j] - (double)b[j]);
    return sqrt(sum);
}

void bora_matrix_distances(const bora_lora *a, const float *theta_d, const float *Theta, float *norm) {
    for (size_t j = 0; j < a->P; j++) norm[j] = 0;
    for (int i = 0; i < a->shape.L * BORA_MATRICES; i++) {
        bora_matrix m = (bora_matrix)(i % BORA_MATRICES);
        if (!a->target[m]) continue;
        size_t ends[] = {a->A[i], a->B[i], a->B[i] + (size_t)a->rank * (size_t)bora_matrix_out(&a->shape, m)};
        for (int part = 0; part < 2; part++) {
            size_t from = ends[part], n = ends[part + 1] - from;
            float distance = (float)bora_distance(theta_d + from, Theta + from, n);
            for (size_t j = from; j < from + n; j++) norm[j] = distance;
        }
    }
}
