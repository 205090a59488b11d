"""Options of every command and script, and config keys, as printed by the program and the scripts themselves."""
import concurrent.futures
import functools
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("INTERPRIOR_BINARY", ROOT / "build/release/bin/interprior"))
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")


def output_of(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"error: {' '.join(map(str, words))}: {done.stderr[-500:]}")
    return done.stdout


def _subcommands(help_text):
    """Names in the list of subcommands; CLI11 calls it Subcommands or SUBCOMMANDS."""
    section = re.split(r"(?im)^subcommands:\s*$", help_text)
    return re.findall(r"(?m)^  ([a-z][a-z-]*) ", section[1]) if len(section) > 1 else []


@functools.cache
def commands():
    """{("train", "prior"): {"--set", ...}, ...}: options by command; a command with subcommands has only its own."""
    found = {}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        waiting = [()]
        while waiting:
            texts = list(pool.map(lambda path: output_of(PROGRAM, *path, "--help"), waiting))
            found |= {path: set(OPTION.findall(_options_part(text))) for path, text in zip(waiting, texts)}
            waiting = [path + (name,) for path, text in zip(waiting, texts) for name in _subcommands(text)]
    return found


def _options_part(help_text):
    """Lines that declare an option, without those that only mention one."""
    return "\n".join(match.group(1) for match in re.finditer(r"(?m)^\s+((?:-\w,)?--[a-z][^ ]*)", help_text))


@functools.cache
def scripts():
    """Options by path: of executable data_scripts/*.py from --help, of tools/*.sh from their first comment."""
    found = {}
    for path in sorted((ROOT / "data_scripts").glob("*.py")):
        if "argparse" in path.read_text():
            found[f"data_scripts/{path.name}"] = set(OPTION.findall(_options_part(output_of(sys.executable, path, "--help"))))
    for path in sorted([*(ROOT / "tools").glob("*.sh"), *(ROOT / "tools/container").glob("*.sh")]):
        head = re.match(r"(?:#.*\n)+", path.read_text()).group(0)
        found[str(path.relative_to(ROOT))] = set(OPTION.findall(head)) | set(re.findall(r"(?m)^#\s+(-[A-Z])\b", head))
    return found


@functools.cache
def config_keys(kind=None):
    text = output_of(PROGRAM, "explain", *(["--kind", kind] if kind else []))
    return {re.sub(r"\.\d+(?=\.|$)", "", line) for line in text.splitlines() if re.match(r"[a-z]", line)}


def is_key(key, kind=None):
    """Whether it is a config key or a group of keys."""
    return any(known == key or known.startswith(key + ".") for known in config_keys(kind))
