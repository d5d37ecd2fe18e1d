"""The jobs of `bench.scale`, and the processes that work on them."""

from __future__ import annotations

import os
import threading
import time
from datetime import timedelta
from typing import Any

import psycopg

from bench.servers.postgres import libpq_address
from bench.stand_ins import PROJECT, worker_of
from evaluator.core.ports import SystemClock
from evaluator.pipeline.stages.score import Pool, score_batch
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.sql import chunks, upsert
from evaluator.store.store import Store
from evaluator.store.tables import SampleRow, SelectionRow, TraceRow

ANSWER = "The warranty covers two years from the day of delivery, and repairs do not extend it. " * 3


def fill(store: Store, rule: StoredRule, count: int, first: int = 0) -> None:
    """Store `count` planned traces with a sample, a selection and a job each."""
    now = SystemClock().now()
    for numbers in chunks(range(first, first + count), 2000):
        with store.write() as unit:
            rows = [_rows(rule, number, now - timedelta(milliseconds=number)) for number in numbers]
            for model, place in ((TraceRow, 0), (SampleRow, 1), (SelectionRow, 2)):
                upsert(unit.connection, model, [row[place] for row in rows])
            unit.queue.add([row[3] for row in rows])


def _rows(rule: StoredRule, number: int, at: Any) -> list[dict[str, Any]]:
    same = {"project": PROJECT, "day": at.date(), "trace_id": f"t{number}"}
    target = same | {"target_kind": "answer", "target_id": f"t{number}"}
    trace = {"project": PROJECT, "id": f"t{number}", "day": at.date(), "state": "planned", "first_seen_at": at,
             "last_seen_at": at, "start_at": at, "end_at": at}  # fmt: skip
    texts = {"question": "How long is the warranty?", "answer": f"{number}: {ANSWER}", "passages": [{"text": ANSWER}]}
    sample = target | {"content_hash": "c", "created_at": at} | texts
    selection = target | {"series": rule.series, "rule_version": rule.version, "stratum": "rest", "probability": 1.0,
                          "drawn": True, "decided_at": at, "at": at}  # fmt: skip
    job = target | {"content_hash": "c", "fingerprint": rule.rule.fingerprint, "queue": "score",
                    "priority": int(at.timestamp() * 1e6), "available_at": at, "created_at": at}  # fmt: skip
    return [trace, sample, selection, job]


def work(url: str, kind: str, threads: int, seconds: float, start: Any, results: Any) -> None:
    """One process: score in `threads` slots for so long from `start` on (or until all is done); puts how many and
    how long it took."""
    store = Store(url)
    counts = [0] * threads

    def slot(place: int) -> None:
        worker = worker_of(store, kind, f"{os.getpid()}-{place}")
        pool = Pool(worker.build)
        while time.monotonic() < until and (n := score_batch(worker, pool)):
            if time.monotonic() <= until:
                counts[place] += n
        pool.close()

    start.wait()
    began = time.monotonic()
    until = began + seconds
    running = [threading.Thread(target=slot, args=(i,)) for i in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    results.put((sum(counts), time.monotonic() - began))
    store.close()


def claim_all(url: str, name: str, batch: int, start: Any, results: Any) -> None:
    """One process: claim and finish until nothing is left; puts the ids that it claimed."""
    store, clock = Store(url), SystemClock()
    ids: list[int] = []
    start.wait()
    while True:
        with store.write() as unit:
            jobs = unit.queue.claim("score", name, batch, clock.now(), timedelta(seconds=600))
        if not jobs:
            break
        ids += [job.id for job in jobs]
        with store.write() as unit:
            unit.queue.finish(jobs, name)
    results.put(ids)
    store.close()


def forget_jobs(url: str) -> None:
    """Empty the queue."""
    with psycopg.connect(libpq_address(url)) as connection:
        connection.execute("TRUNCATE score_job")


def copy_jobs(url: str, count: int) -> None:
    """A queue of `count` ready jobs, of four evaluators, copied into PostgreSQL."""
    names = ("project", "day", "target_kind", "target_id", "content_hash", "fingerprint", "purpose", "replicate",
             "trace_id", "queue", "state", "priority", "attempts", "available_at", "created_at", "error")  # fmt: skip
    now = SystemClock().now()
    at = int(now.timestamp() * 1e6)
    with psycopg.connect(libpq_address(url)) as connection:
        with connection.cursor().copy(f"COPY score_job ({', '.join(names)}) FROM STDIN") as copy:
            for i in range(count):
                row = (PROJECT, now.date(), "answer", f"t{i}", "c", f"f{i % 4}", "production", 0, f"t{i}", "score",
                       "ready", at - i, 0, at, at, "")  # fmt: skip
                copy.write_row(row)
        connection.commit()
        connection.autocommit = True
        connection.execute("ANALYZE score_job")
