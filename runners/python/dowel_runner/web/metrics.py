"""Counts for Prometheus."""

import re
import threading

from .. import frames

_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """What was asked and how long it took, and what the model measured itself."""

    def __init__(self):
        self._lock = threading.Lock()
        self._requests, self._seconds, self._model = {}, {}, {}

    def request(self, protocol, status, seconds):
        with self._lock:
            self._requests[protocol, status] = self._requests.get((protocol, status), 0) + 1
            buckets = self._seconds.setdefault(protocol, [0] * (len(_BOUNDS) + 1) + [0.0])
            buckets[next((i for i, bound in enumerate(_BOUNDS) if seconds <= bound), len(_BOUNDS))] += 1
            buckets[-1] += seconds

    def measured(self, metrics):
        with self._lock:
            for kind, value, key in metrics:
                name = re.sub("[^a-zA-Z0-9_:]", "_", key)
                if name[:1].isdigit():
                    name = "_" + name
                _, count, total = self._model.get(name, (kind, 0, 0.0))
                self._model[name] = (kind, count + 1, value if kind == frames.GAUGE else total + value)

    def text(self):
        with self._lock:
            lines = ["# TYPE dowel_runner_requests_total counter"]
            lines += ['dowel_runner_requests_total{protocol="%s",status="%d"} %d' % (*key, count) for key, count in sorted(self._requests.items())]
            lines.append("# TYPE dowel_runner_request_seconds histogram")
            for protocol, buckets in sorted(self._seconds.items()):
                total = 0
                for bound, count in zip(_BOUNDS + ("+Inf",), buckets):
                    total += count
                    lines.append('dowel_runner_request_seconds_bucket{protocol="%s",le="%s"} %d' % (protocol, bound, total))
                lines.append('dowel_runner_request_seconds_sum{protocol="%s"} %r' % (protocol, buckets[-1]))
                lines.append('dowel_runner_request_seconds_count{protocol="%s"} %d' % (protocol, total))
            for name, (kind, count, total) in sorted(self._model.items()):
                if kind == frames.TIMER:
                    lines += ["# TYPE %s_seconds summary" % name, "%s_seconds_sum %r" % (name, total / 1000), "%s_seconds_count %d" % (name, count)]
                else:
                    lines += ["# TYPE %s %s" % (name, "gauge" if kind == frames.GAUGE else "counter"), "%s %r" % (name, total)]
            return "\n".join(lines) + "\n"
