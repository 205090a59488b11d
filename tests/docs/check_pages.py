#!/usr/bin/env python3
"""Checks README.md and docs/*.md against the program: links, options, config keys, paths, names of tests, repeated figures.

    .venv/bin/python tests/docs/check_pages.py
"""
import argparse
import pathlib
import re
import sys

import yaml

from figures import figures_that_differ
from known_words import OPTION, PROGRAM, ROOT, commands, config_keys, is_key, output_of, scripts
from markdown_page import pages_of

# Third-party programs in command lines: their options are not checked.
FOREIGN = {"torchrun", "srun", "mpirun", "cmake", "git", "pip", "sbatch", "export", "python3", "sudo", "tensorboard", "nvidia-smi",
           "env", "docker", "apptainer"}
FOREIGN_OPTIONS = {"--max-restarts", "--dependency", "--array", "--no-python", "--gpus", "--nv"}
FILE_ENDINGS = ("h5", "md", "json", "yaml", "safetensors", "py", "sh", "cc", "pkl", "jpg", "csv", "tex", "html", "pth", "txt", "obj", "ply",
                "glb", "mp4", "jsonl", "partial", "lock", "scan")
GROUPS = {"fit", "loader", "data", "model", "loss"}
PATH = re.compile(r"^(src|include|tests|tools|configs|data_scripts|docs|cmake)/[\w./-]*$")


def command_of(words):
    """(program or script, its options, the remaining words) of a command line; None for a third-party program."""
    if not words or words[0] in FOREIGN and "interprior" not in words:
        return None
    if "interprior" in words:
        words = words[words.index("interprior") + 1:]
        path = ()
        while words and path + (words[0],) in commands():
            path, words = path + (words[0],), words[1:]
        options = commands()[path]
        if words and words[0].isupper():  # a word such as TASK: any subcommand
            options = set().union(*(of for name, of in commands().items() if name[:len(path)] == path))
        return f"interprior {' '.join(path)}", options | {"--help", "--version"}, words
    for word in words[:3]:
        if word in scripts():
            return word, scripts()[word] | {"--help"}, words[words.index(word) + 1:]
    return None


