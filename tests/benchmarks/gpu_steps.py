"""Training steps on a GPU, ours and PyTorch eager's, one table: samples a second, memory, and how busy the GPU was. The sampler with
ResNet-50 at 256x256, batch 32, in fp32 and bf16; the prior at the paper's size. tools/gpu_check.sh runs this. Memory is the allocators'
own peak of each process.
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
PROGRAMS = HERE.parent.parent / "build/release/bin"
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


def ours(program, name):
    arguments = [PROGRAMS / program, f"--benchmark_filter=^{name}(/.*)?$", f"--benchmark_min_time={SECONDS}", "--benchmark_format=json"]
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
    import prior_step_peer                                  # make their constants on the default device
    import sampler_step_peer
    sampler = lambda precision: lambda: sampler_step_peer.Step("paper", True, precision)
    steps = [("sampler fp32", "sampler_step_benchmark", "gpu_sampler_step", sampler("fp32"), 32, ""),
             ("sampler bf16", "sampler_step_benchmark", "gpu_sampler_step_bf16", sampler("bf16"), 32, "0.70"),
             ("prior fp32", "prior_step_benchmark", "gpu_prior_step", lambda: prior_step_peer.Step(128, 512, 4, 1024), 1024, "")]
    print(f"{torch.cuda.get_device_name(0)}, torch {torch.__version__}")
    print("| step | by | ms | samples/s | GiB | GPU busy % | ours / theirs | wanted |\n|---|---|---|---|---|---|---|---|")
    for title, program, name, prepare, batch, wanted in steps:
        step, own, other = prepare(), [], []
        for _ in range(ROUNDS):
            own.append(ours(program, name))
            other.append(theirs(step))
        middle = [[statistics.median(column) for column in zip(*rows)] for rows in (own, other)]
        for who, (ms, gib, busy), ratio in (("interprior", middle[0], f"{middle[0][0] / middle[1][0]:.3f}"),
                                            ("PyTorch eager", middle[1], "")):
            print(f"| {title} | {who} | {ms:.1f} | {1000 * batch / ms:.0f} | {gib:.1f} | {busy:.0f} | {ratio} | "
                  f"{wanted if ratio else ''} |", flush=True)
        del step
        torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
