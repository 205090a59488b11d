"""The program's processes, found by what they were started with."""
import os
import pathlib
import signal


class Found:
    def __init__(self, number):
        self.number = number

    def kill(self):
        os.kill(self.number, signal.SIGKILL)


def programs(program, run, variable):
    """Those of `program` that write to `run` and have `variable` (NAME=VALUE) in their environment."""
    found = []
    for folder in pathlib.Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            words = (folder / "cmdline").read_bytes().decode().split("\0")
            environment = (folder / "environ").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if words[0] == str(program) and run in words and variable in environment:
            found.append(Found(int(folder.name)))
    return found
