"""Compares checkpoints and outputs of the C++ networks with data_scripts/interprior_torch.py: twin.py FOLDER...

Each FOLDER holds sampler.safetensors (a checkpoint), hand.h5 and outputs.safetensors (the inputs `image`, `noise` and `prior_noise`, and
every output tensor; `train.NAME`: outputs of extraction in training mode, float64). Prints the largest difference of every tensor; exit
code 1 if one is above the tolerance or missing. tests/integration/twin_test.cc writes the folders and runs this.
"""
import pathlib
import sys

import torch
from safetensors.torch import load_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "data_scripts"))
import interprior_torch

TOLERANCE = 1e-4


def outputs_of(network, hands, image, noise, prior_noise):
    outputs = network(image, hands)
    sampled = network.sample(outputs, noise, hands)
    outputs["posterior_mean"], outputs["posterior_log_variance"] = network.prior.encode(outputs, hands)
    for name in ("right_joints_in_root", "left_joints_in_root"):
        outputs[f"sampled_{name}"] = sampled[name]
    code = network.prior.from_aggregate(prior_noise)
    outputs["prior_code"], outputs["prior_noise_again"] = code, network.prior.to_aggregate(code)
    outputs["prior_left_in_right"] = network.prior.sample(prior_noise, hands)["left_in_right"]
    network.extraction.double().train()
    outputs |= {f"train.{name}": tensor for name, tensor in network.extraction(image).items()}
    outputs["train.running_var"] = network.extraction.refine[0][1].running_var
    return outputs


def compare(folder):
    network = interprior_torch.load(folder / "sampler.safetensors")
    hands = interprior_torch.read_hands(folder / "hand.h5")
    theirs = load_file(folder / "outputs.safetensors")
    with torch.no_grad():
        ours = outputs_of(network, hands, *(theirs.pop(name) for name in ("image", "noise", "prior_noise")))
    ours = {name: tensor for name, tensor in ours.items() if tensor.numel()}
    good = True
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
