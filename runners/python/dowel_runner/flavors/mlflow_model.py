"""MLflow's model folders."""

import os
import sys

from ..errors import LoadError
from ..model import Model, frame, has
from . import sklearn_model


def load(folder, inputs, outputs):
    flavors = read_flavors(folder)
    function = flavors.get("python_function")
    if function is None:
        raise LoadError("The MLmodel file has no flavor python_function.")
    code = function.get("code")
    if isinstance(code, str) and os.path.isdir(os.path.join(folder, code)):
        sys.path.insert(0, os.path.join(folder, code))
    if has("mlflow"):
        return _Pyfunc(folder, inputs, outputs)
    loader = function.get("loader_module")
    if loader == "mlflow.sklearn":
        method = function.get("predict_fn") or "predict"
        return sklearn_model.load(folder, inputs, outputs, methods=(method if isinstance(method, str) else "predict",))
    raise LoadError("This model is loaded by %s, which needs the Python package mlflow; it is not installed in %s. Give the deployment an environment that has it." % (loader or "its own code", sys.executable))


class _Pyfunc(Model):
    """What mlflow itself loads."""

    def __init__(self, folder, inputs, outputs):
        import mlflow.pyfunc
        self.model, self.inputs, self.outputs = mlflow.pyfunc.load_model(folder), inputs, outputs

    def call(self, inputs):
        if len(inputs) == 1:
            array = next(iter(inputs.values()))
            if array.ndim > 1:
                return self.model.predict(array)
        return self.model.predict(frame(inputs))


def read_flavors(folder):
    """The section `flavors` of the MLmodel file."""
    path = os.path.join(folder, "MLmodel")
    if not os.path.isfile(path):
        raise LoadError("The folder has no file MLmodel.")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if has("yaml"):
        import yaml
        try:
            content = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise LoadError("The MLmodel file cannot be read: %s" % error) from error
    else:
        content = _mappings(text)
    flavors = content.get("flavors") if isinstance(content, dict) else None
    if not isinstance(flavors, dict):
        raise LoadError("The MLmodel file has no section flavors.")
    return flavors


def _mappings(text):
    """The nested mappings of plain values of a YAML file, which is what the flavors are; all else is left out."""
    root = {}
    open_ones = [(-1, root)]
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        indent = len(key) - len(key.lstrip())
        if not colon or not key.strip() or key.lstrip().startswith(("-", "#")):
            continue
        while open_ones[-1][0] >= indent:
            open_ones.pop()
        value = value.strip()
        if value:
            open_ones[-1][1][key.strip()] = None if value == "null" else value.strip("'\"")
        else:
            child = open_ones[-1][1][key.strip()] = {}
            open_ones.append((indent, child))
    return root
