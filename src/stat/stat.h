/* stat.h: from the results of an experiment to tables and the numbers behind figures. It reads and writes CSV (and TeX made
 * from it); it trains nothing, draws nothing, and uses the test set for reporting only: whatever is chosen is chosen on
 * validation.
 */
#ifndef BORA_STAT_H
#define BORA_STAT_H

#include "base/base.h"

/* Read DIR/runs.csv, DIR/base.csv if it is there, and each run's tasks.csv and curve.csv; write DIR/blocks.csv (NLL by block of
 * test documents), DIR/tables/<table>.csv and .tex and DIR/figures/<figure>.csv: of the figures those that DIR/plan.txt names
 * (lines `figure <name>`), or without such lines every one that the data allow; they may show the results in folders next to
 * DIR that it names too (lines `beside <name>`). What the data do not allow is said on standard output, a plain sentence each,
 * and a file of it from an earlier report is removed. */
int bora_report(const char *directory, bora_error *e);
const char *bora_figure_name(size_t i); /* of the i-th figure; NULL behind the last */

/* Compare DIR, computed again and reported, with `reference`, kept results of the same experiment (results/reference/<name>):
 * every run that DIR has, and, if it has all, what is made of all. BORA_FAILED names the first file, row and column that
 * differ, with both values, after the provenances side by side on standard output. */
int bora_verify(const char *directory, const char *reference, bora_error *e);

/* Signatures of failure in an experiment's folder, a plain sentence each, or `nothing suspicious`. */
int bora_diagnose(const char *directory, FILE *out, bora_error *e);

/* Every claim of the CSV file `tolerances` (analysis/claims.csv) against the experiments' folders in `results`: OUT/claims.csv,
 * .tex and .txt, and a line a claim on standard output. What was not run, or not to its end, is said to be so. */
int bora_claims(const char *tolerances, const char *results, const char *out, bora_error *e);

/* The authors' tables, from the folder `data` (data/published), through the same statistics: DIR/tables/published.csv and .tex,
 * the numbers of figures as of our own results, and DIR/figures/published_by_tau.csv, beside the results in the folder
 * `experiment` (NULL: theirs alone). */
int bora_published(const char *data, const char *directory, const char *experiment, bora_error *e);

/* What stands for an experiment where texts are shown: of BoRA's runs of the lowest seed the best on validation, and the tasks
 * with the fewest, the median number of and the most training documents there. */
typedef struct {
    char *run, *tasks[3]; /* run NULL: BoRA was not run between its limits */
    int n;                /* of tasks; fewer than three if there are no more */
} bora_example;
int bora_example_of(const char *directory, bora_example *x, bora_error *e);
void bora_example_free(bora_example *x);

/* A tabular (booktabs) from the rows of a CSV table: columns, headings and decimals are decided by the names of the columns. */
int bora_tex_write(const char *csv, const char *tex, bora_error *e);

/* What a text quotes from tables, as TeX macros in the file `tex`. Each row of the CSV file `list` names one cell:
 *   name    in the text: \defresult{name}{...}; \absentresult{name} if there is no such table or row, or the cell is empty
 *   table   a CSV file in the folder `results`
 *   row     conditions separated by `; `: column=text, `least column`, `most column`; several rows left must agree in the cell
 *   column  of the table
 *   form    text; short (0.001, infinity as its sign); 0 to 9: so many decimals; `N half`: with half of the 95 % interval, from
 *           the table's column <column>_half_95 or half_95; percent: 100 |e^x - 1|, what a log ratio comes to; p: = 0.012,
 *           < 0.001; a|b|c: a word where that interval lies below 0, holds it, lies above it */
int bora_numbers(const char *list, const char *results, const char *tex, bora_error *e);

#endif
