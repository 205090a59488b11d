"""Generates substitutes for the files that pages assume: licensed files, downloads, photographs, trained networks.

    python tests/docs/page_inputs.py FOLDER       needs `interprior` on the PATH, as set by run_pages.py

All are made by the project's own tools: the procedural hand as MANO's pickles, rendered images in InterHand2.6M's layout,
annotations in the public data sets' layouts, torchvision's networks with random weights, trainings of three steps.
"""
import io
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAST = "checkpoints/last.safetensors"


def call(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"error: {' '.join(map(str, words))}\n{done.stderr[-2000:]}")
    return done.stdout


def script(name, *words):
    return call(sys.executable, ROOT / name, *words)


def make_data():
    call("interprior", "prepare", "hand", "--procedural", "--out", "procedural.h5")
    script("tests/reference/mano_sized.py", "procedural.h5", "mano_sized.h5")
    script("tests/reference/fake_mano.py", "mano_sized.h5", "mano_v1_2/models")
    call("interprior", "prepare", "hand", "--mano", "mano_v1_2/models", "--out", "hand.h5")
    call("interprior", "synthesize", "images", "INTERHAND_ROOT", "--hand", "hand.h5", "--count", "90", "--seed", "5", "--width", "256",
         "--height", "256", "--views", "60")
    call("interprior", "synthesize", "patterns", "patterns.h5", "--hand", "hand.h5", "--count", "400")
    call("interprior", "prepare", "interhand", "INTERHAND_ROOT", "--out", "./images.h5")
    script("tests/reference/public_annotations.py", "public", "--hand", "hand.h5")
    for name, link in [("freihand", "FREIHAND"), ("ho3d", "HO3D"), ("h2o3d", "H2O3D"), ("dexycb", "DEXYCB")]:
        os.replace(f"public/{name}", link)


def make_photographs():
    data = json.loads(pathlib.Path("INTERHAND_ROOT/annotations/test/InterHand2.6M_test_data.json").read_text())
    names = [image["file_name"] for image in data["images"]][:3]
    os.makedirs("photos")
    from PIL import Image
    for name, copy in zip(names, ["photo.jpg", "photos/a.jpg", "photos/b.jpg"]):
        with Image.open(f"INTERHAND_ROOT/images/test/{name}") as image:
            image.resize((768, 768)).save(copy)


def chunk(name, *parts):
    body = b"".join(parts)
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def write_avi(path, frames, size, rate):
    """Motion JPEG in AVI (Microsoft, "AVI RIFF File Reference"): frames are encoded JPEGs."""
    width, height = size
    longest = max(map(len, frames))
    main = struct.pack("<14I", 1000000 // rate, longest * rate, 0, 0x10, len(frames), 0, 1, longest, width, height, 0, 0, 0, 0)
    stream = b"vidsMJPG" + struct.pack("<IHHIIIIIIII4H", 0, 0, 0, 0, 1, rate, 0, len(frames), longest, 0xFFFFFFFF, 0, 0, 0, width, height)
    bitmap = struct.pack("<IiiHH4sIiiII", 40, width, height, 1, 24, b"MJPG", width * height * 3, 0, 0, 0, 0)
    index, position = b"", 4
    for frame in frames:
        index += b"00dc" + struct.pack("<III", 0x10, position, len(frame))
        position += 8 + len(frame) + len(frame) % 2
    header = chunk(b"LIST", b"hdrl", chunk(b"avih", main), chunk(b"LIST", b"strl", chunk(b"strh", stream), chunk(b"strf", bitmap)))
    movie = chunk(b"LIST", b"movi", *(chunk(b"00dc", frame) for frame in frames))
    pathlib.Path(path).write_bytes(chunk(b"RIFF", b"AVI ", header, movie, chunk(b"idx1", index)))


def make_video():
    """The photograph, moved by 4 px in each frame."""
    from PIL import Image
    frames = []
    with Image.open("photo.jpg") as photo:
        for shift in range(0, 48, 4):
            frame = io.BytesIO()
            photo.resize((384, 384)).transform((320, 320), Image.Transform.AFFINE, (1, 0, shift, 0, 1, 32)).save(frame, "JPEG")
            frames.append(frame.getvalue())
    write_avi("clip.avi", frames, (320, 320), 12)


def make_networks():
    # A small prior, as many commands run it.
    call("interprior", "train", "prior", "--run", "prior", "--set", "hand=hand.h5", "--set", "data.train.path=patterns.h5", "--set",
         "model.latent=16", "--set", "model.width=64", "--set", "model.depth=1")
    call("interprior", "train", "cues", "--run", "cues", "--set", "hand=hand.h5", "--set", f"prior=prior/{LAST}", "--set",
         "data.train.path=patterns.h5")
    call("interprior", "train", "sampler", "--run", "RUN", "--set", "hand=hand.h5", "--set", f"prior=prior/{LAST}", "--set",
         f"cues=cues/{LAST}", "--set", "data.train=[{path: INTERHAND_ROOT, split: train}]")
    for run, name in [("prior", "PRIOR"), ("cues", "CUES"), ("RUN", "SAMPLER")]:
        shutil.copy(f"{run}/{LAST}", f"{name}.safetensors")
    import torch
    import torchvision
    torch.manual_seed(0)
    torch.save(torchvision.models.resnet50(weights=None).state_dict(), "resnet50-11ad3fa6.pth")


def make_predictions():
    """Writes predictions of the sampler, the ground truth, and a second method: the first with little noise."""
    call("interprior", "evaluate", "SAMPLER.safetensors", "--data", "INTERHAND_ROOT", "--split", "test", "--out", "evaluated")
    shutil.copy("evaluated/truth.h5", "truth.h5")
    sys.path.insert(0, str(ROOT / "data_scripts"))
    import h5py
    import numpy as np
    from hands import write_hands
    with h5py.File("evaluated/truth.h5") as file:
        truth = {name: file[name][()] for name in ["pose", "shape", "translation"]}
        sample, group = ([text.decode() for text in file[name][()]] for name in ["sample", "group"])
    rng = np.random.default_rng(1)
    for name, noise in [("ours.h5", 0.1), ("others.h5", 0.15)]:
        pose = truth["pose"] + rng.normal(0, noise, truth["pose"].shape)
        write_hands(name, sample=sample, group=group, pose=pose, shape=truth["shape"], translation=truth["translation"])


def main():
    os.makedirs(sys.argv[1])
    os.chdir(sys.argv[1])
    make_data()
    make_photographs()
    make_video()
    make_networks()
    make_predictions()


if __name__ == "__main__":
    main()
