/* test_pretokenize.c: pieces of text by GPT-2's pattern: splits made by hand, a twin that tries the pattern's alternatives one
 * by one, bytes that are not UTF-8, long runs. */
#include "test.h"
#include "text/internal.h"

#include <stdlib.h>
#include <string.h>

/* `pieces`: the pieces of text, each followed by '|'. */
static void expect(const char *text, size_t size, const char *pieces) {
    char got[512];
    size_t n = 0;
    for (size_t at = 0, length; at < size; at += length) {
        length = bora_next_piece(text + at, size - at);
        cr_assert(length > 0 && length <= size - at);
        memcpy(got + n, text + at, length);
        n += length;
        got[n++] = '|';
    }
    cr_expect(n == strlen(pieces) && !memcmp(got, pieces, n), "expected %s, got %.*s", pieces, (int)n, got);
}
#define EXPECT(text, pieces) expect(text, sizeof(text) - 1, pieces)

Test(pretokenize, words_and_spaces) {
    EXPECT("", "");
    EXPECT("a  b", "a| | b|");
    EXPECT("   ", "   |");
    EXPECT("   a", "  | a|");
    EXPECT("x\n\n y", "x|\n\n| y|");
    EXPECT("x\n\ny", "x|\n|\n|y|");
    EXPECT("x \n", "x| \n|");
    EXPECT("a\tb", "a|\t|b|");
    EXPECT("a\v\f\r\nb", "a|\v\f\r|\n|b|");
    EXPECT("Hello, world 2024!", "Hello|,| world| 2024|!|");
    EXPECT("abc123...x", "abc|123|...|x|");
    EXPECT(" ?? ", " ??| |");
}

Test(pretokenize, contractions) {
    EXPECT("DON'T", "DON|'|T|");
    EXPECT("don't we'll I'm you're they've he'd it's", "don|'t| we|'ll| I|'m| you|'re| they|'ve| he|'d| it|'s|");
    EXPECT("'sea", "'s|ea|");
    EXPECT(" 's", " '|s|");
    EXPECT("!'s", "!'|s|");
    EXPECT("''s", "''|s|");
    EXPECT("'", "'|");
    EXPECT("'r", "'|r|");
}

Test(pretokenize, unicode) {
    EXPECT("\u00a0x", "\u00a0|x|"); /* a no-break space is white space, but no word takes it along */
    EXPECT("a\u3000 b", "a|\u3000| b|");
    EXPECT("a\xc2\x85 b", "a|\xc2\x85| b|"); /* U+0085 */
    EXPECT("a\u180e.b", "a|\u180e.|b|");     /* U+180E, U+FEFF and 0x1c..0x1f are no white space: symbols */
    EXPECT("\ufeff!a", "\ufeff!|a|");
    EXPECT("a \x1c\x1f!", "a| \x1c\x1f!|");
    EXPECT("½ ²", "½| ²|");
    EXPECT("æøå Sjøli", "æøå| Sjøli|");
    EXPECT("e\u0301a", "e|\u0301|a|"); /* a combining mark is no letter */
    EXPECT("１２３ ٣٤", "１２３| ٣٤|");
    EXPECT("日本語。", "日本語|。|");
    EXPECT("\U0001d400\U00020000\U0001f600!", "\U0001d400\U00020000|\U0001f600!|");
    EXPECT("Ⅷ〇一", "Ⅷ〇|一|"); /* letter-like numbers, then a letter */
}

Test(pretokenize, bytes_that_are_not_utf8) { /* each is a symbol of its own */
    cr_expect_eq(bora_next_piece("\0\0a", 3), 2);
    EXPECT("a\xff\xfe z", "a|\xff\xfe| z|");
    EXPECT("a\xc3", "a|\xc3|");      /* cut off */
    EXPECT("a\xc3 b", "a|\xc3| b|"); /* its second byte is missing */
    EXPECT("\xe6\x97x", "\xe6\x97|x|");
    EXPECT("\xc0\xa0x", "\xc0\xa0|x|"); /* overlong: no space */
    EXPECT("!\xe0\x80\xa0x", "!\xe0\x80\xa0|x|");
    EXPECT("!\xf8\x80\x80\xa0x", "!\xf8\x80\x80\xa0|x|");
    EXPECT("\xed\xa0\x80x", "\xed\xa0\x80|x|");         /* a surrogate */
    EXPECT("\xf4\x90\x80\x80x", "\xf4\x90\x80\x80|x|"); /* above U+10FFFF */
}

