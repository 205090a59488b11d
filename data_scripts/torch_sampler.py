"""The sampler in PyTorch, with the registered names of the C++ modules, so that checkpoints load strictly. Needs only PyTorch.

Names follow include/interprior/model: extraction (figure a), fusion (b), sampling (c), refinement, sampler. Modules of
interprior_torch.py use this file; its names are available there.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F

from torch_hands import (SIDES, STATE_SIZE, in_full_precision, matrix_from_axis_angle, matrix_from_rot6d, rot6d_from_matrix, turned,
                         without_autocast)
from torch_prior import InteractionPrior
from whole_file import require

USUAL_SCALE = 7.0  # s of two hands that fill a crop, 1/m; predicted scales are relative to it
HEATMAP_CHANNELS = {"none": 0, "visible_all": 1, "joint": 42, "iah": 42}
BLOCKS = {"resnet18": [2, 2, 2, 2], "resnet34": [3, 4, 6, 3], "resnet50": [3, 4, 6, 3]}


def conv(inputs, outputs, kernel, stride=1):
    return nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False)


class Residual(nn.Module):
    """torchvision's BasicBlock (two 3x3) or, as a bottleneck, 1x1, 3x3 with the stride, 1x1 to four times the width."""

    def __init__(self, inputs, width, stride, bottleneck):
        super().__init__()
        outputs = width * 4 if bottleneck else width
        plan = [(inputs, width, 1, 1), (width, width, 3, stride), (width, outputs, 1, 1)] if bottleneck else \
            [(inputs, width, 3, stride), (width, width, 3, 1)]
        self.depth = len(plan)
        for i, step in enumerate(plan, start=1):
            setattr(self, f"conv{i}", conv(*step))
            setattr(self, f"bn{i}", nn.BatchNorm2d(step[1]))
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = x
        for i in range(1, self.depth + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            y = F.relu(y) if i < self.depth else y
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class Backbone(nn.Module):
    """A ResNet without its classifier; `forward` returns the four stages, strides 4 to 32."""

    def __init__(self, kind, width):
        super().__init__()
        bottleneck = kind == "resnet50"
        self.conv1, self.bn1 = conv(3, width, 7, 2), nn.BatchNorm2d(width)
        self.channels, inputs = [], width
        for i, blocks in enumerate(BLOCKS[kind]):
            stage = []
            for b in range(blocks):
                stage.append(Residual(inputs, width << i, 2 if i > 0 and b == 0 else 1, bottleneck))
                inputs = (width << i) * (4 if bottleneck else 1)
            setattr(self, f"layer{i + 1}", nn.Sequential(*stage))
            self.channels.append(inputs)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, stride=2, padding=1)
        stages = []
        for i in range(1, 5):
            x = getattr(self, f"layer{i}")(x)
            stages.append(x)
        return stages


