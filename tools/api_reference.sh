#!/usr/bin/env bash
# Writes the reference of the C++ headers to build/api/index.html. Needs doxygen, and fails on every warning of it.
#   bash tools/api_reference.sh
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v doxygen > /dev/null; then
  echo "error: doxygen is missing: install the package doxygen" >&2
  exit 1
fi
mkdir -p build/api
# One group for each module, described as in the table of docs/developing.md.
awk -F ' *[|] *' '/^## / { rooms = $0 == "## Rooms" }
  rooms && $2 ~ /^`[a-z]+`$/ { gsub(/`/, "", $2); print "/** \\defgroup " $2 " " $2 "\n" $3 " */" }' docs/developing.md \
  > build/api/rooms.dox
doxygen docs/Doxyfile
echo "build/api/index.html"
