#!/bin/sh
# test_gnuplot.sh: analysis/figures draws every figure of a report as SVG and PDF, from a folder whose name has a blank and a quote, and says what
# is wrong when it cannot. How figures look is for the eye.
set -eu
command -v gnuplot >/dev/null 2>&1 || { echo 'test_gnuplot: skipped, no gnuplot (Debian: gnuplot-nox)'; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
die() { echo "test_gnuplot: $*"; cat "$scratch/out"; exit 1; }
figures=$BORA_SRCDIR/analysis/figures
folder="$scratch/it's here"
cp -R "$BORA_SRCDIR/tests/vectors/results" "$folder"
chmod -R u+w "$folder"
"$BORA" report "$folder" >"$scratch/out" || die 'no report'

"$figures" "$folder" 12 9 >"$scratch/out" 2>&1 || die 'figures failed'
for name in documents perplexity_by_tau gain_by_size distance_by_size perplexity_by_size training_curves; do
    for format in svg pdf; do
        test -s "$folder/figures/$name.$format" || die "no $name.$format"
        grep -qF "$folder/figures/$name.$format" "$scratch/out" || die "$name.$format is not told"
    done
    grep -q '</svg>' "$folder/figures/$name.svg" || die "$name.svg is not whole"
done
grep -q 'width="453"' "$folder/figures/gain_by_size.svg" || die 'not 12 cm wide'
test ! -e "$folder/figures/rank_by_tau.svg" || die 'a figure without numbers'

# Figures of synthetic data and of several settings, from a few numbers.
cat >"$folder/figures/where_it_helps.csv" <<'C'
layer,name,kappa,least_kappa,most_kappa,documents,least_documents,most_documents,observations,estimated_kappa,gain,half_95
cell,unified,10,5,20,4,2,8,2,11,-0.01,0.02
cell,,40,20,80,4,2,8,2,inf,,
crossover,,10,,,8,,,4,,,
domain,"a, b",25,20,40,8,6,10,4,25,,
C
cat >"$folder/figures/regret_by_size.csv" <<'C'
method,documents,regret
counts-independent,10,0.2
counts-independent,100,0.02
bora,10,0.1
bora,100,0.01
C
cat >"$folder/figures/perplexity_by_setting.csv" <<'C'
series,tau,position,perplexity,low,high,sd,half_95,seeds
paper,0,1.5,28,27.9,28.1,0.1,0.9,2
paper,100,2,26,25.9,26.1,0.1,0.9,2
paper,10000,4,25,24.9,25.1,0.1,0.9,2
padded / all,100,2,60,59,61,1,9,2
padded / all,inf,4.5,25,25,25,,,1
C
cat >"$folder/figures/tau_by_rank.csv" <<'C'
layer,scaling,rank,alpha,tau,edge,seed,slope,slope_half_95
seed,fixed,2,8,10000,1,1,,
seed,root,8,8,3000,0,1,,
mean,fixed,2,8,10000,,,-0.5,1
mean,fixed,8,8,3000,,,-0.5,1
law,fixed,2,8,12000,,,-1,
law,fixed,8,8,3000,,,-1,
law of features,fixed,2,8,48000,,,-2,
law of features,fixed,8,8,3000,,,-2,
C
cat >"$folder/figures/range_of_tau.csv" <<'C'
domain,tau,position,relative_perplexity,near
one,0,1.5,1.2,1.01
one,100,2,1,1.01
one,10000,4,1.02,1.01
"another, a",1000,3,1,1.01
"another, a",inf,4.5,0.99,1.01
C
"$figures" "$folder" >"$scratch/out" 2>&1 || die 'figures of synthetic data or settings failed'
for name in where_it_helps regret_by_size perplexity_by_setting range_of_tau tau_by_rank; do grep -q '</svg>' "$folder/figures/$name.svg" || die "no $name.svg"; done

rm "$folder/figures/documents.csv"
"$figures" "$scratch" >"$scratch/out" 2>&1 || die 'figures of the folder above failed'
test ! -e "$folder/figures/documents.svg" || die 'a figure of an earlier report stayed'
grep -q 'width="529"' "$folder/figures/gain_by_size.svg" || die 'not 14 cm wide'

status=0
"$figures" "$BORA_SRCDIR/tests" >"$scratch/out" 2>&1 || status=$?
test $status = 3 && grep -q 'no figures/\*.csv' "$scratch/out" || die 'a folder without numbers was taken'
status=0
"$figures" "$folder" wide >"$scratch/out" 2>&1 || status=$?
test $status = 2 && grep -q "'wide'" "$scratch/out" || die 'a width that is no number was taken'
mkdir "$scratch/bin"
for tool in dirname; do ln -s "$(command -v $tool)" "$scratch/bin/$tool"; done
status=0
PATH=$scratch/bin /bin/sh "$figures" "$folder" >"$scratch/out" 2>&1 || status=$?
test $status = 1 && grep -q 'gnuplot-nox' "$scratch/out" || die 'the missing package is not named'
