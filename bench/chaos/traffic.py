"""The traffic of `bench.chaos`: the demo's answers over and over, each with a number of its own, and a client that
sends every batch until it is acknowledged."""

from __future__ import annotations

import json
import random
import time
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from evaluator import shipped

BATCH = 20
HOURS = 3.0
"""The traffic is spread over so many hours before its end."""
SENDERS = 4


def traces(n: int, end: datetime) -> list[dict[str, Any]]:
    """`n` native traces whose times end at `end`; the same for the same arguments."""
    lines = (shipped.demo_dir() / "traces.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    chance = random.Random(7)
    return [_trace(i, rows[i % len(rows)], end - timedelta(hours=HOURS * (n - i) / n), chance) for i in range(n)]


def _trace(i: int, row: dict[str, Any], start: datetime, chance: random.Random) -> dict[str, Any]:
    return {
        "id": f"chaos-{i:06d}",
        "question": f"{row['question']} (case {i})",
        "answer": row["answer"],
        "model": row["model"],
        "prompt_version": row["prompt_version"],
        "environment": "production",
        "session": f"session-{i // 3}" if chance.random() < 0.5 else None,
        "status": "error" if chance.random() < 0.03 else "ok",
        "start_time": start.isoformat(),
        "complete": True,
    }


class Sender:
    """Sends batches from several threads; `acknowledged` holds the ids that were answered with 202."""

    def __init__(self, address: str, items: Sequence[dict[str, Any]], pause: float = 0.0) -> None:
        self._address, self._pause = address, pause
        self._batches = [items[i : i + BATCH] for i in range(0, len(items), BATCH)]
        self.acknowledged: list[str] = []
        self.retries = 0

    def run(self, stop: Callable[[], bool] = lambda: False) -> None:
        """Send everything; returns when the last batch is acknowledged."""
        with ThreadPoolExecutor(SENDERS) as crowd:
            list(crowd.map(lambda batch: self._send(batch, stop), self._batches))

    def _send(self, batch: Sequence[dict[str, Any]], stop: Callable[[], bool]) -> None:
        body = json.dumps({"traces": list(batch)}).encode()
        headers = {"Content-Type": "application/json"}
        while not stop():
            try:
                request = urllib.request.Request(self._address + "/api/v1/traces", body, headers)
                with urllib.request.urlopen(request, timeout=60) as answer:
                    accepted = json.load(answer)["accepted"]
            except (OSError, ValueError):  # gone, refused, cut off in the middle
                self.retries += 1
                time.sleep(0.5)
                continue
            if accepted != len(batch):
                raise AssertionError(f"{accepted} of {len(batch)} traces were accepted")
            self.acknowledged += [item["id"] for item in batch]
            time.sleep(self._pause)
            return