class Checker:
    """Collects the faults of all pages as "PAGE:LINE: TEXT"."""

    def __init__(self, pages, root):
        self.pages, self.root, self.faults, self.named = pages, root, [], set()
        self.by_name = {page.name: page for page in pages}

    def fault(self, page, line, text):
        self.faults.append(f"{page.name}:{line}: {text}")

    def check_links(self, page):
        for line, target in page.links():
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            file = (page.path.parent / path).resolve() if path else page.path
            if not file.exists():
                self.fault(page, line, f"the link {target} leads nowhere")
            elif anchor:
                other = self.by_name.get(str(file.relative_to(self.root)))
                if other is None or anchor not in other.anchors():
                    self.fault(page, line, f"there is no heading for {target}")

    def check_options(self, page):
        every = set().union(*commands().values(), *scripts().values(), {"--help", "--version"}, FOREIGN_OPTIONS)
        for line, text in page.code_words():
            self.named |= set(OPTION.findall(text)) | set(re.findall(r"(?<![\w-])-[A-Z]\b", text))
            words = re.sub(r"(?<!\S)#.*", "", text).replace("=(", " ").split()
            called = command_of(words)
            if called is None:
                foreign = words and words[0] in FOREIGN
                unknown = set() if foreign else set(OPTION.findall(" ".join(words))) - every
            else:
                unknown = set(OPTION.findall(" ".join(word for word in called[2] if "=" not in word))) - called[1]
            for option in sorted(unknown):
                self.fault(page, line, f"{called[0] if called else 'nothing'} has no option {option}: {text[:100]}")

    def check_all_options_are_named(self):
        for what, options in [*((f"interprior {' '.join(path)}", options) for path, options in commands().items()), *scripts().items()]:
            for option in sorted(options - self.named - {"--help", "--version"}):
                self.faults.append(f"no page names {option} of {what}")

    def check_keys(self, page):
        for line, text in page.code_words():
            for key in re.findall(r"--set[ =]['\"]?(?:[a-z+]+:)?([a-z_]+(?:\.[a-z_0-9]+)*)=", text):
                if not is_key(key):
                    self.fault(page, line, f"there is no config key {key}")
            match = re.fullmatch(r"([a-z_]+(?:\.[a-z_0-9]+)+)(?:[=:].*)?", text)
            if match and match.group(1).split(".")[0] in GROUPS and not match.group(1).endswith(FILE_ENDINGS):
                if not is_key(match.group(1)):
                    self.fault(page, line, f"there is no config key {match.group(1)}")

    def check_yaml(self, page):
        for block in page.blocks:
            if block.language != "yaml":
                continue
            first = re.match(r"# interprior (?:train )?(prior|cues|sampler|sweep)\b", block.text)
            try:
                content = yaml.safe_load(block.text)
            except yaml.YAMLError as error:
                self.fault(page, block.line, f"no YAML: {error}")
                continue
            for key in flattened(content):
                if not is_key(key, first.group(1) if first else None):
                    self.fault(page, block.line, f"there is no config key {key}")

    def check_paths(self, page):
        """Paths of the project. Paths without their first folder, such as base/error.h, may be in include/interprior, src or tests."""
        for line, text in page.code_words():
            if re.fullmatch(r"[a-z]+/\w+\.(h|cc)", text) and not PATH.match(text):
                if not any((ROOT / home / text).exists() for home in ["include/interprior", "src", "tests"]):
                    self.fault(page, line, f"there is no {text} in include/interprior or src")
            if PATH.match(text) and not re.search(r"[A-Z]{3}", text) and not list(ROOT.glob(text.rstrip("/"))):
                self.fault(page, line, f"there is no {text}")

    def check_tests(self, page, sources):
        for line, text in page.code_words():
            match = re.fullmatch(r"([A-Z]\w+)\.([A-Z]\w+|\*)", text)
            if match and f"({match.group(1)}" in sources and match.group(2) != "*":
                if not re.search(rf"\({match.group(1)},\s*{match.group(2)}\)", sources):
                    self.fault(page, line, f"there is no test {text}")
            elif match and f"({match.group(1)}" not in sources:
                self.fault(page, line, f"there is no test suite {match.group(1)}")

    def check_findings(self):
        """Requires that every finding name accepted by --accept is explained on a page."""
        names = re.search(r"kNames = \{(.*?)\};", (ROOT / "src/data/examination/examination.cc").read_text(), re.DOTALL).group(1)
        explained = {text for page in self.pages for _, text in page.code_words()}
        for name in re.findall(r'"([a-z_]+)"', names):
            if name not in explained:
                self.faults.append(f"no page explains the finding {name}")

    def check_choices(self):
        """Compares tables of config keys (`key` | **default**, other choices) with `interprior explain`."""
        explained = re.split(r"\n(?=[a-z#])", output_of(PROGRAM, "explain", "--kind", "sampler"))
        known = {text.split("\n")[0]: text for text in explained}
        checked = 0
        for page in self.pages:
            for line, text in page.prose:
                match = re.match(r"\| `([a-z_.]+)` \| (.*?) \|", text)
                if not match or "**" not in match.group(2) or match.group(1) not in known:
                    continue
                key, cell, checked = match.group(1), match.group(2), checked + 1
                default = re.search(r"\*\*`?([\w.]+)`?\*\*", cell).group(1)
                value = re.search(r", default (\S+)$", known[key]).group(1)
                if {"yes": "true", "no": "false"}.get(default, default) != value:
                    self.fault(page, line, f"the default of {key} is {value}, not {default}")
                choices = re.search(r"one of (\S+),", known[key])
                if choices and set(choices.group(1).split("|")) != set(re.findall(r"`([\w]+)`", cell)):
                    self.fault(page, line, f"the choices of {key} are {choices.group(1)}")
        if checked < 10:
            self.faults.append("docs/method.md has no table of keys, choices and defaults")

    def check_cpp(self):
        examples = {path.name: path.read_text() for path in sorted((ROOT / "docs/examples").glob("*.cc"))}
        programs = [path.read_text() for path in (ROOT / "tests/consumer").rglob("main.cc")] + list(examples.values())
        blocks = [(page, block) for page in self.pages for block in page.blocks if block.language == "cpp"]
        if not blocks:
            self.faults.append("no page shows how the library is used from C++")
        for page, block in blocks:
            if not any(block.text in program for program in programs):
                self.fault(page, block.line, "these lines are in no main.cc of tests/consumer and in no file of docs/examples")
        for name, text in examples.items():
            if not any(block.text == text for _, block in blocks):
                self.faults.append(f"no page shows docs/examples/{name} as it is")

    def check(self):
        sources = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("*_test.cc"))
        for page in self.pages:
            for number, line in enumerate(page.lines, 1):
                if line.startswith(("<<<<<<<", ">>>>>>>")):
                    self.fault(page, number, "a mark of a merge was left")
            self.check_links(page)
            self.check_options(page)
            self.check_keys(page)
            self.check_yaml(page)
            self.check_paths(page)
            self.check_tests(page, sources)
        self.check_all_options_are_named()
        self.check_findings()
        self.check_choices()
        self.check_cpp()
        self.faults += figures_that_differ(self.pages)
        return self.faults


def flattened(content, prefix=""):
    """Dotted keys of a config; all entries of a list have the key of the list."""
    if isinstance(content, list):
        for entry in content:
            yield from flattened(entry, prefix)
    elif isinstance(content, dict):
        for key, value in content.items():
            name = f"{prefix}.{key}" if prefix else str(key)
            inner = list(flattened(value, name))
            yield from inner or [name]
    elif prefix:
        yield prefix


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", metavar="DIR", default=ROOT, help="README.md and docs/ of another folder than the project's")
    root = pathlib.Path(parser.parse_args().pages).resolve()
    pages = pages_of(root)
    faults = Checker(pages, root).check()
    print(f"{len(pages)} pages, {len(commands())} commands, {len(config_keys())} config keys, {len(faults)} faults")
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
