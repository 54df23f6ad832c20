/* test_report.c: results to tables and plotted numbers, on a small folder with numbers made by hand. */
#include "test.h"
#include "stat/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *folder;
static void tear_down(void) {
    char *command = bora_format("rm -r '%s'", folder);
    cr_assert_eq(system(command), 0);
    free(command);
    free(folder);
}

static FILE *create(const char *directory, const char *name) {
    bora_error error;
    char *where = bora_format("%s/%s", folder, directory), *path = bora_format("%s/%s", where, name);
    cr_assert_ok(bora_make_directories(where, &error));
    FILE *f = fopen(path, "w");
    free(where);
    free(path);
    return f;
}

/* Two tasks, two seeds, tau 0, 10, 100, inf; a task's test NLL per token is log(10 (task + 1)) + shift(tau) + 0.1 seed. */
static double shift(double tau) { return tau == 0 ? 0.3 : isinf(tau) ? 0.2 : tau == 10 ? 0.1 : 0.0; }

static void write_run(FILE *index, double tau, int seed) {
    char name[64];
    snprintf(name, sizeof name, "tau-%g_seed-%d", tau, seed);
    fprintf(index, "%s,%d,%s,%g,8,8,0.002,pooled,2,1\n", name, seed, tau == 0 ? "independent" : isinf(tau) ? "unified" : "bora", tau);
    FILE *f = create(name, "tasks.csv");
    fprintf(f, "checkpoint,epoch,task,train_documents,train_tokens,train_nll,validation_documents,validation_tokens,validation_nll,test_documents,"
               "test_tokens,test_nll,distance,distance_from_start\n");
    for (int c = 0; c < 3; c++)
        for (int d = 0; d < 2; d++) {
            double nll = log(10 * (d + 1)) + shift(tau) + 0.1 * seed + (c == 0 ? 0.05 : 0), validation = nll + (tau == 10 ? -0.5 : 0);
            fprintf(f, "%s,1,%s,%d,1000,%.17g,10,500,%.17g,20,%d,%.17g,%g,1\n", c == 0 ? "last" : c == 1 ? "common" : "task",
                    d ? "\"B, the second\"" : "A", d ? 100 : 200, 1000 * nll, 500 * validation, d ? 3000 : 1000, (d ? 3000 : 1000) * nll,
                    isinf(tau) ? 0 : 1 / (1 + tau));
        }
    fclose(f);
    f = create(name, "curve.csv");
    fprintf(f, "epoch,task,train_tokens,train_nll,validation_tokens,validation_nll,distance\n");
    for (int epoch = 0; epoch < 3; epoch++)
        for (int d = 0; d < 2; d++) fprintf(f, "%d,%s,%d,%d,500,%d,0\n", epoch, d ? "\"B, the second\"" : "A", epoch ? 1000 : 0, epoch ? 2000 : 0, 1500 - 100 * epoch);
    fclose(f);
}

static void set_up(void) {
    folder = scratch_directory();
    FILE *index = create(".", "runs.csv");
    fprintf(index, "run,seed,method,tau,rank,alpha,learning_rate,step_rule,epochs,best_epoch\n");
    for (int seed = 1; seed <= 2; seed++) {
        write_run(index, 0, seed);
        write_run(index, 10, seed);
        write_run(index, 100, seed);
        write_run(index, INFINITY, seed);
    }
    fclose(index);
}
TestSuite(report, .init = set_up, .fini = tear_down);

Test(report, perplexities_and_the_choice_of_tau) {
    bora_error error;
    bora_summary s;
    cr_assert_ok(bora_summary_read(&s, folder, &error));
    cr_assert_eq(s.D, 2);
    cr_assert_eq(s.n, 8);
    cr_assert_eq(s.n_cells, 4);
    cr_assert_str_eq(s.tasks[1], "B, the second");
    const bora_cell_of_runs *best = bora_best_cell(&s), *independent = bora_find_cell(&s, 0, -1);
    cr_assert_eq(best->tau, 10, "by validation; on the test tau = 100 is better");
    const bora_outcome *run = bora_with_seed(independent, 1);
    cr_assert_float_eq(exp(bora_nll(&s, run, BORA_AT_COMMON, BORA_OF_TEST, false)), sqrt(10 * 20) * exp(0.4), 1e-9);
    cr_assert_float_eq(exp(bora_nll(&s, run, BORA_AT_COMMON, BORA_OF_TEST, true)), pow(10, 0.25) * pow(20, 0.75) * exp(0.4), 1e-9);
    double a = sqrt(200) * exp(0.4), b = sqrt(200) * exp(0.5);
    bora_spread p = bora_perplexity(&s, independent, BORA_AT_COMMON, BORA_OF_TEST, false);
    cr_assert_float_eq(p.mean, (a + b) / 2, 1e-9);
    cr_assert_float_eq(p.sd, (b - a) / sqrt(2), 1e-9);
    cr_assert_float_eq(p.half, 12.706204736 * p.sd / sqrt(2), 1e-6); /* t with one degree of freedom, 97.5 % */
    bora_summary_free(&s);
}

static char *written(const char *name) {
    bora_error error;
    char *path = bora_format("%s/%s", folder, name), *text;
    size_t size;
    cr_assert_ok(bora_read_file(path, &text, &size, &error));
    free(path);
    return text;
}

Test(report, files_hold_the_numbers) {
    bora_error error;
    cr_assert_ok(bora_report(folder, &error));
    char *gain = written("figures/gain_by_size.csv"), *tau = written("tables/by_tau.tex"), *task = written("tables/by_task.csv"), *row;
    cr_assert_not_null(row = strstr(gain, "independent,\"A\",1,200,"));
    cr_assert_float_eq(strtod(row + strlen("independent,\"A\",1,200,"), NULL), 100 * (1 - exp(0.1 - 0.3)), 1e-9);
    cr_assert_not_null(row = strstr(gain, "unified,\"B, the second\",2,100,"));
    cr_assert_float_eq(strtod(row + strlen("unified,\"B, the second\",2,100,"), NULL), 100 * (1 - exp(0.1 - 0.2)), 1e-9);
    cr_assert(strstr(tau, "\\toprule") && strstr(tau, "independent") && strstr(tau, "\\bottomrule"), "%s", tau);
    cr_assert(strstr(task, "task,train_documents,0,10,100,inf"), "%s", task);
    free(gain);
    free(tau);
    free(task);
    char *distance = written("figures/distance_by_size.csv");
    cr_assert(strstr(distance, "bora,\"A\",1,200,0.09090910000000000"), "%s", distance);
    free(distance);
}

static void broken(const char *file, const char *text, const char *expected) {
    bora_error error;
    FILE *f = create("tau-10_seed-1", file);
    fputs(text, f);
    fclose(f);
    cr_assert_eq(bora_report(folder, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, expected), "%s", error.message);
}

Test(report, broken_results_have_a_place) {
    broken("tasks.csv", "checkpoint,task\nlast\n", "tasks.csv:2: 1 fields");
    broken("tasks.csv", "checkpoint,epoch\n", "no column 'task'");
    broken("tasks.csv", "", "tasks.csv:1: empty");
    broken("tasks.csv", "checkpoint,task\n\"last,A\n", "tasks.csv:");
    bora_error error;
    char *command = bora_format("rm -r '%s/tau-10_seed-1'", folder);
    cr_assert_eq(system(command), 0);
    free(command);
    cr_assert_eq(bora_report(folder, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "tau-10_seed-1/tasks.csv"), "%s", error.message);
}
