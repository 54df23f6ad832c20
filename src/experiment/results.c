/* results.c: the folder of one finished run. Files under the numerics contract hold sums of NLL and counts (%.17g); what
 * depends on the machine stands in provenance.json alone. */
#include "config.h"
#include "experiment/experiment.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

typedef struct {
    const bora_inputs *inputs;
    bora_run *run;
    const bora_plan_run *plan;
    const char *folder;
    double *nll[BORA_CHECKPOINTS][BORA_SAMPLES]; /* of each sample */
} results;

/* No result file may hold what is not finite; `where` says under what the samples' losses are. */
static int check_finite(const bora_dataset *data, const bora_sample *samples, const double *nll, size_t n, int status,
                        const char *where, bora_error *e) {
    for (size_t i = 0; i < n; i++)
        if (!isfinite(nll[i]))
            return bora_fail(e, status, "the loss of task '%s' is not finite %s", data->names[samples[i].task], where);
    return BORA_OK;
}

/* NLL of every sample at a checkpoint; where a task's epoch is that of an earlier checkpoint, its numbers are taken over. */
static int evaluate(results *x, bora_checkpoint c, int part, bora_error *e) {
    bora_run *r = x->run;
    const bora_dataset *data = r->data;
    size_t n = data->n[part], fresh = 0, *from = NULL;
    bora_sample *samples = NULL;
    double *nll = NULL;
    int status = bora_calloc(&x->nll[c][part], n, sizeof(double), "evaluation", e);
    if (!status) status = bora_calloc(&samples, n, sizeof *samples, "evaluation", e);
    if (!status) status = bora_calloc(&from, n, sizeof *from, "evaluation", e);
    if (!status) status = bora_calloc(&nll, n, sizeof *nll, "evaluation", e);
    for (size_t i = 0; !status && i < n; i++) {
        int d = data->samples[part][i].task, earlier = 0;
        while (earlier < (int)c &&
               bora_run_checkpoint_epoch(r, (bora_checkpoint)earlier, d) != bora_run_checkpoint_epoch(r, c, d))
            earlier++;
        if (earlier < (int)c) x->nll[c][part][i] = x->nll[earlier][part][i];
        else samples[fresh] = data->samples[part][i], from[fresh++] = i;
    }
    if (!status) {
        bool shared;
        const float *theta = bora_run_theta(r, c, &shared);
        r->engine->version++;
        bora_evaluate(r->engine, theta, shared, data->first, samples, fresh, nll);
        for (size_t i = 0; i < fresh; i++) x->nll[c][part][from[i]] = nll[i];
        char *where = bora_format("at checkpoint %s: lower optimizer.learning_rate", bora_checkpoint_names[c]);
        status = check_finite(data, samples, nll, fresh, BORA_DIVERGED, where, e);
        free(where);
    }
    free(samples);
    free(from);
    free(nll);
    return status;
}

static FILE *create(results *x, bora_writer *file, const char *name, bora_error *e) {
    char *path = bora_format("%s/%s", x->folder, name);
    FILE *f = bora_create(file, path, e);
    free(path);
    return f;
}

/* The only task of a run about a new one is `new` in its files, whoever it is, so that runs about different ones compare;
 * provenance.json says who. */
static const char *name_of(const results *x, int d) {
    return bora_has_new_task(&x->plan->settings) ? "new" : x->run->data->names[d];
}

static void put_name(const results *x, FILE *f, int d) { bora_put_text(f, name_of(x, d)); }

static int write_curve(results *x, bora_error *e) {
    bora_writer file;
    FILE *f = create(x, &file, "curve.csv", e);
    if (!f) return e->status;
    const bora_run *r = x->run;
    fprintf(f, "epoch,task,train_tokens,train_nll,validation_tokens,validation_nll,distance\n");
    for (int epoch = 0; epoch <= r->recipe.epochs; epoch++)
        for (int d = 0; d < r->data->D; d++) {
            const double *row = bora_run_curve(r, epoch, d);
            fprintf(f, "%d,", epoch);
            put_name(x, f, d);
            fprintf(f, ",%.17g,%.17g,%.17g,%.17g,%.17g\n", epoch ? r->tokens[BORA_TRAIN][d] : 0, row[BORA_TRAIN_NLL],
                    r->tokens[BORA_VALIDATION][d], row[BORA_VALIDATION_NLL], row[BORA_DISTANCE]);
        }
    return bora_commit(&file, e);
}

