#!/usr/bin/env python3
"""A sampler with its hand model as one ONNX file, checked on the CPU.

    python -m pip install -r data_scripts/requirements-onnx.txt
    python data_scripts/export_onnx.py sampler.safetensors hand.h5 sampler.onnx

Input: `image` (B,3,S,S), RGB crops of any batch size, uint8 from 0 to 255 (--float: floating from 0 to 255). Outputs, hands stacked right
then left, frame root (origin at the right wrist, axes of the camera), metres:
  H (B,42,S/4,S/4), M (B,2,S/4,S/4), tau (B,3); --features adds F (B,C,S/4,S/4); no H if the sampler has no heatmaps
  camera (B,3): s in 1/m, tx and ty in half crops
  pose (B,2,48) absolute axis-angle, shape (B,2,10), translation (B,2,3) as MANO's
  joints (B,2,21,3), vertices (B,2,V,3)
With --hypotheses a second input `noise` (K,B,Z+3), standard normal, gives K samples per image: hypotheses_joints (K,B,2,21,3) and
hypotheses_vertices (K,B,2,V,3).

The file contains the hand model: one made from MANO's files is under MANO's licence. The written graph is run by onnxruntime on random
images; the largest distance of joints and vertices from PyTorch's is printed, and above the bound nothing is written (exit code 1).
"""
from packages import missing_of, need

ONNX = ("onnx", "onnxruntime", "onnxscript")
need("torch", "numpy", "h5py", "safetensors", "yaml", later=ONNX)

import argparse
import contextlib
import io
import logging
import os
import sys
import warnings

import torch

import interprior_torch
from torch_hands import SIDES, mano_parameters
from whole_file import InputError, require, run, unfinished

LEAST_OPSET, NEWEST_OPSET = 18, 25  # PyTorch 2.11 exports these, and onnxruntime 1.32 runs them
BOUND_MM = 0.01
BATCHES = (1, 3)
HYPOTHESES = 2  # in the check


class Exported(torch.nn.Module):
    """The outputs of the ONNX file, in order."""

    def __init__(self, network, hands, features, hypotheses):
        super().__init__()
        self.network, self.hands = network, hands
        self.names = (["F"] if features else []) + ["H", "M", "tau", "camera", "pose", "shape", "translation", "joints", "vertices"]
        if network.extraction.heatmap is None:
            self.names.remove("H")
        self.hypotheses = hypotheses
        if hypotheses:
            self.names += ["hypotheses_joints", "hypotheses_vertices"]

    def points(self, out, name):
        return torch.stack([out[f"{side}_{name}_in_root"] for side in SIDES], 1)

    def forward(self, image, noise=None):
        out = self.network(image, self.hands)
        found = out | mano_parameters(out, self.hands) | {"camera": out["view_camera"]}
        found |= {name: self.points(out, name) for name in ("joints", "vertices")}
        if self.hypotheses:
            sampled = self.network.sample(out, noise, self.hands)
            for name in ("joints", "vertices"):
                found[f"hypotheses_{name}"] = self.points(sampled, name).unflatten(0, (noise.shape[0], image.shape[0]))
        return tuple(found[name] for name in self.names)


def inputs_of(module, batch, float_image, seed):
    random = torch.Generator().manual_seed(seed)
    size = module.network.config["image_size"]
    image = torch.randint(0, 256, (batch, 3, size, size), generator=random, dtype=torch.uint8)
    inputs = {"image": image.float() if float_image else image}
    if module.hypotheses:
        code = module.network.sampling.z.out_features // 2
        inputs["noise"] = torch.randn(HYPOTHESES, batch, code + 3, generator=random)
    return inputs


def write(module, path, opset, float_image):
    inputs = inputs_of(module, 2, float_image, 0)
    batch = torch.export.Dim("batch")
    shapes = {"image": {0: batch}}
    if module.hypotheses:
        shapes["noise"] = {0: torch.export.Dim("hypotheses"), 1: batch}
    logging.disable(logging.WARNING)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, tuple(inputs.values()), path, input_names=list(inputs), output_names=module.names, opset_version=opset,
                          dynamic_shapes=shapes, dynamo=True, external_data=False, verbose=False)


