"""Runs the checks and prints a table. Called by `bash tools/cluster_check.sh`."""
import argparse
import pathlib
import shutil
import signal
import sys
import tempfile
import threading
import time

from lab import ROOT, Failed, Lab, Skipped

import launcher_checks
import network_checks
import slurm_checks

# Lanes in parallel, as many checks mostly wait; then the checks that change shared state.
LANES = [slurm_checks.CHECKS, [*network_checks.CHECKS, *launcher_checks.CHECKS], network_checks.ONLY_WAITS]
ALONE = network_checks.ALONE


def stop(number, _):
    raise KeyboardInterrupt


def run(lab, check):
    """(outcome, note)"""
    try:
        return "passed", check(lab) or ""
    except Skipped as reason:
        return "skipped", str(reason)
    except Failed as fault:
        return "failed", str(fault)
    except Exception as fault:  # also for a bug in the check
        return "failed", f"{type(fault).__name__}: {fault}"


def run_all(lab, checks, rows):
    for check in checks:
        begin = time.monotonic()
        outcome, note = run(lab, check)
        if lab.closed:
            return
        rows.append(outcome)
        print(f"{check.__name__:28} {outcome:8} {time.monotonic() - begin:5.0f} s  {note}", flush=True)


def run_lanes(lab, lanes, rows):
    """Runs the lanes in threads; polls, so that Ctrl-C is handled."""
    threads = [threading.Thread(target=run_all, args=(lab, lane, rows), daemon=True) for lane in lanes]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        time.sleep(0.1)


def main():
    parser = argparse.ArgumentParser(prog="cluster_check.sh", description="Tests with SLURM, MPI and two virtual hosts on this machine.")
    parser.add_argument("--program", default=ROOT / "build/release/bin/interprior")
    parser.add_argument("--only", action="append", metavar="WORD", help="only checks whose name contains it")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    *lanes, alone = [[check for check in lane if not options.only or any(word in check.__name__ for word in options.only)]
                     for lane in [*LANES, ALONE]]
    checks = [check for lane in [*lanes, alone] for check in lane]
    if options.list:
        print("\n".join(f"{check.__name__:32}  {check.__doc__}" for check in checks))
        return 0
    if not checks:
        sys.exit(f"cluster_check: no check has a name with {', '.join(options.only)} (see --list)")
    if shutil.disk_usage(tempfile.gettempdir()).free < 1 << 30:
        sys.exit(f"cluster_check: {tempfile.gettempdir()} has less than 1 GiB left: set TMPDIR to another folder")
    if not pathlib.Path(options.program).is_file():
        sys.exit(f"cluster_check: {options.program} does not exist: build it (cmake --build build/release), or pass --program")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="interprior-cluster-"))
    folder.chmod(0o755)
    lab = Lab(folder, options.program)
    rows = []
    try:
        lab.start()
        run_lanes(lab, lanes, rows)
        run_lanes(lab, [alone], rows)
    except KeyboardInterrupt:
        print("cluster_check: interrupted", file=sys.stderr)
        return 130
    except RuntimeError as fault:
        print(f"cluster_check: {fault}", file=sys.stderr)
        return 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        lab.stop()
        if options.keep or "failed" in rows:
            print(f"logs: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(", ".join(f"{rows.count(outcome)} {outcome}" for outcome in ["passed", "failed", "skipped"]))
    return 1 if "failed" in rows else 0


if __name__ == "__main__":
    sys.exit(main())
