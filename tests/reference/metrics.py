"""The evaluation protocols of docs/protocols.md in plain numpy, sample by sample: a reference for metric/protocol.h.

Inputs in metres, results in millimetres; NaN marks values that do not count. Decisions beyond the page:
- PA aligns joints and vertices by separate similarities, the joints by the valid ones;
- a hand with hand_valid false counts nowhere, one with mesh_valid false not where its ground-truth mesh is needed; in a masked protocol
  a hand whose wrist is not valid counts in no joint error, while its vertex errors (about the wrists regressed from both meshes) remain;
- the crop of the 2D error is the image's, the same under every protocol: joints that are valid, whether or not the wrist is.
"""
import numpy as np

import lbs
from random_hand import rodrigues

RULES = {   # root joint, bone scale, annotated ground-truth joints, masked
    "intaghand": (9, True, False, False),
    "wrist": (0, True, False, False),
    "interwild": (0, False, True, True),
    "internet": (0, False, True, True),
}
CROP, CROP_FILL, NEAREST = 256, 0.8, 0.01       # px, fraction of the crop that the tight box fills, m


def similarity(source, target):
    """s, R, t with s R x + t nearest to the target in least squares, never a reflection (Umeyama 1991)."""
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    u, singular, vt = np.linalg.svd(b.T @ a)
    sign = np.array([1, 1, np.sign(np.linalg.det(u @ vt))])
    rotation = u @ np.diag(sign) @ vt
    scale = (singular * sign).sum() / (a * a).sum()
    return scale, rotation, target.mean(axis=0) - scale * rotation @ source.mean(axis=0)


def distances(a, b):
    difference = a - b
    return 1000 * np.sqrt(difference[:, None, :] @ difference[:, :, None])[:, 0, 0]


def aligned_error(source, target):
    scale, rotation, translation = similarity(source, target)
    return distances((scale * rotation @ source[:, :, None])[:, :, 0] + translation, target).mean()


def regress_joints(model, vertices):
    """Bitwise equal to lbs.regress_joints (same order of sums), without its Python loops."""
    weighted = model["J_regressor"][:, :, None] * vertices
    return lbs.in_our_order(np.cumsum(weighted, axis=1)[:, -1], vertices[model["tips"]])


def projected(points, camera):
    depth = np.maximum(points[..., 2:], NEAREST)
    return camera[:2] * points[..., :2] / depth + camera[2:]


def crop_scale(truth, mesh_valid, n):
    """Pixels of the crop per pixel of the image; the crop contains the ground-truth meshes, or the valid joints without meshes."""
    valid = truth["joint_valid"][n] & truth["hand_valid"][n][:, None]
    seen = truth["vertices"][n][mesh_valid] if mesh_valid.any() else truth["joints"][n][valid]
    if seen.size == 0:
        return np.nan
    flat = projected(seen.reshape(-1, 3), truth["camera"][n])
    return CROP * CROP_FILL / (flat.max(axis=0) - flat.min(axis=0)).max()


def bone(joints):
    return np.linalg.norm(joints[9] - joints[0])


def relative_vertex_error(right_model, predicted, truth):
    """RRVE: errors of both hands' vertices (2,V,3) after translating the regressed right wrists onto each other."""
    wrists = [regress_joints(right_model, meshes[0])[0] for meshes in (predicted, truth)]
    return distances((predicted - wrists[0]).reshape(-1, 3), (truth - wrists[1]).reshape(-1, 3)).mean()


def relative_wrist_rotation(predicted_pose, true_pose):
    """Angle (degrees) between the left wrist's rotations in the right wrist's frame; poses (2,48).

    From the chord |A - B| = 2 sqrt(2) sin(t/2).
    """
    relative = [rodrigues(pose[0, :3]).T @ rodrigues(pose[1, :3]) for pose in (predicted_pose, true_pose)]
    return np.degrees(2 * np.arcsin(min(1.0, np.linalg.norm(relative[0] - relative[1]) / np.sqrt(8))))


def pinch_distance_error(joints, true_joints):
    """Error of the distance of the tips of thumb and index finger, mm."""
    return 1000 * abs(np.linalg.norm(joints[4] - joints[8]) - np.linalg.norm(true_joints[4] - true_joints[8]))


