/* test_numbers.c: what a text quotes from tables, character for character, and what is refused. */
#include "stat/stat.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static bora_error error;
static char *folder;

static void set_up(void) { folder = scratch_directory(); }
static void tear_down(void) { remove_directory(folder); }
TestSuite(numbers, .init = set_up, .fini = tear_down);

static char *put(const char *name, const char *text) {
    char *path = bora_format("%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    cr_assert_not_null(f);
    fputs(text, f);
    fclose(f);
    return path;
}

static const char table[] = "method,tau,rate,nll,nll_half_95,sd,half_95,validation,note\n"
                            "base,,,3.5,,,,,no adapter & no prior\n"
                            "bora,100,1e-05,-0.1033,0.0036,0.25,0.5,30.5,\n"
                            "bora,3000,0.001,0.25,0.5,,,29.5,\n"
                            "unified,inf,0.001,0.25,0.125,,,31,one\n"
                            "unified,inf,0.001,0.5,0.125,,,32,one\n";

/* The macros of these rows of a list, without its first line; NULL and a message in `error` if they are refused. */
static char *made(const char *rows) {
    char *text = bora_format("name,table,row,column,form\n%s", rows), *list = put("list.csv", text), *x = put("x.csv", table),
         *y = put("y.csv", "what,value,low_95,high_95\nslope,0.5,0.25,0.75\n"), *tex = bora_format("%s/list.tex", folder),
         *read = NULL;
    size_t size;
    int status = bora_numbers(list, folder, tex, &error);
    cr_assert_eq(bora_exists(tex), !status);
    if (!status) {
        cr_assert_ok(bora_read_file(tex, &read, &size, &error));
        memmove(read, strchr(read, '\n') + 1, strlen(strchr(read, '\n')));
    } else cr_assert_eq(status, BORA_BAD_INPUT);
    remove(tex);
    free(text);
    free(list);
    free(x);
    free(y);
    free(tex);
    return read;
}

static void quoted(const char *row, const char *expected) {
    char *text = made(row), *line = bora_format("%s\n", expected);
    cr_assert(text, "%s: %s", row, error.message);
    cr_assert_str_eq(text, line, "%s: '%s'", row, text);
    free(text);
    free(line);
}

static void refused(const char *rows, const char *message) {
    cr_assert_null(made(rows));
    cr_assert(strstr(error.message, message), "'%s', expected '%s'", error.message, message);
}

Test(numbers, forms) {
    quoted("a,x.csv,method=base,note,text\n", "\\defresult{a}{no adapter \\& no prior}");
    quoted("a,x.csv,method=unified,tau,short\n", "\\defresult{a}{$\\infty$}");
    quoted("a,x.csv,tau=100,rate,short\n", "\\defresult{a}{$1 \\cdot 10^{-5}$}");
    quoted("a,x.csv,method=base,nll,2\n", "\\defresult{a}{3.50}");
    quoted("a,x.csv,tau=100,nll,3\n", "\\defresult{a}{\\ensuremath{-0.103}}");
    quoted("a,x.csv,tau=100,nll,4 half\n", "\\defresult{a}{\\ensuremath{-0.1033 \\pm 0.0036}}");
    quoted("a,x.csv,tau=100,sd,2 half\n", "\\defresult{a}{\\ensuremath{0.25 \\pm 0.50}}"); /* no sd_half_95: half_95 */
    quoted("a,y.csv,what=slope,value,2 half\n",
           "\\defresult{a}{\\ensuremath{0.50 \\pm 0.25}}");            /* from the ends of the interval */
    quoted("a,x.csv,method=base,nll,1 half\n", "\\defresult{a}{3.5}"); /* no spread is known */
    quoted("a,x.csv,tau=100,nll,percent\n", "\\defresult{a}{9.8}");    /* exp(-0.1033) = 0.9019 */
    quoted("a,x.csv,tau=100,rate,p\n", "\\defresult{a}{\\ensuremath{< 0.001}}");
    quoted("a,x.csv,tau=3000,rate,p\n", "\\defresult{a}{\\ensuremath{= 0.001}}");
    quoted("a,x.csv,tau=100,nll,less|same|more\n", "\\defresult{a}{less}");
    quoted("a,x.csv,tau=3000,nll,less|same|more\n", "\\defresult{a}{same}");
    quoted("a,x.csv,method=unified; least nll,nll,less|same|more\n", "\\defresult{a}{more}");
}

Test(numbers, rows) {
    quoted("a,x.csv,method=bora; least validation,tau,0\n", "\\defresult{a}{3000}");
    quoted("a,x.csv,method=bora; most validation,tau,0\n", "\\defresult{a}{100}");
    quoted("a,x.csv,least validation,method,text\n", "\\defresult{a}{bora}"); /* the base has none */
    quoted("a,x.csv,method=unified,note,text\n", "\\defresult{a}{one}");      /* two rows that agree */
    refused("a,x.csv,method=unified,nll,2\n", "list.csv:2: 'method=unified': several rows, which differ");
}

Test(numbers, what_is_not_there_is_told_to_the_text) {
    quoted("a,z.csv,method=bora,nll,2\n", "\\absentresult{a}");
    quoted("a,x.csv,method=ridge,nll,2\n", "\\absentresult{a}");
    quoted("a,x.csv,tau=3000,sd,2\n", "\\absentresult{a}");
    quoted("a,x.csv,method=base; least validation,nll,2\n", "\\absentresult{a}");
    quoted("a,x.csv,method=ridge,nll,2 else none\n", "\\absentresult{a}"); /* not run, and so not known */
    quoted("a,x.csv,tau=3000,sd,2 else no spread\n", "\\defresult{a}{no spread}");
    quoted("a,x.csv,method=base,nll,2 else none\n", "\\defresult{a}{3.50}");
}

Test(numbers, mistakes) {
    refused("a,x.csv,tau=100,nil,2\n", "x.csv:1: no column 'nil'");
    refused("a,x.csv,till=100,nll,2\n", "x.csv:1: no column 'till'");
    refused("a,x.csv,lowest nll,nll,2\n", "list.csv:2: 'lowest nll': expected column=text");
    refused("a,x.csv,tau=100,nll,two\n", "list.csv:2: 'two': expected text, short");
    refused("a,x.csv,tau=100,method,2\n", "x.csv:3: 'bora' in column 'method'");
    refused("a,x.csv,tau=100,nll,2\nb,x.csv,tau=100,nll,3\na,x.csv,tau=100,nll,4\n", "list.csv:4: 'a': named twice");
}
