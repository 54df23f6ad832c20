/* main.c: the command line. It alone prints errors and exits: 0 done, 1 failed, 2 usage, 3 bad input, 4 a run diverged,
 * 130 or 143 interrupted.
 */
#include "bora.h"
#include "config.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    bora_options options;
    int rest; /* index of the first argument that is no option */
    bool help;
} arguments;

static int run(int n, char **files, const bora_options *o, bora_error *e) {
    (void)n;
    bora_catch_signals();
    return bora_run_experiment(files[0], o, e);
}

static int list_tier(const bora_options *o, bora_error *e) {
    const char *folder = getenv("BORA_EXPERIMENTS");
    char **names, *beside = bora_format("%s/", folder ? folder : "experiments"), *path = bora_tier_path(beside, o->tier);
    int n, status = bora_tier_experiments(path, &names, &n, e);
    for (int i = 0; !status && i < n; i++) puts(names[i]);
    bora_texts_free(names, n);
    free(beside);
    free(path);
    return status;
}

static int plan(int n, char **files, const bora_options *o, bora_error *e) {
    if (n) return bora_plan_print(files[0], o, stdout, e);
    if (o->tier) return list_tier(o, e);
    return bora_fail(e, BORA_USAGE, "bora plan: expected an experiment file, or --tier to list a tier's experiments");
}

static int check_one(const char *file, const bora_options *o, bora_error *e) {
    bora_experiment x;
    bora_plan p;
    char *tier = o->tier ? bora_tier_path(file, o->tier) : NULL;
    int status = bora_experiment_load(&x, file, tier, e);
    free(tier);
    if (status) return status;
    status = bora_plan_expand(&p, &x, e);
    if (!status) printf("%s: sound, %d runs\n", file, p.n);
    if (!status) bora_plan_free(&p);
    bora_experiment_free(&x);
    return status;
}

/* All files, whatever is wrong in one; the first bad status. Each is told here, so that nothing is left for main to tell. */
static int check(int n, char **files, const bora_options *o, bora_error *e) {
    int first = BORA_OK;
    for (int i = 0; i < n; i++) {
        int status = check_one(files[i], o, e);
        if (status) fprintf(stderr, "bora: %s\n", e->message);
        if (!first) first = status;
    }
    *e->message = 0;
    return first;
}

static int explain(int n, char **keys, const bora_options *o, bora_error *e) {
    (void)o;
    return bora_explain(stdout, n ? keys[0] : NULL, e);
}
static int documents(int n, char **files, const bora_options *o, bora_error *e) {
    (void)n;
    return bora_documents_print(files[0], o, stdout, e);
}
static int pretrain(int n, char **files, const bora_options *o, bora_error *e) {
    (void)n;
    bora_catch_signals();
    return bora_pretrain_only(files[0], o, e);
}
static int report(int n, char **folders, const bora_options *o, bora_error *e) {
    (void)o;
    int status = BORA_OK;
    bora_catch_signals();
    for (int i = 0; !status && i < n; i++) status = bora_report(folders[i], e);
    return status;
}

static int generate(int n, char **runs, const bora_options *o, bora_error *e) {
    (void)n;
    bora_catch_signals();
    if (!o->generation.task)
        return bora_fail(e, BORA_USAGE, "bora generate: expected --task NAME, --task Theta or --task base");
    return bora_generate(runs[0], &o->generation, stdout, e);
}

static int samples(int n, char **folders, const bora_options *o, bora_error *e) {
    int status = BORA_OK;
    bora_catch_signals();
    for (int i = 0; !status && i < n; i++) status = bora_samples(folders[i], &o->generation, e);
    return status;
}

static int verify(int n, char **folders, const bora_options *o, bora_error *e) {
    (void)n, (void)o;
    return bora_verify(folders[0], folders[1], e);
}

static int diagnose(int n, char **folders, const bora_options *o, bora_error *e) {
    (void)o;
    int status = BORA_OK;
    for (int i = 0; !status && i < n; i++) status = bora_diagnose(folders[i], stdout, e);
    return status;
}

static int claims(int n, char **paths, const bora_options *o, bora_error *e) {
    (void)n, (void)o;
    return bora_claims(paths[0], paths[1], paths[2], e);
}

static int published(int n, char **folders, const bora_options *o, bora_error *e) {
    (void)o;
    return bora_published(folders[0], folders[1], n > 2 ? folders[2] : NULL, e);
}

static int numbers(int n, char **paths, const bora_options *o, bora_error *e) {
    (void)n, (void)o;
    return bora_numbers(paths[0], paths[1], paths[2], e);
}

static int real(const char *name, const char *text, double least, double most, double *value, bora_error *e) {
    char *end;
    double x = strtod(text, &end);
    if (*end || end == text || !(x >= least && x <= most))
        return bora_fail(e, BORA_USAGE, "%s '%s': expected a number from %g to %g", name, text, least, most);
    *value = x;
    return BORA_OK;
}

