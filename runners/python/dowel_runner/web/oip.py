"""Open Inference Protocol v2 over JSON."""

import numpy as np

from ..errors import PredictError
from ..tensors import DATATYPES, DTYPES


def read(body):
    """The inputs of a request, {name: array}."""
    if not isinstance(body, dict):
        raise PredictError("The body must be an object with inputs.")
    given = body.get("inputs")
    if not isinstance(given, list) or not given:
        raise PredictError("inputs: a list of at least one tensor is needed.")
    inputs = {}
    for i, tensor in enumerate(given):
        where = "inputs[%d]" % i
        if not isinstance(tensor, dict):
            raise PredictError("%s: an object with name, shape, datatype and data is needed." % where)
        name = tensor.get("name")
        if not isinstance(name, str) or not name:
            raise PredictError("%s.name: a name is needed." % where)
        if name in inputs:
            raise PredictError("%s.name: '%s' stands there twice." % (where, name))
        inputs[name] = _array(where, tensor)
    rows = {array.shape[0] if array.ndim else 1 for array in inputs.values()}
    if len(rows) > 1:
        raise PredictError("inputs: all need the same number of rows; there are %s." % " and ".join(str(n) for n in sorted(rows)))
    return inputs


def _array(where, tensor):
    datatype, shape = tensor.get("datatype"), tensor.get("shape")
    if datatype not in DTYPES:
        raise PredictError("%s.datatype: %r given; one of %s would do." % (where, datatype, ", ".join(DATATYPES)))
    if not isinstance(shape, list) or not all(isinstance(size, int) and not isinstance(size, bool) and size >= 0 for size in shape):
        raise PredictError("%s.shape: a list of sizes is needed." % where)
    if not isinstance(tensor.get("data"), list):
        raise PredictError("%s.data: a list is needed; this server takes no binary tensors." % where)
    values = list(flat(tensor["data"]))
    count = 1
    for size in shape:
        count *= size
    if len(values) != count:
        raise PredictError("%s.data: %d values given, %d wanted by shape %s." % (where, len(values), count, shape))
    return _typed(where, datatype, values).reshape(shape)


def flat(data):
    """The values of nested lists, one after the other."""
    for value in data:
        if isinstance(value, list):
            yield from flat(value)
        else:
            yield value


def _typed(where, datatype, values):
    if datatype == "BYTES":
        bad = next((v for v in values if not (v is None or isinstance(v, str))), None)
        array = np.empty(len(values), dtype=object)
        array[:] = values
    elif datatype == "BOOL":
        bad = next((v for v in values if not isinstance(v, bool)), None)
        array = None if bad is not None or None in values else np.array(values, dtype=bool)
    else:
        dtype = DTYPES[datatype]
        array, bad = None, next((v for v in values if not _fits(v, dtype)), None)
        if bad is None and (dtype.kind == "f" or None not in values):
            with np.errstate(over="ignore"):
                array = np.array([np.nan if v is None else v for v in values], dtype=float if dtype.kind == "f" else dtype).astype(dtype)
    if bad is not None or array is None:
        raise PredictError("%s.data: %r is no %s." % (where, bad, datatype))
    return array


def _fits(value, dtype):
    if isinstance(value, bool):
        return False
    if dtype.kind == "f":
        return value is None or isinstance(value, float) or (isinstance(value, int) and abs(value) < 1 << 1000) or value in ("NaN", "Infinity", "-Infinity")
    limits = np.iinfo(dtype)
    return value is None or (isinstance(value, int) and limits.min <= value <= limits.max)


def plain(array):
    """An array's values as JSON has them: NaN is null."""
    values = array.reshape(-1).tolist()
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        values = [None if v != v else v if abs(v) != np.inf else "Infinity" if v > 0 else "-Infinity" for v in values]
    return values


def answer(service, body, tensors, tags):
    """An answer."""
    wanted = body.get("outputs")
    if wanted:
        names = [one.get("name") for one in wanted if isinstance(one, dict)] if isinstance(wanted, list) else None
        by_name = {tensor.name: tensor for tensor in tensors}
        unknown = [name for name in names or () if name not in by_name]
        if names is None or unknown:
            raise PredictError("outputs: %r is none of the model's outputs: %s." % (unknown[0] if unknown else wanted, ", ".join(by_name)))
        tensors = [by_name[name] for name in names]
    result = {"model_name": service.name, "model_version": service.version}
    if isinstance(body.get("id"), str):
        result["id"] = body["id"]
    if tags:
        result["parameters"] = tags
    result["outputs"] = [{"name": name, "shape": list(array.shape), "datatype": datatype, "data": plain(array)} for name, datatype, array in tensors]
    return result


def metadata(service):
    """What the model takes and gives."""
    def listed(specs):
        return [{"name": name, "datatype": datatype, "shape": list(shape)} for name, datatype, shape in specs]
    return {"name": service.name, "versions": [service.version], "platform": service.flavor, "inputs": listed(service.model.inputs), "outputs": listed(service.model.outputs)}
