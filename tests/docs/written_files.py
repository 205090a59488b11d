"""Checks the HDF5 files written by the pages against docs/formats.md: name and type of every dataset."""
import re

import h5py


def sections_of(page):
    """{"interprior.hand": (text of the section, {dataset: types})}."""
    found, name = {}, None
    for _, line in page.prose:
        if line.startswith("#"):
            match = re.search(r"`(interprior\.[a-z_]+)`", line)
            name = match.group(1) if match else None
            found.update({name: ["", {}]} if name else {})
        if name is None:
            continue
        found[name][0] += line + "\n"
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 4:
            for dataset in re.findall(r"`([^`]+)`", cells[1]):
                found[name][1].setdefault(dataset, set()).update(re.findall(r"text|(?:float|u?int)\d+", cells[3]))
    return found


def datasets_of(file):
    found = {}
    file.visititems(lambda name, item: found.update({name: item}) if isinstance(item, h5py.Dataset) else None)
    return found


def faults_in(path, sections):
    with h5py.File(path) as file:
        kind = file.attrs.get("format", "")
        if kind == "interprior.sample_errors":
            return  # its datasets are the members in metric/sample_errors.h
        if kind not in sections:
            yield f"docs/formats.md has no section on {kind}, which {path.name} is"
            return
        text, tables = sections[kind]
        for name, dataset in datasets_of(file).items():
            own = re.sub(r"^(right|left)/", "", name)
            kind_of = "text" if dataset.dtype == object else str(dataset.dtype)
            if own in tables and tables[own]:
                if kind_of not in tables[own]:
                    yield f"docs/formats.md: {own} of {kind} is {kind_of} in {path.name}, not {', '.join(sorted(tables[own]))}"
            elif f"`{own}`" not in text:
                yield f"docs/formats.md does not name {own} of {kind}, which {path.name} has"


def faults_of_files(folders, formats):
    """(number of files, faults) of all HDF5 files below these folders."""
    sections, count, faults = sections_of(formats), 0, set()
    for folder in folders:
        for path in sorted(folder.rglob("*.h5")):
            if not path.is_symlink():
                count += 1
                faults.update(faults_in(path, sections))
    return count, sorted(faults)
