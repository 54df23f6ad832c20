#!/bin/sh
# test_program: the program end to end on small made-up data, without a network: equal results whatever the threads and kernels, killed
# and resumed; reuse; a CSV of one's own; exit codes and messages of bad input.
set -eu
. "$BORA_SRCDIR/tests/small.sh"

run --results one --threads 1
run --results two --threads 2
run --results three --threads 3
same one two
same one three
for kernels in $(kernels_here); do
    BORA_KERNELS=$kernels run --results "$kernels"
    same one "$kernels"
done

# Killed at many moments, then run to the end; likewise stopped.
disturbed KILL killed 0.02 0.05 0.08 0.11 0.15 0.2 0.3
same one killed
disturbed TERM stopped 0.02 0.05 0.08 0.11 0.15 0.2 0.3
same one stopped

# Other methods, some in two phases, and the released code's switches: likewise; columns and cells of their own.
sed 's/^experiment: small/experiment: methods/; s/prior.tau: .*/method.kind: [independent, ridge, frozen, then-task, additive]/; s/^sweep:/prior.tau: 50\n&/' small.yaml >methods.yaml
sed 's/^experiment: small/experiment: switches/; s/^data: {/&padding: scored, /; s/prior.tau: .*/run.order: [shuffled, fixed]/
s/^sweep:/prior: {tau: 5, form: norm, share: full}\nvariants: {released: {likelihood.weight: mean-token}}\noptimizer: {step: centred, schedule: decaying}\n&/' small.yaml >switches.yaml
# A new task, President 1: the others first.
sed 's/^experiment: small/experiment: new/; s/draw: number, number: 12/draw: all, overlap: 0/; s/prior.tau: .*/method.kind: [independent, bora, unified, frozen]\n  data.new: [0, 5]/
s/^sweep:/prior.tau: 50\n&/' small.yaml >new.yaml
for file in methods.yaml switches.yaml new.yaml; do
    run --results one --threads 1
    disturbed KILL killed 0.02 0.05 0.08 0.11 0.15 0.2
    disturbed TERM stopped 0.03 0.06 0.09 0.12 0.16
done
file=small.yaml
for results in killed stopped; do same one $results; done
grep -q 'resumed after epoch' disturbed.log || fail 'no disturbed run was saved and resumed'
test -z "$(find one killed stopped -name '.*.state' -o -name '.*-*.lock')" || fail 'states or locks are left behind'
test "$(cut -d, -f3,4 one/custom/methods/runs.csv | tr '\n' ' ')" = 'method,tau independent,0 ridge,50 frozen,50 then-task,0 additive,50 ' || fail 'methods in runs.csv'
grep -q '"first_phase_epoch"' one/custom/methods/*frozen*/provenance.json || fail 'the epoch of the unified adapter'
grep -q ',fixed,released$' one/custom/switches/runs.csv || fail 'variants in runs.csv'
awk -F, 'FNR > 1 && $6 != 24 { exit 1 }' one/custom/switches/released_order-fixed*/documents.csv || fail 'padded documents have all tokens of the context'
"$bora" report one/custom/methods >report.log || fail 'report of methods'
for method in independent ridge frozen then-task additive; do
    grep -q "^ *$method " report.log && grep -q "^$method," one/custom/methods/tables/by_tau.csv || fail "report says nothing of $method"
done
"$bora" report one/custom/switches >report.log || fail 'report of switches'
grep -q '^  run.order fixed, variant released:$' report.log && grep -q '^fixed,released,bora,' one/custom/switches/tables/by_tau.csv || fail 'report says nothing of switches'

