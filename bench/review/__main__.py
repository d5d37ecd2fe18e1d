"""`python -m bench.review`: tasks over HTTP from a real service, on SQLite and PostgreSQL.

First a single reviewer beside 100,000 open tasks: latency of `review/next` and of a verdict, over one connection. The
baseline, on the same rows and in the same run, is the plainest queue: a random open row of a table. Then a crowd of
reviewers, some killed while they hold a task: none may be served to two at once, none lost, every verdict once.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.review.crowd import gather, overlapping
from bench.review.tasks import fill, plain_next, stored
from bench.servers.postgres import postgres, store_url
from bench.servers.serving import Served, serving
from evaluator.store.store import Store

LEASE = 4
"""Seconds: what a killed reviewer holds is others' soon."""
HEAD = ("database", "reviewers", "tasks", "answered once", "lost", "twice", "held by two", "given up", "a second")


def latencies(served: Served, asks: int) -> tuple[list[float], list[float]]:
    """Milliseconds of `review/next` and of verdicts."""
    url = urlsplit(served.address)
    connection = http.client.HTTPConnection(url.hostname or "", url.port or 80, timeout=60)

    def post(path: str, body: dict[str, Any]) -> tuple[float, Any]:
        started = time.perf_counter()
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {said[:300]!r}")
        return 1e3 * (time.perf_counter() - started), json.loads(said)

    served_in, answered_in = [], []
    for number in range(asks + 20):
        taken, task = post("/api/v1/review/next", {"annotator": "bench"})
        said, _ = post(f"/api/v1/review/{task['task']}/verdict", {"annotator": "bench", "level": "supported"})
        if number >= 20:  # the first are told apart: statements are prepared, pages are read
            served_in.append(taken)
            answered_in.append(said)
    return served_in, answered_in


def high(times: list[float]) -> float:
    return sorted(times)[int(0.95 * len(times))]


def speed(kind: str, url: str, folder: Path, tasks: int, asks: int) -> None:
    """The rows of one database."""
    fill(url, tasks)
    with serving(folder, database_url=url) as served:
        served_in, answered_in = latencies(served, asks)
    store, plain = Store(url), []
    for _ in range(min(asks, 50)):
        started = time.perf_counter()
        plain_next(store)
        plain.append(1e3 * (time.perf_counter() - started))
    store.close()
    for what, times in (("review/next", served_in), ("verdict", answered_in), ("random row (baseline)", plain)):
        ratio = statistics.median(times) / statistics.median(plain)
        print(f"| {kind} | {what} | {statistics.median(times):.1f} | {high(times):.1f} | {ratio:.2f} |", flush=True)


def crowd(kind: str, url: str, folder: Path, tasks: int, reviewers: int, killed: int) -> None:
    """One row on a crowd."""
    fill(url, tasks)
    started = time.monotonic()
    with serving(folder, database_url=url, review_lease_seconds=str(LEASE)) as served:
        held = gather(served.address, folder, reviewers, killed, 900)
    seconds = time.monotonic() - started
    labels = Counter(stored(url).values())
    lost, twice = labels[0], sum(n for count, n in labels.items() if count > 1)
    dropped = sum(not one.answered for one in held)
    print(
        f"| {kind} | {reviewers} ({killed} killed) | {tasks:,} | {labels[1]:,} | {lost} | {twice} | "
        f"{overlapping(held)} | {dropped} | {tasks / seconds:.0f} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--asks", type=int, default=400)
    parser.add_argument("--crowd", type=int, default=2_000)
    parser.add_argument("--reviewers", type=int, default=20)
    parser.add_argument("--killed", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="faithline-review-") as name, postgres() as server:
        folder = Path(name)

        def url(kind: str, what: str) -> str:
            return f"sqlite:///{folder / what}.db" if kind == "sqlite" else store_url(server.database(what))

        print(f"{given.tasks:,} open tasks\n| database | what | median ms | p95 ms | of the baseline |")
        print("|---|---|---|---|---|")
        for kind in ("sqlite", "postgres"):
            speed(kind, url(kind, f"speed_{kind}"), folder, given.tasks, given.asks)
        print(f"\n| {' | '.join(HEAD)} |")
        print("|---|---|---|---|---|---|---|---|---|")
        for kind in ("sqlite", "postgres"):
            place = folder / kind
            place.mkdir()
            crowd(kind, url(kind, f"crowd_{kind}"), place, given.crowd, given.reviewers, given.killed)


if __name__ == "__main__":
    main()
