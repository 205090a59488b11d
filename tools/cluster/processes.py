"""The program's processes, found by what they were started with."""
import pathlib


def programs(program, run, variable):
    """Numbers of those of `program` that write to `run` and have `variable` (NAME=VALUE) in their environment."""
    found = []
    for folder in pathlib.Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            words = (folder / "cmdline").read_bytes().decode().split("\0")
            environment = (folder / "environ").read_bytes().decode(errors="replace").split("\0")
        except OSError:  # it has ended meanwhile
            continue
        if words[0] == str(program) and run in words and variable in environment:
            found.append(int(folder.name))
    return found
