"""MANO's linear blend skinning in plain numpy, one hand and one sample at a time (Romero et al. 2017).

Written from the formulas and independently of the C++ layer, as its reference.
"""
import numpy as np

from mano_order import MANO_PARENTS, NATIVE_OF_OURS


def in_our_order(mano_joints, tips):
    native = [np.asarray(joint) for joint in mano_joints] + [np.asarray(tip) for tip in tips]
    return np.stack([native[index] for index in NATIVE_OF_OURS])


def shaped_vertices(model, shape):
    vertices = model["v_template"].copy()
    for k in range(10):
        vertices += model["shapedirs"][:, :, k] * shape[k]
    return vertices


def rest_joints(model, shape):
    shaped = shaped_vertices(model, shape)
    return np.stack([sum(model["J_regressor"][j, v] * shaped[v] for v in range(len(shaped))) for j in range(16)])


def rest_wrist(model, shape):
    return rest_joints(model, shape)[0]


def rest_knuckle(model, shape):
    """Rest middle MCP joint (MANO joint 4) minus rest wrist."""
    joints = rest_joints(model, shape)
    return joints[4] - joints[0]


def regress_joints(model, vertices):
    """Joints regressed from posed vertices, and tips: (21,3) in interprior's order."""
    regressed = [sum(model["J_regressor"][j, v] * vertices[v] for v in range(len(vertices))) for j in range(16)]
    return in_our_order(regressed, [vertices[tip] for tip in model["tips"]])


def skin(model, rotations, shape, translation):
    """Vertices (V,3) and MANO's 16 chain joints (16,3), wrist at J0(shape) + translation as in MANO. rotations (16,3,3)."""
    shaped = shaped_vertices(model, shape)
    joints = rest_joints(model, shape)

    posed = shaped.copy()
    feature = np.concatenate([(rotations[k] - np.eye(3)).reshape(-1) for k in range(1, 16)])
    for k in range(135):
        posed += model["posedirs"][:, :, k] * feature[k]

    world = [None] * 16
    for j in range(16):
        local = np.eye(4)
        local[:3, :3] = rotations[j]
        parent = MANO_PARENTS[j]
        local[:3, 3] = joints[j] if parent < 0 else joints[j] - joints[parent]
        world[j] = local if parent < 0 else world[parent] @ local

    vertices = np.zeros_like(posed)
    for v in range(len(posed)):
        for j in range(16):
            turned = world[j][:3, :3] @ (posed[v] - joints[j]) + world[j][:3, 3]
            vertices[v] += model["weights"][v, j] * turned
    chain = np.stack([world[j][:3, 3] for j in range(16)])
    return vertices + translation, chain + translation


def hand_mesh(model, rotations, shape, wrist):
    """Vertices (V,3) and joints (21,3) in interprior's order with the wrist at `wrist`, frame root, like HandMesh."""
    vertices, chain = skin(model, rotations, shape, np.asarray(wrist) - rest_wrist(model, shape))
    return vertices, in_our_order(chain, [vertices[tip] for tip in model["tips"]])
