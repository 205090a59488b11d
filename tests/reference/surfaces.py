"""The metrics "Of surfaces" of docs/protocols.md in plain numpy, one sample at a time: a reference for closed surfaces.

Exact up to rounding: boxes and spheres only skip pairs of a point and a face that cannot be nearest. Faces are
counter-clockwise seen from outside. Inputs in metres.
"""
import numpy as np

COLUMN = 1e-3       # m, the side of a column of intersection_cm3
CONTACT = 5.0       # mm
LARGEST_HAND = 0.4  # m, the longest side of the box of a mesh that is a hand
LONGEST_EDGES = 3   # times the mean edge at rest
SLACK = 1e-9        # m, rounding tolerance of sphere bounds
PAIRS = 1 << 18     # of points and faces per chunk


def close_rims(faces):
    """The faces and, for each open rim, a fan about its vertex of lowest index, oriented like the surface."""
    edges = {(int(face[k]), int(face[(k + 1) % 3])) for face in faces for k in range(3)}
    following = {a: b for a, b in edges if (b, a) not in edges}
    assert len(following) == sum((b, a) not in edges for a, b in edges), "two rims meet in a vertex"
    fans = []
    while following:
        first = vertex = min(following)
        rim = []
        while not rim or vertex != first:
            rim.append(vertex)
            vertex = following.pop(vertex)
        fans += [(first, rim[k + 1], rim[k]) for k in range(1, len(rim) - 1)]
    return np.concatenate([faces, np.array(fans, dtype=faces.dtype).reshape(-1, 3)])


class Surface:
    """A closed mesh: its vertices, the corners of its faces (F,3,3), a sphere about each face."""

    def __init__(self, vertices, closed_faces):
        self.vertices = np.asarray(vertices, dtype=np.float64)
        self.corners = self.vertices[closed_faces]
        self.centres = self.corners.mean(axis=1)
        self.radii = np.linalg.norm(self.corners - self.centres[:, None], axis=2).max(axis=1)
        self.low, self.high = self.vertices.min(axis=0), self.vertices.max(axis=0)


def ranges(first, last):
    """All integers of [first, last) of each row, concatenated, and the row of each."""
    count = np.maximum(last - first, 0)
    row = np.repeat(np.arange(len(count)), count)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + first[row]


def column_crossings(x, y, corners):
    """Crossing of the line through (x, y) along z with a face, row by row: sign (+1 leaves, -1 enters, 0 misses) and z.

    In the x-y plane a ray along x intersects the face's edges; each edge includes its lower but not its upper end. The intersection
    has the same x for both faces of an edge, so the signs of a closed surface sum to zero in every column.
    """
    sign = np.zeros(len(x), dtype=np.int64)
    nearest = [np.full(len(x), np.nan) for _ in range(4)]     # x and z of the intersected edges, at most x and above x
    for k in range(3):
        start, end = corners[:, k], corners[:, (k + 1) % 3]
        up = (start[:, 1] <= y) & (y < end[:, 1])
        down = (end[:, 1] <= y) & (y < start[:, 1])
        rows = np.flatnonzero(up | down)
        low = np.where(up[rows, None], start[rows], end[rows])
        high = np.where(up[rows, None], end[rows], start[rows])
        along = (y[rows] - low[:, 1]) / (high[:, 1] - low[:, 1])
        cut = low + along[:, None] * (high - low)
        beyond = cut[:, 0] > x[rows]
        sign[rows[beyond]] += np.where(up[rows[beyond]], 1, -1)
        for side, chosen in ((0, ~beyond), (2, beyond)):
            nearest[side][rows[chosen]] = cut[chosen, 0]
            nearest[side + 1][rows[chosen]] = cut[chosen, 2]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (x - nearest[0]) / (nearest[2] - nearest[0])
    return sign, nearest[1] + share * (nearest[3] - nearest[1])


