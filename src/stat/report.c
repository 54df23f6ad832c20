/* report.c: `bora report`: all tables and plotted numbers of one experiment's folder, and a sentence on what cannot be made of
 * it. */
#include "stat/summary.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A skipped file of an earlier report would pass for one of this. */
static int remove_earlier(const char *path, bora_error *e) {
    return bora_exists(path) && unlink(path) ? bora_fail_errno(e, "cannot remove '%s'", path) : BORA_OK;
}

static int skip(const char *csv, const char *what, const char *name, bora_error *e) {
    if (*e->message) printf("  no %s %s: %s\n", what, name, e->message);
    return remove_earlier(csv, e);
}

/* Rows of one setting's table, its values put before each; the header only once, and the same for all. */
static int put_rows(const bora_summary *part, const char *text, char **header, FILE *out, bora_error *e) {
    size_t length = strcspn(text, "\n");
    if (!*header) {
        *header = bora_format("%.*s", (int)length, text);
        bora_put_keys(out, part);
        fprintf(out, "%s\n", *header);
    } else if (strlen(*header) != length || strncmp(*header, text, length))
        return bora_fail(e, BORA_SKIPPED, "its columns differ between settings of %s", part->keys[0]);
    bool quoted = false, begins = true;
    for (const char *c = text + length + (text[length] == '\n'); *c; c++) {
        if (begins) bora_put_values(out, part, part->runs);
        quoted = quoted != (*c == '"');
        begins = *c == '\n' && !quoted;
        fputc(*c, out);
    }
    return BORA_OK;
}

/* The writer's table for each setting, one below the other; those that have none are left out. */
static int write_settings(const bora_summary *s, const bora_named_writer *x, FILE *out, bora_error *e) {
    int status = BORA_OK, written = 0;
    char *header = NULL;
    for (int i = 0; !status && i < s->settings; i++) {
        bora_summary part = bora_summary_of_setting(s, i);
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);
        if (!f) abort();
        int one = x->write(&part, f, e);
        if (fclose(f) || !text) abort();
        if (!one) status = put_rows(&part, text, &header, out, e), written++;
        else if (one != BORA_SKIPPED) status = one;
        free(text);
    }
    free(header);
    return !status && !written ? BORA_SKIPPED : status;
}

static int write_csv(const bora_summary *s, const char *csv, const char *what, const bora_named_writer *x, bool *written,
                     bora_error *e) {
    bora_writer w;
    if (bora_signalled()) return bora_fail(e, bora_signalled(), "interrupted before '%s'", csv);
    FILE *out = bora_create(&w, csv, e);
    bool each = s->settings > 1 && !x->by_setting;
    int status = !out ? e->status : each ? write_settings(s, x, out, e) : x->write(s, out, e);
    *written = !status;
    if (!status) return bora_commit(&w, e);
    if (out) bora_abandon(&w);
    return status == BORA_SKIPPED ? skip(csv, what, x->name, e) : status;
}

static int write_table(const bora_summary *s, const bora_named_writer *x, bora_error *e) {
    char *csv = bora_format("%s/tables/%s.csv", s->directory, x->name),
         *tex = bora_format("%s/tables/%s.tex", s->directory, x->name);
    bool written = false;
    int status = write_csv(s, csv, "table", x, &written, e);
    if (!status && written) status = bora_tex_write(csv, tex, e);
    else if (!status) status = remove_earlier(tex, e);
    free(csv);
    free(tex);
    return status;
}

/* Without a list, all are. */
static bool listed(const char *name, const char *const *figures, int n) {
    for (int i = 0; i < n; i++)
        if (!strcmp(figures[i], name)) return true;
    return n == 0;
}

static int write_figure(const bora_summary *s, const bora_named_writer *x, const char *const *figures, int n, bora_error *e) {
    char *csv = bora_format("%s/figures/%s.csv", s->directory, x->name);
    bool written;
    int status = BORA_OK;
    bool one = s->settings == 1 || x->by_setting; /* a figure shows one setting, or all on purpose */
    bool wanted = listed(x->name, figures, n), by_name = wanted && n > 0;
    if (wanted && one) status = write_csv(s, csv, "figure", x, &written, e);
    else if (!by_name) status = remove_earlier(csv, e);
    else {
        bora_fail(e, BORA_SKIPPED, "it shows one setting, here are %d", s->settings);
        status = skip(csv, "figure", x->name, e);
    }
    free(csv);
    return status;
}

/* From the runs' documents.csv; the committed results have the sums only, which then stay as they are. */
static int write_blocks(const bora_summary *s, bora_error *e) {
    const bora_named_writer blocks[] = {{bora_blocks_files[BORA_AT_COMMON], bora_blocks, true},
                                        {bora_blocks_files[BORA_AT_TASK], bora_blocks_task, true}};
    char *documents = bora_format("%s/%s/documents.csv", s->directory, s->runs[0].name);
    bool written;
    int status = BORA_OK;
    for (int i = 0; !status && i < 2 && bora_exists(documents); i++) {
        char *csv = bora_format("%s/%s", s->directory, blocks[i].name);
        status = write_csv(s, csv, "file", &blocks[i], &written, e);
        free(csv);
    }
    free(documents);
    return status;
}