# Of a new task: Theta is that of the others by themselves, to the last bit; alone and without documents it is the base.
sed 's/^experiment: new/experiment: others/; s/tasks: all/tasks: named, names: [President 0, President 2, President 3]/; s/method.kind: .*/prior.tau: [50, inf]/; /data.new/d; /^prior.tau: 50/d' new.yaml >others.yaml
sed 's/^experiment: others/experiment: only/; s/names: .*3\],/names: [President 1],/' others.yaml >only.yaml
file=others.yaml; run --results one
file=only.yaml; run --results one
file=small.yaml
theta() { tail -c +$(($(od -An -tu8 -N8 "$1/adapters-common.safetensors") + 9)) "$1/adapters-common.safetensors" | head -c 6912 | sha256sum; } # 1728 numbers
for documents in 0 5; do
    for pair in kind-bora:tau-50 kind-unified:tau-inf kind-frozen:tau-inf; do
        test "$(theta one/custom/new/${pair%:*}_new-$documents-*)" = "$(theta one/custom/others/${pair#*:}-*)" || fail "Theta of the others: $pair, $documents documents"
    done
done
for i in 3 7; do # with a first phase of its own, as with one taken over from the run before
    file=new.yaml; run --results single --index $i; file=small.yaml
    run=$(ls single/custom/new | grep _new-5-)
    files "single/custom/new/$run" >list-one
    files "one/custom/new/$run" | cmp -s list-one - || fail "a first phase taken over, $run"
    rm -r single/custom
done
column() { awk -F, -v k="$2" '$1 == "common" { print $k }' one/custom/new/$1-*/tasks.csv; }
test "$(column kind-independent_new-0 12)" = "$(awk -F, 'FNR == 2 { print $NF }' one/custom/only/base.csv)" || fail 'a new task without documents, alone, is not the base'
test "$(column kind-bora_new-5 4)" = 5 || fail 'a new task of 5 documents'
test "$(column kind-unified_new-5 12)" = "$(column kind-unified_new-0 12)" || fail 'unified learns from the new task'
for kind in independent bora frozen; do
    test "$(column kind-${kind}_new-5 12)" != "$(column kind-${kind}_new-0 12)" || fail "$kind learns nothing from the new task"
done
grep -q '"new_task": "President 1"' one/custom/new/kind-bora_new-5-*/provenance.json || fail 'who the new task is'
test ! -e one/custom/new/base.csv || fail 'a base of all tasks beside results of the new one'
"$bora" report one/custom/new >report.log || fail 'report of a new task'
for table in tables figures; do
    test "$(grep -c '^[05],\(base\|independent\|unified\|frozen\|bora\),1,' one/custom/new/$table/new_task.csv)" = 10 || fail "new_task.csv in $table"
done
test "$("$bora" documents new.yaml --index 3 --results one 2>/dev/null | grep -c '^President 1,train,')" = 5 || fail 'documents of a new task'

# Finished runs are reused; a changed setting says so.
run --results one
grep -q reused run.log || fail 'finished runs are not reused'
sed 's/rank: 3/rank: 2/' small.yaml >other.yaml
"$bora" plan other.yaml --results one | grep -q 'settings changed: adapter.rank' || fail 'the reason of a new run'
cp -R one again # base.csv follows from the plan: made anew after another plan, though no run is left to do
sed 's/test_cap: 8/test_cap: 4/' small.yaml >capped.yaml
"$bora" run capped.yaml --results again --index 0 2>run.log || { cat run.log; fail 'another plan in the folder'; }
cmp -s one/custom/small/base.csv again/custom/small/base.csv && fail "base.csv does not follow from the plan's documents"
run --results again
cmp -s one/custom/small/base.csv again/custom/small/base.csv || fail 'base.csv is of an earlier plan'
cp -R data changed
sed -i 's/"text": "/&Well. /' changed/sotu/data/1900_p0.json
"$bora" plan small.yaml --results one --data changed | grep -q 'settings changed: data' || fail 'changed data are no reason'
"$bora" report one/custom/small >report.log || fail 'report'
grep -q 'unified' report.log || fail 'report says nothing of unified'
grep -q 'base without adapters .*test perplexity' report.log || fail 'report says nothing of the base'
for file in blocks.csv blocks-task.csv tau-50-*/distances.csv; do
    test -s one/custom/small/$file || fail "no $file"
