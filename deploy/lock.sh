#!/usr/bin/env bash
# Writes requirements.lock anew: one set of versions for everyone, with hashes and without addresses.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
deploy/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
    --group dev --no-emit-package qizheng-contracts --no-emit-package qizheng-casework --no-emit-package qizheng-chassis \
    --output-file requirements.lock contracts/pyproject.toml services/*/pyproject.toml "$@"
