#!/usr/bin/env python3
"""Poses both hands with random poses and shapes by smplx.MANO, which reads the folder's pickles itself.

    python tests/reference/smplx_from_files.py DIR out.safetensors
"""
import sys

import numpy as np
import torch
from safetensors.torch import save_file
from smplx import MANO

import stand_ins  # noqa: F401  (classes referenced by the pickles)

POSES = 6


def main():
    folder, out = sys.argv[1:]
    rng = np.random.default_rng(20230829)
    arrays = {}
    for side in ["right", "left"]:
        pose = torch.from_numpy(rng.normal(0, 0.5, (POSES, 48)))
        pose[0] = 0                                                    # the mean pose
        shape, translation = torch.from_numpy(rng.normal(0, 1.5, (POSES, 10))), torch.from_numpy(rng.normal(0, 0.2, (POSES, 3)))
        layer = MANO(folder, is_rhand=side == "right", use_pca=False, flat_hand_mean=False, batch_size=POSES, dtype=torch.float64)
        if side == "left":                                             # smplx does not correct the error of the official file
            layer.shapedirs[:, 0, :] *= -1
        mesh = layer(betas=shape, global_orient=pose[:, :3], hand_pose=pose[:, 3:], transl=translation)
        found = {"pose": pose, "shape": shape, "translation": translation, "vertices": mesh.vertices.detach(),
                 "mano_joints": mesh.joints.detach()[:, :16]}
        arrays.update({f"{side}/{name}": array.contiguous() for name, array in found.items()})
    save_file(arrays, out)


if __name__ == "__main__":
    main()
