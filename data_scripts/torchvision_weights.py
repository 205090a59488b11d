#!/usr/bin/env python3
"""torchvision's ResNet weights as safetensors, under the same names.

    python data_scripts/torchvision_weights.py resnet50-11ad3fa6.pth resnet50.safetensors
    interprior train sampler ... --set trunk_weights=resnet50.safetensors

Takes any state dict that torch.save wrote, in today's format or the one before 1.6, and executes nothing of it (weights_only).
The licence of ImageNet's weights is yours to look after; they are not part of this project.
"""
import argparse
import os
import pickle
import tempfile

import safetensors.torch
import torch

from tensor_file import InputError, publish, require, run


def read_state_dict(path):
    require(os.path.isfile(path), f"there is no file {path}")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise InputError(f"{path} holds more than tensors, or is no file of torch.save: save model.state_dict() alone") from error
    except Exception as error:  # a damaged file raises nearly anything
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path} cannot be read, it may be cut short: {reason}") from error
    require(isinstance(state, dict), f"{path} is no state dict, but {type(state).__name__}")
    require(len(state) > 0, f"{path} is an empty state dict")
    for name, tensor in state.items():
        require(isinstance(name, str) and isinstance(tensor, torch.Tensor) and tensor.layout == torch.strided
                and not tensor.is_quantized and tensor.device.type == "cpu",
                f"{path} is no state dict of tensors: {name!r} is {type(tensor).__name__}; save model.state_dict() alone")
    return {name: tensor.detach().clone(memory_format=torch.contiguous_format) for name, tensor in state.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", metavar="WEIGHTS.pth")
    parser.add_argument("out", metavar="OUT.safetensors")
    arguments = parser.parse_args()
    state = read_state_dict(arguments.weights)
    home = os.path.dirname(os.path.abspath(arguments.out))
    with tempfile.TemporaryDirectory(dir=home, prefix=".writing-") as folder:
        temporary = os.path.join(folder, "weights")
        safetensors.torch.save_file(state, temporary)
        publish(temporary, arguments.out)
    print(f"{len(state)} tensors in {arguments.out}")


if __name__ == "__main__":
    run(main)
