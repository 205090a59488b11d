#!/usr/bin/env python3
"""Compares the program's evaluation with the reference: every row of samples.csv and the summary in evaluation.json.

    python tests/reference/compare_evaluation.py REFERENCE.json EVALUATION_DIR

Prints for each metric the number of compared values and the largest difference, then the values of one side only. Exit code 1 if a
difference is above 1e-3 or a value is missing or surplus; metrics that only the program's summary has are allowed.
"""
import argparse
import csv
import json
import math
import pathlib
import sys

TOLERANCE = 1e-3
LISTED = 20              # most rows of one kind that are printed


class Differences:
    """Per metric: number of compared values, the largest difference and its place; and the values of one side only."""

    def __init__(self):
        self.largest = {}
        self.one_sided = {}

    def compare(self, metric, where, reference, program):
        if reference is None and program is None:
            return
        if reference is None or program is None:
            self.only("reference" if program is None else "program", f"{metric} of {where}")
            return
        difference = abs(float(program) - float(reference))
        difference = math.inf if math.isnan(difference) else difference
        count, worst, place = self.largest.get(metric, (0, -1.0, ""))
        if difference > worst:
            worst, place = difference, f"{where}: {reference:.6f} in the reference, {float(program):.6f} in the program"
        self.largest[metric] = (count + 1, worst, place)

    def only(self, side, what):
        self.one_sided.setdefault(side, []).append(what)

    def report(self):
        print(f"{'metric':<58} {'values':>7} {'largest difference':>19}")
        for metric, (count, worst, place) in self.largest.items():
            print(f"{metric:<58} {count:>7} {worst:>19.3e}" + (f"   <-- {place}" if worst > TOLERANCE else ""))
        for side, rows in sorted(self.one_sided.items()):
            print(f"only in the {side}: {len(rows)}")
            print("".join(f"  {row}\n" for row in rows[:LISTED]) + ("  ...\n" if len(rows) > LISTED else ""), end="")
        return not self.one_sided and all(worst <= TOLERANCE for _, worst, _ in self.largest.values())


def read_rows(path):
    """{(protocol, sample, metric): (group, value)}; a duplicate row is an error."""
    rows = {}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = (row["protocol"], row["sample"], row["metric"])
            if key in rows:
                sys.exit(f"error: {path} has {' '.join(key)} twice")
            rows[key] = (row["group"], float(row["value"]))
    return rows


def compare_samples(differences, reference, protocols, program):
    groups = reference["groups"]
    expected = {(protocol, sample, metric): value for protocol in protocols
                for sample, row in reference[protocol]["samples"].items() for metric, value in row.items()}
    for (protocol, sample, metric), value in expected.items():
        group, ours = program.get((protocol, sample, metric), (None, None))
        differences.compare(f"{protocol} sample {metric}", sample, value, ours)
        if group is not None and groups and group != groups[sample]:
            differences.only("program", f"group {group} of {sample}, which is of {groups[sample]}")
    for key in program.keys() - expected.keys():
        differences.only("program", "sample row " + " ".join(key))


def compare_lists(differences, metric, reference, program):
    if program is None or len(program) != len(reference):
        differences.only("reference", f"{metric}: {len(reference)} of them, {0 if program is None else len(program)} in the program")
        return
    for place, (theirs, ours) in enumerate(zip(reference, program)):
        if isinstance(theirs, dict):
            for name, value in theirs.items():
                differences.compare(f"{metric} {name}", f"bin {place}", value, ours.get(name))
        else:
            differences.compare(metric, f"place {place}", theirs, ours)


def compare_summary(differences, protocol, reference, program):
    """Compares the reference's summary of one protocol; the numbers of each hand are in objects beside `metrics`."""
    metrics = program["metrics"]
    for name, theirs in reference.items():
        title = f"{protocol} {name}"
        if name in ("all", "right", "left"):
            ours = metrics if name == "all" else program.get(name, {})
            for metric, value in theirs.items():
                differences.compare(f"{title} {metric}", "the set", value, ours.get(metric))
        elif name == "per_joint_mm":
            compare_lists(differences, title, theirs, list(program.get(name, {}).values()))
        elif isinstance(theirs, list):
            compare_lists(differences, title, theirs, metrics.get(name))
        else:
            differences.compare(title, "the set", theirs, metrics.get(name))
    unknown = sorted(metrics.keys() - reference.keys() - reference["all"].keys())
    if unknown:
        print(f"{protocol}: not compared, the reference has none: {', '.join(unknown)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("reference", type=pathlib.Path)
    parser.add_argument("evaluation", type=pathlib.Path)
    arguments = parser.parse_args()
    reference = json.loads(arguments.reference.read_text())
    summaries = {entry["protocol"]: entry for entry in json.loads((arguments.evaluation / "evaluation.json").read_text())}
    protocols = [name for name in reference if name != "groups"]
    differences = Differences()
    compare_samples(differences, reference, protocols, read_rows(arguments.evaluation / "samples.csv"))
    for protocol in protocols:
        if protocol in summaries:
            compare_summary(differences, protocol, reference[protocol]["summary"], summaries[protocol])
        else:
            differences.only("reference", f"summary of {protocol}")
    for protocol in summaries.keys() - set(protocols):
        differences.only("program", f"summary of {protocol}")
    sys.exit(0 if differences.report() else 1)


if __name__ == "__main__":
    main()
