"""Writes tests/golden/metrics.safetensors.

Rerun from the project's root: .venv/bin/python tests/reference/make_metrics_golden.py
"""
import pathlib

import numpy as np
from safetensors.numpy import save_file

import lbs
import metrics
from random_hand import random_hand, rodrigues

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden"
SAMPLES, VERTICES, DRAWS = 7, 24, 5


def posed(models, pose, shape, translation):
    """Vertices and joints of the kinematic chain, tips from the vertices."""
    vertices, joints = [], []
    for n in range(len(pose)):
        for side in (0, 1):
            rotations = [rodrigues(pose[n, side, 3 * k:3 * k + 3]) for k in range(16)]
            mesh, chain = lbs.skin(models[side], rotations, shape[n, side], translation[n, side])
            vertices.append(mesh)
            joints.append(lbs.in_our_order(chain, [mesh[tip] for tip in models[side]["tips"]]))
    return np.stack(vertices).reshape(len(pose), 2, -1, 3), np.stack(joints).reshape(len(pose), 2, 21, 3)


def meshes(models, pose, shape, translation):
    return posed(models, pose, shape, translation)[0]


def main():
    rng = np.random.default_rng(20251122)
    models = [random_hand(rng, VERTICES), random_hand(rng, VERTICES)]
    true_pose, true_shape = rng.normal(0, 0.5, (SAMPLES, 2, 48)), rng.normal(0, 1, (SAMPLES, 2, 10))
    true_translation = rng.normal(0, 0.08, (SAMPLES, 2, 3)) + [0, 0, 0.6]
    pose = true_pose + rng.normal(0, 0.15, true_pose.shape)
    shape = true_shape + rng.normal(0, 0.4, true_shape.shape)
    translation = true_translation + rng.normal(0, 0.03, true_translation.shape)
    true_vertices = meshes(models, true_pose, true_shape, true_translation)
    vertices = meshes(models, pose, shape, translation)

    joint_valid = rng.random((SAMPLES, 2, 21)) > 0.2
    joint_valid[:, :, 0] = True
    joint_valid[1, 0, 0] = joint_valid[4, 1, 0] = False
    hand_valid = np.ones((SAMPLES, 2), dtype=bool)
    hand_valid[2, 1] = hand_valid[5, 0] = False
    regressed = np.stack([[lbs.regress_joints(models[s], true_vertices[n, s]) for s in (0, 1)] for n in range(SAMPLES)])
    annotated = regressed + rng.normal(0, 0.004, regressed.shape)
    annotated[~joint_valid] = 1.0                                     # InterHand2.6M's dummy for joints without annotation
    truth = {"vertices": true_vertices, "joints": annotated, "joint_valid": joint_valid, "hand_valid": hand_valid}
    predicted = {"vertices": vertices, "joints": regressed + rng.normal(0, 0.01, regressed.shape)}

    unsure = np.exp(rng.normal(-2.5, 0.8, (SAMPLES, 1, 1, 1)))        # uncertainty differs between samples
    drawn_pose = pose[:, None] + unsure * rng.normal(0, 1, (SAMPLES, DRAWS, 2, 48))
    drawn_shape = shape[:, None] + rng.normal(0, 0.2, (SAMPLES, DRAWS, 2, 10))
    drawn_translation = translation[:, None] + rng.normal(0, 0.02, (SAMPLES, DRAWS, 2, 3))
    draws = []
    for k in range(DRAWS):
        drawn_vertices, drawn_joints = posed(models, drawn_pose[:, k], drawn_shape[:, k], drawn_translation[:, k])
        draws.append({"vertices": drawn_vertices, "joints": drawn_joints})

    arrays = {f"hand/{name}/{key}": value for name, model in zip(("right", "left"), models) for key, value in model.items()}
    for name, values in (("truth", (true_pose, true_shape, true_translation)), ("predicted", (pose, shape, translation))):
        arrays.update({f"{name}/{key}": value for key, value in zip(("pose", "shape", "translation"), values)})
    arrays.update({f"truth/{key}": value.astype(np.uint8) if value.dtype == bool else value for key, value in truth.items()})
    arrays.update({f"predicted/{key}": value for key, value in predicted.items()})
    arrays.update({"drawn/pose": drawn_pose, "drawn/shape": drawn_shape, "drawn/translation": drawn_translation})
    for protocol in metrics.RULES:
        errors = metrics.sample_errors(protocol, models, {**predicted, "pose": pose}, {**truth, "pose": true_pose})
        arrays.update({f"{protocol}/errors/{key}": value for key, value in errors.items()})
        summary = metrics.summarise(protocol, errors, hand_valid)
        arrays.update({f"{protocol}/summary/{key}": np.atleast_1d(value) for key, value in summary.items()})
        of_draws = metrics.hypotheses(protocol, models, draws, truth, errors)
        arrays.update({f"{protocol}/hypotheses/{key}": np.atleast_1d(value) for key, value in of_draws.items()})
    GOLDEN.mkdir(exist_ok=True)
    save_file({key: np.ascontiguousarray(value) for key, value in arrays.items()}, GOLDEN / "metrics.safetensors")


if __name__ == "__main__":
    main()
