"""The API process never imports torch: `faithline serve` is started, gets a rule, and is looked at from outside."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TORCH = re.compile(r"/torch/|/libtorch")


class Served:
    """A `faithline serve` process and how to talk to it."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process, self.address = process, address

    def call(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def maps(self) -> str:
        """The files that are mapped into the process's memory: a library that was imported is among them."""
        return Path(f"/proc/{self.process.pid}/maps").read_text()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    environment = os.environ | {
        "FAITHLINE_DATABASE_URL": f"sqlite:///{tmp_path / 'serve.db'}",
        "FAITHLINE_PORT": "0",
    }
    command = [sys.executable, "-m", "evaluator.cli.main", "serve"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    address = ""
    for line in process.stderr:
        if found := re.search(r"listens on (http://\S+)", line):
            address = found.group(1)
            break
    assert address, "the service did not start"
    yield Served(process, address)
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=60)


def _wait_healthy(served: Served) -> None:
    for _ in range(100):
        try:
            assert served.call("/healthz")["status"] == "ok"
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail("the service is not healthy")


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc to look into a process")
def test_serving_and_creating_a_rule_imports_no_torch(served: Served) -> None:
    _wait_healthy(served)
    rule = {"name": "faithful", "evaluator": "faithfulness", "rate": 0.5}
    assert served.call("/api/v1/rules", rule)["fingerprint"]
    assert served.call("/api/v1/traces", {"question": "q", "answer": "a", "context": "c"})["accepted"] == 1
    time.sleep(1.5)  # control rounds run meanwhile
    mapped = served.maps()
    assert "sqlite" in mapped.lower(), "the look itself must be able to find a library"
    assert not TORCH.search(mapped), "torch is in the API process"