def mean_of_joint_means(per_joint):
    """per_joint (N,2,21): mean over samples per joint, over joints per hand, then over hands; without unmeasured ones."""
    hands = []
    for side in (0, 1):
        means = [np.nanmean(column) for column in per_joint[:, side].T if not np.isnan(column).all()]
        if means:
            hands.append(np.mean(means))
    return np.mean(hands)


def area_under_curve(per_joint, root):
    """AUC of the fraction of joints (without the root) with errors below t, t from 0 to 50 mm, over 50: mean of max(0, 1 - e/50)."""
    values = np.delete(per_joint, root, axis=2).ravel()
    return np.maximum(0, 1 - values[~np.isnan(values)] / 50).mean()


def share_nearer_than(per_joint, root):
    """PCK curve: fraction of the joints (without the root) with an error of at most 0, 1 ... 50 mm."""
    values = np.delete(per_joint, root, axis=2).ravel()
    values = values[~np.isnan(values)]
    return np.array([(values <= t).mean() for t in range(51)])


def sample_errors(protocol, models, predicted, truth):
    """models: (right, left). predicted: vertices (N,2,V,3), joints (N,2,21,3). truth: the same, joint_valid, hand_valid and, where they
    are known, mesh_valid (else hand_valid) and camera (N,4), without which there is no 2D error. Both may have pose (N,2,48)."""
    root, scaled, annotated, masked = RULES[protocol]
    count = len(truth["vertices"])
    errors = {name: np.full((count, 2), np.nan) for name in ("joint", "vertex", "pa_joint", "pa_vertex")}
    errors["per_joint"] = np.full((count, 2, 21), np.nan)
    errors["relative_root"], errors["relative_vertex"] = np.full(count, np.nan), np.full(count, np.nan)
    errors["pinch_distance_error_mm"], errors["relative_wrist_rotation_deg"] = np.full((count, 2), np.nan), np.full(count, np.nan)
    if "camera" in truth:
        errors["joint_2d"] = np.full((count, 2), np.nan)
    meshes = truth["hand_valid"] & truth.get("mesh_valid", True)
    for n in range(count):
        roots = {}
        for side in (0, 1):
            if not (truth["hand_valid"] if masked else meshes)[n, side]:
                continue
            predicted_mesh, true_mesh = predicted["vertices"][n, side], truth["vertices"][n, side]
            mesh_joints = regress_joints(models[side], predicted_mesh)
            true_mesh_joints = regress_joints(models[side], true_mesh)
            joints = predicted["joints"][n, side] if protocol == "internet" else mesh_joints
            true_joints = truth["joints"][n, side] if annotated else true_mesh_joints
            valid = truth["joint_valid"][n, side] if masked else np.ones(21, dtype=bool)

            scale = bone(true_joints) / bone(joints) if scaled else 1.0
            if meshes[n, side]:
                moved = scale * (predicted_mesh - mesh_joints[root])
                errors["vertex"][n, side] = distances(moved, true_mesh - true_mesh_joints[root]).mean()
                errors["pa_vertex"][n, side] = aligned_error(predicted_mesh, true_mesh)
            if not valid[root]:
                continue
            roots[side] = (joints[root], true_joints[root])
            error = distances(scale * (joints - joints[root]), true_joints - true_joints[root])
            errors["per_joint"][n, side, valid] = error[valid]
            errors["joint"][n, side] = error[valid].mean()
            errors["pa_joint"][n, side] = aligned_error(joints[valid], true_joints[valid])
            if valid[4] and valid[8]:
                errors["pinch_distance_error_mm"][n, side] = pinch_distance_error(joints, true_joints)
            if "camera" in truth:
                moved = projected(joints[valid], truth["camera"][n]) - projected(true_joints[valid], truth["camera"][n])
                errors["joint_2d"][n, side] = np.linalg.norm(moved, axis=1).mean() * crop_scale(truth, meshes[n], n)
        if meshes[n].all() and "pose" in predicted and "pose" in truth:
            errors["relative_wrist_rotation_deg"][n] = relative_wrist_rotation(predicted["pose"][n], truth["pose"][n])
        if meshes[n].all():
            errors["relative_vertex"][n] = relative_vertex_error(models[0], predicted["vertices"][n], truth["vertices"][n])
        if len(roots) == 2:
            offset = roots[1][0] - roots[0][0]
            true_offset = roots[1][1] - roots[0][1]
            errors["relative_root"][n] = 1000 * np.linalg.norm(offset - true_offset)
    return errors


