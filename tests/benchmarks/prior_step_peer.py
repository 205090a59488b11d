"""One training step of the VAE in PyTorch, like `train prior` from patterns to EMA weights, with the skinning of torch_hands.py, which
needs only PyTorch (mano_layer_peer.py uses smplx).
"""
import torch
from torch import nn

from peer import Peer
from torch_hands import ManoLayer, matrix_from_rot6d, rot6d_from_matrix
from torch_prior import ResidualMlp

MIRROR = torch.tensor([-1.0, 1.0, 1.0])
VERTICES = 778


def random_hand(seed):
    """A random hand model of MANO's size, generated on the CPU so that it is equal on every device."""
    source = torch.Generator(device="cpu").manual_seed(seed)
    normal = lambda scale, *size: scale * torch.randn(size, generator=source, device="cpu")
    uniform = lambda *size: torch.rand(size, generator=source, device="cpu")
    regressor, weights = uniform(16, VERTICES) ** 6, uniform(VERTICES, 16) ** 4
    return {"v_template": normal(0.05, VERTICES, 3), "shapedirs": normal(0.004, VERTICES, 3, 10), "posedirs": normal(0.002, VERTICES, 3, 135),
            "J_regressor": regressor / regressor.sum(1, keepdim=True), "weights": weights / weights.sum(1, keepdim=True),
            "tips": torch.arange(5) * 100}


def rodrigues(axis_angle):
    """(N,3) to (N,3,3): I + sin(a) K + (1 - cos(a)) K K, K the cross-product matrix of the unit axis."""
    length = axis_angle.norm(dim=1, keepdim=True) + 1e-8
    x, y, z = (axis_angle / length).unbind(1)
    zero, length = torch.zeros_like(x), length.unsqueeze(-1)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], 1).view(-1, 3, 3)
    return torch.eye(3) + length.sin() * cross + (1 - length.cos()) * cross @ cross


class Side(ManoLayer):
    """One hand in fp32; rest joints by the regressor's product with template and shape directions, computed once."""

    def __init__(self, seed):
        super().__init__({name: value.to(torch.get_default_device()) for name, value in random_hand(seed).items()})
        self.joint_shapes = torch.einsum("jv,vck->jck", self.J_regressor, self.shapedirs)
        self.joint_template = self.J_regressor @ self.v_template

    def rest_joint(self, shape, joint):
        return self.joint_template[joint] + shape @ self.joint_shapes[joint].t()

    def knuckle(self, shape):
        return self.rest_joint(shape, 4) - self.rest_joint(shape, 0)


def turned(matrix, vector):
    return (matrix @ vector.unsqueeze(-1)).squeeze(-1)


def angle(a, b):
    m = a.transpose(-1, -2) @ b
    axis = torch.stack([m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]], -1) / 2
    return torch.atan2((axis.square().sum(-1) + 1e-30).sqrt(), (m.diagonal(dim1=-2, dim2=-1).sum(-1) - 1) / 2)


class Prior(nn.Module):
    def __init__(self, latent, width, depth):
        super().__init__()
        self.encoder, self.decoder = ResidualMlp(209, width, depth, 2 * latent), ResidualMlp(latent, width, depth, 209)
        self.register_buffer("mean", torch.zeros(209))
        self.register_buffer("deviation", torch.ones(209))


class Step:
    def __init__(self, latent, width, depth, batch):
        torch.manual_seed(0)
        self.right, self.left = Side(1), Side(2)
        self.prior = Prior(latent, width, depth)
        parameters = list(self.prior.parameters())
        groups = [{"params": [p for p in parameters if p.dim() >= 2], "weight_decay": 0.05},
                  {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=1e-3)
        self.parameters, self.averaged = parameters, [p.detach().clone() for p in parameters]
        self.pose, self.shape = 0.4 * torch.randn(batch, 2, 48), 0.5 * torch.randn(batch, 2, 10)
        self.translation = 0.1 * torch.randn(batch, 2, 3)

    def truth(self):
        """Finger rotations and shapes of both hands, R_rel, t_rel; every second sample is mirrored."""
        rotations = rodrigues(self.pose.reshape(-1, 3)).view(-1, 2, 16, 3, 3)
        wrists = torch.stack([self.right.rest_joint(self.shape[:, 0], 0), self.left.rest_joint(self.shape[:, 1], 0)], 1) + self.translation
        back = rotations[:, 0, 0].transpose(1, 2)
        relative, offset = back @ rotations[:, 1, 0], turned(back, wrists[:, 1] - wrists[:, 0])
        fingers, shape = rotations[:, :, 1:], self.shape
        swap = torch.rand(len(shape)) < 0.5
        flip = MIRROR[:, None] * MIRROR
        other_relative = flip * relative.transpose(1, 2)
        other_offset = -MIRROR * turned(relative.transpose(1, 2), offset)
        fingers = torch.where(swap[:, None, None, None, None], flip * fingers.flip(1), fingers)
        shape = torch.where(swap[:, None, None], shape.flip(1), shape)
        return (fingers, shape, torch.where(swap[:, None, None], other_relative, relative),
                torch.where(swap[:, None], other_offset, offset))

    def offset(self, shape, relative):
        return turned(relative, self.left.knuckle(shape[:, 1])) - self.right.knuckle(shape[:, 0])

    def meshes(self, fingers, shape, relative, offset):
        upright = torch.eye(3).expand(len(shape), 1, 3, 3)
        right = self.right(torch.cat([upright, fingers[:, 0]], 1), shape[:, 0], torch.zeros_like(offset))
        left = self.left(torch.cat([relative.unsqueeze(1), fingers[:, 1]], 1), shape[:, 1], offset)
        return right, left

    def __call__(self):
        prior = self.prior
        with torch.no_grad():
            fingers, shape, relative, offset = self.truth()
            anchored = offset + self.offset(shape, relative)
            state = torch.cat([rot6d_from_matrix(fingers).flatten(1), shape.flatten(1), rot6d_from_matrix(relative), anchored], 1)
            true_meshes = self.meshes(fingers, shape, relative, offset)
        mean, log_variance = prior.encoder((state - prior.mean) / prior.deviation).chunk(2, 1)
        log_variance = log_variance.clamp(-12, 8)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        decoded = prior.decoder(z) * prior.deviation + prior.mean
        parts = decoded.split([180, 20, 6, 3], 1)
        own_fingers, own_shape = matrix_from_rot6d(parts[0].view(-1, 2, 15, 6)), parts[1].view(-1, 2, 10)
        own_relative = matrix_from_rot6d(parts[2])
        own_meshes = self.meshes(own_fingers, own_shape, own_relative, parts[3] - self.offset(own_shape, own_relative))

        loss = 2 * (angle(own_fingers, fingers).mean() + angle(own_relative, relative).mean())
        for own, true in zip(own_meshes, true_meshes):
            loss = loss + 50 * (own[0] - true[0]).abs().mean() + 50 * (own[1] - true[1]).abs().mean()
        loss = loss + 0.2 * (own_shape - shape).abs().mean() + 100 * (parts[3] - anchored).abs().mean()
        loss = loss + 1e-3 * 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean(0).sum()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimiser.step()
        with torch.no_grad():
            torch._foreach_lerp_(self.averaged, self.parameters, 0.0005)


PEERS = [Peer("prior_step_quickstart", "PyTorch twin", lambda: Step(48, 256, 2, 128), 0.8),
         Peer("prior_step_paper", "PyTorch twin", lambda: Step(128, 512, 4, 1024), 0.8)]
