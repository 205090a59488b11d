#!/usr/bin/env bash
# Sets up, builds and runs every test. Ends with "N passed, N failed, N skipped".
#   -L LABEL   only tests of a label: unit, golden, integration, distributed, gpu
#   --asan     also builds the rooms that read foreign bytes under AddressSanitizer and runs their tests
set -euo pipefail
cd "$(dirname "$0")/.."

label=() asan=false
while [ $# -gt 0 ]; do
  case $1 in
    -L) [ $# -gt 1 ] || { echo "test: -L needs a label" >&2; exit 2; }; label=(-L "$2"); shift ;;
    --asan) asan=true ;;
    *) echo "test: unknown option $1 (known: -L LABEL, --asan)" >&2; exit 2 ;;
  esac
  shift
done

bash tools/setup.sh
cmake --build build/release
rm -rf build/release/results
status=0
results=(build/release/results)
ctest --test-dir build/release --output-on-failure -j "$(nproc)" "${label[@]}" || status=$?

if $asan; then
  [ -f build/asan/build.ninja ] || cmake --preset asan
  cmake --build build/asan --target base_test data_test
  rm -rf build/asan/results
  results+=(build/asan/results)
  ASAN_OPTIONS=detect_leaks=0 ctest --test-dir build/asan --output-on-failure -R '^(base|data)_test' || status=$?
fi

python3 tools/count_tests.py "$status" "${results[@]}"
