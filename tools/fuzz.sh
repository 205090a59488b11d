#!/usr/bin/env bash
# Fuzzes the file parsers (tests/fuzz) with libFuzzer under AddressSanitizer and UndefinedBehaviorSanitizer, in build/asan.
#   fuzz.sh --seconds N [TARGET...]   N seconds each, one target per core at a time; default: all targets
#   --runs N      also stop a target after N inputs
# Prints the inputs per second of each target. A finding is a crash, an exception other than Error, a run time of 10 seconds, or
# memory above 50 MB + 20 times the input: exit code 1, the input is in build/asan/findings/TARGET. Once fixed, add it to
# tests/fuzz/found/TARGET.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds="" runs=-1 chosen=()
known=($(sed -n 's/^  X(\([a-z_0-9]*\)).*/\1/p' tests/fuzz/targets.h))
while [ $# -gt 0 ]; do
  case $1 in
    --seconds | --runs)
      [[ ${2:-} =~ ^[0-9]+$ ]] || { echo "fuzz: $1 needs a number" >&2; exit 2; }
      [ "$1" = --seconds ] && seconds=$2 || runs=$2
      shift ;;
    -*) echo "fuzz: unknown option $1 (known: --seconds N, --runs N)" >&2; exit 2 ;;
    *) [[ " ${known[*]} " == *" $1 "* ]] || { echo "fuzz: there is no target $1 (known: ${known[*]})" >&2; exit 2; }; chosen+=("$1") ;;
  esac
  shift
done
[ -n "$seconds" ] || { echo "usage: fuzz.sh --seconds N [--runs N] [TARGET...]" >&2; exit 2; }
[ ${#chosen[@]} -gt 0 ] || chosen=("${known[@]}")

runtime=$(clang++ --print-file-name=libclang_rt.fuzzer-x86_64.a)
if [ ! -e "$runtime" ] && [ ! -e "${runtime/-x86_64/}" ]; then
  version=$(clang++ -dumpversion)
  package=libclang-rt-${version%%.*}-dev   # of Debian 12 and Ubuntu 24.04
  echo "fuzz: installing $package" >&2
  sudo=""
  [ "$(id -u)" -eq 0 ] || sudo=sudo
  $sudo apt-get update -qq
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >&2
fi

[ -f build/asan/build.ninja ] || cmake --preset asan >&2
cmake --build build/asan --target "${chosen[@]/#/fuzz_}" >&2

export ASAN_OPTIONS=detect_leaks=0:detect_odr_violation=0:quarantine_size_mb=16:malloc_context_size=3 OMP_NUM_THREADS=1 OPENCV_LOG_LEVEL=SILENT
# 50 MB + 20 times an input of at most 64 kB: per allocation, and in addition to LibTorch and the inputs kept in memory.
limits=(-max_len=65536 -timeout=10 -malloc_limit_mb=51 -close_fd_mask=3)   # libraries print warnings

fuzz_one() {
  local target=$1 status=0
  local work=build/asan/corpus/$target found=build/asan/findings/$target log=build/asan/$target.log
  mkdir -p "$work" "$found"
  local before
  before=$(build/asan/bin/fuzz_"$target" -runs=0 -close_fd_mask=3 "$work" "tests/fuzz/corpus/$target" 2>&1 | sed -n 's/.*INITED.*rss: \([0-9]*\)Mb.*/\1/p')
  build/asan/bin/fuzz_"$target" "${limits[@]}" -rss_limit_mb=$((${before:-500} + 120)) -max_total_time="$seconds" -runs="$runs" -artifact_prefix="$found/" -print_final_stats=1 \
    "$work" "tests/fuzz/corpus/$target" $([ -d "tests/fuzz/found/$target" ] && echo "tests/fuzz/found/$target") >"$log" 2>&1 || status=$?
  awk -v target="$target" -v status="$status" '
    /^stat::number_of_executed_units/ { inputs = $2 }
    /^stat::average_exec_per_sec/ { rate = $2 }
    /^stat::peak_rss_mb/ { memory = $2 }
    END { printf "%-18s %9d inputs %7d/s %5d MB  %s\n", target, inputs, rate, memory, status == 0 ? "nothing found" : "FOUND SOMETHING" }' "$log"
  # Result in GoogleTest's format, for tools/count_tests.py.
  mkdir -p build/asan/fuzz_results
  printf '<testsuites><testsuite><testcase classname="Fuzz" name="%s" status="run">%s</testcase></testsuite></testsuites>\n' \
    "$target" "$([ "$status" -eq 0 ] || echo '<failure/>')" >build/asan/fuzz_results/"$target".xml
  if [ "$status" -ne 0 ]; then
    grep -m 1 -E "ERROR|runtime error|terminate called|what\(\)" "$log" || tail -n 3 "$log"
    grep -m 1 "Test unit written to" "$log" || true
  fi
  return "$status"
}

status=0 running=0
for target in "${chosen[@]}"; do
  fuzz_one "$target" &
  running=$((running + 1))
  if [ "$running" -ge "$(nproc)" ]; then
    wait -n || status=1
    running=$((running - 1))
  fi
done
while [ "$running" -gt 0 ]; do
  wait -n || status=1
  running=$((running - 1))
done
exit "$status"
