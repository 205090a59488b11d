#!/usr/bin/env python3
"""Converts the MANO files to this program's hand.h5.

    python data_scripts/mano_to_hand.py DIR hand.h5

DIR holds MANO_RIGHT.pkl and MANO_LEFT.pkl as downloaded from https://mano.is.tue.mpg.de (register there; the files are
licensed and stay yours). Needs numpy and h5py; neither chumpy nor scipy, and executes nothing of the pickles: only the seven
names that occur in them are known here, each as a plain record of its state.
"""
import argparse
import os
import pickle
import sys
import tempfile

import h5py
import numpy as np

TIPS = [745, 317, 444, 556, 673]  # vertices of thumb, index, middle, ring, pinky: the two-hand benchmark's
KEYS = ["v_template", "shapedirs", "posedirs", "J_regressor", "weights", "f", "hands_mean"]


class Record:
    """Stands for an object of a library that is not needed: keeps what the pickle says of it."""

    def __init__(self, *arguments):
        self.state = {}

    def __setstate__(self, state):
        self.state = state


class Ch(Record):
    """chumpy.ch.Ch: an array, under `x`."""


class Select(Record):
    """chumpy.reordering.Select: chosen entries of another array."""


class CscMatrix(Record):
    """scipy.sparse.csc.csc_matrix."""


ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("__builtin__", "set"): set,
    ("chumpy.ch", "Ch"): Ch,
    ("chumpy.reordering", "Select"): Select,
    ("scipy.sparse.csc", "csc_matrix"): CscMatrix,
}


class ManoUnpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) not in ALLOWED:
            raise SystemExit(f"error: the pickle asks for {module}.{name}, which a MANO file does not hold: "
                             "is it the original download?")
        return ALLOWED[module, name]


def dense(value):
    """An array, whatever the pickle wrapped it in."""
    if isinstance(value, CscMatrix):
        state = value.state
        shape = state.get("_shape", state.get("shape"))
        matrix = np.zeros(shape)
        for column in range(shape[1]):
            span = slice(state["indptr"][column], state["indptr"][column + 1])
            np.add.at(matrix[:, column], state["indices"][span], state["data"][span])
        return matrix
    if isinstance(value, Select):
        source = dense(value.state["a"]).ravel()
        return source[np.asarray(value.state["idxs"])].reshape(value.state["preferred_shape"])
    if isinstance(value, Ch):
        return np.asarray(value.state["x"])
    return np.asarray(value)


def read_side(path):
    with open(path, "rb") as file:
        content = ManoUnpickler(file, encoding="latin1").load()
    missing = [key for key in KEYS if key not in content]
    if missing:
        raise SystemExit(f"error: {path} lacks {', '.join(missing)}: is it a MANO file?")
    hand = {key: dense(content[key]) for key in KEYS}
    vertices = hand["v_template"].shape[0]
    expected = {"v_template": (vertices, 3), "shapedirs": (vertices, 3, 10), "posedirs": (vertices, 3, 135),
                "J_regressor": (16, vertices), "weights": (vertices, 16), "hands_mean": (45,)}
    for key, shape in expected.items():
        if hand[key].shape != shape or not np.isfinite(hand[key]).all():
            raise SystemExit(f"error: {key} of {path} has shape {hand[key].shape} instead of {shape}, or is not finite")
    return hand


def mend_left_shapedirs(hands):
    """The official left file stores x of its shape directions unmirrored; files that were mended already are left alone."""
    left, right = hands["left"]["shapedirs"], hands["right"]["shapedirs"]
    if np.abs(left[:, 0, :] - right[:, 0, :]).sum() < 1:
        left[:, 0, :] *= -1
        print("left shape directions: x mirrored (the known fault of the official file)", file=sys.stderr)


def write_hand(path, hands):
    folder = os.path.dirname(os.path.abspath(path))
    handle, temporary = tempfile.mkstemp(dir=folder, suffix=".h5")
    os.close(handle)
    with h5py.File(temporary, "w") as file:
        file.attrs["format"] = "interprior.hand"
        file.attrs["version"] = np.int64(1)
        file.attrs["source"] = "mano"
        for side, hand in hands.items():
            group = file.create_group(side)
            for key in ["v_template", "shapedirs", "posedirs", "J_regressor", "weights", "hands_mean"]:
                group[key] = np.ascontiguousarray(hand[key], dtype=np.float64)
            group["faces"] = hand["f"].astype(np.int64)
            group["tips"] = np.array(TIPS, dtype=np.int64)
    os.chmod(temporary, 0o644)
    os.replace(temporary, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="DIR", help="folder with MANO_RIGHT.pkl and MANO_LEFT.pkl")
    parser.add_argument("out", metavar="hand.h5")
    arguments = parser.parse_args()
    hands = {}
    for side in ["right", "left"]:
        path = os.path.join(arguments.folder, f"MANO_{side.upper()}.pkl")
        if not os.path.exists(path):
            raise SystemExit(f"error: {path} is missing: download MANO from its site and pass the folder 'models'")
        hands[side] = read_side(path)
    mend_left_shapedirs(hands)
    write_hand(arguments.out, hands)
    print(f"MANO, {hands['right']['v_template'].shape[0]} vertices, in {arguments.out}")


if __name__ == "__main__":
    main()
