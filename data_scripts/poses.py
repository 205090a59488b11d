"""Writes poses.h5: poses of single hands from any data set, in three lines.

    from poses import write_poses
    write_poses("poses.h5", pose=pose, shape=shape, side="right", split="train", source="MyCapture", modality="marker-based",
                joints=joints, hand="hand.h5")

pose (N,48): MANO's axis-angle, absolute. If the data set's poses are relative to hands_mean (flat_hand_mean=False in most
libraries), add it: pose[:, 3:] += hand_means("hand.h5")[0] for right hands, [1] for left ones. The first three numbers are the
global orientation, in camera axes (x right, y down, z forward) if these are known. shape (N,10). side, split, source and
modality: one name for all rows, or one per row. joints (N,21,3), optional, metres: wrist, then thumb, index, middle, ring, pinky
from base to tip. With joints and hand (hand.h5) the posed hands are compared with the joints, and refused if they differ, as with
PCA coefficients, a mean pose added twice or never, degrees, or another order of joints.
"""
from packages import need

need("numpy", "h5py")

import h5py
import numpy as np

from tensor_file import SPLITS, Columns, write_tensor_file
from whole_file import InputError, require

SIDES = ["right", "left"]
JOINT_OF_CHAIN = [0, 5, 6, 7, 9, 10, 11, 17, 18, 19, 13, 14, 15, 1, 2, 3]  # MANO's own 16 joints among the 21
JOINTS_OF_MANO = [0, 13, 14, 15, 16, 1, 2, 3, 17, 4, 5, 6, 18, 10, 11, 12, 19, 7, 8, 9, 20]  # 16 + tips to the 21
WORST_DISAGREEMENT_MM = 10.0


def _codes(value, count, names):
    """Codes of names, given for all rows or per row; allowed are `names`, or any if it is empty."""
    values = [value] * count if isinstance(value, str) else list(value)
    require(all(isinstance(name, str) and name and "," not in name for name in values), "names must not be empty or contain a comma")
    known = names or list(dict.fromkeys(values))
    for name in values:
        require(name in known, f"'{name}' is none of {', '.join(known)}")
    return np.array([known.index(name) for name in values], dtype=np.int64), known


def write_poses(path, *, pose, shape, side, split, source, modality, joints=None, hand=None):
    require(hand is None or joints is not None, "a hand file is given without joints to compare with")
    columns = Columns()
    columns.numbers("pose", pose, ("N", 48), np.float32)
    count = columns.sizes["N"]
    columns.numbers("shape", shape, ("N", 10), np.float32)
    columns.numbers("joints", joints, ("N", 21, 3), np.float32)
    names = {}
    for name, value, known in [("side", side, SIDES), ("split", split, SPLITS), ("source", source, []),
                               ("modality", modality, [])]:
        codes, names[name] = _codes(value, count, known)
        columns.numbers(name, codes, ("N",), np.int64)
    if hand is not None:
        arrays = columns.arrays
        require_agreement(hand, *(np.float64(arrays[name]) for name in ["pose", "shape"]), np.array(SIDES)[arrays["side"]],
                          np.float64(arrays["joints"]))
    write_tensor_file(path, "poses", columns.arrays,
                      {"sources": ",".join(names["source"]), "modalities": ",".join(names["modality"])})


def _read_hand(hand_file, names):
    """The named arrays of hand.h5, for the right and the left hand."""
    try:
        with h5py.File(hand_file) as file:
            require(file.attrs.get("format") == "interprior.hand", f"{hand_file} is not a hand.h5")
            return [{name: np.asarray(file[side][name], dtype=np.float64) for name in names} for side in SIDES]
    except (OSError, KeyError) as error:
        raise InputError(f"{hand_file} cannot be read as hand.h5: {error}") from error


def hand_means(hand_file):
    """hands_mean of hand.h5, (2,45), right and left."""
    return np.stack([hand["hands_mean"] for hand in _read_hand(hand_file, ["hands_mean"])])


def _quaternion(axis_angle):
    angle = np.linalg.norm(axis_angle, axis=-1, keepdims=True)
    return np.concatenate([np.cos(angle / 2), axis_angle * np.sinc(angle / 2 / np.pi) / 2], axis=-1)


def _matrices(axis_angle):
    w, x, y, z = np.moveaxis(_quaternion(axis_angle), -1, 0)
    rows = [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y), 2 * (x * y + w * z), 1 - 2 * (x * x + z * z),
            2 * (y * z - w * x), 2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)]
    return np.stack(rows, axis=-1).reshape(axis_angle.shape[:-1] + (3, 3))


def half_turn_about_x(axis_angle):
    """Rotations (N,3) in axes with y and z reversed: from OpenGL's camera axes to interprior's."""
    w, x, y, z = np.moveaxis(_quaternion(axis_angle), -1, 0)
    turned = np.stack([-x, w, -z, y], axis=-1)  # product with the quaternion (0, 1, 0, 0)
    turned *= np.where(turned[:, :1] < 0, -1, 1)
    length = np.linalg.norm(turned[:, 1:], axis=-1, keepdims=True)
    return turned[:, 1:] / np.maximum(length, 1e-12) * 2 * np.arctan2(length, turned[:, :1])


def chain_joints(hand, pose, shape):
    """MANO's 16 joints (N,16,3) relative to the wrist; `hand`: the arrays of one side of hand.h5."""
    template, directions, regressor = (hand[name] for name in ["v_template", "shapedirs", "J_regressor"])
    rest = regressor @ template + np.einsum("jv,vcs,ns->njc", regressor, directions, shape, optimize=True)
    local = _matrices(pose.reshape(len(pose), 16, 3))
    turn, place = [local[:, 0]], [np.zeros((len(pose), 3))]
    for joint in range(1, 16):
        parent = 0 if joint % 3 == 1 else joint - 1  # five fingers of three joints
        place.append(place[parent] + np.einsum("nij,nj->ni", turn[parent], rest[:, joint] - rest[:, parent]))
        turn.append(turn[parent] @ local[:, joint])
    return np.stack(place, axis=1)


def require_agreement(hand_file, pose, shape, side, joints, most=1000):
    """Refuses poses whose joints differ from the data set's own, as with a wrong mean pose, frame or order of joints."""
    hands = _read_hand(hand_file, ["v_template", "shapedirs", "J_regressor"])
    for hand, name in zip(hands, SIDES):
        rows = np.flatnonzero(np.asarray(side) == name)
        rows = rows[np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(int)] if len(rows) else rows
        if len(rows) == 0:
            continue
        theirs = joints[rows][:, JOINT_OF_CHAIN]
        ours = chain_joints(hand, pose[rows], shape[rows])
        worst = np.linalg.norm(ours - (theirs - theirs[:, :1]), axis=-1).max(1) * 1000
        apart, share = np.median(worst), np.mean(worst > WORST_DISAGREEMENT_MM)
        print(f"{name} hands: worst joint of the converted poses {apart:.1f} mm from the data set's (median of {len(rows)}), "
              f"beyond {WORST_DISAGREEMENT_MM:.0f} mm in {100 * share:.0f} %")
        require(apart < WORST_DISAGREEMENT_MM,
                f"the {name} poses do not match the data set's own joints ({apart:.0f} mm apart): is {hand_file} MANO, are these the "
                "original annotations, and is each pose axis-angle in radians (not coefficients of a PCA) with hands_mean added "
                "exactly once?")
