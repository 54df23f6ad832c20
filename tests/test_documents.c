/* test_documents.c: from a source to the list of documents and back: what a reader of the CSV finds is the text, byte for byte.
 */
#include "test.h"
#include "text/text.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

static bora_error error;
static char task[] = "Smith, \"Ann\"", group_a[] = " 1861", group_b[] = "a\nb";
static char text_a[] =
    "He said \"no.\" \"Yes!\" (so.) Then,\r\n\tand without a stop \xe2\x80\x9cthere.\xe2\x80\x9d  It is 3.5 o'clock? ";
static char text_b[] =
    "\xff\xfe no UTF-8\x02. averylongsentencewithoutanyspacethatmustbecutintopiecesasitisfarlongerthanT. End";
static bora_passage passages[] = {{task, group_a, text_a, sizeof text_a - 1}, {task, group_b, text_b, sizeof text_b - 1}};
static const bora_source source = {passages, 2};
static bora_tokenizer *tokenizer;

static void set_up(void) {
    const char *texts[] = {text_a};
    size_t sizes[] = {sizeof text_a - 1};
    cr_assert_ok(bora_tokenizer_train(&tokenizer, texts, sizes, 1, 260, &error));
}
static void tear_down(void) { bora_tokenizer_free(tokenizer); }
TestSuite(documents, .init = set_up, .fini = tear_down);

typedef struct {
    int column, row;
    const bora_corpus *c;
    char joined[2][256];
    size_t n[2];
    int document, group;
} listing;

static void on_field(void *data, size_t size, void *context) {
    listing *l = context;
    const bora_task *t = &l->c->tasks[0];
    if (l->row == 0) {
        static const char *const names[] = {"task", "split", "document", "group", "tokens", "text"};
        cr_assert_str_eq((char *)data, names[l->column]);
    } else if (l->column == 0) cr_assert_str_eq((char *)data, task);
    else if (l->column == 1) cr_assert_str_eq((char *)data, "train");
    else if (l->column == 2) {
        l->document = atoi(data);
        l->group = t->documents[l->document].group;
        cr_assert_eq(l->document, l->row - 1);
    } else if (l->column == 3) cr_assert_str_eq((char *)data, l->group ? group_b : group_a);
    else if (l->column == 4) {
        const bora_document *x = &t->documents[l->document];
        char *at = data;
        for (int i = 0; i < x->n; i++) cr_assert_eq(strtol(at, &at, 10), l->c->tokens[x->first + (size_t)i]);
        cr_assert_eq(*at, 0);
    } else {
        memcpy(l->joined[l->group] + l->n[l->group], data, size);
        l->n[l->group] += size;
    }
    l->column++;
}

static void on_row(int end, void *context) {
    listing *l = context;
    (void)end;
    cr_assert_eq(l->column, 6);
    l->column = 0;
    l->row++;
}

Test(documents, the_list_read_back_is_the_text) {
    bora_corpus c;
    bora_selection s;
    char *text;
    size_t size;
    cr_assert_ok(bora_corpus_build(&c, &source, tokenizer, 16, BORA_TASKS_ALL, 0, NULL, 0, &error));
    cr_assert_eq(c.tasks[0].n_groups, 2);
    /* nothing to split: all are training documents, and parts without documents are not drawn but made here */
    s = (bora_selection){.n = {c.tasks[0].n, 0, 0}};
    s.documents[0] = calloc(c.tasks[0].n, sizeof *s.documents[0]);
    for (size_t i = 0; i < c.tasks[0].n; i++) s.documents[0][i] = i;
    FILE *f = open_memstream(&text, &size);
    cr_assert_ok(bora_documents_write(&c, &s, tokenizer, f, &error));
    fclose(f);
    listing l = {.c = &c};
    struct csv_parser parser;
    csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL);
    cr_assert_eq(csv_parse(&parser, text, size, on_field, on_row, &l), size);
    cr_assert_eq(csv_fini(&parser, on_field, on_row, &l), 0);
    csv_free(&parser);
    cr_assert_eq((size_t)l.row, c.tasks[0].n + 1);
    for (int g = 0; g < 2; g++) {
        cr_assert_eq(l.n[g], passages[g].size);
        cr_assert_arr_eq(l.joined[g], passages[g].text, passages[g].size);
    }
    free(text);
    bora_selections_free(&s, 1);
    bora_corpus_free(&c);
}

