"""Failures whose message is for people."""

import traceback


class LoadError(Exception):
    """The folder has no model that can be loaded."""


class PredictError(Exception):
    """The input or the answer is not what it should be; nothing of the model's own failed."""


def one_line(error, limit=500):
    """What an exception says, in one line."""
    if isinstance(error, (LoadError, PredictError)):
        text = str(error)
    else:
        text = "".join(traceback.format_exception_only(type(error), error)).strip()
        if isinstance(error, SyntaxError):
            text = "%s: %s (%s, line %s)" % (type(error).__name__, error.msg, error.filename and error.filename.rsplit("/", 1)[-1], error.lineno)
    text = " ".join(text.split())
    return text if len(text) <= limit else text[:limit] + "…"


def causes_of(error):
    """An exception and those that it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