static int number(const char *name, const char *text, int least, int *value, bora_error *e) {
    enum { MOST = 100000 };
    char *end;
    long x = strtol(text, &end, 10);
    if (*end || end == text || x < least || x > MOST)
        return bora_fail(e, BORA_USAGE, "%s '%s': expected a whole number from %d to %d", name, text, least, MOST);
    *value = (int)x;
    return BORA_OK;
}

/* SIZE STEP BATCH [SECONDS [TASKS [RANK]]] */
static int bench(int n, char **a, const bora_options *o, bora_error *e) {
    int threads = bora_threads(o->threads), status = BORA_OK;
    if (n == 1 && !strcmp(a[0], "peak")) return bora_bench_peak(threads, stdout, e);
    if (n < 3) return bora_fail(e, BORA_USAGE, "usage: bora bench [options] peak | SIZE STEP BATCH [SECONDS [TASKS [RANK]]]");
    bora_bench_settings x = {.size = a[0], .step = a[1], .threads = threads, .tasks = 25, .rank = 16, .seconds = 3};
    if (n > 3) status = real("SECONDS", a[3], 0, 86400, &x.seconds, e);
    if (!status) status = number("BATCH", a[2], 1, &x.batch, e);
    if (!status && n > 4) status = number("TASKS", a[4], 1, &x.tasks, e);
    if (!status && n > 5) status = number("RANK", a[5], 1, &x.rank, e);
    return status ? status : bora_bench(&x, stdout, e);
}

typedef struct {
    const char *name, *arguments, *help;
    int least, most; /* how many arguments */
    int (*run)(int n, char **arguments, const bora_options *o, bora_error *e);
} command;

