"""The data types of the Open Inference Protocol v2, and numpy arrays of them. Text is an object array of str, None where it is missing."""

import json
from collections import namedtuple

import numpy as np

from .errors import PredictError

Spec = namedtuple("Spec", "name datatype shape")
"""An input or output: its name, data type and shape, -1 for any size; the first dimension is the batch."""

Tensor = namedtuple("Tensor", "name datatype array")
"""A named array."""

DATATYPES = ("BOOL", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64", "FP16", "FP32", "FP64", "BYTES")

DTYPES = {
    "BOOL": np.dtype("?"), "INT8": np.dtype("i1"), "INT16": np.dtype("<i2"), "INT32": np.dtype("<i4"), "INT64": np.dtype("<i8"),
    "UINT8": np.dtype("u1"), "UINT16": np.dtype("<u2"), "UINT32": np.dtype("<u4"), "UINT64": np.dtype("<u8"),
    "FP16": np.dtype("<f2"), "FP32": np.dtype("<f4"), "FP64": np.dtype("<f8"), "BYTES": np.dtype(object),
}

_BY_DTYPE = {dtype: name for name, dtype in DTYPES.items() if name != "BYTES"}
_BY_TYPE = {bool: "BOOL", int: "INT64", float: "FP64", str: "BYTES", bytes: "BYTES"}


def datatype_of(value):
    """The data type that a declaration means: a protocol name, a Python type or a numpy dtype."""
    if isinstance(value, str) and value.upper() in DTYPES:
        return value.upper()
    if value in _BY_TYPE:
        return _BY_TYPE[value]
    try:
        dtype = np.dtype(value)
    except TypeError:
        dtype = None
    if dtype is not None:
        if dtype.kind in "OUS":
            return "BYTES"
        if dtype in _BY_DTYPE:
            return _BY_DTYPE[dtype]
    raise ValueError("%r is no data type; one of %s would do" % (value, ", ".join(DATATYPES)))


def specs_of(declared):
    """Inputs or outputs as a class or a settings file declares them: {name: type}, or [{"name", "datatype", "shape"}]."""
    if not declared:
        return []
    if isinstance(declared, dict):
        return [Spec(str(name), datatype_of(kind), (-1,)) for name, kind in declared.items()]
    specs = []
    for one in declared:
        if isinstance(one, str):
            one = {"name": one}
        if not isinstance(one, dict) or "name" not in one:
            raise ValueError("%r does not declare an input or output; {\"name\": \"age\", \"datatype\": \"FP32\", \"shape\": [-1]} would" % (one,))
        specs.append(Spec(str(one["name"]), datatype_of(one.get("datatype", "FP64")), tuple(int(size) for size in one.get("shape", (-1,)))))
    return specs


def tensor_of(name, value, rows):
    """What a model returned, as a tensor of as many rows as came in."""
    array = np.asarray(value) if not isinstance(value, (list, tuple)) else _array_of(name, value)
    if array.ndim == 0:
        array = array.reshape(1)
    if array.shape[0] != rows:
        if rows != 1:
            raise PredictError("The output '%s' has %d rows for %d rows of input." % (name, array.shape[0], rows))
        array = array.reshape((1,) + array.shape)
    datatype = _BY_DTYPE.get(array.dtype)
    if datatype is None:
        array, datatype = _plain(name, array)
    return Tensor(name, datatype, np.ascontiguousarray(array))


def _array_of(name, values):
    # numpy would make texts of numbers that stand beside texts, and warns of or refuses ragged lists.
    try:
        flat = all(not isinstance(v, (list, tuple, np.ndarray)) for v in values)
        kinds = {type(v) for v in values} if flat else ()
        if flat and (str in kinds or type(None) in kinds) and len(kinds) > 1:
            array = np.empty(len(values), dtype=object)
            array[:] = values
            return array
        return np.array(values)
    except ValueError:
        raise PredictError("The output '%s' is a list whose parts differ in length." % name) from None


def _plain(name, array):
    """Arrays of other types: text, dates, and objects that are all of one kind."""
    kind = array.dtype.kind
    if kind in "biuf":
        native = array.dtype.newbyteorder("<")
        if native in _BY_DTYPE:
            return array.astype(native), _BY_DTYPE[native]
        if kind == "f":
            return array.astype("<f8"), "FP64"
    if kind == "U":
        return array.astype(object), "BYTES"
    if kind in "Mm":
        return np.datetime_as_string(array).astype(object) if kind == "M" else array.astype(str).astype(object), "BYTES"
    if kind == "S":
        return _texts(name, array.astype(object)), "BYTES"
    if kind == "O":
        values = array.reshape(-1)
        present = [v for v in values if not _missing(v)]
        missing = len(present) < len(values)
        if all(isinstance(v, (str, bytes)) for v in present) and (present or not missing or any(v is None for v in values)):
            return _texts(name, array), "BYTES"
        if all(isinstance(v, (bool, np.bool_)) for v in present) and not missing:
            return array.astype("?"), "BOOL"
        if all(isinstance(v, (int, np.integer)) and not isinstance(v, bool) for v in present) and not missing:
            return array.astype("<i8"), "INT64"
        if all(isinstance(v, (int, float, np.integer, np.floating, bool, np.bool_)) for v in present):
            numbers = np.array([np.nan if _missing(v) else float(v) for v in values], dtype="<f8")
            return numbers.reshape(array.shape), "FP64"
        if values.size and isinstance(present[0], (list, tuple, np.ndarray)):
            raise PredictError("The output '%s' is a list whose parts differ in length." % name)
        raise PredictError("The output '%s' has values of type %s, which cannot be sent." % (name, ", ".join(sorted({type(v).__name__ for v in values}))))
    raise PredictError("The output '%s' is of type %s, which cannot be sent." % (name, array.dtype))


def _missing(value):
    return value is None or value != value or type(value).__name__ in ("NAType", "NaTType")


def _texts(name, array):
    out = np.empty(array.shape, dtype=object)
    flat, values = out.reshape(-1), array.reshape(-1)
    for i, value in enumerate(values):
        if isinstance(value, bytes):
            try:
                value = value.decode("utf-8")
            except UnicodeDecodeError:
                raise PredictError("The output '%s' has bytes that are no text in UTF-8; send them as base64." % name) from None
        flat[i] = None if _missing(value) else value
    return out


def text_of(value):
    """A tag's value."""
    return value if isinstance(value, str) else json.dumps(value, default=str)
