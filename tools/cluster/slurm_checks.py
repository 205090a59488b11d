"""srun, sbatch and job arrays, with the documented commands."""
import os
import re
import signal
import time

from lab import SHORT, SHORTENED, STEPS, expect, tail


def srun_line(lab, nodes, run):
    """The documented srun command with fewer tasks and without GPUs."""
    line = lab.page_command("srun")
    line = re.sub(r"--ntasks \d+", f"--nodes {nodes} --ntasks {2 * nodes}", line)
    line = re.sub(r"--ntasks-per-node \d+", "--ntasks-per-node 2", line)
    return re.sub(r"--run \S+", f"--run {run}", line)


def srun_on_one_node(lab):
    """documented srun, one node, two tasks"""
    code, said = lab.call("alpha", srun_line(lab, 1, "srun1"), **SHORTENED)
    expect(code == 0 and "2 processes, started by SLURM" in said, tail(said))
    return f"losses within {lab.expect_whole('srun1', SHORT):.0e} of one process's"


def srun_on_two_nodes(lab):
    """documented srun, two nodes, four tasks"""
    code, said = lab.call("alpha", srun_line(lab, 2, "srun2"), **SHORTENED)
    expect(code == 0 and "4 processes, started by SLURM" in said, tail(said))
    return f"losses within {lab.expect_whole('srun2', SHORT):.0e} of one process's"


class Job:
    """The documented sbatch script, submitted for two nodes with one task each."""

    def __init__(self, lab, run, *flags):
        script = lab.page_blocks("docs/training.md", "sbatch")[0].replace("run=runs/paper", f"run={run}")
        file = lab.folder / f"{run}.sbatch"
        file.write_text(script)
        words = ["sbatch", "--parsable", "--ntasks-per-node=1", "--cpus-per-task=1", "--time=5", "--signal=USR1@10", f"--output={run}.out",
                 *flags, file]
        code, said = lab.call("alpha", words)
        expect(code == 0, tail(said))
        self.lab, self.run, self.number = lab, run, said.split()[-1]

    def fields(self):
        _, said = self.lab.call("alpha", ["scontrol", "show", "job", "-o", self.number])
        return dict(re.findall(r"(\S+?)=(\S*)", said))

    def said(self):
        file = self.lab.folder / f"{self.run}.out"
        return file.read_text(errors="replace") if file.exists() else ""

    def signal_steps(self):
        self.lab.call("alpha", ["scancel", "--signal=USR1", self.number])

    def wait_for_step_process(self):
        self.lab.wait_for(lambda: self.number + ".0" in self.lab.call("alpha", ["squeue", "-h", "-s", "-o", "%i"])[1], "the job's step", 60)

    def cancel(self):
        code, said = self.lab.call("alpha", ["scancel", self.number])
        expect(code == 0, tail(said))
        self.lab.wait_for(lambda: self.fields()["JobState"] == "CANCELLED" and not self.lab.programs(self.run), "cancelled")

    def finish(self, seconds=100):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            fields = self.fields()
            if fields.get("JobState") in ("COMPLETED", "FAILED", "TIMEOUT", "CANCELLED", "NODE_FAIL"):
                return fields
            time.sleep(0.3)
        self.lab.call("alpha", ["scancel", self.number])
        expect(False, f"the job is {fields.get('JobState')} after {seconds} s: {tail(self.said())}")

    def expect_done(self, restarts, seconds=100):
        fields = self.finish(seconds)
        expect(fields["JobState"] == "COMPLETED", f"the job is {fields['JobState']}: {tail(self.said())}")
        expect(int(fields["Restarts"]) >= restarts, f"requeued {fields['Restarts']} times: {tail(self.said())}")
        self.lab.expect_whole(self.run)
        return fields


def signal_during_work(lab):
    """documented sbatch script, SIGUSR1 during training: saved, requeued, finished"""
    job = Job(lab, "during")
    lab.wait_for_step("during", 20)
    job.signal_steps()
    job.expect_done(1)
    stopped = re.findall(r"stopped at (\d+) of", job.said())
    expect(len(stopped) == 1 and int(stopped[0]) >= 20, f"it does not report where it stopped: {tail(job.said())}")
    return f"stopped at {stopped[0]} of {STEPS}"


def signal_in_the_first_seconds(lab):
    """same, SIGUSR1 in the first seconds of three jobs"""
    jobs = [Job(lab, f"first{k}") for k in range(3)]
    for job in jobs:
        job.wait_for_step_process()
        job.signal_steps()
        time.sleep(0.5)
    stopped = []
    for job in jobs:
        fields = job.expect_done(1)
        expect(fields["Restarts"] == "1", f"requeued {fields['Restarts']} times: {tail(job.said())}")
        stopped += re.findall(r"stopped at (\d+) of", job.said())
    return f"stopped at steps {', '.join(stopped)}"


def signal_after_the_end(lab):
    """same, SIGUSR1 after the last step: finished, not requeued"""
    job = Job(lab, "after")
    lab.wait_for_step("after", STEPS)
    job.signal_steps()
    fields = job.expect_done(0)
    expect(fields["Restarts"] == "0", "a finished job was requeued")