static const command commands[] = {
    {"run", "FILE", "train whatever of the experiment is not there yet", 1, 1, run},
    {"plan", "[FILE]", "print the runs, their state and predicted cost; without FILE the experiments of --tier", 0, 1, plan},
    {"check", "FILE...", "check experiment files, all problems at once", 1, 1000, check},
    {"explain", "[KEY]", "explain all settings, or one", 0, 1, explain},
    {"documents", "FILE", "print as CSV what each task trains on, validates on and is tested on (first run, or --index)", 1, 1,
     documents},
    {"pretrain", "FILE", "make the experiment's base models and print their folders", 1, 1, pretrain},
    {"report", "FOLDER...", "write tables and the figures' numbers of experiment folders", 1, 1000, report},
    {"generate", "RUN", "continue a text (--prompt) as the adapter of a run's --task would", 1, 1, generate},
    {"samples", "FOLDER...", "write tables/samples of experiment folders: a text continued by the base, Theta and three tasks",
     1, 1000, samples},
    {"verify", "FOLDER REFERENCE", "compare an experiment's results with kept ones, digit for digit", 2, 2, verify},
    {"diagnose", "FOLDER...", "say what looks wrong in the results of experiment folders", 1, 1000, diagnose},
    {"claims", "TOLERANCES RESULTS OUT", "verdict on each claim of a file of tolerances from the experiments in a folder", 3, 3,
     claims},
    {"published", "DATA OUT [EXPERIMENT]", "the paper's own tables through the same statistics, beside an experiment's", 2, 3,
     published},
    {"numbers", "LIST RESULTS TEX", "the numbers that a text quotes from the tables in a folder, as TeX macros", 3, 3, numbers},
    {"bench", "SIZE STEP BATCH",
     "time a step (lora, bora, evaluate, pretrain) of a model of size S, M or G on random documents; then, if wanted, "
     "SECONDS (3), TASKS (25) and RANK (16); `bora bench peak`: multiply-adds alone",
     1, 6, bench},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_options(FILE *f) {
    fprintf(f, "options:\n"
               "  --tier NAME      overlay tiers/NAME.yaml beside FILE (there are quick, default, synthetic, full); else the "
               "file as it "
               "is, as tier `custom`\n"
               "  --results DIR    where results and base models are kept (results)\n"
               "  --data DIR       where data/fetch put the data (data)\n"
               "  --threads N      threads; results do not depend on it (all processors)\n"
               "  --index I        only run I of the plan, counted from 0\n"
               "of generate and samples:\n"
               "  --task NAME      a task; Theta, the mean; or base, the model without adapters\n"
               "  --prompt TEXT    how the text begins (empty: as a document does)\n"
               "  --tokens N       how many tokens to add (100); the model sees the last of its context\n"
               "  --temperature X  logits are divided by it (0.8)\n"
               "  --top-p X        draw from the likeliest tokens that reach this probability (0.95); 0: the likeliest\n"
               "  --seed N         of the draws (1); the same text on every machine\n"
               "  --help\n");
}

static void print_help(FILE *f, const command *one) {
    if (one) {
        fprintf(f, "usage: bora %s [options] %s\n%s\n\n", one->name, one->arguments, one->help);
        print_options(f);
        return;
    }
    fprintf(
        f,
        "usage: bora COMMAND [options] ...\nBayesian hierarchical low-rank adaptation: many tasks, one prior.\n\ncommands:\n");
    for (int i = 0; i < COMMANDS; i++)
        fprintf(f, "  %-9s %-16s %s\n", commands[i].name, commands[i].arguments, commands[i].help);
    fprintf(f, "\n");
    print_options(f);
    fprintf(
        f, "\nexit status: 0 done, 1 failed, 2 usage, 3 bad input, 4 the loss of some run is not finite, 130 or 143 "
           "interrupted (the same command goes on where "
           "it stopped)\n"
           "environment: BORA_KERNELS=ref|avx2|avx512|neon forces a kernel variant; BORA_EXPERIMENTS: where `bora plan --tier` "
           "without a file looks (experiments)\n");
}

static int parse(int argc, char **argv, arguments *a, bora_error *e) {
    static const struct option names[] = {{"tier", required_argument, NULL, 't'},
                                          {"results", required_argument, NULL, 'r'},
                                          {"data", required_argument, NULL, 'd'},
                                          {"threads", required_argument, NULL, 'n'},
                                          {"index", required_argument, NULL, 'i'},
                                          {"task", required_argument, NULL, 'T'},
                                          {"prompt", required_argument, NULL, 'P'},
                                          {"tokens", required_argument, NULL, 'N'},
                                          {"temperature", required_argument, NULL, 'x'},
                                          {"top-p", required_argument, NULL, 'p'},
                                          {"seed", required_argument, NULL, 's'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    *a = (arguments){.options = {.results = "results",
                                 .data = "data",
                                 .index = -1,
                                 .generation = {.prompt = "", .tokens = 100, .temperature = 0.8, .top_p = 0.95, .seed = 1}}};
    bora_generation *g = &a->options.generation;
    int c, seed = 1, status = BORA_OK;
    opterr = 0;
    while (!status && (c = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (c == 't') a->options.tier = optarg;
        else if (c == 'r') a->options.results = optarg;
        else if (c == 'd') a->options.data = optarg;
        else if (c == 'n') status = number("--threads", optarg, 1, &a->options.threads, e);
        else if (c == 'i') status = number("--index", optarg, 0, &a->options.index, e);
        else if (c == 'T') g->task = optarg;
        else if (c == 'P') g->prompt = optarg;
        else if (c == 'N') status = number("--tokens", optarg, 0, &g->tokens, e);
        else if (c == 'x') status = real("--temperature", optarg, 0.01, 100, &g->temperature, e);
        else if (c == 'p') status = real("--top-p", optarg, 0, 1, &g->top_p, e);
        else if (c == 's') status = number("--seed", optarg, 0, &seed, e);
        else if (c == 'h') a->help = true;
        else
            status = bora_fail(e, BORA_USAGE, "unknown or incomplete option '%s' (see bora %s --help)",
                               *argv[optind - 1] == '-' ? argv[optind - 1] : argv[optind], argv[0]);
    }
    g->seed = (uint64_t)seed;
    a->rest = optind;
    return status;
}

static int dispatch(int argc, char **argv, bora_error *e) {
    const char *name = argc > 1 ? argv[1] : "";
    if (!strcmp(name, "--help") || !strcmp(name, "-h")) return print_help(stdout, NULL), BORA_OK;
    if (!strcmp(name, "--version")) return printf("%s, numerics version %d\n", PACKAGE_STRING, BORA_NUMERICS_VERSION), BORA_OK;
    const char *names[COMMANDS];
    int i = 0;
    for (int j = 0; j < COMMANDS; j++) names[j] = commands[j].name;
    while (i < COMMANDS && strcmp(name, names[i])) i++;
    if (i == COMMANDS && !*name) return print_help(stderr, NULL), bora_fail(e, BORA_USAGE, "expected a command");
    if (i == COMMANDS)
        return bora_fail(e, BORA_USAGE, "no command '%s'; the nearest is '%s' (see bora --help)", name,
                         bora_nearest(name, names, COMMANDS));
    arguments a;
    int status = parse(argc - 1, argv + 1, &a, e);
    if (status) return status;
    if (a.help) return print_help(stdout, &commands[i]), BORA_OK;
    int n = argc - 1 - a.rest;
    if (n < commands[i].least || n > commands[i].most)
        return bora_fail(e, BORA_USAGE, "usage: bora %s [options] %s", name, commands[i].arguments);
    return commands[i].run(n, argv + 1 + a.rest, &a.options, e);
}

int main(int argc, char **argv) {
    bora_error e = {0};
    int status = dispatch(argc, argv, &e);
    if (!status && (fflush(stdout) || ferror(stdout))) status = bora_fail_errno(&e, "cannot write to standard output");
    if (status && *e.message) fprintf(stderr, "bora: %s\n", e.message);
    return status;
}
