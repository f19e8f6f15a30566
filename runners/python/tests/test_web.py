import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import unittest

from .folders import FolderTest

MODEL = """
import numpy as np
class Model:
    inputs = {"age": "FP32", "name": str}
    class_names = ["greeting"]
    def predict(self, age, name):
        if (age < 0).any(): raise ValueError("too young")
        self.rows = len(age)
        print("asked")
        return {"double": age * 2, "greeting": np.array(["Dear %s" % n for n in name], dtype=object)}
    def tags(self): return {"rows": self.rows}
    def metrics(self): return [{"type": "COUNTER", "key": "rows-seen", "value": self.rows}, {"type": "TIMER", "key": "took", "value": 5}]
"""

ECHO = """
import asyncio
class Echo:
    async def predict(self, X):
        await asyncio.sleep(0.01)
        return X
"""


def runner(*arguments, **options):
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return subprocess.Popen([sys.executable, os.path.join(root, "dowel_runner"), *arguments], stderr=subprocess.PIPE, text=True, **options)


class Web(FolderTest):
    def serve(self, folder, *arguments):
        process = runner("serve", folder, "--port", "0", "--name", "m", *arguments, stdout=subprocess.DEVNULL)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        line = process.stderr.readline()
        self.assertIn("m listens on http://127.0.0.1:", line)
        threading.Thread(target=process.stderr.read, daemon=True).start()
        self.process, self.port = process, int(line.rsplit(":", 1)[1])
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        self.addCleanup(self.connection.close)

    def ask(self, method, path, body=None):
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        self.connection.request(method, path, data)
        response = self.connection.getresponse()
        text = response.read()
        return response.status, json.loads(text) if response.getheader("Content-Type") == "application/json" else text.decode()

    def infer(self, *inputs, **more):
        return self.ask("POST", "/v2/models/m/infer", {"inputs": list(inputs), **more})

    def test_all_protocols_over_one_kept_connection(self):
        self.serve(self.folder(model=MODEL))
        age = {"name": "age", "shape": [2], "datatype": "FP64", "data": [1.5, None]}
        name = {"name": "name", "shape": [2, 1], "datatype": "BYTES", "data": [["Ann"], ["Bo"]]}
        for path in ("/health/live", "/health/ready", "/health/ping", "/v2/health/live", "/v2/health/ready", "/v2/models/m/ready", "/v2/models/m/versions/1/ready", "/v2"):
            self.assertEqual(200, self.ask("GET", path)[0], path)
        self.assertEqual([{"name": "age", "datatype": "FP32", "shape": [-1]}, {"name": "name", "datatype": "BYTES", "shape": [-1]}], self.ask("GET", "/v2/models/m")[1]["inputs"])

        status, answer = self.infer(age, dict(name, shape=[2], data=["Ann", "Bo"]), id="7")
        self.assertEqual((200, "7", "m", {"rows": "2"}), (status, answer["id"], answer["model_name"], answer["parameters"]))
        self.assertEqual([{"name": "double", "shape": [2], "datatype": "FP32", "data": [3.0, None]}, {"name": "greeting", "shape": [2], "datatype": "BYTES", "data": ["Dear Ann", "Dear Bo"]}], answer["outputs"])
        self.assertEqual(["greeting"], [o["name"] for o in self.infer(age, dict(name, shape=[2], data=["Ann", "Bo"]), outputs=[{"name": "greeting"}])[1]["outputs"]])

        seldon = {"data": {"names": ["age", "name"], "ndarray": [[1, "Ann"], [2, "Bo"]]}, "meta": {"puid": "p1", "tags": {"from": "test"}}}
        for path in ("/api/v1.0/predictions", "/api/v0.1/predictions", "/predict"):
            status, answer = self.ask("POST", path, seldon)
            self.assertEqual(200, status)
            self.assertEqual({"names": ["double", "greeting"], "ndarray": [[2.0, "Dear Ann"], [4.0, "Dear Bo"]]}, answer["data"])
            self.assertEqual(("p1", {"from": "test", "rows": "2"}), (answer["meta"]["puid"], answer["meta"]["tags"]))
            self.assertIn({"key": "rows-seen", "type": "COUNTER", "value": 2.0}, answer["meta"]["metrics"])
        self.assertEqual({"double": [2.0], "greeting": ["Dear Ann"]}, self.ask("POST", "/predict", {"jsonData": {"age": [1], "name": ["Ann"]}})[1]["jsonData"])
        self.assertEqual(200, self.ask("POST", "/api/v1.0/feedback", {"truth": {}})[0])

        metrics = self.ask("GET", "/metrics")[1]
        self.assertIn('dowel_runner_requests_total{protocol="seldon",status="200"} 5', metrics)
        self.assertIn("rows_seen 11.0", metrics)
        self.assertIn("took_seconds_count 6", metrics)

    def test_mistakes_name_the_field_and_leave_the_connection_open(self):
        self.serve(self.folder(model=MODEL), "--max-body", "1")
        good = {"name": "age", "shape": [1], "datatype": "FP32", "data": [1]}
        for change, message in (
            ({"datatype": "FP31"}, "inputs[0].datatype"), ({"shape": [2]}, "inputs[0].data: 1 values given, 2 wanted"), ({"shape": [-1]}, "inputs[0].shape"),
            ({"data": ["a"]}, "inputs[0].data: 'a' is no FP32"), ({"data": None}, "inputs[0].data"), ({"name": ""}, "inputs[0].name"),
            ({"datatype": "UINT8", "data": [256]}, "inputs[0].data: 256 is no UINT8"), ({"name": "height"}, "'height' is none of the model's inputs"),
            ({}, "'name' is missing"), ({"datatype": "BYTES", "data": ["x"]}, "inputs.age: BYTES given, FP32 wanted"),
        ):
            with self.subTest(message):
                other = [{"name": "name", "shape": [1], "datatype": "BYTES", "data": ["x"]}] if change.get("datatype") == "BYTES" else []
                status, answer = self.infer({**good, **change}, *other)
                self.assertEqual(400, status)
                self.assertIn(message, answer["error"])
        for method, path, body, status in (
            ("GET", "/nowhere", None, 404), ("GET", "/predict", None, 405), ("POST", "/health/live", {}, 405), ("POST", "/v2/models/other/infer", {}, 404),
            ("POST", "/v2/models/m/versions/9/infer", {}, 404), ("POST", "/v2/models/m/infer", b"{", 400), ("POST", "/v2/models/m/infer", b"[" * 100000, 400),
            ("POST", "/v2/models/m/infer", [], 400), ("POST", "/v2/models/m/infer", {"inputs": []}, 400), ("POST", "/predict", {"data": {}}, 400),
            ("POST", "/predict", {"data": {"ndarray": [[1, "a"], [1]]}}, 400), ("POST", "/predict", {"data": {"tensor": {"shape": [2, 2], "values": [1]}}}, 400),
        ):
            with self.subTest(path=path, body=str(body)[:40]):
                self.assertEqual(status, self.ask(method, path, body)[0])
        status, answer = self.ask("POST", "/predict", {"data": {"names": ["age", "name"], "ndarray": [[-1, "Ann"]]}})
        self.assertEqual((500, "ValueError: too young"), (status, answer["status"]["info"]))
        self.assertEqual(413, self.ask("POST", "/predict", b" " * (2 << 20))[0])

    def test_one_input_takes_any_name_a_chunked_body_and_many_callers(self):
        self.serve(self.folder(model=ECHO))
        body = json.dumps({"data": {"tensor": {"shape": [1, 2], "values": [1, 2]}}}).encode()
        status, answer = self._chunked(body)
        self.assertEqual((200, {"names": [], "tensor": {"shape": [1, 2], "values": [1.0, 2.0]}}), (status, answer["data"]))
        self.assertEqual("hello", self.ask("POST", "/predict", {"strData": "hello"})[1]["strData"])
        answers = [None] * 20

        def call(i):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            connection.request("POST", "/predict", json.dumps({"data": {"ndarray": [[i]]}}))
            answers[i] = json.loads(connection.getresponse().read())["data"]["ndarray"]
            connection.close()
        threads = [threading.Thread(target=call, args=(i,)) for i in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([[[i]] for i in range(20)], answers)
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(0, self.process.wait(timeout=30))

    def _chunked(self, body):
        self.connection.request("POST", "/predict", iter([body[:10], body[10:]]), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
        response = self.connection.getresponse()
        return response.status, json.loads(response.read())

    def test_one_call_from_the_command_line(self):
        with runner("call", self.folder(model=MODEL), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            request = {"inputs": [{"name": "age", "shape": [1], "datatype": "FP32", "data": [2]}, {"name": "name", "shape": [1], "datatype": "BYTES", "data": ["Ann"]}]}
            output, errors = process.communicate(json.dumps(request))
        self.assertEqual([4.0], json.loads(output)["outputs"][0]["data"])
        self.assertIn("asked", errors)
        with runner("call", self.folder(model="import nonesuch"), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            output, errors = process.communicate("{}")
        self.assertEqual((1, ""), (process.returncode, output))
        self.assertIn("No module named 'nonesuch'", errors.splitlines()[-1])


if __name__ == "__main__":
    unittest.main()
