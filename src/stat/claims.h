/* claims.h: what claims.c asks of measures.c: one number with its interval from the results of named experiments. For stat/ and
 * its tests only.
 */
#ifndef BORA_CLAIMS_H
#define BORA_CLAIMS_H

#include "stat/summary.h"

typedef struct {
    bora_estimate x;
    double of;      /* > 0: x is a number of tasks of so many             */
    bool open;      /* x is a lower bound                                 */
    int runs;       /* in the folders it is made of; 0: not run           */
    char data[256]; /* experiment and start of its plan's hash, one or two */
    char note[256]; /* what could not be had                              */
} bora_measured;

/* `experiments`: names of folders in `results`, the first needed, others used once they exist. BORA_SKIPPED: no such results,
 * or they do not allow it (e->message). An unknown quantity is BORA_BAD_INPUT. */
int bora_measure_claim(const char *quantity, const char *results, const char *experiments, bora_measured *m, bora_error *e);

#endif
