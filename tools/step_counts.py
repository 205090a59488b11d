#!/usr/bin/env python3
"""Counts synchronisations and memory of a training step without a GPU: python3 tools/step_counts.py sampler CONFIG [--set KEY=VALUE]...

Trains N and 2 N steps in two runs on the simulated CUDA device of the tests; the difference of both runs counts the steps after
warm-up: host synchronisations, blocking copies, and where they occur. Memory is the peak of tensors, without workspaces (cuDNN,
cuBLAS), LibTorch's rounding and the CUDA context.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile


def run(program, task, config, settings, steps, folder):
    report = folder / f"report_{steps}.json"
    run_folder = folder / f"run_{steps}"
    every = {"fit.steps": steps, "fit.warmup": 1, "fit.checkpoint_every": steps, "fit.validate_every": steps, "fit.log_every": steps}
    command = [str(program), "train", task, config, "--device", "cuda", "--run", str(run_folder)]
    for key, value in every.items():
        command += ["--set", f"{key}={value}"]
    for setting in settings:
        command += ["--set", setting]
    environment = dict(os.environ, INTERPRIOR_PRETENDED_REPORT=str(report))
    ended = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if ended.returncode != 0:
        sys.exit(f"{' '.join(command)}\nended with {ended.returncode}:\n{ended.stdout[-3000:]}")
    lines = [json.loads(line) for line in (run_folder / "log.jsonl").read_text().splitlines()]
    memory = [line["memory_gib"] for line in lines if "memory_gib" in line]
    return json.loads(report.read_text()), memory[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task", choices=["prior", "cues", "sampler"])
    parser.add_argument("config")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    parser.add_argument("--steps", type=int, default=8, help="steps of the first run; the second run has twice as many (8)")
    parser.add_argument("--memory-only", action="store_true", help="one run of --steps steps")
    here = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument("--program", default=here / "build/release/bin/interprior_on_pretended_device")
    parser.add_argument("--json", help="also write the counts to this file")
    arguments = parser.parse_args()
    if not pathlib.Path(arguments.program).exists():
        sys.exit(f"{arguments.program} does not exist: build it (cmake --build build/release), or pass --program")
    with tempfile.TemporaryDirectory() as folder:
        ask = lambda steps: run(arguments.program, arguments.task, arguments.config, arguments.settings, steps, pathlib.Path(folder))
        first, memory = ask(arguments.steps)
        result = {"memory_gib": memory}
        print(f"peak memory of tensors       {memory:.3f} GiB")
        if not arguments.memory_only:
            second, _ = ask(2 * arguments.steps)
            for key, label in (("waits", "host waits per step"), ("blocking_uploads", "blocking copies per step")):
                result[key] = (second[key] - first[key]) / arguments.steps
                print(f"{label:<28} {result[key]:g}")
            for place, count in second["sites"].items():
                more = count - first["sites"].get(place, 0)
                if more > 0:
                    print(f"  {more / arguments.steps:g} x {place}")
        if arguments.json:
            pathlib.Path(arguments.json).write_text(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
