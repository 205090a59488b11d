#!/usr/bin/env bash
# Checks the format of every C++ file. Exit code 1 where anything is found.
#   --fix            writes the format instead of checking it
#   --tidy N         also clang-tidy on what the working tree and the last commit changed, at most N files: 20 s a file and core
#   FILE...          clang-tidy on these
set -euo pipefail
cd "$(dirname "$0")/.."

tidy=0 fix=false files=()
while [ $# -gt 0 ]; do
  case $1 in
    --tidy) [[ ${2:-} =~ ^[0-9]+$ ]] || { echo "lint: --tidy needs a number of files" >&2; exit 2; }; tidy=$2; shift ;;
    --fix) fix=true ;;
    -*) echo "lint: unknown option $1 (known: --fix, --tidy N, FILE...)" >&2; exit 2 ;;
    *) files+=("$1") ;;
  esac
  shift
done
command -v clang-format > /dev/null || { echo "lint: clang-format is missing: run tools/setup.sh" >&2; exit 1; }

status=0
mapfile -t sources < <(git ls-files --cached --others --exclude-standard -- '*.h' '*.cc' | sort)
if $fix; then
  clang-format -i "${sources[@]}"
else
  clang-format --dry-run --Werror "${sources[@]}" || { echo "lint: bash tools/lint.sh --fix formats the files" >&2; status=1; }
fi

if [ "$tidy" -gt 0 ]; then
  changed() { git diff --name-only --diff-filter=d "$@" -- 'src/*.cc' 'tools/*.cc'; }
  mapfile -t changes < <({ changed HEAD; changed HEAD~1 HEAD 2> /dev/null; } | awk '!seen[$0]++')
  files+=("${changes[@]:0:$tidy}")
  left=$((${#changes[@]} - tidy))
  [ "$left" -le 0 ] || echo "lint: $left more files changed: bash tools/lint.sh FILE... checks them" >&2
fi
if [ ${#files[@]} -gt 0 ]; then
  command -v clang-tidy > /dev/null || { echo "lint: clang-tidy is missing: run tools/setup.sh" >&2; exit 1; }
  [ -f build/release/compile_commands.json ] || { echo "lint: no build/release/compile_commands.json: run tools/setup.sh and build" >&2; exit 1; }
  # The precompiled header, which clang-tidy reads as text, includes Eigen also in files that do not use it.
  eigen=$(grep -om1 -- '-isystem [^ "]*eigen[^ "]*' build/release/compile_commands.json | head -1 || true)
  printf '%s\n' "${files[@]}" |
    xargs -P "$(nproc)" -n 1 clang-tidy --quiet -p build/release ${eigen:+--extra-arg="-isystem${eigen#-isystem }"} 2> /dev/null || status=1
fi
echo "lint: ${#sources[@]} files checked for format, ${#files[@]} with clang-tidy: $([ $status = 0 ] && echo nothing found || echo see above)"
exit $status
