"""The metrics of metric/sample_quality.h in plain numpy, pair by pair, as a reference. Joints in metres, results in mm.

Other algorithms than in C++: components by a singular value decomposition, the matrix root of the Frechet distance by
eigenvalues of the product of covariances, neighbours by sorting, distances of segments by all end-segment and line-line pairs.
"""
import itertools

import numpy as np

NEIGHBOURS, VARIANCE, CONTACT = 5, 0.99, 5.0
PARENTS = [0, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19]
RADII = [14.0, 12.5, 10.5, 9.0, 12.0, 9.2, 8.0, 6.8, 12.5, 9.5, 8.2, 7.0, 12.0, 9.0, 7.7, 6.6, 11.5, 8.0, 6.8, 5.9]  # mm
TIPS = (4, 8, 12, 16, 20)


def flat_mm(joints):
    """(N,2,21,3) m -> (N,126) mm."""
    return 1000 * np.asarray(joints).reshape(len(joints), -1)


class Space:
    def __init__(self, real):
        points = flat_mm(real)
        self.mean = points.mean(axis=0)
        _, singular, rows = np.linalg.svd(points - self.mean, full_matrices=False)
        variance = singular ** 2 / (len(points) - 1)
        kept = 1
        while variance[:kept].sum() < VARIANCE * variance.sum():
            kept += 1
        self.components = rows[:kept]
        self.spread = np.sqrt(variance[:kept].mean())

    def features(self, joints):
        return np.array([self.components @ (point - self.mean) for point in flat_mm(joints)])


def frechet(a, b):
    a_covariance, b_covariance = np.cov(a.T), np.cov(b.T)
    roots = np.sqrt(np.maximum(np.linalg.eigvals(a_covariance @ b_covariance).real, 0))
    return ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(a_covariance) + np.trace(b_covariance) - 2 * roots.sum()


def kernel_distance(a, b):
    """Unbiased kernel distance of two full sets; features are divided by the space's standard deviation."""
    def kernel(x, y):
        return (np.dot(x, y) / len(x) + 1) ** 3

    def within(points):
        return np.mean([kernel(x, y) for x, y in itertools.permutations(points, 2)])
    return within(a) + within(b) - 2 * np.mean([kernel(x, y) for x in a for y in b])


def share_inside(points, centres):
    """Fraction of the points that are nearer to some centre than this centre's k-th neighbour."""
    radii = []
    for i, centre in enumerate(centres):
        others = [np.linalg.norm(centre - other) for j, other in enumerate(centres) if j != i]
        radii.append(sorted(others)[NEIGHBOURS - 1])
    return np.mean([any(np.linalg.norm(p - c) <= r for c, r in zip(centres, radii)) for p in points])


def diversity(points):
    return np.mean([np.linalg.norm(a - b) for a, b in itertools.combinations(points, 2)])


def capsules(hand):
    """21 joints (mm) as 20 segments with radii; a tip is on the skin, so its segment ends one radius before it."""
    segments = []
    for joint in range(1, 21):
        start, end, radius = hand[PARENTS[joint]], hand[joint], RADII[joint - 1]
        if joint in TIPS:
            length = np.linalg.norm(end - start)
            end = start + (end - start) * max(0.0, length - radius) / length
        segments.append((start, end, radius))
    return segments


def to_segment(point, start, end):
    length = np.dot(end - start, end - start)
    along = np.dot(point - start, end - start) / length if length > 0 else 0.0
    return np.linalg.norm(point - (start + np.clip(along, 0, 1) * (end - start)))


def segment_distance(a, b, c, d):
    best = min(to_segment(a, c, d), to_segment(b, c, d), to_segment(c, a, b), to_segment(d, a, b))
    # Nearest points of the two lines; used only if both are on their segments.
    s, t = np.linalg.lstsq(np.stack([b - a, c - d], axis=1), c - a, rcond=None)[0]
    if 0 <= s <= 1 and 0 <= t <= 1:
        best = min(best, np.linalg.norm(a + s * (b - a) - c - t * (d - c)))
    return best


def nearest_capsules(hands):
    right, left = capsules(1000 * hands[0]), capsules(1000 * hands[1])
    return min(segment_distance(a, b, c, d) - r - s for a, b, r in right for c, d, s in left)


def comparison(space, samples, real):
    """Frechet distance (mm^2), precision, recall; the last two use the first min(N,M) rows of each set."""
    a, b = space.features(samples), space.features(real)
    rows = min(len(a), len(b))
    return {"frechet": frechet(a, b), "precision": share_inside(a[:rows], b[:rows]), "recall": share_inside(b[:rows], a[:rows])}


def statistics(space, samples):
    nearest = np.array([nearest_capsules(hands) for hands in np.asarray(samples)])
    depth = np.maximum(-nearest, 0)
    return {"diversity": diversity(space.features(samples)), "penetration_share": (depth > 0).mean(),
            "penetration": depth.mean(), "largest_penetration": depth.max(), "contact": (nearest < CONTACT).mean()}