done
"$bora" diagnose one/custom/small | grep -q '3 runs of 4 tasks' || fail 'diagnose'
"$bora" claims "$BORA_SRCDIR/analysis/claims.csv" one/custom out-claims >claims.log || fail 'claims'
grep -q 'C1: not run' out-claims/claims.txt || fail 'claims of nothing'
"$bora" published "$BORA_SRCDIR/data/published" out-published >/dev/null || fail 'published'

# Text: the same bits from every kernel, whole characters only; the table of an experiment.
run=$(ls -d one/custom/small/tau-50-*)
generate() { "$bora" generate "$run" --prompt 'Mo ka' --tokens 60 "$@"; }
for who in base Theta 'President 2'; do
    generate --task "$who" >text || fail "text of $who"
    grep -q '^Mo ka' text && iconv -f UTF-8 -t UTF-16 <text >utf16 || fail "text of $who: $(cat text)"
    for kernels in $(kernels_here); do
        BORA_KERNELS=$kernels generate --task "$who" --threads 3 | cmp - text || fail "text of $who from $kernels"
    done
    generate --task "$who" --seed 2 | cmp -s - text && fail "text of $who does not depend on the seed"
    generate --task "$who" --top-p 0 >greedy
    generate --task "$who" --top-p 1e-9 --seed 2 | cmp - greedy || fail "top-p near 0 is not greedy"
    cat text >>texts
done
test "$(sort -u texts | wc -l)" -ge 3 || fail 'base, Theta and a task say the same'
test "$("$bora" generate "$run" --task base --prompt "$(printf 'a\303(\001b')" --tokens 0)" = "$(printf 'a\357\277\275(\357\277\275b')" || fail 'broken characters'
"$bora" generate "$(ls -d one/custom/small/tau-inf-*)" --task 'President 2' --tokens 9 >one.text && \
    "$bora" generate "$(ls -d one/custom/small/tau-inf-*)" --task Theta --tokens 9 | cmp - one.text || fail 'the unified adapter is not that of each task'
"$bora" generate "$(ls -d one/custom/methods/*additive*)" --task 'President 1' --tokens 9 >text || fail 'text of two adapters side by side'
"$bora" samples one/custom/small --prompt Mo --tokens 9 >samples.log || fail 'samples'
test "$(grep -c '^tau-50-.*,0.8,0.95,1,Mo,' one/custom/small/tables/samples.csv)" = 5 && test -s one/custom/small/tables/samples.tex || fail 'the table of samples'

"$bora" report two/custom/small >report.log || fail 'report'
"$bora" verify one/custom/small two/custom/small >verify.log || fail 'equal results are not verified'
grep -q '3 of 3 runs equal' verify.log || { cat verify.log; fail 'verify does not say what it compared'; }

# What is trained on can be seen, and the files suffice to compute each NLL again: tokens and ids agree.
"$bora" documents small.yaml --results one >documents.csv 2>/dev/null || fail 'documents'
test "$(grep -c ',train,' documents.csv)" = 48 || fail 'documents: 4 tasks of 12'
awk -F, 'NR == FNR { if ($2 == "test") n[$1 "," $3] = split($5, x, " "); next } FNR > 1 && n[$2 "," $3] != $6 { exit 1 }' \
    documents.csv "$(ls -d one/custom/small/tau-0-*)/documents.csv" || fail 'documents.csv of a run names other tokens'

