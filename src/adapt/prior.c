/* prior.c: the distance that the prior theta_d ~ Normal(Theta, I / tau) weighs. Its gradient, tau (theta_d - Theta), is part of
 * the steps in train/. */
#include "adapt/adapt.h"

#include <math.h>

double bora_distance(const float *a, const float *b, size_t P) {
    double sum = 0;
    for (size_t j = 0; j < P; j++) sum += ((double)a[j] - (double)b[j]) * ((double)a[j] - (double)b[j]);
    return sqrt(sum);
}
