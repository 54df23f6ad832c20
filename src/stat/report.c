/* report.c: `bora report`: all tables and plotted numbers of one experiment's folder, and a sentence on what cannot be made of
 * it. */
#include "stat/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A skipped file of an earlier report would pass for one of this. */
static int skip(const char *csv, const char *what, const char *name, bora_error *e) {
    if (*e->message) printf("  no %s %s: %s\n", what, name, e->message);
    if (bora_exists(csv) && unlink(csv)) return bora_fail_errno(e, "cannot remove '%s'", csv);
    return BORA_OK;
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
    else if (!status && bora_exists(tex) && unlink(tex)) status = bora_fail_errno(e, "cannot remove '%s'", tex);
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
    if (one && listed(x->name, figures, n)) status = write_csv(s, csv, "figure", x, &written, e);
    else if (bora_exists(csv) && unlink(csv)) status = bora_fail_errno(e, "cannot remove '%s'", csv);
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

/* The experiment beside another, in the folder next to it, if it has been run. */
static int read_beside(const char *directory, const char *beside, bora_summary *other, bora_error *e) {
    char *folder = bora_format("%s/../%s", directory, beside), *index = bora_format("%s/runs.csv", folder);
    int status = BORA_OK;
    if (bora_exists(index)) status = bora_summary_read(other, folder, e);
    else printf("  no results of '%s', which the figures would show too\n", beside);
    free(folder);
    free(index);
    return status;
}

static int report(const char *directory, const char *const *figures, int n, const char *beside, bora_error *e) {
    for (int i = 0; i < n; i++) {
        const bora_named_writer *f = bora_figures;
        while (f->name && strcmp(f->name, figures[i])) f++;
        if (!f->name) return bora_fail(e, BORA_BAD_INPUT, "no figure is called '%s'", figures[i]);
    }
    bora_summary s, other = {0};
    int status = bora_summary_read(&s, directory, e);
    if (status) return status;
    printf("%s: %d run%s of %d tasks\n", directory, s.made, s.made > 1 ? "s" : "", s.D);
    if (beside) status = read_beside(directory, beside, &other, e);
    if (other.n) s.beside = &other;
    if (!status) status = make_folders(directory, e);
    if (!status) status = write_blocks(&s, e);
    for (const bora_named_writer *t = bora_tables; !status && t->name; t++) status = write_table(&s, t, e);
    for (const bora_named_writer *f = bora_figures; !status && f->name; f++) status = write_figure(&s, f, figures, n, e);
    if (!status) status = print_settings(&s, e);
    if (!status) status = bora_print_contrasts(&s, e);
    bora_summary_free(&s);
    bora_summary_free(&other);
    return status;
}

/* The lines of a plan, cut in place: names of figures on lines `figure <name>`, an experiment on a line `beside <name>`.
 * Returns how many figures. */
static int read_plan(char *text, const char **figures, int most, const char **beside) {
    int n = 0;
    char *rest = NULL;
    for (char *line = strtok_r(text, "\r\n", &rest); line && n < most; line = strtok_r(NULL, "\r\n", &rest)) {
        if (!strncmp(line, "figure ", strlen("figure "))) figures[n++] = line + strlen("figure ");
        if (!strncmp(line, "beside ", strlen("beside "))) *beside = line + strlen("beside ");
    }
    return n;
}

int bora_report(const char *directory, bora_error *e) {
    enum { MOST = 64 };
    const char *names[MOST], *beside = NULL;
    char *plan = bora_format("%s/plan.txt", directory), *text = NULL;
    size_t size;
    int n = 0, status = bora_exists(plan) ? bora_read_file(plan, &text, &size, e) : BORA_OK;
    if (!status && text) n = read_plan(text, names, MOST, &beside);
    if (!status) status = report(directory, names, n, beside, e);
    free(text);
    free(plan);
    return status;
}
