#!/usr/bin/env bash
# `interprior` on the PATH of the checks: replaces a documented training by a small prior on the CPU; keeps --run and --resume.
command=$1
kept=()
while [ $# -gt 0 ]; do
  case $1 in
    --run|--only|--seed) kept+=("$1" "$2"); shift ;;
    --resume|--list) kept+=("$1") ;;
  esac
  shift
done
if [ "$command" = sweep ]; then set -- sweep "$CHECK_FOLDER/sweep.yaml"; else set -- train prior "$CHECK_FOLDER/prior.yaml"; fi
# shellcheck disable=SC2086
# The launchers must not see simulated devices.
[ -z "${LD_PRELOAD_LATER:-}" ] || export LD_PRELOAD=$LD_PRELOAD_LATER
exec "$CHECK_PROGRAM" "$@" "${kept[@]}" --device "${CHECK_DEVICE:-cpu}" $CHECK_MORE
