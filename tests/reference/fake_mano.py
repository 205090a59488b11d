#!/usr/bin/env python3
"""Writes a hand.h5 as two pickles in MANO's format: same keys and classes, with the known error of the left hand.

    python tests/reference/fake_mano.py hand.h5 DIR [--protocol 0..4] [--mended] [--hostile] [--posedirs]

Replaces the licensed files. Protocols 0 to 2 have the opcodes that Python 2.7's cPickle writes with numpy 1.16, scipy 1.2 and
chumpy 0.70; 3 and 4 are written by Python 3's pickler, 4 with the module names of current libraries.
MANO's files are of protocol 2.
--mended: the left file without its error. --hostile: the right pickle also references os.system.
--posedirs: with random pose directions, which the procedural hand lacks.
"""
import argparse
import os
import pickle

import h5py
import numpy as np

from python2_pickle import pickled
from stand_ins import Ch, CscMatrix, Select, place, spell_as_numpy_1

PARENTS = [2**32 - 1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 0, 10, 11, 0, 13, 14]


def wrapped(kind, **state):
    thing = kind()
    thing.__dict__.update(state)
    return thing


def compressed(matrix):
    columns = [np.nonzero(matrix[:, k])[0] for k in range(matrix.shape[1])]
    return wrapped(CscMatrix, _shape=matrix.shape, maxprint=50,
                   indptr=np.cumsum([0] + [len(rows) for rows in columns]).astype(np.int32),
                   indices=np.concatenate(columns).astype(np.int32),
                   data=np.concatenate([matrix[rows, k] for k, rows in enumerate(columns)]))


def first_ten(shapes):
    """The first ten of twenty shape directions, as an object of chumpy's indexing."""
    wide = np.concatenate([shapes, np.full_like(shapes, 7.0)], axis=2)
    indices = np.arange(wide.size).reshape(wide.shape)[:, :, :10].ravel()
    nothing = dict(_make_sparse=False, _make_dense=False, _itr=None, _depends_on_deps={}, _status="new")
    return wrapped(Select, a=wrapped(Ch, x=wide, _dirty_vars=set(), **nothing), preferred_shape=shapes.shape, idxs=indices,
                   _dirty_vars=set(), **nothing)


class Attack:
    def __reduce__(self):
        return os.system, ("true",)


def content_of(hand, faulty):
    shapes = hand["shapedirs"].copy()
    if faulty:
        shapes[:, 0, :] *= -1
    return {
        "J": hand["J_regressor"] @ hand["v_template"], "bs_style": "lbs", "bs_type": "lrotmin",
        "hands_coeffs": np.zeros((1554, 45)), "hands_components": np.eye(45), "hands_mean": hand["hands_mean"],
        "posedirs": hand["posedirs"], "v_template": hand["v_template"], "weights": np.asfortranarray(hand["weights"]),
        "f": hand["faces"].astype(np.uint32), "J_regressor": compressed(hand["J_regressor"]),
        "kintree_table": np.array([PARENTS, range(16)], dtype=np.uint32), "shapedirs": first_ten(shapes),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("hand")
    parser.add_argument("folder")
    parser.add_argument("--protocol", type=int, default=2)
    parser.add_argument("--mended", action="store_true")
    parser.add_argument("--hostile", action="store_true")
    parser.add_argument("--posedirs", action="store_true")
    arguments = parser.parse_args()
    os.makedirs(arguments.folder, exist_ok=True)
    if arguments.protocol >= 4:
        place(CscMatrix, "scipy.sparse._csc", "csc_matrix")
    with h5py.File(arguments.hand) as file:
        for side in ["right", "left"]:
            hand = {key: np.asarray(file[side][key]) for key in file[side]}
            if arguments.posedirs:
                hand["posedirs"] = np.random.default_rng(len(side)).normal(0, 0.003, hand["posedirs"].shape)
            content = content_of(hand, faulty=side == "left" and not arguments.mended)
            if arguments.hostile and side == "right":
                content["extra"] = Attack()
            if arguments.protocol <= 2:
                data = pickled(content, arguments.protocol)
            else:
                data = pickle.dumps(content, protocol=arguments.protocol)
            if arguments.protocol == 3:
                data = spell_as_numpy_1(data)
            with open(os.path.join(arguments.folder, f"MANO_{side.upper()}.pkl"), "wb") as out:
                out.write(data)


if __name__ == "__main__":
    main()
