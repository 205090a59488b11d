"""SLURM on the two hosts: one controller, a daemon per node, munge; all files are in one folder."""
import os
import pathlib
import signal
import subprocess
import time

from hosts import NAMES, call

CONFIG = """ClusterName=check
SlurmctldHost=alpha
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=5
CryptoType=crypto/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerParameters=sched_interval=1,bf_interval=1
ReturnToService=2
InactiveLimit=0
GresTypes=gpu
NodeName=alpha,beta CPUs=8 RealMemory=4000 Gres=gpu:2 State=UNKNOWN
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
PartitionName=low Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=1 GraceTime=20
PartitionName=high Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10
"""


class Slurm:
    def __init__(self, hosts, folder):
        self.hosts, self.folder = hosts, pathlib.Path(folder)
        self.daemons = []
        self.environment = {"SLURM_CONF": str(self.folder / "slurm.conf")}

    def start(self):
        for name in ["munge", "state", *(f"spool.{host}" for host in NAMES)]:
            (self.folder / name).mkdir(parents=True)
        (self.folder / "munge/key").write_bytes(os.urandom(128))
        (self.folder / "munge/key").chmod(0o400)
        for number in range(2):
            # SLURM represents a GPU by a device file.
            os.mknod(self.folder / f"gpu{number}", 0o20666, os.makedev(1, 3))
        (self.folder / "slurm.conf").write_text(CONFIG.format(folder=self.folder))
        (self.folder / "gres.conf").write_text(f"Name=gpu File={self.folder}/gpu[0-1]\n")
        (self.folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n")
        munge = self.folder / "munge"
        call("munged", "--force", f"--socket={munge}/socket", f"--key-file={munge}/key", f"--pid-file={munge}/pid",
             f"--log-file={munge}/log", f"--seed-file={munge}/seed")
        environment = {**os.environ, **self.environment}
        self._daemon(["slurmctld", "-D", "-i"], "alpha", environment)
        for host in NAMES:
            self._daemon(["slurmd", "-D", "-N", host], host, environment)
        self._wait_for_nodes()

    def _daemon(self, words, host, environment):
        log = open(self.folder / f"{words[0]}.{host}.out", "w")
        self.daemons.append(subprocess.Popen(self.hosts.words(host, words), env=environment, stdout=log, stderr=log, start_new_session=True))

    def _wait_for_nodes(self):
        end = time.monotonic() + 30
        states = ""
        while time.monotonic() < end:
            done = subprocess.run(self.hosts.words("alpha", ["sinfo", "-h", "-N", "-p", "all", "-o", "%T"]), env={**os.environ, **self.environment},
                                  capture_output=True, text=True)
            states = done.stdout.split() or done.stderr.strip()
            if states == ["idle"] * len(NAMES):
                return
            time.sleep(0.2)
        raise RuntimeError(f"SLURM's nodes do not start ({states}): see {self.folder}/slurmctld.log and slurmd.*.log")

    def stop(self):
        for daemon in reversed(self.daemons):
            daemon.send_signal(signal.SIGTERM)
        for daemon in self.daemons:
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
        pid = self.folder / "munge/pid"
        if pid.exists():
            os.kill(int(pid.read_text()), signal.SIGTERM)