static int make_folders(const char *directory, bora_error *e) {
    char *tables = bora_format("%s/tables", directory), *figures = bora_format("%s/figures", directory);
    int status = bora_make_directories(tables, e);
    if (!status) status = bora_make_directories(figures, e);
    free(tables);
    free(figures);
    return status;
}

/* The headline on standard output, a line a cell; of several learning rates at one tau the validation, on which one is chosen.
 */
static int print_cells(const bora_summary *s, bora_error *e) {
    bora_cell *cells;
    bora_spread p;
    bora_of of = BORA_OF_TEST;
    int n, status = bora_cells(s, true, false, &cells, &n, e);
    if (status == BORA_SKIPPED) {
        of = BORA_OF_VALIDATION;
        status = bora_cells(s, true, true, &cells, &n, e);
    }
    if (status) return status == BORA_SKIPPED ? BORA_OK : status; /* the tables have said so */
    if (s->base.outcomes && s->runs[0].setting == 0)
        printf("  base without adapters                              %s perplexity %7.3f\n",
               of == BORA_OF_TEST ? "test" : "validation", bora_perplexity(s, &s->base, BORA_AT_COMMON, of));
    for (int c = 0; !status && c < n; c++) {
        status = bora_spread_of_cell(s, &cells[c], bora_perplexity, BORA_AT_COMMON, of, &p, e);
        if (status) break;
        printf("  %-11s tau %-7g rank %-3g learning rate %-7g %s perplexity %7.3f", cells[c].runs[0].method, cells[c].tau,
               cells[c].rank, cells[c].learning_rate, of == BORA_OF_TEST ? "test" : "validation", p.mean);
        if (p.n > 1) printf(", sd over %d seeds %.3f", p.n, p.sd);
        printf("\n");
    }
    free(cells);
    return status;
}

/* Of several settings each under a line of its values. */
static int print_settings(const bora_summary *s, bora_error *e) {
    int status = BORA_OK;
    for (int i = 0; !status && i < s->settings; i++) {
        bora_summary part = bora_summary_of_setting(s, i);
        if (s->settings > 1) bora_name_setting(stdout, &part);
        status = print_cells(&part, e);
    }
    return status;
}

/* What a plan names. */
typedef struct {
    const char *figures[64], *beside[8];
    int n_figures, n_beside;
} named;

/* The experiments beside, in the folders next to it, as far as they have been run, into s->beside. */
static int read_beside(bora_summary *s, const named *plan, bora_summary *others, bora_error *e) {
    int status = BORA_OK;
    s->beside = others;
    for (int i = 0; !status && i < plan->n_beside; i++) {
        char *folder = bora_format("%s/../%s", s->directory, plan->beside[i]), *index = bora_format("%s/runs.csv", folder);
        if (!bora_exists(index)) printf("  no results of '%s', which the figures would show too\n", plan->beside[i]);
        else if (!(status = bora_summary_read(&others[s->n_beside], folder, e))) s->n_beside++;
        free(folder);
        free(index);
    }
    return status;
}

static int report(const char *directory, const named *plan, bora_error *e) {
    for (int i = 0; i < plan->n_figures; i++) {
        const bora_named_writer *f = bora_figures;
        while (f->name && strcmp(f->name, plan->figures[i])) f++;
        if (!f->name) return bora_fail(e, BORA_BAD_INPUT, "no figure is called '%s'", plan->figures[i]);
    }
    bora_summary s, others[sizeof plan->beside / sizeof *plan->beside];
    int status = bora_summary_read(&s, directory, e);
    if (status) return status;
    printf("%s: %d run%s of %d tasks\n", directory, s.made, s.made > 1 ? "s" : "", s.D);
    status = read_beside(&s, plan, others, e);
    if (!status) status = make_folders(directory, e);
    if (!status) status = write_blocks(&s, e);
    for (const bora_named_writer *t = bora_tables; !status && t->name; t++) status = write_table(&s, t, e);
    for (const bora_named_writer *f = bora_figures; !status && f->name; f++)
        status = write_figure(&s, f, plan->figures, plan->n_figures, e);
    if (!status) status = print_settings(&s, e);
    if (!status) status = bora_print_contrasts(&s, stdout, e);
    while (s.n_beside) bora_summary_free(&others[--s.n_beside]);
    bora_summary_free(&s);
    return status;
}

/* The name on a line `<what> <name>`, if it is one and there is room. */
static void read_line(const char *line, const char *what, const char **names, int *n, int most) {
    size_t length = strlen(what);
    if (!strncmp(line, what, length) && line[length] == ' ' && *n < most) names[(*n)++] = line + length + 1;
}

int bora_report(const char *directory, bora_error *e) {
    named plan = {0};
    char *path = bora_format("%s/plan.txt", directory), *text = NULL, *rest = NULL;
    size_t size;
    int status = bora_exists(path) ? bora_read_file(path, &text, &size, e) : BORA_OK;
    for (char *line = text ? strtok_r(text, "\r\n", &rest) : NULL; line; line = strtok_r(NULL, "\r\n", &rest)) {
        read_line(line, "figure", plan.figures, &plan.n_figures, sizeof plan.figures / sizeof *plan.figures);
        read_line(line, "beside", plan.beside, &plan.n_beside, sizeof plan.beside / sizeof *plan.beside);
    }
    if (!status) status = report(directory, &plan, e);
    free(text);
    free(path);
    return status;
}