static int write_tasks(results *x, bora_error *e) {
    bora_writer file;
    FILE *f = create(x, &file, "tasks.csv", e);
    if (!f) return e->status;
    const bora_run *r = x->run;
    int D = r->data->D;
    size_t P = r->engine->lora->P;
    fprintf(
        f, "checkpoint,epoch,task,train_documents,train_tokens,train_nll,validation_documents,validation_tokens,validation_nll,"
           "test_documents,test_tokens,test_nll,distance,distance_from_start\n");
    for (bora_checkpoint c = BORA_LAST; c < BORA_CHECKPOINTS; c++)
        for (int d = 0; d < D; d++) {
            int epoch = (int)bora_run_checkpoint_epoch(r, c, d);
            const double *curve = bora_run_curve(r, epoch, d);
            bool shared;
            const float *theta = bora_run_theta(r, c, &shared);
            fprintf(f, "%s,%d,", bora_checkpoint_names[c], epoch);
            put_name(x, f, d);
            for (int part = 0; part < BORA_SAMPLES; part++) {
                double nll = part == BORA_VALIDATION ? curve[BORA_VALIDATION_NLL] : 0, documents = 0; /* the latter is known */
                for (size_t i = 0; i < r->data->n[part]; i++) {
                    if (r->data->samples[part][i].task != d) continue;
                    if (part != BORA_VALIDATION) nll += x->nll[c][part][i];
                    documents++;
                }
                fprintf(f, ",%.17g,%.17g,%.17g", documents, r->tokens[part][d], nll);
            }
            fprintf(f, ",%.17g,%.17g\n", curve[BORA_DISTANCE],
                    bora_distance(theta + (shared ? 0 : (size_t)d * P), r->adapters.Theta_0, P));
        }
    return bora_commit(&file, e);
}

static int write_documents(results *x, bora_error *e) {
    bora_writer file;
    FILE *f = create(x, &file, "documents.csv", e);
    if (!f) return e->status;
    const bora_dataset *data = x->run->data;
    fprintf(f, "checkpoint,task,document,group,block,tokens,nll\n");
    for (bora_checkpoint c = BORA_LAST; c < BORA_CHECKPOINTS; c++)
        for (size_t i = 0; i < data->n[BORA_TEST]; i++) {
            const bora_sample *s = &data->samples[BORA_TEST][i];
            const bora_task *task = &x->inputs->corpus.tasks[data->origin + s->task];
            const bora_document *document = &task->documents[s->document];
            const char *group = task->groups[document->group];
            fprintf(f, "%s,", bora_checkpoint_names[c]);
            put_name(x, f, s->task);
            fprintf(f, ",%d,", s->document);
            bora_put_text(f, group);
            fprintf(f, ",%d,%d,%.17g\n", document->block, s->n, x->nll[c][BORA_TEST][i]);
        }
    return bora_commit(&file, e);
}

/* theta.<d> of every task (Theta alone where one adapter serves all), and Theta except where tasks stand at epochs of their
 * own. */
