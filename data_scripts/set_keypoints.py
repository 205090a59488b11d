"""2D joints of a data set as keypoints.json, exact or with simulated detector errors, to evaluate `interprior fit`.

    python data_scripts/set_keypoints.py images.h5 --out keypoints.json --split test --noise 4
    interprior fit prior.safetensors --keypoints keypoints.json --out fitted
    interprior evaluate --predictions fitted/hands.h5 --truth images.h5 --split test --hand hand.h5

SET is an images.h5 (of `interprior prepare interhand`, or of data_scripts/images.py) with joints. Images are named by their
sample ids, split/file_name. Without --all only images of the two-hand benchmark are used: interacting hands of valid type and, if
the set has MANO parameters, those of both hands. Joints that are not annotated, or behind the camera, are written as missing.
Simulated errors depend only on --seed and the sample id, and are applied in this order: --missing, --wrong, --noise.
"""
from packages import need

need("numpy", "h5py")

import argparse
import zlib

import h5py
import numpy as np

from keypoints import FEWEST_JOINTS, write_keypoints
from source_file import reason_of, require_whole
from tensor_file import SPLITS
from whole_file import InputError, Skipped, require, run

SIDES = ["right", "left"]
RIGHT, LEFT, INTERACTING = range(3)
ABSENT_FILES = {2: "image_missing", 3: "image_damaged"}


class Rows:
    """Columns needed of each image, for both versions of the format."""

    def __init__(self, sample, hand_type, type_valid, intrinsics, size, joints, joints_2d, joint_valid, mano_valid, state):
        self.sample, self.hand_type, self.type_valid = sample, hand_type, type_valid
        self.intrinsics, self.size = intrinsics, size
        self.joints, self.joints_2d, self.joint_valid = joints, joints_2d, joint_valid  # joints: a function of the row
        self.mano_valid, self.state = mano_valid, state


def texts(file, name):
    return [text.decode() if isinstance(text, bytes) else text for text in file[name][()]]


def in_camera(rotation, translation, points):
    return points @ rotation.T + translation


def rows_of_table(file):
    """Version 1: one row per image."""
    count = len(file["sample"])
    get = lambda name, default: file[name][()] if name in file else default  # noqa: E731
    kinds = {"right": RIGHT, "left": LEFT, "interacting": INTERACTING}
    joints, joints_2d = get("joints", None), get("joints_2d", None)
    require(joints is not None or joints_2d is not None, f"{file.filename} has no joints")
    names = texts(file, "hand_type")
    require(all(name in kinds for name in names), f"hand_type in {file.filename} is none of {', '.join(kinds)}")
    return Rows(texts(file, "sample"), np.array([kinds[name] for name in names]), get("hand_type_valid", np.ones(count)) != 0,
                file["camera/intrinsics"][()], file["camera/size"][()], None if joints is None else lambda row: joints[row], joints_2d,
                get("joint_valid", np.ones((count, 2, 21))) != 0, get("mano/valid", np.ones((count, 2))) != 0, np.zeros(count, int))


def rows_of_tables(file):
    """Version 2: images refer to cameras and frames."""
    camera, frame, sequence = (file[f"image/{name}"][()] for name in ["camera", "frame", "sequence"])
    capture, name, number, sequences = (texts(file, key) for key in ["camera/capture", "camera/name", "frame/number", "sequence"])
    split = file["image/split"][()]
    sample = [f"{SPLITS[split[i]]}/Capture{capture[camera[i]]}/{sequences[sequence[i]].rsplit('/', 1)[-1]}/cam{name[camera[i]]}/"
              f"image{number[frame[i]]}.jpg" for i in range(len(camera))]
    if "given/row" in file:
        for row, text in zip(file["given/row"][()], texts(file, "given/sample")):
            sample[row] = text or sample[row]
    rotation, translation, joints = (file[key][()] for key in ["camera/rotation", "camera/translation", "frame/joints"])
    bits = file["image/joint_valid"][()].astype(np.int64)[:, None] >> np.arange(42) & 1
    valid = (bits.reshape(-1, 2, 21) != 0) & (file["frame/joint_valid"][()][frame] != 0)
    return Rows(sample, file["image/hand_type"][()], file["image/hand_type_valid"][()] != 0, file["camera/intrinsics"][()][camera],
                file["image/size"][()], lambda row: in_camera(rotation[camera[row]], translation[camera[row]], joints[frame[row]]),
                None, valid, file["frame/mano/valid"][()][frame] != 0, file["image/state"][()])


def read_rows(path):
    require_whole(path)
    try:
        with h5py.File(path) as file:
            require(file.attrs.get("format") == "interprior.images", f"{path} is not an images.h5")
            version = int(file.attrs["version"])
            require(version in (1, 2), f"{path} is an images.h5 of version {version}: this script reads 1 and 2")
            return rows_of_table(file) if version == 1 else rows_of_tables(file)
    except (OSError, KeyError, IndexError) as error:
        raise InputError(f"{path} cannot be read as images.h5: {reason_of(path, error)}") from error


