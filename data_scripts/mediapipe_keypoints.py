"""2D joints of the hands in images, by MediaPipe's hand detector, as keypoints.json for `interprior fit`.

    python3 -m venv mediapipe && mediapipe/bin/pip install mediapipe==0.10.14
    mediapipe/bin/python data_scripts/mediapipe_keypoints.py photo.jpg photos --out keypoints.json
    interprior fit prior.safetensors --keypoints keypoints.json photo.jpg photos --out fitted

MediaPipe is not among this project's packages: the commands above install this version, which contains its models, into a
separate environment. --model FILE.task uses a given Hand Landmarker file instead, also with later versions, which contain no
models.

A folder stands for its images. Images are rotated by their EXIF orientation. Sides are those of the image: in a mirrored selfie
the person's right hand looks like a left one and is reconstructed as one; mirror the image back first to avoid this. With several
people the nearest right and left hands are paired. Of duplicate detections of a hand the one of higher score is kept. The
confidence of all joints of a hand is the score of its side; depths are relative to the wrist's. An image without a hand is
written with none and counted, and the script ends with exit code 1.

Assumptions and their sources:
- the built-in models (`solutions.hands`) name the side of a hand as if the image were mirrored: the comment of that class; the
  Hand Landmarker (`tasks.vision`) names the person's own side: the comment of its result in version 1.2, and both in 0.10.14 on a
  photograph with annotated hands;
- landmarks are fractions of the image's width and height, so x * width - 0.5 in pixels with centres at integers; z has the scale
  of x.
"""
import argparse
import contextlib
import math
import os
import sys

from keypoints import write_keypoints
from whole_file import InputError, Skipped, require, run

PINNED = "mediapipe==0.10.14"
IMAGES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
SAME_HAND = 0.1  # mean distance of joints, relative to the hand's longer side
MOST_HANDS = 8


def hand_of(landmarks, label, score, width, height, mirrored_label):
    """A detected hand: side, score, joints (21 times x, y in px) and depth (21, px from the wrist's)."""
    side = label.lower()
    require(side in ("right", "left"), f"MediaPipe calls a hand {label!r}, neither Right nor Left")
    if mirrored_label:
        side = "left" if side == "right" else "right"
    joints = [[point.x * width - 0.5, point.y * height - 0.5] for point in landmarks]
    return {"side": side, "score": min(max(score, 0.01), 1.0), "joints": joints,
            "depth": [(point.z - landmarks[0].z) * width for point in landmarks]}


def _size(hand):
    spans = [max(values) - min(values) for values in zip(*hand["joints"])]
    return max(spans)


def _distance(a, b):
    """Mean distance of the joints."""
    return sum(math.dist(p, q) for p, q in zip(a["joints"], b["joints"])) / len(a["joints"])


def without_doubles(hands):
    """The hands without duplicates; of two that coincide the one with the higher score is kept."""
    kept = []
    for hand in sorted(hands, key=lambda one: -one["score"]):
        if all(_distance(hand, other) > SAME_HAND * _size(other) for other in kept):
            kept.append(hand)
    return kept


def pairs_of(hands):
    """Pairs for keypoints.json: nearest right and left hands first, relative to their size; then unpaired hands."""
    def apart(right, left):
        return _distance(right, left) / max(_size(right), _size(left), 1e-6)

    rights, lefts = ([hand for hand in hands if hand["side"] == side] for side in ("right", "left"))
    matches = sorted(((apart(right, left), i, j) for i, right in enumerate(rights) for j, left in enumerate(lefts)))
    pairs, free = [], {"right": set(range(len(rights))), "left": set(range(len(lefts)))}
    for _, i, j in matches:
        if i in free["right"] and j in free["left"]:
            free["right"].remove(i)
            free["left"].remove(j)
            pairs.append([rights[i], lefts[j]])
    pairs += [[rights[i]] for i in sorted(free["right"])] + [[lefts[j]] for j in sorted(free["left"])]
    written = []
    for pair in pairs:
        entry = {}
        for hand in pair:
            entry[hand["side"]] = [[x, y, hand["score"]] for x, y in hand["joints"]]
            entry[hand["side"] + "_depth"] = [round(depth, 3) for depth in hand["depth"]]
        written.append(entry)
    return written


