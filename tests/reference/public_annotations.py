#!/usr/bin/env python3
"""Writes tiny data sets in the layouts of FreiHAND, HO-3D, H2O-3D and DexYCB, a small random hand, and the expected poses.

    python tests/reference/public_annotations.py DIR [--hostile] [--hand hand.h5]

expected.safetensors holds, per data set, rotations (N,16,3,3), shape, joints (relative to the wrist), side and split of the
usable rows, in order. Joints are computed by lbs.py. --hostile: pickles that reference os.system, and truncated files.
--hand: the hands of that file, with the identity as principal components and without invalid rows.
"""
import argparse
import json
import os
import pickle

import h5py
import numpy as np
import safetensors.numpy
import yaml

from fake_mano import wrapped
from lbs import in_our_order, skin
from python2_pickle import pickled
from random_hand import random_hand, rodrigues
from stand_ins import Ch, CscMatrix, Select, spell_as_numpy_1

OPENGL = np.diag([1.0, -1.0, -1.0])
rng = np.random.default_rng(7)
hands = {side: random_hand(rng, 24) for side in ["right", "left"]}
components = {side: rng.normal(0, 0.3, (45, 45)) for side in ["right", "left"]}


def take_hands(path):
    with h5py.File(path) as file:
        for side in hands:
            hands[side] = {key: np.asarray(file[side][key]) for key in file[side]}
            components[side] = np.eye(45)


class Attack:
    def __init__(self, folder):
        self.command = f"touch '{os.path.join(folder, 'executed')}'"

    def __reduce__(self):
        return os.system, (self.command,)


class Row:
    """MANO parameters of a hand: absolute axis-angle, in camera axes."""

    def __init__(self, side="right", split=0):
        self.side, self.split = side, split
        self.pose, self.shape = rng.normal(0, 0.6, 48), rng.normal(0, 1, 10)
        self.rotations = np.stack([rodrigues(part) for part in self.pose.reshape(16, 3)])
        self.place = rng.normal(0, 0.1, 3) + [0, 0, 0.6]
        vertices, chain = skin(hands[side], self.rotations, self.shape, self.place)
        self.native = np.concatenate([chain, vertices[hands[side]["tips"]]])
        self.joints = in_our_order(chain, self.native[16:])


def expected(rows):
    return {"rotations": np.stack([row.rotations for row in rows]), "shape": np.stack([row.shape for row in rows]),
            "joints": np.stack([row.joints - row.joints[0] for row in rows]),
            "side": np.array([["right", "left"].index(row.side) for row in rows]), "split": np.array([row.split for row in rows])}


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())


def old_pickle(content):
    return spell_as_numpy_1(pickle.dumps(content, protocol=2))


def write_mano(folder, hostile):
    for side, hand in hands.items():
        content = {"hands_components": components[side], "hands_mean": hand["hands_mean"], "bs_style": "lbs",
                   "J_regressor": wrapped(CscMatrix, data=np.ones(3)),
                   "shapedirs": wrapped(Select, a=wrapped(Ch, x=np.zeros(4)), idxs=np.arange(4))}
        if hostile and side == "right":
            content["extra"] = Attack(folder)
        write(os.path.join(folder, "mano", f"MANO_{side.upper()}.pkl"), old_pickle(content))
    for name, mean in [("hand.h5", 1), ("other_mean.h5", 0)]:
        with h5py.File(os.path.join(folder, name), "w") as file:
            file.attrs["format"], file.attrs["version"], file.attrs["source"] = "interprior.hand", np.int64(1), "mano"
            for side, hand in hands.items():
                for key, value in hand.items():
                    file[f"{side}/{key}"] = value * mean if key == "hands_mean" else value


