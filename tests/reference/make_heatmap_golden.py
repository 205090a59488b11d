"""Writes tests/golden/adjacency_heatmap.safetensors.

Rerun from the project's root: .venv/bin/python tests/reference/make_heatmap_golden.py
"""
import json
import pathlib

import numpy as np
from safetensors.numpy import save_file

from adjacency_heatmap import heatmap_target

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden"
DEFAULT = {"kind": "iah", "neighbourhood": "image", "kernel": "laplace", "b": 1.5, "r": 4.0, "r_space": 0.02}

# name -> differences from the default config, samples, crop size, grid
CASES = {
    "joint": ({"kind": "joint"}, 2, 64, 16),
    "joint_gaussian": ({"kind": "joint", "kernel": "gaussian"}, 1, 48, 12),
    "visible_all": ({"kind": "visible_all"}, 3, 256, 64),
    "visible_all_gaussian": ({"kind": "visible_all", "kernel": "gaussian", "b": 2.5}, 2, 128, 32),
    "iah": ({}, 2, 64, 16),
    "iah_other_stride": ({"r": 6.0}, 1, 256, 32),
    "iah_gaussian": ({"kernel": "gaussian", "b": 2.0, "r": 3.0}, 1, 48, 12),
    "iah_space": ({"neighbourhood": "space"}, 2, 64, 16),
    "iah_space_gaussian": ({"neighbourhood": "space", "kernel": "gaussian", "r_space": 0.035}, 1, 48, 12),
    "iah_alone": ({"r": 0.0}, 1, 64, 16),
}


def random_joints(rng, samples, size):
    """Two overlapping clouds of joints, some outside the crop, unlabelled or occluded; two are inside by less than half a pixel."""
    image = rng.normal(size / 2, size / 5, (samples, 42, 2))
    image[:, 1] = [-0.3, size - 0.7]
    image[:, 22] = [size + 3.25, size / 2]
    image[:, 30] = [size / 3, -2.5]
    camera = np.concatenate([image / size * 0.3, rng.normal(0.5, 0.01, (samples, 42, 1))], axis=-1)
    valid = rng.random((samples, 42)) > 0.15
    valid[:, [1, 22]] = True
    valid[-1] = samples == 1 or valid[-1] & (np.arange(42) < 21)       # the last of several samples has no left hand
    visible = rng.random((samples, 42)) > 0.3
    return image, camera, valid, visible


def main():
    rng = np.random.default_rng(2308)
    arrays, described = {}, {}
    for name, (difference, samples, size, grid) in CASES.items():
        config = {**DEFAULT, **difference}
        image, camera, valid, visible = random_joints(rng, samples, size)
        maps, has_loss = heatmap_target(config, image, camera, valid, visible, size, grid)
        described[name] = {**config, "size": size, "grid": grid}
        inputs = {"image": image, "camera": camera, "valid": valid.astype(np.uint8), "visible": visible.astype(np.uint8)}
        for key, value in inputs.items():
            arrays[f"{name}/{key}"] = value
        arrays[f"{name}/maps"] = maps.astype(np.float32)
        arrays[f"{name}/has_loss"] = has_loss.astype(np.uint8)
    GOLDEN.mkdir(exist_ok=True)
    save_file(arrays, GOLDEN / "adjacency_heatmap.safetensors", metadata={"cases": json.dumps(described)})


if __name__ == "__main__":
    main()
