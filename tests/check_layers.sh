#!/bin/sh
# check_layers.sh: a source includes its own layer and lower ones only, and outside libraries only where the house allows them
# (libcsv also in base/, which writes fields for all, and in stat/, which reads result files and may not ask text/). It does not look
# through macros or conditional code.
cd "${BORA_SRCDIR:-.}/src" || exit 1
bad=$(for file in *.[ch] */*.[ch]; do
    layer=${file%%/*}
    case $layer in
    base) allowed='base' ;;
    kernels) allowed='base kernels' ;;
    nn) allowed='base kernels nn' ;;
    model) allowed='base kernels nn model' ;;
    adapt) allowed='base kernels nn model adapt' ;;
    train) allowed='base kernels nn model adapt train' ;;
    bench) allowed='base kernels nn model adapt train bench' ;;
    text | stat) allowed="base $layer" ;;
    experiment | main.c | bora.h) allowed='base kernels nn model adapt train bench text stat experiment' ;;
    *) echo "src/$file: no layer is called '$layer'" ;;
    esac
    awk -v file="$file" -v layer="$layer" -v allowed=" $allowed " '
        function refuse(why) { printf "src/%s:%d: %s: %s\n", file, FNR, $0, why }
        !/^[ \t]*#[ \t]*include/ { next }
        { name = $0; sub(/^[^<"]*[<"]/, "", name); sub(/[>"].*/, "", name); first = name; sub(/\/.*/, "", first) }
        /"/ && name ~ /\// && !index(allowed, " " first " ") { refuse("layer " layer " may include only" allowed) }
        /"/ && name !~ /\// && name != "config.h" && layer " " name != "main.c bora.h" { refuse("name the layer: \"" layer "/" name "\"") }
        name ~ /intrin\.h$|^arm_neon\.h$|^arm_sve\.h$/ && file !~ /^kernels\/kernels_[a-z0-9]+\.c$/ {
            refuse("intrinsics belong into kernels/kernels_<isa>.c") }
        name == "yaml.h" && layer != "experiment" { refuse("libyaml belongs into experiment/") }
        name == "csv.h" && layer !~ /^(base|text|stat)$/ { refuse("libcsv belongs into base/, text/ and stat/") }
        first == "gsl" && layer != "stat" { refuse("GSL belongs into stat/ and tests") }' "$file"
done)
test -z "$bad" && exit 0
printf '%s\n' "$bad"
exit 1
