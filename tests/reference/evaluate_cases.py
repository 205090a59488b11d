#!/usr/bin/env python3
"""Reference results for two hands.h5: the values of every sample and their summary under every protocol, as JSON.

    python tests/reference/evaluate_cases.py HAND.h5 CASES_DIR OUT.json

CASES_DIR holds truth.h5 and predictions.h5. OUT.json: {protocol: {"samples": {id: {metric: value}}, "summary": {...}},
"groups": {id: sequence}}; values that do not count are omitted, undefined numbers are null.
"""
import argparse
import json
import pathlib

import numpy as np

import metrics
import metrics_in_bins
import posed_hands
import surfaces

HANDS = ("right", "left")
OF_A_HAND = {"mpjpe_mm": "joint", "mpvpe_mm": "vertex", "pa_mpjpe_mm": "pa_joint", "pa_mpvpe_mm": "pa_vertex", "joint_2d_px": "joint_2d"}
OF_BOTH = {"mrrpe_mm": "relative_root", "rrve_mm": "relative_vertex"}
IN_CONTACT = {"contact_ratio": "distance_mm", "true_contact_ratio": "true_distance_mm"}
OF_SURFACES = ("penetration_mm", "mean_depth_mm", "intersection_cm3", "distance_mm", "true_distance_mm", "contact_distance_error_mm",
               "overlap", "right_occlusion", "left_occlusion")


def read_cases(models, folder):
    """Predictions and ground truth with vertices and joints; the predictions are sorted in the ground truth's order."""
    truth = posed_hands.read_hands(folder / "truth.h5")
    predicted = posed_hands.read_hands(folder / "predictions.h5")
    place = {name: row for row, name in enumerate(predicted["sample"])}
    rows = [place[name] for name in truth["sample"]]
    predicted = {name: value[rows] for name, value in predicted.items() if isinstance(value, np.ndarray)}
    for data in (truth, predicted):
        data["vertices"], chain = posed_hands.both_hands(models, data)
        data.setdefault("joints", chain)
    return predicted, truth


def surface_values(models, predicted, truth):
    """Surface metrics of every sample whose two ground-truth meshes count; they are equal under every protocol."""
    faces = [surfaces.close_rims(model["faces"]) for model in models]
    counts = (truth["hand_valid"] & truth["mesh_valid"]).all(axis=1)
    values = {name: np.full(len(counts), np.nan) for name in OF_SURFACES}
    for n in np.flatnonzero(counts):
        if not all(surfaces.is_hand(truth["vertices"][n, side], models[side]) for side in (0, 1)):
            continue
        ours, true = ([surfaces.Surface(data["vertices"][n, side], faces[side]) for side in (0, 1)] for data in (predicted, truth))
        are_hands = all(surfaces.is_hand(predicted["vertices"][n, side], models[side]) for side in (0, 1))
        found = surfaces.between(*ours) if are_hands else {}
        found["true_distance_mm"] = surfaces.between(*true)["distance_mm"]
        if are_hands and found["true_distance_mm"] < surfaces.CONTACT:
            found["contact_distance_error_mm"] = abs(found["distance_mm"] - found["true_distance_mm"])
        found["overlap"] = surfaces.overlap(*true)
        for side in (0, 1):
            joints = metrics.regress_joints(models[side], true[side].vertices)
            found[f"{HANDS[side]}_occlusion"] = surfaces.occlusion(joints, true[1 - side])
        for name, value in found.items():
            values[name][n] = value
    return values


def own_metrics(errors):
    """The errors that are stored under their metric's name: per hand (N,2) or per sample (N); the metric is their mean."""
    shared = {*OF_A_HAND.values(), *OF_BOTH.values(), "per_joint"}
    return {name: values for name, values in errors.items() if name not in shared}


