"""A real `faithline serve` process, and how to talk to it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Served:
    """A running service; `log` is the file that its standard error goes to."""

    process: subprocess.Popen[bytes]
    address: str
    log: Path

    def call(self, path: str, body: Any = None) -> Any:
        """The JSON answer to a GET, or to a POST of `body`. Raises HTTPError for an error."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def wait(self, done: Callable[[], Any], seconds: float = 120) -> Any:
        """What `done` returns once it is true."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if found := done():
                return found
            time.sleep(0.3)
        raise AssertionError(f"waited {seconds} s in vain; the log says:\n{self.log.read_text()[-3000:]}")

    def quiet(self) -> bool:
        """Whether everything that was sent has been worked off."""
        status = self.call("/api/v1/status")
        waiting = status["open"] + status["settled"] + status["buckets_waiting"]
        return (
            bool(status["planned"]) and not waiting and not any(r["waiting"] + r["running"] for r in status["rules"])
        )

    def scoring_pid(self) -> int | None:
        """The process id of the scoring process."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").parent.parent
        pids = [pid for task in children.iterdir() for pid in (task / "children").read_text().split()]
        return int(pids[0]) if pids else None


@contextmanager
def serving(folder: Path, *, python: str = sys.executable, **settings: str) -> Iterator[Served]:
    """`faithline serve` on a database in `folder` and a port that the system picks."""
    environment = os.environ | {
        "FAITHLINE_DATABASE_URL": f"sqlite:///{folder / 'serve.db'}",
        "FAITHLINE_PORT": "0",
        "FAITHLINE_GRPC_PORT": "off",
        "FAITHLINE_STARTER_RULES": "false",
    }
    environment |= {f"FAITHLINE_{name.upper()}": value for name, value in settings.items()}
    log = folder / "serve.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [python, "-m", "evaluator.cli.main", "serve"], cwd=folder, env=environment, stderr=stream
        )
    served = Served(process, "", log)
    try:
        served.address = served.wait(lambda: _address(process, log), 90)
        served.wait(lambda: _answers(served), 60)
        yield served
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    assert process.poll() is None, f"the service ended: {log.read_text()}"
    found = re.search(r"listens on (http://\S+)", log.read_text())
    return found.group(1) if found else ""


def _answers(served: Served) -> bool:
    try:
        return bool(served.call("/healthz")["status"] == "ok")
    except OSError:
        return False