def winding(points, surface):
    """Sum of the signed crossings of each point's ray along +z."""
    total = np.zeros(len(points), dtype=np.int64)
    candidates = np.flatnonzero(((points >= surface.low) & (points <= surface.high)).all(axis=1))
    candidates = candidates[np.argsort(points[candidates, 1], kind="stable")]
    low, high = surface.corners.min(axis=1), surface.corners.max(axis=1)
    sorted_y = points[candidates, 1]
    face, place = ranges(np.searchsorted(sorted_y, low[:, 1], "left"), np.searchsorted(sorted_y, high[:, 1], "right"))
    at = points[candidates[place]]
    kept = (at[:, 0] >= low[face, 0]) & (at[:, 0] <= high[face, 0]) & (at[:, 2] <= high[face, 2])
    face, place, at = face[kept], place[kept], at[kept]
    sign, z = column_crossings(at[:, 0], at[:, 1], surface.corners[face])
    above = (sign != 0) & (z > at[:, 2])
    np.add.at(total, candidates[place[above]], sign[above])
    return total


def to_segments(points, start, end):
    along = end - start
    length = (along * along).sum(axis=1)
    share = ((points - start) * along).sum(axis=1) / np.where(length > 0, length, 1)
    return np.linalg.norm(points - start - np.clip(share, 0, 1)[:, None] * along, axis=1)


def to_faces(points, corners):
    """Distance of each point from its face, row by row: to the plane if the point projects into the face, else to the nearest edge."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    nearest = np.minimum(np.minimum(to_segments(points, a, b), to_segments(points, b, c)), to_segments(points, c, a))
    normal = np.cross(b - a, c - a)
    length = np.linalg.norm(normal, axis=1)
    over = length > 0
    for start, end in ((a, b), (b, c), (c, a)):
        over &= (np.cross(end - start, points - start) * normal).sum(axis=1) >= 0
    height = np.abs(((points - a) * normal).sum(axis=1)) / np.where(over, length, 1)
    return np.where(over, np.minimum(nearest, height), nearest)


def centre_distances(points, surface):
    """Distances (N,F), computed relative to the surface's centre to reduce cancellation."""
    middle = (surface.low + surface.high) / 2
    p, c = points - middle, surface.centres - middle
    squares = (p * p).sum(axis=1)[:, None] + (c * c).sum(axis=1) - 2 * p @ c.T
    return np.sqrt(np.maximum(squares, 0))


def slack(points, surface):
    """Bound (m) on rounding errors: roots of rounded squares are off by up to the square root of epsilon times the lengths."""
    reach = np.abs(points - (surface.low + surface.high) / 2).max(initial=0) + np.abs(surface.high - surface.low).max()
    return SLACK + 1e-7 * reach


