#!/bin/sh
# test_fetch: data/fetch without a network: a stand-in for npm serves what it is told to.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/data" "$work/bin" "$work/package"
cp "${BORA_SRCDIR:-.}/data/fetch" "$work/data/fetch"
echo hello >"$work/package/file"
tar -czf "$work/good.tgz" -C "$work" package
bytes=$(wc -c <"$work/good.tgz" | tr -d ' ')
sum=$(sha256sum "$work/good.tgz" | cut -d ' ' -f 1)
printf '# comment\nthing some-package 1.0 some-package-1.0.tgz %s %s\n' "$bytes" "$sum" >"$work/data/INPUTS"
cat >"$work/bin/npm" <<'N'
#!/bin/sh
test "${FAKE_NPM:-good}" != fail || { echo "no network" >&2; exit 1; }
cp "$FAKE_FILE" some-package-1.0.tgz
N
chmod +x "$work/bin/npm"
export PATH="$work/bin:$PATH" FAKE_FILE="$work/good.tgz"
fetch() { sh "$work/data/fetch" "$work/to" >"$work/out" 2>&1; }
fail() {
    echo "test_fetch: $*"
    cat "$work/out"
    exit 1
}
expect() { # status, words
    code=0
    fetch || code=$?
    test "$code" = "$1" || fail "exit $code, expected $1"
    grep -q "$2" "$work/out" || fail "expected '$2'"
}
clean() { test -z "$(find "$work/to" -name '.fetch-*')" || fail "something half-written stays"; }

FAKE_NPM=fail; export FAKE_NPM
expect 3 'put it into'
clean
test ! -e "$work/to/some-package-1.0.tgz" || fail 'a file without a network'
FAKE_NPM=good
echo changed >"$work/bad.tgz"; FAKE_FILE="$work/bad.tgz"
expect 3 'as fetched is not what INPUTS names'
clean
test ! -e "$work/to/some-package-1.0.tgz" || fail 'a wrong file stays'
FAKE_FILE="$work/good.tgz"
fetch || fail 'a good file is refused'
clean
test "$(cat "$work/to/thing/file")" = hello || fail 'not unpacked'
FAKE_NPM=fail
fetch || fail 'what is there is fetched again'
printf x >>"$work/to/some-package-1.0.tgz"
expect 3 'has changed'
rm "$work/to/some-package-1.0.tgz"
rm "$work/bin/npm"
PATH="$work/bin:/usr/bin:/bin"
if ! command -v npm >/dev/null 2>&1; then expect 3 'no npm'; fi
exit 0
