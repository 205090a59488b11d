"""Reads downloaded files. Detects the two common ways in which they are damaged: Git-LFS pointers, and converted line ends."""
import json
import os

from whole_file import InputError, require

LFS = b"version https://git-lfs.github.com/spec/"
CONVERTED = "its line ends were converted by a transfer: copy it again as a binary file (no text mode, no autocrlf)"
ENOUGH = 1 << 20  # bytes after which a binary file contains both kinds of line ends by chance


def require_whole(path):
    """Requires that the file exists, is not empty and is no Git-LFS pointer."""
    require(os.path.exists(path), f"there is no file {path}")
    require(not os.path.isdir(path), f"{path} is a folder, not a file")
    with open(path, "rb") as file:
        head = file.read(len(LFS))
    require(head != LFS, f"{path} is a Git-LFS pointer, not the file: run `git lfs pull` where it was cloned")
    require(os.path.getsize(path) > 0, f"{path} is empty")


def _converted(data):
    """Whether binary data has only one kind of line end, although thousands of both are expected by chance."""
    feeds, pairs = data.count(b"\n"), data.count(b"\r\n")
    return (feeds > 64 and pairs == feeds) or (len(data) >= ENOUGH and pairs == 0)


def reason_of(path, error):
    """Why a binary file could not be read: converted line ends, or else the first line of the error."""
    with open(path, "rb") as file:
        data = file.read(16 * ENOUGH)
    if data[:8] in (b"\x89HDF\n\x1a\n\0", b"\x89HDF\r\r\n\x1a") or _converted(data):
        return CONVERTED
    return (str(error).splitlines() or [type(error).__name__])[0]


def read_json(path):
    """Reads NaN and Infinity, which Python's json writes, as numbers: callers have to check for them."""
    require_whole(path)
    try:
        with open(path, encoding="utf-8-sig") as file:
            return json.load(file)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path} is not JSON, or is truncated: {error}") from error


def read_text(path):
    require_whole(path)
    try:
        with open(path, encoding="utf-8-sig") as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not text: {error}") from error
