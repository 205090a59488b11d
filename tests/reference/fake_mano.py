#!/usr/bin/env python3
"""Writes a hand.h5 as the two pickles that MANO comes as: same keys, same classes, the left hand's known fault included.

    python tests/reference/fake_mano.py hand.h5 DIR [--hostile]

Stands in for the licensed files. --hostile: the right pickle also asks for os.system.
"""
import argparse
import os
import pickle
import sys
import types

import h5py
import numpy as np


def make_class(module, name):
    for part in range(1, module.count(".") + 2):
        path = ".".join(module.split(".")[:part])
        sys.modules.setdefault(path, types.ModuleType(path))
    made = type(name, (), {"__module__": module})
    setattr(sys.modules[module], name, made)
    return made


Ch = make_class("chumpy.ch", "Ch")
Select = make_class("chumpy.reordering", "Select")
CscMatrix = make_class("scipy.sparse.csc", "csc_matrix")


def wrapped(kind, **state):
    thing = kind()
    thing.__dict__.update(state)
    return thing


def compressed(matrix):
    columns = [np.nonzero(matrix[:, k])[0] for k in range(matrix.shape[1])]
    return wrapped(CscMatrix, _shape=matrix.shape, indptr=np.cumsum([0] + [len(rows) for rows in columns]),
                   indices=np.concatenate(columns), data=np.concatenate([matrix[rows, k] for k, rows in enumerate(columns)]))


class Attack:
    def __reduce__(self):
        return os.system, ("true",)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("hand")
    parser.add_argument("folder")
    parser.add_argument("--hostile", action="store_true")
    arguments = parser.parse_args()
    os.makedirs(arguments.folder, exist_ok=True)
    with h5py.File(arguments.hand) as file:
        for side in ["right", "left"]:
            hand = {key: np.asarray(file[side][key], dtype=np.float64) for key in file[side]}
            shapes = hand["shapedirs"].copy()
            if side == "left":
                shapes[:, 0, :] *= -1
            content = {
                "v_template": hand["v_template"], "posedirs": hand["posedirs"], "weights": hand["weights"],
                "J_regressor": compressed(hand["J_regressor"]), "f": hand["faces"].astype(np.uint32),
                "hands_mean": hand["hands_mean"],
                "shapedirs": wrapped(Select, a=wrapped(Ch, x=shapes.ravel()), idxs=np.arange(shapes.size),
                                     preferred_shape=shapes.shape),
            }
            if arguments.hostile and side == "right":
                content["extra"] = Attack()
            # Protocol 3 still spells names out, so numpy's old module name can be put in.
            data = pickle.dumps(content, protocol=3).replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")
            with open(os.path.join(arguments.folder, f"MANO_{side.upper()}.pkl"), "wb") as out:
                out.write(data)


if __name__ == "__main__":
    main()
