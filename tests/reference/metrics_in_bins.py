"""MPJPE and MRRPE by overlap of the hands, MPJPE of hands by occlusion (docs/protocols.md).

A sample is in a bin of overlap if an MPJPE of either hand and both ground-truth meshes count; the bin's MPJPE is the protocol's mean over
its samples. A bin of occlusion consists of hands: its MPJPE is their plain mean. An empty bin has no numbers.
"""
import numpy as np

import metrics

UPPER_ENDS = (0.0, 0.25, 0.5, 0.75, 1.0)


def bins(values):
    """For each bin, a mask of the values in it; NaN is in none."""
    lower_ends = (-np.inf, *UPPER_ENDS[:-1])
    return [(values > low) & (values <= high) for low, high in zip(lower_ends, UPPER_ENDS)]


def mean_or_nothing(values):
    values = values[~np.isnan(values)]
    return values.mean() if len(values) else None


def protocol_mean(protocol, errors, chosen):
    """MPJPE of the chosen samples by the protocol's mean, without hands that were never measured."""
    if metrics.RULES[protocol][3]:
        return metrics.mean_of_joint_means(errors["per_joint"][chosen])
    hands = [mean_or_nothing(errors["joint"][chosen, side]) for side in (0, 1)]
    return np.mean([hand for hand in hands if hand is not None])


def by_overlap(protocol, errors, overlaps):
    """overlaps (N), NaN where not both ground-truth meshes count."""
    measured = ~np.isnan(errors["joint"]).all(axis=1)
    found = []
    for chosen in bins(overlaps):
        chosen &= measured
        found.append({"samples": int(chosen.sum()), "mpjpe_mm": protocol_mean(protocol, errors, chosen) if chosen.any() else None,
                      "mrrpe_mm": mean_or_nothing(errors["relative_root"][chosen])})
    return found


def by_occlusion(errors, occlusions):
    """occlusions (N,2), NaN where not both ground-truth meshes count."""
    measured = ~np.isnan(errors["joint"])
    return [{"hands": int((chosen & measured).sum()), "mpjpe_mm": mean_or_nothing(errors["joint"][chosen])} for chosen in bins(occlusions)]
