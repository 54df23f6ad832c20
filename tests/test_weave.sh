#!/bin/sh
# test_weave.sh: the labels of regions in src/, of \woven in paper/ and of tests are the same; paper/weave extracts a region as it stands, and
# names file and line of every mistake.
set -eu
weave=$BORA_SRCDIR/paper/weave
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
die() { echo "test_weave: $*"; cat "$scratch/out"; exit 1; }

"$weave" "$BORA_SRCDIR" "$scratch/regions" >"$scratch/out" 2>&1 || die 'the labels of src/, paper/ and tests/ differ'
grep '^\\defregion' "$scratch/regions/regions.tex" >"$scratch/all" || die 'no woven region'
while IFS='{}' read -r _ label _ file _ line _; do # a region is what the source holds from its first line on, but for the indentation and
    # what aligns the ends of a macro's lines
    sed 's/^ *//' "$scratch/regions/${label#eq:}.c" >"$scratch/region"
    sed 's/^ *//; s/  *\\$/ \\/' "$BORA_SRCDIR/$file" | tail -n "+$line" | head -n "$(wc -l <"$scratch/region")" >"$scratch/out"
    cmp -s "$scratch/region" "$scratch/out" || die "$label is not what $file has from line $line on"
done <"$scratch/all"

mkdir -p "$scratch/s/src/adapt" "$scratch/s/tests" "$scratch/s/paper"
cd "$scratch/s"
restore() {
    printf 'int x;\n    /* [eq:one-a] */\n    if (y) {\n\n        z();\n    }\n    /* [/eq:one-a] */\n' >src/adapt/a.c
    printf '/* [eq:two] */\n#define TWO 2\n/* [/eq:two] */\n' >src/b.h
    printf '/* [eq:one-a] */\nTest(a, one) {}\n\n/* [eq:two] */\nTest(a, two) {}\n' >tests/test_a.c
    printf 'x \\woven{eq:one-a} and \\woven{eq:two}\n' >paper/paper.tex
}
restore
"$weave" . out >"$scratch/out" 2>&1 || die 'sound labels were refused'
printf 'if (y) {\n\n    z();\n}\n' | cmp - out/one-a.c || die 'not the region'
printf '\\defregion{eq:one-a}{src/adapt/a.c}{3}\n\\defregion{eq:two}{src/b.h}{2}\n' | cmp - out/regions.tex || die 'not the list of regions'

refused() { # what must be told, a line each
    status=0
    "$weave" . >"$scratch/out" 2>&1 || status=$?
    test $status = 1 || die "expected exit 1, got $status"
    for line; do grep -qxF -- "$line" "$scratch/out" || die "expected '$line'"; done
    test "$(wc -l <"$scratch/out")" = $# || die "expected $# lines"
    restore
}
sed '$d' src/adapt/a.c >x && mv x src/adapt/a.c
refused 'src/adapt/a.c:2: region eq:one-a is not closed'
sed '4s/.*/\/* [eq:three] *\//' src/adapt/a.c >x && mv x src/adapt/a.c
refused 'src/adapt/a.c:4: region eq:three inside region eq:one-a'
sed '2d' src/adapt/a.c >x && mv x src/adapt/a.c
refused 'src/adapt/a.c:6: region eq:one-a is closed and not open' 'paper/paper.tex:1: eq:one-a is in no file of src/' \
    'tests/test_a.c:1: eq:one-a is in no file of src/'
cp src/b.h src/c.h
refused 'src/c.h:1: eq:two again: it is in src/b.h:1'
rm src/c.h
printf '/* [eq:two] */\nint f(void) {\n}\n\nint g;\n/* [/eq:two] */\n' >src/b.h
refused 'src/b.h:4: region eq:two goes on after the end of its function'
sed 2d src/b.h >x && mv x src/b.h
refused 'src/b.h:2: region eq:two is empty'
printf 'int a; /* [eq:four] */\n' >>src/b.h
refused 'src/b.h:4: a label stands alone on its line, as /* [eq:name] */ or /* [/eq:name] */, name of a-z, 0-9 and -'
printf '/* [eq:four] */\nint a;\n/* [/eq:four] */\n' >>src/b.h
refused 'src/b.h:4: eq:four is in no file of paper/' 'src/b.h:4: eq:four is in no file of tests/'
echo '\woven{eq:five} \woven{eq:two}' >>paper/paper.tex
refused 'paper/paper.tex:2: eq:two again: it is in paper/paper.tex:1' 'paper/paper.tex:2: eq:five is in no file of src/' \
    'paper/paper.tex:2: eq:five is in no file of tests/'
printf '/* [eq:two] */\nTest(a, three) {}\n' >>tests/test_a.c
refused 'tests/test_a.c:6: eq:two again: it is in tests/test_a.c:4'
sed 2d tests/test_a.c >x && mv x tests/test_a.c
refused 'tests/test_a.c:1: expected a Test( on the next line'
printf 'Test(a, two) {}\n/* [eq:two] */\n' >tests/test_a.c
refused 'tests/test_a.c:2: expected a Test( on the next line' 'paper/paper.tex:1: eq:one-a is in no file of tests/' \
    'src/adapt/a.c:2: eq:one-a is in no file of tests/'
status=0
"$weave" src >"$scratch/out" 2>&1 || status=$?
test $status = 3 && grep -q "no 'src/src'" "$scratch/out" || die 'a folder without sources was taken'
