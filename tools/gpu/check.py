#!/usr/bin/env python3
"""Checks interprior on a GPU: all tests that need one, training steps compared with PyTorch's, and the errors of the quickstart's
training. Writes a table and a JSON file. Needs only Python and torch; a bundle (gpu_check.sh --bundle) contains everything else.

    python3 check.py                     all parts; exit code 1 when one failed
    python3 check.py tests steps         some parts; rows of the others are kept from the JSON file
    python3 check.py --cpu               a dry run on a machine without a GPU: small sizes, no measurements
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import warnings

HERE = pathlib.Path(__file__).resolve().parent
CONTENTS = HERE / "contents.tar.xz"
# The quickstart's errors on a CPU (README.md), mm, and the factor by which a GPU's may exceed them: it rounds differently.
TEST_PROGRAMS = ["train_test", "run_test", "distributed_test"]   # those with tests named *Gpu*
USUAL = {"prior": 4.71, "sampler": 23.89}
ABOVE = 1.15


class Place:
    """Folders of programs, PyTorch scripts and configs: a bundle's unpacked contents, or the project's tree."""

    def __init__(self):
        self.bundled = CONTENTS.exists()
        if self.bundled:
            root = HERE / "contents"
            self.unpack(root)
            self.programs, self.configs, self.peers = root / "bin", root / "configs", [root / "peers"]
            self.commit = (root / "commit").read_text().strip()
        else:
            root = HERE.parent.parent
            self.programs, self.configs = root / "build/release/bin", root / "configs"
            self.peers = [root / "tests/benchmarks", root / "data_scripts"]
            self.commit = subprocess.run(["git", "-C", str(root), "describe", "--always", "--dirty"], capture_output=True,
                                         text=True).stdout.strip() or "of no commit"
        self.environment = dict(os.environ, GOMP_SPINCOUNT="30000")
        if self.bundled:
            import torch
            libraries = [root / "lib", pathlib.Path(torch.__file__).parent / "lib"]
            self.environment["LD_LIBRARY_PATH"] = ":".join(map(str, libraries))

    @staticmethod
    def unpack(root):
        done = root / ".unpacked"
        if done.exists() and done.stat().st_mtime >= CONTENTS.stat().st_mtime:
            return
        shutil.rmtree(root, ignore_errors=True)
        with tarfile.open(CONTENTS) as archive:
            archive.extractall(root)
        done.touch()

    def run(self, program, arguments, **options):
        return subprocess.run([str(self.programs / program), *map(str, arguments)], env=self.environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)


def driver():
    try:
        return subprocess.run(["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader", "--id=0"], capture_output=True,
                              text=True).stdout.strip() or None
    except FileNotFoundError:      # e.g. in a container
        return None


def row(part, what, result="ok", **figures):
    print(f"  {part}: {what}: {result} " + " ".join(f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}"
                                                    for key, value in figures.items()), file=sys.stderr, flush=True)
    return {"part": part, "what": what, "result": result, **figures}


def failed(part, what, output, why):
    print(output[-3000:], file=sys.stderr)
    return row(part, what, "failed", why=why)


def tests(place, on_gpu):
    """Runs each test in its own process, as a CUDA error persists in the process."""
    chosen, suite = [], ""
    for program in TEST_PROGRAMS:
        before = len(chosen)
        for line in place.run(program, ["--gtest_filter=*Gpu.*", "--gtest_list_tests"]).stdout.splitlines():
            if line.startswith("  "):
                chosen.append((program, suite + line.split()[0]))
            elif line.split("#")[0].strip().endswith("."):
                suite = line.split("#")[0].strip()
        if len(chosen) == before:
            yield row("tests", f"{program} lists none", "failed")
    for program, name in chosen:
        begin = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            ended = place.run(program, [f"--gtest_filter={name}"], cwd=folder, timeout=300)
        seconds = time.monotonic() - begin
        if ended.returncode != 0:
            yield failed("tests", name, ended.stdout, f"ended with {ended.returncode}")
        elif "[  SKIPPED ]" in ended.stdout:      # not allowed on a GPU
            yield row("tests", name, "failed" if on_gpu else "skipped", why="skipped")
        else:
            yield row("tests", name, seconds=seconds)


def steps(place, on_gpu):
    sys.path[:0] = [str(folder) for folder in place.peers]
    import gpu_steps
    for figures in gpu_steps.measured(place, on_gpu):
        yield row("steps", figures.pop("step"), **figures)


def training(place, on_gpu):
    """The quickstart's three stages on generated data; the sampler also with CUDA graphs."""
    device = ["--device", "cuda" if on_gpu else "cpu"]
    count, images = (30000, 6000) if on_gpu else (600, 60)
    short = [] if on_gpu else [word for key in ("steps", "checkpoint_every", "validate_every") for word in ("--set", f"fit.{key}=4")]
    short += [] if on_gpu else ["--set", "fit.warmup=1"]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        hand, patterns, prior, cues = folder / "hand.h5", folder / "patterns.h5", folder / "prior", folder / "cues"
        last = "checkpoints/last.safetensors"
        shared = device + short + ["--set", f"hand={hand}"]
        learn = lambda task, run, *settings: ["train", task, place.configs / f"quickstart/{task}.yaml", "--run", run, *shared,
                                              *(word for setting in settings for word in ("--set", setting))]
        of_images = (f"prior={prior / last}", f"cues={cues / last}", f"data.train=[{{path: {folder / 'images'}, split: train}}]")
        commands = [
            ("hand", ["prepare", "hand", "--procedural", "--out", hand]),
            ("patterns", ["synthesize", "patterns", patterns, "--hand", hand, "--count", count, "--seed", 0]),
            ("images", ["synthesize", "images", folder / "images", "--hand", hand, "--count", images, "--views", 60, "--variety", 0,
                        "--seed", 1]),
            ("prior", learn("prior", prior, f"data.train.path={patterns}")),
            ("prior's error", ["evaluate", prior / last, "--data", patterns, "--split", "test", "--out", folder / "of_prior", *device,
                                *([] if on_gpu else ["--samples", 200])]),
            ("cues", learn("cues", cues, f"prior={prior / last}", f"data.train.path={patterns}"))]
        for kind, recorded in (("sampler", "false"), ("sampler, recorded steps", "true")):
            if recorded == "true" and not on_gpu:
                continue
            run = folder / f"sampler_{recorded}"
            commands += [(kind, learn("sampler", run, *of_images, f"fit.cuda_graph={recorded}")),
                         (f"{kind}: error", ["evaluate", run / last, "--data", folder / "images", "--split", "test", "--protocol",
                                             "intaghand", "--out", folder / f"of_{recorded}", *device])]
        for what, arguments in commands:
            begin = time.monotonic()
            ended = place.run("interprior", arguments, cwd=name)
            seconds = time.monotonic() - begin
            if ended.returncode != 0:
                yield failed("training", what, ended.stdout, f"ended with {ended.returncode}")
                return
            if "--out" not in arguments or arguments[0] != "evaluate":
                yield row("training", what, seconds=seconds)
                continue
            measured = json.loads((arguments[arguments.index("--out") + 1] / "evaluation.json").read_text())
            of_prior = what.startswith("prior")
            error = measured["joint_mm"] if of_prior else measured["metrics"]["mpjpe_mm"]
            usual = USUAL["prior" if of_prior else "sampler"]
            yield row("training", what, "failed" if on_gpu and error > ABOVE * usual else "ok", seconds=seconds, mm=error,
                      **({"usual_mm": usual} if on_gpu else {}))


