/* runner.c: an experiment from file to finished runs: the frozen plan, reuse, resume, the lock. */
#include "experiment/experiment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Everything a command needs to know of an experiment. */
typedef struct {
    bora_experiment x;
    bora_plan plan;
    bora_inputs *inputs;      /* [n_inputs], each of the runs that share data and base model */
    int n_inputs, *inputs_of; /* [plan.n]: which of them */
    char hash[65];            /* of the data of all runs */
    char *folder;             /* results/<tier>/<experiment> */
    bora_first_phase first;
} session;

static void close_session(session *s) {
    for (int i = 0; i < s->n_inputs; i++) bora_inputs_free(&s->inputs[i]);
    free(s->inputs);
    free(s->inputs_of);
    bora_experiment_free(&s->x);
    bora_plan_free(&s->plan);
    bora_first_phase_free(&s->first);
    free(s->folder);
}

char *bora_tier_path(const char *file, const char *tier) {
    const char *slash = strrchr(file, '/');
    return bora_format("%.*stiers/%s.yaml", slash ? (int)(slash - file + 1) : 0, file, tier);
}

/* Data, tokenizer and base model are the same; how many documents a run draws is its own matter. */
static bool same_inputs(const bora_settings *a, const bora_settings *b) {
    for (bora_setting i = (bora_setting)0; i <= BORA_PRETRAIN_SEED; i++) {
        bool drawn = i >= BORA_DATA_DRAW && i <= BORA_DATA_PADDING;
        if (!drawn && strcmp(a->value[i], b->value[i])) return false;
    }
    return true;
}

/* Read all sources, each once, and name every run, which needs its data's hash. */
static int identify(session *s, const bora_options *o, bora_error *e) {
    char *hashes = bora_format("%s", "");
    int status = bora_calloc(&s->inputs, (size_t)s->plan.n, sizeof *s->inputs, "data of the runs", e);
    if (!status) status = bora_calloc(&s->inputs_of, (size_t)s->plan.n, sizeof *s->inputs_of, "data of the runs", e);
    for (int i = 0; !status && i < s->plan.n; i++) {
        bora_plan_run *run = &s->plan.runs[i];
        int first = 0; /* of the runs with these inputs */
        while (!same_inputs(&s->plan.runs[first].settings, &run->settings)) first++;
        s->inputs_of[i] = first < i ? s->inputs_of[first] : s->n_inputs;
        bora_inputs *x = &s->inputs[s->inputs_of[i]];
        if (first == i) {
            if ((status = bora_inputs_read(x, &run->settings, o->data, o->results, e))) break;
            char *longer = bora_format("%s%s", hashes, x->hash);
            free(hashes);
            hashes = longer;
            s->n_inputs++;
        }
        bora_plan_identify(run, x->hash);
    }
    if (s->n_inputs == 1) strcpy(s->hash, s->inputs[0].hash);
    else bora_hash_bytes(hashes, strlen(hashes), s->hash);
    free(hashes);
    return status;
}

static int open_session(session *s, const char *file, const bora_options *o, bora_error *e) {
    *s = (session){0};
    char *tier = o->tier ? bora_tier_path(file, o->tier) : NULL;
    int status = bora_experiment_load(&s->x, file, tier, e);
    free(tier);
    if (!status) status = bora_plan_expand(&s->plan, &s->x, e);
    if (!status) status = identify(s, o, e);
    if (!status) s->folder = bora_format("%s/%s/%s", o->results, o->tier ? o->tier : "custom", s->x.name);
    else close_session(s);
    return status;
}

static int check_index(const session *s, const bora_options *o, bora_error *e) {
    if (o->index < s->plan.n) return BORA_OK;
    return bora_fail(e, BORA_USAGE, "--index %d: the plan has runs 0 to %d", o->index, s->plan.n - 1);
}

static bora_inputs *inputs_of(const session *s, int i) { return &s->inputs[s->inputs_of[i]]; }

static bool is_asked(const bora_options *o, int i) { return o->index < 0 || i == o->index; }

static bool finished(const session *s, int i) { return bora_is_finished(s->folder, s->plan.runs[i].name); }

/* ---- locks ------------------------------------------------------------------------------------------------------------ */

static int open_lock(const char *path, int *lock, bora_error *e) {
    *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    return *lock < 0 ? bora_fail_errno(e, "cannot open '%s'", path) : BORA_OK;
}

