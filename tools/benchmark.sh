#!/usr/bin/env bash
# Builds the benchmarks and prints their times beside PyTorch's, one table (docs/benchmarks.md). Wants a machine that is otherwise
# quiet. Options go to tests/benchmarks/compare.py: --only TEXT, --threads 1 2, --rounds N, --seconds S.
set -euo pipefail
cd "$(dirname "$0")/.."

bash tools/setup.sh
cmake -S . -B build/release -DINTERPRIOR_BENCHMARKS=ON > /dev/null
cmake --build build/release --target benchmarks >&2
.venv/bin/python tests/benchmarks/compare.py "$@"
