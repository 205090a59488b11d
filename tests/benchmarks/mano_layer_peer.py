"""The MANO layer of the smplx package, with rotation matrices as input like interprior's, on a random hand of MANO's size."""
import contextlib
import os

import numpy as np
import torch
from smplx import MANOLayer
from smplx.utils import Struct

from mano_order import MANO_PARENTS
from peer import Peer
from random_hand import random_hand

BATCH, VERTICES = 64, 778


def smplx_layer(seed, dtype=torch.float32):
    model = random_hand(np.random.default_rng(seed), VERTICES)
    data = Struct(
        v_template=model["v_template"], shapedirs=model["shapedirs"], posedirs=model["posedirs"],
        J_regressor=model["J_regressor"], weights=model["weights"], f=model["faces"],
        kintree_table=np.array([MANO_PARENTS, range(16)], dtype=np.int64),
        hands_components=np.eye(45), hands_mean=model["hands_mean"])
    with open(os.devnull, "w") as silence, contextlib.redirect_stdout(silence):   # it warns about ten coefficients
        layer = MANOLayer("", data_struct=data, use_pca=False, flat_hand_mean=True, batch_size=BATCH, dtype=dtype)
    return layer.requires_grad_(False), torch.from_numpy(model["tips"])


def random_pose(with_gradient):
    torch.manual_seed(0)
    rotations = torch.linalg.qr(torch.randn(BATCH, 16, 3, 3))[0].requires_grad_(with_gradient)
    return rotations, torch.randn(BATCH, 10).requires_grad_(with_gradient), torch.randn(BATCH, 3).requires_grad_(with_gradient)


def hand(layer, tips, rotations, shape, translation):
    out = layer(betas=shape, global_orient=rotations[:, :1], hand_pose=rotations[:, 1:], transl=translation)
    return out.vertices, torch.cat([out.joints, out.vertices[:, tips]], 1)


def forward_backward():
    layer, tips = smplx_layer(1)
    pose = random_pose(True)
    slopes = [torch.ones(BATCH, VERTICES, 3), torch.ones(BATCH, 21, 3)]
    return lambda: torch.autograd.grad(hand(layer, tips, *pose), pose, slopes)


def forward():
    layer, tips = smplx_layer(1)
    pose = random_pose(False)
    return lambda: hand(layer, tips, *pose)


PEERS = [Peer("mano_forward_backward", "smplx", forward_backward, 0.5), Peer("mano_forward", "smplx", forward)]
