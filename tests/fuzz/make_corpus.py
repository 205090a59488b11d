"""Writes tests/fuzz/corpus/TARGET: small valid files that the fuzzer mutates.

Rerun from the project's root: .venv/bin/python tests/fuzz/make_corpus.py
"""
import io
import json
import pathlib
import pickle
import shutil
import struct
import sys

import h5py
import numpy as np
from PIL import Image

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
sys.path.append(str(CORPUS.parent.parent / "reference"))
from python2_pickle import pickled  # noqa: E402  (in the same folder, which is not on the path)

TEXT = h5py.string_dtype()
VARIANTS = {"old": {}, "new": {"libver": "latest"}}


def put(target, name, data):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)


def put_hdf5(target, name, format_name, version, arrays, attributes=None, chunked=False, **options):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    with h5py.File(folder / name, "w", **options) as file:
        file.attrs["format"], file.attrs["version"] = format_name, version
        for key, value in (attributes or {}).items():
            file.attrs[key] = value
        for key, value in arrays.items():
            texts = isinstance(value, list)
            array = np.array(value, dtype=TEXT if texts else None)
            more = {"chunks": (1,) + array.shape[1:], "maxshape": (None,) + array.shape[1:]} if chunked and array.ndim else {}
            if more and not texts:
                more |= {"compression": "gzip", "shuffle": True}
            file.create_dataset(key, data=array, **more)


def hdf5_of_every_age(target, format_name, version, arrays, attributes=None):
    for name, options in VARIANTS.items():
        put_hdf5(target, f"{name}.h5", format_name, version, arrays, attributes, chunked=name == "new", **options)


def hands():
    vertices = 3
    rows = lambda n, m: np.full((n, m), 1 / m, "f4")  # noqa: E731
    side = {"v_template": np.eye(vertices, 3, dtype="f4"), "shapedirs": np.zeros((vertices, 3, 10), "f4"),
            "posedirs": np.zeros((vertices, 3, 135), "f2"), "J_regressor": rows(16, vertices), "weights": rows(vertices, 16),
            "faces": np.array([[0, 1, 2]], "i2"), "hands_mean": np.zeros(45, "f4"), "tips": np.array([0, 1, 2, 1, 0])}
    arrays = {f"{name}/{key}": value for name in ("right", "left") for key, value in side.items()}
    hdf5_of_every_age("hdf5_hand", "interprior.hand", 1, arrays, {"source": "procedural"})
    pair = {"pose": np.full((2, 2, 48), 0.1, "f4"), "shape": np.zeros((2, 2, 10), "f4"), "translation": np.zeros((2, 2, 3), "f4")}
    codes = {name: np.zeros(2, "i8") for name in ("source", "modality", "split")}
    names = {"sources": "one\ntwo", "modalities": "rendered"}
    hdf5_of_every_age("hdf5_patterns", "interprior.patterns", 1, pair | codes | {"seed": np.arange(2), "penetration": np.zeros(2, "f4")},
                      names | {"rejected": "too_far 3\n"})
    one = {"pose": np.zeros((2, 48), "f4"), "shape": np.zeros((2, 10), "f4"), "side": np.arange(2), "joints": np.zeros((2, 21, 3), "f4")}
    hdf5_of_every_age("hdf5_poses", "interprior.poses", 1, one | codes, names)
    samples = {"sample": ["test/a.jpg", "test/b.jpg"], "group": ["a", "b"]}
    joints = {"joints": np.ones((2, 2, 21, 3), "f4"), "hand_valid": np.ones((2, 2), bool), "camera": np.ones((2, 4)), "box": np.ones((2, 4))}
    hdf5_of_every_age("hdf5_hands", "interprior.hands", 1, samples | pair | joints | {"vertices": np.zeros((2, 2, 3, 3), "f4")})


def image_indices():
    flat = {"sample": ["test/a.jpg", "train/b.jpg"], "file": ["a.jpg", "b.jpg"], "hand_type": ["interacting", "right"],
            "camera/intrinsics": np.ones((2, 4)), "camera/size": np.full((2, 2), 64), "box": np.full((2, 4), 8.0),
            "mano/pose": np.zeros((2, 2, 48), "f4"), "mano/shape": np.zeros((2, 2, 10), "f4"), "mano/translation": np.zeros((2, 2, 3), "f4"),
            "joints": np.zeros((2, 2, 21, 3), "f4"), "joint_valid": np.ones((2, 2, 21), bool)}
    put_hdf5("hdf5_images", "flat.h5", "interprior.images", 1, flat)
    put_hdf5("hdf5_images", "flat_new.h5", "interprior.images", 1, flat, chunked=True, libver="latest")
    u1, i4, i8 = (lambda n=2, t=t: np.zeros(n, t) for t in ("u1", "i4", "i8"))
    tables = {"camera/capture": ["3"], "camera/name": ["400026"], "camera/intrinsics": np.ones((1, 4)), "camera/rotation": np.eye(3)[None],
              "camera/translation": np.zeros((1, 3)), "frame/joint_valid": u1((1, 2, 21)), "frame/joints": np.zeros((1, 2, 21, 3)),
              "frame/mano/pose": np.zeros((1, 2, 48)), "frame/mano/shape": np.zeros((1, 2, 10)), "frame/mano/translation": np.zeros((1, 2, 3)),
              "frame/mano/valid": u1((1, 2)), "frame/number": ["69148"], "image/annotation": i8(), "image/annotator": u1(),
              "image/box": np.full((2, 4), 8.0), "image/camera": i4(), "image/frame": i4(), "image/hand_type": u1(),
              "image/hand_type_valid": np.ones(2, "u1"), "image/joint_valid": i8(), "image/sequence": i4(), "image/size": np.full((2, 2), 64, "i4"),
              "image/split": u1(), "image/state": u1(), "sequence": ["test/Capture3/0390_dh_touchROM"], "source/bytes": i8(1),
              "source/hash": i8(1), "source/modified": i8(1), "source/path": ["/none/data.json"]}
    attributes = {"root": "/", "lost": "test images - 2\ntest annotations - 0\n"}
    put_hdf5("hdf5_images", "tables.h5", "interprior.images", 2, tables, attributes)
    put_hdf5("hdf5_images", "tables_new.h5", "interprior.images", 2, tables, attributes, chunked=True, libver="latest")


