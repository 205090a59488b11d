#!/usr/bin/env python3
"""Runs every command, program and config of README.md and docs/*.md unchanged, in the page's order, in a new directory.

    .venv/bin/python tests/docs/run_pages.py [--only PAGE] [--keep DIR] [--whole] [--jobs N]

The directory has the contents of a clone after `bash tools/setup.sh` and a build, and substitutes (page_inputs.py) for the files that
the page assumes (`given`, see markdown_page.py). Trainings are shortened by shortened.py, or not with --whole. Of blocks that cannot
run on any machine, which are marked in the page, only the shell syntax is checked. Prints the numbers of both kinds of blocks.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

from known_words import PROGRAM, ROOT
from markdown_page import COMMANDS, KINDS, Page, pages_of
from written_files import faults_of_files

SHARED = ["README.md", "LICENSE", "configs", "data_scripts", "docs", "include", "src", "tests", "tools"]
LONGEST = 900  # s per page, on a loaded machine


def write_program(path, text):
    path.write_text(text)
    path.chmod(0o755)


def make_clone(folder, whole):
    """Makes the contents of a project folder after cloning, setup and build."""
    programs = folder / "build/release/bin"
    programs.mkdir(parents=True)
    for name in SHARED:
        (folder / name).symlink_to(ROOT / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    for name, real in [("interprior", PROGRAM), ("torchrun", ROOT / ".venv/bin/torchrun")]:
        words = [] if whole else ["env", f"INTERPRIOR_SHORTENED={real}", sys.executable, "-S", str(ROOT / "tests/docs/shortened.py")]
        write_program(programs / name, f"#!/bin/sh\nexec {shlex.join(words or [str(real)])} \"$@\"\n")
    (folder / "build/release/build.ninja").touch()
    (folder / ".page").mkdir()
    write_program(folder / ".page/cmake", "#!/bin/sh\nexit 0\n")  # the program is built already


def environment_of(folder):
    """Environment of a reader's shell: PATH has no folder of the project before the page adds it."""
    keep = {name: os.environ[name] for name in ["HOME", "TMPDIR", "LANG"] if name in os.environ}
    system = [part for part in os.environ["PATH"].split(":") if "interprior" not in part and ".venv" not in part]
    return keep | {"PATH": ":".join([str(folder / ".page"), *system]), "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}


class PageRun:
    """The run of one page in its own directory."""

    def __init__(self, page, folder, given, whole):
        self.page, self.folder, self.ran, self.checked, self.faults = page, folder, 0, 0, []
        self.slowest, self.files = (0, 0), 0  # s and line of a block; HDF5 files written
        make_clone(folder, whole)
        for name in page.given:
            if not (given / name).exists():
                self.faults.append(f"{page.name}: the page is given {name}, which page_inputs.py does not make")
            elif not (folder / name).exists():
                (folder / name).symlink_to(given / name)

    def fault(self, block, text):
        self.faults.append(f"{self.page.name}:{block.line}: {text}")

    def session(self):
        """The shell script of the page: all its blocks in one shell, in order."""
        lines = ["set -euo pipefail"]
        for number, block in enumerate(self.page.blocks):
            home = self.folder / ".page" / str(number)
            home.mkdir(parents=True)
            if block.language not in KINDS:
                self.fault(block, f"the block's language is '{block.language}', known are {', '.join(sorted(KINDS))}")
            if isinstance(block.marks.get("file"), str):
                (home / "text").write_text(block.text)
                lines.append(f"cp .page/{number}/text {shlex.quote(block.marks['file'])}")
            if block.language in COMMANDS | {"sbatch"}:
                (home / "code").write_text(block.text)
            if block.only_checked or block.language == "sbatch":
                self.checked += 1
            elif block.language in COMMANDS:
                command = f". .page/{number}/code" if block.language == "bash" else f"python .page/{number}/code"
                lines.append(f"echo {number} $SECONDS >&3; {command} > .page/{number}/out 2> .page/{number}/err < /dev/null")
        lines.append("echo end $SECONDS >&3")
        return "\n".join(lines) + "\n"

    def check_syntax(self):
        for number, block in enumerate(self.page.blocks):
            if block.language in ("bash", "sbatch"):
                done = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True)
                if done.returncode != 0:
                    self.fault(block, f"no shell syntax: {done.stderr.strip()}")
            if block.language == "python":
                try:
                    compile(block.text, "block", "exec")
                except SyntaxError as error:
                    self.fault(block, f"no Python: {error}")

    def check_output(self):
        """Requires that the lines of a block marked `output` were printed by the block before it; numbers may differ."""
        bare = lambda text: [re.sub(r"\s+", " ", re.sub(r"[\d.,]*\d", "#", line)).strip() for line in text.splitlines() if line.strip()]
        before = None
        for number, block in enumerate(self.page.blocks):
            if block.marks.get("output") and before is not None:
                home = self.folder / ".page" / str(before)
                printed = bare((home / "out").read_text() + (home / "err").read_text())
                for line in bare(block.text):
                    if line != "..." and line not in printed:
                        self.fault(block, f"the page says that this is printed: {line}\n    printed: " + "\n    ".join(printed[:60]))
            before = number if block.language in COMMANDS else before

    def run(self):
        self.check_syntax()
        session = self.folder / ".page/session"
        session.write_text(self.session())
        with open(self.folder / ".page/progress", "w") as progress:
            try:
                code = subprocess.run(["bash", "-c", "exec bash .page/session 3>&1"], cwd=self.folder, env=environment_of(self.folder),
                                      stdout=progress, stderr=subprocess.DEVNULL, timeout=LONGEST).returncode
            except subprocess.TimeoutExpired:
                code = "none within %d s" % LONGEST
        times = [line.split() for line in (self.folder / ".page/progress").read_text().splitlines()]
        reached = [number for number, _ in times]
        self.ran = sum(number.isdigit() for number in reached)
        for (number, begin), (_, end) in zip(times, times[1:]):
            self.slowest = max(self.slowest, (int(end) - int(begin), self.page.blocks[int(number)].line))
        if code != 0 or reached[-1:] != ["end"]:
            number = int(reached[-1]) if reached and reached[-1].isdigit() else 0
            block, home = self.page.blocks[number], self.folder / ".page" / str(number)
            tail = (home / "err").read_text()[-1500:] if (home / "err").exists() else ""
            self.fault(block, f"exit code {code}\n{block.text}{tail}")
        else:
            self.check_output()
        return self


