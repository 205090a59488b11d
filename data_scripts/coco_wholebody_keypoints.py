"""keypoints.json for `interprior fit` from COCO-WholeBody's annotations, or from a whole-body detector's results in that format.

    python data_scripts/coco_wholebody_keypoints.py coco_wholebody_val_v1.0.json --out keypoints.json
    python data_scripts/coco_wholebody_keypoints.py results.keypoints.json --images annotations.json --out keypoints.json \\
        --min-confidence 0.3

`interprior fit --keypoints` also reads both kinds of file directly. This script adds image names to results, which have only ids
(--images: any COCO annotations of the same images), and drops joints of low confidence. Each person with a remaining hand is a
pair.

Assumptions (data_format.md of https://github.com/jin-s13/COCO-WholeBody): lefthand_kpts and righthand_kpts are 21 times x, y, v,
with v = 0 for unlabelled and v > 0 for reliable joints; lefthand_valid, righthand_valid; invalid hands are zeros. In results v is
the detector's confidence. `keypoints` of 133 joints are 17 of the body, 6 of the feet, 68 of the face, then the left and the
right hand.
"""
import argparse
import math

from keypoints import FEWEST_JOINTS, JOINTS, write_keypoints
from source_file import read_json
from whole_file import InputError, Skipped, require, run

FIRST_OF_HAND = {"left": 17 + 6 + 68, "right": 17 + 6 + 68 + JOINTS}
WHOLE_BODY = 133


class Broken(ValueError):
    """Reason for which a person is skipped."""


def numbers_of(person, side):
    """The 63 numbers of a hand, None if the person has none."""
    listed = person.get(f"{side}hand_kpts")
    if listed is None:
        listed = person.get("keypoints")
        if not isinstance(listed, list) or len(listed) != 3 * WHOLE_BODY:
            return None
        listed = listed[3 * FIRST_OF_HAND[side]:][:3 * JOINTS]
    if not isinstance(listed, list) or len(listed) != 3 * JOINTS:
        raise Broken("not_21_joints")
    if not all(isinstance(n, (int, float)) and not isinstance(n, bool) and math.isfinite(n) for n in listed):
        raise Broken("not_finite")
    return listed if person.get(f"{side}hand_valid", True) else None


def hand_of(person, side, options):
    """21 joints (None for a missing joint), or None for a hand with too few joints."""
    numbers = numbers_of(person, side)
    if numbers is None:
        return None
    joints = []
    for x, y, v in zip(numbers[::3], numbers[1::3], numbers[2::3]):
        if v < 0:
            raise Broken("confidence_negative")
        if options.full_confidence is None and v > 2:
            raise Broken("confidence_above_2")
        confidence = min(v / (options.full_confidence or 1), 1)
        joints.append([x, y, confidence] if confidence > 0 and confidence >= options.min_confidence else None)
    return joints if sum(joint is not None for joint in joints) >= FEWEST_JOINTS else None


def images_of(content, path):
    """{id: (file name, size or None)} of a COCO document."""
    require(isinstance(content, dict) and isinstance(content.get("images"), list), f"{path} has no list `images`: is it COCO's?")
    images, names = {}, set()
    for image in content["images"]:
        require(isinstance(image, dict) and "id" in image and isinstance(image.get("file_name"), str),
                f"an image in {path} has no id or no file_name")
        require(image["id"] not in images, f"the image id {image['id']} occurs twice in {path}")
        require(image["file_name"] not in names, f"the file {image['file_name']} occurs twice in {path}")
        names.add(image["file_name"])
        size = [image.get("width"), image.get("height")]
        images[image["id"]] = image["file_name"], size if all(isinstance(n, int) and n > 0 for n in size) else None
    return images


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", metavar="FILE.json", help="annotations or results")
    parser.add_argument("--out", metavar="keypoints.json", required=True)
    parser.add_argument("--images", metavar="FILE.json", help="for results: COCO annotations with the image names")
    parser.add_argument("--min-confidence", type=float, default=0, metavar="C", help="joints of lower confidence are missing")
    parser.add_argument("--full-confidence", type=float, metavar="S", help="score that means full confidence; for scores outside 0 to 1")
    parser.add_argument("--min-score", type=float, default=-math.inf, metavar="S", help="leaves out persons of a lower `score`")
    options = parser.parse_args()
    require(0 <= options.min_confidence <= 1, "--min-confidence must be 0 to 1")
    require(options.full_confidence is None or options.full_confidence > 0, "--full-confidence must be above 0")
    content, skipped = read_json(options.source), Skipped()
    persons = content if isinstance(content, list) else content.get("annotations") if isinstance(content, dict) else None
    require(isinstance(persons, list) and all(isinstance(person, dict) for person in persons),
            f"{options.source} is neither COCO's annotations nor a list of results")
    if options.images is not None:
        names = images_of(read_json(options.images), options.images)
    else:
        names = images_of(content, options.source) if isinstance(content, dict) else None
    images, any_hands = {}, False
    for i, person in enumerate(persons):
        where = f"person {i} of image {person.get('image_id')}"
        number = person.get("image_id")
        try:
            if not isinstance(number, (int, str)) or (names is not None and number not in names):
                raise Broken("image_unknown")
            any_hands = any_hands or any(numbers_of(person, side) is not None for side in FIRST_OF_HAND)
            if person.get("score", math.inf) < options.min_score:
                skipped.add("score_low", where, fault=False)
                continue
            pair = {side: hand_of(person, side, options) for side in FIRST_OF_HAND}
        except Broken as reason:
            skipped.add(str(reason), where)
            continue
        if not any(pair.values()):
            skipped.add("no_hand", where, fault=False)
            continue
        name, size = names[number] if names is not None else (str(number), None)
        images.setdefault(name, {"size": size, "pairs": []})["pairs"].append(pair)
    skipped.show()
    if "confidence_above_2" in skipped.counts:
        raise InputError(f"{options.source} has scores above 2 (such as {skipped.examples['confidence_above_2']}): pass the score that "
                         "means full confidence as --full-confidence")
    require(images or any_hands or skipped.faults, f"{options.source} has no hands: COCO's own 17 keypoints have none, COCO-WholeBody's do")
    require(images, f"no hand of {options.source} is left")
    write_keypoints(options.out, images, order="coco_wholebody")
    print(f"{sum(len(image['pairs']) for image in images.values())} pairs in {len(images)} images, {options.out}")
    skipped.require_none(options.out)


if __name__ == "__main__":
    run(main)
