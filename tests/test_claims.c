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

static void write_run(const char *experiment, const world *w, int t, int seed, const char *name, double factor) {
    static const char *const checkpoints[] = {"last", "common", "task"};
    char *path = bora_format("%s/%s/tasks.csv", experiment, name);
    FILE *f = create(path);
    free(path);
    fprintf(f, "checkpoint,epoch,task,train_documents,train_tokens,train_nll,validation_documents,validation_tokens,"
               "validation_nll,test_documents,test_tokens,test_nll,distance,distance_from_start\n");
    for (int c = 0; c < 3; c++)
        for (int d = 0; d < D; d++) {
            double test = 0, N = size(d, seed), exponent = 0.5 + (taus[t] > 0 ? w->distance : 0);
            for (int b = 0; b < BLOCKS; b++) test += block(w, t, d, seed, b);
            fprintf(f, "%s,1,%c,%g,%g,%.17g,10,1000,%.17g,30,%d,%.17g,%.17g,1\n", checkpoints[c], 'A' + d, N, 10 * N,
                    factor * 10 * N, 1000 * (taus[t] == 100 ? 3 : 4.0), 100 * BLOCKS, test,
                    isinf(taus[t]) || factor != 1 ? 0 : pow(N, exponent));
        }
    fclose(f);
}

/* The NLL by block of all runs, 0.05 a token less at each task's own epoch. */
static void write_blocks(const char *experiment, const world *w, const char *name, double less) {
    char *path = bora_format("%s/%s", experiment, name);
    FILE *f = create(path);
    fprintf(f, "task,block,documents,tokens");
    for (int r = 0; r < TAUS * SEEDS; r++) fprintf(f, ",r%d-%d", r / SEEDS, r % SEEDS);
    for (int u = 0; u < D * BLOCKS; u++) {
        fprintf(f, "\n%c,%d,10,100", 'A' + u / BLOCKS, u % BLOCKS);
        for (int r = 0; r < TAUS * SEEDS; r++)
            fprintf(f, ",%.17g", block(w, r / SEEDS, u / BLOCKS, r % SEEDS, u % BLOCKS) - 100 * less);
    }
    fputc('\n', f);
    fclose(f);
    free(path);
}

/* `method`: of the runs between the limits. */
static void write_experiment_of(const char *experiment, const world *w, const char *method) {
    char *path = bora_format("%s/runs.csv", experiment);
    FILE *f = create(path), *plan;
    free(path);
    path = bora_format("%s/plan.txt", experiment);
    plan = create(path);
    fprintf(plan, "# a plan\nfigure documents\n");
    fprintf(f, "run,seed,method,tau,rank,alpha,learning_rate,step_rule,epochs,best_epoch\n");
    for (int t = 0; t < TAUS; t++)
        for (int s = 0; s < SEEDS; s++) {
            char name[32];
            snprintf(name, sizeof name, "r%d-%d", t, s);
            fprintf(plan, "%s\n", name);
            fprintf(f, "%s,%d,%s,%g,8,8,0.001,pooled,1,1\n", name, s, strcmp(methods[t], "bora") ? methods[t] : method,
                    taus[t]);
            write_run(experiment, w, t, s, name, 1);
        }
    fclose(f);
    fclose(plan);
    free(path);
    write_blocks(experiment, w, "blocks.csv", 0);
    write_blocks(experiment, w, "blocks-task.csv", 0.05);
}
static void write_experiment(const char *experiment, const world *w) { write_experiment_of(experiment, w, "bora"); }

