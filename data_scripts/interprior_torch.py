"""interprior's networks in PyTorch: reads its checkpoints, computes the same outputs, trains, and writes checkpoints back.

    import sys
    sys.path.insert(0, "data_scripts")
    import interprior_torch as interprior
    hands = interprior.read_hands("hand.h5")              # MANO layers of both hands
    network = interprior.load("sampler.safetensors")      # Sampler, or InteractionPrior for a checkpoint of kind prior
    out = network(image, hands)                           # image: (B,3,S,S) RGB, uint8 or floating from 0 to 255
    interprior.save(network, "tuned.safetensors", like="sampler.safetensors")

docs/deploy.md explains the outputs, fine-tuning and hypotheses. Faulty files raise InputError with one sentence.
"""
from packages import need

need("torch", "numpy", "h5py", "safetensors", "yaml")

import os

import h5py
import numpy as np
import safetensors
import safetensors.torch
import torch
import yaml

from source_file import reason_of, require_whole
from torch_config import difference, prior_config, sampler_config
from torch_hands import (SIDES, ManoLayer, TwoHands, axis_angle_from_matrix, interaction_from_state, mano_parameters, matrix_from_axis_angle,
                         matrix_from_rot6d, rot6d_from_matrix, state_from_interaction)
from torch_prior import InteractionPrior
from torch_sampler import Sampler
from whole_file import InputError, require, unfinished

__all__ = ["InputError", "InteractionPrior", "ManoLayer", "Sampler", "TwoHands", "axis_angle_from_matrix", "interaction_from_state", "load",
           "mano_parameters", "matrix_from_axis_angle", "matrix_from_rot6d", "read_hands", "rot6d_from_matrix", "save", "state_from_interaction"]

FORMAT = 5  # of checkpoints (include/interprior/model/checkpoint.h)
EMA = "averaged."
METRIC = "metric."
ENTRIES = ["config", "prior_model", "sampler_model", "step", "hand_file", "hand_hash", "hand_source", "splits"]
NAMED = 8  # tensors listed per message
HAND_SHAPES = {"v_template": ("V", 3), "shapedirs": ("V", 3, 10), "posedirs": ("V", 3, 135), "J_regressor": (16, "V"), "weights": ("V", 16),
               "tips": (5,)}
ROW_TOLERANCE = 1e-4  # of rows that must sum to 1, as in C++


def _listed(names):
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


class _Checkpoint:
    """An open checkpoint: metadata, and tensors by name."""

    def __init__(self, path):
        require_whole(path)
        self.path = os.fspath(path)
        try:
            with safetensors.safe_open(path, framework="pt") as file:
                self.metadata = file.metadata() or {}
                self.names = list(file.keys())
        except (safetensors.SafetensorError, OSError) as error:
            raise InputError(f"{path} is no safetensors file, or is damaged: {str(error).splitlines()[0]}") from error
        require(self.metadata.get("program") == "interprior",
                f"{path} is not a checkpoint of interprior: pass RUN/checkpoints/last.safetensors")
        lacking = [name for name in ["format", "kind", *ENTRIES] if name not in self.metadata]
        require(not lacking, f"{path}: the checkpoint's metadata lacks {_listed(lacking)}: the file is damaged")
        text, self.kind = self.metadata["format"], self.metadata["kind"]
        require(text.isdecimal() and len(text) < 18, f"{path}: the checkpoint's format is not a number: {text}")
        self.format = int(text)
        require(1 <= self.format <= FORMAT, f"{path} has format {text}, these scripts read up to {FORMAT}: take those of a newer interprior")
        require(self.kind in ("prior", "cues", "sampler"), f"{path} is of kind {self.kind}, which is none of prior, cues and sampler")

    def configs(self):
        """Resolved configs: of the sampler (None for a prior) and of the prior."""
        prior = prior_config(self.metadata["prior_model"], self.format, f"{self.path}: prior_model")
        if self.kind == "prior":
            return None, prior
        return sampler_config(self.metadata["sampler_model"], f"{self.path}: sampler_model"), prior

    def unknown(self, name):
        """Whether files of this format lack a tensor; it then keeps its initial value."""
        later = {2: ("aggregate_mean", "aggregate_factor"), 3: ("state_factor", "temperature"), 4: ("flow.mean", "flow.factor")}
        return any(self.format < format and name.endswith(ends) for format, ends in later.items())

    def sources(self, targets, ema):
        """{name: name in the file} for the tensors of a state dict; None where this format lacks one. One error lists all names that do
        not agree."""
        present = set(self.names)
        surplus = sorted(name for name in present if not name.startswith(EMA) and name not in targets)
        sources, missing, misshapen = {}, [], []
        with safetensors.safe_open(self.path, framework="pt") as file:
            for name, target in targets.items():
                source = EMA + name if ema and EMA + name in present else name
                if source not in present:
                    sources[name] = None
                    if not self.unknown(name):
                        missing.append(name)
                    continue
                sources[name] = source
                shape = tuple(file.get_slice(source).get_shape())
                if shape != tuple(target.shape):
                    misshapen.append(f"{name} {shape} instead of {tuple(target.shape)}")
        faults = [f"{what}: {_listed(names)}" for what, names in
                  (("missing", missing), ("unexpected", surplus), ("shape mismatch", misshapen)) if names]
        require(not faults, f"{self.path}: the weights do not fit the network of its config: {'; '.join(faults)}")
        return sources

    def fill(self, network, sources):
        targets = network.state_dict()
        with torch.no_grad(), safetensors.safe_open(self.path, framework="pt") as file:
            for name, source in sources.items():
                if source is not None:
                    targets[name].copy_(file.get_tensor(source))
            for name in (name for name, source in sources.items() if source is None and name.endswith("state_factor")):
                stddev = targets[name.replace("state_factor", "state_deviation")]
                targets[name].copy_(stddev.diag()[:, stddev.argsort(stable=True, descending=True)])