/* Lock the file `path`, which then says who has `what`: a process by itself (LOCK_EX), or jobs side by side (LOCK_SH). Refused
 * while others have it who do not go with that. */
static int lock_file(const char *path, const char *what, int how, int *lock, bora_error *e) {
    char holder[128] = "", host[64] = "";
    int status = open_lock(path, lock, e);
    if (status) return status;
    if (flock(*lock, how | LOCK_NB)) {
        ssize_t n = errno == EWOULDBLOCK ? read(*lock, holder, sizeof holder - 1) : -1;
        status = n < 0 ? bora_fail_errno(e, "cannot lock '%s'", path)
                       : bora_fail(e, BORA_FAILED, "'%s' is in use by %s; wait for it, or use another --results", what,
                                   n > 0 ? holder : "another process");
    } else {
        gethostname(host, sizeof host - 1);
        int n = how == LOCK_SH ? snprintf(holder, sizeof holder, "a `bora run --index`")
                               : snprintf(holder, sizeof holder, "process %ld on %s", (long)getpid(), host);
        if (ftruncate(*lock, 0) || pwrite(*lock, holder, (size_t)n, 0) != n)
            status = bora_fail_errno(e, "cannot write '%s'", path);
    }
    if (status) close(*lock), *lock = -1;
    return status;
}

/* What killed processes left half written, where nobody else writes. */
static void remove_parts(const char *folder) {
    char *previous = bora_format("%s/previous", folder);
    bora_remove_files(folder, "*.part-*");
    bora_remove_files(previous, "*.part-*");
    free(previous);
}

/* The whole experiment: by itself for the process that does all its runs, with others for a job that does one. */
static int lock_folder(const char *folder, bool whole, int *lock, bora_error *e) {
    char *path = bora_format("%s/.lock", folder);
    int status = lock_file(path, folder, whole ? LOCK_EX : LOCK_SH, lock, e);
    free(path);
    return status;
}

/* ---- inputs ------------------------------------------------------------------------------------------------------------- */

/* Those of run i, tokenized, with the base model if `model`. */
static int prepare_inputs(session *s, int i, const bora_kernels *k, int threads, bool model, bora_error *e) {
    bora_inputs *x = inputs_of(s, i);
    if (x->tokenizer) return BORA_OK; /* prepared already */
    return bora_inputs_prepare(x, &s->plan.runs[i].settings, k, threads, model, e);
}

/* ---- the base ----------------------------------------------------------------------------------------------------------- */

/* Whether base.csv, of the first run's documents, speaks of all runs: they have the same data, and are not each about a new
 * task that its seed chooses. */
static bool is_one_base(const session *s) { return s->n_inputs == 1 && !bora_has_new_task(&s->plan.runs[0].settings); }

/* What goes with the experiment as a whole: whether it is there. */
static bool has_base(const session *s) {
    char *base = bora_format("%s/base.csv", s->folder), *heterogeneity = bora_format("%s/heterogeneity.csv", s->folder);
    bool has = bora_exists(base) && (inputs_of(s, 0)->language.p || bora_exists(heterogeneity));
    free(base);
    free(heterogeneity);
    return has;
}

/* Without the folder's plan, or with one that begins with another run, what is there of its first run may be anything. */
static bool begins_with_our_run(const session *s) {
    char *path = bora_format("%s/plan.txt", s->folder), *first = bora_format("\n%s\n", s->plan.runs[0].name), *text = NULL;
    size_t size;
    bora_error ignored;
    const char *rest = bora_read_file(path, &text, &size, &ignored) ? NULL : strchr(text, '\n');
    bool ours = rest && !strncmp(rest, first, strlen(first));
    free(text);
    free(first);
    free(path);
    return ours;
}

/* Before our plan stands in the folder: what an earlier one left of its first run goes, unless ours begins with it too. */
static int remove_others_base(const session *s, bora_error *e) {
    static const char *const names[] = {"base.csv", "heterogeneity.csv"};
    int status = BORA_OK;
    if (is_one_base(s) && begins_with_our_run(s)) return status;
    for (int i = 0; !status && i < 2; i++) {
        char *path = bora_format("%s/%s", s->folder, names[i]);
        if (unlink(path) && errno != ENOENT) status = bora_fail_errno(e, "cannot remove '%s'", path);
        free(path);
    }
    return status;
}