def difference_mm(module, path, float_image):
    """Largest distance in mm between onnxruntime's and PyTorch's joints and vertices, and the largest difference of the other outputs."""
    import onnxruntime
    try:
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions have no common base
        raise InputError(f"onnxruntime cannot run the exported file: {str(error).splitlines()[0]}") from error
    points, others = 0.0, 0.0
    for batch in BATCHES:
        inputs = inputs_of(module, batch, float_image, batch)
        with torch.no_grad():
            expected = module(*inputs.values())
        found = session.run(module.names, {name: tensor.numpy() for name, tensor in inputs.items()})
        for name, ours, theirs in zip(module.names, expected, map(torch.from_numpy, found)):
            require(ours.shape == theirs.shape, f"{name} of the ONNX file has shape {tuple(theirs.shape)}, expected {tuple(ours.shape)}")
            if name.endswith(("joints", "vertices")):
                points = max(points, 1000 * (ours - theirs).norm(dim=-1).max().item())
            else:
                others = max(others, (ours - theirs).abs().max().item())
    return points, others


def require_packages():
    missing = missing_of(ONNX)
    requirements = os.path.join(os.path.dirname(os.path.abspath(__file__)), "requirements-onnx.txt")
    require(not missing, f"Python packages are missing in {sys.executable}: {', '.join(missing)}; install them with `{sys.executable} -m pip "
            f"install -r {requirements}`")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="of kind sampler")
    parser.add_argument("hand", metavar="HAND.h5", help="the hand file that the checkpoint was trained with")
    parser.add_argument("out", metavar="OUT.onnx")
    parser.add_argument("--opset", type=int, default=LEAST_OPSET, metavar="N",
                        help=f"ONNX operator set, {LEAST_OPSET} (default) to {NEWEST_OPSET}")
    parser.add_argument("--float", action="store_true", help="the image is floating from 0 to 255 instead of uint8")
    parser.add_argument("--features", action="store_true", help="F is an output")
    parser.add_argument("--hypotheses", action="store_true", help="noise is an input, and hypotheses are outputs")
    options = parser.parse_args()
    require(options.opset >= LEAST_OPSET, f"--opset {options.opset} is too old: the least is {LEAST_OPSET}")
    require(options.opset <= NEWEST_OPSET, f"--opset {options.opset} is too new: the newest is {NEWEST_OPSET}")
    require_packages()
    network = interprior_torch.load(options.checkpoint)
    require(isinstance(network, interprior_torch.Sampler) and network.kind == "sampler",
            f"{options.checkpoint} is of kind {network.kind}; a sampler is required")
    hands = interprior_torch.read_hands(options.hand, like=options.checkpoint)
    module = Exported(network, hands, options.features, options.hypotheses).eval()
    with unfinished(options.out) as temporary:
        try:
            write(module, temporary, options.opset, options.float)
        except Exception as error:  # PyTorch's exporter raises nearly anything
            raise InputError(f"PyTorch cannot export operator set {options.opset}: {str(error).splitlines()[0]}") from error
        import onnx
        written = {entry.domain: entry.version for entry in onnx.load(temporary).opset_import}[""]
        require(written == options.opset, f"PyTorch wrote operator set {written} instead of {options.opset}: choose that one")
        points, others = difference_mm(module, temporary, options.float)
        print(f"onnxruntime and PyTorch differ by at most {points:.2g} mm in joints and vertices, {others:.2g} in other outputs")
        require(points <= BOUND_MM, f"this is above the bound of {BOUND_MM} mm: {options.out} is not written")
    print(f"{options.out}: operator set {options.opset}, outputs {', '.join(module.names)}")


if __name__ == "__main__":
    run(main)
