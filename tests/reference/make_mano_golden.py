"""Writes tests/golden/mano_layer.safetensors (numpy) and tests/golden/smplx.safetensors (the smplx package).

Rerun from the project's root: .venv/bin/python tests/reference/make_mano_golden.py
"""
import pathlib

import numpy as np
import torch
from safetensors.numpy import save_file

import lbs
from random_hand import random_hand, rodrigues

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden"
VERTICES, POSES = 40, 5


def smplx_meshes(model, axis_angle, shape, translation):
    """Vertices and 16 joints of the same hand by smplx.MANO, which rotates about J0 and then adds the translation."""
    from smplx import MANO
    from smplx.utils import Struct

    data = Struct(
        v_template=model["v_template"], shapedirs=model["shapedirs"], posedirs=model["posedirs"],
        J_regressor=model["J_regressor"], weights=model["weights"], f=model["faces"],
        kintree_table=np.array([lbs.MANO_PARENTS, range(16)], dtype=np.int64),
        hands_components=np.eye(45), hands_mean=model["hands_mean"])
    layer = MANO("", data_struct=data, use_pca=False, flat_hand_mean=True, batch_size=len(shape), dtype=torch.float64)
    pose = torch.from_numpy(axis_angle)
    output = layer(betas=torch.from_numpy(shape), global_orient=pose[:, :3], hand_pose=pose[:, 3:], transl=torch.from_numpy(translation))
    return output.vertices.detach().numpy(), output.joints.detach().numpy()[:, :16]


def main():
    rng = np.random.default_rng(20230828)
    model = random_hand(rng, VERTICES)
    axis_angle = rng.normal(0, 0.7, (POSES, 48))
    axis_angle[0] = 0                                                  # the rest pose
    axis_angle[1, :3] = [3.0, -0.6, 0.5]                               # a wrist rotation close to 180 degrees
    shape = rng.normal(0, 1, (POSES, 10))
    wrist = rng.normal(0, 0.1, (POSES, 3))
    rotations = np.stack([[rodrigues(pose[3 * k:3 * k + 3]) for k in range(16)] for pose in axis_angle])

    meshes = [lbs.hand_mesh(model, rotations[i], shape[i], wrist[i]) for i in range(POSES)]
    vertices = np.stack([mesh[0] for mesh in meshes])
    arrays = {
        **model, "axis_angle": axis_angle, "rotations": rotations, "shape": shape, "wrist_in_root": wrist,
        "vertices": vertices, "joints": np.stack([mesh[1] for mesh in meshes]),
        "rest_wrist": np.stack([lbs.rest_wrist(model, beta) for beta in shape]),
        "rest_knuckle": np.stack([lbs.rest_knuckle(model, beta) for beta in shape]),
        "regressed_joints": np.stack([lbs.regress_joints(model, v) for v in vertices]),
    }
    GOLDEN.mkdir(exist_ok=True)
    save_file(arrays, GOLDEN / "mano_layer.safetensors")

    translation = wrist - arrays["rest_wrist"]
    vertices, joints = smplx_meshes(model, axis_angle, shape, translation)
    save_file({"vertices": vertices, "mano_joints": joints}, GOLDEN / "smplx.safetensors")


if __name__ == "__main__":
    main()
