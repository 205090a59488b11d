"""Atomic writing of files, and one-line error messages."""
import contextlib
import os
import signal
import sys
import tempfile
import threading


class InputError(ValueError):
    """One sentence for the user: what is wrong, and where."""


class Ended(BaseException):
    """Raised by a signal; the process ends once its unfinished files are removed."""

    def __init__(self, number, _frame=None):
        super().__init__(number)
        self.number = number


def require(condition, sentence):
    if not condition:
        raise InputError(sentence)


def _raise_ended(number, frame):
    raise Ended(number, frame)


@contextlib.contextmanager
def _signals_raise():
    """Turns SIGTERM and SIGHUP into exceptions, unless they are handled already; restores them at the end."""
    taken = []
    if threading.current_thread() is threading.main_thread():
        taken = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) == signal.SIG_DFL]
    for number in taken:
        signal.signal(number, _raise_ended)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _reason(error):
    number = getattr(error, "errno", None)  # HDF5's errors contain the temporary name, and may have no errno
    return os.strerror(number) if number else "is the disk full, or the folder read-only?"


@contextlib.contextmanager
def unfinished(path):
    """A temporary file next to `path`; renamed to `path` at the end, removed on an error, Ctrl-C, SIGTERM or SIGHUP."""
    folder = os.path.dirname(os.path.abspath(path))
    require(os.path.isdir(folder), f"there is no folder {folder}")
    require(not os.path.isdir(path), f"{path} is a folder: give the name of a file")
    temporary = None
    with _signals_raise():
        try:
            handle, temporary = tempfile.mkstemp(dir=folder, prefix=".writing-")
            os.close(handle)
            yield temporary
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(temporary, 0o666 & ~mask)  # permissions of a new file
            os.replace(temporary, path)
        except BaseException as error:
            with contextlib.suppress(OSError, TypeError):
                os.unlink(temporary)
            if isinstance(error, (OSError, RuntimeError)):
                raise InputError(f"{path} cannot be written: {_reason(error)}") from error
            raise


def run(main):
    """Runs a script's main(): user errors are one line on stderr and exit code 1; a signal ends with 128 + its number."""
    try:
        with _signals_raise():
            main()
    except (InputError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("interrupted: no unfinished file is left", file=sys.stderr)
        sys.exit(130)
    except Ended as end:
        sys.exit(128 + end.number)


class Skipped:
    """Counts rows left out, by reason. Faults end the script with exit code 1; reasons documented by the data set do not."""

    def __init__(self):
        self.counts, self.examples, self.faults = {}, {}, set()

    def add(self, reason, example, fault=True):
        self.counts[reason] = self.counts.get(reason, 0) + 1
        self.examples.setdefault(reason, example)
        if fault:
            self.faults.add(reason)

    def show(self):
        for reason, count in sorted(self.counts.items()):
            print(f"skipped, {reason}: {count} (such as {self.examples[reason]})", file=sys.stderr)

    def require_none(self, out):
        """Call when `out` is written."""
        reasons = ", ".join(f"{reason}: {self.counts[reason]}" for reason in sorted(self.faults))
        require(not reasons, f"{out} is written without faulty rows ({reasons}): see the list above")
