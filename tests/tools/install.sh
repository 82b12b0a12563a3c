#!/usr/bin/env bash
# Puts consumers of reports into the cache, once per set of pinned versions, and says where on the last line. They are
# what people read our formats with: Python packages in an environment of their own, npm packages, and the schema of
# SARIF, which a crate ships.
set -euo pipefail
cd "$(dirname "$0")"

need() { # PROGRAM PACKAGES
    command -v "$1" >/dev/null && return
    echo "$1 is missing; type: apt-get install --no-install-recommends $2" >&2
    exit 1
}
need python3 "python3 python3-venv"
need node nodejs
need npm npm
need promtool prometheus

pins=(python/requirements.txt node/package-lock.json sarif/Cargo.lock install.sh)
key="$({ cat "${pins[@]}"; python3 --version; } | sha256sum | cut -c 1-16)"
tools="${XDG_CACHE_HOME:-$HOME/.cache}/assay/tools/formats"
if [ ! -e "$tools/$key/complete" ]; then
    mkdir -p "$tools"
    exec 9>"$tools/lock"
    flock 9
fi
if [ ! -e "$tools/$key/complete" ]; then
    echo "installing consumers of reports into $tools/$key" >&2
    rm -rf "${tools:?}/$key"
    mkdir -p "$tools/$key"
    python3 -m venv "$tools/$key/python"
    "$tools/$key/python/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
        --requirement python/requirements.txt >&2
    cp node/package.json node/package-lock.json "$tools/$key/"
    npm ci --prefix "$tools/$key" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
    cargo fetch --locked --manifest-path sarif/Cargo.toml >&2
    cargo metadata --locked --offline --format-version 1 --manifest-path sarif/Cargo.toml |
        python3 -c 'import json, pathlib, sys
crate = next(p for p in json.load(sys.stdin)["packages"] if p["name"] == "serde-sarif")
print(pathlib.Path(crate["manifest_path"]).with_name("src") / "schema.json")' |
        xargs -I{} cp {} "$tools/$key/sarif-schema.json"
    touch "$tools/$key/complete"
fi
echo "$tools/$key"
