/* prior.c: theta_d ~ Normal(Theta, I / tau). Its gradient tau (theta_d - Theta) is part of the steps in train/. */
#include "adapt/adapt.h"

#include <math.h>

static double squared_distance(const float *a, const float *b, size_t P) {
    double sum = 0;
    for (size_t j = 0; j < P; j++) sum += ((double)a[j] - (double)b[j]) * ((double)a[j] - (double)b[j]);
    return sum;
}

double bora_distance(const float *a, const float *b, size_t P) { return sqrt(squared_distance(a, b, P)); }

double bora_prior(const bora_adapters *s, double tau) {
    double sum = 0;
    for (int d = 0; d < s->n; d++) sum += squared_distance(bora_theta(s, d), s->Theta, s->lora->P);
    return tau / 2 * sum; /* (tau/2) sum_d ||theta_d - Theta||^2 */
}