def _freeze(network):
    """What C++ does not train: the flow, and in a sampler the prior, except a decoder trained from scratch or fine-tuned."""
    prior = network if isinstance(network, InteractionPrior) else network.prior
    if prior is not network:
        prior.requires_grad_(False)
        prior.decoder.requires_grad_(network.config["finetune_decoder"] or network.config["decoder"] == "scratch")
    if prior.flow is not None:
        prior.flow.requires_grad_(False)


def load(path, device="cpu", ema=True):
    """The network of a checkpoint of kind prior (InteractionPrior), cues or sampler (Sampler), in evaluation mode.

    ema: takes the EMA weights where the file has them, as `predict` and `evaluate` do. In a cue-stage checkpoint, extraction is
    untrained: use from_cues. A sampler's prior is frozen, as in `train sampler`; `network.prior.requires_grad_(True)` trains it, too.
    """
    checkpoint = _Checkpoint(path)
    sampler, prior = checkpoint.configs()
    def make():
        return InteractionPrior(prior) if sampler is None else Sampler(sampler, prior)

    with torch.device("meta"):  # shapes are checked before memory is used
        sources = checkpoint.sources(make().state_dict(), ema)
    network = make()
    checkpoint.fill(network, sources)
    _freeze(network)
    network.kind = checkpoint.kind
    return network.to(device).eval()


def _splits(seen, added):
    return ",".join(dict.fromkeys(part for part in f"{seen},{added}".split(",") if part))


def _metadata(network, path, splits):
    """Metadata of a checkpoint that has the same config as the network."""
    checkpoint = _Checkpoint(path)
    sampler, prior = checkpoint.configs()
    is_prior = isinstance(network, InteractionPrior)
    require(is_prior == (sampler is None), f"{path} is of kind {checkpoint.kind}, but the network is "
            f"{'an InteractionPrior' if is_prior else 'a Sampler'}: give the checkpoint that the network was loaded from")
    own = (network if is_prior else network.prior).config
    differs = difference(own, prior) or (None if is_prior else difference(network.config, sampler))
    require(differs is None, f"the network has another config than {path}: {differs}; give the checkpoint that it was loaded from")
    metadata = {name: text for name, text in checkpoint.metadata.items() if not name.startswith(METRIC)}
    if checkpoint.format < FORMAT:
        metadata["prior_model"] = yaml.safe_dump(own, sort_keys=False)
        metadata["sampler_model"] = "" if is_prior else yaml.safe_dump(network.config, sort_keys=False)
    metadata["format"] = str(FORMAT)
    if splits:
        metadata["splits"] = _splits(metadata["splits"], splits)
    return metadata


