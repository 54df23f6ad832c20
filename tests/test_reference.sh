#!/bin/sh
# test_reference.sh: from the committed results alone, without training, come the committed tables, the numbers of the figures and the verdicts,
# digit for digit. They were made on x86-64; on other processors, where libraries have wider accumulators and statistics are not under the
# contract, numbers need only be within NEAR of themselves.
NEAR=1e-9
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
die() { echo "test_reference: $*"; exit 1; }
cp -R "$BORA_SRCDIR/results/reference" "$scratch/again"
chmod -R u+w "$scratch/again"
same() { # two CSV or TeX files
    cmp "$1" "$2" && return
    test "$(uname -m)" != x86_64 && LC_ALL=C awk -F ',| & ' -v near="$NEAR" '
        function number(x) { return x ~ /^-?[0-9]+\.?[0-9]*(e[-+]?[0-9]+)?$/ }
        function differ(x, y) { return x != y && !(number(x) && number(y) && (x - y) ^ 2 <= (near * x) ^ 2) }
        NR == FNR { line[NR] = $0; n = NR; next }
        { wrong = wrong || split(line[FNR], cell) != NF; for (i = 1; i <= NF; i++) wrong = wrong || differ(cell[i], $i) }
        END { exit wrong || n != FNR }' "$1" "$2"
}
compared=0
for folder in "$scratch"/again/*/; do
    name=$(basename "$folder")
    rm -r "$folder/tables"
    rm -rf "$folder/figures"
    "$BORA" report "$folder" >"$scratch/out" || { cat "$scratch/out"; die "no report of $name"; }
    for file in "$BORA_SRCDIR/results/reference/$name"/tables/* "$BORA_SRCDIR/results/reference/$name"/figures/*.csv; do
        case $file in */figures/\*.csv) grep -q '^figure ' "$folder/plan.txt" || continue ;; esac # it asks for none
        test -e "$file" || die "$name has no committed tables or figures"
        case $file in */samples.*) continue ;; esac # of adapters, which are not committed
        same "$file" "$folder/${file#"$BORA_SRCDIR/results/reference/$name/"}" || die "$name: ${file##*/} changes"
        compared=$((compared + 1))
    done
done
"$BORA" claims "$BORA_SRCDIR/analysis/claims.csv" "$scratch/again" "$scratch" >"$scratch/out" || { cat "$scratch/out"; die 'no claims'; }
for file in csv tex txt; do
    same "$BORA_SRCDIR/results/reference/claims.$file" "$scratch/claims.$file" || die "claims.$file changes"
done
for file in "$BORA_SRCDIR"/results/reference/*/tables/samples.csv; do
    awk -F, 'NR > 1 && ($5 == "" || $5 == "\"\"") { bad = 1 } END { exit bad }' "$file" || die "'$file': samples without a beginning"
done
test "$compared" -gt 0 || die 'no committed results'
