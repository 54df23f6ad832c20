/* test_index.c: runs.csv: a row a point of the plan whose run is finished, columns for what the sweep varies besides. */
#include "experiment/experiment.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static bora_error error;
static char *folder;

static void set_up(void) { folder = scratch_directory(); }
static void tear_down(void) { remove_directory(folder); }
TestSuite(index, .init = set_up, .fini = tear_down);

/* The index of an experiment whose runs are all finished but the last `unfinished`; each run's name is its slug. */
static char *index_of(const char *text, int unfinished) {
    bora_experiment x;
    bora_plan p;
    char *path = bora_format("%s/x.yaml", folder), *found;
    size_t size;
    FILE *f = fopen(path, "w");
    cr_assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
    cr_assert_ok(bora_experiment_load(&x, path, NULL, &error));
    cr_assert_ok(bora_plan_expand(&p, &x, &error));
    for (int i = 0; i < p.n; i++) {
        p.runs[i].name = bora_format("%s", p.runs[i].slug);
        if (i < p.n - unfinished)
            shell(bora_format("cd '%s' && mkdir %s && echo >%s/provenance.json && printf 'x\\ncommon,%d,A\\n' >%s/tasks.csv",
                              folder, p.runs[i].name, p.runs[i].name, i, p.runs[i].name));
    }
    cr_assert_ok(bora_index_write(folder, &x, &p, &error));
    free(path);
    path = bora_format("%s/runs.csv", folder);
    cr_assert_ok(bora_read_file(path, &found, &size, &error));
    free(path);
    bora_plan_free(&p);
    bora_experiment_free(&x);
    return found;
}

#define COLUMNS "run,seed,method,tau,rank,alpha,learning_rate,step_rule,epochs,best_epoch"

/* At tau 0 the step does not matter: one run, under both. */
Test(index, points_may_share_a_run) {
    char *found =
        index_of("experiment: a\nrun.epochs: 4\nadapter.alpha: 8\noptimizer: {learning_rate: 0.5, learning_rate_at_0: same}\n"
                 "sweep: {optimizer.step: [pooled, centred], prior.tau: [0, 100]}\nvariants: {b: {}, c: {data.shuffle: yes}}\n",
                 1);
    cr_assert_str_eq(found, COLUMNS ",optimizer.step,variant\n"
                                    "b_step-pooled_tau-0,1,independent,0,8,8,0.5,adam,4,0,pooled,b\n"
                                    "b_step-pooled_tau-100,1,bora,100,8,8,0.5,pooled,4,1,pooled,b\n"
                                    "b_step-pooled_tau-0,1,independent,0,8,8,0.5,adam,4,0,centred,b\n"
                                    "b_step-centred_tau-100,1,bora,100,8,8,0.5,centred,4,2,centred,b\n"
                                    "c_step-pooled_tau-0,1,independent,0,8,8,0.5,adam,4,3,pooled,c\n"
                                    "c_step-pooled_tau-100,1,bora,100,8,8,0.5,pooled,4,4,pooled,c\n"
                                    "c_step-pooled_tau-0,1,independent,0,8,8,0.5,adam,4,3,centred,c\n");
    free(found);
}

/* tau of independent training is 0 whatever the sweep says. */
Test(index, points_that_show_no_difference_have_one_row) {
    char *found = index_of("experiment: a\nsweep: {method.kind: [independent, ridge], prior.tau: [10, 20], data.number: [5]}\n"
                           "data.draw: number\n",
                           0);
    int rows = 0;
    for (const char *c = found; *c; c++) rows += *c == '\n';
    cr_assert_eq(rows, 4, "%s", found);
    cr_assert(!strncmp(found, COLUMNS ",data.number\n", strlen(COLUMNS ",data.number\n")), "%s", found);
    cr_assert(strstr(found, ",independent,0,") && strstr(found, ",ridge,10,") && strstr(found, ",ridge,20,"), "%s", found);
    free(found);
}
