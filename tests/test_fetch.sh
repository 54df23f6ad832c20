#!/bin/sh
# test_fetch.sh: data/fetch without a network: an npm of our own "fetches" a small archive.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
die() { echo "test_fetch: $*"; cat out; exit 1; }

mkdir -p d bin shelf package/data
cp "$BORA_SRCDIR/data/fetch" d/fetch
echo '{"name": "A", "text": "b"}' >package/data/1.json
echo licence >package/LICENSE
tar -czf shelf/small-1.0.0.tgz package
bytes=$(wc -c <shelf/small-1.0.0.tgz | tr -d ' ')
sha=$(sha256sum shelf/small-1.0.0.tgz | cut -d' ' -f1)
printf '# comment\n\nsmall @x/small 1.0.0 small-1.0.0.tgz %s %s CC0-1.0 small\n' "$bytes" "$sha" >d/INPUTS
cat >bin/npm <<EOF
#!/bin/sh
echo "\$*" >>"$scratch/calls"
cp "$scratch/shelf/small-1.0.0.tgz" .
EOF
chmod +x bin/npm
PATH=$scratch/bin:$PATH

refused() { # words that the message must hold; nothing half-written may stay
    status=0
    d/fetch >out 2>&1 || status=$?
    test "$status" = 3 || die "expected exit 3, got $status"
    for word in "$@"; do grep -qF -- "$word" out || die "expected '$word' in the message"; done
    test -z "$(find d -name '.fetch*')" || die 'a temporary folder stayed'
}

d/fetch >out 2>&1 || die 'first fetch failed'
cmp package/data/1.json d/small/data/1.json
grep -q '@x/small@1.0.0' calls
d/fetch >out 2>&1 || die 'second fetch failed'
test "$(wc -l <calls)" = 1 || die 'fetched again what was there'

rm d/small-1.0.0.tgz # unpacked data suffice
d/fetch >out 2>&1 || die 'failed with unpacked data alone'
test "$(wc -l <calls)" = 1 || die 'fetched again what was unpacked'

printf x >>d/small/data/1.json # a changed byte in an unpacked file
refused d/small data/1.json remove
rm -r d/small

cp shelf/small-1.0.0.tgz d/ && printf x | dd of=d/small-1.0.0.tgz bs=1 seek=9 conv=notrunc 2>out # in an archive
refused d/small-1.0.0.tgz "$sha" "$(sha256sum d/small-1.0.0.tgz | cut -d' ' -f1)" "$bytes"
test ! -e d/small || die 'unpacked a changed archive'
rm d/small-1.0.0.tgz

cp shelf/small-1.0.0.tgz good && printf x >>shelf/small-1.0.0.tgz # in what npm fetches
refused small-1.0.0.tgz "$sha" "$((bytes + 1))"
test ! -e d/small-1.0.0.tgz && test ! -e d/small || die 'kept a changed archive'
mv good shelf/small-1.0.0.tgz

printf '#!/bin/sh\nhead -c 100 %s/shelf/small-1.0.0.tgz >small-1.0.0.tgz\necho npm ERR! network >&2\nexit 1\n' "$scratch" >bin/npm
refused 'npm ERR! network' d/small-1.0.0.tgz "$sha" # no network
test ! -e d/small-1.0.0.tgz || die 'kept half an archive'

mkdir tools # no npm
for tool in sh dirname mkdir mktemp rm wc tr sha256sum cut tar find sort xargs mv cat grep head tail gzip; do
    ln -s "$(command -v "$tool")" "tools/$tool"
done
PATH_BEFORE=$PATH
PATH=$scratch/tools
status=0
"$scratch/tools/sh" d/fetch >out 2>&1 || status=$?
PATH=$PATH_BEFORE
test "$status" = 3 && grep -q 'no npm' out && grep -q d/small-1.0.0.tgz out || die "no npm: exit $status"

cp shelf/small-1.0.0.tgz d/ # dropped in by hand, into another folder
mkdir other && cp shelf/small-1.0.0.tgz other/
d/fetch other >out 2>&1 && test -f other/small/data/1.json || die 'an archive put in place by hand was refused'