static int write_adapters(results *x, bora_checkpoint c, bora_error *e) {
    const bora_run *r = x->run;
    const bora_lora *lora = r->engine->lora;
    bool shared;
    float *theta = (float *)(uintptr_t)bora_run_theta(r, c, &shared);
    size_t each = (size_t)(2 * lora->shape.L * BORA_MATRICES), n = 0;
    bora_tensor *tensors = NULL;
    int status = bora_calloc(&tensors, each * (size_t)(r->data->D + 1), sizeof *tensors, "tensor table", e);
    if (status) return status;
    if (shared) bora_lora_tensors(lora, "Theta", theta, tensors, &n);
    else if (c != BORA_TASK) bora_lora_tensors(lora, "Theta", c == BORA_LAST ? r->adapters.Theta : r->Theta_best, tensors, &n);
    for (int d = 0; !shared && d < r->data->D; d++) {
        char *prefix = bora_format("theta.%d", d);
        bora_lora_tensors(lora, prefix, theta + (size_t)d * lora->P, tensors, &n);
        free(prefix);
    }
    json_t *names = json_array();
    for (int d = 0; d < r->data->D; d++) json_array_append_new(names, json_string(name_of(x, d)));
    char *tasks = json_dumps(names, JSON_COMPACT),
         *path = bora_format("%s/adapters-%s.safetensors", x->folder, bora_checkpoint_names[c]);
    json_decref(names);
    const char *const metadata[][2] = {
        {"tasks", tasks ? tasks : ""}, {"settings", x->plan->text}, {"checkpoint", bora_checkpoint_names[c]}};
    status = bora_tensors_write(path, tensors, n, metadata, 3, e);
    for (size_t i = 0; i < n; i++) free(tensors[i].name);
    free(tensors);
    free(tasks);
    free(path);
    return status;
}

static int write_truth(results *x, bora_error *e) {
    char *path = bora_format("%s/truth.csv", x->folder);
    int status = bora_truth_write(path, x->inputs, x->run->data, e);
    free(path);
    return status;
}

/* ||theta_d - theta_e|| at the headline checkpoint, a row and a column a task: all that a map of the adapters needs. None where
 * one adapter serves all, or there is one task. */
static int write_distances(results *x, bora_error *e) {
    const bora_run *r = x->run;
    size_t P = r->engine->lora->P;
    bora_writer file;
    bool shared;
    const float *theta = bora_run_theta(r, BORA_COMMON, &shared);
    bool none = shared || r->data->D == 1;
    FILE *f = none ? NULL : create(x, &file, "distances.csv", e);
    if (none) return BORA_OK;
    if (!f) return e->status;
    fprintf(f, "task");
    for (int d = 0; d < r->data->D; d++) fputc(',', f), put_name(x, f, d);
    for (int d = 0; d < r->data->D; d++) {
        fputc('\n', f);
        put_name(x, f, d);
        for (int other = 0; other < r->data->D; other++)
            fprintf(f, ",%.17g", bora_distance(theta + (size_t)d * P, theta + (size_t)other * P, P));
    }
    fputc('\n', f);
    return bora_commit(&file, e);
}

static char *processor(void) {
    char line[256], name[256] = "unknown";
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "model name : %255[^\n]", name) == 1) break;
    if (f) fclose(f);
    return bora_format("%s", name);
}

static int write_provenance(results *x, double seconds, bora_error *e) {
    struct rusage usage = {0};
    getrusage(RUSAGE_SELF, &usage);
    bora_writer file;
    FILE *f = create(x, &file, "provenance.json", e);
    if (!f) return e->status;
    double dropped = 0;
    for (int d = 0; d < x->inputs->corpus.D; d++)
        dropped += (double)(x->inputs->corpus.tasks[d].dropped[0] + x->inputs->corpus.tasks[d].dropped[1]);
    char *cpu = processor();
    json_t *all =
        json_pack("{s:s, s:i, s:s, s:s, s:s, s:i, s:f, s:f, s:s, s:s, s:f}", "program", PACKAGE_STRING, "numerics_version",
                  BORA_NUMERICS_VERSION, "compiler", __VERSION__, "cpu", cpu, "kernels", x->run->engine->kernels->name,
                  "threads", x->run->engine->threads, "seconds", seconds, "peak_memory_MiB", (double)usage.ru_maxrss / 1024,
                  "data", x->inputs->hash, "base", strrchr(x->inputs->base, '/') + 1, "held_out_documents_dropped", dropped);
    free(cpu);
    const bora_recipe *recipe = &x->run->recipe;
    if (recipe->start) json_object_set_new(all, "first_phase_epoch", json_real(recipe->start_epoch)); /* of its Theta */
    if (bora_has_new_task(&x->plan->settings)) json_object_set_new(all, "new_task", json_string(x->run->data->names[0]));
    int status = json_dumpf(all, f, JSON_INDENT(2)) ? bora_fail(e, BORA_FAILED, "cannot write '%s'", file.path) : BORA_OK;
    json_decref(all);
    fputc('\n', f);
    return bora_finish(&file, status, e);
}

