# small.sh: a small experiment in a scratch folder, and comparison of its results, byte by byte, for the scripts that source this
# file. It tests nothing by itself. $bora is the program; all else lies in the folder that is then the current one.
bora=${BORA:-./bora}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
fail() {
    echo "$(basename "$0" .sh): $*"
    exit 1
}

# Two "genres" and four "presidents" of words drawn by a fixed rule.
mkdir -p data/brown data/sotu/data
awk 'function r(n) { x = (x * 1103515245 + 12345) % 2147483648; return int(x / 65536) % n }
function word(who,  s, i) { s = ""; for (i = 0; i < 2 + r(2); i++) s = s substr("bdfgklmnprst", 1 + (r(6) + who) % 12, 1) substr("aeiou", 1 + r(5), 1); return s }
function text(who, n,  s, i, j) { s = ""; for (i = 0; i < n; i++) { for (j = 0; j < 4 + r(5); j++) s = s (s == "" ? "" : " ") word(who); s = s "." } return s }
BEGIN { x = 7
  for (f = 1; f <= 4; f++) { name = sprintf("data/brown/c%s0%d", f % 2 ? "a" : "r", f); t = text(0, 400); gsub(/ /, "/nn ", t); print t "/nn" > name }
  for (p = 0; p < 4; p++) for (s = 0; s < 2; s++) {
    name = sprintf("data/sotu/data/%d_p%d.json", 1900 + s, p)
    printf "{\"year\": %d, \"name\": \"President %d\", \"text\": \"%s\"}", 1900 + s, p, text(p, 160) > name } }'
cat >small.yaml <<'Y'
# Hypothesis: it runs.
experiment: small
data: {tasks: all, draw: number, number: 12, validation_cap: 6, test_cap: 8, block: 3}
tokenizer.vocabulary: 300
model: {width: 16, layers: 2, heads: 2, context: 24}
pretrain: {tokens: 20000, batch: 8}
adapter: {rank: 3, alpha: 3}
run: {epochs: 3, batch: 5}
sweep:
  prior.tau: [0, 50, inf]
Y
file=small.yaml
run() { "$bora" run "$file" "$@" 2>run.log || { cat run.log; fail "bora run $file $* fails"; }; }

# What must be equal of a results folder: checksum and name of each file, all but provenance and locks.
files() { (cd "$1" && find . -type f ! -name provenance.json ! -name '*.lock' | LC_ALL=C sort | xargs sha256sum); }
# The first file in which two such lists differ; nothing if they are equal.
difference() { diff "$1" "$2" | awk '/^[<>]/ { print $3; exit }'; }
same() {
    files "$1" >list-one
    files "$2" >list-two
    cmp -s list-one list-two || fail "$1 and $2 differ, first in $(difference list-one list-two)"
}

# The variants this machine runs; one that is refused for another reason is tried, and so found out.
kernels_here() {
    for kernels in ref avx2 avx512 neon; do
        code=0
        BORA_KERNELS=$kernels "$bora" plan small.yaml >/dev/null 2>&1 || code=$?
        test $code = 2 || echo $kernels
    done
}

# Disturbed by a signal after each of the delays (in seconds), then run to the end.
disturbed() { # SIGNAL folder delays
    signal=$1 folder=$2
    shift 2
    for delay; do
        "$bora" run "$file" --results "$folder" >/dev/null 2>>disturbed.log & pid=$!
        sleep "$delay"
        kill -"$signal" $pid 2>/dev/null || true
        code=0; wait $pid 2>/dev/null || code=$?
        case $code-$signal in 0-* | 137-KILL | 143-TERM) ;; *) fail "disturbed by SIG$signal after $delay s: exit $code" ;; esac
    done
    run --results "$folder"
    test "$signal" != KILL || find "$folder/base" -name '*.part-*' -exec rm {} + # which no lock guards
}
