"""The frames between a Dowel server and its worker; runners/python/README.md describes them."""

import struct

import numpy as np

from .tensors import DATATYPES, DTYPES, Spec, Tensor

LOAD, PREDICT, CANCEL = 1, 2, 3
READY, FAILED, RESULT, ERROR, CANCELLED = 16, 17, 18, 19, 20

MISSING = 0xFFFFFFFF
COUNTER, GAUGE, TIMER = 0, 1, 2

HEADER = struct.Struct("<IB3xI")
"""Length of what follows the length, kind, request."""

_TENSOR = struct.Struct("<BBH")
_U16 = struct.Struct("<H")
_U32 = struct.Struct("<I")
_U64 = struct.Struct("<Q")
_METRIC = struct.Struct("<Bd")
_DIMS = [struct.Struct("<%dq" % rank) for rank in range(33)]
_CODES = {name: code for code, name in enumerate(DATATYPES, 1)}
_PADDING = [b"\0" * n for n in range(8)]


def frame(kind, request, parts=()):
    """A frame of some parts, in one piece."""
    length = 8
    for part in parts:
        length += len(part)
    return b"".join((HEADER.pack(length, kind, request), *parts))


def error(kind, request, text):
    """A frame with one text."""
    return frame(kind, request, [_string(text)])


def _string(text):
    # A lone surrogate, as decoding with surrogateescape leaves, has no UTF-8.
    data = text.encode("utf-8", "replace")
    return _U32.pack(len(data)) + data


def read_tensors(body):
    """The tensors of a body; those of numbers are views of it. Returns {name: array}."""
    (count,) = _U16.unpack_from(body, 0)
    at = 2
    tensors = {}
    for _ in range(count):
        code, rank, length = _TENSOR.unpack_from(body, at)
        at += 4
        name = str(body[at:at + length], "utf-8")
        at += length
        shape = _DIMS[rank].unpack_from(body, at)
        at += 8 * rank
        (size,) = _U64.unpack_from(body, at)
        at += 8
        at = (at + 7) & ~7
        if code == 13:
            tensors[name] = _read_texts(body, at, shape)
        else:
            dtype = DTYPES[DATATYPES[code - 1]]
            tensors[name] = np.frombuffer(body, dtype, size // dtype.itemsize, at).reshape(shape)
        at += size
    return tensors


def _read_texts(body, at, shape):
    count = 1
    for size in shape:
        count *= size
    lengths = struct.unpack_from("<%dI" % count, body, at)
    at += 4 * count
    texts = np.empty(count, dtype=object)
    for i, length in enumerate(lengths):
        if length != MISSING:
            texts[i] = str(body[at:at + length], "utf-8")
            at += length
    return texts.reshape(shape)


def tensor_parts(tensors):
    """The parts of a body with tensors. Data stands at multiples of 8 from the body's start."""
    parts = [_U16.pack(len(tensors))]
    at = 2
    for name, datatype, array in tensors:
        encoded = name.encode("utf-8")
        data = _text_data(array) if datatype == "BYTES" else array.tobytes() if array.nbytes < 65536 else memoryview(array).cast("B") if array.nbytes else b""
        head = _TENSOR.pack(_CODES[datatype], array.ndim, len(encoded)) + encoded + _DIMS[array.ndim].pack(*array.shape) + _U64.pack(len(data))
        at += len(head)
        padding = -at & 7
        parts += (head, _PADDING[padding], data)
        at += padding + len(data)
    return parts


def _text_data(array):
    texts = [None if text is None else text.encode("utf-8", "replace") for text in array.reshape(-1)]
    lengths = struct.pack("<%dI" % len(texts), *(MISSING if text is None else len(text) for text in texts))
    return lengths + b"".join(text for text in texts if text is not None)


def result(request, tensors, tags=None, metrics=None):
    """An answer. Tags are {text: text}, metrics [(kind, value, key)]."""
    parts = tensor_parts(tensors)
    parts.append(_U16.pack(len(tags) if tags else 0))
    for key, value in (tags or {}).items():
        parts += (_string(key), _string(value))
    parts.append(_U16.pack(len(metrics) if metrics else 0))
    for kind, value, key in metrics or ():
        parts += (_METRIC.pack(kind, value), _string(key))
    return frame(RESULT, request, parts)


def signature_parts(inputs, outputs):
    """The parts of a body with a signature."""
    parts = []
    for specs in (inputs, outputs):
        parts.append(_U16.pack(len(specs)))
        for name, datatype, shape in specs:
            encoded = name.encode("utf-8")
            parts.append(_TENSOR.pack(_CODES[datatype], len(shape), len(encoded)) + encoded + _DIMS[len(shape)].pack(*shape))
    return parts


class Reader:
    """Reads the small things of a body one after the other."""

    def __init__(self, body):
        self.body, self.at = body, 0

    def _take(self, form):
        values = form.unpack_from(self.body, self.at)
        self.at += form.size
        return values

    def number(self):
        return self._take(_U32)[0]

    def string(self):
        length = self.number()
        self.at += length
        return str(self.body[self.at - length:self.at], "utf-8")

    def specs(self):
        specs = []
        for _ in range(self._take(_U16)[0]):
            code, rank, length = self._take(_TENSOR)
            name = str(self.body[self.at:self.at + length], "utf-8")
            self.at += length
            specs.append(Spec(name, DATATYPES[code - 1], self._take(_DIMS[rank])))
        return specs
