"""Writes keypoints.json, 2D joints of hands for `interprior fit`, from any detector, in a few lines (docs/formats.md).

    from keypoints import write_keypoints
    write_keypoints("keypoints.json", {"a.jpg": {"size": [640, 480], "pairs": [{"right": joints, "left": other_joints}]}})

A pair is the hands of one person, either may be absent. joints: 21 times [x, y] or [x, y, confidence], None for a missing joint;
pixels, pixel centres at integers (a landmark at the fraction s of the width is at s * width - 0.5), confidence 0 to 1. Lists or
arrays. `right` is the hand that looks like a right one: the person's, unless the image is mirrored. A pair may also have
right_depth, left_depth (21 numbers in the unit of x, relative to the wrist, positive away from the camera), right_joints,
left_joints (21 times x, y, z in metres in the camera) and camera (fx, fy, cx, cy); an image may have size (width, height) and
camera. order: interprior, openpose, mediapipe and coco_wholebody (all equal: wrist, then thumb, index, middle, ring, pinky from
base to tip), interhand, mano, rhd.
"""
import json
import math

from whole_file import require, unfinished

ORDERS = ["interprior", "openpose", "mediapipe", "coco_wholebody", "interhand", "mano", "rhd", "pinky_first", "pinky_tip_first",
          "wrist_last"]
JOINTS = 21
FEWEST_JOINTS = 6  # per hand, required by a fit


def _text(name):
    """A file name as UTF-8 text: other bytes become %XX, as in interprior's output."""
    return "".join(f"%{ord(c) - 0xDC00:02X}" if 0xDC80 <= ord(c) <= 0xDCFF else c for c in name)


def _plain(value):
    return value.tolist() if hasattr(value, "tolist") else value


def _numbers(value, count, where):
    value = _plain(value)
    require(isinstance(value, (list, tuple)) and len(value) == count, f"{where} is not {count} numbers")
    numbers = [_plain(number) for number in value]
    good = all(isinstance(n, (int, float)) and not isinstance(n, bool) and math.isfinite(n) for n in numbers)
    require(good, f"{where} has a value that is not a finite number")
    return numbers


def _joints(value, where):
    value = _plain(value)
    require(isinstance(value, (list, tuple)) and len(value) == JOINTS, f"{where} is not {JOINTS} joints")
    joints = []
    for i, joint in enumerate(map(_plain, value)):
        if joint is None:
            joints.append(None)
            continue
        require(isinstance(joint, (list, tuple)), f"{where}[{i}] is not a joint of two or three numbers")
        joint = _numbers(joint, 3 if len(joint) == 3 else 2, f"{where}[{i}]")
        require(len(joint) == 2 or 0 <= joint[2] <= 1, f"{where}[{i}] has a confidence outside 0 to 1")
        joints.append([round(number, 4) for number in joint])
    return joints


def _pair(pair, where):
    known = ["right", "left", "right_depth", "left_depth", "right_joints", "left_joints", "camera"]
    for key in pair:
        require(key in known, f"{where}: {key} is none of {', '.join(known)}")
    checked = {}
    for key, value in pair.items():
        place = f"{where}, {key}"
        if value is None:
            continue
        if key in ("right", "left"):
            checked[key] = _joints(value, place)
        elif key.endswith("_joints"):
            value = _plain(value)
            require(isinstance(value, (list, tuple)) and len(value) == JOINTS, f"{place} is not {JOINTS} joints")
            checked[key] = [_numbers(joint, 3, f"{place}[{i}]") for i, joint in enumerate(value)]
        else:
            checked[key] = _numbers(value, 4 if key == "camera" else JOINTS, place)
    require(any(key in checked for key in known[:2] + known[4:6]), f"{where} has no hand")
    return checked


def write_keypoints(path, images, order="interprior"):
    """images: {file name: {"pairs": [...], "size": ..., "camera": ...}}. Writes one line per image."""
    require(order in ORDERS, f"order {order!r} is none of {', '.join(ORDERS)}")
    lines = []
    for name, image in images.items():
        name = _text(name)
        require("pairs" in image, f"{name} has no pairs (give an empty list if no hand was found)")
        for key in image:
            require(key in ("pairs", "size", "camera"), f"{name}: {key} is none of pairs, size, camera")
        entry = {key: _numbers(image[key], count, f"{name}, {key}") for key, count in [("size", 2), ("camera", 4)]
                 if image.get(key) is not None}
        entry["pairs"] = [_pair(pair, f"{name}, pair {i + 1}") for i, pair in enumerate(image["pairs"])]
        lines.append(f"{json.dumps(name)}: {json.dumps(entry)}")
    head = {"format": "interprior.keypoints", "version": 1, "order": order}
    with unfinished(path) as temporary, open(temporary, "w", encoding="utf-8") as file:
        file.write(json.dumps(head)[:-1] + ', "images": {\n' + ",\n".join(lines) + "\n}}\n")
