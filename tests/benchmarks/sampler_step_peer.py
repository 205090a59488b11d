"""One training step of the sampler in PyTorch, from labels to EMA weights: `train sampler` while all parts are trained jointly, with
every loss that has a default weight. *plain* is a straightforward implementation; *tuned* has channels last, fused attention, fused
AdamW and one call for all EMA weights. Hands and losses are fp32 in both precisions.
"""
import functools
import types

import torch
from torch import nn
from torch.nn import functional as F

from peer import Peer
from prior_step_peer import Side, angle, rodrigues, turned
from torch_hands import rot6d_from_matrix
from torch_sampler import Attention, Sampler

# The networks of configs/quickstart/sampler.yaml and configs/paper/sampler.yaml, with all defaults written out.
COMMON = {"relative_translation": "image", "left_rotation": "prior", "decoder": "prior", "refine": 0}
SAMPLERS = {
    "quickstart": COMMON | {
        "image_size": 96, "heatmap": {"kind": "iah", "b": 3.0, "r": 4.0},
        "extraction": {"trunk": "resnet18", "width": 16, "features": 32, "decoder": 32, "source": "decoder"},
        "fusion": {"kind": "vit", "patch": 4, "depth": 2, "width": 128, "heads": 4, "features": True, "iah": True, "mask": True},
        "sampling": {"queries": "located", "heads": 4, "width": 256}},
    "paper_small": COMMON | {
        "image_size": 128, "heatmap": {"kind": "iah", "b": 1.5, "r": 4.0},
        "extraction": {"trunk": "resnet50", "width": 64, "features": 256, "decoder": 256, "source": "layer1"},
        "fusion": {"kind": "vit", "patch": 8, "depth": 6, "width": 384, "heads": 6, "features": True, "iah": True, "mask": True},
        "sampling": {"queries": "joints", "heads": 6, "width": 512}},
}
SAMPLERS["paper"] = SAMPLERS["paper_small"] | {"image_size": 256}     # only on a GPU (gpu_steps.py)
PRIORS = {"quickstart": {"latent": 48, "width": 256, "depth": 2, "anchor": "knuckle"},
          "paper_small": {"latent": 128, "width": 512, "depth": 4, "anchor": "knuckle"}}
PRIORS["paper"] = PRIORS["paper_small"]
BATCHES = {"quickstart": 16, "paper_small": 4, "paper": 32}


class Hand(Side):
    def rest_middle_mcp(self, shape):   # same name as in torch_hands.py
        return self.knuckle(shape.float())


