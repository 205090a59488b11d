"""Shared by all checks: two hosts with SLURM, the program with small data, and access to its runs."""
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import threading
import time

from hosts import Hosts
from slurm import Slurm

ROOT = pathlib.Path(__file__).resolve().parents[2]
STEPS, SHORT = 200, 40  # of runs that are disturbed, and of runs that only have to start and finish
PRIOR = """model: {{latent: 4, width: 16, depth: 1}}
loader: {{batch: 4, workers: 0}}
hand: {folder}/hand.h5
data: {{train: {{path: {folder}/patterns.h5}}, validation: {{limit: 8}}}}
fit: {{learning_rate: 1.0e-4, steps: {steps}, warmup: 2, log_every: 1, checkpoint_every: 1000000, validate_every: 1000000}}
"""
SWEEP = """claim: the small width is as good
base: {folder}/prior.yaml
task: prior
seeds: [0, 1]
set: [fit.steps=200]
cells:
  - {{name: narrow, set: []}}
  - {{name: wide, set: [model.width=24]}}
metric: prior_joint_error_mm
"""
SHORTENED = {"CHECK_MORE": f"--set fit.steps={SHORT}"}


class Failed(Exception):
    pass


class Skipped(Exception):
    pass


def expect(condition, what):
    if not condition:
        raise Failed(what)


def tail(text, lines=4):
    return " / ".join(text.strip().splitlines()[-lines:])


class Started:
    """A command on one of the hosts."""

    def __init__(self, words, environment, folder, log):
        self.log = log
        self.stream = open(log, "w")
        self.process = subprocess.Popen(words, env=environment, cwd=folder, stdout=self.stream, stderr=self.stream, start_new_session=True)

    def said(self):
        return self.log.read_text(errors="replace")

    def finish(self, seconds=60):
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"not ended after {seconds} s: {tail(self.said())}") from None
        return code

    def kill(self, number=signal.SIGKILL):
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
            self.process.wait()


class Lab:
    def __init__(self, folder, program):
        self.folder, self.program = pathlib.Path(folder), pathlib.Path(program).resolve()
        self.hosts = Hosts(self.folder)
        self.slurm = Slurm(self.hosts, self.folder / "slurm")
        self.started, self.numbers, self.closed = [], itertools.count(1), False
        self.one_at_a_time = threading.Lock()
        self.bin = self.folder / "bin"

    def start(self):
        self.bin.mkdir()
        shutil.copy(ROOT / "tools/cluster/interprior_small.sh", self.bin / "interprior")
        (self.folder / "prior.yaml").write_text(PRIOR.format(folder=self.folder, steps=STEPS))
        (self.folder / "sweep.yaml").write_text(SWEEP.format(folder=self.folder))
        for words in [["prepare", "hand", "--procedural", "--out", "hand.h5"], ["synthesize", "patterns", "patterns.h5", "--count", "100"]]:
            done = subprocess.run([self.program, *words], cwd=self.folder, capture_output=True, text=True)
            if done.returncode != 0:
                raise RuntimeError(f"{' '.join(words)}: {tail(done.stderr)}")
        self.hosts.start()
        self.slurm.start()

    def stop(self):
        self.closed = True
        for started in self.started:
            started.kill()
        self.slurm.stop()
        self.hosts.stop()

    def environment(self, more=()):
        path = f"{self.bin}:{ROOT / '.venv/bin'}:{os.environ['PATH']}"
        return {**os.environ, **self.slurm.environment, "PATH": path, "CHECK_PROGRAM": str(self.program), "CHECK_FOLDER": str(self.folder),
                "CHECK_MORE": "", "OMP_NUM_THREADS": "1", "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                **dict(more)}

    def begin(self, host, words, **environment):
        """Starts `words` (a list, or one shell line) on a host."""
        if isinstance(words, str):
            words = ["bash", "-c", words]
        if self.closed:
            raise Failed("interrupted")
        log = self.folder / f"command.{next(self.numbers)}.log"
        log.write_text("")
        started = Started(self.hosts.words(host, words), self.environment(environment), self.folder, log)
        self.started.append(started)
        return started

    def call(self, host, words, seconds=60, **environment):
        started = self.begin(host, words, **environment)
        return started.finish(seconds), started.said()

    def wait_for(self, condition, what, seconds=40):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            time.sleep(0.05)
        raise Failed(f"{what}: not within {seconds} s")

    # ---- runs

    def lines(self, run, group="train"):
        log = self.folder / run / "log.jsonl"
        if not log.exists():
            return []
        lines = [json.loads(line) for line in log.read_text().split("\n")[:-1]]
        return [line for line in lines if line["group"] == group]

    def last_step(self, run):
        lines = self.lines(run)
        return lines[-1]["step"] if lines else 0

    def wait_for_step(self, run, step, started=None):
        def reached():
            if started is not None and started.process.poll() is not None:
                raise Failed(f"ended before step {step}: {tail(started.said())}")
            return self.last_step(run) >= step
        self.wait_for(reached, f"step {step} of {run}")

    def programs(self, run, variable=None):
        """Pids of the program's processes for `run` that have `variable` (NAME=VALUE) in their environment."""
        found = []
        for folder in pathlib.Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                words = (folder / "cmdline").read_bytes().decode().split("\0")
                environment = (folder / "environ").read_bytes().decode(errors="replace").split("\0")
            except OSError:  # the process has ended
                continue
            ours = f"CHECK_FOLDER={self.folder}" in environment and words[0] == str(self.program) and run in words
            if ours and (variable is None or variable in environment):
                found.append(int(folder.name))
        return found

    def one_process(self, steps):
        """Log of the reference run with one process and this many steps."""
        run = f"one{steps}"
        with self.one_at_a_time:
            if not (self.folder / run / "report.html").exists():
                code, said = self.call("alpha", f"interprior train prior --run {run}", CHECK_MORE=f"--set fit.steps={steps}")
                expect(code == 0, f"one process: {tail(said)}")
        return self.lines(run)

    def expect_whole(self, run, steps=STEPS, unlogged=0, tolerance=1e-4):
        """Requires every step once, with the losses of one process; `unlogged` lines may be lost by kills."""
        one, lines = {line["step"]: line for line in self.one_process(steps)}, self.lines(run)
        logged = [line["step"] for line in lines]
        expect(logged == sorted(set(logged)) and set(logged) <= set(one) and logged[-1:] == [steps], f"{run}: not the steps 1 to {steps}")
        expect(len(logged) >= steps - unlogged, f"{run}: only {len(logged)} of {steps} steps are logged")
        worst = max(abs(one[line["step"]]["loss"] - line["loss"]) / abs(line["loss"]) for line in lines)
        expect(worst < tolerance, f"{run}: losses differ from those of one process by {worst:.1e}")
        return worst

    # ---- pages

    def page_blocks(self, page, language):
        text = (ROOT / page).read_text()
        return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)

    def page_command(self, word):
        """The command of docs/training.md that begins with `word`."""
        for block in self.page_blocks("docs/training.md", "bash"):
            for command in block.replace("\\\n", " ").splitlines():
                if command.startswith(word + " "):
                    return re.sub(r"\s+#.*", "", command)
        raise Failed(f"docs/training.md has no command that begins with {word}")
