/* pretokenize.c: GPT-2's cutting of text into pieces, inside which byte pairs may merge:
 *   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+          (the leftmost alternative wins)
 * White space is the property White_Space, letters and numbers are the categories L* and N*, of the Unicode version named in
 * unicode_tables.h. A byte that is not UTF-8 counts as a symbol of its own. */
#include "text/internal.h"
#include "text/unicode_tables.h"

#include <string.h>

typedef enum { LETTER, NUMBER, SPACE, SYMBOL } class;

static bool within(const uint32_t (*ranges)[2], size_t n, uint32_t code) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (code > ranges[middle][1]) low = middle + 1;
        else high = middle;
    }
    return low < n && code >= ranges[low][0];
}

static class class_of(uint32_t c) {
    if (within(unicode_spaces, sizeof unicode_spaces / sizeof *unicode_spaces, c)) return SPACE;
    if (within(unicode_letters, sizeof unicode_letters / sizeof *unicode_letters, c)) return LETTER;
    if (within(unicode_numbers, sizeof unicode_numbers / sizeof *unicode_numbers, c)) return NUMBER;
    return SYMBOL;
}

/* The class of the character at the start, and how many bytes it has. */
static class next_class(const char *text, size_t size, size_t *bytes) {
    const unsigned char *s = (const unsigned char *)text;
    *bytes = 1;
    if (s[0] < 0x80) {
        unsigned char lower = s[0] | 0x20;
        if (lower >= 'a' && lower <= 'z') return LETTER;
        if (s[0] >= '0' && s[0] <= '9') return NUMBER;
        return s[0] == ' ' || (s[0] >= '\t' && s[0] <= '\r') ? SPACE : SYMBOL;
    }
    size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || n > size) return SYMBOL;
    uint32_t code = s[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80) return SYMBOL;
        code = code << 6 | (s[i] & 0x3f);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < least[n]) return SYMBOL; /* overlong; surrogates and codes above U+10FFFF have no class, so are symbols anyway */
    *bytes = n;
    return class_of(code);
}

static size_t contraction(const char *text, size_t size) {
    static const char *const all[] = {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (size >= strlen(all[i]) && !memcmp(text, all[i], strlen(all[i]))) return strlen(all[i]);
    return 0;
}

size_t bora_next_piece(const char *text, size_t size) {
    size_t bytes, n = *text == '\'' ? contraction(text, size) : 0;
    if (n) return n;
    size_t at = *text == ' ' && size > 1 ? 1 : 0;
    class first = next_class(text + at, size - at, &bytes);
    if (first == SPACE) { /* white space that no word takes along */
        size_t last = 0, end = 0;
        while (end < size && next_class(text + end, size - end, &bytes) == SPACE) last = end, end += bytes;
        return end == size || last == 0 ? end : last; /* the last one goes with what follows, unless it is alone */
    }
    while (at < size && next_class(text + at, size - at, &bytes) == first) at += bytes;
    return at;
}
