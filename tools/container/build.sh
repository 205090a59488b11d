#!/usr/bin/env bash
# Builds the program in an image of Debian 12; run as root in the project's folder. Used by Dockerfile and interprior.def.
#   --torch-index URL  takes torch from this wheel index, such as PyTorch's CPU wheels, instead of the default one
#   --jobs N           compiles at most N files at the same time; default: one per core
#   --only-setup       stops before the build
set -euo pipefail
cd "$(dirname "$0")/../.."

index="" jobs=$(nproc) only_setup=false
while [ $# -gt 0 ]; do
  case $1 in
    --torch-index) index=${2?"container/build.sh: --torch-index needs a URL"}; shift ;;
    --jobs) jobs=${2?"container/build.sh: --jobs needs a number"}; shift ;;
    --only-setup) only_setup=true ;;
    *) echo "container/build.sh: unknown option $1 (known: --torch-index URL, --jobs N, --only-setup)" >&2; exit 2 ;;
  esac
  shift
done

# Not in a minimal image: certificates for downloads.
apt-get update -qq
env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ca-certificates python3-venv
if [ -n "$index" ]; then
  torch=$(sed -n 's/^torch_version=//p' tools/setup.sh)
  torchvision=$(sed -n 's/^\(torchvision==[0-9.]*\).*/\1/p' tests/reference/requirements.txt)
  [ -x .venv/bin/python ] || python3 -m venv .venv
  .venv/bin/python -m pip install --quiet --no-cache-dir --index-url "$index" "torch==$torch" "$torchvision"
fi
env PIP_NO_CACHE_DIR=1 bash tools/setup.sh
$only_setup || cmake --build build/release --target interprior -j "$jobs"
rm -rf /var/lib/apt/lists/*