/* The twin: the same pattern on characters whose class is written here, one alternative after another. */
enum { LETTER, NUMBER, SPACE, SYMBOL };
static const struct {
    const char *bytes;
    int class;
} alphabet[] = {{"a", LETTER},     {"Z", LETTER},    {"s", LETTER},    {"l", LETTER},   {"é", LETTER}, {"語", LETTER},
                {"0", NUMBER},     {"²", NUMBER},    {" ", SPACE},     {" ", SPACE},    {"\n", SPACE}, {"\u00a0", SPACE},
                {"\u2003", SPACE}, {"'", SYMBOL},    {"'", SYMBOL},    {".", SYMBOL},   {"_", SYMBOL}, {"\u0301", SYMBOL},
                {"\xff", SYMBOL},  {"\x80", SYMBOL}, {"\xc0", SYMBOL}, {"\x01", SYMBOL}};
enum { CHARACTERS = sizeof alphabet / sizeof *alphabet, LENGTH = 40 };

static int run(const int *c, int at, int n, int class) {
    while (at < n && alphabet[c[at]].class == class) at++;
    return at;
}

static int twin(const int *c, int n) { /* how many characters the first piece has */
    static const char *const contractions[] = {"s", "t", "re", "ve", "m", "ll", "d"};
    for (size_t i = 0; i < sizeof contractions / sizeof *contractions; i++) {
        bool same = *alphabet[c[0]].bytes == '\'';
        for (int j = 0; same && contractions[i][j]; j++) same = 1 + j < n && *alphabet[c[1 + j]].bytes == contractions[i][j];
        if (same) return 1 + (int)strlen(contractions[i]);
    }
    static const int classes[] = {LETTER, NUMBER, SYMBOL};
    for (int i = 0; i < 3; i++)
        for (int skip = *alphabet[c[0]].bytes == ' '; skip >= 0; skip--) {
            int end = run(c, skip, n, classes[i]);
            if (end > skip) return end;
        }
    int end = run(c, 0, n, SPACE);
    for (int to = end; to > 0; to--)
        if (to == n || alphabet[c[to]].class == SPACE) return to;
    return end;
}

Test(pretokenize, agrees_with_a_twin) {
    uint64_t draw = 0;
    for (int trial = 0; trial < 20000; trial++) {
        int c[LENGTH], n = 1 + trial % LENGTH;
        char text[4 * LENGTH];
        size_t ends[LENGTH + 1] = {0};
        for (int i = 0; i < n; i++) {
            c[i] = (int)bora_below(CHARACTERS, 1, BORA_FOR_TESTS, draw++);
            size_t bytes = strlen(alphabet[c[i]].bytes);
            memcpy(text + ends[i], alphabet[c[i]].bytes, bytes);
            ends[i + 1] = ends[i] + bytes;
        }
        for (int at = 0, length; at < n; at += length) {
            length = twin(c + at, n - at);
            cr_assert_eq(bora_next_piece(text + ends[at], ends[n] - ends[at]), ends[at + length] - ends[at],
                         "trial %d, character %d of '%.*s'", trial, at, (int)ends[n], text);
        }
    }
}

Test(pretokenize, long_runs) {
    size_t n = 1000000;
    char *text = malloc(n);
    memset(text, 'a', n);
    cr_expect_eq(bora_next_piece(text, n), n);
    memset(text, 0xff, n);
    cr_expect_eq(bora_next_piece(text, n), n);
    memset(text, ' ', n);
    cr_expect_eq(bora_next_piece(text, n), n);
    text[n - 1] = 'x';
    cr_expect_eq(bora_next_piece(text, n), n - 2);
    free(text);
}