def summarise(protocol, errors, hand_valid):
    """right, left, all: mpjpe, mpvpe, pa_mpjpe, pa_mpvpe; mrrpe; rrve; auc; per_joint (21), over both hands; and, where masked,
    single (images of one hand) and interacting (of two)."""
    root, _, _, masked = RULES[protocol]
    hands = []
    for side in (0, 1):
        per_joint = np.array([np.nanmean(errors["per_joint"][:, side, j]) for j in range(21)])
        mpjpe = np.nanmean(per_joint) if masked else np.nanmean(errors["joint"][:, side])
        hands.append([mpjpe] + [np.nanmean(errors[name][:, side]) for name in ("vertex", "pa_joint", "pa_vertex")])
    apart = {}
    if masked:
        two = hand_valid.all(axis=1)
        apart = {"single": mean_of_joint_means(errors["per_joint"][~two]), "interacting": mean_of_joint_means(errors["per_joint"][two])}
    return {
        **apart, "rrve": np.nanmean(errors["relative_vertex"]), "auc": area_under_curve(errors["per_joint"], root),
        "right": np.array(hands[0]), "left": np.array(hands[1]), "all": (np.array(hands[0]) + np.array(hands[1])) / 2,
        "mrrpe": np.nanmean(errors["relative_root"]),
        "per_joint": np.array([np.nanmean(errors["per_joint"][:, :, j]) for j in range(21)]),
    }


def ranks(values):
    """Ranks from 1 on, by counting; equal values have their mean rank."""
    return np.array([(values < v).sum() + ((values == v).sum() + 1) / 2 for v in values])


def rank_correlation(a, b):
    there = ~(np.isnan(a) | np.isnan(b))
    return np.corrcoef(ranks(a[there]), ranks(b[there]))[0, 1]


def hypotheses(protocol, models, draws, truth, errors):
    """draws: K hypotheses as arguments of sample_errors; errors: of the single prediction.

    Returns errors of each hypothesis (N,K), mean over the hands; and the spread: standard deviation of each coordinate over hypotheses
    (K - 1), hands root-aligned, one number per joint; for a sample the mean over joints, then hands.
    """
    root = RULES[protocol][0]
    each = [np.nanmean(sample_errors(protocol, models, draw, truth)["joint"], axis=1) for draw in draws]
    count = len(truth["vertices"])
    per_joint = np.full((count, 2, 21), np.nan)
    for n in range(count):
        for side in (0, 1):
            own = protocol == "internet"
            joints = np.stack([draw["joints"][n, side] if own else regress_joints(models[side], draw["vertices"][n, side])
                               for draw in draws])
            deviation = (joints - joints[:, root:root + 1]).std(axis=0, ddof=1)
            counted = ~np.isnan(errors["per_joint"][n, side])
            per_joint[n, side, counted] = 1000 * np.linalg.norm(deviation, axis=1)[counted]
    spread = np.array([np.mean([np.nanmean(hand) for hand in sample if not np.isnan(hand).all()]) for sample in per_joint])
    error = np.nanmean(errors["joint"], axis=1)
    order = np.argsort(spread)
    groups = [order[i * count // min(10, count):(i + 1) * count // min(10, count)] for i in range(min(10, count))]
    moving = np.arange(21) != root
    return {
        "hypothesis_joint": np.stack(each, axis=1), "spread": spread, "per_joint_spread": per_joint,
        "best_of_k": np.mean(np.min(each, axis=0)), "mean_of_k": np.mean(each), "best_of_2": np.mean(np.min(each[:2], axis=0)),
        "spread_rank_correlation": rank_correlation(spread, error),
        "joint_spread_rank_correlation": rank_correlation(per_joint[:, :, moving].ravel(), errors["per_joint"][:, :, moving].ravel()),
        "calibration": np.array([[len(g), spread[g].mean(), error[g].mean()] for g in groups]),
    }
