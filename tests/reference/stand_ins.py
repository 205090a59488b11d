"""Replaces the classes of chumpy and scipy that MANO's pickles reference, so that Python can write and read such pickles
without those packages. Import it before unpickling."""
import sys
import types

import numpy as np


class Array:
    """The array interface that numpy and smplx use."""

    def __array__(self, dtype=None, copy=None):
        return np.array(self.value(), dtype=dtype)

    def __getitem__(self, index):
        return self.value()[index]

    @property
    def shape(self):
        return self.value().shape


class Ch(Array):
    def value(self):
        return np.asarray(self.x)


class Select(Array):
    def value(self):
        return np.asarray(self.a).ravel()[self.idxs].reshape(self.preferred_shape)


class CscMatrix(Array):
    def value(self):
        matrix = np.zeros(self._shape)
        for column in range(self._shape[1]):
            span = slice(self.indptr[column], self.indptr[column + 1])
            np.add.at(matrix[:, column], self.indices[span], self.data[span])
        return matrix

    todense = value


def place(kind, module, name):
    parts = module.split(".")
    for count in range(1, len(parts) + 1):
        path = ".".join(parts[:count])
        sys.modules.setdefault(path, types.ModuleType(path))
    kind.__module__, kind.__name__, kind.__qualname__ = module, name, name
    setattr(sys.modules[module], name, kind)


place(Ch, "chumpy.ch", "Ch")
place(Select, "chumpy.reordering", "Select")
place(CscMatrix, "scipy.sparse.csc", "csc_matrix")


def spell_as_numpy_1(data):
    """A pickle of protocol 3 with numpy's older module name, which is stored as text in that protocol."""
    return data.replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")