def arrays():
    ramp = np.arange(12).reshape(4, 3)
    for age, options in VARIANTS.items():
        folder = CORPUS / "hdf5_arrays"
        folder.mkdir(parents=True, exist_ok=True)
        with h5py.File(folder / f"{age}.h5", "w", **options) as file:
            file.attrs["format"], file.attrs["version"], file.attrs["text"] = "interprior.test", 3, "a text"
            file.create_dataset("a", data=ramp.astype(">f4"), chunks=(2, 2), compression="gzip", fletcher32=True)
            file.create_dataset("b", data=ramp.astype("<f2"), chunks=(1, 3), maxshape=(None, 3), shuffle=True)
            file.create_dataset("c", data=ramp % 2 == 0)
            file.create_dataset("d", data=np.array([b"ab", b"", b"abcd"]))
            file.create_dataset("e", data=np.array(["one", "", "three"], TEXT), chunks=(2,), maxshape=(None,))
            file.create_dataset("f", shape=(4, 3), dtype="f4", chunks=(2, 3), fillvalue=7)
            file.create_dataset("group/a", data=np.arange(40, dtype="u8"), chunks=(1,))
            file.create_dataset("group/b", data=np.float64(2.5))
            file["linked"] = h5py.SoftLink("/group/a")
        if age == "new":
            with h5py.File(folder / "many_names.h5", "w", **options) as file:
                file.attrs["format"], file.attrs["version"] = "interprior.test", 3
                for i in range(12):
                    file.attrs[f"n{i}"] = i
                    file.create_dataset("abcdefghijkl"[i], data=np.arange(3))


def safetensors():
    def file(header, data=b""):
        text = json.dumps(header).encode()
        return struct.pack("<Q", len(text)) + text + data
    entry = lambda dtype, shape, begin, end: {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}  # noqa: E731
    tensors = {"a": entry("F32", [2, 3], 0, 24), "b": entry("BOOL", [2], 24, 26), "c": entry("I64", [], 26, 34), "d": entry("F16", [0, 4], 34, 34)}
    put("safetensors", "four", file({"__metadata__": {"format": "pt"}} | tensors, bytes(34)))
    model = "latent: 4\nwidth: 8\n"
    info = {"format": "2", "kind": "prior", "config": "stage: prior\n", "prior_model": model, "sampler_model": "", "step": "10",
            "hand_file": "hand.h5", "hand_hash": "0123456789abcdef", "hand_source": "procedural", "splits": "train", "metrics": "{\"mpjpe\": 1.5}"}
    put("checkpoint", "prior", file({"__metadata__": info, "a": entry("F32", [1], 0, 4)}, bytes(4)))
    put("checkpoint", "sampler", file({"__metadata__": info | {"kind": "sampler", "sampler_model": model}, "a": entry("F32", [1], 0, 4)}, bytes(4)))


def pickles():
    hand = {"v_template": np.arange(6.0).reshape(2, 3), "f": np.array([[0, 1, 1]], "<u4"), "weights": np.asfortranarray(np.ones((2, 2), ">f4")),
            "kintree_table": np.zeros((2, 16), "i8"), "names": ["a", "b"], "more": (None, True, 1, 2.5, {"x": set([1])})}
    for protocol in range(6):
        put("pickle", f"numpy_{protocol}", pickle.dumps(hand, protocol))
    for protocol in range(3):
        put("pickle", f"python2_{protocol}", pickled({key: hand[key] for key in ("v_template", "f")}, protocol))


