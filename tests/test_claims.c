/* test_claims.c: every verdict, from results made here: four tasks of three blocks, four seeds with the sizes in a Latin
 * square, tau 0, 10, 100, 1000, inf; 100 is always the best on validation. */
#include "stat/claims.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { D = 4, SEEDS = 4, TAUS = 5, BLOCKS = 3 };
static const double taus[TAUS] = {0, 10, 100, 1000, INFINITY}, sizes[D] = {100, 200, 400, 800};
static const char *const methods[TAUS] = {"independent", "bora", "bora", "bora", "unified"};

static bora_error error;
static char *folder;

/* How much NLL per token is higher at the limits, at the mean size and a unit of ln N; at taus beside the best; how fast BoRA's
 * distance grows beyond the control's; noise of a block. */
typedef struct {
    double independent, unified, slope_independent, slope_unified, beside, distance, noise;
} world;

static void set_up(void) { folder = scratch_directory(); }
static void tear_down(void) { remove_directory(folder); }
TestSuite(claims, .init = set_up, .fini = tear_down);

static FILE *create(const char *name) {
    char *path = bora_format("%s/%s", folder, name), *slash = strrchr(path, '/');
    *slash = 0;
    cr_assert_ok(bora_make_directories(path, &error));
    *slash = '/';
    FILE *f = fopen(path, "w");
    cr_assert_not_null(f, "%s", path);
    free(path);
    return f;
}

static double size(int d, int seed) { return sizes[(d + seed) % D]; }

static double expected(const world *w, int t, int d, int seed) {
    double x = log(size(d, seed)) - log(100 * pow(2, 1.5)), y = 3 + 0.1 * d;
    if (taus[t] == 0) return y + w->independent + w->slope_independent * x;
    if (isinf(taus[t])) return y + w->unified + w->slope_unified * x;
    return y + w->beside * fabs(log10(taus[t]) - 2);
}

static double block(const world *w, int t, int d, int seed, int b) {
    uint64_t index = (uint64_t)(((t * D + d) * SEEDS + seed) * BLOCKS + b);
    return 100 * (expected(w, t, d, seed) + w->noise * bora_normal(1, BORA_FOR_TESTS, index));
}

/* A factor other than 1 is of the objective at tau 1000: of factor * 10 N the likelihood has 5 N, the prior the rest. */
static void write_run(const char *experiment, const world *w, int t, int seed, const char *name, double factor) {
    static const char *const checkpoints[] = {"last", "common", "task"};
    char *path = bora_format("%s/%s/tasks.csv", experiment, name);
    FILE *f = create(path);
    free(path);
    fprintf(f, "checkpoint,epoch,task,train_documents,train_tokens,train_nll,validation_documents,validation_tokens,"
               "validation_nll,test_documents,test_tokens,test_nll,distance,distance_from_start\n");
    for (int c = 0; c < 3; c++)
        for (int d = 0; d < D; d++) {
            double test = 0, N = size(d, seed), nll = 10 * N, distance = pow(N, 0.5 + (taus[t] > 0 ? w->distance : 0));
            if (factor != 1) nll = 5 * N, distance = sqrt((factor * 10 * N - nll) / 500);
            for (int b = 0; b < BLOCKS; b++) test += block(w, t, d, seed, b);
            fprintf(f, "%s,1,%c,%g,%g,%.17g,10,1000,%.17g,30,%d,%.17g,%.17g,1\n", checkpoints[c], 'A' + d, N, 10 * N, nll,
                    1000 * (taus[t] == 100 ? 3 : 4.0), 100 * BLOCKS, test, isinf(taus[t]) && factor == 1 ? 0 : distance);
        }
    fclose(f);
}

static void write_experiment(const char *experiment, const world *w) {
    char *path = bora_format("%s/runs.csv", experiment);
    FILE *f = create(path);
    fprintf(f, "run,seed,method,tau,rank,alpha,learning_rate,step_rule,epochs,best_epoch\n");
    for (int t = 0; t < TAUS; t++)
        for (int s = 0; s < SEEDS; s++) {
            char name[32];
            snprintf(name, sizeof name, "r%d-%d", t, s);
            fprintf(f, "%s,%d,%s,%g,8,8,0.001,pooled,1,1\n", name, s, methods[t], taus[t]);
            write_run(experiment, w, t, s, name, 1);
        }
    fclose(f);
    free(path);
    path = bora_format("%s/blocks.csv", experiment);
    f = create(path);
    fprintf(f, "task,block,documents,tokens");
    for (int r = 0; r < TAUS * SEEDS; r++) fprintf(f, ",r%d-%d", r / SEEDS, r % SEEDS);
    for (int u = 0; u < D * BLOCKS; u++) {
        fprintf(f, "\n%c,%d,10,100", 'A' + u / BLOCKS, u % BLOCKS);
        for (int r = 0; r < TAUS * SEEDS; r++) fprintf(f, ",%.17g", block(w, r / SEEDS, u / BLOCKS, r % SEEDS, u % BLOCKS));
    }
    fputc('\n', f);
    fclose(f);
    free(path);
    path = bora_format("%s/plan.txt", experiment);
    f = create(path);
    fprintf(f, "# a plan\n");
    fclose(f);
    free(path);
}

