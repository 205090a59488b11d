#!/usr/bin/env bash
# Checks on a GPU: all tests that need one, training steps compared with PyTorch's, the quickstart's training; a table and
# gpu_check.json. Needs an otherwise idle GPU.
#   --quick        only tests
#   --bundle DIR   runs nothing: makes a folder of less than 60 MB for a machine with a GPU that has only Python and torch==2.11.0
#   --record FILE  writes the table of a gpu_check.json into docs/benchmarks.md
set -euo pipefail
from=$PWD
cd "$(dirname "$0")/.."

parts=() bundle="" record=""
while [ $# -gt 0 ]; do
  case $1 in
    --bundle|--record) [ $# -gt 1 ] || { echo "gpu_check: $1 needs a value" >&2; exit 2; } ;;&
    --quick) parts=(tests) ;;
    --bundle) bundle=$2; [[ $bundle = /* ]] || bundle=$from/$bundle; shift ;;
    --record) record=$2; [[ $record = /* ]] || record=$from/$record; shift ;;
    *) echo "gpu_check: unknown option $1 (known: --quick, --bundle DIR, --record FILE)" >&2; exit 2 ;;
  esac
  shift
done
if [ -n "$record" ]; then exec python3 tools/gpu/record.py "$record"; fi

bash tools/setup.sh
if [ -z "$bundle" ] && ! .venv/bin/python -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then
  echo "gpu_check: LibTorch sees no GPU on this machine (see nvidia-smi for the driver); --bundle DIR makes a folder for a machine with one" >&2
  exit 1
fi
cmake -S . -B build/release -DINTERPRIOR_BENCHMARKS=ON > /dev/null
cmake --build build/release --target interprior train_test run_test distributed_test prior_step_benchmark sampler_step_benchmark >&2
if [ -n "$bundle" ]; then exec python3 tools/gpu/gather.py "$bundle"; fi
exec .venv/bin/python tools/gpu/check.py "${parts[@]}"
