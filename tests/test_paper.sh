#!/bin/sh
# test_paper.sh: without TeX: every number that the paper quotes is listed and every listed one quoted; every experiment of the full tier, every
# figure's script and every table have their place in it; the committed results are what it says, and a changed result changes what it says; what
# cannot be made is told. How the paper looks is for the eye.
set -eu
paper=$BORA_SRCDIR/paper
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
die() { echo "test_paper: $*"; cat "$scratch/out"; exit 1; }
cd "$scratch"
: >out

cat "$paper"/*.tex | grep -o '\\\(result\|verdict\){[^#}]*}' | sed 's/.*{//; s/}//' | LC_ALL=C sort -u >quoted
sed 1d "$paper/numbers.csv" | cut -d, -f1 | LC_ALL=C sort >listed
diff listed quoted >out || die 'numbers listed (<) and quoted (>) differ'
for name in $(BORA_EXPERIMENTS=$BORA_SRCDIR/experiments "$BORA" plan --tier full); do
    grep -qF "\\experiment{$name}" "$paper/paper.tex" || die "no experiment $name in the paper"
done
for script in "$BORA_SRCDIR"/analysis/*.gp; do
    name=$(basename "$script" .gp)
    case $name in style | bench_*) continue ;; esac
    grep -qF "\\figuretext{$name}" "$paper/paper.tex" || die "no caption of figure $name in the paper"
done
tables=$(sed -n '/bora_tables\[\]/,/NULL/ s/.*{"\([a-z_]*\)".*/\1/p' "$BORA_SRCDIR/src/stat/tables.c")
for table in ${tables:?} samples published; do
    grep -qF "\\tabletext{$table}" "$paper/paper.tex" || die "no caption of table $table in the paper"
done

gather() { # FOLDER OUT; then said NAME prints what OUT has of a number
    BORA=$BORA "$paper/gather" "$1" "$2" >out 2>&1 || die "cannot gather $1"
}
said() { sed -n "s/^\\\\defresult{$2}//p" "$1/numbers.tex"; }
gather "$BORA_SRCDIR/results/reference" one
grep '^.absentresult' one/numbers.tex && die 'numbers without the results they are from'
printf '{%.2f}\n' "$(awk -F, '$1 == "base" { print $6 }' "$BORA_SRCDIR/results/reference/tau/tables/by_tau.csv")" >expected
said one tau-base >found
diff expected found >out || die 'not the perplexity of the base'
grep -q "^.experimentrun{tau}{$(sha256sum <"$BORA_SRCDIR/results/reference/tau/plan.txt" | cut -c1-12)}{42}" one/experiments.tex || die 'not the plan of tau'
! grep -n '^.experimentdata{[^}]*}{}' one/experiments.tex >out || die 'an experiment without a title'
grep -q '^.setting{prior.tau}{number .*}{3000}{' one/settings.tex || die 'no setting prior.tau'
grep -q '^.claimrow{C6}{[^}]*}{stated}' one/claims.tex || die 'not what the paper says of C6'
awk -F '}[{]' '/^.claimrow/ && NF != 9' one/claims.tex >out
test ! -s out || die 'claims without all nine cells'
test -s one/regions/prior.c || die 'no region of eq:prior'

# BoRA's NLL of one block becomes absurd: its ratio to unified training changes, and what claims count.
mkdir two
cp -R "$BORA_SRCDIR/results/reference/tau" two/tau
chmod -R u+w two
awk -F, -v OFS=, 'NR == 1 { split($0, name) } NR == 2 { for (i = 1; i <= NF; i++) if (name[i] ~ /^tau-3000_/) $i += 1e6 } { print }' \
    "$BORA_SRCDIR/results/reference/tau/blocks.csv" >two/tau/blocks.csv
"$BORA" report two/tau >out || die 'no report of changed results'
gather two three
for number in C2-independent tau-vs-unified tau-vs-unified-word; do
    said one $number >before
    said three $number >after
    test -s before && test -s after || die "no $number"
    ! cmp -s before after || die "$number does not change with the results"
done
test -z "$(said three rank-2)" && grep -q '^.absentresult{rank-2}' three/numbers.tex || die 'a number of an experiment that was not run'

mkdir bin empty
ln -s "$(command -v dirname)" bin/dirname
PATH=$scratch/bin /bin/sh "$paper/typeset" one >out 2>&1 || die 'missing tools are a failure'
for told in 'no figures: .*gnuplot-nox' 'no paper.pdf: latexmk .*texlive-latex-recommended' 'no paper.html: .*latexml'; do
    grep -q "$told" out || die "expected '$told'"
done
for command in "gather empty four" "gather nowhere four" "typeset empty"; do
    status=0
    # shellcheck disable=SC2086
    "$paper/"$command >out 2>&1 || status=$?
    test $status = 3 || die "$command: expected exit 3, got $status"
done
