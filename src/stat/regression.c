/* regression.c: what is drawn through clouds of points: a least-squares line (GSL) and means within intervals. Description
 * only: the points of a seed or task are not independent, so nothing here claims a standard error. */
#include "stat/summary.h"

#include <gsl/gsl_fit.h>
#include <gsl/gsl_statistics_double.h>

bool bora_fit_line(const double *x, const double *y, size_t n, bora_line *line) {
    double cov00, cov01, cov11, squares;
    if (n < 2 || gsl_stats_min(x, 1, n) == gsl_stats_max(x, 1, n)) return false;
    gsl_fit_linear(x, 1, y, 1, n, &line->intercept, &line->slope, &cov00, &cov01, &cov11, &squares);
    return true;
}

int bora_bin_means(const double *x, const double *y, size_t n, int bins, double *mean_x, double *mean_y) {
    double least = gsl_stats_min(x, 1, n), width = (gsl_stats_max(x, 1, n) - least) / bins;
    int kept = 0;
    for (int b = 0; b < bins; b++) {
        double count = 0, sum_x = 0, sum_y = 0;
        for (size_t i = 0; i < n; i++) {
            int bin = width > 0 ? (int)((x[i] - least) / width) : 0;
            if (bin > bins - 1) bin = bins - 1; /* the greatest x belongs to the last */
            if (bin != b) continue;
            sum_x += x[i];
            sum_y += y[i];
            count++;
        }
        if (count == 0) continue;
        mean_x[kept] = sum_x / count;
        mean_y[kept++] = sum_y / count;
    }
    return kept;
}
