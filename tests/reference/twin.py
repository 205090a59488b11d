"""Compares checkpoints and outputs of the C++ sampler with a PyTorch twin: twin.py FOLDER...

Each FOLDER holds sampler.safetensors (a checkpoint), hand.h5 and outputs.safetensors (the input `image` and every
output tensor). Prints the largest difference of every tensor; exit code 1 if one is above 1e-4 or missing.
tests/integration/twin_test.cc writes the folders and runs this.
"""
import pathlib
import sys

import torch
import yaml
from safetensors import safe_open
from safetensors.torch import load_file

from twin_hand import read_hands
from twin_network import Sampler

TOLERANCE = 1e-4


def load_sampler(path):
    """The twin of a checkpoint; load_state_dict is strict: every name and shape must agree."""
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        state = {name: file.get_tensor(name) for name in file.keys() if not name.startswith("averaged.")}
    network = Sampler(yaml.safe_load(metadata["sampler_model"]), yaml.safe_load(metadata["prior_model"]))
    network.load_state_dict(state, strict=True)
    return network.eval()


def compare(folder):
    network, hands = load_sampler(folder / "sampler.safetensors"), read_hands(folder / "hand.h5")
    theirs = load_file(folder / "outputs.safetensors")
    with torch.no_grad():
        ours = network(theirs.pop("image"), hands)
    good = True
    if not ours["H"].numel():
        del ours["H"]
    for name in sorted(set(ours) | set(theirs)):
        if name not in ours or name not in theirs or ours[name].shape != theirs[name].shape:
            print(f"{folder.name} {name}: missing, or of another shape")
            good = False
            continue
        difference = (ours[name].double() - theirs[name].double()).abs().max().item()
        agrees = difference <= TOLERANCE
        good &= agrees
        print(f"{folder.name} {name}: {difference:.2e}{'' if agrees else '  TOO FAR'}")
    return good


if __name__ == "__main__":
    results = [compare(pathlib.Path(folder)) for folder in sys.argv[1:]]
    sys.exit(0 if results and all(results) else 1)
