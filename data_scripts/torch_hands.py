"""Both hands in PyTorch: rotations, MANO's skinning and the state of an interaction, batched and differentiable. Needs only PyTorch.

Shapes begin with the batch size B. Lengths are metres; frame root has its origin at the right wrist and the axes of the camera
(docs/conventions.md). Modules of interprior_torch.py use this file; its names are available there.
"""
import functools

import torch
from torch import nn

from whole_file import require

SIDES = ("right", "left")
# Chain of MANO's 16 joints: wrist, then index, middle, pinky, ring, thumb.
MANO_PARENTS = [-1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 0, 10, 11, 0, 13, 14]
# interprior[i] = mano[FROM_MANO[i]]: `mano` are MANO's 16 joints and then 5 finger tips, thumb to pinky.
FROM_MANO = [0, 13, 14, 15, 16, 1, 2, 3, 17, 4, 5, 6, 18, 10, 11, 12, 19, 7, 8, 9, 20]
MIDDLE_MCP = 4  # in MANO's order
STATE_PARTS = [90, 90, 10, 10, 6, 3]
STATE_SIZE = sum(STATE_PARTS)


def in_full_precision(tensor):
    """fp16 and bf16 become fp32; other precisions are unchanged."""
    return tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor


def without_autocast(function):
    """Rotations and skinning are computed in full precision, also under autocast."""
    @functools.wraps(function)
    def wrapped(*arguments):
        device = next(value.device.type for value in arguments if isinstance(value, torch.Tensor))
        if not torch.amp.is_autocast_available(device) or not torch.is_autocast_enabled(device):
            return function(*arguments)
        with torch.autocast(device, enabled=False):
            return function(*(in_full_precision(value) if isinstance(value, torch.Tensor) else value for value in arguments))
    return wrapped


def _unit_or(vector, too_short, otherwise):
    """Normalises (...,3); `otherwise` where the vector is too short. The inner `where` keeps gradients of the unused branch finite."""
    squared = vector.square().sum(-1, keepdim=True)
    return torch.where(too_short, otherwise, vector * torch.where(too_short, 1.0, squared).rsqrt())


def _any_orthogonal(unit):
    """A unit vector orthogonal to each unit vector: the least aligned coordinate axis, orthogonalised."""
    axis = (unit.abs().argmin(-1, keepdim=True) == torch.arange(3, device=unit.device)).to(unit.dtype)
    orthogonal = axis - (axis * unit).sum(-1, keepdim=True) * unit
    return orthogonal * orthogonal.square().sum(-1, keepdim=True).rsqrt()


def _cross(a, b):
    """The cross product by coordinates, which every ONNX runtime has."""
    (ax, ay, az), (bx, by, bz) = a.unbind(-1), b.unbind(-1)
    return torch.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], -1)


@without_autocast
def matrix_from_rot6d(rot6d):
    """(...,6) to (...,3,3): the first two columns, orthonormalised in this order, and their cross product (Zhou et al. 2019)."""
    a, b = rot6d[..., :3], rot6d[..., 3:]
    first_axis = torch.cat([torch.ones_like(a[..., :1]), torch.zeros_like(a[..., 1:])], -1)
    first = _unit_or(a, a.detach().square().sum(-1, keepdim=True) <= 1e-24, first_axis)
    rest = b - (first * b).sum(-1, keepdim=True) * first
    epsilon = torch.finfo(rot6d.dtype).eps
    parallel = rest.detach().square().sum(-1, keepdim=True) <= epsilon * b.detach().square().sum(-1, keepdim=True) + 1e-24
    second = _unit_or(rest, parallel, _any_orthogonal(first.detach()))
    return torch.stack([first, second, _cross(first, second)], -1)


def rot6d_from_matrix(matrix):
    return torch.cat([matrix[..., 0], matrix[..., 1]], dim=-1)