/* The cells of a column, one a claim, separated by `; `. */
static char *judged(const char *rows, const char *column) {
    FILE *f = create("claims-to-test.csv");
    fprintf(f, "id,claim,paper,experiments,quantity,test,margin,confirmatory\n%s", rows);
    fclose(f);
    char *tolerances = bora_format("%s/claims-to-test.csv", folder), *csv = bora_format("%s/claims.csv", folder), *text;
    cr_assert_ok(bora_claims(tolerances, folder, folder, &error));
    bora_table t;
    size_t c, n;
    cr_assert_ok(bora_table_read(&t, csv, &error));
    cr_assert_ok(bora_table_column(&t, column, &c, &error));
    FILE *out = open_memstream(&text, &n);
    for (size_t row = 1; row < t.rows; row++) fprintf(out, "%s%s", row > 1 ? "; " : "", bora_table_cell(&t, row, c));
    fclose(out);
    bora_table_free(&t);
    free(tolerances);
    free(csv);
    return text;
}

static void check(const world *w, const char *rows, const char *column, const char *expected_cells) {
    if (w) write_experiment("x", w);
    char *found = judged(rows, column);
    cr_assert_str_eq(found, expected_cells, "%s of '%s': '%s', expected '%s'", column, rows, found, expected_cells);
    free(found);
}

#define BELOW "A,a,,x,log_ratio_unified,below 0,,no\n"

Test(claims, signs_and_intervals) {
    check(&(world){.unified = 0.1, .noise = 0.01}, BELOW, "verdict", "reproduced");
    check(&(world){.unified = -0.1, .noise = 0.01}, BELOW, "verdict", "contradicted");
    /* with this noise the ratio is 0.0426 - unified, +- 0.2003 */
    check(&(world){.unified = 0.1, .noise = 0.2}, BELOW, "verdict", "direction only");
    check(&(world){.unified = -0.02, .noise = 0.2}, BELOW, "verdict", "inconclusive");
    check(NULL, "A,a,,y,log_ratio_unified,below 0,,no\n", "verdict", "not run");
    check(NULL, "A,a,,y,log_ratio_unified,below 0,,no\n", "note", "no results of experiment 'y'");
    check(NULL, "A,a,,limits,equality,make check,,no\n", "verdict", "not run");
}

Test(claims, the_weakest_part_decides) {
    const world w = {.independent = 0.3, .unified = 0.1, .noise = 0.2};
    check(&w,
          "A,a,,x,log_ratio_best_independent,below 0,,no\nA,b,,x,log_ratio_unified,below "
          "0,,no\nB,c,,x,log_ratio_best_independent,"
          "below 0,,no\n",
          "verdict", "direction only; direction only; reproduced");
    check(NULL, "A,a,,x,log_ratio_best_independent,below 0,,no\nA,b,,y,log_ratio_unified,below 0,,no\n", "part",
          "reproduced; not run");
    check(NULL, "A,a,,x,log_ratio_best_independent,below 0,,no\nA,b,,y,log_ratio_unified,below 0,,no\n", "verdict",
          "not run; not run");
}

Test(claims, every_task_or_their_number) {
    check(&(world){.unified = 0.1, .noise = 0.01}, "A,a,,x,tasks_unified,all tasks,,no\n", "verdict", "reproduced");
    check(&(world){.unified = 0.02, .noise = 0.1}, "A,a,,x,tasks_unified,all tasks,,no\n", "verdict", "not all tasks");
    char *found = judged("A,a,,x,tasks_unified,all tasks,,no\n", "ours");
    cr_assert(strstr(found, " of 4"), "%s", found);
    free(found);
}

Test(claims, slopes_within_a_margin) {
    static const char row[] = "A,a,,x,slope_unified,within margin,0.01,no\n";
    check(&(world){.unified = 0.1, .noise = 0.001}, row, "verdict", "reproduced");
    check(&(world){.unified = 0.1, .slope_unified = 0.1, .noise = 0.01}, row, "verdict", "contradicted");
    check(&(world){.unified = 0.1, .noise = 0.2}, row, "verdict", "inconclusive");
}

