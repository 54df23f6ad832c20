/* report.c: `bora report`: all tables and plotted numbers of one experiment folder. */
#include "stat/summary.h"

#include <math.h>
#include <stdlib.h>

int bora_report(const char *directory, bora_error *e) {
    bora_summary s;
    int status = bora_summary_read(&s, directory, e);
    if (status) return status;
    static const char *const folders[] = {"tables", "figures"};
    printf("%s: %d runs of %d tasks\n", directory, s.n, s.D);
    for (int i = 0; !status && i < 2; i++) {
        char *folder = bora_format("%s/%s", directory, folders[i]);
        status = bora_make_directories(folder, e);
        free(folder);
    }
    if (!status) status = bora_tables_write(&s, e);
    if (!status) status = bora_plots_write(&s, e);
    for (int c = 0; !status && c < s.n_cells; c++) {
        bora_spread p = bora_perplexity(&s, &s.cells[c], BORA_AT_COMMON, BORA_OF_TEST, false);
        printf("  %-11s tau %-7s rank %-3.0f learning rate %-7g test perplexity %6.2f", s.cells[c].runs[0]->method, bora_tau_name(s.cells[c].tau),
               s.cells[c].rank, s.cells[c].learning_rate, p.mean);
        if (!isnan(p.sd)) printf(", sd over %d seeds %.3f", s.cells[c].n, p.sd);
        printf("\n");
    }
    if (!status) printf("  tables and figures' numbers are in %s/tables and %s/figures\n", directory, directory);
    bora_summary_free(&s);
    return status;
}
