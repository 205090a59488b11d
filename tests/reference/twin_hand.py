"""The hand of the PyTorch twin: rotations, MANO's skinning and the 209 numbers of an interaction, batched. Needs only PyTorch."""
import torch

from mano_order import MANO_PARENTS, NATIVE_OF_OURS


def matrix_from_six(six):
    """(...,6) -> (...,3,3): columns 0 and 1, orthonormalised in this order, and their cross product."""
    a, b = six[..., :3], six[..., 3:]
    x = torch.nn.functional.normalize(a, dim=-1)
    y = torch.nn.functional.normalize(b - (x * b).sum(-1, keepdim=True) * x, dim=-1)
    return torch.stack([x, y, torch.linalg.cross(x, y)], dim=-1)


def six_from_matrix(matrix):
    return torch.cat([matrix[..., 0], matrix[..., 1]], dim=-1)


class Hand:
    """One side of hand.h5, from a group of the file or a dict of tensors with the same names."""

    def __init__(self, group, dtype=torch.float64):
        def read(name, kind=dtype):
            return torch.as_tensor(group[name][()]).to(kind)

        self.template, self.shapes, self.poses = read("v_template"), read("shapedirs"), read("posedirs")
        self.regressor, self.weights = read("J_regressor"), read("weights")
        self.tips = read("tips", torch.int64)

    def rest(self, shape):
        vertices = self.template + torch.einsum("vck,bk->bvc", self.shapes, shape)
        return vertices, self.regressor @ vertices

    def rest_knuckle(self, shape):
        joints = self.rest(shape)[1]
        return joints[:, 4] - joints[:, 0]

    def skin(self, rotations, shape, wrist):
        """Vertices (B,V,3) and joints (B,21,3) in frame root; rotations (B,16,3,3), wrist (B,3)."""
        shaped, joints = self.rest(shape)
        feature = (rotations[:, 1:] - torch.eye(3, dtype=rotations.dtype)).flatten(1)
        posed = shaped + torch.einsum("vck,bk->bvc", self.poses, feature)
        turns, places = [rotations[:, 0]], [wrist]
        for j in range(1, 16):
            parent = MANO_PARENTS[j]
            bone = (joints[:, j] - joints[:, parent]).unsqueeze(-1)
            places.append(places[parent] + (turns[parent] @ bone).squeeze(-1))
            turns.append(turns[parent] @ rotations[:, j])
        turns, places = torch.stack(turns, 1), torch.stack(places, 1)
        offsets = places - torch.einsum("bjcd,bjd->bjc", turns, joints)
        blended = (self.weights @ turns.flatten(2)).unflatten(2, (3, 3))
        vertices = (blended @ posed.unsqueeze(-1)).squeeze(-1) + self.weights @ offsets
        return vertices, torch.cat([places, vertices[:, self.tips]], 1)[:, NATIVE_OF_OURS]


def read_hands(path):
    import h5py   # imported here, so that benchmarks without a hand file run without h5py
    with h5py.File(path, "r") as file:
        return {side: Hand(file[side]) for side in ("right", "left")}


def knuckle_offset(interaction, hands):
    """Difference of the wrists' and the middle MCP joints' relative translations: R_rel k_left - k_right."""
    left = hands["left"].rest_knuckle(interaction["left_shape"].double()).float().unsqueeze(-1)
    right = hands["right"].rest_knuckle(interaction["right_shape"].double()).float()
    return (interaction["left_from_right"] @ left).squeeze(-1) - right


def interaction_from_state(state, hands, anchor):
    parts = state.split([90, 90, 10, 10, 6, 3], dim=1)
    interaction = {
        "right_fingers": matrix_from_six(parts[0].unflatten(1, (15, 6))), "left_fingers": matrix_from_six(parts[1].unflatten(1, (15, 6))),
        "right_shape": parts[2], "left_shape": parts[3], "left_from_right": matrix_from_six(parts[4]), "left_in_right": parts[5],
    }
    if anchor == "knuckle":
        interaction["left_in_right"] = parts[5] - knuckle_offset(interaction, hands)
    return interaction


def state_from_interaction(interaction, hands, anchor):
    translation = interaction["left_in_right"]
    if anchor == "knuckle":
        translation = translation + knuckle_offset(interaction, hands)
    return torch.cat([
        six_from_matrix(interaction["right_fingers"]).flatten(1), six_from_matrix(interaction["left_fingers"]).flatten(1),
        interaction["right_shape"], interaction["left_shape"], six_from_matrix(interaction["left_from_right"]), translation], dim=1)
