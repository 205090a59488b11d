#!/usr/bin/env python3
"""The usual evaluation in numpy, fully vectorised: the reference of the evaluation benchmark.

    python tests/benchmarks/evaluation_peer.py PREDICTIONS.h5 TRUTH.h5 HAND.h5 [--batch 32] [--threads 2]

Joint and vertex metrics of protocol `intaghand` (docs/protocols.md): batches of samples, skinning and joints by matrix products,
Procrustes by numpy's batched singular values; float32 for the points, float64 for sums and similarities. Points are (B,3,V), so
that every step runs along contiguous memory. Prints a JSON object: the summary, and the seconds of reading and in total.
"""
import argparse
import concurrent.futures
import json
import os
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"     # read when numpy is loaded; threads over batches beat threads within products

import h5py  # noqa: E402
import numpy as np  # noqa: E402

PEERS = []               # compare.py loads every *_peer.py; this one runs as a separate program
PARENTS = [-1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 0, 10, 11, 0, 13, 14]
OURS = [0, 13, 14, 15, 16, 1, 2, 3, 17, 4, 5, 6, 18, 10, 11, 12, 19, 7, 8, 9, 20]     # indices into 16 joints and 5 tips
ROOT, WRIST, KNUCKLE, REACH = 9, 0, 9, 50.0


class Hand:
    """One side's arrays for matrix products; the joint regressor includes the fingertips, in interprior's order."""

    def __init__(self, group):
        template, shapes, poses, regressor = (group[name][()] for name in ("v_template", "shapedirs", "posedirs", "J_regressor"))
        count = len(template)
        self.template = template.T.reshape(-1).astype(np.float32)
        # Shape and pose in one product: rows are the 10 shape and the 135 pose directions.
        directions = np.concatenate([shapes, poses], axis=2)
        self.blend = np.ascontiguousarray(directions.transpose(2, 1, 0).reshape(145, -1), dtype=np.float32)
        self.rest = regressor @ template
        self.rest_shapes = np.einsum("jv,vak->kja", regressor, shapes).reshape(10, 48)
        self.weights = np.ascontiguousarray(group["weights"][()].T, dtype=np.float32)
        tips = np.zeros((5, count))
        tips[np.arange(5), group["tips"][()]] = 1
        self.regressor = np.ascontiguousarray(np.concatenate([regressor, tips])[OURS].T, dtype=np.float32)

    def joints(self, vertices):
        return (vertices.reshape(-1, vertices.shape[2]) @ self.regressor).reshape(len(vertices), 3, 21)

    def vertices(self, pose, shape):
        """Posed vertices (B,3,V) without the translation, which is added only where needed, for precision in float32."""
        count = len(pose)
        rotations = rotation_matrices(pose.reshape(count, 16, 3))
        rest = self.rest + (shape @ self.rest_shapes).reshape(count, 16, 3)
        world = np.empty((count, 16, 3, 4))
        world[:, 0, :, :3], world[:, 0, :, 3] = rotations[:, 0], rest[:, 0]
        for j in range(1, 16):
            parent = PARENTS[j]
            world[:, j, :, :3] = world[:, parent, :, :3] @ rotations[:, j]
            offset = (rest[:, j] - rest[:, parent])[:, :, None]
            world[:, j, :, 3] = (world[:, parent, :, :3] @ offset)[:, :, 0] + world[:, parent, :, 3]
        world[..., 3] -= (world[..., :3] @ rest[..., None])[..., 0]
        feature = np.concatenate([shape, (rotations[:, 1:] - np.eye(3)).reshape(count, 135)], axis=1).astype(np.float32)
        posed = feature @ self.blend
        posed += self.template
        posed = posed.reshape(count, 3, -1)
        columns = world.transpose(0, 3, 2, 1).reshape(count * 12, 16).astype(np.float32)
        blended = (columns @ self.weights).reshape(count, 4, 3, -1)
        skinned = blended[:, 3]
        for k in range(3):
            blended[:, k] *= posed[:, k:k + 1]
            skinned += blended[:, k]
        return skinned


def rotation_matrices(axis_angle):
    angle = np.sqrt((axis_angle * axis_angle).sum(-1))
    safe = np.where(angle > 0, angle, 1.0)
    x, y, z = np.moveaxis(axis_angle / safe[..., None], -1, 0)
    sine, cosine = np.sin(angle), np.cos(angle)
    rest = 1 - cosine
    rows = [cosine + x * x * rest, x * y * rest - z * sine, x * z * rest + y * sine,
            x * y * rest + z * sine, cosine + y * y * rest, y * z * rest - x * sine,
            x * z * rest - y * sine, y * z * rest + x * sine, cosine + z * z * rest]
    return np.stack(rows, axis=-1).reshape(*angle.shape, 3, 3)


def lengths(difference):
    """Norms of (B,3,P) as (B,P); overwrites its argument with squares."""
    np.multiply(difference, difference, out=difference)
    squares = difference[:, 0] + difference[:, 1]
    squares += difference[:, 2]
    return np.sqrt(squares, out=squares)


