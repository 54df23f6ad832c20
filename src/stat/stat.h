/* stat.h: from the results of an experiment to tables and the numbers behind figures. It reads and writes CSV only. */
#ifndef BORA_STAT_H
#define BORA_STAT_H

#include "base/base.h"

/* Read DIR/runs.csv and each run's tasks.csv and curve.csv; write DIR/tables and DIR/figures, whatever the data allow; what they do not
 * allow is said in one sentence on standard output. */
int bora_report(const char *directory, bora_error *e);

#endif
