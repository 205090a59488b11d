"""Reports missing Python packages in one sentence, before an import raises."""
import importlib.util
import os
import sys


def missing_of(names):
    return [name for name in names if importlib.util.find_spec(name) is None]


def need(*names, later=()):
    """Ends the script unless all packages are there. later: packages that are asked for later on; named only together with others."""
    missing = missing_of(names)
    if not missing:
        return
    missing += missing_of(later)
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    script = os.path.basename(sys.argv[0]) or "this"
    what = f"package {missing[0]} is" if len(missing) == 1 else f"packages {', '.join(missing)} are"
    sys.exit(f"error: the Python {what} missing in {sys.executable}: run {script} with "
             f"{os.path.join(home, '.venv', 'bin', 'python')}, which tools/setup.sh creates")
