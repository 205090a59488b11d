"""Evaluation from files, compared with vectorised numpy: evaluation_benchmark.py [--samples N] [--rounds N].

Writes predictions and ground truth as MANO parameters of a random hand model of MANO's size (778 vertices, with pose corrections).
Measures time and peak memory of `evaluate` with all joint and vertex metrics and of evaluation_peer.py on the same files, alternately;
then the time of the surface metrics, on one thread, for pairs of procedural hands a few centimetres apart. Run it on an idle machine.
"""
import argparse
import json
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent.parent / "data_scripts"), str(HERE.parent / "reference")]

from hands import write_hands  # noqa: E402
from random_hand import random_hand  # noqa: E402
from tensor_file import write_tensor_file  # noqa: E402

PROGRAM = HERE.parent.parent / "build/release/bin/interprior"


def write_hand(path):
    """Writes a random hand model of MANO's size: four joints influence each vertex, ten vertices regress each joint."""
    rng = np.random.default_rng(0)
    arrays = {}
    for side in ("right", "left"):
        hand = random_hand(rng, 778)
        for key, kept in (("weights", 4), ("J_regressor", 10)):
            rows = hand[key]
            rows[rows < np.sort(rows, axis=1)[:, -kept][:, None]] = 0
            hand[key] = rows / rows.sum(axis=1, keepdims=True)
        arrays.update({f"{side}/{key}": np.asarray(value) for key, value in hand.items()})
    write_tensor_file(path, "hand", arrays, attributes={"source": "procedural"})


def write_sets(folder, count):
    rng = np.random.default_rng(1)
    sample = [f"test/Capture{i % 7}/ROM{i % 61}/cam{400000 + i % 90}/image{i}.jpg" for i in range(count)]
    group = [f"Capture{i % 7}/ROM{i % 61}" for i in range(count)]
    pose, shape = rng.normal(0, 0.25, (count, 2, 48)), rng.normal(0, 0.5, (count, 2, 10))
    translation = rng.normal(0, 0.04, (count, 2, 3)) + [0, 0, 0.8]
    translation[:, 1, 0] += 0.05
    write_hands(folder / "truth.h5", sample=sample, group=group, pose=pose, shape=shape, translation=translation)
    write_hands(folder / "predictions.h5", sample=sample, group=group, pose=pose + rng.normal(0, 0.1, pose.shape),
                shape=shape + rng.normal(0, 0.3, shape.shape), translation=translation + rng.normal(0, 0.01, translation.shape))


def run(words):
    begin = time.perf_counter()
    out = subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout
    return time.perf_counter() - begin, json.loads(out), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--samples", type=int, default=100_000)
    arguments.add_argument("--surfaces", type=int, default=4_000)
    arguments.add_argument("--rounds", type=int, default=2)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_hand(folder / "hand.h5")
        write_sets(folder, options.samples)
        files = ["--predictions", folder / "predictions.h5", "--truth", folder / "truth.h5", "--hand", folder / "hand.h5"]
        ours, theirs = [], []
        for _ in range(options.rounds):
            seconds, result, memory = run([PROGRAM, "evaluate", *files, "--without-surfaces", "--json"])
            ours.append(seconds)
            peer, numbers, _ = run([sys.executable, HERE / "evaluation_peer.py", *files[1::2]])
            theirs.append(peer)
            print(f"evaluate {seconds:.1f} s ({memory:.0f} MiB), numpy {peer:.1f} s; MPJPE {result['metrics']['mpjpe_mm']:.6f} mm", flush=True)
        print(f"{options.samples} samples: {statistics.median(ours):.1f} s, {statistics.median(theirs) / statistics.median(ours):.1f} times as "
              f"fast as numpy, which measures the method alone; {memory:.0f} MiB at most")

        subprocess.run([PROGRAM, "prepare", "hand", "--procedural", "--out", folder / "procedural.h5"], check=True, capture_output=True)
        write_sets(folder, options.surfaces)
        files[-1] = folder / "procedural.h5"
        without, _, _ = run([PROGRAM, "evaluate", *files, "--without-surfaces", "--threads", "1", "--json"])
        with_surfaces, result, _ = run([PROGRAM, "evaluate", *files, "--threads", "1", "--json"])
        metrics = result["metrics"]
        print(f"surfaces, one thread: {options.surfaces / (with_surfaces - without):.0f} samples a second "
              f"({100 * metrics['contact_ratio']:.0f} % of them touch, mean depth {metrics['penetration_mm']:.2f} mm)")


if __name__ == "__main__":
    main()
