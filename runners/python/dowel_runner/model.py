"""What all flavors have in common: a loaded model takes named arrays and gives tensors."""

import importlib.util

import numpy as np

from . import frames
from .errors import PredictError
from .tensors import DTYPES, Tensor, tensor_of, text_of

_KINDS = {"COUNTER": frames.COUNTER, "GAUGE": frames.GAUGE, "TIMER": frames.TIMER}


class Model:
    """A loaded model."""

    inputs = ()
    """What the model says of its inputs; empty where it says nothing."""

    outputs = ()
    """What it says of its outputs."""

    is_async = False
    """Whether `call` gives an awaitable."""

    def call(self, inputs):
        """Predicts {name: array}; gives whatever the model returned."""
        raise NotImplementedError

    def tags(self):
        """What the model says of its last answer beside it."""
        return None

    def metrics(self):
        """What the model measured with its last answer, as [(kind, value, key)]."""
        return None

    def answer(self, returned, rows):
        """What the model returned, as tensors."""
        names = [spec.name for spec in self.outputs]
        if isinstance(returned, dict):
            pairs = returned.items()
        elif type(returned).__name__ == "DataFrame":
            pairs = [(str(column), returned[column]) for column in returned.columns]
        elif isinstance(returned, tuple):
            pairs = [(names[i] if i < len(names) else "output_%d" % i, value) for i, value in enumerate(returned)]
        elif returned is None:
            raise PredictError("The model returned nothing.")
        else:
            pairs = [(names[0] if names else "output", returned)]
        tensors = [tensor_of(str(name), value, rows) for name, value in pairs]
        if not tensors:
            raise PredictError("The model returned no output.")
        return self._declared(tensors) if names else tensors

    def _declared(self, tensors):
        """Outputs in the declared order; numbers of another size become the declared type where no value changes."""
        by_name = {tensor.name: tensor for tensor in tensors}
        ordered = []
        for spec in self.outputs:
            tensor = by_name.pop(spec.name, None)
            if tensor is not None:
                ordered.append(cast(tensor, spec.datatype))
        return ordered + list(by_name.values())


def cast(tensor, datatype):
    """A tensor of numbers in another data type, or as it is where that would change a value."""
    if tensor.datatype == datatype or "BYTES" in (tensor.datatype, datatype) or "BOOL" in (tensor.datatype, datatype):
        return tensor
    with np.errstate(all="ignore"):
        array = tensor.array.astype(DTYPES[datatype])
        # Floats may round; all else keeps its value.
        rounds = tensor.array.dtype.kind == "f" and array.dtype.kind == "f"
        same = np.array_equal(np.isfinite(array), np.isfinite(tensor.array)) if rounds else np.array_equal(array, tensor.array)
    return Tensor(tensor.name, datatype, array) if same else tensor


def rows_of(inputs):
    """How many rows came in."""
    for array in inputs.values():
        return array.shape[0] if array.ndim else 1
    return 1


def texts(tags):
    """Tags as texts."""
    return {str(key): text_of(value) for key, value in tags.items()} if isinstance(tags, dict) else None


def measured(metrics):
    """Metrics as Seldon's classes give them, [{"type", "key", "value"}]."""
    found = []
    for metric in metrics or ():
        try:
            found.append((_KINDS[str(metric.get("type", "COUNTER")).upper()], float(metric["value"]), str(metric["key"])))
        except (AttributeError, KeyError, TypeError, ValueError):
            raise PredictError("metrics() gave %r, which is no metric; {\"type\": \"COUNTER\", \"key\": \"seen\", \"value\": 1} is one." % (metric,)) from None
    return found


def has(module):
    """Whether a package is there, without importing it."""
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def is_column(array):
    """Whether an array is one value a row."""
    return array.ndim == 1 or (array.ndim == 2 and array.shape[1] == 1)


def matrix(inputs):
    """The inputs laid side by side, and the names of the columns; those of a single array have none."""
    if len(inputs) == 1:
        ((name, array),) = inputs.items()
        return (array, []) if array.ndim > 1 else (array.reshape(-1, 1), [name])
    arrays, names = [], []
    for name, array in inputs.items():
        wide = array.reshape(array.shape[0], -1)
        arrays.append(wide)
        names += [name] if wide.shape[1] == 1 else ["%s_%d" % (name, i) for i in range(wide.shape[1])]
    # Numbers beside texts stay numbers.
    if any(a.dtype == object for a in arrays) and not all(a.dtype == object for a in arrays):
        arrays = [a.astype(object) for a in arrays]
    return np.concatenate(arrays, axis=1), names


def frame(inputs):
    """The inputs as a data frame."""
    import pandas
    if len(inputs) == 1:
        ((name, array),) = inputs.items()
        if not is_column(array):
            return pandas.DataFrame(array.reshape(array.shape[0], -1))
    wide = [name for name, array in inputs.items() if not is_column(array)]
    if wide:
        raise PredictError("The input '%s' has several values a row, so it is no column of a data frame; annotate the argument as dict to get arrays." % wide[0])
    return pandas.DataFrame({name: array.reshape(-1) for name, array in inputs.items()})