/* The base model alone on the documents of the first run, and, of real data, how much their tasks differ. */
static int run_base(const session *s, const bora_kernels *k, int threads, bora_error *e) {
    char *base = bora_format("%s/base.csv", s->folder), *heterogeneity = bora_format("%s/heterogeneity.csv", s->folder);
    const bora_inputs *x = inputs_of(s, 0);
    bora_dataset data = {0};
    bora_engine engine = {0};
    int status = bora_dataset_of(x, &s->plan.runs[0].settings, false, &data, e);
    if (!status) status = bora_engine_init(&engine, k, &x->model, NULL, threads, e);
    if (!status) status = bora_base_write(base, &data, &engine, e);
    if (!status && !x->language.p) status = bora_heterogeneity_write(heterogeneity, x, &data, e);
    bora_engine_free(&engine);
    bora_dataset_free(&data);
    free(base);
    free(heterogeneity);
    return status;
}

/* ---- the plan ----------------------------------------------------------------------------------------------------------- */

/* Where a run's identity is kept for the reasons of later plans: under its slug, which cuts long values; of runs with one slug
 * the first has it, the others their names. */
static char *previous_path(const session *s, int i) {
    const bora_plan_run *runs = s->plan.runs;
    int first = 0;
    while (strcmp(runs[first].slug, runs[i].slug)) first++;
    return bora_format("%s/previous/%s.yaml", s->folder, first < i ? runs[i].name : runs[i].slug);
}

/* Why a run is to be done, or `reused`: fresh text. */
static char *reason(const session *s, int i) {
    if (finished(s, i)) return bora_format("reused");
    char *path = previous_path(s, i), *text = NULL; /* as last planned */
    size_t size;
    bora_error ignored;
    bool known = !bora_read_file(path, &text, &size, &ignored);
    char *difference = known ? bora_text_difference(text, s->plan.runs[i].identity) : bora_format("%s", "");
    char *answer = *difference ? bora_format("settings changed: %s", difference) : bora_format("new");
    free(difference);
    free(text);
    free(path);
    return answer;
}

/* Freeze the plan before anything runs: plan.txt, and each run's identity. */
static int freeze(const session *s, const char *tier, bora_error *e) {
    char *previous = bora_format("%s/previous", s->folder), *path = bora_format("%s/plan.txt", s->folder);
    bora_writer w;
    int status = bora_make_directories(previous, e);
    if (!status) status = remove_others_base(s, e);
    FILE *f = status ? NULL : bora_create(&w, path, e);
    if (f) {
        bool smaller = tier && strcmp(tier, "full") != 0; /* than the title says */
        fprintf(f, "# %s%s%s%s: %d runs; data %s; numerics version %d\n", s->x.title ? s->x.title : s->x.name,
                smaller ? " (sizes of tier " : "", smaller ? tier : "", smaller ? ")" : "", s->plan.n, s->hash,
                BORA_NUMERICS_VERSION);
        for (int i = 0; i < s->plan.n; i++) fprintf(f, "%s\n", s->plan.runs[i].name);
        for (int i = 0; i < s->x.n_figures; i++) fprintf(f, "figure %s\n", s->x.figures[i]);
        for (int i = 0; i < s->x.n_beside; i++) fprintf(f, "beside %s\n", s->x.beside[i]);
        status = bora_commit(&w, e);
    } else if (!status) status = e->status;
    for (int i = 0; !status && i < s->plan.n; i++) {
        char *file = previous_path(s, i);
        if ((f = bora_create(&w, file, e))) {
            fputs(s->plan.runs[i].identity, f);
            status = bora_commit(&w, e);
        } else status = e->status;
        free(file);
    }
    free(previous);
    free(path);
    return status;
}

/* ---- runs --------------------------------------------------------------------------------------------------------------- */

/* Run i, unless it is finished; no two processes are at one run. What is hidden under its name, its states, their parts and
 * this lock, goes when it is done, also when a process was killed before it could do that. */
