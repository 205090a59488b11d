"""The sampler in PyTorch, with the registered names of the C++ modules, so that a checkpoint loads strictly."""
import math

import torch
from torch import nn
from torch.nn import functional as F

from twin_hand import interaction_from_state, matrix_from_six, six_from_matrix, state_from_interaction


def conv(inputs, outputs, kernel, stride=1):
    return nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False)


class Residual(nn.Module):
    """torchvision's BasicBlock (two 3x3) or, as a bottleneck, 1x1, 3x3 with the stride, 1x1."""

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
    def __init__(self, kind, width):
        super().__init__()
        bottleneck = kind == "resnet50"
        self.conv1, self.bn1 = conv(3, width, 7, 2), nn.BatchNorm2d(width)
        self.channels, inputs = [], width
        for i, blocks in enumerate({"resnet18": [2, 2, 2, 2], "resnet34": [3, 4, 6, 3], "resnet50": [3, 4, 6, 3]}[kind]):
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
    def __init__(self, config, maps):
        super().__init__()
        width, features, source = config["decoder"], config["features"], config["source"]
        self.trunk = Backbone(config["trunk"], config["width"])
        self.lateral = nn.ModuleList(nn.Conv2d(c, width, 1) for c in self.trunk.channels)
        self.refine = nn.ModuleList(nn.Sequential(conv(width, width, 3), nn.BatchNorm2d(width), nn.ReLU()) for _ in range(3))

        def head(channels):
            return nn.Sequential(conv(width, width, 3), nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, channels, 1))

        self.heatmap, self.mask = (head(maps) if maps else None), head(2)
        self.tau = nn.Sequential(nn.Linear(self.trunk.channels[3], 256), nn.ReLU(), nn.Linear(256, 3))
        part = features // 2 if source == "both" else features
        self.source = source
        self.stem_projection = self.decoder_projection = None
        if source == "both" or (source in ("stem", "layer1") and self.trunk.channels[0] != features):
            self.stem_projection = nn.Conv2d(self.trunk.channels[0], part, 1)
        if source not in ("stem", "layer1"):
            self.decoder_projection = nn.Conv2d(width, part, 1)

    def forward(self, image):
        mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
        deviation = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
        stages = self.trunk((image.float() / 255 - mean) / deviation)
        x = self.lateral[3](stages[3])
        for level in (2, 1, 0):
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False) + self.lateral[level](stages[level])
            x = self.refine[level](x)
        stem = stages[0] if self.stem_projection is None else self.stem_projection(stages[0])
        parts = {"stem": lambda: [stem], "layer1": lambda: [stem], "decoder": lambda: [self.decoder_projection(x)],
                 "both": lambda: [stem, self.decoder_projection(x)]}[self.source]()
        heat = self.heatmap(x) if self.heatmap is not None else x[:, :0]
        logit = self.mask(x)
        return {"F": torch.cat(parts, 1), "H": heat, "M": logit.sigmoid(), "mask_logit": logit, "tau": self.tau(stages[3].mean((2, 3)))}


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))

    def forward(self, queries, context):
        def split(x):
            return x.view(x.shape[0], x.shape[1], self.heads, -1).permute(0, 2, 1, 3)

        q, k, v = split(self.query(queries)), split(self.key(context)), split(self.value(context))
        weights = torch.softmax(q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5, dim=-1)
        return self.output((weights @ v).permute(0, 2, 1, 3).flatten(2))


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
    def __init__(self, config, features, maps, grid):
        super().__init__()
        self.config = config
        channels = config["features"] * features + config["iah"] * maps + config["mask"] * 2
        vit = config["kind"] == "vit"
        patch = config["patch"] if vit else 1
        self.embedding = nn.Conv2d(channels, config["width"], patch, stride=patch)
        self.position = nn.Parameter(torch.zeros(1, (grid // patch) ** 2, config["width"])) if vit else None
        self.blocks = nn.ModuleList(TransformerBlock(config["width"], config["heads"]) for _ in range(config["depth"] if vit else 0))
        self.norm = nn.LayerNorm(config["width"])

    def stack(self, out):
        return torch.cat([out[name] for name, key in (("F", "features"), ("H", "iah"), ("M", "mask")) if self.config[key]], 1)

    def forward(self, out):
        fused = self.stack(out)
        if self.position is None:
            fused = fused.mean((2, 3), keepdim=True)
        x = self.embedding(fused).flatten(2).transpose(1, 2)
        x = x if self.position is None else x + self.position
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


class Sampling(nn.Module):
    def __init__(self, config, tokens, latent):
        super().__init__()
        count, width = (1, tokens) if config["queries"] == "pooled" else (42, 32)
        self.queries = nn.Parameter(torch.zeros(1, count, tokens))
        self.query_norm, self.token_norm = nn.LayerNorm(tokens), nn.LayerNorm(tokens)
        self.attention = Attention(tokens, config["heads"])
        self.located = config["queries"] == "located"
        self.reduce, self.hidden = nn.Linear(tokens + 3 * self.located, width), nn.Linear(count * width, config["width"])
        self.z, self.view = nn.Linear(config["width"], 2 * latent), nn.Linear(config["width"], 18)

    def forward(self, tokens, iah):
        queries = self.query_norm(self.queries).expand(len(tokens), -1, -1)      # the residual connection also uses the normalised queries
        context = self.token_norm(tokens)
        if self.located:
            weight = iah.clamp(min=0) ** 4
            middles = (torch.arange(iah.shape[-1]) + 0.5) / iah.shape[-1] * 2 - 1
            total = weight.sum((2, 3)) + 1e-6
            x = torch.einsum("bjrc,c->bj", weight, middles) / total
            y = torch.einsum("bjrc,r->bj", weight, middles) / total
            side = math.isqrt(tokens.shape[1])
            square = context.transpose(1, 2).reshape(len(tokens), -1, side, side)
            there = F.grid_sample(square, torch.stack([x, y], -1)[:, None], padding_mode="border", align_corners=False)
            queries = queries + there[:, :, 0].transpose(1, 2)
        attended = queries + self.attention(queries, context)
        if self.located:
            attended = torch.cat([attended, torch.stack([x, y, iah.clamp(min=0).amax((2, 3))], -1)], -1)
        hidden = F.gelu(self.hidden(F.gelu(self.reduce(attended)).flatten(1)))
        mean, log_variance = self.z(hidden).chunk(2, dim=1)
        right, spread, camera, left = self.view(hidden).split([6, 3, 3, 6], dim=1)
        scale = 7.0 * torch.exp(camera[:, :1].clamp(-3, 3))
        return {"z_mean": mean, "z_log_variance": log_variance.clamp(-12, 8), "view_rotation": matrix_from_six(right),
                "view_rotation_log_variance": spread.clamp(-12, 4), "view_camera": torch.cat([scale, camera[:, 1:]], 1),
                "view_left_rotation": matrix_from_six(left), "view_six": torch.stack([right, left], 1)}


class ResidualBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm, self.expand, self.contract = nn.LayerNorm(width), nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x):
        return x + self.contract(F.silu(self.expand(self.norm(x))))


class ResidualMlp(nn.Module):
    def __init__(self, inputs, width, depth, outputs):
        super().__init__()
        self.input, self.output, self.norm = nn.Linear(inputs, width), nn.Linear(width, outputs), nn.LayerNorm(width)
        self.blocks = nn.ModuleList(ResidualBlock(width) for _ in range(depth))

    def forward(self, x):
        x = self.input(x)
        for block in self.blocks:
            x = block(x)
        return self.output(F.silu(self.norm(x)))


class InteractionPrior(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.anchor = config["anchor"]
        self.encoder = ResidualMlp(209, config["width"], config["depth"], 2 * config["latent"])
        self.decoder = ResidualMlp(config["latent"], config["width"], config["depth"], 209)
        self.register_buffer("state_mean", torch.zeros(209))
        self.register_buffer("state_deviation", torch.ones(209))
        self.register_buffer("aggregate_mean", torch.zeros(config["latent"]))
        self.register_buffer("aggregate_factor", torch.eye(config["latent"]))
        self.register_buffer("state_factor", torch.eye(209))
        self.register_buffer("temperature", torch.ones(()))

    def encode(self, interaction, hands):
        state = state_from_interaction(interaction, hands, self.anchor)
        mean, log_variance = self.encoder((state - self.state_mean) / self.state_deviation).chunk(2, dim=1)
        return mean, log_variance.clamp(-12, 8)

    def decode(self, z, hands):
        return self.interaction_of(self.decoder(z), hands)

    def interaction_of(self, normalised, hands):
        return interaction_from_state(normalised * self.state_deviation + self.state_mean, hands, self.anchor)


class Refinement(nn.Module):
    """One correction of z's mean, view and tau from S sampled at the projected joints."""

    def __init__(self, channels, width, code):
        super().__init__()
        self.code = code
        self.reduce = nn.Linear(channels + 2, 32)
        self.hidden = nn.Linear(42 * 32 + code + 18, width)
        self.correction = nn.Linear(width, code + 18)

    def forward(self, stack, out):
        joints = torch.cat([out["right_joints"], out["left_joints"]], 1).float()
        scale, shift = out["view_camera"][:, :1], out["view_camera"][:, 1:]
        places = scale.unsqueeze(1) * joints[..., :2] + shift.unsqueeze(1)
        found = F.grid_sample(stack, places.unsqueeze(1), align_corners=False).squeeze(2).transpose(1, 2)
        each = F.gelu(self.reduce(torch.cat([found, places.clamp(-2, 2)], 2))).flatten(1)
        state = torch.cat([each, out["z_mean"], out["view_six"].flatten(1), torch.log(scale), shift, out["tau"]], 1)
        said = self.correction(F.gelu(self.hidden(state)))
        z, six, camera, tau = said.split([self.code, 12, 3, 3], 1)
        out["z_mean"] = out["z_mean"] + z
        out["view_six"] = out["view_six"] + six.unflatten(1, (2, 6))
        out["view_rotation"] = matrix_from_six(out["view_six"][:, 0])
        out["view_left_rotation"] = matrix_from_six(out["view_six"][:, 1])
        out["view_camera"] = torch.cat([scale * torch.exp(camera[:, :1].clamp(-3, 3)), shift + camera[:, 1:]], 1)
        out["tau"] = out["tau"] + tau


class Sampler(nn.Module):
    def __init__(self, config, prior):
        super().__init__()
        self.config = config
        maps = {"none": 0, "visible_all": 1}.get(config["heatmap"]["kind"], 42)
        self.extraction = Extraction(config["extraction"], maps)
        self.fusion = Fusion(config["fusion"], config["extraction"]["features"], maps, config["image_size"] // 4)
        code = 209 if config["decoder"] == "direct" else prior["latent"]
        self.sampling = Sampling(config["sampling"], config["fusion"]["width"], code)
        channels = self.fusion.embedding.weight.shape[1]
        self.refinement = nn.ModuleList(
            Refinement(channels, config["sampling"]["width"], code) for _ in range(config["refine"]))
        self.prior = InteractionPrior(prior)

    def compose(self, interaction, out):
        """Both hands' 16 rotations and the left wrist, in frame root."""
        right, turn = out["view_rotation"], self.config["left_rotation"]
        left = right @ interaction["left_from_right"]
        if turn == "image":
            left = out["view_left_rotation"]
        elif turn == "both":
            left = matrix_from_six(six_from_matrix(left) + six_from_matrix(out["view_left_rotation"]))
        from_prior = (right @ interaction["left_in_right"].unsqueeze(-1)).squeeze(-1)
        wrist = {"image": out["tau"], "prior": from_prior, "both": (out["tau"] + from_prior) / 2}[self.config["relative_translation"]]
        return {"right_rotations": torch.cat([right.unsqueeze(1), interaction["right_fingers"]], 1),
                "left_rotations": torch.cat([left.unsqueeze(1), interaction["left_fingers"]], 1), "left_wrist": wrist}

    def forward(self, image, hands):
        out = self.extraction(image)
        out["X"] = self.fusion(out)
        out.update(self.sampling(out["X"], out.get("H")))
        interaction = self.place_hands(out, hands)
        for step in self.refinement:
            step(self.fusion.stack(out), out)
            interaction = self.place_hands(out, hands)
        out["posterior_mean"], out["posterior_log_variance"] = self.prior.encode(interaction, hands)
        return out

    def place_hands(self, out, hands):
        """Decodes z's mean and poses both hands."""
        direct = self.config["decoder"] == "direct"
        interaction = (self.prior.interaction_of if direct else self.prior.decode)(out["z_mean"], hands)
        out.update(interaction)
        out.update(self.compose(interaction, out))
        for side in ("right", "left"):
            wrist = out["left_wrist"] if side == "left" else torch.zeros_like(out["left_wrist"])
            mesh = hands[side].skin(out[f"{side}_rotations"].double(), out[f"{side}_shape"].double(), wrist.double())
            out[f"{side}_vertices"], out[f"{side}_joints"] = mesh
        return interaction