def write_freihand(folder, hostile, clean):
    rows = [Row() for _ in range(5)]
    mano, xyz = [], []
    for row in rows:
        pose = row.pose.copy()
        pose[3:] -= hands["right"]["hands_mean"]
        mano.append([[*pose, *row.shape, 100.0, 120.0, 1.5]])
        xyz.append(row.joints.tolist())
    for broken in [] if clean else [[mano[0][0][:60]], [[float("nan")] * 61], ["no numbers"]]:
        mano.append(broken)
        xyz.append(xyz[0])
    text = json.dumps(mano)
    write(os.path.join(folder, "freihand", "training_mano.json"), text[:len(text) // 2] if hostile else text)
    write(os.path.join(folder, "freihand", "training_xyz.json"), json.dumps(xyz))
    return expected(rows)


def opengl(row):
    """Pose and joints in HO-3D's convention: y up, z backward, MANO's order of joints."""
    turned = OPENGL @ row.rotations[0]
    angle = np.arccos(np.clip((np.trace(turned) - 1) / 2, -1, 1))
    axis = np.array([turned[2, 1] - turned[1, 2], turned[0, 2] - turned[2, 0], turned[1, 0] - turned[0, 1]]) / (2 * np.sin(angle))
    return np.concatenate([axis * angle, row.pose[3:]]), row.native @ OPENGL


def write_ho3d(folder, hostile, clean):
    rows, names = [], []
    for k in range(6):
        sequence = "SM10" if k >= 4 else "ABF10"
        row = Row(split=1 if sequence == "SM10" else 0)
        pose, joints = opengl(row)
        content = {"handPose": pose.reshape(48, 1) if k == 1 else pose, "handBeta": row.shape.astype(np.float32),
                   "objName": "mug", "handJoints3D": joints, "handVertContact": np.ones(778, bool), "objLabel": 3}
        data = pickled(content, k % 3)  # as Python 2 wrote them
        if k == 1:
            data = old_pickle({**content, "objLabel": np.int64(3)})
        if k == 2:
            data = pickle.dumps({**content, "objLabel": np.int64(3)}, protocol=4)
        if k == 3 and not clean:
            row, data = None, data[:len(data) // 2]
        if hostile and k == 0:
            data = old_pickle({**content, "extra": Attack(folder)})
        names.append(f"{sequence}/{k:04d}")
        write(os.path.join(folder, "ho3d", "train", sequence, "meta", f"{k:04d}.pkl"), data)
        rows += [row] if row else []
    write(os.path.join(folder, "ho3d", "train", "ABF10", "meta", "0007.pkl"), old_pickle({"handPose": None, "handBeta": None}))
    write(os.path.join(folder, "ho3d", "train.txt"), "\n".join(names + ["ABF10/0007"] + ([] if clean else ["ABF10/0008"])) + "\n")
    return expected(rows)


def write_h2o3d(folder):
    rows = []
    for k in range(2):
        right, left = Row("right"), Row("left")
        left.shape = right.shape
        content = {"rightHandPose": opengl(right)[0], "leftHandPose": opengl(left)[0], "handBeta": right.shape}
        write(os.path.join(folder, "h2o3d", "train", "A0", "meta", f"{k:04d}.pkl"), old_pickle(content))
        rows += [right, left]
    return expected(rows)


def label(row, hand_seen=True):
    pose_m, joints = np.zeros((1, 51), np.float32), np.full((1, 21, 3), -1, np.float32)
    if row and hand_seen:
        coefficients = np.linalg.solve(components[row.side].T, row.pose[3:] - hands[row.side]["hands_mean"])
        pose_m[0] = np.concatenate([row.pose[:3], coefficients, row.place])
        joints[0] = row.joints
    return {"pose_m": pose_m, "joint_3d": joints, "seg": np.zeros((4, 4), np.uint8)}


def write_dexycb(folder, hostile):
    root, rows = os.path.join(folder, "dexycb"), []
    for subject, side, split in [("20200709-subject-01", "right", 0), ("20200928-subject-07", "left", 1)]:
        calibration = subject + "_" + side
        betas = rng.normal(0, 1, 10)
        write(os.path.join(root, "calibration", f"mano_{calibration}", "mano.yml"), yaml.safe_dump({"betas": betas.tolist()}))
        home = os.path.join(root, subject, "20200709_141754")
        meta = {"mano_sides": [side], "mano_calib": [calibration], "num_frames": 4}
        write(os.path.join(home, "meta.yml"), yaml.safe_dump(meta))
        for frame in range(4):
            row = Row(side, split)
            row.shape = betas
            vertices, chain = skin(hands[side], row.rotations, betas, row.place)
            row.joints = in_our_order(chain, vertices[hands[side]["tips"]])
            for camera in ["836212060125", "932122062010"]:
                seen = frame != 3 and not (frame == 1 and camera == "836212060125")
                os.makedirs(os.path.join(home, camera), exist_ok=True)
                content = label(row, seen)
                if hostile and frame == 0:
                    content["pose_m"] = np.array([Attack(folder)], dtype=object)
                np.savez(os.path.join(home, camera, f"labels_{frame:06d}.npz"), **content)
            rows += [row] if frame != 3 else []
    return expected(rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--hostile", action="store_true")
    parser.add_argument("--hand")
    arguments = parser.parse_args()
    folder, hostile, clean = os.path.abspath(arguments.folder), arguments.hostile, arguments.hand is not None
    os.makedirs(folder, exist_ok=True)
    if arguments.hand:
        take_hands(arguments.hand)
    write_mano(folder, hostile)
    sets = {"freihand": write_freihand(folder, hostile, clean), "ho3d": write_ho3d(folder, hostile, clean), "h2o3d": write_h2o3d(folder),
            "dexycb": write_dexycb(folder, hostile)}
    tensors = {f"{name}.{key}": np.ascontiguousarray(value) for name, rows in sets.items() for key, value in rows.items()}
    safetensors.numpy.save_file(tensors, os.path.join(folder, "expected.safetensors"))


if __name__ == "__main__":
    main()
