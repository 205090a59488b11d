#!/usr/bin/env bash
# Installs interprior's dependencies and configures the release build. Idempotent; Debian 12 and Ubuntu 24.04, root or sudo.
#   --check      only lists what is missing (exit 1 if anything is)
#   --browser    also installs Chromium and its driver, if it can, for the test of the report's meshes
#   --torch DIR  uses an existing LibTorch: an unpacked libtorch, or site-packages/torch of a wheel
set -euo pipefail
cd "$(dirname "$0")/.."

torch_version=2.11.0
packages=(clang clang-format clang-tidy lld g++ cmake ninja-build python3-venv libopencv-dev libeigen3-dev libyaml-cpp-dev libspdlog-dev libhdf5-dev zlib1g-dev
          libgtest-dev libgmock-dev libcli11-dev libsimdjson-dev nlohmann-json3-dev libturbojpeg0-dev libembree-dev libcairo2-dev libgloo-dev libbenchmark-dev)
check=false browser=false torch_dir=""
while [ $# -gt 0 ]; do
  case $1 in
    --check) check=true ;;
    --browser) browser=true ;;
    --torch) [ $# -gt 1 ] || { echo "setup: --torch needs a folder" >&2; exit 2; }; torch_dir=$2; shift ;;
    *) echo "setup: unknown option $1 (known: --check, --browser, --torch DIR)" >&2; exit 2 ;;
  esac
  shift
done

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
python=.venv/bin/python
have_torch() { [ -x $python ] && $python -c "import importlib.metadata as m; assert m.version('torch').split('+')[0] == '$torch_version'" 2>/dev/null; }
have_references() {
  [ -x $python ] && $python - 2>/dev/null <<'P'
import importlib.metadata as m
for file in ("tests/reference/requirements.txt", "data_scripts/requirements-onnx.txt"):
    for line in open(file):
        name = line.split("#")[0].split("==")[0].strip()
        if name: m.version(name)
P
}

if $check; then
  for package in "${missing[@]}"; do echo "missing package: $package"; done
  [ -n "$torch_dir" ] || have_torch || echo "missing: torch==$torch_version in .venv"
  have_references || echo "missing: the Python packages of tests/reference/requirements.txt and data_scripts/requirements-onnx.txt in .venv"
  [ ${#missing[@]} -eq 0 ] && { [ -n "$torch_dir" ] || have_torch; } && have_references
  exit
fi

install() {
  echo "setup: installing $*" >&2
  local sudo=""
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "setup: run as root or install sudo; missing: $*" >&2; return 1; }
    sudo=sudo
  fi
  $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}
[ ${#missing[@]} -eq 0 ] || install "${missing[@]}"
if $browser && ! { command -v chromium && command -v chromedriver; } >/dev/null; then
  install chromium chromium-driver || echo "setup: Chromium could not be installed: the test of the report's meshes will be skipped" >&2
fi

if [ ! -x $python ] || ! $python -m pip --version >/dev/null 2>&1; then
  rm -rf .venv
  python3 -m venv .venv
fi
if [ -z "$torch_dir" ] && ! have_torch; then
  echo "setup: installing torch $torch_version into .venv (about 4.6 GB with CUDA)" >&2
  $python -m pip install --quiet --disable-pip-version-check "torch==$torch_version" >&2
fi
if ! have_references; then
  echo "setup: installing the Python packages of the reference tests into .venv" >&2
  $python -m pip install --quiet --disable-pip-version-check -r tests/reference/requirements.txt -r data_scripts/requirements-onnx.txt >&2
fi

if [ ! -f build/release/build.ninja ] || [ -n "$torch_dir" ]; then
  cmake --preset release ${torch_dir:+-DINTERPRIOR_TORCH_DIR="$torch_dir"} >&2
fi
