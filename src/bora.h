/* bora.h: the whole framework. Read in this order (each layer knows only those above it in this list; README.md beside this
 * file says more): base         errors, memory, random numbers, files kernels, nn  matrix products and operators, one document
 * at a time model        the transformer; adapt: task adapters and their prior train        gradients, optimizers, runs text
 * tokenizer, corpora; stat: results to tables and figures experiment   files, plans, runner
 */
#ifndef BORA_H
#define BORA_H

#include "experiment/experiment.h"
#include "stat/stat.h"

#endif
