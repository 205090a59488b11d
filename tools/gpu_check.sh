#!/usr/bin/env bash
# What a GPU says: every test that needs one, then training steps beside PyTorch's, one table. Wants an otherwise idle GPU.
#   --quick    tests alone
set -euo pipefail
cd "$(dirname "$0")/.."

quick=false
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=true ;;
    *) echo "gpu_check: unknown option $1 (known: --quick)" >&2; exit 2 ;;
  esac
  shift
done

bash tools/setup.sh
if ! .venv/bin/python -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then
  echo "gpu_check: LibTorch sees no GPU on this machine (nvidia-smi shows the driver's side)" >&2
  exit 1
fi
cmake -S . -B build/release -DINTERPRIOR_BENCHMARKS=ON > /dev/null
cmake --build build/release >&2
cmake --build build/release --target benchmarks >&2
rm -rf build/release/results
status=0
ctest --test-dir build/release --output-on-failure -L gpu >&2 || status=$?
python3 tools/count_tests.py "$status" build/release/results || true
$quick && exit "$status"
.venv/bin/python tests/benchmarks/gpu_steps.py
exit "$status"
