"""One loaded model behind all protocols."""

import asyncio
import inspect
import sys
import threading
import traceback

from ..errors import PredictError, one_line
from ..flavors import flavor_of, load
from ..flavors.python_class import loop
from ..model import cast, rows_of
from ..tensors import Tensor, datatype_of


class ModelFailed(Exception):
    """The model itself failed; its traceback has been printed."""


class Service:
    """Answers with a model, one request at a time unless its predict is async."""

    def __init__(self, folder, flavor=None, name=None, version="1"):
        self.flavor = flavor or flavor_of(folder)
        self.model = load(self.flavor, folder)
        self.name, self.version = name, version
        self._turn = threading.Lock()
        if self.model.is_async:
            threading.Thread(target=loop().run_forever, daemon=True).start()

    def predict(self, inputs):
        """Answers {name: array} with (tensors, tags, metrics)."""
        try:
            inputs = self._checked(inputs)
            if self.model.is_async:
                return asyncio.run_coroutine_threadsafe(self._answer_later(inputs), loop()).result()
            with self._turn:
                returned = self.model.call(inputs)
                if inspect.isawaitable(returned):
                    returned = loop().run_until_complete(returned)
                return self._packed(returned, inputs)
        except PredictError:
            raise
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            raise ModelFailed(one_line(error)) from error

    async def _answer_later(self, inputs):
        return self._packed(await self.model.call(inputs), inputs)

    def _packed(self, returned, inputs):
        return self.model.answer(returned, rows_of(inputs)), self.model.tags() or {}, self.model.metrics() or []

    def _checked(self, given):
        """The inputs as the model declares them, where it does."""
        specs = self.model.inputs
        if not specs:
            return given
        if len(specs) == 1 and len(given) == 1:
            given = {specs[0].name: next(iter(given.values()))}
        known = ", ".join("'%s' (%s)" % (spec.name, spec.datatype) for spec in specs)
        for name in given:
            if all(spec.name != name for spec in specs):
                raise PredictError("inputs: '%s' is none of the model's inputs: %s." % (name, known))
        checked = {}
        for name, datatype, _ in specs:
            if name not in given:
                raise PredictError("inputs: '%s' is missing; the model takes %s." % (name, known))
            tensor = cast(Tensor(name, datatype_of(given[name].dtype), given[name]), datatype)
            if tensor.datatype != datatype:
                raise PredictError("inputs.%s: %s given, %s wanted." % (name, tensor.datatype, datatype))
            checked[name] = tensor.array
        return checked

