#!/usr/bin/env python3
"""Writes ground truth and predictions to compare evaluations: realistic and adversarial samples.

    python tests/reference/evaluation_cases.py HAND.h5 OUT_DIR [--count 1000] [--seed 0] [--vertices]

OUT_DIR/truth.h5 and OUT_DIR/predictions.h5, the latter in another order. Hands are stored as MANO parameters; with --vertices as
float32 vertices with separate joints, including predictions that no parameters can produce: reflected, scaled, nearly a point.
"""
import argparse
import pathlib
import sys

import numpy as np

import posed_hands

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "data_scripts"))
from hands import write_hands  # noqa: E402

REALISTIC = 0.7
GROUPS = 40
TIES = 3                 # distinct samples that are repeated
KINDS = ("identical", "tie", "apart", "far", "interpenetrating", "same_place", "behind")
SCALES = {"small": (0.02, 0.3), "large": (2.0, 6.0), "collapsed": (0.001, 0.01)}
WITHOUT_PARAMETERS = ("mirrored", *SCALES)
RAYS_FROM = 6            # stride of the vertices used to place hands


def smallest_gap(a, b):
    return np.linalg.norm(a[::RAYS_FROM, None] - b[None, ::RAYS_FROM], axis=2).min()


def offset_for_gap(rng, right, left, gap):
    """Translation (3) of the left hand for a distance of about `gap` (m) between both; negative: penetration of that depth."""
    direction = rng.normal(0, 1, 3) * [1, 1, 0.6]
    direction /= np.linalg.norm(direction)
    start = right.mean(axis=0) - left.mean(axis=0)
    near, wide = 0.0, 0.6
    for _ in range(14):
        middle = (near + wide) / 2
        if smallest_gap(right, left + start + middle * direction) < max(gap, 0.004):
            near = middle
        else:
            wide = middle
    return start + (wide + min(gap, 0.0)) * direction


def placement(rng, kind, right, left):
    """Translation (3) of the left hand for this kind of placement; both meshes are in the camera frame."""
    if kind == "apart":
        return right.mean(axis=0) - left.mean(axis=0) + [rng.choice([-1, 1]), rng.normal(0, 0.1), rng.normal(0, 0.1)]
    if kind == "interpenetrating":
        return offset_for_gap(rng, right, left, -rng.uniform(0.002, 0.02))
    if kind == "same_place":
        return right.mean(axis=0) - left.mean(axis=0) + rng.normal(0, 1e-3, 3)
    if kind == "behind":
        return right.mean(axis=0) * (1 + rng.uniform(0.08, 0.3)) + rng.normal(0, 0.02, 3) - left.mean(axis=0)
    return offset_for_gap(rng, right, left, rng.uniform(0, 0.1))


def random_pose(rng, models, count):
    pose = np.empty((count, 2, 48))
    pose[:, :, :3] = rng.normal(0, 1.2, (count, 2, 3))
    for side in (0, 1):
        pose[:, side, 3:] = models[side]["hands_mean"] + rng.normal(0, 0.25, (count, 45))
    return pose


def both(models, hands):
    return posed_hands.both_hands(models, hands)


def make_truth(rng, models, kinds):
    count = len(kinds)
    hands = {"pose": random_pose(rng, models, count), "shape": rng.normal(0, 0.8, (count, 2, 10))}
    depth = np.where(kinds == "far", 10.0, rng.uniform(0.4, 1.2, count))
    place = np.stack([rng.normal(0, 0.12, count) * depth, rng.normal(0, 0.12, count) * depth, depth], axis=1)
    hands["translation"] = np.repeat(place[:, None], 2, axis=1)
    vertices, _ = both(models, hands)
    for n in range(count):
        hands["translation"][n, 1] += placement(rng, kinds[n], *vertices[n])
        if kinds[n] == "behind" and rng.random() < 0.5:
            hands["translation"][n] = hands["translation"][n, ::-1]
    return hands


def make_predictions(rng, truth, kinds):
    """Predictions near the ground truth; the size of the errors differs between samples."""
    count = len(kinds)
    unsure = np.exp(rng.normal(0, 0.5, (count, 1, 1)))
    hands = {"pose": truth["pose"] + unsure * rng.normal(0, 0.12, (count, 2, 48)),
             "shape": truth["shape"] + unsure * rng.normal(0, 0.3, (count, 2, 10)),
             "translation": truth["translation"] + unsure * rng.normal(0, 0.01, (count, 2, 3)) + rng.normal(0, 0.02, (count, 1, 3))}
    placed = np.isin(kinds, ("interpenetrating", "same_place")) & (rng.random(count) < 0.5)
    for name in hands:
        hands[name][kinds == "identical"] = truth[name][kinds == "identical"]
    hands["translation"][placed] = truth["translation"][placed]
    return hands


