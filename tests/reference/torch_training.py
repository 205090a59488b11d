"""Uses data_scripts/interprior_torch.py as a user does: torch_training.py FOLDER.

FOLDER holds sampler.safetensors, prior.safetensors and hand.h5. Fine-tunes the sampler on joints, and writes tuned.safetensors and
outputs.safetensors (`image`, joints of both hands). Exit code 1 if a step does not lower the loss, if a part of the network is not trained
or a frozen one is, or if a tensor is on another device than the network. tests/integration/interprior_torch_test.cc runs this.
"""
import pathlib
import sys

import torch
from safetensors.torch import save_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "data_scripts"))
import interprior_torch

STEPS = 12


def joints_of(out):
    return torch.stack([out["right_joints_in_root"], out["left_joints_in_root"]], 1)


def train(network, hands, image, target):
    """Losses of the steps, and gradients of the first."""
    optimiser = torch.optim.Adam([parameter for parameter in network.parameters() if parameter.requires_grad], lr=1e-3)
    losses, gradients = [], {}
    for _ in range(STEPS):
        loss = (joints_of(network(image, hands)) - target).square().sum(-1).mean()
        optimiser.zero_grad()
        loss.backward()
        gradients = gradients or {name: parameter.grad.clone() for name, parameter in network.named_parameters()
                                  if parameter.grad is not None}
        optimiser.step()
        losses.append(loss.item())
    return losses, gradients


def check_training(network, hands, image):
    target = joints_of(network(image, hands)).detach()
    target[:, 1] += 0.05  # the left hand, m
    network.train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    losses, gradients = train(network, hands, image, target)
    assert losses[-1] < 0.9 * losses[0], f"the loss went from {losses[0]} to {losses[-1]}"
    for part in ("extraction.trunk.", "fusion.", "sampling."):
        assert any(name.startswith(part) and gradient.abs().max() > 0 for name, gradient in gradients.items()), f"no gradient in {part}"
    changed = [name for name, tensor in network.state_dict().items() if not torch.equal(tensor, before[name])]
    assert not [name for name in changed if name.startswith("prior.")], "the frozen prior changed"
    assert any(name.endswith("running_mean") for name in changed), "norm statistics do not follow in training mode"


def check_devices(path, hand):
    """On the device `meta`, an operation with a tensor of another device raises."""
    network, hands = interprior_torch.load(path).to("meta").train(), interprior_torch.read_hands(hand).to("meta")
    out = network(torch.empty(2, 3, network.config["image_size"], network.config["image_size"], device="meta", dtype=torch.uint8), hands)
    code = out["z_mean"].shape[1]
    sampled = network.sample(out, torch.empty(3, 2, code + 3, device="meta"), hands)
    again = network.prior.sample(torch.empty(2, network.prior.config["latent"], device="meta"), hands)
    network.prior.encode(out, hands)
    found = [*out.values(), *sampled.values(), *again.values(), *interprior_torch.mano_parameters(out, hands).values()]
    assert all(tensor.device.type == "meta" for tensor in found)


def check_layer(hand):
    """Derivatives of the MANO layer against differences, in float64."""
    hands = interprior_torch.read_hands(hand, dtype=torch.float64)
    random = [0.3 * torch.randn(shape, dtype=torch.float64) for shape in [(1, 16, 3), (1, 10), (1, 3)]]
    for side in ("right", "left"):
        def posed(pose, shape, wrist):
            return hands[side](interprior_torch.matrix_from_axis_angle(pose), shape, wrist)
        assert torch.autograd.gradcheck(posed, [value.requires_grad_() for value in random], fast_mode=True)


def check_parameters(network, hands, image):
    """MANO parameters and back: the same joints."""
    out = network(image, hands)
    mano = interprior_torch.mano_parameters(out, hands)
    for i, side in enumerate(("right", "left")):
        rotations = interprior_torch.matrix_from_axis_angle(mano["pose"][:, i].unflatten(1, (16, 3)))
        wrist = hands[side].rest_joints(mano["shape"][:, i])[:, 0] + mano["translation"][:, i]
        joints = hands[side](rotations, mano["shape"][:, i], wrist)[1]
        assert (joints - out[f"{side}_joints_in_root"]).abs().max() < 1e-6, "MANO parameters give other joints"


def main():
    folder = pathlib.Path(sys.argv[1])
    torch.manual_seed(0)
    hands = interprior_torch.read_hands(folder / "hand.h5", like=folder / "sampler.safetensors")
    network = interprior_torch.load(folder / "sampler.safetensors")
    size = network.config["image_size"]
    image = torch.randint(0, 256, (4, 3, size, size), dtype=torch.uint8)
    with torch.no_grad():
        check_parameters(network, hands, image)
    check_training(network, hands, image)
    check_devices(folder / "sampler.safetensors", folder / "hand.h5")
    check_layer(folder / "hand.h5")
    interprior_torch.save(network, folder / "tuned.safetensors", like=folder / "sampler.safetensors", splits="val")
    with torch.no_grad():
        joints = joints_of(network.eval()(image, hands))
    save_file({"image": image, "right": joints[:, 0].contiguous(), "left": joints[:, 1].contiguous()}, folder / "outputs.safetensors")
    prior = interprior_torch.load(folder / "prior.safetensors")
    interprior_torch.save(prior, folder / "prior_again.safetensors", like=folder / "prior.safetensors")


if __name__ == "__main__":
    main()
