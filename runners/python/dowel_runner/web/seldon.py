"""Seldon's protocol v1 over JSON."""

import base64
import binascii
import uuid

import numpy as np

from ..errors import PredictError
from . import oip

_KINDS = ("COUNTER", "GAUGE", "TIMER")


def read(body, model):
    """The inputs of a request, {name: array}, and the form they came in."""
    if not isinstance(body, dict):
        raise PredictError("The body must be an object with data, strData, jsonData or binData.")
    name = model.inputs[0].name if len(model.inputs) == 1 else "X"
    if "strData" in body:
        return {name: _text(body["strData"])}, "strData"
    if "binData" in body:
        try:
            return {name: _text(base64.b64decode(body["binData"], validate=True).decode("utf-8"))}, "binData"
        except (binascii.Error, TypeError, ValueError):
            raise PredictError("binData: base64 of text in UTF-8 is needed.") from None
    if "jsonData" in body:
        data = body["jsonData"]
        columns = data.items() if isinstance(data, dict) else [(name, data)]
        return {str(key): _array("jsonData.%s" % key, value if isinstance(value, list) else [value]) for key, value in columns}, "jsonData"
    data = body.get("data")
    if not isinstance(data, dict):
        raise PredictError("data: an object with ndarray or tensor is needed.")
    form = "tensor" if "tensor" in data else "ndarray"
    return _inputs(_data(data, form), data.get("names"), model, name), form


def _data(data, form):
    if form == "ndarray":
        if not isinstance(data.get("ndarray"), list):
            raise PredictError("data: ndarray or tensor is needed.")
        return data["ndarray"]
    tensor = data["tensor"]
    shape, values = (tensor.get("shape"), tensor.get("values")) if isinstance(tensor, dict) else (None, None)
    if not isinstance(shape, list) or not isinstance(values, list):
        raise PredictError("data.tensor: shape and values are needed.")
    try:
        return np.array(values, dtype=float).reshape(shape).tolist()
    except (TypeError, ValueError):
        raise PredictError("data.tensor: %d values do not fill the shape %s." % (len(values), shape)) from None


def _inputs(rows, names, model, name):
    if not rows or not all(isinstance(row, list) for row in rows):
        return {name: _array("data", rows)}
    width = len(rows[0])
    if any(len(row) != width for row in rows):
        raise PredictError("data: all rows need the same number of values.")
    declared = [spec.name for spec in model.inputs]
    if names:
        if not isinstance(names, list) or len(names) != width:
            raise PredictError("data.names: %d names are needed, one a column." % width)
    elif len(declared) > 1:
        if len(declared) != width:
            raise PredictError("data: %d columns given, %d wanted: %s." % (width, len(declared), ", ".join(declared)))
        names = declared
    if not names or len(declared) == 1:
        return {name: _array("data", rows)}
    return {str(names[i]): _array("data.%s" % names[i], [row[i] for row in rows]) for i in range(width)}


def _text(value):
    if not isinstance(value, str):
        raise PredictError("strData: a text is needed.")
    return np.array([value], dtype=object)


def _array(where, values):
    try:
        plain = list(oip.flat(values))
        if any(v is None or isinstance(v, str) for v in plain) and all(v is None or isinstance(v, (int, float)) for v in plain):
            return np.array(values, dtype=float)
        if all(isinstance(v, (int, float, str, bool)) or v is None for v in plain):
            return np.array(values) if not any(isinstance(v, str) for v in plain) else np.array(values, dtype=object)
    except (ValueError, OverflowError):
        pass
    raise PredictError("%s: numbers, texts or booleans are needed, in rows of the same length." % where)


def answer(body, form, tensors, tags, metrics, model):
    """An answer in the form that the request had."""
    given = body.get("meta") if isinstance(body.get("meta"), dict) else {}
    meta = {
        "puid": given.get("puid") or uuid.uuid4().hex,
        "tags": {**(given.get("tags") if isinstance(given.get("tags"), dict) else {}), **tags},
        "metrics": [{"key": key, "type": _KINDS[kind], "value": value} for kind, value, key in metrics],
    }
    first = tensors[0].array
    if form in ("strData", "binData") and len(tensors) == 1 and tensors[0].datatype == "BYTES" and first.size == 1:
        text = first.reshape(-1)[0] or ""
        return {"meta": meta, form: text if form == "strData" else base64.b64encode(text.encode()).decode()}
    if form == "jsonData":
        return {"meta": meta, "jsonData": {name: _nested(array) for name, _, array in tensors}}
    if len(tensors) == 1:
        names, values, shape = list(getattr(model, "class_names", None) or []), _nested(first), list(first.shape)
    else:
        names, columns = [], []
        for name, _, array in tensors:
            wide = array.reshape(array.shape[0], -1)
            names += [name] if wide.shape[1] == 1 else ["%s_%d" % (name, i) for i in range(wide.shape[1])]
            columns.append(_nested(wide))
        values = [sum(parts, []) for parts in zip(*columns)]
        shape = [len(values), len(names)]
    # A tensor of this protocol has numbers only.
    if form == "tensor" and all(tensor.datatype != "BYTES" for tensor in tensors):
        return {"meta": meta, "data": {"names": names, "tensor": {"shape": shape, "values": list(oip.flat(values))}}}
    return {"meta": meta, "data": {"names": names, "ndarray": values}}


def _nested(array):
    values = oip.plain(array)
    for size in reversed(array.shape[1:]):
        values = [values[i:i + size] for i in range(0, len(values), size)] if size else [[] for _ in range(array.shape[0])]
    return values


def failure(message, status):
    """An error as Seldon's wrapper sends it."""
    return {"status": {"status": 1, "code": -1, "info": message, "reason": "MICROSERVICE_BAD_DATA" if status < 500 else "MICROSERVICE_INTERNAL_ERROR"}}
