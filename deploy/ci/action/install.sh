#!/usr/bin/env bash
# Puts `assay` on the PATH of the steps that follow. ASSAY_VERSION: a release such as v0.1.0, `source`, or `installed`.
# ASSAY_DOWNLOADS names another place of releases, such as a mirror.
set -euo pipefail

version="${ASSAY_VERSION:-source}"
downloads="${ASSAY_DOWNLOADS:-https://github.com/assay-data/assay/releases/download}"
folder="${RUNNER_TEMP:-$(mktemp -d)}/assay"

fail() {
    echo "::error title=Assay::$1"
    exit 2
}

of_this_machine() {
    case "$(uname -s)-$(uname -m)" in
        Linux-x86_64) echo x86_64-unknown-linux-musl ;;
        Linux-aarch64 | Linux-arm64) echo aarch64-unknown-linux-musl ;;
        Darwin-arm64) echo aarch64-apple-darwin ;;
        Darwin-x86_64) echo x86_64-apple-darwin ;;
        *) fail "there is no release for $(uname -s) on $(uname -m): set version to source" ;;
    esac
}

sha256() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

from_release() {
    local target name expected
    target="$(of_this_machine)"
    name="assay-$version-$target.tar.gz"
    mkdir -p "$folder/bin"
    for file in "$name" "$name.sha256"; do
        curl --proto '=https,file' --fail --silent --show-error --location --retry 3 \
            --output "$folder/$file" "$downloads/$version/$file" || fail "there is no $file in release $version"
    done
    expected="$(cut -d ' ' -f 1 <"$folder/$name.sha256")"
    [ "$(sha256 "$folder/$name")" = "$expected" ] || fail "$name is not what its SHA-256 says: not installed"
    tar -xzf "$folder/$name" -C "$folder/bin" assay
}

case "$version" in
    installed)
        command -v assay >/dev/null || fail "assay is not on the PATH: set version to a release or to source"
        ;;
    source)
        command -v cargo >/dev/null || fail "cargo is not on the PATH: set version to a release"
        cargo install --path "$GITHUB_ACTION_PATH/crates/assay" --locked --root "$folder"
        ;;
    v[0-9]*)
        # a version goes into an address and the name of a file
        case "$version" in
            *[!a-zA-Z0-9.+-]*) fail "not a version: $version" ;;
        esac
        from_release
        ;;
    *)
        fail "version is a release such as v0.1.0, or source, or installed"
        ;;
esac

if [ "$version" != installed ]; then
    echo "$folder/bin" >>"${GITHUB_PATH:-/dev/null}"
    export PATH="$folder/bin:$PATH"
fi
assay --version
