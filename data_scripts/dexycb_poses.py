#!/usr/bin/env python3
"""DexYCB's poses as poses.h5, one row per frame (its eight cameras show the same pose).

    python data_scripts/dexycb_poses.py DEXYCB_DIR MANO_DIR poses.h5 [--setup s1] [--hand hand.h5]

Poses are coefficients of MANO's principal components, which hand.h5 does not hold: MANO_DIR is the folder of MANO_RIGHT.pkl and
MANO_LEFT.pkl. With --hand (MANO) the conversion is checked against the data set's own joints. --setup s1: people of val and test
are not in train; s0: sequences are not.

Assumptions and their sources (https://github.com/NVlabs/dex-ycb-toolkit):
- labels_*.npz: pose_m (1,51) is 48 coefficients and a translation, zeros if no hand is visible or annotated; joint_3d (1,21,3)
  in the camera: README.md; joint_3d's order is wrist, thumb, index, middle, ring, pinky: _MANO_JOINTS in dex_ycb.py;
- the first three of the 48 are the global orientation, the others coefficients of all 45 components, added to hands_mean
  (ncomps=45, use_pca=True, flat_hand_mean=False): layers/mano_layer.py, and manolayer.py of https://github.com/hassony2/manopth;
  so does https://github.com/namepllet/HandOccNet/issues/10;
- meta.yml: mano_sides[0], mano_calib[0]; calibration/mano_CALIB/mano.yml: betas; setups s0, s1: dex_ycb.py.
Shapes of left hands are for MANO_LEFT.pkl as downloaded, with its known bug in the shape directions (x not mirrored); with a
corrected file the same numbers give a slightly different shape. Poses are not affected.
"""
from packages import need

need("numpy", "h5py", "yaml")

import argparse
import collections
import os
import re
import zipfile
import zlib

import numpy as np
import yaml

from poses import require_agreement, write_poses
from restricted_pickle import mano_components, mano_file
from source_file import read_text, reason_of, require_whole
from whole_file import InputError, Skipped, require, run


def split_of(setup, subject, sequence):
    """subject 1..10; sequence: index among the subject's 100 sequences, sorted by name."""
    if setup == "s1":
        return "val" if subject == 7 else "test" if subject in (8, 9) else "train"
    return "train" if sequence % 5 != 4 else "val" if subject <= 2 else "test"


def read_yaml(path, key):
    try:
        return yaml.safe_load(read_text(path))[key]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise InputError(f"{path} cannot be read for its {key}: {' '.join(str(error).split())}") from error


def label(path):
    """pose_m and joint_3d, or the reason why they cannot be read."""
    require_whole(path)
    try:
        with np.load(path, allow_pickle=False) as content:
            pose, joints = content["pose_m"].astype(np.float64), content["joint_3d"].astype(np.float64)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        return reason_of(path, error)
    if pose.shape != (1, 51) or joints.shape != (1, 21, 3):
        return "its arrays have other shapes"
    return (pose[0], joints[0]) if np.isfinite(pose).all() and np.isfinite(joints).all() else "its numbers are not finite"


def moments_of(sequence, skipped):
    """pose_m and joint_3d of each frame, from the first camera that has them."""
    cameras = sorted(name for name in os.listdir(sequence) if name.isdigit() and os.path.isdir(os.path.join(sequence, name)))
    names = {name for camera in cameras for name in os.listdir(os.path.join(sequence, camera))}
    for name in sorted(filter(re.compile(r"labels_\d+\.npz").fullmatch, names)):
        paths = [os.path.join(sequence, camera, name) for camera in cameras]
        broken = None
        for path in filter(os.path.exists, paths):
            found = label(path)
            if isinstance(found, str):
                broken = broken or f"{path}: {found}"
            elif found[0].any():
                yield found
                break
        else:
            if broken:
                skipped.add("label_broken", broken)
            else:
                skipped.add("hand_not_annotated", os.path.join(sequence, name), fault=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="DEXYCB_DIR", help="the data set: folders of subjects, and calibration/")
    parser.add_argument("mano", metavar="MANO_DIR", help="folder of MANO_RIGHT.pkl and MANO_LEFT.pkl")
    parser.add_argument("out", metavar="poses.h5")
    parser.add_argument("--setup", choices=["s0", "s1"], default="s1", help="split to use (default s1)")
    parser.add_argument("--hand", metavar="hand.h5", help="MANO, to check the conversion against the data set's own joints")
    arguments = parser.parse_args()
    mano = {side: mano_components(mano_file(arguments.mano, side)) for side in ["right", "left"]}
    require(os.path.isdir(arguments.folder), f"there is no folder {arguments.folder}")
    skipped, columns = Skipped(), collections.defaultdict(list)
    subjects = sorted(name for name in os.listdir(arguments.folder) if re.fullmatch(r"\d{8}-subject-\d\d", name))
    for subject in subjects:
        home = os.path.join(arguments.folder, subject)
        sequences = sorted(name for name in os.listdir(home) if os.path.isdir(os.path.join(home, name)))
        require(arguments.setup == "s1" or len(sequences) == 100,
                f"{home} has {len(sequences)} sequences, not 100: s0 counts them; use --setup s1")
        for place, sequence in enumerate(sequences):
            meta = os.path.join(home, sequence, "meta.yml")
            side, calibration = read_yaml(meta, "mano_sides")[0], read_yaml(meta, "mano_calib")[0]
            require(side in mano and re.fullmatch(r"[\w-]+", str(calibration)), f"{meta} names no hand")
            betas = read_yaml(os.path.join(arguments.folder, "calibration", f"mano_{calibration}", "mano.yml"), "betas")
            components, mean = mano[side]
            for pose_m, joints in moments_of(os.path.join(home, sequence), skipped):
                columns["pose"].append(np.concatenate([pose_m[:3], mean + pose_m[3:48] @ components]))
                columns["shape"].append(betas)
                columns["side"].append(side)
                columns["split"].append(split_of(arguments.setup, int(subject[-2:]), place))
                columns["joints"].append(joints)
    skipped.show()
    require(columns["pose"], f"{arguments.folder} has no usable pose")
    pose, shape, joints = (np.asarray(columns[name], dtype=np.float64) for name in ["pose", "shape", "joints"])
    if arguments.hand:
        require_agreement(arguments.hand, pose, shape, columns["side"], joints)
    else:
        print("the conversion is not checked: --hand is not given")
    write_poses(arguments.out, pose=pose, shape=shape, side=columns["side"], split=columns["split"], source="DexYCB",
                modality="hands-object", joints=joints)
    print(f"{len(pose)} poses in {arguments.out}")
    skipped.require_none(arguments.out)


if __name__ == "__main__":
    run(main)
