#!/usr/bin/env python3
"""torchvision's ResNets with random weights and statistics, and their four stages for a random image, in float64.

    python tests/reference/torchvision_backbone.py DIR

Per network NAME: NAME.pth (resnet34 in torch.save's format before 1.6) and NAME.stages.safetensors: image, stage1 .. stage4.
The statistics are those of passes in training mode with added noise, so that activations stay near 1 through fifty layers and
no norm is the identity.
"""
import os
import sys

import safetensors.torch
import torch
import torchvision


def random_network(name):
    network = getattr(torchvision.models, name)(weights=None)
    norms = [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    with torch.no_grad():
        for norm in norms:
            norm.weight.uniform_(0.5, 1.2)
            norm.bias.normal_(0, 0.2)
            norm.momentum = 1.0
        network.train()
        network(torch.randn(4, 3, 96, 96))
        for norm in norms:
            norm.running_mean += 0.1 * norm.running_var.sqrt() * torch.randn_like(norm.running_mean)
            norm.running_var *= torch.empty_like(norm.running_var).uniform_(0.7, 1.4)
    return network.eval()


def stages_of(network, image):
    stages, hooks = {}, []
    for index in range(1, 5):
        layer = getattr(network, f"layer{index}")
        hooks.append(layer.register_forward_hook(lambda _, __, out, key=f"stage{index}": stages.update({key: out.clone()})))
    with torch.no_grad():
        network(image)
    return stages


def main():
    folder = sys.argv[1]
    torch.manual_seed(5)
    for name in ["resnet18", "resnet34", "resnet50"]:
        network, image = random_network(name), torch.randn(2, 3, 96, 64, dtype=torch.float64)
        torch.save(network.state_dict(), os.path.join(folder, f"{name}.pth"), _use_new_zipfile_serialization=name != "resnet34")
        tensors = {"image": image, **stages_of(network.double(), image)}
        safetensors.torch.save_file(tensors, os.path.join(folder, f"{name}.stages.safetensors"))


if __name__ == "__main__":
    main()
