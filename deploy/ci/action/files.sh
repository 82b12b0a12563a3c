#!/usr/bin/env bash
# The files of the input `also`, and the folder of `report`, as upload-artifact wants them: one per line, counted from the workspace.
set -euo pipefail

# nobody can guess where the list ends, so that no line of it can end it
end="end-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
{
    echo "files<<$end"
    while IFS= read -r line || [ -n "$line" ]; do
        file="${line#*=}"
        file="${file%$'\r'}"
        case "$file" in
            '') ;;
            /*) echo "$file" ;;
            *) echo "${WORKING_DIRECTORY:-.}/$file" ;;
        esac
    done <<<"${INPUT_ALSO:-}"$'\n'"${INPUT_REPORT:+=$INPUT_REPORT}"
    echo "$end"
} >>"$GITHUB_OUTPUT"
