#!/usr/bin/env python3
"""Makes the bundle of `gpu_check.sh --bundle DIR`: check.py and one archive of programs, their libraries, PyTorch peers and configs.

LibTorch and the C library must be on the other machine. codecs.cc replaces OpenCV's image and video libraries, which are large.
"""
import argparse
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAMS = ["interprior", "train_test", "run_test", "distributed_test", "prior_step_benchmark", "sampler_step_benchmark"]
LIBRARIES = ["libinterprior_cpu.so", "libinterprior_cuda.so"]   # `interprior` loads one of them; the second only with LibTorch's CUDA
EXCHANGED = ["libopencv_imgcodecs", "libopencv_videoio"]
# Libraries expected on the other machine: the C library, LibTorch and its dependencies.
OTHERS = re.compile(r"^(ld-linux.*|lib(c|m|dl|rt|pthread|util|resolv)\.so.*|"
                    r"lib(torch|c10|cuda|cublas|cudnn|cufft|cufile|cupti|curand|cusolver|cusparse|nccl|nvrtc|nvJitLink|nvshmem|nvToolsExt|gomp|shm)"
                    r".*)$")
PEERS = ["tests/benchmarks/gpu_steps.py", "tests/benchmarks/peer.py", "tests/benchmarks/prior_step_peer.py",
         "tests/benchmarks/sampler_step_peer.py", "data_scripts/torch_hands.py", "data_scripts/torch_prior.py",
         "data_scripts/torch_sampler.py", "data_scripts/whole_file.py"]
LIMIT = 60e6


def output_of(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def build_codecs(soname, folder):
    flags = output_of("pkg-config", "--cflags", "opencv4").split()
    library = folder / soname
    subprocess.run(["g++", "-std=c++20", "-w", "-O2", "-fPIC", "-shared", *flags, str(ROOT / "tests/support/gpu_bundle/codecs.cc"), f"-Wl,-soname,{soname}",
                    "-o", str(library), "-lturbojpeg", "-lpng", "-lopencv_core"], check=True)


def needed_by(file, environment):
    """{soname: path} of the libraries that the loader finds for a file."""
    found = {}
    for line in output_of("ldd", str(file), env=environment).splitlines():
        match = re.match(r"\s*(\S+) => (\S+|not found)", line)
        if match and match[2] == "not":
            sys.exit(f"gather: {file} needs {match[1]}, which was not found")
        if match:
            found[match[1]] = pathlib.Path(match[2])
    return found


def gather(folder, programs):
    (folder / "lib").mkdir()
    (folder / "bin").mkdir()
    libraries = [programs.resolve().parent / "lib" / name for name in LIBRARIES]
    built = [programs / name for name in PROGRAMS] + [library for library in libraries if library.exists()]
    for file in built:
        place = folder / ("lib" if file in libraries else "bin")
        subprocess.run(["strip", "-o", str(place / file.name), str(file)], check=True)
    for name in needed_by(built[-1], None):
        if name.split(".")[0] in EXCHANGED:
            build_codecs(name, folder / "lib")
    environment = dict(os.environ, LD_LIBRARY_PATH=str(folder / "lib"))
    for file in built:
        for name, path in needed_by(file, environment).items():
            target = folder / "lib" / name
            if not OTHERS.match(name) and not target.exists():
                shutil.copyfile(path.resolve(), target)
    (folder / "peers").mkdir()
    for peer in PEERS:
        shutil.copy(ROOT / peer, folder / "peers")
    shutil.copytree(ROOT / "configs/quickstart", folder / "configs/quickstart")
    (folder / "commit").write_text(output_of("git", "-C", str(ROOT), "describe", "--always", "--dirty"))


def same_for_all(member):
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, help="new, empty, or an earlier bundle")
    parser.add_argument("--programs", type=pathlib.Path, default=ROOT / "build/release/bin")
    arguments = parser.parse_args()
    out = arguments.folder
    if out.exists() and (not out.is_dir() or any(out.iterdir()) and not (out / "contents.tar.xz").exists()):
        sys.exit(f"gather: {out} is not a bundle: choose another folder")
    for file in [*PROGRAMS, f"../lib/{LIBRARIES[0]}"]:
        if not (arguments.programs / file).exists():
            sys.exit(f"gather: {arguments.programs / file} does not exist: build it")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as temporary:
        folder = pathlib.Path(temporary) / "contents"
        folder.mkdir()
        gather(folder, arguments.programs)
        archive = pathlib.Path(temporary) / "contents.tar.xz"
        with tarfile.open(archive, "w:xz", preset=1) as tar:
            for path in sorted(folder.rglob("*")):
                tar.add(path, path.relative_to(folder), recursive=False, filter=same_for_all)
        archive.replace(out / "contents.tar.xz")
    shutil.rmtree(out / "contents", ignore_errors=True)
    shutil.copy(ROOT / "tools/gpu/check.py", out)
    (out / "check.py").chmod((out / "check.py").stat().st_mode | stat.S_IXUSR)
    size = sum(file.stat().st_size for file in out.iterdir())
    print(f"{out}: {size / 1e6:.1f} MB. On a machine with Python and torch==2.11.0 run: python3 {out.name}/check.py")
    if size > LIMIT:
        sys.exit(f"gather: more than {LIMIT / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
