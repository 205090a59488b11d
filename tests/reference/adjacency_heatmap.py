"""H, the joint maps (docs/method.md, Heatmaps), joint by joint and pixel by pixel in plain numpy: a reference for heatmap_target.

Rules in addition to the formula:
- the crop covers pixel coordinates -0.5 .. size - 0.5, since pixel centres are integers;
- b and r are given on a 64 grid; distances are measured in map pixels;
- a joint outside the crop: empty map, with loss; an unlabelled joint: empty map, no loss; neither is a neighbour;
- visible_all: one map, the sum over all labelled, visible joints inside; it has loss where any joint is labelled.
"""
import numpy as np


def kernel(name, dx, dy, b):
    if name == "laplace":
        return np.exp(-(abs(dx) + abs(dy)) / b)
    return np.exp(-(dx * dx + dy * dy) / (2 * b * b))


def mixture(centres, name, b, grid):
    """Equal-weight sum of kernels at the centres (x, y), peak 1; zeros without centres."""
    heat = np.zeros((grid, grid))
    for x, y in centres:
        for row in range(grid):
            for column in range(grid):
                heat[row, column] += kernel(name, column - x, row - y, b)
    return heat / heat.max() if centres else heat


def heatmap_target(config, image, camera, valid, visible, size, grid):
    """config: kind, neighbourhood, kernel, b, r, r_space. image (B,42,2) px, camera (B,42,3) m, valid and visible (B,42) bool.
    Returns maps (B,C,G,G) and has_loss (B,C)."""
    stride = size / grid
    b, radius = config["b"] * grid / 64, config["r"] * grid / 64
    maps, losses = [], []
    for s in range(len(image)):
        inside = [all(-0.5 <= value <= size - 0.5 for value in image[s, j]) for j in range(42)]
        usable = [bool(inside[j] and valid[s, j]) for j in range(42)]
        centre = [tuple((value + 0.5) / stride - 0.5 for value in image[s, j]) for j in range(42)]
        if config["kind"] == "none":
            maps.append(np.zeros((0, grid, grid)))
            losses.append(np.zeros(0, dtype=bool))
            continue
        if config["kind"] == "visible_all":
            shown = [centre[j] for j in range(42) if usable[j] and visible[s, j]]
            maps.append(mixture(shown, config["kernel"], b, grid)[None])
            losses.append(np.array([valid[s].any()]))
            continue
        rows = []
        for i in range(42):
            if not usable[i]:
                rows.append(np.zeros((grid, grid)))
                continue
            members = []
            for j in range(42):
                if config["kind"] == "joint":
                    near = i == j
                elif config["neighbourhood"] == "image":
                    near = np.hypot(centre[j][0] - centre[i][0], centre[j][1] - centre[i][1]) <= radius
                else:
                    near = np.linalg.norm(camera[s, j] - camera[s, i]) <= config["r_space"]
                if near and usable[j]:
                    members.append(centre[j])
            rows.append(mixture(members, config["kernel"], b, grid))
        maps.append(np.stack(rows))
        losses.append(valid[s].astype(bool))
    return np.stack(maps), np.stack(losses)
