"""Writes tests/golden/sample_quality.safetensors.

Rerun from the project's root: .venv/bin/python tests/reference/make_sample_quality_golden.py
"""
import pathlib

import numpy as np
from safetensors.numpy import save_file

import sample_quality

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden"
REAL, SAMPLES, FACTORS = 31, 40, 8


def skeleton():
    """A flat hand, metres: five straight fingers of four bones from the wrist."""
    joints = [np.zeros(3)]
    for finger in range(5):
        angle = 0.35 * (finger - 2)
        direction = np.array([np.sin(angle), np.cos(angle), 0.0])
        joints += [direction * length for length in (0.05, 0.085, 0.11, 0.13)]
    return np.array(joints)


def hands(rng, directions, count, scale, offset):
    """Two-hand samples (N,2,21,3) m, deformed along a few directions, so that few components hold most of the variance."""
    still = np.stack([skeleton(), skeleton() * [1, -1, 1] + [0.0, 0.18, 0.06]])
    bent = np.tensordot(rng.normal(0, scale, (count, FACTORS)), directions, 1)
    return still + bent + offset * directions[0] + rng.normal(0, 0.0005, (count, 2, 21, 3))


def main():
    rng = np.random.default_rng(20260701)
    directions = rng.normal(0, 0.004, (FACTORS, 2, 21, 3))
    directions[:, 1] += rng.normal(0, 0.01, (FACTORS, 1, 3))        # translation of the left hand
    real, samples = hands(rng, directions, REAL, 1.0, 0.0), hands(rng, directions, SAMPLES, 0.9, 3.5)
    space = sample_quality.Space(real)
    arrays = {"real": real, "samples": samples}
    arrays["components"], arrays["spread"] = np.array([len(space.components)]), np.array([space.spread])
    for name, value in sample_quality.comparison(space, samples, real).items():
        arrays[f"comparison/{name}"] = np.array([value])
    # Kernel distance of two full sets of equal size.
    features = [space.features(some) / space.spread for some in (samples[:REAL], real)]
    arrays["comparison/kernel_of_first_rows"] = np.array([sample_quality.kernel_distance(*features)])
    for name, value in sample_quality.statistics(space, samples).items():
        arrays[f"statistics/{name}"] = np.array([value])
    GOLDEN.mkdir(exist_ok=True)
    save_file({key: np.ascontiguousarray(value) for key, value in arrays.items()}, GOLDEN / "sample_quality.safetensors")


if __name__ == "__main__":
    main()