static int do_run(session *s, int i, const bora_kernels *k, int threads, bora_error *e) {
    const bora_plan_run *run = &s->plan.runs[i];
    char *path = bora_format("%s/.%s.lock", s->folder, run->name), *folder = bora_format("%s/%s", s->folder, run->name),
         *hidden = bora_format(".%s.*", run->name);
    int lock, status = lock_file(path, folder, LOCK_EX, &lock, e);
    if (!status && !finished(s, i)) {
        status = prepare_inputs(s, i, k, threads, true, e);
        if (!status) status = bora_run_phases(s->folder, run, inputs_of(s, i), &s->first, k, threads, e);
    }
    if (!status) bora_remove_files(s->folder, hidden);
    if (lock >= 0) close(lock);
    free(path);
    free(folder);
    free(hidden);
    return status;
}

/* All that are asked for. One whose loss is no number is told, and the others go on, which know nothing of it; whatever else
 * fails would fail them too. */
static int do_runs(session *s, const bora_options *o, const bora_kernels *k, int threads, bora_error *e) {
    int diverged = 0;
    for (int i = 0; i < s->plan.n; i++) {
        if (!is_asked(o, i)) continue;
        int status = do_run(s, i, k, threads, e);
        if (status && status != BORA_DIVERGED) return status;
        if (!status) continue;
        fprintf(stderr, "%s\n", e->message);
        diverged++;
    }
    return diverged ? bora_fail(e, BORA_DIVERGED, "%d of the runs diverged, as told above", diverged) : BORA_OK;
}

/* Processes that end together write the index one after the other: the last one sees what all have finished. */
static int write_index(const session *s, bora_error *e) {
    char *path = bora_format("%s/.runs.csv.lock", s->folder);
    int lock, status = open_lock(path, &lock, e);
    if (!status && flock(lock, LOCK_EX)) status = bora_fail_errno(e, "cannot lock '%s'", path);
    if (!status) status = bora_index_write(s->folder, &s->x, &s->plan, e);
    if (lock >= 0) close(lock);
    free(path);
    return status;
}

/* ---- commands ----------------------------------------------------------------------------------------------------------- */

static bool is_to_do(const session *s, const bora_options *o, int i) { return is_asked(o, i) && !finished(s, i); }

/* A base model is made once, before the first run to do that needs it. */
static bool makes_base(const session *s, const bora_options *o, int i) {
    const char *base = inputs_of(s, i)->base;
    int j = 0;
    if (!is_to_do(s, o, i) || bora_base_exists(base)) return false;
    while (strcmp(base, inputs_of(s, j)->base) || !is_to_do(s, o, j)) j++;
    return j == i;
}

/* Whether the first phase of run i is that of the last run to do before it that has one, which bora_run_phases keeps. */
static bool takes_first_phase_over(const session *s, const bora_options *o, int i) {
    const bora_plan_run *runs = s->plan.runs;
    int j = i - 1;
    while (j >= 0 && !(bora_has_first_phase(&runs[j].settings) && is_to_do(s, o, j))) j--;
    if (j < 0 || s->inputs_of[j] != s->inputs_of[i] || !bora_has_first_phase(&runs[i].settings)) return false;
    char *ours = bora_first_text(&runs[i].settings), *theirs = bora_first_text(&runs[j].settings);
    bool same = !strcmp(ours, theirs);
    free(ours);
    free(theirs);
    return same;
}

static int print_plan(const session *s, const bora_options *o, FILE *out, bora_error *e) {
    const bora_kernels *k;
    int status = bora_kernels_choose(&k, e), threads = bora_threads(o->threads);
    if (status) return status;
    char time[24];
    double rate = bora_speed(k, threads), flop = 0, bytes = 0, disk = 0;
    fprintf(out, "%s: %s\n", s->x.name, s->x.title ? s->x.title : "");
    for (int i = 0; i < s->plan.n; i++) {
        const bora_settings *x = &s->plan.runs[i].settings;
        if (!is_asked(o, i)) continue;
        if (makes_base(s, o, i)) {
            double pretraining = bora_predict_base(x);
            flop += pretraining;
            fprintf(out, "base  %-44s %-8s %8.2g FLOP %7s\n", "pretraining", "new", pretraining,
                    bora_duration(pretraining / rate, time));
        }
        bora_cost c = bora_predict(x, &inputs_of(s, i)->source, threads);
        char *why = reason(s, i);
        if (!takes_first_phase_over(s, o, i)) c.flop += c.first;
        fprintf(out, "%4d  %-44s %-8s %8.2g FLOP %7s\n", i, s->plan.runs[i].name, why, c.flop,
                bora_duration(c.flop / rate, time));
        if (is_to_do(s, o, i)) flop += c.flop, disk += c.disk;
        if (c.bytes > bytes) bytes = c.bytes;
        free(why);
    }
    fprintf(out, "to do: about %s on %d thread%s (kernels %s), %.0f MiB of memory, %.0f MiB of disk in %s\n",
            bora_duration(flop / rate, time), threads, threads > 1 ? "s" : "", k->name, bytes / 1048576 + 60, disk / 1048576,
            s->folder);
    return BORA_OK;
}

