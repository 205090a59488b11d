#!/usr/bin/env python3
"""FreiHAND's training poses as poses.h5.

    python data_scripts/freihand_poses.py FREIHAND_DIR hand.h5 poses.h5

FREIHAND_DIR has training_mano.json, and training_xyz.json to check the conversion; hand.h5 is MANO (the poses are relative to its
mean pose). All hands are right hands; all samples are of the split train.

Assumptions and their sources (the data set's own toolbox, https://github.com/lmb-freiburg/freihand):
- a sample is 48 pose + 10 shape + 2 root in the image + 1 scale numbers: split_theta in utils/model.py;
- the pose is axis-angle (ncomps=45, use_pca=False) and relative to hands_mean (flat_hand_mean=not use_mean_pose, and
  use_mean_pose=True) of MANO_RIGHT: HandModel in utils/model.py, show_training_samples in view_samples.py;
  likewise https://github.com/facebookresearch/frankmocap/issues/136;
- the root's rotation is in camera axes: view_samples.py draws it with only the camera K;
- joints in training_xyz.json are metres in the camera, wrist, thumb, index, middle, ring, pinky: utils/mano_utils.py.
"""
from packages import need

need("numpy", "h5py")

import argparse
import os

import numpy as np

from poses import hand_means, require_agreement, write_poses
from source_file import read_json
from whole_file import Skipped, require, run


def read_list(path):
    samples = read_json(path)
    require(isinstance(samples, list) and len(samples) > 0, f"{path} is not a list of samples")
    return samples


def numbers_of(sample, count):
    """(`count` finite numbers, None), or (None, the reason why the sample is invalid)."""
    try:
        values = np.asarray(sample, dtype=np.float64).ravel()
    except (TypeError, ValueError):
        return None, "not_numbers"
    if values.size != count:
        return None, f"not_{count}_numbers"
    return (values, None) if np.isfinite(values).all() else (None, "not_finite")


def convert(folder, hand_file, out):
    samples = read_list(os.path.join(folder, "training_mano.json"))
    xyz_file = os.path.join(folder, "training_xyz.json")
    xyz = read_list(xyz_file) if os.path.exists(xyz_file) else None
    require(xyz is None or len(xyz) == len(samples), f"{xyz_file} has another number of samples than training_mano.json")
    skipped = Skipped()
    rows, joints = [], []
    for i, sample in enumerate(samples):
        values, reason = numbers_of(sample, 61)
        places, no_joints = (None, None) if xyz is None or reason else numbers_of(xyz[i], 63)
        if reason or no_joints:
            skipped.add(reason or f"joints_{no_joints}", f"sample {i}")
            continue
        rows.append(values)
        if xyz is not None:
            joints.append(places.reshape(21, 3))
    skipped.show()
    require(rows, f"{folder} has no usable sample")
    rows = np.stack(rows)
    pose, shape = rows[:, :48].copy(), rows[:, 48:58]
    pose[:, 3:] += hand_means(hand_file)[0]
    joints = np.stack(joints) if joints else None
    if joints is None:
        print("there is no training_xyz.json: the conversion is not checked against the data set's own joints")
    else:
        require_agreement(hand_file, pose, shape, ["right"] * len(pose), joints)
    write_poses(out, pose=pose, shape=shape, side="right", split="train", source="FreiHAND", modality="hands-object",
                joints=joints)
    print(f"{len(pose)} of {len(samples)} poses in {out}")
    skipped.require_none(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="FREIHAND_DIR", help="folder of training_mano.json and training_xyz.json")
    parser.add_argument("hand", metavar="hand.h5", help="MANO, by interprior prepare hand --mano")
    parser.add_argument("out", metavar="poses.h5")
    arguments = parser.parse_args()
    convert(arguments.folder, arguments.hand, arguments.out)


if __name__ == "__main__":
    run(main)
