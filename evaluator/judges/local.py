"""The judge on this machine, which is there without any setting, if it has been started."""

from __future__ import annotations

import socket
import threading
import time

from evaluator.judges.config import ProviderConfig
from evaluator.judges.prices import ModelPrice
from evaluator.judges.serving.catalog import MODELS, QWEN

PORT = 8790
LOCAL = ProviderConfig(
    name="local",
    base_url=f"http://127.0.0.1:{PORT}/v1",
    model=QWEN.name,
    # It answers one call after the other: what waits at its door uses up its own time.
    timeout_seconds=300.0,
    max_concurrency=1,
    # Without prices: what is one's own costs nothing, whichever file it is.
    prices={model.name: ModelPrice(window=model.window) for model in MODELS},
)
MISSING = (
    "No judge answers. Start one on this machine with `faithline judge local`, or set FAITHLINE_JUDGE_BASE_URL and "
    "FAITHLINE_JUDGE_MODEL"
)
_SECONDS = 0.3
_KEPT_SECONDS = 5.0


class Listening:
    """Whether something listens on a port of this machine, looked at now and then. Thread-safe."""

    def __init__(self, host: str, port: int) -> None:
        self._place = host, port
        self._lock = threading.Lock()
        self._known: tuple[float, bool] | None = None

    def __call__(self) -> bool:
        with self._lock:
            if self._known is None or time.monotonic() - self._known[0] > _KEPT_SECONDS:
                self._known = time.monotonic(), self._look()
            return self._known[1]

    def _look(self) -> bool:
        try:
            socket.create_connection(self._place, _SECONDS).close()
        except OSError:
            return False
        return True
