"""Figures given on several pages: every place is a regular expression with one number; all must agree to their printed digits."""
import re

NUMBER = r"([\d.,]*\d)"
# name: (page, regular expression with one number) ...
FIGURES = {
    "quickstart's MPJPE, mm": [("README.md", rf"\*\*{NUMBER} mm\*\*; mean pose"), ("README.md", rf"and {NUMBER} mm on three machines")],
    "small sampler's MPJPE, mm": [("README.md", rf"has {NUMBER} mm on held-out synthetic"), ("docs/experiments.md", rf"\| sampler \| \*\*{NUMBER}\*\*")],
    "small sampler's mean pose, mm": [("README.md", rf"mean pose has {NUMBER} \("), ("docs/experiments.md", rf"\| mean pose \| {NUMBER}")],
    "small sampler's mean pose under the ground truth's orientation, mm": [
        ("README.md", rf"global orientation {NUMBER}\.\n"), ("docs/experiments.md", rf"\| mean pose [^|]*orientation \| {NUMBER} \| [\d.]+ \| 4")],
    "seconds of indexing 1.36 million images": [
        ("README.md", rf"1.4 million images in {NUMBER} s"), ("docs/data.md", rf"JSON\): {NUMBER} s on two cores"),
        ("docs/benchmarks.md", rf"773\) \| {NUMBER} s")],
    "MiB of that index": [("docs/data.md", rf"an index of\s+{NUMBER} MiB"), ("docs/benchmarks.md", rf"the index \| {NUMBER} MiB")],
    "images of that index": [("docs/data.md", rf"\({NUMBER} images"), ("docs/benchmarks.md", rf"prepare interhand` of {NUMBER} images")],
    "seconds to open it again": [("docs/data.md", rf"{NUMBER} s to reopen"), ("docs/benchmarks.md", rf"left out \| {NUMBER} s")],
    "GB of .venv": [("docs/install.md", rf"`\.venv` \| {NUMBER} GB"), ("docs/troubleshooting.md", rf"\.venv` takes {NUMBER} GB")],
    "seconds of the quickstart": [("README.md", rf"all of it \| \| {NUMBER} s"), ("docs/install.md", rf"quickstart after the build \| {NUMBER} s")],
    "memory of the quickstart, GiB": [("README.md", rf"s, {NUMBER} GiB"), ("docs/install.md", rf"s, {NUMBER} GiB")],
}


def value_and_step(text):
    """The number, and half a unit of its last digit."""
    plain = text.replace(",", "")
    decimals = len(plain.partition(".")[2])
    return float(plain), 0.5 * 10.0 ** -decimals


def figures_that_differ(pages):
    texts = {page.name: "\n".join(page.lines) for page in pages}
    for name, places in FIGURES.items():
        found = []
        for page, pattern in places:
            matches = re.findall(pattern, texts.get(page, ""))
            if not matches:
                yield f"{page}: the figure '{name}' is not there as tests/docs/figures.py knows it"
            found += [(page, *value_and_step(match)) for match in matches]
        for page, value, step in found:
            for other, other_value, other_step in found:
                if value < other_value and other_value - value > max(step, other_step) * 1.001:
                    yield f"{page} and {other} disagree about the {name}: {value} and {other_value}"
