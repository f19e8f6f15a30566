"""The worker: takes requests from the server's socket and answers them."""

import asyncio
import inspect
import os
import shutil
import socket
import sys
import time
import traceback
from collections import deque

from . import frames, process
from .errors import LoadError, PredictError, causes_of, one_line
from .flavors import load
from .model import rows_of

_CHUNK = 1 << 18
_FLUSH_AFTER = 0.001


def run(path):
    """Serves the server that listens at a path, until it hangs up."""
    process.settle()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.connect(path)
        inbox = _Inbox(sock)
        model = _load(sock, inbox)
        if model is None:
            return 1
        try:
            (_serve_async if model.is_async else _serve)(sock, inbox, model)
        except (EOFError, ConnectionError):
            # The server lets go of us. One that was killed cannot remove the folder that it made for us.
            shutil.rmtree(os.path.dirname(path), ignore_errors=True)
    return 0


def _load(sock, inbox):
    kind, _, body = inbox.read(True)[0]
    if kind != frames.LOAD:
        raise ValueError("the first frame must be LOAD, not %d" % kind)
    reader = frames.Reader(body)
    flavor, folder, memory, inputs, outputs = reader.string(), reader.string(), reader.number(), reader.specs(), reader.specs()
    try:
        process.limit_memory(memory)
        model = load(flavor, folder, inputs, outputs)
    except BaseException as error:  # Even sys.exit() in the model's file is a failure to load.
        if not isinstance(error, LoadError):
            traceback.print_exc()
        sock.sendall(frames.error(frames.FAILED, 0, _load_message(error, memory)))
        return None
    sock.sendall(frames.frame(frames.READY, 0, frames.signature_parts(model.inputs, model.outputs)))
    return model


def _load_message(error, memory):
    if isinstance(error, LoadError):
        return one_line(error)
    if isinstance(error, MemoryError) and memory:
        return "The model needs more memory than the %d MiB that its deployment gives it." % memory
    if isinstance(error, ModuleNotFoundError):
        return "The Python package '%s' is not installed in %s; name it in requirements.txt and let the deployment install it, or give it an interpreter that has it." % (error.name, sys.executable)
    return "The model failed while it was loaded: %s" % one_line(error)


class _Inbox:
    """Frames out of a socket. Every body is memory of its own, so arrays over it stay as they are and may be written to."""

    def __init__(self, sock):
        self.sock = sock
        self.rest = b""

    def read(self, wait):
        """The frames that are there: at least one if it may wait, else maybe none."""
        found = []
        while not found:
            try:
                chunk = self.sock.recv(_CHUNK, 0 if wait else socket.MSG_DONTWAIT)
            except BlockingIOError:
                return found
            if not chunk:
                raise EOFError
            self._cut(self.rest + chunk if self.rest else chunk, found)
            if not wait:
                break
        return found

    def _cut(self, data, found):
        at, size = 0, len(data)
        view = memoryview(data)
        while size - at >= 12:
            length, kind, request = frames.HEADER.unpack_from(data, at)
            end = at + 4 + length
            if end <= size:
                found.append((kind, request, bytearray(view[at + 12:end])))
                at = end
            elif length > _CHUNK:
                body = bytearray(length - 8)
                have = size - at - 12
                body[:have] = view[at + 12:]
                self._fill(memoryview(body)[have:])
                found.append((kind, request, body))
                at = size
            else:
                break
        self.rest = data[at:]

    def _fill(self, view):
        while view:
            got = self.sock.recv_into(view)
            if not got:
                raise EOFError
            view = view[got:]


def _serve(sock, inbox, model):
    """One request after the other, in the order they came; answers that are ready together go out together."""
    queue, answers = deque(), []
    last = time.perf_counter()
    while True:
        if not queue:
            _take(inbox.read(True), queue, answers)
        while queue:
            request, body = queue.popleft()
            answers.append(_answer(model, request, body))
            del body
            now = time.perf_counter()
            if queue and now - last > _FLUSH_AFTER:
                _send(sock, answers)
                _take(inbox.read(False), queue, answers)
                last = now
        _send(sock, answers)


def _take(found, queue, answers):
    for kind, request, body in found:
        if kind == frames.PREDICT:
            queue.append((request, body))
        elif kind == frames.CANCEL:
            for waiting in queue:
                if waiting[0] == request:
                    queue.remove(waiting)
                    answers.append(frames.frame(frames.CANCELLED, request))
                    break
        else:
            raise ValueError("the server sent a frame of kind %d" % kind)


def _send(sock, answers):
    if answers:
        sock.sendall(b"".join(answers) if len(answers) > 1 else answers[0])
        answers.clear()


def _answer(model, request, body):
    try:
        inputs = frames.read_tensors(body)
        returned = model.call(inputs)
        if inspect.isawaitable(returned):
            from .flavors.python_class import loop
            returned = loop().run_until_complete(returned)
        return frames.result(request, model.answer(returned, rows_of(inputs)), model.tags(), model.metrics())
    except BaseException as error:
        return _failure(request, error)


def _failure(request, error):
    if not isinstance(error, PredictError):
        traceback.print_exception(type(error), error, error.__traceback__)
    memory = any(isinstance(cause, MemoryError) for cause in causes_of(error))
    return frames.error(frames.ERROR, request, "The model ran out of memory." if memory else one_line(error))


def _serve_async(sock, inbox, model):
    """Requests overlap wherever the model awaits something."""
    from .flavors.python_class import loop
    events = loop()
    tasks, answers = {}, []
    ended = events.create_future()

    async def answer(request, body):
        try:
            inputs = frames.read_tensors(body)
            returned = await model.call(inputs)
            send(frames.result(request, model.answer(returned, rows_of(inputs)), model.tags(), model.metrics()))
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            send(_failure(request, error))

    def begin(request, body):
        task = tasks[request] = events.create_task(answer(request, body))
        task.add_done_callback(lambda done: finish(request, done))

    def finish(request, task):
        # One that was cancelled before its first step has not even begun to answer.
        del tasks[request]
        if task.cancelled():
            send(frames.frame(frames.CANCELLED, request))

    def send(data):
        answers.append(data)
        if len(answers) == 1:
            events.call_soon(flush)

    def flush():
        # A server that is slow to read holds the model up; it reads all the time.
        try:
            _send(sock, answers)
        except OSError as error:
            end(error)

    def receive():
        try:
            for kind, request, body in inbox.read(False):
                if kind == frames.PREDICT:
                    begin(request, body)
                elif kind == frames.CANCEL:
                    if request in tasks:
                        tasks[request].cancel()
                else:
                    raise ValueError("the server sent a frame of kind %d" % kind)
        except (EOFError, OSError, ValueError) as error:
            end(error)

    def end(error):
        if not ended.done():
            ended.set_exception(error)

    events.add_reader(sock, receive)
    # What came together with the first frame waits in the socket, never in the inbox: the server sends nothing before READY.
    events.run_until_complete(ended)
