#!/bin/sh
# test_labs.sh: every lab of paper/course.tex fails with its skeleton as given, passes with the project's own regions put back, and leaves a student's
# work alone; its skeleton differs from the source in its regions only; its experiment file is sound. It takes the compiler's flags from `make lab`.
set -eu
test -e libtest.a || { echo 'the labs are checked by Criterion, which is not installed (Debian: libcriterion-dev)'; exit 77; }
unset MAKEFLAGS MAKELEVEL MFLAGS
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
die() { cat "$scratch/said"; echo "test_labs: lab $n $*"; exit 1; }
lab() { make -s lab N="$n" LABS="$scratch" >"$scratch/said" 2>&1; }
for n in 1 2 3 4 5; do
    "$BORA" check "$BORA_SRCDIR/experiments/labs/$n.yaml" >"$scratch/said" 2>&1 || die 'has no sound experiment'
    if lab; then die 'passes as given'; fi
    grep -q "^lab $n (.*): not passed yet, [1-9]" "$scratch/said" || die 'as given does not say that it is not passed'
    (cd "$scratch/$n" && find . -name '*.[ch]') >"$scratch/files"
    while read -r file; do
        grep -q '/\* yours \*/' "$scratch/$n/$file" || die "has nothing to write in $file"
        diff "$BORA_SRCDIR/src/$file" "$scratch/$n/$file" | grep '^>' | grep -v '/\* yours \*/\|^>     return (.*){0};' && die "changes $file elsewhere"
        cp "$BORA_SRCDIR/src/$file" "$scratch/$n/$file"
    done <"$scratch/files"
    lab || die "does not pass with the project's own regions"
    grep -q "^lab $n (.*): passed, [1-9]" "$scratch/said" || die 'does not say that it is passed'
    while read -r file; do
        cmp "$BORA_SRCDIR/src/$file" "$scratch/$n/$file" || die "overwrites $file"
    done <"$scratch/files"
    "$scratch/$n/bora" --version >/dev/null || die 'makes no program'
done
n=6
if lab; then die 'exists'; fi
grep -q 'a lab from 1 to 5' "$scratch/said" || die 'is not refused kindly'
