"""Indexing annotations of InterHand2.6M's full size, compared with reading them in Python: index_benchmark.py [--images N].

Writes a root of that size into a temporary folder (about 1 GB; the images are links to one file), then runs `interprior prepare
interhand` on it, reopens the index with `interprior inspect`, and reads the same files with Python's json, joined by id like
pycocotools. Prints seconds, ratios, file size and memory.
"""
import argparse
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = HERE.parent.parent / "build/release/bin/interprior"
CAMERAS, CAPTURES, SPLIT = 70, 20, "train"
# Findings in random numbers that the data check would reject.
IMPLAUSIBLE = ["joint_unit", "joint_order", "joints_mirrored", "mano_far", "mano_unit", "mano_misfit", "mano_exchanged", "pose_misfit",
               "camera_unit", "camera_misprojects", "joints_outside_boxes", "boxes_beyond_image", "hands_mean_twice",
               "hands_mean_missing"]


def write_annotations(root, images):
    random = np.random.default_rng(0)
    folder = root / "annotations" / SPLIT
    folder.mkdir(parents=True)
    path = lambda what: folder / f"InterHand2.6M_{SPLIT}_{what}.json"
    cameras = [str(400000 + 7 * i) for i in range(CAMERAS)]
    frames_per_capture = -(-images // (CAMERAS * CAPTURES))
    turn = [[1.0, 0.0, 0.0], [0.0, 0.8, -0.6], [0.0, 0.6, 0.8]]
    rig = {"campos": {c: random.normal(0, 900, 3).tolist() for c in cameras}, "camrot": {c: turn for c in cameras},
           "focal": {c: random.normal(1270, 5, 2).tolist() for c in cameras},
           "princpt": {c: random.normal(200, 20, 2).tolist() for c in cameras}}
    path("camera").write_text(json.dumps({str(capture): rig for capture in range(CAPTURES)}))
    hand = lambda: {"pose": random.normal(0, 0.5, 48).tolist(), "shape": random.normal(0, 1, 10).tolist(),
                    "trans": random.normal(0, 0.3, 3).tolist()}
    with open(path("joint_3d"), "w") as joints, open(path("MANO_NeuralAnnot"), "w") as mano:
        for capture in range(CAPTURES):
            opening = ("{" if capture == 0 else ", ") + f'"{capture}": {{'
            joints.write(opening)
            mano.write(opening)
            for frame in range(frames_per_capture):
                comma = "" if frame == 0 else ", "
                both = {"world_coord": random.normal(0, 150, (42, 3)).tolist(), "joint_valid": [[1]] * 42,
                        "hand_type": "interacting", "hand_type_valid": True}
                joints.write(f'{comma}"{frame}": {json.dumps(both)}')
                mano.write(f'{comma}"{frame}": {json.dumps({"right": hand(), "left": hand() if frame % 2 else None})}')
            joints.write("}")
            mano.write("}")
        joints.write("}")
        mano.write("}")
    place = lambda i: (i // (CAMERAS * frames_per_capture), cameras[i // frames_per_capture % CAMERAS], i % frames_per_capture)
    name = lambda capture: f"{capture:04d}_two_hands"
    valid = json.dumps([[1]] * 42)
    with open(path("data"), "w") as data:
        data.write('{"images": [')
        for i in range(images):
            capture, camera, frame = place(i)
            data.write(f'{", " if i else ""}{{"id": {i}, "file_name": "Capture{capture}/{name(capture)}/cam{camera}/image{frame}.jpg", '
                       f'"width": 334, "height": 512, "capture": {capture}, "subject": {capture}, "seq_name": "{name(capture)}", '
                       f'"camera": "{camera}", "frame_idx": {frame}}}')
        data.write('], "annotations": [')
        boxes = random.uniform(20, 300, (images, 4))
        for i in range(images):
            box = ", ".join(f"{side:.12f}" for side in boxes[i])
            data.write(f'{", " if i else ""}{{"id": {i}, "image_id": {i}, "bbox": [{box}], "joint_valid": {valid}, '
                       f'"hand_type": "{("interacting", "right", "left")[i % 3]}", "hand_type_valid": 1}}')
        data.write("]}")
    # One folder of links to one file; the folder of each camera is a link to it.
    shared = root / "frames"
    shared.mkdir()
    (root / "image.jpg").write_bytes(b"not opened here")
    for frame in range(frames_per_capture):
        os.link(root / "image.jpg", shared / f"image{frame}.jpg")
    for capture in range(CAPTURES):
        sequence = root / "images" / SPLIT / f"Capture{capture}" / name(capture)
        sequence.mkdir(parents=True)
        for camera in cameras:
            (sequence / f"cam{camera}").symlink_to(shared)
    return folder


PEER = """
import json, sys, time
begin = time.perf_counter()
folder, split = sys.argv[1], sys.argv[2]
load = lambda what: json.load(open(f"{folder}/InterHand2.6M_{split}_{what}.json"))
data, cameras, joints, mano = load("data"), load("camera"), load("joint_3d"), load("MANO_NeuralAnnot")
images = {image["id"]: image for image in data["images"]}
rows = []
for annotation in data["annotations"]:
    image = images[annotation["image_id"]]
    capture, frame, camera = str(image["capture"]), str(image["frame_idx"]), image["camera"]
    rows.append((image["file_name"], cameras[capture]["campos"][camera], joints[capture][frame]["world_coord"],
                 mano[capture].get(frame), annotation["bbox"], annotation["joint_valid"], annotation["hand_type"]))
print(time.perf_counter() - begin, len(rows))
"""


def run(arguments):
    """Seconds, peak memory in MiB, and standard output of the command."""
    begin = time.perf_counter()
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{arguments} failed")
    return time.perf_counter() - begin, usage.ru_maxrss / 1024, output


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=1361062, help="InterHand2.6M's training split has 1,361,062")
    parser.add_argument("--folder", help="where to write; default: a temporary folder")
    parser.add_argument("--without-python", action="store_true", help="leave out the peer (it wants some 12 GB of memory)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as temporary:
        root = pathlib.Path(temporary) / "InterHand2.6M"
        folder = write_annotations(root, arguments.images)
        sizes = {file.name: file.stat().st_size for file in folder.iterdir()}
        largest = max(sizes.values()) / 2**20
        print(f"{arguments.images} images, {sum(sizes.values()) / 2**20:.0f} MiB of JSON, the largest file {largest:.0f} MiB")
        index = pathlib.Path(temporary) / "images.h5"
        _, idle, _ = run([PROGRAM, "explain", "seed"])
        accept = [word for name in IMPLAUSIBLE for word in ("--accept", name)]
        seconds, memory, output = run([PROGRAM, "prepare", "interhand", root, "--out", index, *accept])
        print(f"prepare interhand: {seconds:.1f} s, {memory:.0f} MiB, {memory - idle:.0f} MiB above the {idle:.0f} MiB of the "
              f"program itself ({(memory - idle) / largest:.2f} of the largest file); index {index.stat().st_size / 2**20:.0f} MiB")
        print("  " + output.strip())
        start, _, _ = run([PROGRAM, "explain", "seed"])
        reopened, memory, output = run([PROGRAM, "inspect", index, "--json"])
        print(f"inspect of the index: {reopened:.2f} s, of which the program's start is {start:.2f} s; {memory - idle:.0f} MiB")
        print(f"  usable {json.loads(output)['usable']}")
        if not arguments.without_python:
            theirs, memory, _ = run([sys.executable, "-c", PEER, folder, SPLIT])
            print(f"Python json, joined by id: {theirs:.1f} s, {memory:.0f} MiB; ours takes {seconds / theirs:.3f} of its time "
                  f"({theirs / seconds:.1f} times as fast)")


if __name__ == "__main__":
    main()
