"""Training steps on a GPU, of interprior and of eager PyTorch: milliseconds, memory and GPU utilisation. The sampler with ResNet-50 at
256x256, batch 32, in fp32 and bf16; the prior at the paper's size. tools/gpu/check.py runs this. Memory is the peak of each process's
allocator.
"""
import contextlib
import json
import statistics
import subprocess
import threading
import time

import torch

SECONDS, ROUNDS = 5, 3


class Busy:
    """Mean GPU utilisation reported by nvidia-smi during the measurement, percent."""

    def __enter__(self):
        self.samples, self.stop = [], threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self):
        while not self.stop.wait(0.3):
            try:
                said = subprocess.run(["nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "--id=0"],
                                      capture_output=True, text=True).stdout.strip()
            except FileNotFoundError:
                return
            if said.isdigit():
                self.samples.append(int(said))

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()

    def percent(self):
        late = self.samples[len(self.samples) // 3:]      # without the first third, in which the program starts
        return statistics.mean(late) if late else None


def ours(place, program, name, seconds):
    arguments = [f"--benchmark_filter=^{name}(/.*)?$", f"--benchmark_min_time={seconds}", "--benchmark_format=json"]
    with Busy() as busy:
        ended = subprocess.run([str(place.programs / program), *arguments], env=place.environment, capture_output=True, text=True)
    if ended.returncode != 0:
        raise RuntimeError(f"{program} ended with {ended.returncode}: {ended.stderr[-500:]}")
    run = json.loads(ended.stdout)["benchmarks"][0]
    return {"ms": run["real_time"], "gib": run.get("memory_gib"), "busy": busy.percent()}


def theirs(step, seconds, on_gpu):
    wait = torch.cuda.synchronize if on_gpu else lambda: None
    for _ in range(5 if on_gpu else 1):
        step()
    wait()
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    begin, count = time.perf_counter(), 0
    with Busy() if on_gpu else contextlib.nullcontext() as busy:
        while count == 0 or time.perf_counter() - begin < seconds:
            step()
            wait()
            count += 1
        elapsed = (time.perf_counter() - begin) / count
    return {"ms": 1000 * elapsed, "gib": torch.cuda.max_memory_allocated() / 2**30 if on_gpu else None,
            "busy": busy.percent() if on_gpu else None}


def middle(runs):
    values = {key: [run[key] for run in runs if run[key] is not None] for key in runs[0]}
    return {key: statistics.median(column) for key, column in values.items() if column}


def measured(place, on_gpu):
    """One dict of figures per step and side. Without a GPU: short runs of the quickstart's steps on the CPU."""
    if on_gpu:
        torch.set_default_device("cuda")                    # device on which the peers create constants
    import prior_step_peer
    import sampler_step_peer
    if on_gpu:
        sampler = lambda precision: lambda: sampler_step_peer.Step("paper", True, precision)
        steps = [("sampler fp32", "sampler_step_benchmark", "gpu_sampler_step", sampler("fp32"), 32, None),
                 ("sampler bf16", "sampler_step_benchmark", "gpu_sampler_step_bf16", sampler("bf16"), 32, 0.70),
                 ("prior fp32", "prior_step_benchmark", "gpu_prior_step", lambda: prior_step_peer.Step(128, 512, 4, 1024), 1024, None)]
    else:
        steps = [("sampler fp32, on the CPU", "sampler_step_benchmark", "sampler_step_quickstart",
                  lambda: sampler_step_peer.Step("quickstart", True, "fp32"), 16, None),
                 ("prior fp32, on the CPU", "prior_step_benchmark", "prior_step_quickstart",
                  lambda: prior_step_peer.Step(48, 256, 2, 128), 128, None)]
    seconds, rounds = (SECONDS, ROUNDS) if on_gpu else (0.1, 1)
    for title, program, name, prepare, batch, wanted in steps:
        step, own, other = prepare(), [], []
        for _ in range(rounds):
            own.append(ours(place, program, name, seconds))
            other.append(theirs(step, seconds, on_gpu))
        own, other = middle(own), middle(other)
        for who, figures in (("interprior", own), ("PyTorch eager", other)):
            figures.update(step=f"{title}, {who}", samples_per_second=1000 * batch / figures["ms"])
        if on_gpu:
            own["ratio"] = own["ms"] / other["ms"]
        if wanted is not None:
            own["wanted"] = wanted
        yield own
        yield other
        del step
        if on_gpu:
            torch.cuda.empty_cache()