Test(claims, slopes_of_gain_and_distance) {
    static const char rows[] = "A,a,,x,slope_independent,below 0,,no\nB,b,,x,slope_within_independent,below 0,,no\n"
                               "C,c,,x,slope_distance,above 0,,no\n";
    check(&(world){.independent = 0.2, .slope_independent = -0.1, .distance = 0.3, .noise = 0.01}, rows, "verdict",
          "reproduced; reproduced; reproduced");
    check(&(world){.independent = 0.2, .slope_independent = 0.1, .distance = -0.3, .noise = 0.01}, rows, "verdict",
          "contradicted; contradicted; contradicted");
}

Test(claims, width_in_decades_of_tau) {
    static const char row[] = "A,a,,x,decades,from margin,1,no\n";
    const double level = log(1.01);
    /* From the best at 100, perplexity rises linearly in log tau, on both sides: two times level / beside. */
    check(&(world){.beside = 0.05}, row, "verdict", "contradicted");
    char *found = judged(row, "estimate");
    cr_assert_float_eq(strtod(found, NULL), 2 * level / 0.05, 1e-9, "%s", found);
    free(found);
    check(&(world){.beside = 1.9 * level}, row, "verdict", "reproduced");
    check(&(world){.beside = 0.5 * level}, row, "ours", "at least 2.0000 ± 0.0000");
    check(NULL, "A,a,,x,decades,from margin,3,no\n", "verdict", "inconclusive");
}

/* One claim's p is just below 0.05: alone it stands, beside two that were not run it does not. */
Test(claims, holm_takes_away) {
    const world w = {.unified = 0.267, .noise = 0.2};
    static const char alone[] = "A,a,,x,log_ratio_unified,below 0,,yes\n",
                      three[] = "A,a,,x,log_ratio_unified,below 0,,yes\nB,b,,y,log_ratio_unified,below 0,,yes\n"
                                "C,c,,y,log_ratio_unified,below 0,,yes\n";
    check(&w, alone, "verdict", "reproduced");
    char *found = judged(alone, "p_part");
    double p = strtod(found, NULL);
    cr_assert(p > 0.05 / 3 && p < 0.05, "%s", found);
    free(found);
    check(NULL, three, "part", "reproduced; not run; not run");
    check(NULL, three, "verdict", "direction only; not run; not run");
    found = judged(three, "p_holm");
    cr_assert_float_eq(strtod(found, NULL), 3 * p, 1e-12);
    free(found);
}

/* At tau 1000 the rule's rate is a third of that at 3000. */
/* [eq:objective] */
Test(claims, learning_rate_rule) {
    static const char row[] = "A,a,,x,log_objective_ratio,above 0,,no\n";
    FILE *f = create("x/runs.csv");
    fprintf(f, "run,seed,method,tau,rank,alpha,learning_rate,step_rule,epochs,best_epoch\n");
    for (int s = 0; s < 3; s++) {
        static const struct { double tau, rate, factor; } runs[] = {{3000, 0.003, 2}, {1000, 0.003, 4}, {1000, 0.001, 3}};
        for (int i = 0; i < 3; i++) {
            char name[32];
            snprintf(name, sizeof name, "r%d-%d", i, s);
            fprintf(f, "%s,%d,bora,%g,8,8,%g,centred,1,1\n", name, s, runs[i].tau, runs[i].rate);
            write_run("x", &(world){.noise = 0}, 4, s, name, runs[i].factor + 0.1 * s * (i == 1));
        }
    }
    fclose(f);
    check(NULL, row, "verdict", "reproduced");
    char *found = judged(row, "estimate");
    cr_assert_float_eq(strtod(found, NULL), (log(4 / 3.0) + log(4.1 / 3) + log(4.2 / 3)) / 3, 1e-12);
    free(found);
}

Test(claims, mistakes_in_the_file_of_tolerances) {
    FILE *f = create("wrong.csv");
    fprintf(f, "id,claim,paper,experiments,quantity,test,margin,confirmatory\nA,a,,x,log_ratio_unified,beneath 0,,no\n");
    fclose(f);
    char *path = bora_format("%s/wrong.csv", folder);
    cr_assert_eq(bora_claims(path, folder, folder, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "wrong.csv:2: no test is called 'beneath 0'"), "%s", error.message);
    bora_measured m;
    cr_assert_eq(bora_measure_claim("log_ratio", folder, "x", &m, &error), BORA_BAD_INPUT);
    free(path);
}

/* The committed file is sound, and where nothing was run says so. */
Test(claims, the_committed_file) {
    char *tolerances = bora_format("%s", source_path("analysis/claims.csv")), *text = bora_format("%s/claims.txt", folder),
         *data;
    size_t size_of_text;
    cr_assert_ok(bora_claims(tolerances, folder, folder, &error));
    cr_assert_ok(bora_read_file(text, &data, &size_of_text, &error));
    for (int i = 1; i <= 8; i++) {
        char line[32];
        snprintf(line, sizeof line, "C%d: not run", i);
        cr_assert(strstr(data, line), "%s", data);
    }
    free(data);
    free(text);
    free(tolerances);
}
