"""Classes with `__init__`, `load` and `predict`."""

import asyncio
import importlib
import inspect
import json
import os

import numpy as np

from ..errors import LoadError, PredictError, one_line
from ..model import Model, frame, has, is_column, matrix, measured, texts
from ..tensors import specs_of

_NAMES = ("features_names", "feature_names", "names")


def load(folder, inputs, outputs):
    settings = _settings(folder)
    cls = _class(folder, settings.get("class"))
    parameters = settings.get("parameters") or {}
    try:
        instance = cls(**parameters)
    except TypeError as error:
        if error.__traceback__.tb_next is None:
            raise LoadError("%s cannot be made with the parameters %s: %s" % (cls.__name__, json.dumps(parameters), one_line(error))) from error
        raise
    _load(instance, folder)
    try:
        declared = [specs_of(settings.get(key) or getattr(instance, key, None)) for key in ("inputs", "outputs")]
    except (TypeError, ValueError) as error:
        raise LoadError("inputs and outputs of %s: %s" % (cls.__name__, one_line(error))) from error
    return PythonClass(instance, inputs or declared[0], outputs or declared[1])


def _settings(folder):
    path = os.path.join(folder, "dowel.json")
    if not os.path.isfile(path):
        return {}
    try:
        with open(path, encoding="utf-8") as file:
            settings = json.load(file)
    except ValueError as error:
        raise LoadError("dowel.json is no JSON: %s" % error) from error
    if not isinstance(settings, dict) or not isinstance(settings.get("parameters", {}), dict):
        raise LoadError("dowel.json must be an object; its keys are class, parameters, inputs and outputs.")
    unknown = sorted(set(settings) - {"class", "parameters", "inputs", "outputs"})
    if unknown:
        raise LoadError("dowel.json has the key '%s'; its keys are class, parameters, inputs and outputs." % unknown[0])
    return settings


def _class(folder, named):
    """The class that dowel.json names as "module.Class" or "Class"; else the only one with a predict in model.py or in the only Python file."""
    module_name, _, class_name = (named or "").replace(":", ".").rpartition(".")
    if not module_name:
        module_name = _module(folder)
    importlib.invalidate_caches()
    module = importlib.import_module(module_name)
    if class_name:
        cls = getattr(module, class_name, None)
        if not inspect.isclass(cls) or not callable(getattr(cls, "predict", None)):
            raise LoadError("%s.py has no class %s with a method predict." % (module_name.replace(".", "/"), class_name))
        return cls
    classes = [c for c in vars(module).values() if inspect.isclass(c) and c.__module__ == module.__name__ and callable(getattr(c, "predict", None))]
    # A base class beside the class that is meant is no second choice.
    leaves = [c for c in classes if not any(c is not other and issubclass(other, c) for other in classes)]
    if not leaves:
        raise LoadError("%s.py has no class with a method predict." % module_name)
    if len(leaves) > 1:
        raise LoadError("%s.py has several classes with a method predict (%s); name one in dowel.json: {\"class\": \"%s.%s\"}." % (module_name, ", ".join(c.__name__ for c in leaves), module_name, leaves[0].__name__))
    return leaves[0]


def _module(folder):
    files = sorted(name for name in os.listdir(folder) if name.endswith(".py") and not name.startswith(("_", "test_")) and name != "setup.py")
    if "model.py" in files:
        return "model"
    if len(files) == 1:
        return files[0][:-3]
    if not files:
        raise LoadError("The folder has no model.py.")
    raise LoadError("The folder has no model.py and several Python files (%s); name the class in dowel.json: {\"class\": \"module.Class\"}." % ", ".join(files))


