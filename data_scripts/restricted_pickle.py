"""Reads pickles of numpy arrays and plain values without executing code from them.

A pickle may call anything that Python can import. Here only the names below are allowed: those that arrays and scalars need, as
written by Python 2 and 3 and numpy 1 and 2. Objects of names listed as `inert` are reduced to their state.
"""
from packages import need

need("numpy")

import os
import pickle

import numpy as np

from source_file import CONVERTED, reason_of, require_whole
from whole_file import InputError, require


class Inert:
    """Stands in for an object of another library; keeps its pickled state."""

    def __init__(self, *arguments):
        self.state = None

    def __setstate__(self, state):
        self.state = state


class NameOnly:
    """numpy.ndarray and object as names only: calling ndarray could allocate any amount of memory."""


def empty_array(kind, shape, code):
    require(kind is NameOnly and tuple(shape) == (0,), "the pickle begins an array in a way numpy does not")
    return np.ndarray((0,), np.int8)  # shape and data follow in its state


def from_buffer(data, kind, shape, order, axes=None):
    """An array as pickled by protocol 5."""
    require(isinstance(data, (bytes, bytearray)) and isinstance(kind, np.dtype) and kind.kind in "biufSU" and order in ("C", "F")
            and axes is None, "the pickle holds a broken array")
    return np.frombuffer(data, kind).reshape(shape, order=order)


def scalar(kind, data):
    data = data if isinstance(data, bytes) else data.encode("latin1")
    fits = isinstance(kind, np.dtype) and kind.kind in "biufSU" and len(data) == kind.itemsize
    require(fits, "the pickle holds a broken scalar")
    return np.frombuffer(data, kind)[0]


def encoded(text, codec):
    require(codec == "latin1", f"the pickle calls for the codec {codec}")  # how Python 3 writes bytes in old protocols
    return text.encode(codec)


def plain_object(kind, base, state):
    require(kind is Inert, "the pickle makes an object of no known kind")  # protocols 0 and 1 of Python 2
    return Inert()


KNOWN = {("numpy", "ndarray"): NameOnly, ("numpy", "dtype"): np.dtype, ("_codecs", "encode"): encoded,
         ("__builtin__", "set"): set, ("builtins", "set"): set, ("__builtin__", "object"): NameOnly,
         ("copy_reg", "_reconstructor"): plain_object}
for module in ["numpy.core.multiarray", "numpy._core.multiarray"]:
    KNOWN[module, "_reconstruct"] = empty_array
    KNOWN[module, "scalar"] = scalar
for module in ["numpy.core.numeric", "numpy._core.numeric"]:
    KNOWN[module, "_frombuffer"] = from_buffer


class RestrictedUnpickler(pickle.Unpickler):
    def __init__(self, file, path, inert):
        super().__init__(file, encoding="latin1")
        self.path, self.inert = path, inert

    def find_class(self, module, name):
        require("\r" not in module + name, f"{self.path} cannot be read: {CONVERTED}")
        if (module, name) in self.inert:
            return Inert
        require((module, name) in KNOWN, f"{self.path} calls for {module}.{name}, which such a file does not hold: "
                                         "is it the original download?")
        return KNOWN[module, name]


class Unreadable(Exception):
    """The file is truncated, or not a pickle."""


def load_restricted(path, inert=()):
    require_whole(path)
    with open(path, "rb") as file:
        try:
            return RestrictedUnpickler(file, path, inert).load()
        except (InputError, OSError):
            raise
        except Exception as error:  # a damaged stream raises nearly anything
            raise Unreadable(f"{path} is not a pickle, or is damaged: {reason_of(path, error)}") from error


MANO_INERT = {("chumpy.ch", "Ch"), ("chumpy.reordering", "Select"), ("scipy.sparse.csc", "csc_matrix"),
              ("scipy.sparse._csc", "csc_matrix")}


def mano_file(folder, side):
    """Path of MANO_SIDE.pkl in the folder, or in the layouts of the download or smplx."""
    name = f"MANO_{side.upper()}.pkl"
    paths = [os.path.join(folder, below, name) for below in ["", "models", "mano", os.path.join("mano_v1_2", "models")]]
    return next(filter(os.path.exists, paths), paths[0])


def mano_components(path):
    """hands_components (45,45) and hands_mean (45) of one of MANO's two pickles."""
    try:
        content = load_restricted(path, MANO_INERT)
    except Unreadable as error:
        raise InputError(str(error)) from error
    found = []
    for name, shape in [("hands_components", (45, 45)), ("hands_mean", (45,))]:
        value = content.get(name) if isinstance(content, dict) else None
        require(isinstance(value, np.ndarray) and value.shape == shape and value.dtype.kind == "f" and np.isfinite(value).all(),
                f"{path} lacks {name} as an array of shape {shape}: is it a MANO file?")
        found.append(value.astype(np.float64))
    return found
