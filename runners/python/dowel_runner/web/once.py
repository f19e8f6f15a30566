"""One request from standard input, its answer to standard output."""

import json
import os
import sys
import traceback

from ..errors import LoadError, PredictError, one_line
from . import oip
from .service import ModelFailed, Service


def run(folder, flavor):
    # What the model prints is not part of the answer.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        service = Service(folder, flavor, os.path.basename(os.path.abspath(folder)))
        body = json.load(sys.stdin)
        tensors, tags, _ = service.predict(oip.read(body))
        json.dump(oip.answer(service, body, tensors, tags), answers, allow_nan=False)
    except (LoadError, PredictError, ModelFailed, ValueError) as error:
        print(one_line(error) if not isinstance(error, ModelFailed) else str(error), file=sys.stderr)
        return 1
    except Exception as error:
        traceback.print_exc()
        print("The model failed while it was loaded: %s" % one_line(error), file=sys.stderr)
        return 1
    answers.write("\n")
    answers.close()
    return 0
