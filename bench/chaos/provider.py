"""A stand-in for a provider of paid verdicts, with a call log of its own: what was charged does not depend on whether
the answer was ever read."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bench.chaos_evaluators import PRICE, paid_verdict

LATENCY = 0.005
"""Seconds between the charge and the answer."""


class Provider:
    """The log of calls: one line each, on the disk before the answer goes out."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", buffering=1)
        self._lock = threading.Lock()
        self.calls: Counter[str] = Counter()
        self.address = ""

    def charge(self, sample: str) -> None:
        with self._lock:
            self._file.write(json.dumps({"at": time.time(), "sample": sample, "usd": PRICE}) + "\n")
            os.fsync(self._file.fileno())
            self.calls[sample] += 1

    @property
    def spent(self) -> float:
        """US dollars."""
        return PRICE * self.calls.total()


@contextmanager
def provider(path: Path) -> Iterator[Provider]:
    """A stand-in that listens on a port of its own and logs to `path`."""
    log = Provider(path)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            sample = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["sample"]
            log.charge(sample)
            time.sleep(LATENCY)
            body = json.dumps({"bad": paid_verdict(sample), "cost": PRICE}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """The log above is the only one."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    log.address = f"http://127.0.0.1:{server.server_port}/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield log
    finally:
        server.shutdown()
