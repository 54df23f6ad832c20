/* bora.h: the whole framework. */
#ifndef BORA_H
#define BORA_H

#include "experiment/experiment.h"
#include "stat/stat.h"

#endif
