"""Writes images.h5, the index of any data set of images, in a few lines (docs/formats.md).

    from images import write_images
    write_images("images.h5", sample=names, file=paths, hand_type=["interacting"] * n, intrinsics=k, size=wh, box=boxes,
                 mano_pose=pose, mano_shape=shape, mano_translation=translation, mano_valid=valid)

Index 0 of two hands is the right one. Metres. Values of invalid hands are ignored.
  sample (N) ids train/..., val/..., test/...; file (N) images, absolute or relative to the index; hand_type (N) right, left or
  interacting; sequence (N) the unit of the bootstrap, default the sample itself
  intrinsics (N,4) fx fy cx cy px; size (N,2) width, height px; box (N,4) x y width height px
  rotation (N,3,3), translation (N,3): X_camera = R X_world + t; default: the world is the camera
  mano_pose (N,2,48) axis-angle, RELATIVE to hands_mean (subtract it from absolute poses); mano_shape (N,2,10);
  mano_translation (N,2,3), in the world; mano_valid (N,2)
  joints (N,2,21,3) in the camera, or joints_2d (N,2,21,2) px if only 2D positions are known: wrist, then thumb, index,
  middle, ring, pinky from base to tip; joint_valid (N,2,21), default all. Flags may be booleans, or 0 and 1 of any type.
  shard_offset, shard_bytes (N): position of an image in `file`, if this holds several images
"""
from packages import need

need("numpy", "h5py")

import os

import numpy as np

from tensor_file import SPLITS, Columns, write_tensor_file
from whole_file import require

HAND_TYPES = ["right", "left", "interacting"]
LARGEST_HAND = 0.5  # m


def _check_names(path, sample, files, hand_types, check_files):
    for name in sample:
        require(name.split("/")[0] in SPLITS and "/" in name, f"sample {name} must begin with its split: train/, val/ or test/")
    for name, kind in zip(sample, hand_types):
        require(kind in HAND_TYPES, f"hand_type {kind!r} of {name} is none of {', '.join(HAND_TYPES)}")
    folder = os.path.dirname(os.path.abspath(path))
    for name, file in zip(sample, files):
        require(not check_files or os.path.isfile(os.path.join(folder, file)), f"there is no file {file} (of {name})")


def _check_camera(sample, intrinsics, size, rotation):
    for name, good in [("intrinsics", (intrinsics[:, :2] > 0).all(1)), ("size", (size > 0).all(1))]:
        require(good.all(), f"{name} of {sample[int((~good).argmax())]} is not positive")
    if rotation is not None:
        turned = np.einsum("nij,nkj->nik", rotation, rotation) - np.eye(3)
        good = (np.abs(turned).max((1, 2)) < 1e-3) & (np.linalg.det(rotation) > 0)
        require(good.all(), f"rotation of {sample[int((~good).argmax())]} is not a rotation")


def _check_unit(sample, joints, valid):
    """Joints far from their wrist are in millimetres, or in another order."""
    wrist = valid & valid[:, :, :1]
    far = (np.linalg.norm(joints - joints[:, :, :1], axis=-1) > LARGEST_HAND) & wrist
    row = int(far.any((1, 2)).argmax())
    require(not far.any(), f"joints of {sample[row]} are over {LARGEST_HAND} m from their wrist: give metres, wrist first")


def _check_box(sample, box, size):
    good = (box[:, 2:] > 0).all(1) & (box[:, :2] < size).all(1) & (box[:, :2] + box[:, 2:] > 0).all(1)
    require(good.all(), f"box of {sample[int((~good).argmax())]} does not lie in its image: give x, y, width, height in px")


def _check_pixels(sample, places, valid, size):
    """Rejects coordinates relative to the image size, and pixels far outside the image."""
    inside = (np.abs(places - size[:, None, None] / 2) < 2 * size[:, None, None]).all(-1)
    row = int((valid & ~inside).any((1, 2)).argmax())
    require((inside | ~valid).all(), f"joints_2d of {sample[row]} lie far outside its image: give pixels, x before y")
    seen = places[valid]
    require(len(seen) == 0 or np.abs(seen).max() > 2, "all of joints_2d are between 0 and 2: give pixels, not fractions of the image size")


def write_images(path, *, sample, file, hand_type, intrinsics, size, box, sequence=None, hand_type_valid=None, rotation=None,
                 translation=None, mano_pose=None, mano_shape=None, mano_translation=None, mano_valid=None, joints=None,
                 joints_2d=None, joint_valid=None, shard_offset=None, shard_bytes=None, check_files=True):
    columns = Columns()
    sample = columns.ids("sample", sample)
    file, hand_type = columns.texts("file", file), columns.texts("hand_type", hand_type)
    columns.texts("sequence", sequence)
    _check_names(path, sample, file, hand_type, check_files)
    columns.flags("hand_type_valid", hand_type_valid, ("N",))
    size = columns.numbers("camera/size", size, ("N", 2), np.int64)
    _check_camera(sample, columns.numbers("camera/intrinsics", intrinsics, ("N", 4)), size,
                  columns.numbers("camera/rotation", rotation, ("N", 3, 3)))
    _check_box(sample, columns.numbers("box", box, ("N", 4)), size)
    columns.numbers("camera/translation", translation, ("N", 3))
    mano = {"mano_pose": mano_pose, "mano_shape": mano_shape, "mano_translation": mano_translation, "mano_valid": mano_valid}
    missing = [name for name, value in mano.items() if value is None]
    require(len(missing) in (0, 4), f"{', '.join(missing)} is missing: give all four of MANO or none")
    if not missing:
        valid = columns.flags("mano/valid", mano_valid, ("N", 2))
        columns.numbers("mano/pose", mano_pose, ("N", 2, 48), valid=valid)
        columns.numbers("mano/shape", mano_shape, ("N", 2, 10), valid=valid)
        columns.numbers("mano/translation", mano_translation, ("N", 2, 3), valid=valid)
    require(joints is None or joints_2d is None, "joints and joints_2d are both given: give only joints, they determine joints_2d")
    require(joints is not None or joints_2d is not None or joint_valid is None, "joint_valid is given without joints")
    valid = columns.flags("joint_valid", joint_valid, ("N", 2, 21))
    everywhere = np.ones((len(sample), 2, 21), bool) if valid is None else valid
    joints = columns.numbers("joints", joints, ("N", 2, 21, 3), valid=valid)
    if joints is not None:
        _check_unit(sample, joints, everywhere)
    joints_2d = columns.numbers("joints_2d", joints_2d, ("N", 2, 21, 2), valid=valid)
    if joints_2d is not None:
        _check_pixels(sample, joints_2d, everywhere, size)
    require((shard_offset is None) == (shard_bytes is None), "give both shard_offset and shard_bytes, or neither")
    for name, value in [("shard/offset", shard_offset), ("shard/bytes", shard_bytes)]:
        numbers = columns.numbers(name, value, ("N",), np.int64)
        require(numbers is None or (numbers >= 0).all(), f"{name} has a negative number")
    write_tensor_file(path, "images", columns.arrays)