if command -v python3 >/dev/null 2>&1; then
    for tau in 0 50 inf; do
        python3 "$BORA_SRCDIR/tests/recompute.py" one/custom/small/tau-$tau-* one/base/* documents.csv >out 2>&1 || { cat out; fail "NLLs at tau $tau, computed by another transformer"; }
    done
fi

# A CSV of one's own.
printf 'who,what\n' >own.csv
awk 'BEGIN { for (i = 0; i < 240; i++) printf "%s,\"word%d of, the day %d. \"\"Quoted\"\" %d text!\"\n", i % 2 ? "Ann" : "Bob", i % 7, i, i * i % 13 }' >>own.csv
sed -e 's/^data:.*/data: {source: csv, path: own.csv, task_column: who, text_column: what, draw: number, number: 10, block: 1, overlap: 0}/' -e 's/experiment: small/experiment: own/' \
    small.yaml >own.yaml
own=$("$bora" plan own.yaml --results one | awk '$1 == 0 { print $2 }')
mkdir -p "one/custom/own/$own.part"
touch "one/custom/own/$own.part/left-by-a-killed-run"
"$bora" run own.yaml --results one >own.log 2>&1 || { cat own.log; fail 'a CSV of my own'; }
for left in ".$own.state" ".$own.first.state" ".$own.state.part-1-0" ".$own.lock" runs.csv.part-1-0 previous/run.yaml.part-1-0; do
    touch "one/custom/own/$left"
done
"$bora" run own.yaml --results one >own.log 2>&1 || { cat own.log; fail 'finished runs'; }
test -z "$(find one/custom/own -name '*.part-*' -o -name '.*.state' -o -name '.*-*.lock')" || fail 'what killed processes left stays'
test ! -e "one/custom/own/$own/left-by-a-killed-run" || fail 'what a killed run left is among the results'
if command -v flock >/dev/null; then
    cp one/custom/own/runs.csv runs-before
    sed 's/tau: \[.*/tau: [7]/' own.yaml >same.yaml
    flock one/custom/own/.lock "$bora" run same.yaml --results one >lock.log 2>&1 && fail 'two runs in one folder'
    grep -q 'is in use by' lock.log || { cat lock.log; fail 'who uses the folder'; }
    cmp -s one/custom/own/runs.csv runs-before || fail "another's index was replaced"
    flock one/custom/own/.lock "$bora" run own.yaml --results one --index 0 >lock.log 2>&1 && fail 'a job beside a whole run'
    flock -s one/custom/own/.lock "$bora" run own.yaml --results one --index 0 >lock.log 2>&1 || { cat lock.log; fail 'a job beside another'; }
    flock -s one/custom/own/.lock "$bora" run own.yaml --results one >lock.log 2>&1 && fail 'a whole run beside a job'
    grep -q 'is in use by a `bora run --index`' lock.log || { cat lock.log; fail 'that a job uses the folder'; }
    mkdir -p busy/custom/own
    flock "busy/custom/own/.$own.lock" "$bora" run own.yaml --results busy --index 0 >lock.log 2>&1 && fail 'two processes at one run'
    grep -q "$own' is in use by" lock.log || { cat lock.log; fail 'who does the run'; }
    test ! -e busy/custom/own/runs.csv || fail 'an index of nothing'
fi
"$bora" generate "$(ls -d one/custom/own/tau-50-*)" --task Ann --tokens 9 >text || fail 'text from a CSV of my own'

# A run is named by its own data, whatever other runs the plan has.
names() { # keys of the sweep in this order
    printf 'experiment: data\ndata: {source: synthetic, overlap: 0, draw: number, number: 10}\npretrain: {source: synthetic}\nlanguage: {tasks: 2, documents: 40}\nsweep: {%s}\n' "$1" >data.yaml
    "$bora" plan data.yaml | awk '$1 ~ /^[0-9]+$/ { print substr($2, length($2) - 11) }' | sort
}
for kappa in 3 30; do names "language.kappa: [$kappa], run.seed: [1, 2]"; done | sort >list-one
test "$(sort -u list-one | wc -l)" = 4 || fail 'runs on different data have one name'
for keys in 'language.kappa: [3, 30], run.seed: [1, 2]' 'run.seed: [1, 2], language.kappa: [3, 30]'; do
    names "$keys" | cmp -s list-one - || fail "names depend on other runs of the plan: $keys"
