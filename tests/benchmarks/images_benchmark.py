"""Training samples per second and core, compared with a PyTorch DataLoader with OpenCV: images_benchmark.py [--images N] [--rounds N].

Both read the same JPEG files of InterHand2.6M's sizes and make 256x256 samples of them: crop with a jittered box, roll, scale, mirror,
colour. interprior also poses the hands and rasterises their visible masks; the DataLoader does neither and gets its boxes. Each runs
in one process on one thread, alternately. Needs opencv-python-headless in the environment.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import cv2
import numpy as np
import torch

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = HERE.parent.parent / "build/release/bin"
SIZE = 256
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


class Images(torch.utils.data.Dataset):
    def __init__(self, root):
        self.rows = []
        for split in ["train", "val", "test"]:
            data = json.load(open(root / "annotations" / split / f"InterHand2.6M_{split}_data.json"))
            boxes = {annotation["image_id"]: annotation["bbox"] for annotation in data["annotations"]}
            self.rows += [(str(root / "images" / split / image["file_name"]), boxes[image["id"]]) for image in data["images"]]
        self.random = np.random.default_rng(0)

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        path, (x, y, width, height) = self.rows[index]
        random = self.random
        image = cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB)
        side = max(width, height) / 0.8 * random.uniform(0.9, 1.1)
        centre = (x + width / 2 + side * random.uniform(-0.05, 0.05), y + height / 2 + side * random.uniform(-0.05, 0.05))
        warp = cv2.getRotationMatrix2D(centre, random.uniform(-90, 90), SIZE / side)
        warp[:, 2] += SIZE / 2 - np.array(centre)
        crop = cv2.warpAffine(image, warp, (SIZE, SIZE), flags=cv2.INTER_LINEAR)
        if random.random() < 0.5:
            crop = crop[:, ::-1]
        gain, offset = random.uniform(0.7, 1.3, 3), 255 * random.uniform(-0.05, 0.05, 3)
        colours = np.clip(crop.astype(np.float32) * gain.astype(np.float32) + offset.astype(np.float32), 0, 255) / 255
        return torch.from_numpy(np.ascontiguousarray(((colours - MEAN) / DEVIATION).transpose(2, 0, 1)))


def time_theirs(dataset, seconds):
    loader = torch.utils.data.DataLoader(dataset, batch_size=32, shuffle=True, num_workers=0)
    begin, count = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        for batch in loader:
            count += len(batch)
            if time.perf_counter() - begin > seconds:
                break
    return count / (time.perf_counter() - begin)


def time_ours(root, seconds):
    environment = dict(os.environ, OMP_NUM_THREADS="1", INTERPRIOR_IMAGES=str(root))
    output = subprocess.run([PROGRAMS / "images_benchmark", f"--benchmark_min_time={seconds}", "--benchmark_format=json"],
                            capture_output=True, text=True, check=True, env=environment).stdout
    return json.loads(output)["benchmarks"][0]["items_per_second"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as temporary:
        root = pathlib.Path(temporary) / "root"
        subprocess.run([PROGRAMS / "interprior", "synthesize", "images", root, "--count", str(arguments.images)], check=True,
                       capture_output=True)
        dataset = Images(root)
        ours, theirs = [], []
        for _ in range(arguments.rounds):
            ours.append(time_ours(root, arguments.seconds))
            theirs.append(time_theirs(dataset, arguments.seconds))
        mine, other = statistics.median(ours), statistics.median(theirs)
        print(f"training samples per second and core: ours {mine:.0f} (masks included), DataLoader with OpenCV {other:.0f}; "
              f"{mine / other:.2f} times as many (wanted: 2)")


if __name__ == "__main__":
    main()
