"""mpirun, MPICH and torchrun on one host, and the device of each process under each of them."""
import re
import shutil
import subprocess

from lab import ROOT, SHORT, SHORTENED, Skipped, expect, tail

LIBRARY = """#include <cstdlib>
#include <cstring>
namespace torch { namespace cuda {
// Number of devices that CUDA would report: those in CUDA_VISIBLE_DEVICES, or both.
size_t device_count() {
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  if (visible == nullptr) return 2;
  size_t count = *visible != 0;
  for (; *visible != 0; ++visible) count += *visible == ',';
  return count;
}
}}
"""


def need(program):
    if shutil.which(program) is None:
        raise Skipped(f"{program} is not installed")
    return program


def torchrun():
    path = ROOT / ".venv/bin/torchrun"
    if not path.exists():
        raise Skipped("there is no .venv/bin/torchrun (bash tools/setup.sh)")
    return str(path)


def mpirun_twice_at_once(lab):
    """two runs of mpirun -n 2 at once on one host"""
    line = re.sub(r"-n \d+", "-n 2", lab.page_command("mpirun")).replace("mpirun", need("mpirun.openmpi") + " --oversubscribe", 1)
    both = [lab.begin("alpha", re.sub(r"--run \S+", f"--run mpi{k}", line), **SHORTENED) for k in (1, 2)]
    for k, started in zip((1, 2), both):
        expect(started.finish() == 0, tail(started.said()))
        expect("2 processes, started by mpirun" in started.said(), tail(started.said()))
        lab.expect_whole(f"mpi{k}", SHORT)


def mpich_within_an_allocation(lab):
    """MPICH's mpiexec inside a SLURM allocation"""
    words = f"salloc -Q --nodes 1 --ntasks 4 {need('mpiexec.hydra')} -n 4 interprior train prior --run mpich"
    code, said = lab.call("alpha", words, **SHORTENED)
    expect(code == 0 and "4 processes, started by mpirun" in said, tail(said))
    lab.expect_whole("mpich", SHORT)


def stale_job_mark(lab):
    """a run folder with the job mark of another torchrun is not resumed"""
    lab.one_process(SHORT)
    shutil.copytree(lab.folder / f"one{SHORT}", lab.folder / "stale")
    words = f"{torchrun()} --no-python --nproc-per-node 2 --max-restarts 1 -- interprior train prior --run "
    code, said = lab.call("alpha", words + "marked", CHECK_MORE="--set fit.steps=3")
    expect(code == 0, tail(said))
    mark = (lab.folder / "marked/.job").read_text()
    (lab.folder / "stale/.job").write_text(mark)
    before = (lab.folder / "stale/log.jsonl").read_bytes()
    code, said = lab.call("alpha", words + "stale", CHECK_MORE=f"--set fit.steps={2 * SHORT}", seconds=100)
    expect(code != 0 and "already holds a run" in said, tail(said))
    expect((lab.folder / "stale/log.jsonl").read_bytes() == before, "the other run's log was changed")


def device_library(lab):
    """Library to preload that simulates two CUDA devices per host."""
    source, library = lab.folder / "devices.cc", lab.folder / "devices.so"
    if not library.exists():
        compiler = shutil.which("c++") or shutil.which("clang++")
        if compiler is None:
            raise Skipped("there is no C++ compiler")
        source.write_text(LIBRARY)
        subprocess.run([compiler, "-shared", "-fPIC", source, "-o", library], check=True)
    return str(library)


def devices_asked_for(lab, words):
    """{rank: (host, device, name)} as the program logs them before it uses a device."""
    _, said = lab.call("alpha", words, CHECK_DEVICE="cuda", CHECK_MORE="--set fit.steps=1", LD_PRELOAD_LATER=device_library(lab))
    found = re.findall(r"(?:processes: |, )(\d+) on (\S+) (cuda:\d+) \[(\S+?)\]", said)
    return {int(rank): (host, device, name) for rank, host, device, name in found}, said


def expect_devices(lab, words, ranks, own):
    """Requires a distinct device for each process; own: each process sees only its device, as cuda:0."""
    found, said = devices_asked_for(lab, words)
    expect(len(found) == ranks, f"{words}: {len(found)} of {ranks} processes logged their device: {tail(said)}")
    names = {(host, name) for host, _, name in found.values()}
    expect(len(names) == ranks, f"{words}: {ranks} processes on {len(names)} devices")
    indices = sorted({device for _, device, _ in found.values()})
    expect(indices == (["cuda:0"] if own else ["cuda:0", "cuda:1"]), f"{words}: they use {', '.join(indices)}")


def devices_under_srun(lab):
    """device of each rank: srun with --gpus-per-task 1, --gpus, none"""
    srun = "srun --nodes 2 --ntasks 4 --ntasks-per-node 2 {} interprior train prior --run devices_srun"
    expect_devices(lab, srun.format("--gpus-per-task 1"), 4, own=True)
    expect_devices(lab, srun.format("--gpus 4"), 4, own=False)
    expect_devices(lab, srun.format(""), 4, own=False)


def devices_under_the_others(lab):
    """device of each rank: torchrun, mpirun, MPICH"""
    expect_devices(lab, f"{torchrun()} --no-python --nproc-per-node 2 -- interprior train prior --run devices", 2, own=False)
    if shutil.which("mpirun.openmpi"):
        expect_devices(lab, "mpirun.openmpi --oversubscribe -n 2 interprior train prior --run devices", 2, own=False)
    if shutil.which("mpiexec.hydra"):
        expect_devices(lab, "mpiexec.hydra -n 2 interprior train prior --run devices", 2, own=False)


def two_ranks_on_one_device(lab):
    """two processes on one device: refused, with their ranks"""
    words = "srun --nodes 1 --ntasks 2 bash -c 'export CUDA_VISIBLE_DEVICES=0; interprior train prior --run devices_one'"
    code, said = lab.call("alpha", words, CHECK_DEVICE="cuda", LD_PRELOAD_LATER=device_library(lab))
    expect(code != 0 and "processes 0 and 1" in said, tail(said))


CHECKS = [mpirun_twice_at_once, mpich_within_an_allocation, stale_job_mark, devices_under_srun, devices_under_the_others,
          two_ranks_on_one_device]