def images_of(paths):
    files = []
    for path in paths:
        require(os.path.exists(path), f"there is no image {path}")
        if os.path.isdir(path):
            inside = [os.path.join(path, name) for name in sorted(os.listdir(path)) if name.lower().endswith(IMAGES)]
            require(inside, f"the folder {path} holds no images")
            files += inside
        else:
            files.append(path)
    return list(dict.fromkeys(files))


@contextlib.contextmanager
def detector(options):
    """A function from an RGB array to (landmarks, label, score) per hand, and whether its labels assume a mirrored image."""
    try:
        import mediapipe
    except ImportError:
        raise InputError(f"the Python package mediapipe is missing in {sys.executable}: `{sys.executable} -m pip install {PINNED}` puts "
                         "it there; an environment of its own is better (--help)") from None
    if options.model is None:
        require(hasattr(mediapipe, "solutions"), f"mediapipe {getattr(mediapipe, '__version__', '')} contains no models: install {PINNED}, "
                "or give --model hand_landmarker.task")
        with mediapipe.solutions.hands.Hands(static_image_mode=True, max_num_hands=options.hands,
                                             min_detection_confidence=options.confidence) as hands:
            def found(rgb):
                result = hands.process(rgb)
                kinds = [one.classification[0] for one in result.multi_handedness or []]
                return [(points.landmark, kind.label, kind.score) for points, kind in zip(result.multi_hand_landmarks or [], kinds)]
            yield found, True
        return
    require(os.path.isfile(options.model), f"there is no model {options.model}")
    vision = mediapipe.tasks.vision
    settings = vision.HandLandmarkerOptions(base_options=mediapipe.tasks.BaseOptions(model_asset_path=options.model),
                                            num_hands=options.hands, min_hand_detection_confidence=options.confidence)
    try:
        landmarker = vision.HandLandmarker.create_from_options(settings)
    except (RuntimeError, ValueError) as error:
        raise InputError(f"{options.model} is not a model of MediaPipe's Hand Landmarker: {str(error).splitlines()[0]}") from error
    with landmarker:
        def found(rgb):
            result = landmarker.detect(mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=rgb))
            return [(points, kinds[0].category_name, kinds[0].score) for points, kinds in zip(result.hand_landmarks, result.handedness)]
        yield found, False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", metavar="IMAGE", nargs="+", help="images, and folders of them")
    parser.add_argument("--out", metavar="keypoints.json", required=True)
    parser.add_argument("--model", metavar="FILE.task", help="a Hand Landmarker, instead of the models of the package")
    parser.add_argument("--hands", type=int, default=4, metavar="N", help=f"largest number of hands per image, 1 to {MOST_HANDS}")
    parser.add_argument("--confidence", type=float, default=0.3, metavar="C", help="smallest confidence of a detected hand, 0 to 1")
    options = parser.parse_args()
    require(1 <= options.hands <= MOST_HANDS, f"--hands must be 1 to {MOST_HANDS}")
    require(0 <= options.confidence <= 1, "--confidence must be 0 to 1")
    files = images_of(options.images)
    images, skipped, found_hands = {}, Skipped(), 0
    with detector(options) as (found, mirrored_label):
        import cv2
        for file in files:
            bgr = cv2.imread(file, cv2.IMREAD_COLOR)
            if bgr is None:
                skipped.add("unreadable", file)
                continue
            height, width = bgr.shape[:2]
            hands = [hand_of(*one, width, height, mirrored_label) for one in found(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))]
            pairs = pairs_of(without_doubles(hands))
            found_hands += sum(side in pair for pair in pairs for side in ("right", "left"))
            if not pairs:
                skipped.add("no_hand", file)
            images[file] = {"size": [width, height], "pairs": pairs}
    skipped.show()
    require(found_hands, f"no hand was found in any of {len(files)} images: nothing is written")
    write_keypoints(options.out, images, order="mediapipe")
    print(f"{found_hands} hands in {len(files)} images, {options.out}")
    reasons = ", ".join(f"{reason}: {count}" for reason, count in sorted(skipped.counts.items()))
    require(not reasons, f"{options.out} is written, but some images are unreadable or without hands ({reasons}): see the list above")


if __name__ == "__main__":
    run(main)
