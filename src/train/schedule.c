/* schedule.c: how the learning rate falls over a run. */
#include "train/train.h"

double bora_decaying(double done) { return 0.5 + 0.5 * bora_cos2pi(done / 2); }
