"""Pickles of scikit-learn and of what behaves like it, alone or in MLflow's folder."""

import os
import pickle
import sys
import warnings

from ..errors import LoadError, PredictError
from ..model import Model, frame, has, matrix
from ..tensors import Spec
from .forests import fast_forest

_ENDINGS = (".joblib", ".pkl", ".pickle")
_TEXT_STEPS = ("ColumnTransformer", "OneHotEncoder", "OrdinalEncoder", "TargetEncoder", "FeatureUnion")


def load(folder, inputs, outputs, methods=None):
    path = _find(folder)
    estimator = _unpickle(path)
    if not callable(getattr(estimator, "predict", None)):
        raise LoadError("%s holds a %s, which has no method predict." % (os.path.basename(path), type(estimator).__name__))
    _one_thread(estimator)
    return SklearnModel(estimator, inputs, outputs, methods)


def _find(folder):
    if os.path.isfile(os.path.join(folder, "MLmodel")):
        from .mlflow_model import read_flavors
        flavors = read_flavors(folder)
        name = (flavors.get("sklearn") or {}).get("pickled_model") or (flavors.get("python_function") or {}).get("model_path")
        if name:
            path = os.path.normpath(os.path.join(folder, name))
            if not path.startswith(folder + os.sep) or not os.path.isfile(path):
                raise LoadError("The MLmodel file names '%s', which is not in the folder." % name)
            return path
    files = sorted(name for name in os.listdir(folder) if name.endswith(_ENDINGS))
    usual = [name for name in files if name.rpartition(".")[0] == "model"]
    if len(usual) == 1 or len(files) == 1:
        return os.path.join(folder, (usual or files)[0])
    if not files:
        raise LoadError("The folder has no model.joblib or model.pkl.")
    raise LoadError("The folder has several pickles (%s) and not just one is named 'model'." % ", ".join(files))


def _unpickle(path):
    try:
        if has("joblib"):
            import joblib
            return joblib.load(path)
        with open(path, "rb") as file:
            return pickle.load(file)
    except ModuleNotFoundError as error:
        raise LoadError("%s needs the Python package '%s', which is not installed in %s." % (os.path.basename(path), error.name, sys.executable)) from error
    except (pickle.UnpicklingError, EOFError, KeyError, IndexError, ValueError, AttributeError) as error:
        raise LoadError("%s is no pickle that can be loaded here: %s: %s" % (os.path.basename(path), type(error).__name__, error)) from error


def _one_thread(estimator):
    # A pool of threads for one row costs more than the row.
    for part in (estimator, *(step for _, step in getattr(estimator, "steps", ()))):
        if hasattr(part, "n_jobs") and part.n_jobs not in (None, 1):
            part.n_jobs = 1


class SklearnModel(Model):
    """An estimator with `predict` and, where it has one, `predict_proba`."""

    def __init__(self, estimator, inputs, outputs, methods):
        self.estimator = estimator
        names = getattr(estimator, "feature_names_in_", None)
        self.names = [str(name) for name in names] if names is not None else None
        self.numeric = _takes_numbers(estimator)
        self.inputs = inputs or self._own_inputs()
        self.methods = methods or self._methods(outputs)
        own = [Spec(method, self._datatype(method), (-1,) if method == "predict" else (-1, -1)) for method in self.methods]
        self.outputs = outputs or own
        self.fast = fast_forest(estimator)
        # It says so at every call; the columns are put into its order here.
        warnings.filterwarnings("ignore", message="X does not have valid feature names")

    def _own_inputs(self):
        if not self.numeric:
            return []
        if self.names:
            return [Spec(name, "FP64", (-1,)) for name in self.names]
        count = getattr(self.estimator, "n_features_in_", None)
        return [Spec("X", "FP64", (-1, int(count)))] if count else []

    def _methods(self, outputs):
        has_proba = callable(getattr(self.estimator, "predict_proba", None))
        if not outputs:
            return ("predict", "predict_proba") if has_proba else ("predict",)
        if len(outputs) == 1:
            return ("predict_proba",) if has_proba and outputs[0].name in ("predict_proba", "probabilities", "probability") else ("predict",)
        if len(outputs) == 2 and has_proba:
            return ("predict_proba", "predict") if outputs[0].name == "predict_proba" else ("predict", "predict_proba")
        raise LoadError("The model was registered with the outputs %s; a %s has %s." % (", ".join(o.name for o in outputs), type(self.estimator).__name__, "predict and predict_proba" if has_proba else "predict"))

    def _datatype(self, method):
        classes = getattr(self.estimator, "classes_", None)
        kind = getattr(getattr(classes, "dtype", None), "kind", "f")
        if method != "predict" or kind == "f":
            return "FP64"
        return {"b": "BOOL", "i": "INT64", "u": "UINT64"}.get(kind, "BYTES")

    def call(self, inputs):
        table = self._table(inputs)
        if self.fast is not None:
            answered = self.fast(table, self.methods)
            if answered is not None:
                return answered
        return tuple(getattr(self.estimator, method)(table) for method in self.methods)

    def _table(self, inputs):
        if len(inputs) == 1:
            array = next(iter(inputs.values()))
            if array.ndim != 1:
                return array
        if not self.numeric and self.names and has("pandas"):
            return frame(inputs)
        if self.names and len(inputs) > 1 and list(inputs) != self.names:
            missing = [name for name in self.names if name not in inputs]
            if missing:
                raise PredictError("The input '%s' is missing; the model takes %s." % (missing[0], ", ".join(self.names)))
            inputs = {name: inputs[name] for name in self.names}
        array, _ = matrix(inputs)
        # A text vectorizer takes a list of texts.
        return array.reshape(-1) if array.dtype == object and array.shape[1] == 1 and not self.names else array


def _takes_numbers(estimator):
    steps = getattr(estimator, "steps", None)
    first = steps[0][1] if steps else estimator
    kinds = {cls.__name__ for cls in type(first).__mro__}
    return hasattr(first, "n_features_in_") and not hasattr(first, "transformers") and kinds.isdisjoint(_TEXT_STEPS)