PARTS = {"tests": tests, "steps": steps, "training": training}


def table(report):
    gpu = f"{report['gpu']}, driver {report['driver'] or 'unknown'}" if report["gpu"] else "no GPU: a dry run without measurements"
    lines = [f"{gpu}; torch {report['torch']}, interprior {report['commit']}", "",
             "| part | what | figures | ratio to PyTorch eager | result |", "|---|---|---|---|---|"]
    for each in report["rows"]:
        figures = ", ".join(f"{each[key]:,.{digits}f} {unit}" for key, unit, digits in
                            (("ms", "ms", 1), ("samples_per_second", "samples/s", 0), ("gib", "GiB", 2), ("busy", "% busy", 0),
                             ("mm", "mm", 2), ("usual_mm", "mm usual", 2), ("seconds", "s", 1)) if key in each)
        beside = f"{each['ratio']:.2f}" + (f" (target {each['wanted']:.2f})" if "wanted" in each else "") if "ratio" in each else ""
        result = each["result"] + (f": {each['why']}" if "why" in each else "")
        lines.append(f"| {each['part']} | {each['what']} | {figures} | {beside} | {result} |".replace("  ", " "))
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="tests, steps, training; default: all")
    parser.add_argument("--cpu", action="store_true", help="dry run without a GPU")
    parser.add_argument("--json", type=pathlib.Path, default=HERE / "gpu_check.json" if CONTENTS.exists() else "gpu_check.json")
    arguments = parser.parse_args()
    for part in arguments.parts:
        if part not in PARTS:
            sys.exit(f"check: there is no part {part} (tests, steps, training)")
    warnings.filterwarnings("ignore", message="Failed to initialize NumPy")   # not needed here
    try:
        import torch
    except ImportError:
        sys.exit("check: this Python has no torch; the programs need torch==2.11.0")
    if torch.__version__.split("+")[0] != "2.11.0":
        sys.exit(f"check: this Python has torch {torch.__version__}; the programs are linked with 2.11.0")
    on_gpu = not arguments.cpu
    if on_gpu and not torch.cuda.is_available():
        sys.exit("check: torch sees no GPU (see nvidia-smi for the driver); --cpu makes a dry run without one")
    place = Place()
    report = {"format": "interprior.gpu_check", "version": 1, "gpu": torch.cuda.get_device_name(0) if on_gpu else None,
              "driver": None, "torch": torch.__version__, "commit": place.commit, "date": time.strftime("%Y-%m-%d"), "rows": []}
    if on_gpu:
        report["driver"] = driver()
    started = place.run("interprior", ["--version"])
    if started.returncode != 0:
        sys.exit(f"check: the program does not start here:\n{started.stdout}")
    asked = arguments.parts or list(PARTS)
    if arguments.json.exists():
        earlier = json.loads(arguments.json.read_text())
        if all(earlier.get(key) == report[key] for key in ("format", "version", "gpu", "torch", "commit")):
            report["rows"] = [each for each in earlier["rows"] if each["part"] not in asked]
    for part in (part for part in PARTS if part in asked):
        try:
            for each in PARTS[part](place, on_gpu):
                report["rows"].append(each)
        except Exception as problem:   # a failed part does not stop the others
            said = f"{type(problem).__name__}: {problem}"
            report["rows"].append(failed(part, "the whole part", said, said.splitlines()[0][:300]))
        report["rows"].sort(key=lambda each: list(PARTS).index(each["part"]))
        partial = arguments.json.with_suffix(".partial")
        partial.write_text(json.dumps(report, indent=1) + "\n")
        partial.replace(arguments.json)
    print(table(report))
    broken = sum(each["result"] == "failed" for each in report["rows"])
    print(f"{len(report['rows'])} rows, {broken} failed; {arguments.json}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
