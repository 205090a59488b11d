#!/usr/bin/env python3
"""torchvision's ResNet weights as safetensors, under the same names.

    python data_scripts/torchvision_weights.py resnet50-11ad3fa6.pth resnet50.safetensors
    interprior train sampler CONFIG --set trunk_weights=resnet50.safetensors

Reads any state dict written by torch.save, in the current format or the one before 1.6, without executing code (weights_only).
State dicts inside a checkpoint ('state_dict', 'model' ...) are unwrapped, and prefixes of wrappers (module., _orig_mod.,
backbone. ...) are removed from names; both are printed. Check the licence of ImageNet weights yourself; they are not part of this
project.
"""
from packages import need

need("torch", "safetensors", "numpy")

import argparse
import os
import pickle
import zipfile

import safetensors.torch
import torch

from source_file import CONVERTED, reason_of, require_whole
from whole_file import InputError, require, run, unfinished

WRAPPERS = ["state_dict", "model_state_dict", "model_state", "model", "network", "net", "teacher", "ema", "backbone", "module"]
PREFIXES = ["module.", "_orig_mod.", "backbone.", "model.", "encoder.", "resnet.", "trunk."]
FIRST = "conv1.weight"  # first name in every ResNet of torchvision


def _load(path):
    require_whole(path)
    with open(path, "rb") as file:
        head = file.read(16)
    require(head[8:9] != b"{", f"{path} is safetensors already: give it to `interprior prepare weights` or `trunk_weights`")
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            scripted = any(name.endswith(("/constants.pkl", "/code/.debug_pkl")) for name in archive.namelist())
        require(not scripted, f"{path} is TorchScript: use it directly (model.extraction.trunk=torchscript, "
                              "model.extraction.trunk_file=FILE), or save only model.state_dict()")
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        reason = reason_of(path, error)
        require(reason != CONVERTED, f"{path} cannot be read: {CONVERTED}")
        raise InputError(f"{path} holds more than tensors, or is not from torch.save: save only model.state_dict()") from error
    except Exception as error:  # a damaged file raises nearly anything
        raise InputError(f"{path} cannot be read, it may be truncated: {reason_of(path, error)}") from error


def _unwrapped(state, path):
    while isinstance(state, dict) and not any(isinstance(value, torch.Tensor) for value in state.values()):
        inner = next((name for name in WRAPPERS if isinstance(state.get(name), dict)), None)
        if inner is None:
            break
        print(f"{path}: the state dict is taken from '{inner}'")
        state = state[inner]
    return state


def _head(name):
    """The part before conv1.weight if it consists of known prefixes, or None."""
    if not name.endswith(FIRST):
        return None
    head = name[:-len(FIRST)]
    rest = head
    while rest:
        prefix = next((prefix for prefix in PREFIXES if rest.startswith(prefix)), None)
        if prefix is None:
            return None
        rest = rest[len(prefix):]
    return head


def _without_prefix(state, path):
    heads = {head for name in state if isinstance(name, str) and (head := _head(name)) is not None}
    if not heads or "" in heads:
        return state
    require(len(heads) == 1, f"{path} holds several networks ({', '.join(sorted(heads))}): save the state dict of one")
    head = heads.pop()
    kept = {name[len(head):]: value for name, value in state.items() if isinstance(name, str) and name.startswith(head)}
    left = len(state) - len(kept)
    print(f"{path}: prefix '{head}' is removed from {len(kept)} names" + (f"; {left} others are left out" if left else ""))
    return kept


def read_state_dict(path):
    state = _unwrapped(_load(path), path)
    require(isinstance(state, dict), f"{path} is not a state dict, but {type(state).__name__}")
    require(len(state) > 0, f"{path} is an empty state dict")
    state = _without_prefix(state, path)
    for name, tensor in state.items():
        require(isinstance(name, str) and isinstance(tensor, torch.Tensor) and tensor.layout == torch.strided
                and not tensor.is_quantized and tensor.device.type == "cpu",
                f"{path} is not a state dict of tensors: {name!r} is {type(tensor).__name__}; save only model.state_dict()")
    return {name: tensor.detach().clone(memory_format=torch.contiguous_format) for name, tensor in state.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", metavar="WEIGHTS.pth")
    parser.add_argument("out", metavar="OUT.safetensors")
    arguments = parser.parse_args()
    same = os.path.exists(arguments.out) and os.path.exists(arguments.weights) and os.path.samefile(arguments.out, arguments.weights)
    require(not same, f"{arguments.out} is the input file: choose another name")
    state = read_state_dict(arguments.weights)
    with unfinished(arguments.out) as temporary:
        try:
            safetensors.torch.save_file(state, temporary)
        except safetensors.SafetensorError as error:
            raise OSError(str(error)) from error
    print(f"{len(state)} tensors in {arguments.out}")


if __name__ == "__main__":
    run(main)