done

# Base models that alternate in the plan: each is made once, and all by one command.
sed 's/tau: \[.*/tau: [0, 50]\n  pretrain.seed: [1, 2]/; s/small/bases/' small.yaml >bases.yaml
test "$("$bora" plan bases.yaml --results bases | grep -c '^base ')" = 2 || fail 'the plan counts base models twice'
test "$("$bora" plan bases.yaml --results bases --index 3 | grep -c '^base \|^ *[0-9]')" = 2 || fail 'the plan of one run'
"$bora" pretrain bases.yaml --results bases >folders 2>run.log || { cat run.log; fail 'pretrain'; }
test "$(ls -d bases/base/*)" = "$(sort folders)" && test "$(sort -u folders | wc -l)" = 2 || fail 'pretrain makes not all base models'
"$bora" plan bases.yaml --results bases | grep -q '^base ' && fail 'base models that are there are planned'

# Slugs cut long values; runs that share one are told apart.
long='who, a column with quite a long name'
sed "s/^who,what/\"$long\",\"$long too\",what/; s/^\\(...\\),\"/\\1,\\1,\"/" own.csv >long.csv
sed "s/task_column: who, //; s/path: own.csv/path: long.csv/; s/tau: .*/tau: [0]\\n  data.task_column: ['$long', '$long too']/; s/: own$/: long/" own.yaml >long.yaml
"$bora" run long.yaml --results one --index 1 2>run.log || { cat run.log; fail 'slugs of long values'; }
"$bora" plan long.yaml --results one | grep -q '^ *0 .* new ' || fail 'a run is compared with another of its slug'
test "$(ls one/custom/long/previous | wc -l)" = 2 || fail 'runs of one slug share a file'

# The speed of each kind of step: a row of twelve numbers and names.
for step in lora bora evaluate pretrain; do
    "$bora" bench S $step 1 0 3 4 --threads 1 >bench.csv || fail "bench S $step"
    awk -F, -v step=$step 'NF != 12 || $1 != "bora" || $3 != step || !($7 > 0 && $8 > 0 && $9 > 0 && $12 > 0) { exit 1 }' bench.csv || fail "bench S $step: $(cat bench.csv)"
done
"$bora" bench S lora 1 20 >bench.csv & pid=$! # which polls no signals
sleep 0.5
kill -TERM $pid
code=0; wait $pid 2>/dev/null || code=$?
test $code = 143 && test ! -s bench.csv || fail "bench goes on after a signal: exit $code"

# A report that a signal ends leaves no file half-written, wherever it was.
for pause in 0 0.02 0.05 0.1 0.2; do
    "$bora" report one/custom/methods >/dev/null 2>&1 & pid=$!
    sleep $pause
    kill -TERM $pid 2>/dev/null || true
    code=0; wait $pid 2>/dev/null || code=$?
    test $code = 143 || test $code = 0 || fail "report after a signal: exit $code"
    test -z "$(find one/custom/methods -name '*.part-*')" || fail 'report left a part of a file'
done
"$bora" bench peak | grep -q '^peak,' || fail 'bench peak'

