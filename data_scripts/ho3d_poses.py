#!/usr/bin/env python3
"""HO-3D's (v2, v3) or H2O-3D's training poses as poses.h5.

    python data_scripts/ho3d_poses.py HO3D_DIR poses.h5 [--hand hand.h5] [--val SEQUENCE]...

HO3D_DIR has train/SEQUENCE/meta/*.pkl and train.txt. With --hand (MANO) HO-3D's conversion is checked against the data set's own
joints. Sequences whose name begins with a --val are in the split val. The digits at the end of a name are the camera; cameras of
one recording show the same poses, so pass names of recordings, without the digits.

Assumptions and their sources (https://github.com/shreyashampali/ho3d and the README of the download):
- handPose is 48 numbers, axis-angle, absolute: forwardKinematics in vis_HO3D.py uses it as MANO's full pose with
  flat_hand_mean=True; likewise https://github.com/facebookresearch/frankmocap/issues/136;
- handBeta is 10 numbers; HO-3D shows right hands; H2O-3D has rightHandPose and leftHandPose, and one handBeta: vis_H2O3D.py;
- axes are OpenGL's (y up, z backward) and converted here: README.md and project_3D_points in utils/vis_utils.py;
- handJoints3D follows MANO's order, tips last: https://github.com/shreyashampali/HOnnotate/issues/4, jointsMapManoToSimple;
- frames that could not be fitted hold None and are not in train.txt; poses of the evaluation split are withheld.
"""
from packages import need

need("numpy", "h5py")

import argparse
import os

import numpy as np

from poses import JOINTS_OF_MANO, half_turn_about_x, require_agreement, write_poses
from restricted_pickle import Unreadable, load_restricted
from source_file import read_text
from whole_file import Skipped, require, run

HANDS = [("handPose", "right"), ("rightHandPose", "right"), ("leftHandPose", "left")]


def frames_of(folder):
    """(sequence, path of its annotation) of every training frame."""
    listing = os.path.join(folder, "train.txt")
    if os.path.exists(listing):
        names = [line.strip() for line in read_text(listing).splitlines() if line.strip()]
        require(all(name.count("/") == 1 and ".." not in name for name in names), f"{listing} is not a list of SEQUENCE/FRAME")
        return [(name.split("/")[0], os.path.join(folder, "train", name.split("/")[0], "meta", name.split("/")[1] + ".pkl"))
                for name in names]
    train = os.path.join(folder, "train")
    require(os.path.isdir(train), f"{folder} has neither train.txt nor train/")
    folders = [(name, os.path.join(train, name, "meta")) for name in sorted(os.listdir(train))]
    return [(sequence, os.path.join(meta, name)) for sequence, meta in folders if os.path.isdir(meta)
            for name in sorted(os.listdir(meta)) if name.endswith(".pkl")]


def vector(value, count):
    """The value as `count` finite numbers, or None."""
    if not isinstance(value, (np.ndarray, list, tuple)):
        return None
    try:
        array = np.asarray(value, dtype=np.float64).ravel()
    except (TypeError, ValueError):
        return None
    return array if array.size == count and np.isfinite(array).all() else None


def rows_of(path, skipped):
    """(side, pose, shape, joints or None) of each hand in the frame."""
    if not os.path.exists(path):
        skipped.add("file_missing", path)
        return
    try:
        content = load_restricted(path)
    except Unreadable:
        skipped.add("file_unreadable", path)
        return
    keys = [(key, side) for key, side in HANDS if isinstance(content, dict) and key in content]
    if not keys:
        skipped.add("no_hand_pose", path)
    for key, side in keys:
        if content[key] is None:
            skipped.add("not_annotated", path, fault=False)
            continue
        pose, shape = vector(content[key], 48), vector(content.get("handBeta"), 10)
        joints = vector(content.get("handJoints3D"), 63) if key == "handPose" else None
        if pose is None or shape is None:
            skipped.add("pose_or_shape_broken", path)
        else:
            yield side, pose, shape, joints


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="HO3D_DIR", help="the data set: train/ and train.txt")
    parser.add_argument("out", metavar="poses.h5")
    parser.add_argument("--hand", metavar="hand.h5", help="MANO, to check the conversion against the data set's own joints")
    parser.add_argument("--val", metavar="SEQUENCE", action="append", default=[],
                        help="sequences whose name begins with this are in the split val; repeatable")
    arguments = parser.parse_args()
    skipped, rows, split = Skipped(), [], []
    for sequence, path in frames_of(arguments.folder):
        found = list(rows_of(path, skipped))
        rows += found
        split += ["val" if sequence.startswith(tuple(arguments.val)) else "train"] * len(found)
    skipped.show()
    require(rows, f"{arguments.folder} has no usable pose")
    side = [row[0] for row in rows]
    pose, shape = np.stack([row[1] for row in rows]), np.stack([row[2] for row in rows])
    pose[:, :3] = half_turn_about_x(pose[:, :3])
    joints = None
    if all(row[3] is not None for row in rows):
        joints = np.stack([row[3] for row in rows]).reshape(-1, 21, 3)[:, JOINTS_OF_MANO] * [1, -1, -1]
    if arguments.hand and joints is not None:
        require_agreement(arguments.hand, pose, shape, side, joints)
    else:
        print("the conversion is not checked: " + ("frames have no joints" if arguments.hand else "--hand is not given"))
    write_poses(arguments.out, pose=pose, shape=shape, side=side, split=split, modality="hands-object", joints=joints,
                source="H2O-3D" if joints is None and "left" in side else "HO-3D")
    print(f"{len(pose)} poses in {arguments.out}")
    skipped.require_none(arguments.out)


if __name__ == "__main__":
    run(main)
