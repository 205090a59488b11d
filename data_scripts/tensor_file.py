"""Writes interprior's HDF5 files: arrays are checked, and files are written atomically."""
from packages import need

need("numpy", "h5py")

import os

import h5py
import numpy as np

from whole_file import InputError, require, unfinished

SPLITS = ["train", "val", "test"]


class Columns:
    """Arrays of one file, N rows each, under their names in the file. Arrays that are None are left out."""

    def __init__(self):
        self.sizes = {}  # sizes of the letters in shapes: N, V, K
        self.arrays = {}
        self.rows = None  # names of the rows, for messages

    def texts(self, name, value):
        if value is None:
            return None
        require(not isinstance(value, (str, bytes)), f"{name} is a string, it must be a list of strings")
        texts = [os.fspath(text) for text in value]
        require(all(isinstance(text, str) and "\0" not in text for text in texts), f"{name} must be strings without zero bytes")
        self._fit(name, (len(texts),), ("N",))
        self.arrays[name] = texts
        return texts

    def numbers(self, name, value, shape, dtype=np.float64, valid=None):
        """Checks shape, dtype and that values are finite where `valid` (None: everywhere); writes zeros elsewhere."""
        if value is None:
            return None
        array = np.asarray(value)
        wanted = "iu" if np.issubdtype(dtype, np.integer) else "fiu"
        require(array.dtype.kind in wanted, f"{name} has dtype {array.dtype}, expected {np.dtype(dtype)}")
        self._fit(name, array.shape, shape)
        require(array.size > 0, f"{name} is empty")
        mask = np.ones(array.shape[:1], bool) if valid is None else np.asarray(valid, bool)
        mask = mask.reshape(mask.shape + (1,) * (array.ndim - mask.ndim))
        bad = (~np.isfinite(array) & mask).reshape(len(array), -1).any(1)
        require(not bad.any(), f"{name} of {self._row(int(bad.argmax()))} is not finite")
        self.arrays[name] = np.where(mask, array, 0).astype(dtype)
        return self.arrays[name]

    def flags(self, name, value, shape):
        """Booleans, or 0 and 1 of any integer or floating type."""
        if value is None:
            return None
        array = np.asarray(value)
        self._fit(name, array.shape, shape)
        require(array.dtype.kind in "biuf" and np.isin(array, [0, 1]).all(), f"{name} must be booleans, or 0 and 1")
        self.arrays[name] = array.astype(np.uint8)
        return array.astype(bool)

    def ids(self, name, value):
        """Unique strings; later messages name rows by them."""
        texts = self.texts(name, value)
        require(bool(texts), f"{name} is empty: there is nothing to write")
        seen = set()
        for text in texts:
            require(text not in seen, f"{name} {text} occurs twice: give every row its own id")
            seen.add(text)
        self.rows = texts
        return texts

    def _row(self, row):
        return f"row {row}" if self.rows is None else self.rows[row]

    def _fit(self, name, actual, wanted):
        fits = len(actual) == len(wanted)
        expected = [self.sizes.get(size, size) for size in wanted]
        for i in range(len(wanted) if fits else 0):
            fits = fits and (isinstance(expected[i], str) or actual[i] == expected[i])
        require(fits, f"{name} has shape ({', '.join(map(str, actual))}), expected ({', '.join(map(str, expected))})")
        self.sizes.update({size: actual[i] for i, size in enumerate(wanted) if isinstance(size, str)})


def write_tensor_file(path, kind, arrays, attributes=None, version=1):
    with unfinished(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["format"] = f"interprior.{kind}"
        file.attrs["version"] = np.int64(version)
        for name, value in (attributes or {}).items():
            file.attrs[name] = value
        for name, array in arrays.items():
            texts = isinstance(array, list)
            file.create_dataset(name, data=array, dtype=h5py.string_dtype() if texts else array.dtype)
