"""Reviewers as processes: each asks and answers over HTTP until there is nothing left, and notes what it held."""

from __future__ import annotations

import argparse
import http.client
import json
import random
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.servers import wait_until

IDLE = 12.0
"""Seconds without a task after which a reviewer goes home: longer than a lease."""


@dataclass(frozen=True, slots=True)
class Held:
    """One task in one reviewer's hands, times in seconds; `until` is when they answered, or when the lease ends."""

    task: str
    reviewer: str
    since: float
    until: float
    answered: bool


def review(address: str, name: str, log: Path, seed: int) -> None:
    """One reviewer."""
    rng, url, idle = random.Random(seed), urlsplit(address), time.monotonic()
    connection = http.client.HTTPConnection(url.hostname or "", url.port or 80, timeout=60)

    def post(path: str, body: dict[str, Any]) -> tuple[int, Any]:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.read()
        return answer.status, json.loads(said) if said else None

    with log.open("a", encoding="utf-8", buffering=1) as lines:
        while time.monotonic() - idle < IDLE:
            status, task = post("/api/v1/review/next", {"annotator": name})
            if status == 204:
                time.sleep(0.2)
                continue
            idle = time.monotonic()
            lines.write(json.dumps({"task": task["task"], "at": time.time(), "until": task["lease_until"]}) + "\n")
            time.sleep(rng.uniform(0.0, 0.02))
            level = rng.choice(task["criterion"]["levels"])["label"]
            status, _ = post(f"/api/v1/review/{task['task']}/verdict", {"annotator": name, "level": level})
            lines.write(json.dumps({"task": task["task"], "at": time.time(), "status": status}) + "\n")


def gather(address: str, folder: Path, reviewers: int, killed: int, seconds: float) -> list[Held]:
    """Let `reviewers` work, end `killed` of them in the middle with SIGKILL, and give what everybody held."""
    rng, started = random.Random(3), time.monotonic()
    crowd = {}
    for number in range(reviewers):
        name = f"reviewer-{number}"
        command = [
            sys.executable,
            "-m",
            "bench.review.crowd",
            address,
            name,
            str(folder / f"{name}.log"),
            str(number),
        ]
        crowd[name] = subprocess.Popen(command)
    wait_until(lambda: all((folder / f"{name}.log").exists() for name in crowd), 120, "not everybody came")
    time.sleep(2.0)
    for name in rng.sample(sorted(crowd), killed):
        crowd[name].kill()
        time.sleep(0.3)
    for process in crowd.values():
        process.wait(max(1.0, seconds - (time.monotonic() - started)))
    return [held for name in crowd for held in _read(name, folder / f"{name}.log")]


def _read(name: str, log: Path) -> list[Held]:
    found: list[Held] = []
    for line in log.read_text().splitlines():
        row = json.loads(line)
        if "until" in row:
            until = datetime.fromisoformat(row["until"]).timestamp()
            found.append(Held(row["task"], name, row["at"], until, False))
        elif row["status"] == 200:
            found[-1] = Held(row["task"], name, found[-1].since, min(row["at"], found[-1].until), True)
    return found


def overlapping(held: list[Held]) -> int:
    """How often a task was in the hands of two at once."""
    by_task: dict[str, list[Held]] = defaultdict(list)
    for one in held:
        by_task[one.task].append(one)
    found = 0
    for several in by_task.values():
        for earlier, later in pairwise(sorted(several, key=lambda one: one.since)):
            found += later.since < earlier.until - 0.005 and later.reviewer != earlier.reviewer
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("address", "name", "log", "seed"):
        parser.add_argument(name)
    given = parser.parse_args()
    review(given.address, given.name, Path(given.log), int(given.seed))


if __name__ == "__main__":
    main()
