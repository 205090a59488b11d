"""Writes hands.h5, predictions or ground truth of any method, in three lines (docs/formats.md).

    from hands import write_hands
    write_hands("predictions.h5", sample=names, vertices=vertices)
    # interprior evaluate --predictions predictions.h5 --truth truth.h5 --hand hand.h5

N images; index 0 of two hands is the right one; metres, in the camera of the original image (x right, y down, z forward).
  sample (N) ids split/file_name, the same in predictions and truth; group (N) the sequence, the unit of the bootstrap
  vertices (N,2,V,3); or pose (N,2,48) axis-angle, ABSOLUTE, shape (N,2,10), translation (N,2,3) MANO's (wrist = J0(shape) + it);
  poses relative to the mean pose (flat_hand_mean=False): pose[:, :, 3:] += poses.hand_means("hand.h5")
  joints (N,2,21,3) independent of the mesh: wrist, then thumb, index, middle, ring, pinky from base to tip; joint_valid (N,2,21)
  hand_valid (N,2) the hand is in the image; mesh_valid (N,2) its mesh is known; values of invalid hands are ignored
  camera (N,4) fx fy cx cy px; box (N,4) x y width height px
  hypotheses: K per image, besides the prediction, {"pose": (N,K,2,48), "shape": (N,K,2,10), "translation": (N,K,2,3)}
"""
from packages import need

need("numpy", "h5py")

import numpy as np

from tensor_file import Columns, write_tensor_file
from whole_file import require

FARTHEST = 100.0  # m


def _check_unit(sample, name, values):
    far = (np.abs(values) > FARTHEST).reshape(len(values), -1).any(1)
    require(not far.any(), f"values of {name} of {sample[int(far.argmax())]} are beyond {FARTHEST:.0f} m: give metres")


def _together(values, what):
    missing = [name for name, value in values.items() if value is None]
    require(len(missing) in (0, len(values)), f"{', '.join(missing)} of {what} is missing: give all of them or none")
    return not missing


def write_hands(path, *, sample, group=None, vertices=None, pose=None, shape=None, translation=None, joints=None,
                joint_valid=None, hand_valid=None, mesh_valid=None, camera=None, box=None, hypotheses=None):
    columns = Columns()
    sample = columns.ids("sample", sample)
    columns.texts("group", group)
    everywhere = np.ones((len(sample), 2), bool)
    hands = columns.flags("hand_valid", hand_valid, ("N", 2))
    hands = everywhere if hands is None else hands
    meshes = columns.flags("mesh_valid", mesh_valid, ("N", 2))
    meshes = hands if meshes is None else meshes & hands
    has_parameters = _together({"pose": pose, "shape": shape, "translation": translation}, "MANO's parameters")
    require(has_parameters or vertices is not None or joints is not None,
            "give vertices, or pose, shape and translation, or joints")
    columns.numbers("vertices", vertices, ("N", 2, "V", 3), np.float32, meshes)
    columns.numbers("pose", pose, ("N", 2, 48), valid=meshes)
    columns.numbers("shape", shape, ("N", 2, 10), valid=meshes)
    columns.numbers("translation", translation, ("N", 2, 3), valid=meshes)
    points = columns.flags("joint_valid", joint_valid, ("N", 2, 21))
    points = np.broadcast_to(hands[:, :, None], (len(sample), 2, 21)) if points is None else points & hands[:, :, None]
    columns.numbers("joints", joints, ("N", 2, 21, 3), valid=points)
    columns.numbers("camera", camera, ("N", 4))
    columns.numbers("box", box, ("N", 4))
    if hypotheses is not None:
        require(set(hypotheses) == {"pose", "shape", "translation"}, "hypotheses must hold pose, shape and translation")
        for name, width in [("pose", 48), ("shape", 10), ("translation", 3)]:
            draws = np.asarray(hypotheses[name])
            require(draws.ndim == 4, f"hypotheses/{name} has shape {draws.shape}, expected (N, K, 2, {width})")
            drawn = np.broadcast_to(meshes[:, None], draws.shape[:2] + (2,)) if draws.shape[0] == len(sample) else None
            columns.numbers(f"hypotheses/{name}", draws, ("N", "K", 2, width), valid=drawn)
    for name in ["vertices", "translation", "joints"]:
        if name in columns.arrays:
            _check_unit(sample, name, columns.arrays[name])
    write_tensor_file(path, "hands", columns.arrays)
