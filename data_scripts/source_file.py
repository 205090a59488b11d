"""Reads what was downloaded, and names the two ways in which a download is often not the file: a Git-LFS pointer, and line ends
that were converted on the way."""
import json
import os

from whole_file import InputError, require

LFS = b"version https://git-lfs.github.com/spec/"
CONVERTED = "its line ends were converted on the way: copy it again as a binary file (no text mode, no autocrlf)"
ENOUGH = 1 << 20  # bytes in which a binary file has both kinds of line ends by chance


def require_whole(path):
    """The file is there, and is not a pointer to itself."""
    require(os.path.exists(path), f"there is no file {path}")
    require(not os.path.isdir(path), f"{path} is a folder, not a file")
    with open(path, "rb") as file:
        head = file.read(len(LFS))
    require(head != LFS, f"{path} is a Git-LFS pointer, not the file: run `git lfs pull` where it was cloned")
    require(os.path.getsize(path) > 0, f"{path} is empty")


def _converted(data):
    """Whether binary data has only one kind of line end, where chance gives some thousand of both."""
    feeds, pairs = data.count(b"\n"), data.count(b"\r\n")
    return (feeds > 64 and pairs == feeds) or (len(data) >= ENOUGH and pairs == 0)


def reason_of(path, error):
    """Why a binary file could not be read: what was done to it, or else the first line of the error."""
    with open(path, "rb") as file:
        data = file.read(16 * ENOUGH)
    if data[:8] in (b"\x89HDF\n\x1a\n\0", b"\x89HDF\r\r\n\x1a") or _converted(data):
        return CONVERTED
    return (str(error).splitlines() or [type(error).__name__])[0]


def read_json(path):
    """NaN and Infinity, which Python's json writes, are read as numbers: rows that hold them are counted by whoever uses them."""
    require_whole(path)
    try:
        with open(path, encoding="utf-8-sig") as file:
            return json.load(file)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path} is no JSON, or is cut short: {error}") from error


def read_text(path):
    require_whole(path)
    try:
        with open(path, encoding="utf-8-sig") as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no text: {error}") from error