def annotations():
    camera = {"campos": {"400026": [1.0, 2.0, 3.0]}, "camrot": {"400026": np.eye(3).tolist()}, "focal": {"400026": [1200.0, 1201.0]},
              "princpt": {"400026": [256.0, 167.0]}}
    put("json_cameras", "one", json.dumps({"3": camera, "4": camera}))
    joints = {"world_coord": [[1.0, 2.0, 3.0]] * 42, "joint_valid": [[1]] * 42, "hand_type": "interacting", "hand_type_valid": True}
    put("json_frames", "joints", json.dumps({"3": {"69148": joints}}))
    put("json_frames", "list", json.dumps({"3": {"69148": [[1.0, 2.0, 3.0]] * 42}}))
    mano = {"pose": [0.1] * 48, "shape": [0.0] * 10, "trans": [0.0, 0.1, 0.9]}
    put("json_frames", "mano", json.dumps({"3": {"69148": {"right": mano, "left": None}}}))
    image = {"id": 0, "file_name": "Capture3/0390_dh_touchROM/cam400026/image69148.jpg", "width": 512, "height": 334, "capture": 3,
             "subject": 9, "seq_name": "0390_dh_touchROM", "camera": "400026", "frame_idx": 69148}
    annotation = {"id": 0, "image_id": 0, "bbox": [1.0, 2.0, 3.5, 4.0], "joint_valid": [[1]] * 42, "hand_type": "interacting",
                  "hand_type_valid": 1}
    put("json_annotations", "one", json.dumps({"images": [image, image], "annotations": [annotation]}, indent=1))
    put("boxes", "plain", json.dumps({"a.jpg": [1, 2, 3.5, 4], "b/c.png": [[1, 2, 3, 4], [5, 6, 7, 8]]}))
    put("boxes", "cameras", json.dumps({"a": {"box": [1, 2, 3, 4], "camera": [5, 6, 7, 8], "width": 9, "height": 8},
                                        "b": [[1, 2, 3, 4], {"camera": [5, 6, 7, 8]}]}))
    put("boxes", "coco", json.dumps({"images": [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 8}],
                                     "annotations": [{"image_id": 1, "id": 1, "bbox": [1, 2, 3, 4]}]}))


def keypoints():
    hand = [[10 + i, 20 + 3 * i, 0.5] for i in range(21)]
    flat = [number for joint in hand for number in joint]
    pair = {"right": hand[:9] + [None, [1, 2]] + hand[11:], "left": None, "right_depth": [0.5 * i for i in range(21)], "camera": [9, 9, 5, 5]}
    head = {"format": "interprior.keypoints", "version": 1, "order": "rhd"}
    put("keypoints", "plain", json.dumps(head | {"images": {"a.jpg": {"size": [64, 48], "pairs": [pair, {"left": hand}]}, "b": {"pairs": []}}}))
    points = [[0.01 * i, 0.02, 0.6] for i in range(21)]
    put("keypoints", "joints", json.dumps(head | {"images": {"a": {"camera": [9, 9, 5, 5], "pairs": [{"left_joints": points}]}}}))
    image = {"id": 1, "file_name": "a.jpg", "width": 64, "height": 48}
    person = {"image_id": 1, "lefthand_kpts": flat, "righthand_kpts": [0] * 63, "lefthand_valid": True, "righthand_valid": False}
    put("keypoints", "coco", json.dumps({"images": [image], "annotations": [person]}))
    put("keypoints", "results", json.dumps([{"image_id": 1, "score": 0.5, "lefthand_kpts": flat, "righthand_kpts": flat}]))
    put("keypoints", "whole_body", json.dumps([{"image_id": "a.jpg", "keypoints": [1] * 399}]))


def configs():
    put("config", "whole", "steps: 10\nlearning_rate: 1e-3\ncompile: true\nname: \"a\"\nnorm: frozen\nwidths: [1, 2]\nscales: []\n"
        "tags:\n  - x\n  - 'y'\nloss: {joints: 1, bones: 2}\ndata:\n  - path: here\n    weight: 0.5\n    loss:\n      joints: 3\n")
    put("config", "odd", "# words\n--- !t\nsteps: &a 3\nname: |\n  text\n  more\ntags: [*a, ~]\n...\n")
    put("config", "set", "data[0].loss.joints=3")


def images():
    ramp = (np.arange(24 * 20 * 3) % 251).astype("u1").reshape(20, 24, 3)
    colour, grey = Image.fromarray(ramp), Image.fromarray(ramp[..., 0])
    def encoded(image, kind, **options):
        buffer = io.BytesIO()
        image.save(buffer, kind, **options)
        return buffer.getvalue()
    for kind in ("jpeg", "png", "bmp", "webp", "tiff"):
        put("image", f"colour.{kind}", encoded(colour, kind))
    put("image", "grey.jpeg", encoded(grey, "jpeg", progressive=True))
    put("image", "cmyk.jpeg", encoded(colour.convert("CMYK"), "jpeg"))
    put("image", "turned.jpeg", encoded(colour, "jpeg", exif=b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"))
    put("image", "palette.png", encoded(colour.convert("P"), "png"))
    put("image", "deep.png", encoded(Image.fromarray(ramp[..., 0].astype("u2") * 200), "png"))


if __name__ == "__main__":
    shutil.rmtree(CORPUS, ignore_errors=True)
    for write in (hands, image_indices, arrays, safetensors, pickles, annotations, keypoints, configs, images):
        write()
