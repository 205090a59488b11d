#!/usr/bin/env bash
# Sets up, builds and runs every test. Ends with "N passed, N failed, N skipped".
#   -L LABEL         only tests of a label: unit, golden, integration, distributed, gpu, device (a simulated GPU),
#                    cluster (SLURM, MPI and two hosts, where installed: 5 minutes)
#   --asan           also the tests of the modules that parse files, under AddressSanitizer and UndefinedBehaviorSanitizer
#   --tsan           also the tests with threads and processes, under ThreadSanitizer
#   --fuzz SECONDS   also every fuzz target of tests/fuzz for this long (tools/fuzz.sh)
# The first --asan or --fuzz builds build/asan, the first --tsan build/tsan: each takes as long as the first build of the program.
set -euo pipefail
cd "$(dirname "$0")/.."

label=() asan=false tsan=false fuzz=""
while [ $# -gt 0 ]; do
  case $1 in
    -L) [ $# -gt 1 ] || { echo "test: -L needs a label" >&2; exit 2; }; label=(-L "$2"); shift ;;
    --asan) asan=true ;;
    --tsan) tsan=true ;;
    --fuzz) [[ ${2:-} =~ ^[0-9]+$ ]] || { echo "test: --fuzz needs seconds" >&2; exit 2; }; fuzz=$2; shift ;;
    *) echo "test: unknown option $1 (known: -L LABEL, --asan, --tsan, --fuzz SECONDS)" >&2; exit 2 ;;
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
  rooms=(base hand render data model fuzz)
  cmake --build build/asan --target "${rooms[@]/%/_test}"
  rm -rf build/asan/results
  results+=(build/asan/results)
  ASAN_OPTIONS=detect_leaks=0 ctest --test-dir build/asan --output-on-failure -j "$(nproc)" -R "^($(IFS='|'; echo "${rooms[*]}"))_test" || status=$?
fi

if $tsan; then
  [ -f build/tsan/build.ninja ] || cmake --preset tsan
  cmake --build build/tsan --target base_test data_test evaluation_test distributed_test train_test model_test infer_test
  rm -rf build/tsan/results
  results+=(build/tsan/results)
  # Queues, loader, parallel reading, evaluation and reconstruction; checkpoint writer, process watch, Gloo.
  while read -r program filter; do
    build/tsan/bin/"$program" --gtest_list_tests --gtest_filter="$filter" | grep -q '^  ' ||
      { echo "test: $program has no test $filter" >&2; status=1; }
    TSAN_OPTIONS=suppressions=$PWD/tests/support/thread_sanitizer.txt OMP_NUM_THREADS=1 build/tsan/bin/"$program" --gtest_brief=1 \
      --gtest_filter="$filter" --gtest_output=xml:build/tsan/results/"$program".xml || status=$?
  done <<'TESTS'
base_test TensorFileTest.ManyThreads*:Hdf5WritersTest.*:BoundedQueue.*
data_test Loader.*
evaluation_test EvaluationPart.*
distributed_test ProcessWatchTest.*:*Distributed*
train_test RunCheckpointsTest.*:DeviceBatches.*:*Distributed*
model_test WinogradConvolutionTest.*
infer_test Reconstructor.OpenedFromFilesItIsTheSameFunctionForManyThreads
TESTS
fi

if [ -n "$fuzz" ]; then
  rm -rf build/asan/fuzz_results
  results+=(build/asan/fuzz_results)
  bash tools/fuzz.sh --seconds "$fuzz" || status=$?
fi

python3 tools/count_tests.py "$status" "${results[@]}"
