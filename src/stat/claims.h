/* claims.h: what claims.c asks of measures.c: one number with its interval from the results of named experiments. For stat/ and
 * its tests only.
 */
#ifndef BORA_CLAIMS_H
#define BORA_CLAIMS_H

#include "stat/summary.h"

/* ---- evidence.c --------------------------------------------------------------------------------------------------------- */

/* An experiment's folder; of its runs those that the claim is about. */
typedef struct {
    bora_summary all, s;         /* s: a part of all                                              */
    bora_block_sums common, own; /* of s, at the common checkpoint and at each task's own; or none */
} bora_evidence;
/* RESULTS/name; `where` as below. Its name and the start of its plan's hash go behind `data`. BORA_SKIPPED: it has not been
 * run, or not so. */
int bora_evidence_open(const char *results, const char *name, const char *where, bora_evidence *x, char data[256],
                       bora_error *e);
void bora_evidence_close(bora_evidence *x);

/* ---- measures.c --------------------------------------------------------------------------------------------------------- */

typedef struct {
    bora_estimate x;
    double of;       /* > 0: x is a number of tasks, seeds or runs of so many  */
    double coverage; /* of x's 95 % interval in simulation; NaN: not simulated */
    bool open;       /* x is a lower bound                                     */
    int runs;        /* from which those compared were taken; 0: not run       */
    char data[256];  /* experiment and start of its plan's hash, one or two    */
    char note[256];  /* why there is nothing                                   */
} bora_measured;

/* `experiments`: names of folders in `results`, as many as the quantity is from; `where`: which of their runs, `key=value`
 * separated by blanks, a key being `tau` or a setting that the sweep varies. BORA_SKIPPED: no such results, or they do not
 * allow it (e->message). An unknown quantity or key, or another number of experiments, is BORA_BAD_INPUT. */
int bora_measure_claim(const char *quantity, const char *results, const char *experiments, const char *where, bora_measured *m,
                       bora_error *e);

#endif