def depths(points, surface):
    """Distance of each point from the surface's nearest point."""
    nearest = np.zeros(len(points))
    step = max(1, PAIRS // len(surface.centres))
    for begin in range(0, len(points), step):
        some = points[begin:begin + step]
        centres = centre_distances(some, surface)
        point, face = np.nonzero(centres - surface.radii <= centres.min(axis=1, keepdims=True) + slack(some, surface))
        result = np.full(len(some), np.inf)
        np.minimum.at(result, point, to_faces(some[point], surface.corners[face]))
        nearest[begin:begin + step] = result
    return nearest


def smallest_distance(points, surface):
    """The smallest distance of any point from the surface."""
    from_box = np.linalg.norm(np.maximum(np.maximum(surface.low - points, points - surface.high), 0), axis=1)
    points = points[np.argsort(from_box, kind="stable")]
    from_box = np.sort(from_box)
    best, step = np.inf, 64
    for begin in range(0, len(points), step):
        if from_box[begin] > best:
            break                                            # later points are at least as far as their distance from the box
        some = points[begin:begin + step]
        centres = centre_distances(some, surface)
        bound = min(best, centres.min())
        point, face = np.nonzero(centres - surface.radii <= bound + slack(some, surface))
        if len(point):
            best = min(best, to_faces(some[point], surface.corners[face]).min())
    return best


def grid_crossings(surface, low, high):
    """All crossings of the columns with indices in the rectangle [low, high], ends included: column, sign, z."""
    first = np.maximum(np.floor(surface.corners.min(axis=1)[:, :2] / COLUMN - 0.5).astype(np.int64), low)
    last = np.minimum(np.ceil(surface.corners.max(axis=1)[:, :2] / COLUMN - 0.5).astype(np.int64), high) + 1
    rows, j = ranges(first[:, 1], np.where(last[:, 0] > first[:, 0], last[:, 1], first[:, 1]))
    found = []
    widths = np.cumsum(last[rows, 0] - first[rows, 0]) if len(rows) else np.zeros(0, dtype=np.int64)
    for part in np.split(np.arange(len(rows)), np.searchsorted(widths, np.arange(PAIRS, widths[-1] if len(rows) else 0, PAIRS))):
        line, i = ranges(first[rows[part], 0], last[rows[part], 0])
        line = part[line]
        sign, z = column_crossings((i + 0.5) * COLUMN, (j[line] + 0.5) * COLUMN, surface.corners[rows[line]])
        hit = sign != 0
        column = (j[line[hit]] - low[1]) * (high[0] - low[0] + 1) + i[hit] - low[0]
        found.append((column, sign[hit], z[hit]))
    return [np.concatenate(part) for part in zip(*found)]


def intersection_cm3(one, other):
    low, high = np.maximum(one.low, other.low), np.minimum(one.high, other.high)
    if (low > high).any():
        return 0.0
    first = np.floor(low[:2] / COLUMN - 0.5).astype(np.int64)
    last = np.ceil(high[:2] / COLUMN - 0.5).astype(np.int64)
    crossings = [grid_crossings(surface, first, last) for surface in (one, other)]
    columns = np.concatenate([part[0] for part in crossings])
    signs = np.concatenate([part[1] for part in crossings])
    z = np.concatenate([part[2] for part in crossings])
    which = np.repeat([0, 1], [len(part[0]) for part in crossings])
    order = np.lexsort((z, columns))
    columns, signs, z, which = columns[order], signs[order], z[order], which[order]
    # Every column's signs sum to zero for each surface, so a running sum over all columns is zero at the start of each.
    inside = [np.cumsum(np.where(which == surface, signs, 0)) != 0 for surface in (0, 1)]
    both = (inside[0] & inside[1])[:-1]
    assert not (both & (np.diff(columns) != 0)).any(), "crossings of a column do not sum to zero"
    return float((np.diff(z) * both).sum() * COLUMN ** 2 * 1e6)


def is_hand(vertices, model):
    """Whether a mesh is shaped like a hand, so that its surface is measured."""
    def mean_edge(points):
        corners = points[model["faces"]]
        return np.linalg.norm(corners - np.roll(corners, -1, axis=1), axis=2).mean()
    extent = vertices.max(axis=0) - vertices.min(axis=0)
    return extent.max() <= LARGEST_HAND and mean_edge(vertices) <= LONGEST_EDGES * mean_edge(model["v_template"])


def between(right, left):
    """penetration_mm, mean_depth_mm, intersection_cm3 and distance_mm of two surfaces."""
    deep = []
    for one, other in ((right, left), (left, right)):
        inside = winding(one.vertices, other) != 0
        deep.append(1000 * depths(one.vertices[inside], other))
    deep = np.concatenate(deep)
    if len(deep):
        distance = -deep.max()
    else:
        distance = 1000 * min(smallest_distance(right.vertices, left), smallest_distance(left.vertices, right))
    return {"penetration_mm": deep.max(initial=0.0), "mean_depth_mm": deep.mean() if len(deep) else 0.0,
            "intersection_cm3": intersection_cm3(right, left), "distance_mm": distance}


def overlap(right, left):
    """Intersection area of the tight boxes of the projected vertices, divided by the smaller box's area."""
    boxes = [(flat.min(axis=0), flat.max(axis=0)) for flat in (s.vertices[:, :2] / s.vertices[:, 2:] for s in (right, left))]
    shared = np.maximum(np.minimum(boxes[0][1], boxes[1][1]) - np.maximum(boxes[0][0], boxes[1][0]), 0)
    return np.prod(shared) / min(np.prod(high - low) for low, high in boxes)


def occlusion(joints, other):
    """Fraction of the joints whose line of sight from the origin crosses the other hand's surface in front of the joint."""
    a, b, c = (other.corners[:, k] for k in range(3))
    sides = np.stack([joints @ np.cross(p, q).T for p, q in ((a, b), (b, c), (c, a))])      # volumes with each edge and the origin
    through = (sides >= 0).all(axis=0) | (sides <= 0).all(axis=0)
    normal = np.cross(b - a, c - a)
    plane, facing = (a * normal).sum(axis=1), joints @ normal.T
    with np.errstate(invalid="ignore", divide="ignore"):
        share = plane / facing
    return (through & (share > 0) & (share < 1)).any(axis=1).mean()
