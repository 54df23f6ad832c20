/* bora.h: the whole framework. */
#ifndef BORA_H
#define BORA_H

#include "bench/bench.h"
#include "experiment/experiment.h"
#include "stat/stat.h"

#endif