def random_batch(rows, size):
    rotations = rodrigues(0.4 * torch.randn(rows * 2 * 16, 3)).view(rows, 2, 16, 3, 3)
    wrist = torch.stack([torch.zeros(rows, 3), 0.1 * torch.randn(rows, 3)], 1)
    return {"image": torch.randint(0, 256, (rows, 3, size, size), dtype=torch.uint8), "rotations": rotations,
            "shape": 0.5 * torch.randn(rows, 2, 10), "wrist": wrist,
            "root": torch.tensor([0, 0, 0.6]) + 0.03 * torch.randn(rows, 3),
            "focal": torch.full((rows, 2), 2.4 * size), "principal": torch.full((rows, 2), 0.5 * size),
            "mask": (torch.rand(rows, 2, size // 4, size // 4) < 0.2).float(), "mask_valid": torch.ones(rows),
            "joint_valid": torch.ones(rows, 42), "has_both": torch.ones(rows)}


def projected(joints, root, batch):
    """Projects joints (B,2,21,3) m, frame root, to (B,42,2) px."""
    places = joints.flatten(1, 2) + root.unsqueeze(1)
    return places[..., :2] / places[..., 2:].clamp(min=0.05) * batch["focal"].unsqueeze(1) + batch["principal"].unsqueeze(1)


def iah_maps(pixels, valid, config):
    """All maps of all samples by one matrix product."""
    grid = config["image_size"] // 4
    b, r = config["heatmap"]["b"] * grid / 64, config["heatmap"]["r"] * grid / 64
    places = (pixels + 0.5) / 4 - 0.5
    present = ((places >= -0.5) & (places <= grid - 0.5)).all(-1) & (valid > 0)
    members = (torch.cdist(places, places) <= r) & present.unsqueeze(1) & present.unsqueeze(2)
    offsets = (torch.arange(grid) - places.unsqueeze(-1)).abs()                # (B,J,2,G)
    across, down = torch.exp(-offsets / b).unbind(2)
    weighted = members.unsqueeze(2) * down.transpose(1, 2).unsqueeze(1)        # (B,J,G,J)
    maps = (weighted.flatten(1, 2) @ across).view(len(places), 42, grid, grid)
    return maps / maps.amax((2, 3), keepdim=True).clamp(min=1e-30)


def rotation_vector(matrix):
    twice = matrix - matrix.transpose(1, 2)
    axis = torch.stack([twice[:, 2, 1], twice[:, 0, 2], twice[:, 1, 0]], 1) / 2
    sine = axis.norm(dim=1, keepdim=True)
    return axis / sine.clamp(min=1e-12) * torch.atan2(sine, (matrix.diagonal(dim1=1, dim2=2).sum(1, keepdim=True) - 1) / 2)


def plain_attention(self, queries, context):
    q, k, v = (layer(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
               for layer, x in ((self.query, queries), (self.key, context), (self.value, context)))
    weights = torch.softmax(q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5, dim=-1)
    return self.output((weights @ v).transpose(1, 2).flatten(2))


def optimiser_of(network, tuned):
    groups = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            decays = parameter.dim() >= 2 and name.rsplit(".", 1)[-1] not in ("position", "queries")
            groups.setdefault((".trunk." in name, decays), []).append(parameter)
    return torch.optim.AdamW([{"params": group, "lr": 1e-4 if trunk else 3e-4, "weight_decay": 0.05 if decays else 0.0}
                              for (trunk, decays), group in groups.items()], fused=True if tuned else None)


class Step:
    def __init__(self, size, tuned, precision, **changes):
        torch.manual_seed(0)
        self.config, self.tuned, self.precision = SAMPLERS[size] | changes, tuned, precision
        self.hands = {"right": Hand(1), "left": Hand(2)}
        self.network = Sampler(self.config, PRIORS[size]).train()
        self.network.prior.requires_grad_(False)
        for layer in (self.network.sampling.z, self.network.sampling.view):    # Gaussian and rotations are fp32
            layer.register_forward_hook(lambda module, inputs, output: output.float())
        if tuned:
            self.network.to(memory_format=torch.channels_last)
        else:
            for module in self.network.modules():
                if isinstance(module, Attention):
                    module.forward = types.MethodType(plain_attention, module)
        self.optimiser = optimiser_of(self.network, tuned)
        self.parameters = [p for p in self.network.parameters() if p.requires_grad]
        self.followed = self.parameters + [b for n, b in self.network.named_buffers() if "running" in n]
        self.averaged = [tensor.detach().clone() for tensor in self.followed]
        self.batch = random_batch(BATCHES[size], self.config["image_size"])

    def meshes(self, rotations, shape, wrist):
        """Vertices (B,2,V,3) and joints (B,2,21,3) of both hands."""
        parts = [self.hands[side](rotations[:, i], shape[:, i], wrist[:, i]) for i, side in enumerate(("right", "left"))]
        return [torch.stack(part, 1) for part in zip(*parts)]

    def cast(self):
        return torch.autocast(torch.get_default_device().type, torch.bfloat16, enabled=self.precision == "bf16")

    @torch.no_grad()
    def truth(self):
        batch = self.batch
        rotations, shape, wrist = batch["rotations"], batch["shape"], batch["wrist"]
        vertices, joints = self.meshes(rotations, shape, wrist)
        back = rotations[:, 0, 0].transpose(1, 2)
        interaction = {"right_fingers": rotations[:, 0, 1:], "left_fingers": rotations[:, 1, 1:], "right_shape": shape[:, 0],
                       "left_shape": shape[:, 1], "left_from_right": back @ rotations[:, 1, 0],
                       "left_in_right": turned(back, wrist[:, 1])}
        pixels, half = projected(joints, batch["root"], batch), self.config["image_size"] / 2
        depth = batch["root"][:, 2:] * half
        camera = torch.cat([batch["focal"][:, :1], batch["focal"] * batch["root"][:, :2]], 1) / depth
        with self.cast():
            posterior = self.network.prior.encode(interaction, self.hands)
        return {"vertices": vertices, "joints": joints, "pixels": pixels, "camera": camera, "posterior": posterior,
                "left_from_right": interaction["left_from_right"], "maps": iah_maps(pixels, batch["joint_valid"], self.config)}

    def losses(self):
        batch, network, truth, half = self.batch, self.network, self.truth(), self.config["image_size"] / 2
        image = batch["image"].contiguous(memory_format=torch.channels_last) if self.tuned else batch["image"]
        with self.cast():
            out = network.extraction(image)
            tokens = network.fusion(out)
            out.update(network.sampling(tokens, out["H"].float()))
            decoded = network.prior.decoder(out["z_mean"])
        out.update(network.prior.interaction_of(decoded.float(), self.hands))
        heat, logit, out["tau"] = out["H"].float(), out["mask_logit"].float(), out["tau"].float()
        posed = network.compose(out, out)

        def per_row(values, valid=batch["has_both"]):
            return (values.flatten(1).mean(1) * valid).mean()

        terms = {}
        maps, valid = truth["maps"], batch["joint_valid"]
        by_map = ((1 + 20 * maps) * (heat - maps).square()).mean((2, 3))
        terms["heatmap"] = 100, ((by_map * valid).sum(1) / valid.sum(1).clamp(min=1)).mean()
        by_pixel = F.binary_cross_entropy_with_logits(logit, batch["mask"], reduction="none")
        terms["mask"] = 10, per_row(by_pixel, batch["mask_valid"])
        terms["tau"] = 50, per_row((out["tau"] - batch["wrist"][:, 1]).abs())

        (mean, log_variance), own_mean, own_log_variance = truth["posterior"], out["z_mean"], out["z_log_variance"]
        spread = (log_variance.exp() + (mean - own_mean).square()) * (-own_log_variance).exp()
        terms["alignment"] = 0.02, per_row((0.5 * (spread - 1 + own_log_variance - log_variance)).sum(1, keepdim=True))

        rotations = torch.stack([posed["right_rotations"], posed["left_rotations"]], 1)
        shape = torch.stack([out["right_shape"], out["left_shape"]], 1)
        fingers = angle(rotations[:, :, 1:], batch["rotations"][:, :, 1:]).flatten(1)
        relative = angle(out["left_from_right"], truth["left_from_right"]).unsqueeze(1)
        terms["rotations"] = 2, per_row(torch.cat([relative, fingers], 1))
        terms["shape"] = 3, per_row((shape - batch["shape"]).abs())

        true_wrists = batch["rotations"][:, :, 0]
        terms["wrist"] = 2, per_row(angle(out["view_rotation"], true_wrists[:, 0]).unsqueeze(1))
        terms["wrist_rot6d"] = 20, per_row((out["view_rot6d"] - rot6d_from_matrix(true_wrists)).square())
        error = rotation_vector((out["view_rotation"].transpose(1, 2) @ true_wrists[:, 0]).detach())
        terms["rotation_nll"] = 0.1, per_row(0.5 * (error.square() * torch.exp(-out["view_rotation_log_variance"]) + out["view_rotation_log_variance"]))
        log_scale = torch.log(out["view_camera"][:, :1] / truth["camera"][:, :1])
        terms["camera"] = 5, per_row(torch.cat([log_scale, out["view_camera"][:, 1:] - truth["camera"][:, 1:]], 1).abs())

        wrist = torch.stack([torch.zeros_like(out["tau"]), posed["left_wrist_in_root"]], 1)
        vertices, joints = self.meshes(rotations, shape, wrist)
        turn = true_wrists @ rotations[:, :, 0].transpose(2, 3)
        for name, own, true in (("joints", joints, truth["joints"]), ("vertices", vertices, truth["vertices"])):
            straightened = (own - joints[:, :, :1]) @ turn.transpose(2, 3)
            terms[name] = 100, per_row((straightened - (true - truth["joints"][:, :, :1])).abs())
            terms[f"{name}_root"] = 20, per_row((own - true).abs())
        depth = batch["focal"][:, :1] / (half * out["view_camera"][:, :1])
        root = torch.cat([depth * half * out["view_camera"][:, 1:] / batch["focal"], depth], 1)
        off = ((projected(joints, root, batch) - truth["pixels"]) / half).clamp(-2, 2)
        terms["joints_2d"] = 10, per_row(off.abs())
        return terms

    def __call__(self):
        loss = sum(weight * value for weight, value in self.losses().values())
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimiser.step()
        with torch.no_grad():
            if self.tuned:
                torch._foreach_lerp_(self.averaged, self.followed, 0.0005)
            else:
                for average, value in zip(self.averaged, self.followed):
                    average.mul_(0.9995).add_(value, alpha=0.0005)


PEERS = [Peer(f"sampler_step_{size}{'_bf16' if precision == 'bf16' else ''}", f"PyTorch {'tuned' if tuned else 'plain'}",
              functools.partial(Step, size, tuned, precision), 1.03 if tuned else 0.8)
         for size in ("quickstart", "paper_small") for precision in ("fp32", "bf16") for tuned in (False, True)]
