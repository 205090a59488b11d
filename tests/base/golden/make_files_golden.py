"""Writes tests/base/golden/files_python.h5 and files_python.safetensors: files of other writers that must be readable.

Rerun from the project's root: .venv/bin/python tests/base/golden/make_files_golden.py
"""
import pathlib

import h5py
import numpy as np
import torch
from safetensors.torch import save_file

GOLDEN = pathlib.Path(__file__).resolve().parent


def write_hdf5():
    with h5py.File(GOLDEN / "files_python.h5", "w") as file:
        file.attrs["format"] = "interprior.test"
        file.attrs["version"] = 3
        file.attrs["fixed"] = np.bytes_("fixed text")
        ramp = np.arange(12).reshape(4, 3)
        file["float16"] = (ramp / 4).astype("<f2")
        file["big_endian"] = (ramp / 4).astype(">f8")
        file["int16"] = (ramp - 5).astype("<i2")
        file["uint64"] = ramp.astype("<u8")
        file["beyond_int64"] = np.array([2**64 - 1], "<u8")
        file["flags"] = ramp % 2 == 0
        file.create_dataset("group/compressed", data=np.tile(ramp, (100, 1)).astype("<f4"), chunks=(64, 3), compression="gzip", shuffle=True)
        file["fixed_strings"] = np.array([b"ab", b"", b"abcd"])
        file["variable_strings"] = np.array(["h\u00e4nde", "", "train/a.jpg"], dtype=h5py.string_dtype())
        file["one_string"] = "alone"
        file["complex"] = np.array([1 + 2j])
        file["linked"] = h5py.SoftLink("/int16")
        file["dangling"] = h5py.SoftLink("/nothing")
        file.create_dataset("null", data=h5py.Empty("f4"))


def write_safetensors():
    ramp = torch.arange(6).reshape(2, 3)
    tensors = {"f64": ramp.double() / 8, "f32": ramp.float() / 8, "f16": ramp.half() / 8, "bf16": ramp.bfloat16() / 8,
               "i64": ramp - 3, "i32": (ramp - 3).int(), "i16": (ramp - 3).short(), "i8": (ramp - 3).char(),
               "u8": ramp.byte(), "bool": ramp % 2 == 0, "scalar": torch.tensor(2.5), "empty": torch.zeros(0, 4),
               "h\u00e4nde \"quoted\"": ramp.float()}
    save_file(tensors, GOLDEN / "files_python.safetensors", metadata={"format": "pt", "note": "line 1\nline 2"})


if __name__ == "__main__":
    write_hdf5()
    write_safetensors()
