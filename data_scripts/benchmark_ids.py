"""Sample ids of the two-hand benchmark in IntagHand's order, so that arrays saved by published code get their names.

    from benchmark_ids import benchmark_ids
    write_hands("predictions.h5", sample=benchmark_ids("INTERHAND_ROOT", "test"), vertices=np.stack([right, left], 1))

or, one id a line: python data_scripts/benchmark_ids.py INTERHAND_ROOT test ids.txt

IntagHand numbers the samples of a split 0, 1, 2 ... in the order of InterHand2.6M_{split}_data.json and leaves out what is not of two
interacting hands of valid type, what lacks either hand's MANO parameters, and pictures whose mean grey is below 10 (dataset/interhand.py
of its repository; papers that build on it kept the numbering). Near-black pictures are looked for in the files themselves, which takes
Pillow and time; without pictures at hand, --without-pictures keeps them, and says so.
"""
import argparse
import json
import pathlib
import sys

from tensor_file import require, run

DARKEST = 10  # mean over pixels and channels, 0 .. 255


def _read(root, split, what):
    path = pathlib.Path(root) / "annotations" / split / f"InterHand2.6M_{split}_{what}.json"
    require(path.is_file(), f"there is no file {path}")
    with open(path) as file:
        return json.load(file)


def _mean_grey(path):
    import numpy as np
    from PIL import Image
    require(path.is_file(), f"there is no picture {path}: the benchmark leaves out near-black ones, so all must be looked at")
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).mean()


def benchmark_ids(root, split, look_at_pictures=True):
    data, mano = _read(root, split, "data"), _read(root, split, "MANO_NeuralAnnot")
    images, annotations = data["images"], data["annotations"]
    require(len(images) == len(annotations), f"{len(images)} images but {len(annotations)} annotations")
    ids = []
    for image, annotation in zip(images, annotations):
        require(image["id"] == annotation["image_id"], f"annotation {annotation['id']} stands beside another image than its own")
        if annotation["hand_type"] != "interacting" or not annotation["hand_type_valid"]:
            continue
        hands = mano.get(str(image["capture"]), {}).get(str(image["frame_idx"])) or {}
        if not hands.get("right") or not hands.get("left"):
            continue
        name = f"{split}/{image['file_name']}"
        if look_at_pictures and _mean_grey(pathlib.Path(root) / "images" / name) < DARKEST:
            continue
        ids.append(name)
    return ids


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("root")
    arguments.add_argument("split", choices=["train", "val", "test"])
    arguments.add_argument("out")
    arguments.add_argument("--without-pictures", action="store_true")
    options = arguments.parse_args()
    ids = benchmark_ids(options.root, options.split, not options.without_pictures)
    pathlib.Path(options.out).write_text("".join(name + "\n" for name in ids))
    print(f"{len(ids)} ids in {options.out}" + (", near-black pictures included" if options.without_pictures else ""), file=sys.stderr)


if __name__ == "__main__":
    run(main)
