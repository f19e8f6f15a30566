"""The HTTP server: threads, keep-alive, standard library."""

import json
import os
import re
import signal
import sys
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .. import __version__
from ..errors import LoadError, PredictError, one_line
from . import oip, seldon
from .metrics import Metrics
from .service import ModelFailed, Service

_LIVE = ("/v2/health/live", "/health/live", "/health/ready", "/health/ping", "/v2/health/ready", "/live", "/ready", "/ping")
_PREDICT = ("/api/v1.0/predictions", "/api/v0.1/predictions", "/predict")
_FEEDBACK = ("/api/v1.0/feedback", "/api/v0.1/feedback", "/send-feedback")
_MODEL = re.compile(r"/v2/models/([^/]+)(?:/versions/([^/]+))?(/ready|/infer)?$")


class Refused(Exception):
    """A request that is answered with a status and a message."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, address, service, max_body):
        super().__init__(address, Handler)
        self.service, self.max_body, self.metrics = service, max_body, Metrics()
        self.busy, self.idle = 0, threading.Condition()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "dowel-runner/" + __version__
    sys_version = ""
    timeout = 120
    # Header and body leave together, and at once.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self):
        self._handle(None)

    def do_HEAD(self):
        self._handle(None)

    def do_POST(self):
        self._handle(True)

    def _handle(self, has_body):
        with self.server.idle:
            self.server.busy += 1
        try:
            self._exchange(has_body)
        except (ConnectionError, TimeoutError):
            self.close_connection = True
        finally:
            with self.server.idle:
                self.server.busy -= 1
                self.server.idle.notify_all()

    def _exchange(self, has_body):
        begin = time.perf_counter()
        path = self.path.partition("?")[0]
        protocol = "oip" if path.startswith("/v2") else "seldon" if path in _PREDICT + _FEEDBACK else "other"
        try:
            body = self._body() if has_body else None
            status, answer = 200, self._answer(path, body)
        except (ConnectionError, TimeoutError):
            raise
        except Exception as error:
            status = error.status if isinstance(error, Refused) else 400 if isinstance(error, PredictError) else 500
            message = str(error)
            if not isinstance(error, (Refused, PredictError, ModelFailed)):
                traceback.print_exc()
                message = "The server failed."
            answer = seldon.failure(message, status) if protocol == "seldon" else {"error": message}
        if protocol != "other":
            self.server.metrics.request(protocol, status, time.perf_counter() - begin)
        self._write(status, answer)

    def _answer(self, path, body):
        service = self.server.service
        if body is None:
            if path in _LIVE:
                return {"live": True} if path.endswith("live") else {"ready": True}
            if path == "/metrics":
                return self.server.metrics.text()
            if path in ("/v2", "/v2/"):
                return {"name": "dowel-runner", "version": __version__, "extensions": []}
        elif path in _PREDICT:
            request = self._json(body)
            inputs, form = seldon.read(request, service.model)
            tensors, tags, metrics = self._predict(inputs)
            return seldon.answer(request, form, tensors, tags, metrics, service.model)
        elif path in _FEEDBACK:
            self._json(body)
            return {"meta": {}}
        model = _MODEL.match(path)
        if model is None or (model[3] == "/infer") != (body is not None):
            known = path in _LIVE + _PREDICT + _FEEDBACK or model is not None
            raise Refused(405 if known else 404, "%s %s is not served here." % (self.command, path))
        if model[1] != service.name:
            raise Refused(404, "There is no model '%s' here, only '%s'." % (model[1], service.name))
        if model[2] not in (None, service.version):
            raise Refused(404, "The model has no version '%s', only '%s'." % (model[2], service.version))
        if model[3] == "/ready":
            return {"name": service.name, "ready": True}
        if model[3] is None:
            return oip.metadata(service)
        request = self._json(body)
        tensors, tags, _ = self._predict(oip.read(request))
        return oip.answer(service, request, tensors, tags)

    def _predict(self, inputs):
        tensors, tags, metrics = self.server.service.predict(inputs)
        self.server.metrics.measured(metrics)
        return tensors, tags, metrics

    @staticmethod
    def _json(body):
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise Refused(400, "The body is no JSON: %s" % error) from None

    def _body(self):
        if self.headers.get("Content-Encoding", "identity") != "identity":
            self.close_connection = True
            raise Refused(415, "Content-Encoding: packed bodies are not taken.")
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._chunks()
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit():
            self.close_connection = True
            raise Refused(400, "Content-Length: %r is no length." % length)
        return self._read(int(length), 0)

    def _chunks(self):
        parts, total = [], 0
        while True:
            line = self.rfile.readline(1024)
            try:
                size = int(line.split(b";")[0], 16)
            except ValueError:
                self.close_connection = True
                raise Refused(400, "The body is not chunked as its header says.") from None
            if size == 0:
                while self.rfile.readline(1024) not in (b"\r\n", b"\n", b""):
                    pass
                return b"".join(parts)
            parts.append(self._read(size, total))
            total += size
            self.rfile.readline(16)

    def _read(self, size, before):
        if before + size > self.server.max_body:
            # Hanging up on a client that still sends would take the answer with it.
            for _ in range(min(size, 8 * self.server.max_body) >> 16):
                self.rfile.read(1 << 16)
            self.close_connection = True
            raise Refused(413, "The body is larger than %d bytes." % self.server.max_body)
        data = self.rfile.read(size)
        if len(data) < size:
            raise ConnectionError
        return data

    def _write(self, status, answer):
        text = isinstance(answer, str)
        data = (answer if text else json.dumps(answer, separators=(",", ":"), allow_nan=False)).encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8" if text else "application/json")
        self.send_header("Content-Length", str(len(data)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
        self.wfile.flush()

    def log_message(self, format, *args):
        pass  # The metrics tell; a line a request would be the slowest part.


def run(args):
    """Serves until SIGTERM or Ctrl-C; requests under way are answered."""
    if not 0 <= args.port <= 65535 or args.max_body < 1:
        print("--port must be 0 to 65535 and --max-body at least 1.", file=sys.stderr)
        return 2
    try:
        service = Service(args.folder, args.flavor, args.name or os.path.basename(os.path.abspath(args.folder)), args.version)
    except LoadError as error:
        print(str(error), file=sys.stderr)
        return 1
    except Exception as error:
        traceback.print_exc()
        print("The model failed while it was loaded: %s" % one_line(error), file=sys.stderr)
        return 1
    try:
        server = Server((args.host, args.port), service, args.max_body << 20)
    except OSError as error:
        print("%s:%d cannot be listened on: %s" % (args.host, args.port, error.strerror), file=sys.stderr)
        return 1
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("%s listens on http://%s:%d" % (service.name, args.host, server.server_address[1]), file=sys.stderr, flush=True)
    stop.wait()
    server.shutdown()
    with server.idle:
        server.idle.wait_for(lambda: server.busy == 0, timeout=10)
    return 0
