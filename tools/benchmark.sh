#!/usr/bin/env bash
# Builds the benchmarks and prints a table of times for interprior and PyTorch (docs/benchmarks.md). Needs an otherwise idle
# machine. Options are passed to tests/benchmarks/compare.py: --only TEXT, --threads 1 2, --rounds N, --seconds S.
set -euo pipefail
cd "$(dirname "$0")/.."

bash tools/setup.sh
cmake -S . -B build/release -DINTERPRIOR_BENCHMARKS=ON > /dev/null
cmake --build build/release --target benchmarks >&2
.venv/bin/python tests/benchmarks/compare.py "$@"
