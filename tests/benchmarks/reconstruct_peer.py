"""From crops of 256x256 to two meshes in PyTorch: channels last, fused attention, inference mode; the network of configs/paper."""
import functools

import torch

from peer import Peer
from sampler_step_peer import Step


class Reconstruct(Step):
    def __init__(self, rows, precision):
        super().__init__("paper_small", tuned=True, precision="fp32", image_size=256)
        self.bf16 = precision == "bf16"
        self.network.eval()
        self.image = torch.randint(0, 256, (rows, 3, 256, 256), dtype=torch.uint8).contiguous(memory_format=torch.channels_last)

    def conditional(self):
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
            out = self.network.extraction(self.image)
            out.update(self.network.sampling(self.network.fusion(out), out["H"]))
        return {name: value.float() if value.is_floating_point() else value for name, value in out.items()}

    @torch.inference_mode()
    def __call__(self):
        network, out = self.network, self.conditional()
        out.update(network.prior.interaction_of(network.prior.decoder(out["z_mean"]), self.hands))
        posed = network.compose(out, out)
        rotations = torch.stack([posed["right_rotations"], posed["left_rotations"]], 1)
        wrist = torch.stack([torch.zeros_like(out["tau"]), posed["left_wrist_in_root"]], 1)
        return self.meshes(rotations, torch.stack([out["right_shape"], out["left_shape"]], 1), wrist)


PEERS = [Peer(f"reconstruct_{rows}", "PyTorch channels last", functools.partial(Reconstruct, rows, "fp32"), wanted)
         for rows, wanted in ((1, 0.65), (16, 0.8))]
PEERS += [Peer(f"reconstruct_bf16_{rows}", "PyTorch autocast", functools.partial(Reconstruct, rows, "bf16"), 0.5) for rows in (1, 16)]
