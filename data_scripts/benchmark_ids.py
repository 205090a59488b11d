"""Sample ids of the two-hand benchmark in IntagHand's order, to name the rows of arrays saved by published code.

    from benchmark_ids import benchmark_ids
    write_hands("predictions.h5", sample=benchmark_ids("INTERHAND_ROOT", "test"), vertices=np.stack([right, left], 1))

or, one id per line: python data_scripts/benchmark_ids.py INTERHAND_ROOT test ids.txt

IntagHand numbers the samples of a split 0, 1, 2 ... in the order of InterHand2.6M_{split}_data.json. It leaves out samples that
are not of interacting hands of valid type, samples without MANO parameters of both hands, and near-black images: mean over all
pixels and channels below 10 (dataset/interhand.py of its repository; papers that build on it kept the numbering), independent of
the EXIF orientation. Reading the images needs Pillow and takes time; --without-images keeps near-black images, with a message.

Both layouts are supported: annotations/SPLIT, and the first release's annotations/all (or human_annot and machine_annot).
"""
import argparse
import math
import pathlib
import sys

from packages import need
from source_file import read_json
from whole_file import InputError, Skipped, require, run, unfinished

DARKEST = 10  # mean over pixels and channels, 0 .. 255


def _folders(root, split):
    """Folders with the split's annotations: the official one, the first release's union, or its two parts."""
    annotations = pathlib.Path(root) / "annotations"
    names = [split, "all", "human_annot", "machine_annot"]
    found = [annotations / name for name in names if (annotations / name / f"InterHand2.6M_{split}_data.json").is_file()]
    require(found, f"there is no InterHand2.6M_{split}_data.json in {annotations}/{{{','.join(names)}}}")
    if found[0].name in (split, "all"):
        return found[:1]
    print(f"{annotations} has no {split} and no all: ids are in the order of {', '.join(path.name for path in found)}, "
          "which is not the benchmark's", file=sys.stderr)
    return found


def _key(value):
    """Capture or frame number as text; the files have 12, "12" or 12.0."""
    try:
        return str(int(float(value)))
    except (TypeError, ValueError, OverflowError):
        return str(value)


def _mano(folder, split):
    for name in ["MANO_NeuralAnnot", "MANO"]:
        path = folder / f"InterHand2.6M_{split}_{name}.json"
        if path.is_file():
            content = read_json(path)
            require(isinstance(content, dict), f"{path} holds no captures")
            frames = {}
            for capture, of_capture in content.items():
                for frame, hands in (of_capture or {}).items():
                    frames[_key(capture), _key(frame)] = hands
            return frames
    raise InputError(f"there is no InterHand2.6M_{split}_MANO_NeuralAnnot.json in {folder}")


def _is_whole(hand):
    """Whether 48 pose, 10 shape and 3 translation numbers are finite, as `evaluate` requires of ground truth."""
    parts = [(hand.get(name), count) for name, count in [("pose", 48), ("shape", 10), ("trans", 3)]]
    return all(isinstance(part, list) and len(part) == count and all(isinstance(number, (int, float)) and math.isfinite(number)
                                                                     for number in part) for part, count in parts)


def _candidates(folder, split, skipped):
    """Names of a folder's samples in the benchmark, near-black images included."""
    path = folder / f"InterHand2.6M_{split}_data.json"
    data, mano = read_json(path), _mano(folder, split)
    require(isinstance(data, dict) and all(isinstance(data.get(key), list) for key in ["images", "annotations"]),
            f"{path} has no lists `images` and `annotations`")
    images, annotations = data["images"], data["annotations"]
    require(len(images) == len(annotations), f"{path} has {len(images)} images but {len(annotations)} annotations")
    for image, annotation in zip(images, annotations):
        require(_key(image["id"]) == _key(annotation["image_id"]),
                f"{path}: annotation {annotation.get('id')} has the image_id of another image")
        if annotation["hand_type"] != "interacting" or not annotation["hand_type_valid"]:
            continue
        hands = mano.get((_key(image["capture"]), _key(image["frame_idx"])))
        if not isinstance(hands, dict) or not hands.get("right") or not hands.get("left"):
            continue
        name = f"{split}/{image['file_name']}"
        if _is_whole(hands["right"]) and _is_whole(hands["left"]):
            yield name
        else:
            skipped.add("mano_broken", name)


def _mean_grey(path):
    import numpy
    from PIL import Image
    try:
        with Image.open(path) as image:
            return numpy.asarray(image.convert("RGB")).mean()
    except OSError as error:
        raise InputError(f"{path} cannot be read as an image: {error}") from error


def benchmark_ids(root, split, look_at_images=True, skipped=None):
    """skipped: a Skipped that counts samples whose MANO parameters are damaged; None: they are an error."""
    broken = Skipped() if skipped is None else skipped
    try:
        ids = [name for folder in _folders(root, split) for name in _candidates(folder, split, broken)]
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"the annotations of {split} in {root} are not InterHand2.6M's: {error!r}") from error
    require(skipped is not None or not broken.counts, f"MANO parameters of {sum(broken.counts.values())} samples are damaged or not "
            f"finite, such as of {broken.examples.get('mano_broken')}: fetch the annotations of {split} again")
    if not look_at_images:
        return ids
    need("numpy", "PIL")
    images = pathlib.Path(root) / "images"
    missing = [name for name in ids if not (images / name).is_file()]
    require(not missing, f"{len(missing)} of {len(ids)} images are missing, such as {images / (missing or [''])[0]}: the benchmark "
                         "leaves out near-black ones, so all must be read; --without-images keeps them")
    return [name for name in ids if _mean_grey(images / name) >= DARKEST]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", metavar="INTERHAND_ROOT")
    parser.add_argument("split", choices=["train", "val", "test"])
    parser.add_argument("out", metavar="ids.txt")
    parser.add_argument("--without-images", action="store_true", help="keep near-black images, without reading any")
    options = parser.parse_args()
    skipped = Skipped()
    ids = benchmark_ids(options.root, options.split, not options.without_images, skipped)
    skipped.show()
    with unfinished(options.out) as temporary, open(temporary, "w", encoding="utf-8") as file:
        file.writelines(name + "\n" for name in ids)
    print(f"{len(ids)} ids in {options.out}" + (", near-black images included" if options.without_images else ""), file=sys.stderr)
    skipped.require_none(options.out)


if __name__ == "__main__":
    run(main)
