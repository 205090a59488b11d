#!/usr/bin/env python3
"""Simplifies a hand.h5 to MANO's number of vertices, with the fingertips at MANO's vertex indices.

    python tests/reference/mano_sized.py hand.h5 OUT.h5

The result replaces MANO's files in commands without --tips. Vertices are removed by collapsing the shortest edges that keep the
mesh a manifold; both hands lose the same vertices.
"""
import sys

import h5py
import numpy as np

VERTICES, TIPS = 778, [745, 317, 444, 556, 673]
PER_VERTEX = ["v_template", "shapedirs", "posedirs", "weights"]


def neighbours_of(faces, count):
    near = [set() for _ in range(count)]
    for a, b, c in faces.tolist():
        near[a] |= {b, c}
        near[b] |= {a, c}
        near[c] |= {a, b}
    return near


def collapsed(hand):
    """(faces, into): into[i] is the vertex that vertex i was merged into, or i if it remains."""
    faces, points = hand["faces"].copy(), hand["v_template"]
    into = np.arange(len(points))
    kept = set(hand["tips"].tolist())
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    edges, uses = np.unique(edges, axis=0, return_counts=True)
    kept |= set(edges[uses == 1].ravel().tolist())  # the open rim is kept
    for u, v in edges[np.argsort(np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1))].tolist():
        if len(points) - np.sum(into != np.arange(len(points))) == VERTICES:
            break
        if u in kept or into[u] != u or into[v] != v:
            continue
        near = neighbours_of(faces, len(points))
        if len(near[u] & near[v]) != 2:
            continue
        faces = np.where(faces == u, v, faces)
        faces = faces[(faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])]
        into[u] = v
    return faces, into


def order_of(into, tips):
    """Indices of the remaining vertices, with the tips at MANO's indices."""
    stay = [i for i in range(len(into)) if into[i] == i and i not in tips]
    for place, tip in sorted(zip(TIPS, tips)):
        stay.insert(place, tip)
    return np.array(stay)


def main():
    source, out = sys.argv[1:]
    with h5py.File(source) as file, h5py.File(out, "w") as made:
        made.attrs.update(file.attrs)
        right = {key: np.asarray(file["right"][key]) for key in file["right"]}
        _, into = collapsed(right)
        order = order_of(into, right["tips"].tolist())
        new = np.full(len(into), -1)
        new[order] = np.arange(len(order))
        while (into[into] != into).any():
            into = into[into]
        for side in ["right", "left"]:
            hand = {key: np.asarray(file[side][key]) for key in file[side]}
            regressor = np.zeros((16, len(order)))
            np.add.at(regressor.T, new[into], hand["J_regressor"].T)
            faces = new[into[hand["faces"]]]
            whole = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
            hand |= {"J_regressor": regressor, "faces": faces[whole], "tips": np.array(TIPS)}
            hand |= {name: hand[name][order] for name in PER_VERTEX}
            for key, value in hand.items():
                made[f"{side}/{key}"] = value


if __name__ == "__main__":
    main()
