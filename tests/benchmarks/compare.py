"""Times the C++ benchmarks beside their PyTorch peers and prints one table: compare.py [--only TEXT] [--threads 1 2] [--rounds N].

Every *_benchmark.cc is a Google Benchmark program in build/release/bin; every *_peer.py has PEERS, a list of Peer. Both sides
are timed alternately (A B A B ...) in one call, so that other load affects both; the ratio is that of the medians.
tools/benchmark.sh builds and runs this.
"""
import argparse
import importlib
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

os.environ.setdefault("GOMP_SPINCOUNT", "30000")   # as the program does; read when torch is loaded

import torch  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
REPETITIONS = 3          # timed repetitions per side and round


def names_of(program):
    listed = subprocess.run([program, "--benchmark_list_tests"], capture_output=True, text=True, check=True).stdout
    return listed.split()


def time_ours(program, name, threads, seconds):
    """Milliseconds per step of each repetition, and the benchmark's own counters."""
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads))
    arguments = [program, f"--benchmark_filter=^{re.escape(name)}$", f"--benchmark_min_time={seconds}",
                 f"--benchmark_repetitions={REPETITIONS}", "--benchmark_format=json"]
    output = subprocess.run(arguments, capture_output=True, text=True, check=True, env=environment).stdout
    runs = [run for run in json.loads(output)["benchmarks"] if run["run_type"] == "iteration"]
    known = set(runs[0]) - {key for key in runs[0] if isinstance(runs[0][key], str)}
    own = known - {"iterations", "real_time", "cpu_time", "threads", "repetitions", "repetition_index", "family_index",
                   "per_family_instance_index"}
    return [run["real_time"] for run in runs], {key: runs[0][key] for key in sorted(own)}


def time_theirs(step, threads, seconds):
    torch.set_num_threads(threads)
    step()
    stretches = []
    for _ in range(REPETITIONS):
        begin, count = time.perf_counter(), 0
        while count == 0 or time.perf_counter() - begin < seconds:
            step()
            count += 1
        stretches.append(1000 * (time.perf_counter() - begin) / count)
    return stretches


def peers_by_name():
    sys.path[:0] = [str(HERE), str(HERE.parent / "reference"), str(HERE.parent.parent / "data_scripts")]
    peers = {}
    for file in sorted(HERE.glob("*_peer.py")):
        for peer in importlib.import_module(file.stem).PEERS:
            peers.setdefault(peer.benchmark, []).append(peer)
    return peers


def row(*cells):
    return "| " + " | ".join(cells) + " |"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", type=pathlib.Path, default=HERE.parent.parent / "build/release/bin")
    parser.add_argument("--only", default="", help="benchmarks whose name contains this")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.4, help="length of one timed stretch")
    arguments = parser.parse_args()

    peers = peers_by_name()
    print(row("benchmark", "beside", "threads", "ours ms", "theirs ms", "ratio", "wanted", "also"))
    print(row(*["---"] * 8))
    for source in sorted(HERE.glob("*_benchmark.cc")):
        if "benchmark/benchmark.h" not in source.read_text():
            continue     # this one takes its own arguments
        program = arguments.programs / source.stem
        if not program.exists():
            print(f"{program} is not built", file=sys.stderr)
            continue
        for full_name in names_of(program):
            name = full_name.split("/")[0]
            if arguments.only not in name:
                continue
            beside = peers.get(name, [])
            steps = [peer.prepare() for peer in beside]
            for threads in arguments.threads:
                ours, theirs, counters = [], [[] for _ in beside], {}
                for _ in range(arguments.rounds):
                    times, counters = time_ours(program, full_name, threads, arguments.seconds)
                    ours += times
                    for step, collected in zip(steps, theirs):
                        collected += time_theirs(step, threads, arguments.seconds)
                mine = statistics.median(ours)
                also = ", ".join(f"{key} {value:.2f}" for key, value in counters.items())
                if not beside:
                    print(row(name, "", str(threads), f"{mine:.2f}", "", "", "", also), flush=True)
                for peer, collected in zip(beside, theirs):
                    other = statistics.median(collected)
                    wanted = f"{peer.wanted:.2f}" if peer.wanted else ""
                    print(row(name, peer.what, str(threads), f"{mine:.2f}", f"{other:.2f}", f"{mine / other:.3f}", wanted, also),
                          flush=True)


if __name__ == "__main__":
    main()
