"""The interaction prior in PyTorch: the VAE, its normalising flow and unconditional samples. Needs only PyTorch.

Names are the registered names of the C++ modules (include/interprior/model/interaction_prior.h, code_flow.h). Modules of
interprior_torch.py use this file; its names are available there.
"""
import torch
from torch import nn
from torch.nn import functional as F

from torch_hands import STATE_SIZE, in_full_precision, interaction_from_state, state_from_interaction


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


class CouplingLayer(nn.Module):
    """Affine coupling (Dinh et al. 2017): y = kept x + (1 - kept) (x exp(s) + t); s (bounded) and t are functions of kept x."""

    LARGEST_LOG_SCALE = 2

    def __init__(self, size, width):
        super().__init__()
        self.register_buffer("kept", torch.zeros(size))  # which entries are kept stands in the checkpoint
        self.change = ResidualMlp(size, width, 1, 2 * size)

    def log_scale_and_shift(self, x):
        halves, moved = self.change(self.kept * x).chunk(2, dim=1), 1 - self.kept
        return moved * (self.LARGEST_LOG_SCALE * torch.tanh(halves[0] / self.LARGEST_LOG_SCALE)), moved * halves[1]

    def forward(self, x):
        log_scale, shift = self.log_scale_and_shift(x)
        return x * torch.exp(log_scale) + shift

    def inverse(self, y):
        """x, and the log-determinant (N) of dy/dx."""
        log_scale, shift = self.log_scale_and_shift(y)
        return (y - shift) * torch.exp(-log_scale), log_scale.sum(1)


class CodeFlow(nn.Module):
    """The normalising flow of a prior: standard normal noise (N,Z) to codes (N,Z) whitened by the aggregated posterior's Gaussian."""

    def __init__(self, size, layers, width):
        super().__init__()
        self.layers = nn.ModuleList(CouplingLayer(size, width) for _ in range(layers))
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("factor", torch.eye(size))

    def forward(self, noise):
        for layer in self.layers:
            noise = layer(noise)
        return self.mean + noise @ self.factor.T

    def inverse(self, code):
        """The noise, and the log-determinant (N) of d code / d noise."""
        noise = torch.linalg.solve_triangular(self.factor, (code - self.mean).T, upper=False).T
        log_scale = self.factor.diagonal().log().sum()
        for layer in reversed(self.layers):
            noise, more = layer.inverse(noise)
            log_scale = log_scale + more
        return noise, log_scale


class InteractionPrior(nn.Module):
    """The VAE over two-hand interactions. An interaction is the dict of torch_hands.interaction_from_state."""

    def __init__(self, config):
        super().__init__()
        self.config, latent = config, config["latent"]
        self.encoder = ResidualMlp(STATE_SIZE, config["width"], config["depth"], 2 * latent)
        self.decoder = ResidualMlp(latent, config["width"], config["depth"], STATE_SIZE)
        self.register_buffer("state_mean", torch.zeros(STATE_SIZE))
        self.register_buffer("state_deviation", torch.ones(STATE_SIZE))
        self.register_buffer("state_factor", torch.eye(STATE_SIZE))
        self.register_buffer("aggregate_mean", torch.zeros(latent))
        self.register_buffer("aggregate_factor", torch.eye(latent))
        self.register_buffer("temperature", torch.ones(()))
        self.flow = None
        if config.get("density") == "flow":
            self.flow = CodeFlow(latent, config["flow_layers"], config["flow_width"])

    def encode(self, interaction, hands):
        """Mean and log-variance (B,Z) of the posterior of z."""
        state = state_from_interaction(interaction, hands, self.config["anchor"])
        mean, log_variance = in_full_precision(self.encoder((state - self.state_mean) / self.state_deviation)).chunk(2, dim=1)
        return mean, log_variance.clamp(-12, 8)

    def decode(self, z, hands):
        """The interaction of a code z (B,Z)."""
        return self.interaction_of(in_full_precision(self.decoder(z)), hands)

    def interaction_of(self, normalised_state, hands):
        """The interaction of a normalised state (B,209), the decoder's output."""
        return interaction_from_state(normalised_state * self.state_deviation + self.state_mean, hands, self.config["anchor"])

    def from_aggregate(self, noise):
        """Codes z (N,Z) of the aggregated posterior (Tomczak and Welling 2018), through the flow if there is one, from standard
        normal noise (N,Z)."""
        return self.aggregate_mean + (noise if self.flow is None else self.flow(noise)) @ self.aggregate_factor.T

    def to_aggregate(self, z):
        """The noise (N,Z) of codes z (N,Z)."""
        code = torch.linalg.solve_triangular(self.aggregate_factor, (z - self.aggregate_mean).T, upper=False).T
        return code if self.flow is None else self.flow.inverse(code)[0]

    def sample(self, noise, hands, temperature=None):
        """Interactions from noise (N,Z); temperature: standard deviation of the noise, None: the one selected in training."""
        return self.decode(self.from_aggregate((self.temperature if temperature is None else temperature) * noise), hands)