class Extraction(nn.Module):
    """Figure (a): F, H, M and tau of images (B,3,S,S), RGB, uint8 or floating from 0 to 255."""

    def __init__(self, config, heatmap_channels):
        super().__init__()
        width, features, self.source = config["decoder"], config["features"], config["source"]
        self.trunk = Backbone(config["trunk"], config["width"])
        channels = self.trunk.channels
        self.lateral = nn.ModuleList(nn.Conv2d(c, width, 1) for c in channels)
        self.refine = nn.ModuleList(nn.Sequential(conv(width, width, 3), nn.BatchNorm2d(width), nn.ReLU()) for _ in range(3))

        def head(maps):
            return nn.Sequential(conv(width, width, 3), nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, maps, 1))

        self.heatmap, self.mask = (head(heatmap_channels) if heatmap_channels else None), head(2)
        self.tau = nn.Sequential(nn.Linear(channels[3], 256), nn.ReLU(), nn.Linear(256, 3))
        part = features // 2 if self.source == "both" else features
        self.stem_projection = self.decoder_projection = None
        if self.source == "both" or (self.source == "layer1" and channels[0] != features):
            self.stem_projection = nn.Conv2d(channels[0], part, 1)
        if self.source != "layer1":
            self.decoder_projection = nn.Conv2d(width, part, 1)
        # ImageNet's mean and standard deviation, as torchvision's weights expect.
        self.register_buffer("image_mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("image_stddev", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1), persistent=False)

    def forward(self, image):
        stages = self.trunk((image.to(self.image_mean.dtype) / 255 - self.image_mean) / self.image_stddev)
        x = self.lateral[3](stages[3])
        for level in (2, 1, 0):
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False) + self.lateral[level](stages[level])
            x = self.refine[level](x)
        maps = []
        if self.source != "decoder":
            maps.append(stages[0] if self.stem_projection is None else self.stem_projection(stages[0]))
        if self.source != "layer1":
            maps.append(self.decoder_projection(x))
        logit = self.mask(x)
        return {"F": torch.cat(maps, 1), "H": x[:, :0] if self.heatmap is None else self.heatmap(x), "M": logit.sigmoid(),
                "mask_logit": logit, "tau": self.tau(stages[3].mean((2, 3)))}


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))

    def forward(self, queries, context):
        q, k, v = (layer(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
                   for layer, x in ((self.query, queries), (self.key, context), (self.value, context)))
        return self.output(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class TransformerBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.attention_norm, self.mlp_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.expand, self.contract = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        normed = self.attention_norm(x)
        x = x + self.attention(normed, normed)
        return x + self.contract(F.gelu(self.expand(self.mlp_norm(x))))


class Fusion(nn.Module):
    """Figure (b): S = concat(F, H, M) to tokens X (B,N,D). If the cues have no F, its weights are skipped, which acts like F = 0."""

    def __init__(self, config, features, heatmap_channels, grid):
        super().__init__()
        self.config = config
        channels = config["features"] * features + config["iah"] * heatmap_channels + config["mask"] * 2
        vit, width = config["kind"] == "vit", config["width"]
        patch = config["patch"] if vit else 1
        self.embedding = nn.Conv2d(channels, width, patch, stride=patch)
        self.position = nn.Parameter(torch.zeros(1, (grid // patch) ** 2, width)) if vit else None
        self.blocks = nn.ModuleList(TransformerBlock(width, config["heads"]) for _ in range(config["depth"] if vit else 0))
        self.norm = nn.LayerNorm(width)

    def stack(self, cues):
        """S (B,channels,G,G)."""
        return torch.cat([cues[name] for name, key in (("F", "features"), ("H", "iah"), ("M", "mask"))
                          if self.config[key] and name in cues], 1)

    def forward(self, cues):
        fused = self.stack(cues)
        if self.position is None:
            fused = fused.mean((2, 3), keepdim=True)
        weight = self.embedding.weight[:, self.embedding.in_channels - fused.shape[1]:]
        x = F.conv2d(fused, weight, self.embedding.bias, self.embedding.stride).flatten(2).transpose(1, 2)
        x = x if self.position is None else x + self.position
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


@without_autocast
def joint_places(heatmaps):
    """Location of each map (B,J,G,G): x and y in half crops from the centre, and peak height (B,J,3)."""
    present = heatmaps.clamp(min=0)
    weights, grid = present.square().square(), heatmaps.shape[-1]
    cell = (2 * torch.arange(grid, dtype=weights.dtype, device=weights.device) + 1) / grid - 1
    mass = weights.sum((2, 3)) + 1e-6
    return torch.stack([weights.sum(2) @ cell / mass, weights.sum(3) @ cell / mass, present.amax((2, 3))], 2)


def sampled_at(maps, places, padding):
    """Bilinear samples (B,J,C) of maps (B,C,G,G) at places (B,J,2) in half crops from the centre."""
    found = F.grid_sample(in_full_precision(maps), in_full_precision(places).unsqueeze(1), padding_mode=padding, align_corners=False)
    return found.squeeze(2).transpose(1, 2)


class Sampling(nn.Module):
    """Figure (c): the Gaussian of the code z given the image, and the view."""

    def __init__(self, config, tokens, code):
        super().__init__()
        count, width = (1, tokens) if config["queries"] == "pooled" else (42, 32)
        self.queries = nn.Parameter(0.02 * torch.randn(1, count, tokens))
        self.query_norm, self.token_norm = nn.LayerNorm(tokens), nn.LayerNorm(tokens)
        self.attention = Attention(tokens, config["heads"])
        self.located = config["queries"] == "located"
        self.reduce, self.hidden = nn.Linear(tokens + 3 * self.located, width), nn.Linear(count * width, config["width"])
        self.z, self.view = nn.Linear(config["width"], 2 * code), nn.Linear(config["width"], 18)

    def forward(self, tokens, heatmaps):
        queries = self.query_norm(self.queries).expand(tokens.shape[0], -1, -1)
        context = self.token_norm(tokens)
        if self.located:
            places = joint_places(heatmaps)
            side = math.isqrt(tokens.shape[1])
            queries = queries + sampled_at(context.transpose(1, 2).unflatten(2, (side, side)), places[..., :2], "border")
        attended = queries + self.attention(queries, context)  # the residual connection also uses the normalised queries
        if self.located:
            attended = torch.cat([attended, places.to(attended.dtype)], 2)
        hidden = F.gelu(self.hidden(F.gelu(self.reduce(attended)).flatten(1)))
        mean, log_variance = in_full_precision(self.z(hidden)).chunk(2, dim=1)
        right, rotation_log_variance, camera, left = in_full_precision(self.view(hidden)).split([6, 3, 3, 6], dim=1)
        scale = USUAL_SCALE * torch.exp(camera[:, :1].clamp(-3, 3))
        return {"z_mean": mean, "z_log_variance": log_variance.clamp(-12, 8), "view_rotation": matrix_from_rot6d(right),
                "view_rotation_log_variance": rotation_log_variance.clamp(-12, 4),
                "view_camera": torch.cat([scale, camera[:, 1:]], 1), "view_left_rotation": matrix_from_rot6d(left),
                "view_rot6d": torch.stack([right, left], 1)}


class Refinement(nn.Module):
    """One correction of z's mean, the view and tau from S sampled at the projected joints."""

    def __init__(self, channels, width, code):
        super().__init__()
        self.code = code
        self.reduce = nn.Linear(channels + 2, 32)
        self.hidden = nn.Linear(42 * 32 + code + 18, width)
        self.correction = nn.Linear(width, code + 18)

    def forward(self, stack, out):
        scale, shift = out["view_camera"][:, :1], out["view_camera"][:, 1:]
        joints = torch.cat([out["right_joints_in_root"], out["left_joints_in_root"]], 1).to(scale.dtype)
        places = scale.unsqueeze(1) * joints[..., :2] + shift.unsqueeze(1)
        found = torch.cat([sampled_at(stack, places, "zeros"), places.clamp(-2, 2)], 2)
        weight = self.reduce.weight[:, self.reduce.in_features - found.shape[2]:]  # F comes first in S and may be absent
        each = F.gelu(F.linear(found, weight, self.reduce.bias)).flatten(1)
        state = torch.cat([each, out["z_mean"], out["view_rot6d"].flatten(1), torch.log(scale), shift, out["tau"]], 1)
        correction = in_full_precision(self.correction(F.gelu(self.hidden(state))))
        z, rot6d, camera, tau = correction.split([self.code, 12, 3, 3], 1)
        out["z_mean"] = out["z_mean"] + z
        out["view_rot6d"] = out["view_rot6d"] + rot6d.unflatten(1, (2, 6))
        out["view_rotation"] = matrix_from_rot6d(out["view_rot6d"][:, 0])
        out["view_left_rotation"] = matrix_from_rot6d(out["view_rot6d"][:, 1])
        out["view_camera"] = torch.cat([scale * torch.exp(camera[:, :1].clamp(-3, 3)), shift + camera[:, 1:]], 1)
        out["tau"] = out["tau"] + tau


@without_autocast
def _composed(right, view_left, left_from_right, left_in_right, tau, config):
    """Rotation and position of the left wrist in frame root."""
    left, position = right @ left_from_right, turned(right, left_in_right)
    if config["left_rotation"] == "image":
        left = view_left
    elif config["left_rotation"] == "both":
        left = matrix_from_rot6d(rot6d_from_matrix(left) + rot6d_from_matrix(view_left))
    if config["relative_translation"] == "image":
        position = tau
    elif config["relative_translation"] == "both":
        position = 0.5 * (position + tau)
    return left, position


class Sampler(nn.Module):
    """Extraction, fusion, sampling and the prior's decoder in sequence; prior: the config of InteractionPrior."""

    def __init__(self, config, prior):
        super().__init__()
        self.config = config
        heatmaps, code = HEATMAP_CHANNELS[config["heatmap"]["kind"]], STATE_SIZE if config["decoder"] == "direct" else prior["latent"]
        self.extraction = Extraction(config["extraction"], heatmaps)
        self.fusion = Fusion(config["fusion"], config["extraction"]["features"], heatmaps, config["image_size"] // 4)
        self.sampling = Sampling(config["sampling"], config["fusion"]["width"], code)
        channels, width = self.fusion.embedding.in_channels, config["sampling"]["width"]
        self.refinement = nn.ModuleList(Refinement(channels, width, code) for _ in range(config["refine"]))
        self.prior = InteractionPrior(prior)

    def forward(self, image, hands):
        """All outputs for images (B,3,S,S) as a dict (docs/deploy.md lists the names); hands: TwoHands."""
        size = self.config["image_size"]
        require(tuple(image.shape[1:]) == (3, size, size), f"the image has shape {tuple(image.shape)}, expected (B, 3, {size}, {size})")
        require(image.dtype == torch.uint8 or image.is_floating_point(), f"the image is {image.dtype}, expected uint8 or floating, 0 to 255")
        return self.from_cues(self.extraction(image), hands)

    def from_cues(self, cues, hands):
        """From figure (b) on, with given H, M, tau and perhaps F."""
        out = dict(cues)
        out["X"] = self.fusion(out)
        out.update(self.sampling(out["X"], out.get("H")))
        out["tau"] = in_full_precision(out["tau"])
        self._place_hands(out, hands)
        for step in self.refinement:
            step(self.fusion.stack(out), out)
            self._place_hands(out, hands)
        return out

    def sample(self, out, noise, hands, temperature=1.0):
        """K hypotheses per image from one forward pass; noise (K,B,Z+3) standard normal, of z and of the view's rotation. Tensors of
        the result have K*B rows, those of the first hypothesis first."""
        (batch, code), count = out["z_mean"].shape, noise.shape[0]
        require(noise.dim() == 3 and tuple(noise.shape[1:]) == (batch, code + 3),
                f"the noise has shape {tuple(noise.shape)}, expected (K, {batch}, {code + 3})")
        noise = temperature * noise

        def repeated(tensor):
            return tensor.repeat(count, *[1] * (tensor.dim() - 1))

        z = out["z_mean"] + torch.exp(0.5 * out["z_log_variance"]) * noise[:, :, :code]
        # Without the alignment loss, the variance of the code is untrained.
        z = z.flatten(0, 1) if self.config["decoder"] == "prior" else repeated(out["z_mean"])
        turn = matrix_from_axis_angle((torch.exp(0.5 * out["view_rotation_log_variance"]) * noise[:, :, code:]).flatten(0, 1))
        sampled = {"z_mean": z, "tau": repeated(out["tau"]), "view_rotation": repeated(out["view_rotation"]) @ turn,
                   "view_left_rotation": repeated(out["view_left_rotation"]) @ turn}
        self._place_hands(sampled, hands)
        return sampled

    def compose(self, interaction, out):
        """Both hands' 16 rotations (B,16,3,3) and the left wrist (B,3) in frame root, from an interaction and the view."""
        right = out["view_rotation"]
        left, wrist = _composed(right, out["view_left_rotation"], interaction["left_from_right"], interaction["left_in_right"], out["tau"],
                                self.config)
        return {"right_rotations": torch.cat([right.unsqueeze(1), interaction["right_fingers"]], 1),
                "left_rotations": torch.cat([left.unsqueeze(1), interaction["left_fingers"]], 1), "left_wrist_in_root": wrist}

    def _place_hands(self, out, hands):
        """Decodes z's mean and poses both hands."""
        decode = self.prior.interaction_of if self.config["decoder"] == "direct" else self.prior.decode
        out.update(decode(out["z_mean"], hands))
        out.update(self.compose(out, out))
        for side in SIDES:
            wrist = out["left_wrist_in_root"] if side == "left" else torch.zeros_like(out["left_wrist_in_root"])
            mesh = hands[side](out[f"{side}_rotations"], out[f"{side}_shape"], wrist)
            out[f"{side}_vertices_in_root"], out[f"{side}_joints_in_root"] = mesh