def per_sample(names, errors, of_surfaces):
    values = {}
    for n, name in enumerate(names):
        row = {f"{hand}_{metric}": errors[key][n, side]
               for metric, key in OF_A_HAND.items() if key in errors for side, hand in enumerate(HANDS)}
        row.update({metric: errors[key][n] for metric, key in OF_BOTH.items()})
        for metric, error in own_metrics(errors).items():
            row.update({f"{hand}_{metric}": error[n, side] for side, hand in enumerate(HANDS)} if error.ndim == 2 else {metric: error[n]})
        row.update({metric: of_surfaces[metric][n] for metric in OF_SURFACES})
        row.update({metric: float(of_surfaces[key][n] < surfaces.CONTACT) for metric, key in IN_CONTACT.items()
                    if not np.isnan(of_surfaces[key][n])})
        row = {metric: float(value) for metric, value in row.items() if not np.isnan(value)}
        if row:
            values[name] = row
    return values


def summary(protocol, errors, of_surfaces, hand_valid):
    means = metrics.summarise(protocol, errors, hand_valid)
    found = {side: dict(zip(("mpjpe_mm", "mpvpe_mm", "pa_mpjpe_mm", "pa_mpvpe_mm"), means[side].tolist())) for side in ("all", *HANDS)}
    found.update(mrrpe_mm=means["mrrpe"], rrve_mm=means["rrve"], auc_50mm=means["auc"], per_joint_mm=means["per_joint"].tolist(),
                 pck=metrics.share_nearer_than(errors["per_joint"], metrics.RULES[protocol][0]).tolist())
    for name, error in own_metrics(errors).items():
        found[name] = np.nanmean(error, axis=0).mean() if error.ndim == 2 else metrics_in_bins.mean_or_nothing(error)
    if "joint_2d" in errors:
        found["joint_2d_px"] = np.nanmean(errors["joint_2d"], axis=0).mean()
    if "single" in means:
        found.update(single_mpjpe_mm=means["single"], interacting_mpjpe_mm=means["interacting"],
                     mean_of_single_and_interacting_mpjpe_mm=(means["single"] + means["interacting"]) / 2)
    for name in ("penetration_mm", "mean_depth_mm", "intersection_cm3", "contact_distance_error_mm"):
        found[name] = metrics_in_bins.mean_or_nothing(of_surfaces[name])
    found["largest_penetration_mm"] = np.nanmax(of_surfaces["penetration_mm"])
    for name, key in IN_CONTACT.items():
        measured = of_surfaces[key][~np.isnan(of_surfaces[key])]
        found[name] = (measured < surfaces.CONTACT).mean()
    found["overlap_bins"] = metrics_in_bins.by_overlap(protocol, errors, of_surfaces["overlap"])
    occlusions = np.stack([of_surfaces[f"{hand}_occlusion"] for hand in HANDS], axis=1)
    found["occlusion_bins"] = metrics_in_bins.by_occlusion(errors, occlusions)
    return found


def evaluate(models, predicted, truth):
    of_surfaces = surface_values(models, predicted, truth)
    both_meshes = (truth["hand_valid"] & truth["mesh_valid"]).all(axis=1)
    results = {"groups": dict(zip(truth["sample"], truth.get("group", [])))}
    for protocol, (_, _, _, masked) in metrics.RULES.items():
        rows = np.arange(len(both_meshes)) if masked else np.flatnonzero(both_meshes)
        ours, true = ({name: value[rows] for name, value in data.items() if isinstance(value, np.ndarray)} for data in (predicted, truth))
        errors = metrics.sample_errors(protocol, models, ours, true)
        chosen = {name: value[rows] for name, value in of_surfaces.items()}
        results[protocol] = {"samples": per_sample([truth["sample"][row] for row in rows], errors, chosen),
                             "summary": summary(protocol, errors, chosen, true["hand_valid"])}
    return results


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("hand")
    parser.add_argument("cases", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    arguments = parser.parse_args()
    models = posed_hands.read_models(arguments.hand)
    results = evaluate(models, *read_cases(models, arguments.cases))
    arguments.out.write_text(json.dumps(results, indent=1, default=float) + "\n")


if __name__ == "__main__":
    main()