def run_page(page, folder, given, arguments):
    """Runs the page, checks the files it has written against docs/formats.md, and removes its folder."""
    start = time.monotonic()
    folder.mkdir()
    page_run = PageRun(page, folder, given, arguments.whole).run()
    page_run.files, faults = faults_of_files([folder], Page(ROOT / "docs/formats.md", ROOT))
    page_run.faults += faults
    if not arguments.keep:
        shutil.rmtree(folder)
    print(f"{page.name}: {page_run.ran} ran, {page_run.checked} only checked, {time.monotonic() - start:.0f} s"
          f" (line {page_run.slowest[1]}: {page_run.slowest[0]} s)", flush=True)
    return page_run


def make_given(folder, clone):
    folder.parent.mkdir(parents=True, exist_ok=True)
    make_clone(clone, whole=False)
    environment = environment_of(clone)
    environment["PATH"] = f"{clone}/build/release/bin:{environment['PATH']}"
    done = subprocess.run([sys.executable, ROOT / "tests/docs/page_inputs.py", folder], env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"error: the stand-ins cannot be made\n{done.stderr}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="PAGE", action="append", help="a page such as docs/data.md; repeatable")
    parser.add_argument("--keep", metavar="DIR", help="work in this folder and keep it; existing substitutes are used")
    parser.add_argument("--whole", action="store_true", help="run trainings with their documented lengths: hours")
    parser.add_argument("--pages", metavar="DIR", default=ROOT, help="README.md and docs/ of another folder than the project's")
    parser.add_argument("--jobs", type=int, default=2, help="number of pages run in parallel")
    arguments = parser.parse_args()
    pages = pages_of(arguments.pages)
    unknown = set(arguments.only or []) - {page.name for page in pages}
    if unknown:
        parser.error(f"there is no page {', '.join(sorted(unknown))}")
    pages = [page for page in pages if not arguments.only or page.name in arguments.only]
    work = pathlib.Path(arguments.keep or tempfile.mkdtemp(prefix="interprior-pages-")).resolve()
    start = time.monotonic()
    try:
        given = work / "given"
        if not given.exists() and any(page.given for page in pages):
            shutil.rmtree(work / "clone", ignore_errors=True)
            make_given(given, work / "clone")
        print(f"stand-ins: {time.monotonic() - start:.0f} s", flush=True)
        folders = [work / page.name.replace("/", "_") for page in pages]
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            runs = list(pool.map(lambda pair: run_page(*pair, given, arguments), zip(pages, folders)))
    finally:
        if not arguments.keep:
            shutil.rmtree(work, ignore_errors=True)
    faults = [fault for page_run in runs for fault in page_run.faults]
    print(f"{sum(t.ran for t in runs)} blocks ran, {sum(t.checked for t in runs)} were only checked, "
          f"{sum(t.files for t in runs)} HDF5 files were held against docs/formats.md, {len(faults)} faults, {time.monotonic() - start:.0f} s")
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