def end_of_time(lab):
    """same, at the end of --time"""
    # SLURM checks limits every 30 s and sends the signal up to 30 s earlier.
    job = Job(lab, "time", "--time=1", "--signal=USR1@20", "--export=ALL,CHECK_MORE=--set fit.steps=100000")
    lab.wait_for(lambda: int(job.fields()["Restarts"]) > 0, "requeued", 90)
    step = lab.last_step("time")
    lab.wait_for_step("time", step + 1)
    job.cancel()
    expect("stopped at" in job.said(), f"it does not report where it stopped: {tail(job.said())}")
    return f"continued from step {step}"


def cancelled(lab):
    """same, scancel: saved, not requeued"""
    job = Job(lab, "cancelled", "--export=ALL,CHECK_MORE=--set fit.steps=100000")
    lab.wait_for_step("cancelled", 20)
    job.cancel()
    expect((lab.folder / "cancelled/stopped").exists(), f"there is no file `stopped`: {tail(job.said())}")
    time.sleep(8)  # longer than a requeued job waits
    fields = job.fields()
    expect(fields["JobState"] == "CANCELLED" and fields["Restarts"] == "0", f"{fields['JobState']}, {fields['Restarts']} restarts")


def preempted_with_grace(lab):
    """same, preempted with grace by a job of a partition with higher priority"""
    job = Job(lab, "preempted", "--partition=low")
    lab.wait_for_step("preempted", 20)
    lab.call("alpha", ["srun", "--partition=high", "--nodes=2", "--ntasks-per-node=1", "--cpus-per-task=8", "true"])
    job.expect_done(1)
    expect("stopped at" in job.said(), f"it does not report where it stopped: {tail(job.said())}")


def sweep_array(lab):
    """job array of a sweep as in docs/sweeps.md, one task of it stopped by SIGUSR1"""
    blocks = [block for block in lab.page_blocks("docs/sweeps.md", "sbatch") if "ARRAY_TASK_ID" in block]
    expect(blocks, "docs/sweeps.md has no array script")
    # The simulated nodes have a GPU device file, but fewer cores than the script requests.
    script = blocks[0].replace("--cpus-per-task=9", "--cpus-per-task=1")
    (lab.folder / "array.sh").write_text(script)
    code, said = lab.call("alpha", "bash array.sh")
    expect(code == 0 and "Submitted batch job" in said, tail(said))
    lab.wait_for(lambda: lab.last_step("runs/array/narrow/seed_0") > 2, "the first task's third step")
    lab.call("alpha", ["scancel", "--signal=USR1", said.split()[-1] + "_0"])
    results = [lab.folder / f"runs/array/{cell}/seed_{seed}/result.json" for cell in ["narrow", "wide"] for seed in [0, 1]]
    lab.wait_for(lambda: all(result.exists() for result in results), "four results", 90)
    _, fields = lab.call("alpha", f"scontrol show job {said.split()[-1]}_0")
    expect("Restarts=0" not in fields, f"the first task was not requeued: {tail(fields, 30)}")


def killed_rank(lab):
    """kill -9 of a rank under srun, with and without --kill-on-bad-exit: the other rank reports it, saves and ends"""
    flags = {"killed": "", "killed_at_once": "--kill-on-bad-exit=1"}
    started = {run: lab.begin("alpha", f"srun {more} --nodes 2 --ntasks-per-node 1 interprior train prior --run {run}",
                              CHECK_MORE="--set fit.steps=100000") for run, more in flags.items()}
    took = []
    for run, one in started.items():
        lab.wait_for_step(run, 20, one)
        [victim] = lab.programs(run, "SLURM_PROCID=1")
        os.kill(victim, signal.SIGKILL)
    begin = time.monotonic()
    for run, one in started.items():
        expect(one.finish(60) != 0, f"{run} ended with 0")
        took.append(time.monotonic() - begin)
        expect("process 1 (beta" in one.said(), f"{run}: process 1 is not reported: {tail(one.said(), 8)}")
        expect((lab.folder / run / "checkpoints/last.resume.safetensors").exists(), f"{run}: nothing was saved")
    return " and ".join(f"{seconds:.0f} s" for seconds in took)


def two_steps_of_one_job(lab):
    """two srun steps of one job at once"""
    step = "srun --exact --nodes 1 --ntasks 2 interprior train prior --run step"
    (lab.folder / "steps.sh").write_text(f"{step}1 &\nfirst=$!\n{step}2 && wait $first\n")
    code, said = lab.call("alpha", "salloc -Q --nodelist alpha --nodes 1 --ntasks 4 bash steps.sh", 90, **SHORTENED)
    expect(code == 0, tail(said))
    lab.expect_whole("step1", SHORT)
    lab.expect_whole("step2", SHORT)


CHECKS = [srun_on_one_node, srun_on_two_nodes, signal_during_work, signal_in_the_first_seconds, signal_after_the_end, end_of_time,
          cancelled, preempted_with_grace, sweep_array, killed_rank, two_steps_of_one_job]
