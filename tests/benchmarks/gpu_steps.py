"""The sampler's training step on a GPU (ResNet-50, 256x256, batch 32), ours and PyTorch eager's, one table: images a second, memory,
and how busy the GPU was. tools/gpu_check.sh runs this. Memory is the allocators' own peak of each process.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import threading
import time

import torch

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = HERE.parent.parent / "build/release/bin/sampler_step_benchmark"
SECONDS, ROUNDS = 5, 3


class Busy:
    """The mean of what nvidia-smi says of the GPU's use while it is measured, in percent."""

    def __enter__(self):
        self.samples, self.stop = [], threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self):
        while not self.stop.wait(0.3):
            said = subprocess.run(["nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "--id=0"],
                                  capture_output=True, text=True).stdout.strip()
            if said.isdigit():
                self.samples.append(int(said))

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()

    def percent(self):
        late = self.samples[len(self.samples) // 3:]      # the first third starts the program
        return statistics.mean(late) if late else float("nan")


def ours(name):
    arguments = [PROGRAM, f"--benchmark_filter=^{name}$", f"--benchmark_min_time={SECONDS}", "--benchmark_format=json"]
    with Busy() as busy:
        output = subprocess.run(arguments, capture_output=True, text=True, check=True,
                                env=dict(os.environ, GOMP_SPINCOUNT="30000")).stdout
    run = json.loads(output)["benchmarks"][0]
    return run["real_time"], run["memory_gib"], busy.percent()


def theirs(step):
    for _ in range(5):
        step()
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    begin, count = time.perf_counter(), 0
    with Busy() as busy:
        while time.perf_counter() - begin < SECONDS:
            step()
            torch.cuda.synchronize()
            count += 1
        seconds = (time.perf_counter() - begin) / count
    return 1000 * seconds, torch.cuda.max_memory_allocated() / 2**30, busy.percent()


def main():
    torch.set_default_device("cuda")
    sys.path[:0] = [str(HERE), str(HERE.parent / "reference")]
    from sampler_step_peer import BATCHES, Step            # makes its constants on the default device
    print(f"{torch.cuda.get_device_name(0)}, torch {torch.__version__}, batch {BATCHES['paper']}")
    print("| step | by | ms | images/s | GiB | GPU busy % | ours / theirs | wanted |\n|---|---|---|---|---|---|---|---|")
    for precision, name in (("fp32", "gpu_sampler_step"), ("bf16", "gpu_sampler_step_bf16")):
        own, other = [], []
        step = Step("paper", True, precision)
        for _ in range(ROUNDS):
            own.append(ours(name))
            other.append(theirs(step))
        middle = [[statistics.median(column) for column in zip(*rows)] for rows in (own, other)]
        wanted = "0.70" if precision == "bf16" else ""
        for who, (ms, gib, busy), ratio in (("interprior", middle[0], f"{middle[0][0] / middle[1][0]:.3f}"),
                                            ("PyTorch eager, channels last, fused AdamW", middle[1], "")):
            print(f"| {precision} | {who} | {ms:.1f} | {1000 * BATCHES['paper'] / ms:.0f} | {gib:.1f} | {busy:.0f} | {ratio} | "
                  f"{wanted if ratio else ''} |", flush=True)


if __name__ == "__main__":
    main()