def save(network, path, like, splits=""):
    """Writes a checkpoint that the program reads (`predict`, `evaluate`, `--set init=FILE`), atomically.

    network: what `load` returned, trained or not. like: the checkpoint that it was loaded from; its run config, hand file, step and
    splits are copied, its metrics are not. splits: splits that Python has trained on, comma-separated; `evaluate` refuses them, as those of
    `like`.
    """
    require(isinstance(network, (InteractionPrior, Sampler)), f"save takes what load returned, not a {type(network).__name__}: of a wrapper "
            "such as DistributedDataParallel give network.module")
    metadata = _metadata(network, like, splits)
    state = {name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format) for name, tensor in network.state_dict().items()}
    bad = [name for name, tensor in state.items() if tensor.is_floating_point() and not tensor.isfinite().all()]
    require(not bad, f"weights are not finite, so nothing is written: {_listed(bad)}")
    with unfinished(path) as temporary:
        try:
            safetensors.torch.save_file(state, temporary, metadata)
        except safetensors.SafetensorError as error:
            raise OSError(str(error)) from error


def _read_side(group, where):
    arrays = {}
    for name, shape in HAND_SHAPES.items():
        require(name in group, f"{where}/{name} is missing: write the hand file again with `interprior prepare hand`")
        arrays[name] = np.asarray(group[name][()])
        vertices = arrays["v_template"].shape[0] if arrays["v_template"].ndim else 0
        wanted = tuple(vertices if size == "V" else size for size in shape)
        require(arrays[name].shape == wanted and vertices > 0, f"{where}/{name} has shape {arrays[name].shape}, expected {wanted}")
        require(arrays[name].dtype.kind in ("iu" if name == "tips" else "fiu") and np.isfinite(arrays[name]).all(),
                f"{where}/{name} has values that are not finite numbers")
    for name in ("weights", "J_regressor"):
        require(np.abs(arrays[name].sum(1) - 1).max() <= ROW_TOLERANCE, f"{where}/{name}: a row does not sum to 1")
    require(0 <= arrays["tips"].min() and arrays["tips"].max() < vertices, f"{where}/tips: a vertex index is outside 0..{vertices - 1}")
    return arrays


def _fix_left_shapedirs(arrays):
    """The official left file has the x shape directions of the right hand, unmirrored; published loaders also flip their sign."""
    right, left = (arrays[side]["shapedirs"][:, 0] for side in SIDES)
    if right.shape == left.shape and np.abs(left - right).sum() < min(1, np.abs(left + right).sum()):
        arrays["left"]["shapedirs"] = arrays["left"]["shapedirs"] * np.array([-1.0, 1.0, 1.0])[None, :, None]


def _hash(path):
    """FNV-1a, 64 bits, as the program identifies hand files."""
    value = 0xCBF29CE484222325
    with open(path, "rb") as file:
        for byte in file.read():
            value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def read_hands(path, device="cpu", dtype=torch.float32, like=None):
    """Differentiable MANO layers of both sides from a hand.h5, for any vertex count.

    dtype: torch.float32, as in the program, or torch.float64. like: a checkpoint; another hand file than the one it was trained with is
    then refused (takes about a second).
    """
    require(dtype in (torch.float32, torch.float64), f"hands of {dtype}: choose torch.float32 or torch.float64")
    require_whole(path)
    try:
        with h5py.File(path, "r") as file:
            format = file.attrs.get("format")
            require(format == "interprior.hand" and file.attrs.get("version") == 1,
                    f"{path} is no hand file of version 1: write one with `interprior prepare hand`")
            lacking = [side for side in SIDES if side not in file]
            require(not lacking, f"{path} has no group {', '.join(lacking)}: write it again with `interprior prepare hand`")
            arrays = {side: _read_side(file[side], f"{path}: {side}") for side in SIDES}
    except (OSError, RuntimeError, TypeError) as error:
        raise InputError(f"{path} is no HDF5 file, or is damaged: {reason_of(path, error)}") from error
    counts = [len(arrays[side]["v_template"]) for side in SIDES]
    require(counts[0] == counts[1], f"{path}: the right hand has {counts[0]} vertices, the left {counts[1]}")
    if like is not None:
        trained = _Checkpoint(like).metadata
        require(_hash(path) == trained["hand_hash"], f"{path} is not the hand file that {like} was trained with: pass a copy of "
                f"{trained['hand_file'] or 'that file'}")
    _fix_left_shapedirs(arrays)
    return TwoHands(arrays, dtype).to(device)
