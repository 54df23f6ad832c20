#!/bin/sh
# check_bits.sh: a small pretraining and experiment give the same bytes whatever the kernels, threads, compiler, optimisation, block
# sizes, interruptions and, under an emulator, the processor: one row each, one hash in all. What cannot be run here is named.
# `make check-bits` calls it with BORA_SRCDIR, a source folder that is not configured. Exit: 1 if any result differs.
set -eu
. "$BORA_SRCDIR/tests/small.sh"
unset MAKEFLAGS MAKELEVEL MFLAGS
rows=0 different=0
line() { printf '%-15s %-8s %7s  %-8s %-22s %-12s %s\n' "$@"; }
skip() { line "$1" - - - - - "skipped: $2"; }

configure() { # compiler, as its folder's name; options
    mkdir "$1"
    (cd "$1" && shift && "$BORA_SRCDIR/configure" --disable-dependency-tracking "$@") >configure.log 2>&1
}
build() { # the compiler's folder, flags: to $bora
    compiler=$1 flags=$2 bora=$work/$1/bora
    (cd "$1" && make -s clean && make -s -j "$(nproc)" bora CFLAGS="$flags") >build.log 2>&1 || { cat build.log; fail "$* does not build"; }
}

# Compare the folder `results` with the first one seen.
row() { # what kernels threads
    files results >list
    hash=$(sha256sum <list)
    test -e expected || cp list expected
    rows=$((rows + 1)) verdict=yes
    cmp -s list expected || { different=$((different + 1)) verdict="NO: $(difference expected list)"; }
    line "$@" "$compiler" "$flags" "$(echo "$hash" | cut -c 1-12)" "$verdict"
    rm -r results
}
train() { # what, kernels, threads
    BORA_KERNELS=$2 run --results results --threads "$3"
    row "$@"
}
each_kernel() { # what, threads
    for kernels in $(kernels_here); do train "$1" "$kernels" "$2"; done
}

line what kernels threads compiler flags hash 'same?'
for cc in gcc clang; do
    if ! command -v $cc >/dev/null; then
        skip $cc "apt-get install $cc"
        continue
    fi
    configure $cc CC=$cc || { cat configure.log; fail "no configuration for $cc"; }
    if grep -q 'no OpenMP' configure.log; then skip "threads, $cc" 'apt-get install libomp-dev'; fi
    build $cc -O3
    began=$(date +%s%N) before=$rows
    for threads in 1 2 3 5; do each_kernel threads $threads; done
    delays=$(awk -v run=$((($(date +%s%N) - began) / (rows - before))) \
        'BEGIN { srand(); for (i = 0; i < 8; i++) printf "%.2f ", 0.02 + rand() * run / 1e9 }')
    for signal in KILL TERM; do
        # shellcheck disable=SC2086
        disturbed $signal results $delays
        row "8 x SIG$signal" fastest all
    done
    for flags in -O0 '-O3 -march=native'; do
        build $cc "$flags"
        each_kernel optimisation 2
    done
    for shrink in 3 5 100; do
        build $cc "-O1 -DBORA_SHRINK=$shrink"
        each_kernel 'block sizes' 2
    done
done
for kernels in avx2 avx512; do
    kernels_here | grep -q "$kernels" || skip $kernels 'not on this processor (make check emulates avx512)'
done

# The whole program for a 64-bit ARM, under an emulator. GSL's developer files of two processors exclude each other, but the
# headers are the same: the library itself is linked.
libraries=/usr/lib/aarch64-linux-gnu
gsl=$(find $libraries -name 'libgsl*.so.?' -o -name 'libgsl*.so.??' 2>/dev/null | tr '\n' ' ')
emulator=$(command -v qemu-aarch64 || command -v qemu-aarch64-static || true)
if test "$(uname -m)" = aarch64; then :
elif command -v aarch64-linux-gnu-gcc >/dev/null && test -n "$emulator" -a -n "$gsl" && PKG_CONFIG_LIBDIR=$libraries/pkgconfig configure arm-gcc \
    --host=aarch64-linux-gnu GSL_CFLAGS=' ' GSL_LIBS="$gsl"; then
    for flags in -O3 -O0; do
        build arm-gcc $flags
        mv "$bora" "$bora.arm"
        printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$emulator" "$bora.arm" >"$bora"
        chmod +x "$bora"
        each_kernel aarch64 2
    done
else
    skip aarch64 "dpkg --add-architecture arm64 && apt-get update && apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross \
qemu-user libcsv-dev:arm64 libgomp1:arm64 libgsl27:arm64 libjansson-dev:arm64 libmd-dev:arm64 libyaml-dev:arm64"
fi

echo "$((rows - different)) of $rows results are the same: $(sha256sum <expected | cut -c 1-64)"
test "$rows" -gt 0 && test $different = 0