# Bad input: exit codes and a message.
refuse() { # code words... -- command
    code=$1 words=$2
    shift 2
    got=0
    "$@" >out 2>&1 || got=$?
    test $got = "$code" || { cat out; fail "'$*' exits with $got, expected $code"; }
    grep -q -- "$words" out || { cat out; fail "'$*' does not say '$words'"; }
}
refuse 2 'expected a command' "$bora"
refuse 2 "nearest is 'run'" "$bora" rum small.yaml
refuse 2 'usage: bora run' "$bora" run
refuse 2 "'--thread'\|unknown" "$bora" run small.yaml --treads 2
refuse 2 'whole number' "$bora" run small.yaml --threads many
refuse 2 'BORA_KERNELS' env BORA_KERNELS=mmx "$bora" run small.yaml --results one
refuse 2 'runs 0 to 2' "$bora" run small.yaml --index 7 --results one
refuse 2 'nearest' "$bora" explain prior.tua
refuse 3 'nowhere.yaml' "$bora" run nowhere.yaml
printf 'experiment: a\nadapter.rnk: 3\n' >bad.yaml
refuse 3 "bad.yaml:2:1: .*adapter.rank" "$bora" check nowhere.yaml bad.yaml small.yaml # all of them
grep -q 'nowhere.yaml' out && grep -q 'small.yaml: sound, 3 runs' out || { cat out; fail 'check stops at a bad file'; }
refuse 3 'make data' "$bora" run small.yaml --data nowhere
refuse 2 "no size 'XL'" "$bora" bench XL lora 1
refuse 2 "no step 'train'" "$bora" bench S train 1
refuse 2 'BATCH .*whole number' "$bora" bench S lora 0
refuse 2 'SECONDS' "$bora" bench S lora 1 soon
refuse 2 'usage: bora bench' "$bora" bench S
refuse 2 "nearest is 'President 2'" "$bora" generate "$run" --task 'Presdent 2'
refuse 2 'expected --task' "$bora" generate "$run"
refuse 2 'from 0.01 to 100' "$bora" generate "$run" --task base --temperature 0
refuse 2 'from 0 to 1' "$bora" generate "$run" --task base --top-p 2
refuse 3 'expected the folder of a finished run' "$bora" generate one --task base
cp -R one copy
rm copy/custom/small/*/adapters-common.safetensors
refuse 3 '`bora run`' "$bora" generate "copy/${run#one/}" --task Theta
"$bora" samples copy/custom/small | grep -q 'no samples: .*without adapters' || fail 'samples of a copy'
rm -r copy/base
refuse 3 '`bora pretrain`' "$bora" generate "copy/${run#one/}" --task base
sed 's/number: 12/number: 1200/' small.yaml >many.yaml
refuse 3 "task 'President 0' has" "$bora" run many.yaml --results one
sed 's/new: \[0, 5\]/new: [500]/' new.yaml >many.yaml
refuse 3 'lower data.new' "$bora" run many.yaml --results one
sed 's/\[independent, /[additive, /' new.yaml >many.yaml
refuse 3 'data.new.*none with method.kind additive' "$bora" check many.yaml
sed 's/names: .*\], draw/names: [President 1], new: 3, draw/' others.yaml >many.yaml
refuse 3 'data.new: expected another task' "$bora" run many.yaml --results one
sed 's/tau: \[.*/tau: [50]\n  optimizer.learning_rate: [10, 1e-3, 9]/; s/small/wild/' small.yaml >wild.yaml
refuse 4 'run tau-50_learning_rate-10-.*task .President [0-3]. is not finite.*lower optimizer.learning_rate' "$bora" run wild.yaml --results one # and the others go on
grep -q '^run tau-50_learning_rate-9-.*not finite' out || { cat out; fail 'a second run that diverges is not told'; }
test "$(cut -d, -f7 one/custom/wild/runs.csv | tr '\n' ' ')" = "learning_rate 0.001 " || fail 'the run beside two that diverge'
test -z "$(find . -name '*.csv' -exec grep -lw nan {} +)" || fail 'a result file holds a NaN'
base=$(ls -d two/base/*)
printf 'garbage' >"$base/model.safetensors"
rm -r two/custom
refuse 3 'safetensors' "$bora" run small.yaml --results two
if test -e /dev/full; then refuse 1 'standard output' sh -c '"$0" explain >/dev/full' "$bora"; fi
for command in run plan check explain documents pretrain report generate samples verify diagnose claims published numbers bench; do
    "$bora" "$command" --help | grep -q "usage: bora $command" || fail "$command --help"
    "$bora" --help | grep -q "  $command " || fail "--help does not name $command"
done
"$bora" --version | grep -q 'numerics version' || fail '--version'
exit 0
