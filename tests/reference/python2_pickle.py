"""Writes the opcodes of Python 2.7's pickler, protocols 0 to 2, without Python 2."""
import struct

import numpy as np


class Name:
    def __init__(self, module, attribute):
        self.module, self.attribute = module, attribute


RECONSTRUCT, NDARRAY, DTYPE = Name("numpy.core.multiarray", "_reconstruct"), Name("numpy", "ndarray"), Name("numpy", "dtype")
RECONSTRUCTOR, OBJECT, SET = Name("copy_reg", "_reconstructor"), Name("__builtin__", "object"), Name("__builtin__", "set")


def quoted(data):
    """repr() of a Python 2 str."""
    quote = b'"' if b"'" in data and b'"' not in data else b"'"
    escapes = {ord("\\"): b"\\\\", ord("\n"): b"\\n", ord("\r"): b"\\r", ord("\t"): b"\\t", ord(quote): b"\\" + quote}
    table = [escapes.get(c, bytes([c]) if 32 <= c < 127 else b"\\x%02x" % c) for c in range(256)]
    return quote + b"".join(table[c] for c in data) + quote


class Pickler:
    def __init__(self, protocol):
        self.protocol, self.parts, self.memo, self.kept, self.words = protocol, [], {}, [], {}

    def emit(self, *parts):
        self.parts.extend(parts)

    def remember(self, thing):
        place = len(self.memo) + 1
        self.memo[id(thing)] = place
        self.kept.append(thing)                  # an id is only valid while its object exists
        if self.protocol == 0:
            self.emit(b"p%d\n" % place)
        else:
            self.emit(b"q" + bytes([place]) if place < 256 else b"r" + struct.pack("<I", place))

    def recall(self, thing):
        place = self.memo.get(id(thing))
        if place is None:
            return False
        if self.protocol == 0:
            self.emit(b"g%d\n" % place)
        else:
            self.emit(b"h" + bytes([place]) if place < 256 else b"j" + struct.pack("<I", place))
        return True

    def save(self, value):
        if value is None:
            self.emit(b"N")
        elif isinstance(value, bool):
            self.emit((b"\x88" if value else b"\x89") if self.protocol == 2 else b"I%02d\n" % value)
        elif isinstance(value, int):
            self.save_integer(value)
        elif isinstance(value, (str, bytes)):
            self.save_words(value.encode("latin-1") if isinstance(value, str) else value)
        elif isinstance(value, tuple):
            self.save_tuple(value)
        elif not self.recall(value):
            self.save_once(value)

    def save_integer(self, value):
        if self.protocol == 0 or not -2**31 <= value < 2**31:
            self.emit(b"I%d\n" % value)
        elif 0 <= value < 256:
            self.emit(b"K" + bytes([value]))
        elif 0 <= value < 65536:
            self.emit(b"M" + struct.pack("<H", value))
        else:
            self.emit(b"J" + struct.pack("<i", value))

    def save_words(self, data):
        kept = self.words.setdefault(data, data) if len(data) < 100 else data   # Python 2 memoises equal keys as one object
        if self.recall(kept):
            return
        if self.protocol == 0:
            self.emit(b"S", quoted(data), b"\n")
        else:
            self.emit(b"U" + bytes([len(data)]) if len(data) < 256 else b"T" + struct.pack("<i", len(data)), data)
        self.remember(kept)

    def save_tuple(self, value):
        if not value and self.protocol > 0:
            self.emit(b")")
        elif self.protocol == 2 and len(value) <= 3:
            for item in value:
                self.save(item)
            self.emit(bytes([0x84 + len(value)]))
        else:
            self.emit(b"(")
            for item in value:
                self.save(item)
            self.emit(b"t")
        if value:
            self.remember(value)

    def save_once(self, value):
        if isinstance(value, Name):
            self.emit(f"c{value.module}\n{value.attribute}\n".encode())
            self.remember(value)
        elif isinstance(value, dict):
            self.save_dict(value)
        elif isinstance(value, list):
            assert not value, "no list of MANO's files has items"
            self.emit(b"]" if self.protocol > 0 else b"(l")
            self.remember(value)
        elif isinstance(value, np.ndarray):
            self.save_call(RECONSTRUCT, (NDARRAY, (0,), b"b"), value)
            by_columns = value.flags.f_contiguous and not value.flags.c_contiguous
            self.save((1, value.shape, value.dtype, by_columns, value.tobytes("A")))
            self.emit(b"b")
        elif isinstance(value, np.dtype):
            self.save_call(DTYPE, (value.str[1:], 0, 1), value)
            self.save((3, value.str[:1], None, None, None, -1, -1, 0))
            self.emit(b"b")
        elif isinstance(value, set):
            self.save_call(SET, (sorted(value),), value)
        elif "__reduce__" in vars(type(value)):
            function, arguments = value.__reduce__()
            self.save_call(Name(function.__module__, function.__name__), arguments, value)
        else:
            self.save_object(value)

    def save_call(self, function, arguments, value):
        self.save(function)
        self.save(arguments)
        self.emit(b"R")
        self.remember(value)

    def save_object(self, value):
        name = self.words.setdefault(type(value), Name(type(value).__module__, type(value).__name__))
        if self.protocol == 2:
            self.save(name)
            self.emit(b")\x81")
            self.remember(value)
        else:
            self.save_call(RECONSTRUCTOR, (name, OBJECT, None), value)
        self.save(vars(value))
        self.emit(b"b")

    def save_dict(self, value):
        self.emit(b"}" if self.protocol > 0 else b"(d")
        self.remember(value)
        if self.protocol > 0:
            self.emit(b"(")
        for key, item in value.items():
            self.save(key)
            self.save(item)
            if self.protocol == 0:
                self.emit(b"s")
        if self.protocol > 0:
            self.emit(b"u")


def pickled(value, protocol):
    pickler = Pickler(protocol)
    pickler.emit(b"\x80\x02" if protocol == 2 else b"")
    pickler.save(value)
    pickler.emit(b".")
    return b"".join(pickler.parts)