def reason_to_skip(rows, row, every):
    if rows.state[row] in ABSENT_FILES:
        return ABSENT_FILES[rows.state[row]]
    if every:
        return None
    if not rows.type_valid[row]:
        return "hand_type_invalid"
    if rows.hand_type[row] != INTERACTING:
        return "not_interacting"
    return None if rows.mano_valid[row].all() else "mano_one_hand" if rows.mano_valid[row].any() else "mano_missing"


def projected(rows, row):
    """2D joints (2,21,2) px, whether each is known (2,21), and the joints in the camera or None."""
    known = rows.joint_valid[row] & [[rows.hand_type[row] != LEFT], [rows.hand_type[row] != RIGHT]]
    if rows.joints is None:
        places, joints = rows.joints_2d[row], None
    else:
        joints = rows.joints(row)
        depth = joints[..., 2]
        known = known & (depth > 0.01)
        focal, centre = rows.intrinsics[row][:2], rows.intrinsics[row][2:]
        places = joints[..., :2] / np.where(depth > 0.01, depth, 1)[..., None] * focal + centre
    return places, known & np.isfinite(places).all(-1), joints


def disturbed(places, known, options, sample):
    """The joints with the simulated detector errors of the options."""
    random = np.random.default_rng([options.seed, zlib.crc32(sample.encode())])
    places, known = places.copy(), known.copy()
    order = random.permutation(42)
    order = order[known.reshape(42)[order]]
    known.reshape(42)[order[:options.missing]] = False
    wrong = order[options.missing:options.missing + options.wrong]
    angle = random.uniform(0, 2 * np.pi, 42)
    places.reshape(42, 2)[wrong] += options.wrong_px * np.stack([np.cos(angle), np.sin(angle)], -1)[wrong]
    return places + options.noise * random.normal(size=places.shape), known


def pair_of(places, seen, joints, annotated):
    """joints: None, or those in the camera, which are added for hands with all joints annotated."""
    pair = {}
    for side, name in enumerate(SIDES):
        if not seen[side].any():
            continue
        pair[name] = [[float(x), float(y), 1] if there else None for (x, y), there in zip(places[side], seen[side])]
        if joints is not None and annotated[side].all():
            pair[f"{name}_joints"] = joints[side]
    return pair


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", metavar="SET", help="images.h5")
    parser.add_argument("--out", metavar="keypoints.json", required=True)
    parser.add_argument("--split", choices=SPLITS, default="test")
    parser.add_argument("--count", type=int, metavar="N", help="at most N samples, evenly spaced over the split")
    parser.add_argument("--all", action="store_true", help="also single hands, and hands without MANO parameters")
    parser.add_argument("--noise", type=float, default=0, metavar="PX", help="standard deviation of Gaussian noise per coordinate")
    parser.add_argument("--missing", type=int, default=0, metavar="N", help="missing joints per pair, of 42")
    parser.add_argument("--wrong", type=int, default=0, metavar="N", help="joints per pair that are displaced by --wrong-px in a random direction")
    parser.add_argument("--wrong-px", type=float, default=40, metavar="PX")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--assumed-camera", action="store_true", help="leave out the camera, so that the fit assumes one")
    parser.add_argument("--joints-3d", action="store_true", help="add 3D joints in the camera, like those of a depth camera or several views")
    options = parser.parse_args()
    require(min(options.noise, options.missing, options.wrong, options.wrong_px, options.seed) >= 0, "no option may be negative")
    require(options.count is None or options.count > 0, "--count must be above 0")
    rows, skipped = read_rows(options.set), Skipped()
    require(not options.joints_3d or rows.joints is not None, f"{options.set} has joints_2d only: --joints-3d needs 3D joints")
    taken = []
    for row, sample in enumerate(rows.sample):
        if sample.split("/")[0] != options.split:
            continue
        reason = reason_to_skip(rows, row, options.all)
        places, known, joints = projected(rows, row)
        there = known.sum(-1) >= FEWEST_JOINTS
        if reason is None and not (there.any() if options.all else there.all()):
            reason = "joints_missing"
        if reason is None:
            taken.append((row, sample, places, known, joints))
        else:
            skipped.add(reason, sample, fault=reason in ABSENT_FILES.values())
    skipped.show()
    require(taken, f"no sample of {options.split} in {options.set} can be used")
    if options.count is not None and options.count < len(taken):
        taken = [taken[i * len(taken) // options.count] for i in range(options.count)]
    images = {}
    for row, sample, places, known, joints in taken:
        places, seen = disturbed(places, known, options, sample)
        pair = pair_of(places, seen, joints if options.joints_3d else None, known)
        require(pair, f"--missing {options.missing} leaves no joint of {sample}")
        images[sample] = {"size": [int(n) for n in rows.size[row]], "pairs": [pair]}
        if not options.assumed_camera:
            images[sample]["camera"] = rows.intrinsics[row]
    write_keypoints(options.out, images)
    print(f"{len(images)} images in {options.out}")
    skipped.require_none(options.out)


if __name__ == "__main__":
    run(main)
