#!/usr/bin/env bash
# Runs Assay with the inputs of the action, which come as variables: whatever is in them is one argument.
set -euo pipefail

command="${INPUT_COMMAND:-gate}"
arguments=()

fail() {
    echo "::error title=Assay::$1"
    exit 2
}

# each line of a text that is not empty, after an option where there is one
add_lines() {
    local option="$1" line
    while IFS= read -r line || [ -n "$line" ]; do
        line="${line%$'\r'}"
        [ -n "$line" ] || continue
        if [ -n "$option" ]; then arguments+=("$option=$line"); else arguments+=("$line"); fi
    done <<<"$2"
}

# the version before: of a pull request its base, of a push the commit before
base() {
    local none=0000000000000000000000000000000000000000
    if [ -n "${INPUT_BASE:-}" ]; then
        echo "$INPUT_BASE"
    elif [ -n "${GITHUB_BASE_REF:-}" ]; then
        echo "origin/$GITHUB_BASE_REF"
    elif [ -n "${PUSHED_FROM:-}" ] && [ "$PUSHED_FROM" != "$none" ] &&
        git rev-parse --verify --quiet --end-of-options "$PUSHED_FROM^{commit}" >/dev/null; then
        echo "$PUSHED_FROM"
    fi
}

case "$command" in
    gate | diff)
        add_lines --base "$(base)"
        add_lines --allow "${INPUT_ALLOW:-}"
        ;;
    check)
        [ -z "${INPUT_ALLOW:-}${INPUT_BASE:-}" ] || fail "base and allow are inputs of gate and diff"
        ;;
    *)
        fail "command is gate, diff or check"
        ;;
esac
add_lines --format "${INPUT_FORMAT:-github}"
add_lines --also "${INPUT_ALSO:-}"
add_lines --report "${INPUT_REPORT:-}"
add_lines --var "${INPUT_VARS:-}"
add_lines --as-of "${INPUT_AS_OF:-}"
case "${INPUT_FAIL_ON:-fail}" in
    fail | never) ;;
    warn)
        [ "$command" != diff ] || fail "fail-on: warn is of gate and check: diff runs nothing that could warn"
        arguments+=(--fail-on=warn)
        ;;
    *) fail "fail-on is fail, warn or never" ;;
esac
add_lines "" "${INPUT_ARGS:-}"
if [ "$command" = check ]; then
    arguments+=(--)
    add_lines "" "${INPUT_PATHS:-}"
fi

code=0
assay "$command" "${arguments[@]}" || code=$?

case "$code" in
    0) result=passed ;;
    1) result=broken ;;
    2) result=invalid ;;
    *) result=error ;;
esac
{
    echo "exit-code=$code"
    echo "result=$result"
} >>"${GITHUB_OUTPUT:-/dev/null}"
[ "${INPUT_FAIL_ON:-fail}" = never ] || exit "$code"