def aligned_errors(source, target):
    """Mean distance (B) after aligning each sample by a similarity (Umeyama 1991)."""
    a, b = source - source.mean(axis=2, keepdims=True), target - target.mean(axis=2, keepdims=True)
    u, singular, vt = np.linalg.svd(np.matmul(b, a.transpose(0, 2, 1)).astype(np.float64))
    sign = np.sign(np.linalg.det(u @ vt))
    u[:, :, 2] *= sign[:, None]
    singular[:, 2] *= sign
    flat = a.reshape(len(a), 1, -1)
    scale = singular.sum(axis=1) / np.matmul(flat, flat.transpose(0, 2, 1))[:, 0, 0]
    moved = np.matmul((scale[:, None, None] * (u @ vt)).astype(np.float32), a)
    moved -= b
    return lengths(moved).mean(axis=1, dtype=np.float64)


def scaled_difference(scale, ours, true, shift):
    difference = scale * ours
    difference -= true
    difference += shift
    return difference


def posed_hand(hand, data, rows, side):
    """Vertices (B,3,V) float32 relative to an origin per sample, and this origin (B,3) float64."""
    if "vertices" in data:
        vertices = data["vertices"][rows, side]
        origin = vertices[:, 0].astype(np.float64)
        return np.ascontiguousarray((vertices - vertices[:, :1]).transpose(0, 2, 1)), origin
    return hand.vertices(data["pose"][rows, side], data["shape"][rows, side]), data["translation"][rows, side]


def batch_errors(hands, predicted, truth, predicted_rows, rows):
    errors = {name: np.empty((len(rows), 2)) for name in ("mpjpe_mm", "mpvpe_mm", "pa_mpjpe_mm", "pa_mpvpe_mm")}
    per_joint = np.empty((len(rows), 2, 21))
    meshes, roots, wrists, origins = [], [], [], []
    for side, hand in enumerate(hands):
        ours, our_origin = posed_hand(hand, predicted, predicted_rows, side)
        true, true_origin = posed_hand(hand, truth, rows, side)
        joints, true_joints = hand.joints(ours), hand.joints(true)
        bones = [np.linalg.norm((j[:, :, KNUCKLE] - j[:, :, WRIST]).astype(np.float64), axis=1) for j in (true_joints, joints)]
        scale = (bones[0] / bones[1])[:, None, None].astype(np.float32)
        root, true_root = joints[:, :, ROOT:ROOT + 1], true_joints[:, :, ROOT:ROOT + 1]
        shift = true_root - scale * root
        per_joint[:, side] = lengths(scale * joints - true_joints + shift)
        errors["mpvpe_mm"][:, side] = lengths(scaled_difference(scale, ours, true, shift)).mean(axis=1, dtype=np.float64)
        errors["pa_mpjpe_mm"][:, side] = aligned_errors(joints, true_joints)
        errors["pa_mpvpe_mm"][:, side] = aligned_errors(ours, true)
        meshes.append((ours, true))
        roots.append((root[:, :, 0] + our_origin) - (true_root[:, :, 0] + true_origin))
        wrists.append((joints[:, :, WRIST], true_joints[:, :, WRIST]))
        origins.append((our_origin, true_origin))
    errors["mpjpe_mm"] = per_joint.mean(axis=2)
    relative = 0.0
    for side in (0, 1):
        moved = [(origins[side][i] - origins[0][i] - wrists[0][i]) for i in (0, 1)]
        shift = (moved[0] - moved[1])[:, :, None].astype(np.float32)
        relative = relative + lengths(scaled_difference(np.float32(1), *meshes[side], shift)).mean(axis=1, dtype=np.float64) / 2
    return errors, per_joint, np.linalg.norm(roots[1] - roots[0], axis=1), relative


def read(path):
    names = ("sample", "vertices", "pose", "shape", "translation", "hand_valid", "mesh_valid")
    with h5py.File(path) as file:
        return {name: file[name][()] for name in names if name in file}


def evaluate(hands, predicted, truth, batch, threads):
    place = {name: row for row, name in enumerate(predicted["sample"])}
    counts = np.ones(len(truth["sample"]), dtype=bool)
    for name in ("hand_valid", "mesh_valid"):
        if name in truth:
            counts &= truth[name].astype(bool).all(axis=1)
    rows = np.flatnonzero(counts)
    predicted_rows = np.array([place[truth["sample"][row]] for row in rows])

    def errors_from(i):
        return batch_errors(hands, predicted, truth, predicted_rows[i:i + batch], rows[i:i + batch])
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(errors_from, range(0, len(rows), batch)))
    summary = {"samples": len(rows)}
    for name in parts[0][0]:
        summary[name] = 1000 * np.concatenate([part[0][name] for part in parts]).mean(axis=0).mean()
    per_joint, roots, vertices = (1000 * np.concatenate([part[k] for part in parts]) for k in (1, 2, 3))
    moving = np.delete(per_joint, ROOT, axis=2)
    summary.update(mrrpe_mm=roots.mean(), rrve_mm=vertices.mean(), auc_50mm=np.maximum(0, 1 - moving / REACH).mean())
    return summary


def main(arguments):
    begin = time.perf_counter()
    with h5py.File(arguments.hand) as file:
        hands = [Hand(file[side]) for side in ("right", "left")]
    predicted, truth = read(arguments.predictions), read(arguments.truth)
    have_read = time.perf_counter()
    summary = evaluate(hands, predicted, truth, arguments.batch, arguments.threads)
    end = time.perf_counter()
    print(json.dumps({**summary, "seconds_reading": have_read - begin, "seconds": end - begin}, default=float))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("predictions")
    parser.add_argument("truth")
    parser.add_argument("hand")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    main(parser.parse_args())