def _load(instance, folder):
    method = getattr(instance, "load", None)
    if not callable(method):
        return
    takes = [p for p in inspect.signature(method).parameters.values() if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(takes) > 1:
        raise LoadError("load takes %s; it may take nothing or the folder." % ", ".join(p.name for p in takes))
    loaded = method(folder) if takes else method()
    if inspect.isawaitable(loaded):
        loop().run_until_complete(loaded)


def loop():
    """The one event loop: what `load` opens in it, `predict` uses."""
    global _loop
    if _loop is None:
        _loop = asyncio.new_event_loop()
        asyncio.set_event_loop(_loop)
    return _loop


_loop = None


class PythonClass(Model):
    """An instance of the class, and how its `predict` is called."""

    def __init__(self, instance, inputs, outputs):
        self.instance, self.inputs, self.outputs = instance, inputs, outputs
        self.class_names = getattr(instance, "class_names", None)
        self.call = _declared(_caller(instance.predict), inputs)
        self.is_async = inspect.iscoroutinefunction(instance.predict)
        self._tags = getattr(instance, "tags", None)
        self._metrics = getattr(instance, "metrics", None)

    def tags(self):
        return texts(self._tags()) if callable(self._tags) else None

    def metrics(self):
        return measured(self._metrics()) if callable(self._metrics) else None


def _declared(call, inputs):
    """A call whose inputs that are declared as columns have one dimension: clients such as MLServer's send a column as [rows, 1]."""
    columns = {spec.name for spec in inputs if len(spec.shape) == 1}
    if not columns:
        return call
    return lambda given: call({name: array.reshape(-1) if array.ndim == 2 and array.shape[1] == 1 and name in columns else array for name, array in given.items()})


def _caller(predict):
    """How a predict wants its inputs, by its arguments."""
    parameters = [p for p in inspect.signature(predict).parameters.values()]
    named = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    positional = [p for p in named if p.kind is not p.KEYWORD_ONLY]
    if any(p.name in _NAMES for p in named) and positional and positional[0].name not in _NAMES:
        return _seldon(predict, named)
    open_ended = any(p.kind is p.VAR_KEYWORD for p in parameters)
    required = [p for p in named if p.default is p.empty]
    if open_ended or len(required) > 1 or (required and required[0].kind is required[0].KEYWORD_ONLY):
        return _by_name(predict, named, required, open_ended)
    if not positional:
        raise LoadError("predict takes no input.")
    convert = _conversion(positional[0].annotation)
    return lambda inputs: predict(convert(inputs))


def _seldon(predict, named):
    names_key = next(p.name for p in named if p.name in _NAMES)
    extra = {"meta": {}} if any(p.name == "meta" for p in named) else {}

    def call(inputs):
        array, names = matrix(inputs)
        return predict(array, **{names_key: names}, **extra)
    return call


def _by_name(predict, named, required, open_ended):
    known, needed = {p.name for p in named}, {p.name for p in required}

    def call(inputs):
        missing = [p.name for p in required if p.name not in inputs]
        unknown = [name for name in inputs if name not in known]
        if missing:
            raise PredictError("The input '%s' is missing; predict takes %s." % (missing[0], ", ".join(p.name for p in named)))
        if unknown and not open_ended:
            raise PredictError("The input '%s' is none of predict's arguments: %s." % (unknown[0], ", ".join(p.name for p in named)))
        return predict(**inputs)
    return call


def _conversion(annotation):
    """From {name: array} to what a predict with one argument asks for."""
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", None) or str(annotation)
    if annotation is inspect.Parameter.empty:
        return _natural
    kind = text.lower().rpartition("typing.")[2]
    if kind.startswith(("dict", "mapping")):
        return lambda inputs: inputs
    if kind.startswith(("list", "sequence")):
        return lambda inputs: _one(inputs).tolist()
    if "DataFrame" in text:
        if not has("pandas"):
            raise LoadError("predict takes a data frame, but pandas is not installed; add it to requirements.txt.")
        return frame
    if "ndarray" in text or "ArrayLike" in text:
        return _one
    return _natural


def _one(inputs):
    """One array as it is, several as a matrix."""
    return matrix(inputs)[0] if len(inputs) > 1 else next(iter(inputs.values()))


def _natural(inputs):
    """One array as it is; columns as a data frame where pandas is there, else by name, which `X["age"]` reads alike."""
    if len(inputs) == 1:
        return next(iter(inputs.values()))
    return frame(inputs) if _PANDAS and all(is_column(a) for a in inputs.values()) else inputs


_PANDAS = has("pandas")
