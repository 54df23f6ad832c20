#!/bin/sh
# test_reference.sh: from the committed results alone, without training, come the committed tables and the numbers of the figures, digit for digit.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
die() { echo "test_reference: $*"; exit 1; }
cp -R "$BORA_SRCDIR/results/reference" "$scratch/again"
chmod -R u+w "$scratch/again"
compared=0
for folder in "$scratch"/again/*/; do
    name=$(basename "$folder")
    rm -r "$folder/tables" "$folder/figures"
    "$BORA" report "$folder" >"$scratch/out" || { cat "$scratch/out"; die "no report of $name"; }
    for file in "$BORA_SRCDIR/results/reference/$name"/tables/* "$BORA_SRCDIR/results/reference/$name"/figures/*.csv; do
        test -e "$file" || die "$name has no committed tables or figures"
        case $file in */samples.*) continue ;; esac # of adapters, which are not committed
        cmp "$file" "$folder/${file#"$BORA_SRCDIR/results/reference/$name/"}" || die "$name changes"
        compared=$((compared + 1))
    done
done
for file in "$BORA_SRCDIR"/results/reference/*/tables/samples.csv; do
    awk -F, 'NR > 1 && ($5 == "" || $5 == "\"\"") { bad = 1 } END { exit bad }' "$file" || die "'$file': samples without a beginning"
done
test "$compared" -gt 0 || die 'no committed results'
