"""Reads hand.h5 and hands.h5, and poses all rows at once by lbs.py's formulas, for tests with thousands of hands. float64.

lbs.py remains the reference for posing: check_against_lbs compares this module with it.
"""
import h5py
import numpy as np

import lbs

BATCH = 128


def read_models(path):
    """(right, left): dicts of the arrays of hand.h5."""
    with h5py.File(path) as file:
        return tuple({name: array[()] for name, array in file[side].items()} for side in ("right", "left"))


def read_hands(path):
    """The arrays of hands.h5 as stored: texts as lists, flags as bool, without missing datasets."""
    with h5py.File(path) as file:
        data = {name: file[name].asstr()[()].tolist() for name in ("sample", "group") if name in file}
        data.update({name: file[name][()].astype(bool) for name in ("joint_valid", "hand_valid", "mesh_valid") if name in file})
        for name in ("vertices", "pose", "shape", "translation", "joints", "camera"):
            if name in file:
                data[name] = file[name][()].astype(np.float64)
    return data


def rotation_matrices(axis_angle):
    """(...,3) -> (...,3,3), Rodrigues."""
    angle = np.linalg.norm(axis_angle, axis=-1)[..., None, None]
    x, y, z = np.moveaxis(axis_angle, -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3)
    safe = np.where(angle > 0, angle, 1.0)
    return np.eye(3) + np.sin(angle) / safe * cross + (1 - np.cos(angle)) / safe ** 2 * (cross @ cross)


def pose_hands(model, pose, shape, translation):
    """Vertices (N,V,3) and joints of the kinematic chain with the tips' vertices (N,21,3)."""
    if len(pose) > BATCH:
        parts = [pose_hands(model, pose[i:i + BATCH], shape[i:i + BATCH], translation[i:i + BATCH]) for i in range(0, len(pose), BATCH)]
        return tuple(np.concatenate(part) for part in zip(*parts))
    count = len(pose)
    rotations = rotation_matrices(pose.reshape(count, 16, 3))
    shaped = model["v_template"] + np.tensordot(shape, model["shapedirs"], axes=(1, 2))
    rest = model["J_regressor"] @ shaped
    feature = (rotations[:, 1:] - np.eye(3)).reshape(count, 135)
    posed = shaped + np.tensordot(feature, model["posedirs"], axes=(1, 2))

    world = np.zeros((count, 16, 4, 4))
    for j, parent in enumerate(lbs.MANO_PARENTS):
        local = np.zeros((count, 4, 4))
        local[:, 3, 3] = 1
        local[:, :3, :3] = rotations[:, j]
        local[:, :3, 3] = rest[:, j] if parent < 0 else rest[:, j] - rest[:, parent]
        world[:, j] = local if parent < 0 else world[:, parent] @ local
    chain = world[:, :, :3, 3].copy()
    world[:, :, :3, 3] -= np.einsum("njab,njb->nja", world[:, :, :3, :3], rest)
    blended = (model["weights"] @ world[:, :, :3].reshape(count, 16, 12)).reshape(count, -1, 3, 4)
    vertices = np.einsum("nvab,nvb->nva", blended[..., :3], posed) + blended[..., 3] + translation[:, None]
    native = np.concatenate([chain + translation[:, None], vertices[:, model["tips"]]], axis=1)
    return vertices, native[:, lbs.NATIVE_OF_OURS]


def check_against_lbs(model, pose, shape, translation):
    """Requires equal results for the first row."""
    vertices, joints = pose_hands(model, pose[:1], shape[:1], translation[:1])
    expected, chain = lbs.skin(model, rotation_matrices(pose[0].reshape(16, 3)), shape[0], translation[0])
    expected_joints = lbs.in_our_order(chain, [expected[tip] for tip in model["tips"]])
    assert np.abs(vertices[0] - expected).max() < 1e-12 and np.abs(joints[0] - expected_joints).max() < 1e-12


def both_hands(models, data):
    """Vertices (N,2,V,3) of a file's rows, and chain joints (N,2,21,3), or None for a file of vertices."""
    if "vertices" in data:
        return data["vertices"], None
    vertices, joints = [], []
    for side in (0, 1):
        parameters = [data[name][:, side] for name in ("pose", "shape", "translation")]
        check_against_lbs(models[side], *parameters)
        posed = pose_hands(models[side], *parameters)
        vertices.append(posed[0])
        joints.append(posed[1])
    return np.stack(vertices, axis=1), np.stack(joints, axis=1)
