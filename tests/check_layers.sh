#!/bin/sh
# check_layers: a file includes its own layer and lower ones only; intrinsics and libraries stay where they belong.
set -eu
cd "${BORA_SRCDIR:-.}/src"
bad=0
complain() {
    echo "check_layers: $*"
    bad=1
}
lower() {
    case $1 in
    base) echo "base" ;;
    kernels) echo "base kernels" ;;
    nn) echo "base kernels nn" ;;
    model) echo "base kernels nn model" ;;
    adapt) echo "base kernels nn model adapt" ;;
    train) echo "base kernels nn model adapt train" ;;
    text) echo "base text" ;;
    stat) echo "base stat" ;;
    experiment) echo "base kernels nn model adapt train text stat experiment" ;;
    esac
}
for file in */*.[ch]; do
    layer=${file%%/*}
    for included in $(sed -n 's/^#include "\([a-z]*\)\/.*/\1/p' "$file"); do
        case " $(lower "$layer") " in
        *" $included "*) ;;
        *) complain "$file includes $included/, which is not below it" ;;
        esac
    done
done
only() { # header, places
    for file in $(grep -l "#include <$1" -- */*.[ch] main.c bora.h || true); do
        case $file in
        $2) ;;
        *) complain "$file includes <$1...>" ;;
        esac
    done
}
only immintrin.h 'kernels/kernels_*.c'
only yaml.h 'experiment/*'
for file in $(grep -l '#include <csv.h' -- */*.[ch]); do
    case $file in text/* | stat/*) ;; *) complain "$file includes <csv.h>" ;; esac
done
only gsl/ 'stat/*'
exit $bad
