#!/usr/bin/env bash
# Puts the npm packages of the lock file into the cache, once per lock file: audit.mjs finds them there. The browser is
# the system's own: puppeteer-core downloads none.
set -euo pipefail
cd "$(dirname "$0")"

key="$(sha256sum package-lock.json | cut -c 1-16)"
tools="${XDG_CACHE_HOME:-$HOME/.cache}/assay/tools/browser"
[ -e "$tools/$key/complete" ] && exit 0
mkdir -p "$tools"
exec 9>"$tools/lock"
flock 9
[ -e "$tools/$key/complete" ] && exit 0

echo "installing the npm packages of tests/browser into $tools/$key"
rm -rf "${tools:?}/$key"
mkdir -p "$tools/$key"
cp package.json package-lock.json "$tools/$key/"
npm ci --prefix "$tools/$key" --ignore-scripts --no-audit --no-fund --loglevel=error
touch "$tools/$key/complete"