int bora_plan_print(const char *file, const bora_options *o, FILE *out, bora_error *e) {
    session s;
    int status = open_session(&s, file, o, e);
    if (status) return status;
    status = check_index(&s, o, e);
    if (!status) status = print_plan(&s, o, out, e);
    close_session(&s);
    return status;
}

int bora_run_experiment(const char *file, const bora_options *o, bora_error *e) {
    session s;
    const bora_kernels *k;
    int lock = -1, threads = bora_threads(o->threads), status = bora_kernels_choose(&k, e);
    if (!status) status = open_session(&s, file, o, e);
    if (status) return status;
    status = check_index(&s, o, e);
    if (!status) status = bora_make_directories(s.folder, e);
    if (!status) status = lock_folder(s.folder, o->index < 0, &lock, e);
    if (!status && o->index < 0) remove_parts(s.folder);
    const bool ours = !status; /* else another's plan stands in the folder */
    if (!status) status = print_plan(&s, o, stderr, e);
    if (!status) status = freeze(&s, o->tier, e);
    if (!status && is_one_base(&s) && !has_base(&s)) {
        status = prepare_inputs(&s, 0, k, threads, true, e);
        if (!status) status = run_base(&s, k, threads, e);
    }
    if (!status) status = do_runs(&s, o, k, threads, e);
    bora_error second;
    int written = ours ? write_index(&s, status ? &second : e) : BORA_OK;
    if (lock >= 0) close(lock);
    close_session(&s);
    return status ? status : written;
}

static int print_documents(session *s, int i, FILE *out, bora_error *e) {
    const bora_inputs *x = inputs_of(s, i);
    const bora_corpus *c = &x->corpus;
    bora_selection *selections;
    int status = prepare_inputs(s, i, NULL, 1, false, e);
    if (!status) status = bora_select_documents(x, &s->plan.runs[i].settings, &selections, e);
    if (status) return status;
    status = bora_documents_write(c, selections, x->tokenizer, out, e);
    if (!status && fflush(out)) status = bora_fail_errno(e, "cannot write the documents");
    for (int d = 0; !status && d < c->D; d++)
        fprintf(stderr,
                "%-24s %6zu documents; train %zu, validation %zu, test %zu; dropped as repeats: %zu validation, %zu test\n",
                c->tasks[d].name, c->tasks[d].n, selections[d].n[BORA_TRAIN], selections[d].n[BORA_VALIDATION],
                selections[d].n[BORA_TEST], c->tasks[d].dropped[0], c->tasks[d].dropped[1]);
    bora_selections_free(selections, c->D);
    free(selections);
    return status;
}

int bora_documents_print(const char *file, const bora_options *o, FILE *out, bora_error *e) {
    session s;
    int status = open_session(&s, file, o, e);
    if (status) return status;
    status = check_index(&s, o, e);
    if (!status) status = print_documents(&s, o->index < 0 ? 0 : o->index, out, e);
    close_session(&s);
    return status;
}

int bora_pretrain_only(const char *file, const bora_options *o, bora_error *e) {
    session s;
    const bora_kernels *k;
    int status = bora_kernels_choose(&k, e);
    if (!status) status = open_session(&s, file, o, e);
    if (status) return status;
    status = check_index(&s, o, e);
    for (int i = 0; !status && i < s.plan.n; i++) {
        int first = 0; /* of the inputs with this base */
        while (strcmp(s.inputs[first].base, inputs_of(&s, i)->base)) first++;
        if (!is_asked(o, i) || s.inputs[first].tokenizer) continue;
        status = prepare_inputs(&s, i, k, bora_threads(o->threads), true, e);
        if (!status) printf("%s\n", inputs_of(&s, i)->base);
    }
    close_session(&s);
    return status;
}
