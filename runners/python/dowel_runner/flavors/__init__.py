"""How the files of a folder become a model."""

import os
import sys

from ..errors import LoadError


def flavor_of(folder):
    """The flavor of a folder that nobody named one for."""
    if os.path.isfile(os.path.join(folder, "MLmodel")):
        return "python_function"
    names = os.listdir(folder)
    if "dowel.json" in names or any(name.endswith(".py") for name in names):
        return "python"
    if any(name.endswith((".pkl", ".pickle", ".joblib")) for name in names):
        return "sklearn"
    raise LoadError("The folder has no model.py, no MLmodel and no pickle, so nothing tells how to load it.")


def load(flavor, folder, inputs=(), outputs=()):
    """Loads a folder's model. Inputs and outputs are those that the model was registered with."""
    folder = os.path.abspath(folder)
    if not os.path.isdir(folder):
        raise LoadError("There is no folder %s." % folder)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    if flavor == "python":
        from .python_class import load as load_flavor
    elif flavor == "sklearn":
        from .sklearn_model import load as load_flavor
    elif flavor in ("python_function", "pyfunc"):
        from .mlflow_model import load as load_flavor
    else:
        raise LoadError("This runner has no flavor '%s'; it has python, sklearn and python_function." % flavor)
    return load_flavor(folder, list(inputs), list(outputs))