/* The first document of a text cut with T tokens a document. */
static void begins_with(char *text, int T, const char *expected) {
    bora_passage passage = {task, group_a, text, strlen(text)};
    bora_corpus c;
    char *found;
    size_t size;
    cr_assert_ok(bora_corpus_build(&c, &(bora_source){&passage, 1}, tokenizer, T, BORA_TASKS_ALL, 0, NULL, 0, &error));
    cr_assert_ok(bora_decode(tokenizer, c.tokens, (size_t)c.tasks[0].documents[0].n, &found, &size, &error));
    cr_assert_str_eq(found, expected, "'%s' instead of '%s', with %d", found, expected, T);
    free(found);
    bora_corpus_free(&c);
}

static int tokens_of(const char *text) {
    bora_token *tokens = NULL;
    size_t n = 0, capacity = 0;
    cr_assert_ok(bora_encode(tokenizer, text, strlen(text), &tokens, &n, &capacity, &error));
    free(tokens);
    return (int)n;
}

Test(documents, sentences_end_behind_quotes_and_brackets) {
    static const char *const sentences[] = {"No.",
                                            "He said \"no.\"",
                                            "Yes!'",
                                            "(So?)",
                                            "[So.]",
                                            "\xe2\x80\x9cSo.\xe2\x80\x9d",
                                            "So.\xe2\x80\x99",
                                            "\"No\".",
                                            "He \"said.\")'",
                                            "Oh...",
                                            "It is 3.5 and A.B, no stop."};
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
        char *text = bora_format("%s and more", sentences[i]);
        begins_with(text, tokens_of(sentences[i]) + 1, sentences[i]); /* what did not end here would go on by one token */
        free(text);
    }
}

Test(documents, whole_sentences_while_they_fit) {
    char text[] = "One and two. Three? A fourth one that is long! Five.";
    int first = tokens_of("One and two."), second = tokens_of(" Three?"), third = tokens_of(" A fourth one that is long!");
    begins_with(text, first + second + third + 100, text);
    begins_with(text, first + second + third, "One and two. Three? A fourth one that is long!");
    begins_with(text, first + second + third - 1, "One and two. Three?");
    begins_with(text, first + second, "One and two. Three?");
    begins_with(text, first + second - 1, "One and two.");
}

Test(documents, an_unknown_task_is_answered_with_the_nearest) {
    char names[][32] = {"Abraham Lincoln", "Andrew Johnson", "George Bush", "George W Bush", "Lyndon B Johnson"}, word[] = "a";
    bora_passage all[5];
    bora_corpus c;
    static const char *const asked[][2] = {{"Lincon", "Abraham Lincoln"},
                                           {"Georg Bush", "George Bush"},
                                           {"lyndon johnson", "Lyndon B Johnson"},
                                           {"Bush", "George Bush"},
                                           {"George W. Bush", "George W Bush"}};
    for (int i = 0; i < 5; i++) all[i] = (bora_passage){names[i], word, word, 1};
    for (int i = 0; i < 5; i++) {
        const char *wanted[] = {"George Bush", asked[i][0]};
        char *expected =
            bora_format("no task '%s' among the 5 of the data (data.names); the nearest is '%s'", asked[i][0], asked[i][1]);
        cr_assert_eq(bora_corpus_build(&c, &(bora_source){all, 5}, tokenizer, 16, BORA_TASKS_NAMED, 0, wanted, 2, &error),
                     BORA_BAD_INPUT);
        cr_assert_str_eq(error.message, expected);
        cr_assert_null(c.tasks);
        free(expected);
    }
}

Test(documents, tasks_with_as_much_text_are_chosen_by_name) {
    char names[][4] = {"c", "a", "b", "d"}, word[] = "aa";
    bora_passage all[4];
    bora_corpus c;
    for (int i = 0; i < 4; i++) all[i] = (bora_passage){names[i], word, word, i == 3 ? 1 : 2};
    cr_assert_ok(bora_corpus_build(&c, &(bora_source){all, 4}, tokenizer, 16, BORA_TASKS_MOST_TEXT, 2, NULL, 0, &error));
    cr_assert_eq(c.D, 2);
    cr_assert_str_eq(c.tasks[0].name, "a");
    cr_assert_str_eq(c.tasks[1].name, "b");
    bora_corpus_free(&c);
}
