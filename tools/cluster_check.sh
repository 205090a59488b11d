#!/usr/bin/env bash
# Tests a build with SLURM, MPI and two virtual hosts on this machine: the documented commands, signals, kills, cut links; prints
# a table. Needs root in a sandbox, no GPU. Daemons, network namespaces and files are removed at the end, after Ctrl-C too.
#   --program FILE   the program; default: build/release/bin/interprior
#   --only WORD      only checks whose name contains WORD; repeatable
#   --list           lists the checks
#   --no-install     installs no packages
#   --keep           keeps the folder with all logs
#   --if-possible    exit code 0 with a reason when this machine cannot run them
set -euo pipefail
cd "$(dirname "$0")/.."

install=true possible=1
arguments=()
for word in "$@"; do
  case $word in
    --no-install) install=false ;;
    --if-possible) possible=0 ;;
    *) arguments+=("$word") ;;
  esac
done
cannot() { echo "cluster_check: $1" >&2; exit "$possible"; }
case " ${arguments[*]:-} " in *" --list "* | *" --help "* | *" -h "*) exec python3 tools/cluster/check.py "${arguments[@]}" ;; esac

[ "$(id -u)" = 0 ] || cannot "network namespaces and SLURM's daemons need root: run it as root, in a container or virtual machine"

# Program: its Debian or Ubuntu package. Without the last two, their checks are skipped.
declare -A package=([slurmctld]=slurm-wlm [munged]=munge [ip]=iproute2 [unshare]=util-linux [mpirun.openmpi]=openmpi-bin [mpiexec.hydra]=mpich)
missing=()
for program in slurmctld munged ip unshare mpirun.openmpi mpiexec.hydra; do
  command -v "$program" > /dev/null || missing+=("${package[$program]}")
done
if [ ${#missing[@]} -gt 0 ] && $install && command -v apt-get > /dev/null; then
  echo "installing ${missing[*]}" >&2
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } > /dev/null 2>&1 ||
    echo "cluster_check: apt-get could not install ${missing[*]}" >&2
fi
for program in slurmctld munged ip unshare; do
  command -v "$program" > /dev/null || cannot "$program is missing: apt-get install ${missing[*]}"
done
unshare --net --uts --mount true 2> /dev/null || cannot "this container cannot create network namespaces: start it with --privileged"
exec python3 tools/cluster/check.py "${arguments[@]}"