/* The cells of a column, one a claim, separated by `; `. */
static char *judged(const char *rows, const char *column) {
    FILE *f = create("claims-to-test.csv");
    fprintf(f, "id,claim,paper,experiments,where,quantity,test,margin,confirmatory\n%s", rows);
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

#define BELOW "A,a,,x,,log_ratio_unified,below 0,,no\n"

Test(claims, signs_and_intervals) {
    check(&(world){.unified = 0.1, .noise = 0.01}, BELOW, "verdict", "reproduced");
    check(&(world){.unified = -0.1, .noise = 0.01}, BELOW, "verdict", "contradicted");
    /* with this noise the ratio is 0.0426 - unified, +- 0.2003 */
    check(&(world){.unified = 0.1, .noise = 0.2}, BELOW, "verdict", "direction only");
    check(&(world){.unified = -0.02, .noise = 0.2}, BELOW, "verdict", "inconclusive");
    check(NULL, "A,a,,y,,log_ratio_unified,below 0,,no\n", "verdict", "not run");
    check(NULL, "A,a,,y,,log_ratio_unified,below 0,,no\n", "note",
          "'y' has not been run (bora run experiments/y.yaml --tier full)");
}

Test(claims, the_weakest_part_decides) {
    static const char clear[] = "A,a,,z,,log_ratio_unified,below 0,,no\n";
    write_experiment("z", &(world){.unified = 0.1, .noise = 0.01});
    char *rows = bora_format("%sA,b,,x,,log_ratio_unified,below 0,,no\nB,c,,z,,log_ratio_unified,below 0,,no\n", clear);
    check(&(world){.unified = 0.1, .noise = 0.2}, rows, "verdict", "direction only; direction only; reproduced");
    free(rows);
    rows = bora_format("%sA,b,,y,,log_ratio_unified,below 0,,no\n", clear);
    check(NULL, rows, "part", "reproduced; not run");
    check(NULL, rows, "verdict", "not run; not run");
    free(rows);
}

/* Independent training at the common epoch, at each task's own (0.05 better), and ridge. */
Test(claims, three_rivals_without_a_shared_mean) {
    static const char common[] = "A,a,,x,,log_ratio_independent,below 0,,no\n",
                      own[] = "A,a,,x,,log_ratio_independent_own_epochs,below 0,,no\n",
                      base[] = "A,a,,x r,,log_ratio_ridge,below 0,,no\n";
    const world w = {.independent = 0.3, .noise = 0.001}, ridge = {.independent = 0.3, .beside = -0.2, .noise = 0.001};
    check(&w, base, "verdict", "not run");
    check(NULL, base, "note", "'r' has not been run (bora run experiments/r.yaml --tier full)");
    write_experiment_of("r", &ridge, "ridge");
    check(NULL, base, "verdict", "inconclusive"); /* ridge's best on validation is as good as BoRA, test numbers the same */
    char *found = judged(common, "estimate");
    cr_assert_float_eq(strtod(found, NULL), -0.3, 0.002, "independent at the common epoch: %s", found);
    free(found);
    found = judged(own, "estimate");
    cr_assert_float_eq(strtod(found, NULL), -0.25, 0.002, "independent at each task's own: %s", found);
    free(found);
    shell(bora_format("rm '%s/x/blocks-task.csv'", folder));
    check(NULL, own, "verdict", "not run");
    check(NULL, common, "verdict", "reproduced");
    shell(bora_format("rm '%s/x/plan.txt'", folder));
    check(NULL, common, "verdict", "not run");
}

/* A run of the plan that is not there: nobody is to look before the end. */
Test(claims, an_unfinished_experiment_is_not_judged) {
    write_experiment("x", &(world){.unified = 0.1, .noise = 0.01});
    shell(bora_format("echo r9-9 >>'%s/x/plan.txt'", folder));
    check(NULL, BELOW, "verdict", "not run");
    check(NULL, BELOW, "note", "'x' is not finished, 1 runs are missing");
}

Test(claims, the_interval_is_simulated) {
    write_experiment("x", &(world){.unified = 0.1, .noise = 0.01});
    char *found = judged(BELOW, "coverage");
    cr_assert(strtod(found, NULL) > 0.9 && strtod(found, NULL) < 1, "%s", found);
    free(found);
}

Test(claims, every_task_or_their_number) {
    check(&(world){.unified = 0.1, .noise = 0.01}, "A,a,,x,,tasks_unified,all,,no\n", "verdict", "reproduced");
    check(&(world){.unified = 0.02, .noise = 0.1}, "A,a,,x,,tasks_unified,all,,no\n", "verdict", "not all");
    char *found = judged("A,a,,x,,tasks_unified,all,,no\n", "ours");
    cr_assert(strstr(found, " of 4"), "%s", found);
    free(found);
}

Test(claims, slopes_within_a_margin) {
    static const char row[] = "A,a,,x,,slope_unified,within margin,0.01,no\n";
    check(&(world){.unified = 0.1, .noise = 0.001}, row, "verdict", "reproduced");
    check(&(world){.unified = 0.1, .slope_unified = 0.1, .noise = 0.01}, row, "verdict", "contradicted");
    check(&(world){.unified = 0.1, .noise = 0.2}, row, "verdict", "inconclusive");
}

Test(claims, slopes_of_gain_and_distance) {
    static const char rows[] = "A,a,,x,,slope_independent,below 0,,no\nB,b,,x,,slope_within_independent,below 0,,no\n"
                               "C,c,,x,,slope_distance,above 0,,no\n";
    check(&(world){.independent = 0.2, .slope_independent = -0.1, .distance = 0.3, .noise = 0.01}, rows, "verdict",
          "reproduced; reproduced; reproduced");
    check(&(world){.independent = 0.2, .slope_independent = 0.1, .distance = -0.3, .noise = 0.01}, rows, "verdict",
          "contradicted; contradicted; contradicted");
}

Test(claims, width_in_decades_of_tau) {
    static const char row[] = "A,a,,x,,decades,from margin,1,no\n";
    const double level = log(1.01);
    /* From the best at 100, perplexity rises linearly in log tau, on both sides: two times level / beside. */
    check(&(world){.beside = 0.05}, row, "verdict", "contradicted");
    char *found = judged(row, "estimate");
    cr_assert_float_eq(strtod(found, NULL), 2 * level / 0.05, 1e-9, "%s", found);
    free(found);
    check(&(world){.beside = 1.9 * level}, row, "verdict", "reproduced");
    check(&(world){.beside = 0.5 * level}, row, "ours", "at least 2.00");
    check(NULL, "A,a,,x,,decades,from margin,3,no\n", "verdict", "inconclusive");
}

/* One claim's p is just below 0.05: alone it stands, beside two that were not run it does not. */
Test(claims, holm_takes_away) {
    const world w = {.unified = 0.267, .noise = 0.2};
    static const char alone[] = "A,a,,x,,log_ratio_unified,below 0,,yes\n",
                      three[] = "A,a,,x,,log_ratio_unified,below 0,,yes\nB,b,,y,,log_ratio_unified,below 0,,yes\n"
                                "C,c,,y,,log_ratio_unified,below 0,,yes\n";
    check(&w, alone, "verdict", "reproduced");
    char *found = judged(alone, "p_part");
    double p = strtod(found, NULL);
    cr_assert(p > 0.05 / 3 && p < 0.05, "%s", found);
    free(found);
    check(NULL, three, "part", "reproduced; not run; not run");
    check(NULL, three, "verdict", "direction only; not run; not run");
    found = judged(three, "p_holm");
    cr_assert_float_eq(strtod(found, NULL), 3 * p, 1e-12);
    cr_assert(strstr(found, "; ; "), "no p of what was not run: %s", found);
    free(found);
}

/* What has no interval shows nothing: in Holm's adjustment its p is 1. */
Test(claims, without_an_interval_p_is_1) {
    static const char above[] = "A,a,,x,,tasks_unified,above 0,,yes\n",
                      within[] = "A,a,,x,,tasks_unified,within margin,9,yes\n";
    check(&(world){.unified = 0.1, .noise = 0.01}, above, "verdict", "direction only");
    check(NULL, above, "p_holm", "1");
    check(NULL, within, "p_holm", "1");
}

/* The plan of experiment x: the runs that are there. */
static void write_plan(void) {
    shell(bora_format("tail -n +2 '%s/x/runs.csv' | cut -d, -f1 | sort -u >'%s/x/plan.txt'", folder, folder));
}

/* Objectives by factor: step, rule and schedule; at tau 3000 the rules are one run. A rate proportional to tau helps the
 * centred step at 30,000 alone, more where the schedule is constant; the pooled step ends lower without it. */
static double factor(int step, int rule, int decaying, double tau) {
    if (step) return 2;
    return 3 + (tau > 3000 && rule == 0 ? (decaying ? 0.5 : 1) : 0) + (tau < 3000 && rule == 1 ? (decaying ? 0.35 : 0.25) : 0);
}

static void write_factorial(void) {
    static const double three[] = {300, 3000, 30000};
    static const char *const steps[] = {"centred", "pooled"}, *const rules[] = {"constant", "proportional"},
                             *const schedules[] = {"constant", "decaying"};
    FILE *f = create("x/runs.csv");
    fprintf(f, "run,seed,method,tau,rank,alpha,learning_rate,step_rule,epochs,best_epoch,optimizer.step,optimizer.rule,"
               "optimizer.schedule\n");
    for (int i = 0; i < 2 * 2 * 2 * 3 * 3; i++) {
        int step = i / 36, rule = i / 18 % 2, decaying = i / 9 % 2, t = i / 3 % 3, seed = i % 3;
        char name[64];
        snprintf(name, sizeof name, "r%d-%d-%d-%d-%d", step, t == 1 ? 0 : rule, decaying, t, seed);
        fprintf(f, "%s,%d,bora,%g,8,8,1,%s,1,1,%s,%s,%s\n", name, seed, three[t], steps[step], steps[step], rules[rule],
                schedules[decaying]);
        write_run("x", &(world){.noise = 0}, 4, seed, name,
                  factor(step, rule, decaying, three[t]) * (1 + 0.001 * seed * (step == 0)));
    }
    fclose(f);
    write_plan();
}

Test(claims, learning_rate_rule_within_step_and_schedule) {
    static const char *const where[] = {"optimizer.step=centred optimizer.schedule=constant tau=30000",
                                        "optimizer.step=centred optimizer.schedule=decaying tau=30000",
                                        "optimizer.step=centred optimizer.schedule=constant tau=300",
                                        "optimizer.step=centred optimizer.schedule=constant",
                                        "optimizer.step=centred tau=300",
                                        "optimizer.step=centred optimizer.schedule=constant tau=3000"};
    const double expected[] = {
        log(4 / 3.0), log(3.5 / 3.0), log(3 / 3.25), (log(4 / 3.0) + log(3 / 3.25)) / 2, (log(3 / 3.25) + log(3 / 3.35)) / 2,
        NAN};
    write_factorial();
    for (int i = 0; i < 6; i++) {
        char *row = bora_format("A,a,,x,%s,log_objective_ratio_rule,above 0,,no\n", where[i]), *found = judged(row, "estimate");
        if (isnan(expected[i])) cr_assert_str_eq(found, "", "one run cannot differ from itself: %s", found);
        else cr_assert_float_eq(strtod(found, NULL), expected[i], 1e-12, "%s: %s", where[i], found);
        free(found);
        free(row);
    }
    check(NULL, "A,a,,x,optimizer.schedule=constant,log_objective_ratio_pooled,above 0,,no\n", "verdict", "contradicted");
}

/* Runs by plain Adam beside those at the limits: equal in all but the distance from Theta. */
Test(claims, the_limits_are_plain_Adam) {
    static const char row[] = "A,a,,x,,equal_to_plain_adam,all,,no\n";
    FILE *f = create("x/runs.csv");
    fprintf(f, "run,seed,method,tau,rank,alpha,learning_rate,step_rule,epochs,best_epoch,optimizer.step\n");
    for (int i = 0; i < 8; i++) {
        char name[32], *path;
        snprintf(name, sizeof name, "r%d", i);
        fprintf(f, "%s,%d,%s,%s,8,8,1,%s,1,1,%s\n", name, i % 2, i / 2 % 2 ? "unified" : "independent", i / 2 % 2 ? "inf" : "0",
                i < 4 ? "adam" : "plain", i < 4 ? "pooled" : "plain");
        write_run("x", &(world){.noise = 0}, i / 2 % 2 ? 4 : 0, i % 2, name, 1);
        path = bora_format("x/%s/curve.csv", name);
        FILE *curve = create(path);
        fprintf(curve, "epoch,task,train_tokens,train_nll,validation_tokens,validation_nll,distance\n");
        for (int d = 0; d < 2 * D; d++) fprintf(curve, "%d,%c,%d,3,10,30,%d\n", d / D, 'A' + d % D, d / D, i < 4);
        fclose(curve);
        free(path);
    }
    fclose(f);
    write_plan();
    check(NULL, row, "ours", "4 of 4");
    check(NULL, row, "verdict", "reproduced");
    shell(bora_format("sed -i '$s/,30,/,31,/' '%s/x/r6/curve.csv'", folder));
    check(NULL, row, "ours", "3 of 4");
    check(NULL, row, "verdict", "not all");
}

Test(claims, tau_goes_to_the_top) {
    static const char row[] = "A,a,,x,,seeds_at_highest_tau,all,,no\n";
    check(&(world){.unified = 0.1, .noise = 0.01}, row, "ours", "0 of 4"); /* 100 is chosen, 1000 is there */
    shell(bora_format("sed -i 's/,bora,1000,/,ridge,1000,/' '%s/x/runs.csv'", folder));
    check(NULL, row, "verdict", "reproduced");
}

Test(claims, mistakes_in_the_file_of_tolerances) {
    FILE *f = create("wrong.csv");
    fprintf(f, "id,claim,paper,experiments,where,quantity,test,margin,confirmatory\nA,a,,x,,log_ratio_unified,beneath 0,,no\n");
    fclose(f);
    char *path = bora_format("%s/wrong.csv", folder);
    cr_assert_eq(bora_claims(path, folder, folder, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "wrong.csv:2: no test is called 'beneath 0'"), "%s", error.message);
    bora_measured m;
    cr_assert_eq(bora_measure_claim("log_ratio", folder, "x", "", &m, &error), BORA_BAD_INPUT);
    cr_assert_eq(bora_measure_claim("log_ratio_ridge", folder, "x", "", &m, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "'x', expected two names of experiments"), "%s", error.message);
    cr_assert_eq(bora_measure_claim("log_ratio_unified", folder, "x r", "", &m, &error), BORA_BAD_INPUT);
    cr_assert_eq(bora_measure_claim("log_ratio_ridge", folder, "x r s", "", &m, &error), BORA_BAD_INPUT);
    write_factorial();
    cr_assert_eq(bora_measure_claim("decades", folder, "x", "optimizer.stop=pooled", &m, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "'optimizer.stop=pooled': "), "%s", error.message);
    cr_assert_eq(bora_measure_claim("decades", folder, "x", "optimizer.step=pooled", &m, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "expected which under `where`"), "%s", error.message);
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
    cr_assert(strstr(data, "ours:  not run: 'tau' has not been run (bora run experiments/tau.yaml --tier full)"), "%s", data);
    free(data);
    free(text);
    free(tolerances);
}
