"""The judge as a process of its own: `faithline judge local`, unless one listens already."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from evaluator.judges.local import Listening
from evaluator.judges.serving.server import HOST

_SECONDS = 600


@contextmanager
def served(port: int, model: str, threads: int) -> Iterator[str]:
    """The base URL of a judge at `port`, which is ended with its block if it was started here."""
    url = f"http://{HOST}:{port}/v1"
    if Listening(HOST, port)():
        yield url
        return
    command = [sys.executable, "-m", "evaluator.cli.main", "judge", "local", "--yes", f"--port={port}"]
    process = subprocess.Popen([*command, f"--model={model}", f"--threads={threads}"], env=os.environ)
    try:
        for _ in range(_SECONDS):
            if process.poll() is not None:
                raise SystemExit("the judge does not start: see above")
            if Listening(HOST, port)():
                break
            time.sleep(1.0)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
