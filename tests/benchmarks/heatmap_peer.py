"""IAH targets joint by joint, batched over the samples, in PyTorch."""
import torch

from peer import Peer

BATCH, JOINTS, CROP, GRID, B, R = 64, 42, 256, 64, 1.5, 4.0


def on_grid():
    torch.manual_seed(0)
    return (CROP * torch.rand(BATCH, JOINTS, 2)) / (CROP / GRID) - 0.5


def members(places):
    """(B,J,J): 1 where joint j is in the neighbourhood of joint i."""
    return (torch.cdist(places, places) <= R).float()


def by_formula():
    """Each joint's map by the formula: the sum of every neighbour's kernel over all pixels, scaled to a peak of 1."""
    places = on_grid()
    pixel = torch.arange(GRID, dtype=torch.float32)

    def step():
        member = members(places)
        x, y = places[..., 0, None, None], places[..., 1, None, None]
        kernels = torch.exp(-((pixel[None, :] - x).abs() + (pixel[:, None] - y).abs()) / B)     # (B,J,G,G)
        maps = []
        for i in range(JOINTS):
            heat = (member[:, i, :, None, None] * kernels).sum(1)
            maps.append(heat / heat.amax((1, 2), keepdim=True))
        return torch.stack(maps, 1)

    return step


def separable():
    """Uses that the kernel is separable: a loop with one batched matrix product per joint."""
    places = on_grid()
    pixel = torch.arange(GRID, dtype=torch.float32)

    def step():
        member = members(places)
        across = torch.exp(-(pixel - places[..., :1]).abs() / B)
        down = torch.exp(-(pixel - places[..., 1:]).abs() / B)
        maps = []
        for i in range(JOINTS):
            heat = torch.einsum("bj,bjy,bjx->byx", member[:, i], down, across)
            maps.append(heat / heat.amax((1, 2), keepdim=True))
        return torch.stack(maps, 1)

    return step


PEERS = [Peer("iah_targets", "loop over joints", by_formula, 0.15), Peer("iah_targets", "separable loop over joints", separable)]
