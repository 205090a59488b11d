#!/usr/bin/env python3
"""Writes the table of a gpu_check.json into docs/benchmarks.md, replacing an earlier one of the same GPU."""
import json
import pathlib
import re
import sys

from check import table

PAGE = pathlib.Path(__file__).resolve().parent.parent.parent / "docs/benchmarks.md"
HEADING = "## On GPUs\n"


def with_table(page, report):
    """The page with the table of this report. There is one table per GPU, between two comments with its name."""
    gpu = report["gpu"]
    block = f"<!-- gpu: {gpu} -->\n{report['date']}, {table(report)}\n<!-- end: {gpu} -->\n"
    earlier = re.compile(f"<!-- gpu: {re.escape(gpu)} -->\n.*?<!-- end: {re.escape(gpu)} -->\n", re.S)
    if earlier.search(page):
        return earlier.sub(lambda _: block, page)
    assert HEADING in page, f"{PAGE} has no heading {HEADING.strip()}"
    begin = page.index(HEADING) + len(HEADING)
    end = page.find("\n## ", begin)
    end = len(page) if end < 0 else end
    return page[:end].rstrip("\n") + "\n\n" + block + page[end:]


def main():
    if len(sys.argv) != 2:
        sys.exit("record: gpu_check.sh --record FILE")
    try:
        report = json.loads(pathlib.Path(sys.argv[1]).read_text())
    except (OSError, ValueError) as problem:
        sys.exit(f"record: {sys.argv[1]}: {problem}")
    if not isinstance(report, dict) or report.get("format") != "interprior.gpu_check":
        sys.exit(f"record: {sys.argv[1]} was not written by check.py")
    if report["gpu"] is None:
        sys.exit(f"record: {sys.argv[1]} is of a dry run without a GPU, without measurements")
    if any(row["result"] == "failed" for row in report["rows"]):
        print("record: some rows failed; they are in the table too", file=sys.stderr)
    PAGE.write_text(with_table(PAGE.read_text(), report))
    print(f"{PAGE.relative_to(PAGE.parent.parent)}: {report['gpu']}, {len(report['rows'])} rows")


if __name__ == "__main__":
    main()