@without_autocast
def matrix_from_axis_angle(axis_angle):
    """(...,3) to (...,3,3), Rodrigues' formula; near zero both quotients of the angle use their series."""
    q = axis_angle.square().sum(-1)
    small = q < 2.5e-3
    angle = torch.where(small, 1.0, q).sqrt()
    sine = torch.where(small, 1 - q / 6 * (1 - q / 20 * (1 - q / 42)), angle.sin() / angle)
    half = (angle / 2).sin() / angle
    versine = torch.where(small, 0.5 * (1 - q / 12 * (1 - q / 30 * (1 - q / 56))), 2 * half.square())
    x, y, z = axis_angle.unbind(-1)
    cosine = 1 - versine * q
    return torch.stack([cosine + versine * x * x, versine * x * y - sine * z, versine * x * z + sine * y,
                        versine * x * y + sine * z, cosine + versine * y * y, versine * y * z - sine * x,
                        versine * x * z - sine * y, versine * y * z + sine * x, cosine + versine * z * z], -1).unflatten(-1, (3, 3))


@without_autocast
def axis_angle_from_matrix(matrix):
    """(...,3,3) to (...,3), with angles up to pi, by the quaternion row that is never short; near zero the angle uses its series."""
    m = matrix.flatten(-2).unbind(-1)
    rows = torch.stack([torch.stack([1 + m[0] + m[4] + m[8], m[7] - m[5], m[2] - m[6], m[3] - m[1]], -1),
                        torch.stack([m[7] - m[5], 1 + m[0] - m[4] - m[8], m[1] + m[3], m[2] + m[6]], -1),
                        torch.stack([m[2] - m[6], m[1] + m[3], 1 - m[0] + m[4] - m[8], m[5] + m[7]], -1),
                        torch.stack([m[3] - m[1], m[2] + m[6], m[5] + m[7], 1 - m[0] - m[4] + m[8]], -1)], -2)
    best = rows.detach().diagonal(dim1=-2, dim2=-1).argmax(-1, keepdim=True) == torch.arange(4, device=rows.device)
    row = torch.where(best.unsqueeze(-1), rows, 0.0).sum(-2)
    unit = row * row.square().sum(-1, keepdim=True).rsqrt()
    quaternion = torch.where(unit[..., :1] < 0, -unit, unit)
    w, v = quaternion[..., :1], quaternion[..., 1:]
    squared = v.square().sum(-1, keepdim=True)
    small = squared < 1e-4
    norm = torch.where(small, 1.0, squared).sqrt()
    safe_w = torch.where(small, w, 1.0)
    x = squared / safe_w.square()  # tan^2 of half the angle
    series = 2 / safe_w * (1 - x * (1 / 3 - x * (1 / 5 - x / 7)))
    return v * torch.where(small, series, 2 * torch.atan2(norm, w) / norm)


def turned(rotation, vector):
    return (rotation @ vector.unsqueeze(-1)).squeeze(-1)


class ManoLayer(nn.Module):
    """The MANO layer of one side. `arrays` has the datasets of a side of hand.h5 under their names.

    All tensors are buffers that a state dict leaves out, so that no checkpoint contains licensed hand data.
    """

    NAMES = ("v_template", "shapedirs", "posedirs", "J_regressor", "weights")

    def __init__(self, arrays, dtype=torch.float32):
        super().__init__()
        for name in self.NAMES:
            self.register_buffer(name, torch.as_tensor(arrays[name]).to(dtype), persistent=False)
        self.register_buffer("tips", torch.as_tensor(arrays["tips"]).to(torch.int64), persistent=False)
        order = torch.tensor(FROM_MANO, device=self.tips.device)
        self.register_buffer("from_mano", order, persistent=False)

    def rest_joints(self, shape):
        """Rest joints (B,16,3) of a shape (B,10), in MANO's frame and order."""
        return self.J_regressor @ (self.v_template + torch.einsum("vck,bk->bvc", self.shapedirs, self._as_layer(shape)))

    def rest_middle_mcp(self, shape):
        """Rest vector (B,3) from the wrist to the middle MCP joint."""
        joints = self.rest_joints(shape)
        return joints[:, MIDDLE_MCP] - joints[:, 0]

    def forward(self, rotations, shape, wrist_in_root):
        """Vertices (B,V,3) and joints (B,21,3) in frame root, from rotations (B,16,3,3), shape (B,10) and wrist (B,3).

        Rotations are absolute (hands_mean is not added). Computed in the precision of the layer.
        """
        return _skinned(self._as_layer(rotations), self._as_layer(shape), self._as_layer(wrist_in_root), self)

    def _as_layer(self, tensor):
        require(tensor.device == self.weights.device,
                f"a hand pose on {tensor.device} was passed to a MANO layer on {self.weights.device}: move both to one device")
        return tensor.to(self.weights.dtype)


