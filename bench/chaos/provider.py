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
from pathlib import Path

from bench.chaos.evaluators import PRICE, paid_verdict
from bench.servers.stand_in import Handler, listening

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

    class Charging(Handler):
        def do_POST(self) -> None:
            sample = json.loads(self.body())["sample"]
            log.charge(sample)
            time.sleep(LATENCY)
            self.answer(200, json.dumps({"bad": paid_verdict(sample), "cost": PRICE}).encode())

    with listening(Charging) as log.address:
        yield log
