#!/usr/bin/env bash
# Style, types, walls and fast tests side by side. Says what each found, and fails if any found something.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
unset PYTHONDONTWRITEBYTECODE # Tests that did not change need not be compiled again each time.

said=$(mktemp -d)
trap 'rm -rf "$said"' EXIT
names=() running=()

# The tests that need nothing started. Two runs, because one would be the last to finish, with a core idle beside it.
fast_tests() {
    local places=() place
    for place in "$@"; do
        [ -d "$place" ] && places+=("$place")
    done
    .venv/bin/python -m pytest -q --hypothesis-profile=quick -m "not kafka and not postgres and not long" "${places[@]}"
}

# What a member imports it must declare; its testing part uses the tools of the workspace.
declared_dependencies() {
    local member result=0
    for member in contracts services/*/; do
        member=${member%/}
        .venv/bin/deptry "$member/src" --config "$member/pyproject.toml" --extend-exclude '.*/chassis/testing/.*' \
            --package-module-name-map 'qizheng-contracts=contracts,qizheng-chassis=chassis,qizheng-casework=casework,psycopg=psycopg|psycopg_pool' ||
            result=1
    done
    return $result
}

begin() {
    names+=("$1")
    "${@:2}" >"$said/$1" 2>&1 &
    running+=($!)
}

begin rules fast_tests services/*/tests/domain
begin house fast_tests contracts/tests tests/architecture tests/contracts
begin types .venv/bin/pyright
begin walls .venv/bin/lint-imports
begin style .venv/bin/ruff check
begin format .venv/bin/ruff format --check
begin dependencies declared_dependencies

failed=()
for i in "${!names[@]}"; do
    if wait "${running[$i]}"; then
        printf '%-13s ok\n' "${names[$i]}"
    else
        failed+=("${names[$i]}")
        printf '%-13s FAILED\n' "${names[$i]}"
        cat "$said/${names[$i]}"
    fi
done

if [ ${#failed[@]} -gt 0 ]; then
    echo "Not green: ${failed[*]}."
    exit 1
fi
tail -qn 1 "$said/rules" "$said/house"
