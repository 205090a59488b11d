#!/usr/bin/env python3
"""Types every command, program and config of README.md and docs/*.md as it stands, in the page's order, in a new directory.

    .venv/bin/python tests/docs/type_the_pages.py [--only PAGE] [--keep DIR] [--whole] [--jobs N]

The directory looks like a clone after `bash tools/setup.sh` and a build, and holds what the page says the reader has (`given`, see
markdown_page.py), by stand-ins (things_given.py). Trainings are shortened by one switch (shortened.py; --whole leaves it out). Blocks
that cannot run on any machine are marked in the page, and their shell syntax is checked. Prints what ran and what was only checked.
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
    """What lies there after cloning, setting up and building."""
    programs = folder / "build/release/bin"
    programs.mkdir(parents=True)
    for name in SHARED:
        (folder / name).symlink_to(ROOT / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    for name, real in [("interprior", PROGRAM), ("torchrun", ROOT / ".venv/bin/torchrun")]:
        words = [] if whole else ["env", f"INTERPRIOR_SHORTENED={real}", sys.executable, "-S", str(ROOT / "tests/docs/shortened.py")]
        write_program(programs / name, f"#!/bin/sh\nexec {shlex.join(words or [str(real)])} \"$@\"\n")
    (folder / "build/release/build.ninja").touch()
    (folder / ".typed").mkdir()
    write_program(folder / ".typed/cmake", "#!/bin/sh\nexit 0\n")  # the program is built already


def environment_of(folder):
    """A reader's shell: nothing of the project is on the PATH but what the page puts there."""
    keep = {name: os.environ[name] for name in ["HOME", "TMPDIR", "LANG"] if name in os.environ}
    system = [part for part in os.environ["PATH"].split(":") if "interprior" not in part and ".venv" not in part]
    return keep | {"PATH": ":".join([str(folder / ".typed"), *system]), "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}


class Typist:
    """One page in its directory."""

    def __init__(self, page, folder, given, whole):
        self.page, self.folder, self.ran, self.checked, self.faults = page, folder, 0, 0, []
        self.slowest, self.files = (0, 0), 0  # s and line of a block; HDF5 files written
        make_clone(folder, whole)
        for name in page.given:
            if not (given / name).exists():
                self.faults.append(f"{page.name}: the page is given {name}, which things_given.py does not make")
            elif not (folder / name).exists():
                (folder / name).symlink_to(given / name)

    def fault(self, block, text):
        self.faults.append(f"{self.page.name}:{block.line}: {text}")

    def session(self):
        """One shell for the whole page, a block after the other."""
        lines = ["set -euo pipefail"]
        for number, block in enumerate(self.page.blocks):
            home = self.folder / ".typed" / str(number)
            home.mkdir(parents=True)
            if block.language not in KINDS:
                self.fault(block, f"the block's language is '{block.language}', known are {', '.join(sorted(KINDS))}")
            if isinstance(block.marks.get("file"), str):
                (home / "text").write_text(block.text)
                lines.append(f"cp .typed/{number}/text {shlex.quote(block.marks['file'])}")
            if block.language in COMMANDS | {"sbatch"}:
                (home / "typed").write_text(block.text)
            if block.only_checked or block.language == "sbatch":
                self.checked += 1
            elif block.language in COMMANDS:
                command = f". .typed/{number}/typed" if block.language == "bash" else f"python .typed/{number}/typed"
                lines.append(f"echo {number} $SECONDS >&3; {command} > .typed/{number}/out 2> .typed/{number}/err < /dev/null")
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
        """A block marked `output` has the words that the block before it printed; numbers are of the stand-ins."""
        bare = lambda text: [re.sub(r"\s+", " ", re.sub(r"[\d.,]*\d", "#", line)).strip() for line in text.splitlines() if line.strip()]
        before = None
        for number, block in enumerate(self.page.blocks):
            if block.marks.get("output") and before is not None:
                home = self.folder / ".typed" / str(before)
                printed = bare((home / "out").read_text() + (home / "err").read_text())
                for line in bare(block.text):
                    if line != "..." and line not in printed:
                        self.fault(block, f"the page says that this is printed: {line}\n    printed: " + "\n    ".join(printed[:60]))
            before = number if block.language in COMMANDS else before

    def type(self):
        self.check_syntax()
        session = self.folder / ".typed/session"
        session.write_text(self.session())
        with open(self.folder / ".typed/progress", "w") as progress:
            try:
                code = subprocess.run(["bash", "-c", "exec bash .typed/session 3>&1"], cwd=self.folder, env=environment_of(self.folder),
                                      stdout=progress, stderr=subprocess.DEVNULL, timeout=LONGEST).returncode
            except subprocess.TimeoutExpired:
                code = "none within %d s" % LONGEST
        times = [line.split() for line in (self.folder / ".typed/progress").read_text().splitlines()]
        reached = [number for number, _ in times]
        self.ran = sum(number.isdigit() for number in reached)
        for (number, begin), (_, end) in zip(times, times[1:]):
            self.slowest = max(self.slowest, (int(end) - int(begin), self.page.blocks[int(number)].line))
        if code != 0 or reached[-1:] != ["end"]:
            number = int(reached[-1]) if reached and reached[-1].isdigit() else 0
            block, home = self.page.blocks[number], self.folder / ".typed" / str(number)
            tail = (home / "err").read_text()[-1500:] if (home / "err").exists() else ""
            self.fault(block, f"exit code {code}\n{block.text}{tail}")
        else:
            self.check_output()
        return self


def type_page(page, folder, given, arguments):
    """Types it, holds what it wrote against docs/formats.md, and frees the disk."""
    start = time.monotonic()
    folder.mkdir()
    typist = Typist(page, folder, given, arguments.whole).type()
    typist.files, faults = faults_of_files([folder], Page(ROOT / "docs/formats.md", ROOT))
    typist.faults += faults
    if not arguments.keep:
        shutil.rmtree(folder)
    print(f"{page.name}: {typist.ran} ran, {typist.checked} only checked, {time.monotonic() - start:.0f} s"
          f" (line {typist.slowest[1]}: {typist.slowest[0]} s)", flush=True)
    return typist


def make_given(folder, clone):
    folder.parent.mkdir(parents=True, exist_ok=True)
    make_clone(clone, whole=False)
    environment = environment_of(clone)
    environment["PATH"] = f"{clone}/build/release/bin:{environment['PATH']}"
    done = subprocess.run([sys.executable, ROOT / "tests/docs/things_given.py", folder], env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"error: the stand-ins cannot be made\n{done.stderr}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="PAGE", action="append", help="a page such as docs/data.md; repeatable")
    parser.add_argument("--keep", metavar="DIR", help="work in this folder and leave it; stand-ins that are there are taken")
    parser.add_argument("--whole", action="store_true", help="trainings as long as the pages have them: hours")
    parser.add_argument("--pages", metavar="DIR", default=ROOT, help="README.md and docs/ of another folder than the project's")
    parser.add_argument("--jobs", type=int, default=2, help="pages at a time")
    arguments = parser.parse_args()
    pages = [page for page in pages_of(arguments.pages) if not arguments.only or page.name in arguments.only]
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
            typed = list(pool.map(lambda pair: type_page(*pair, given, arguments), zip(pages, folders)))
    finally:
        if not arguments.keep:
            shutil.rmtree(work, ignore_errors=True)
    faults = [fault for typist in typed for fault in typist.faults]
    print(f"{sum(t.ran for t in typed)} blocks ran, {sum(t.checked for t in typed)} were only checked, "
          f"{sum(t.files for t in typed)} HDF5 files were held against docs/formats.md, {len(faults)} faults, {time.monotonic() - start:.0f} s")
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