def beyond_parameters(rng, kind, vertices, joints, true_vertices, true_joints):
    """Mesh and joints of one hand, changed according to `kind` about the centre of the ground-truth mesh."""
    middle = true_vertices.mean(axis=0)
    if kind == "mirrored":
        across = rng.normal(0, 1, 3)
        across /= np.linalg.norm(across)
        reflection = np.eye(3) - 2 * np.outer(across, across)
        return middle + (true_vertices - middle) @ reflection, middle + (true_joints - middle) @ reflection
    smallest, largest = SCALES[kind]
    scale = np.exp(rng.uniform(np.log(smallest), np.log(largest)))
    return middle + scale * (vertices - middle), middle + scale * (joints - middle)


def validity(rng, count):
    """hand_valid, mesh_valid, joint_valid: some of each are false, in the first samples all that may be."""
    hand_valid, mesh_valid = rng.random((count, 2)) > 0.04, rng.random((count, 2)) > 0.03
    joint_valid = rng.random((count, 2, 21)) > 0.04
    some = rng.random((count, 2)) < 0.03                                  # only a few joints
    joint_valid[some] &= rng.random((int(some.sum()), 21)) < 0.4
    joint_valid[:, :, [1, 6, 12]] = True                                  # enough for a similarity
    joint_valid[:, :, 0] = rng.random((count, 2)) > 0.05
    places = rng.permutation(count)[:12]
    hand_valid[places[0]] = False
    mesh_valid[places[1:6]] = False
    joint_valid[places[1], :, 0] = False
    hand_valid[places[1:4]] = True
    joint_valid[places[2], 0, 0], joint_valid[places[2], 1, 0] = True, False
    joint_valid[places[6], :, 0] = False
    return hand_valid, mesh_valid, joint_valid


def draw_kinds(rng, count, with_vertices):
    hostile = KINDS + WITHOUT_PARAMETERS
    kinds = np.array(["realistic"] * count, dtype="<U20")
    some = rng.permutation(count)[:round((1 - REALISTIC) * count)]
    kinds[some] = [hostile[i % len(hostile)] for i in range(len(some))]
    if not with_vertices:
        kinds[np.isin(kinds, WITHOUT_PARAMETERS)] = "realistic"
    return kinds


def make_cases(models, count, seed, with_vertices):
    """Arguments of write_hands for ground truth and predictions, as two dicts."""
    rng = np.random.default_rng(seed)
    kinds = draw_kinds(rng, count, with_vertices)
    truth = make_truth(rng, models, kinds)
    predictions = make_predictions(rng, truth, kinds)
    true_vertices, true_joints = both(models, truth)
    vertices, joints = both(models, predictions)
    regressed = [models[side]["J_regressor"] @ true_vertices[:, side] for side in (0, 1)]
    native = [np.concatenate([regressed[side], true_vertices[:, side, models[side]["tips"]]], axis=1) for side in (0, 1)]
    annotated = np.stack(native, axis=1)[:, :, posed_hands.lbs.NATIVE_OF_OURS] + rng.normal(0, 0.003, true_joints.shape)
    own = joints + rng.normal(0, 0.004, joints.shape)
    own[kinds == "identical"] = annotated[kinds == "identical"]
    for n in np.flatnonzero(np.isin(kinds, WITHOUT_PARAMETERS)):
        for side in (0, 1):
            changed = beyond_parameters(rng, kinds[n], vertices[n, side], own[n, side], true_vertices[n, side], annotated[n, side])
            vertices[n, side], own[n, side] = changed

    hand_valid, mesh_valid, joint_valid = validity(rng, count)
    focal = rng.uniform(900, 1600, (count, 1)) * (1 + rng.normal(0, 0.01, (count, 2)))
    camera = np.concatenate([focal, rng.normal([256, 167], 20, (count, 2))], axis=1)
    truth.update(joints=annotated, hand_valid=hand_valid, mesh_valid=mesh_valid, joint_valid=joint_valid, camera=camera)
    if with_vertices:
        truth = {name: value for name, value in truth.items() if name not in ("pose", "shape", "translation")}
        truth["vertices"] = true_vertices
        predictions = {"vertices": vertices, "joints": own}
    repeated = rng.choice(np.flatnonzero(kinds == "realistic"), TIES)
    for place in np.flatnonzero(kinds == "tie"):
        of = rng.choice(repeated)
        for arrays in (truth, predictions):
            for values in arrays.values():
                values[place] = values[of]
    truth["sample"] = [f"test/{kind}/{n:05d}.jpg" for n, kind in enumerate(kinds)]
    truth["group"] = [f"capture{k // 8}/sequence{k % 8}" for k in rng.integers(0, GROUPS, count)]
    order = rng.permutation(count)
    shuffled = {name: values[order] for name, values in predictions.items()}
    shuffled["sample"] = [truth["sample"][n] for n in order]
    return truth, shuffled


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("hand")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--vertices", action="store_true")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    truth, predictions = make_cases(posed_hands.read_models(arguments.hand), arguments.count, arguments.seed, arguments.vertices)
    write_hands(arguments.out / "truth.h5", **truth)
    write_hands(arguments.out / "predictions.h5", **predictions)


if __name__ == "__main__":
    main()
