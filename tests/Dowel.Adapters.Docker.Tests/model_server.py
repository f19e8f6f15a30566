"""A model in an image: doubles its numbers, over the Open Inference Protocol, Seldon's first protocol and MLflow's scoring server."""
import json
import os
import socket
import sys
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

METADATA = {"name": "double", "inputs": [{"name": "x", "datatype": "FP64", "shape": [-1]}], "outputs": [{"name": "y", "datatype": "FP64", "shape": [-1]}]}
hoard = []


def attempt(action):
    try:
        return str(action())
    except Exception as e:  # the test reads which
        return f"failed: {type(e).__name__}: {e}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16

    def answer(self, value, status=200):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if path in ("/v2/health/ready", "/health/ping", "/ping"):
            self.answer({}, 503 if os.environ.get("NEVER_READY") else 200)
        elif path == "/v2":
            self.answer({"name": "test", "extensions": []})
        elif path == "/v2/models/double":
            self.answer(METADATA)
        elif path == "/version":
            self.answer("2.9.2")
        elif path == "/environment":
            self.answer(dict(os.environ))
        elif path == "/connect":
            host, port = query.rsplit(":", 1)
            self.answer(attempt(lambda: socket.create_connection((host, int(port)), timeout=1).recv(100).decode()))
        elif path == "/resolve":
            self.answer(attempt(lambda: socket.getaddrinfo(query, 80)))
        elif path == "/fetch":
            self.answer(attempt(lambda: urllib.request.urlopen(query, timeout=10).read().decode()))
        elif path == "/process":
            with open("/proc/1/cmdline") as f:
                init = f.read().split("\0")[0]
            status = dict(line.rstrip().split(":\t", 1) for line in open("/proc/self/status") if ":\t" in line)
            self.answer({"init": init, "capabilities": status["CapEff"], "no_new_privs": status["NoNewPrivs"]})
        elif path == "/read":
            self.answer(attempt(lambda: open(query).read()))
        elif path == "/write":
            self.answer(attempt(lambda: open(query, "w").write("x")))
        else:
            self.answer({"error": f"no {path}"}, 404)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        if self.path == "/v2/repository/index":
            self.answer([{"name": "double"}])
        elif self.path == "/v2/models/double/infer":
            values = body["inputs"][0]["data"]
            print("asked for", values, flush=True)
            if values == [-1]:
                time.sleep(60)
            while values == [-2]:
                hoard.append(bytearray(os.urandom(1 << 20)))
            if values == [-3]:
                os._exit(3)
            self.answer({"model_name": "double", "outputs": [{"name": "y", "datatype": "FP64", "shape": [len(values)], "data": [2 * v for v in values]}]})
        elif self.path == "/api/v1.0/predictions":
            rows = body["data"]["ndarray"]
            self.answer({"data": {"names": ["y"], "ndarray": [[2 * v for v in row] for row in rows]}, "meta": {"tags": {"port": os.environ["PREDICTIVE_UNIT_SERVICE_PORT"]}}})
        elif self.path == "/invocations":
            self.answer({"predictions": [2 * row[0] for row in body["dataframe_split"]["data"]]})
        else:
            self.answer({"error": f"no {self.path}"}, 404)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    port = int(os.environ.get("PREDICTIVE_UNIT_SERVICE_PORT", "8080"))
    print(f"starting on {port}", flush=True)
    if os.environ.get("BREAKS"):
        print("it is broken", file=sys.stderr, flush=True)
        sys.exit(7)
    time.sleep(float(os.environ.get("SLEEP", "0")))
    ThreadingHTTPServer(("0.0.0.0", port), Handler).serve_forever()
