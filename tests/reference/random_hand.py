"""Small random hand models with MANO's arrays, not shaped like hands, so that no symmetry hides an error."""
import numpy as np


def random_hand(rng, vertices):
    """Arrays of one side of hand.h5 by name: float64, and int64 for faces and tips."""
    regressor = rng.random((16, vertices)) ** 6
    weights = rng.random((vertices, 16)) ** 4
    faces = [rng.choice(vertices, size=3, replace=False) for _ in range(2 * vertices)]
    return {
        "v_template": rng.normal(0, 0.05, (vertices, 3)),
        "shapedirs": rng.normal(0, 0.004, (vertices, 3, 10)),
        "posedirs": rng.normal(0, 0.002, (vertices, 3, 135)),
        "J_regressor": regressor / regressor.sum(axis=1, keepdims=True),
        "weights": weights / weights.sum(axis=1, keepdims=True),
        "faces": np.array(faces, dtype=np.int64),
        "hands_mean": rng.normal(0, 0.2, 45),
        "tips": rng.choice(vertices, size=5, replace=False).astype(np.int64),
    }


def rodrigues(axis_angle):
    """Rotation matrix (3,3) of an axis-angle (3): I + sin(a) K + (1 - cos(a)) K K with K the cross-product matrix of the unit axis."""
    angle = float(np.sqrt(np.dot(axis_angle, axis_angle)))
    if angle == 0.0:
        return np.eye(3)
    x, y, z = np.asarray(axis_angle) / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