@without_autocast
def _skinned(rotations, shape, wrist, layer):
    """Linear blend skinning (Romero et al. 2017)."""
    rest = layer.v_template + torch.einsum("vck,bk->bvc", layer.shapedirs, shape)
    joints = layer.J_regressor @ rest
    straight = torch.eye(3, dtype=rotations.dtype, device=rotations.device)
    posed = rest + torch.einsum("vck,bk->bvc", layer.posedirs, (rotations[:, 1:] - straight).flatten(1))
    turns, places = [rotations[:, 0]], [wrist]
    for j in range(1, 16):
        parent = MANO_PARENTS[j]
        places.append(places[parent] + turned(turns[parent], joints[:, j] - joints[:, parent]))
        turns.append(turns[parent] @ rotations[:, j])
    turns, places = torch.stack(turns, 1), torch.stack(places, 1)
    offsets = places - turned(turns, joints)
    blended = (layer.weights @ turns.flatten(2)).unflatten(2, (3, 3))
    vertices = turned(blended, posed) + layer.weights @ offsets
    return vertices, torch.cat([places, vertices[:, layer.tips]], 1)[:, layer.from_mano]


class TwoHands(nn.Module):
    """A MANO layer per side, `hands["right"]` and `hands["left"]`."""

    def __init__(self, arrays, dtype=torch.float32):
        super().__init__()
        self.right, self.left = ManoLayer(arrays["right"], dtype), ManoLayer(arrays["left"], dtype)

    def __getitem__(self, side):
        return getattr(self, side)


@without_autocast
def _knuckle_offset(left_from_right, right_shape, left_shape, hands):
    """t_rel at the knuckle anchor minus t_rel at the wrist: R_rel k_L - k_R, k the rest vector from wrist to middle MCP joint."""
    right, left = hands["right"].rest_middle_mcp(right_shape), hands["left"].rest_middle_mcp(left_shape)
    return turned(left_from_right, left.to(left_from_right.dtype)) - right.to(left_from_right.dtype)


def _offset_of(interaction, hands):
    return _knuckle_offset(*(interaction[name] for name in ("left_from_right", "right_shape", "left_shape")), hands)


def state_from_interaction(interaction, hands, anchor):
    """The 209 numbers of an interaction (docs/method.md), as InteractionPrior.encode uses them."""
    translation = interaction["left_in_right"]
    if anchor == "knuckle":
        translation = translation + _offset_of(interaction, hands)
    return torch.cat([rot6d_from_matrix(interaction["right_fingers"]).flatten(1), rot6d_from_matrix(interaction["left_fingers"]).flatten(1),
                      interaction["right_shape"], interaction["left_shape"], rot6d_from_matrix(interaction["left_from_right"]),
                      translation], dim=1)


def interaction_from_state(state, hands, anchor):
    """A dict: right_fingers and left_fingers (B,15,3,3), right_shape and left_shape (B,10), left_from_right R_rel (B,3,3),
    left_in_right t_rel (B,3)."""
    parts = state.split(STATE_PARTS, dim=1)
    interaction = {"right_fingers": matrix_from_rot6d(parts[0].unflatten(1, (15, 6))),
                   "left_fingers": matrix_from_rot6d(parts[1].unflatten(1, (15, 6))), "right_shape": parts[2], "left_shape": parts[3],
                   "left_from_right": matrix_from_rot6d(parts[4]), "left_in_right": parts[5]}
    if anchor == "knuckle":
        interaction["left_in_right"] = parts[5] - _offset_of(interaction, hands)
    return interaction


def mano_parameters(out, hands):
    """Both hands of a Sampler's output in the arrays of hands.h5, frame root, right hand first: pose (B,2,48) absolute axis-angle, shape
    (B,2,10), translation (B,2,3) as MANO's (wrist = rest wrist + translation)."""
    pose = torch.stack([axis_angle_from_matrix(out[f"{side}_rotations"]).flatten(1) for side in SIDES], 1)
    shape = torch.stack([out[f"{side}_shape"] for side in SIDES], 1)
    rest = torch.stack([hands[side].rest_joints(out[f"{side}_shape"])[:, 0] for side in SIDES], 1)
    wrist = torch.stack([torch.zeros_like(out["left_wrist_in_root"]), out["left_wrist_in_root"]], 1)
    return {"pose": pose, "shape": shape, "translation": wrist - rest.to(wrist.dtype)}