static int write_settings(results *x, bora_error *e) {
    bora_writer file;
    FILE *f = create(x, &file, "settings.yaml", e);
    if (!f) return e->status;
    fputs(x->plan->text, f);
    return bora_commit(&file, e);
}

int bora_results_write(const char *folder, const bora_plan_run *plan, const bora_inputs *inputs, bora_run *run, double seconds,
                       bora_error *e) {
    char *temporary = bora_format("%s.part", folder);
    results x = {.inputs = inputs, .run = run, .plan = plan, .folder = temporary};
    double started = bora_seconds();
    bora_remove_files(temporary, "*"); /* of an attempt that was killed */
    int status = bora_make_directories(temporary, e);
    for (bora_checkpoint c = BORA_LAST; !status && c < BORA_CHECKPOINTS; c++)
        for (int part = 0; !status && part < BORA_SAMPLES; part++)
            if (part != BORA_VALIDATION) status = evaluate(&x, c, part, e); /* the curve has it */
    if (!status) status = write_settings(&x, e);
    if (!status) status = write_curve(&x, e);
    if (!status) status = write_tasks(&x, e);
    if (!status) status = write_documents(&x, e);
    if (!status && inputs->language.p) status = write_truth(&x, e);
    if (!status) status = write_distances(&x, e);
    for (bora_checkpoint c = BORA_LAST; !status && c < BORA_CHECKPOINTS; c++) status = write_adapters(&x, c, e);
    if (!status) status = write_provenance(&x, seconds + bora_seconds() - started, e);
    if (!status && rename(temporary, folder)) status = bora_fail_errno(e, "cannot rename '%s' to '%s'", temporary, folder);
    for (int c = 0; c < BORA_CHECKPOINTS; c++)
        for (int part = 0; part < BORA_SAMPLES; part++) free(x.nll[c][part]);
    free(temporary);
    return status;
}

int bora_base_write(const char *path, const bora_dataset *data, bora_engine *engine, bora_error *e) {
    double *nll[BORA_SAMPLES] = {0};
    int status = BORA_OK;
    for (int part = BORA_VALIDATION; !status && part <= BORA_TEST; part++) {
        status = bora_calloc(&nll[part], data->n[part], sizeof(double), "evaluation", e);
        if (status) break;
        bora_evaluate(engine, NULL, false, data->first, data->samples[part], data->n[part], nll[part]);
        status = check_finite(data, data->samples[part], nll[part], data->n[part], BORA_FAILED,
                              "under the base model: lower pretrain.learning_rate", e);
    }
    bora_writer file;
    FILE *f = status ? NULL : bora_create(&file, path, e);
    if (f) {
        fprintf(f, "task,validation_documents,validation_tokens,validation_nll,test_documents,test_tokens,test_nll\n");
        for (int d = 0; d < data->D; d++) {
            bora_put_text(f, data->names[d]);
            for (int part = BORA_VALIDATION; part <= BORA_TEST; part++) {
                double documents = 0, tokens = 0, sum = 0;
                for (size_t i = 0; i < data->n[part]; i++)
                    if (data->samples[part][i].task == d) documents++, tokens += data->samples[part][i].n, sum += nll[part][i];
                fprintf(f, ",%.17g,%.17g,%.17g", documents, tokens, sum);
            }
            fputc('\n', f);
        }
        status = bora_commit(&file, e);
    } else if (!status) status = e->status;
    for (int part = 0; part < BORA_SAMPLES; part++) free(nll[part]);
    return status;
}
