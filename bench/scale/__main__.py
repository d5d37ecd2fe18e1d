"""What the queue costs, and how far workers add up: `make bench-scale` (`--short` for a look).

(a) what claiming, loading, saving and hinting cost a score, beside the same samples in a plain loop; (b) an evaluator
that waits 200 ms a batch of 32 in 1 to 64 slots; (c) one that computes, in one process and in two; (d) many processes
that claim and finish a million jobs between them, with a log of what each of them claimed.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from bench.scale.work import claim_all, copy_jobs, fill, forget_jobs, work
from bench.servers.postgres import postgres, store_url
from bench.stand_ins import BATCH, PROJECT, WAIT_SECONDS, Cheap, pushed, worker_of
from evaluator.core.evaluator import sample_of
from evaluator.core.ports import SystemClock
from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.native import traces as native
from evaluator.pipeline.retention.retain import maintain
from evaluator.pipeline.schedule import SCORE
from evaluator.pipeline.stages.ingest import store_parts
from evaluator.pipeline.stages.run import Stages, Tools, drain
from evaluator.pipeline.stages.select import select_settled
from evaluator.pipeline.stages.settle import settle_due
from evaluator.store import migrate
from evaluator.store.store import Store

SPAWN = multiprocessing.get_context("spawn")
MAX_PROCESSES = 4
Row = tuple[str, str, str, str]
"""What, on what, measured, aim."""


def opened(url: str) -> Store:
    migrate.upgrade(url)
    store = Store(url)
    maintain(store, SystemClock())
    return store


def overhead(name: str, url: str, count: int) -> list[Row]:
    """Milliseconds a score beside a plain loop, and traces a second through settling and selecting."""
    store = opened(url)
    fill(store, pushed(store, "cheap"), count)
    samples = [sample_of("How long is the warranty?", f"{i}: two years") for i in range(count)]
    began = time.perf_counter()
    for i in range(0, count, BATCH):
        Cheap().score(samples[i : i + BATCH])
    plain = time.perf_counter() - began
    worker = worker_of(store, "cheap", "overhead")
    gc.collect()  # one of all that is imported takes as long as a third of the short form: it is to fall into none
    began, cpu = time.perf_counter(), time.process_time()
    tools = Tools(store=store, clock=worker.clock, assemble=assemble, worker=lambda _: worker)
    scored = drain(Stages(tools), SCORE)
    spent, busy = time.perf_counter() - began, time.process_time() - cpu
    assert scored == count, f"{scored} of {count} were scored"
    each = f"{1e3 * (spent - plain) / count:.2f} ms ({1e3 * busy / count:.2f} ms of it computing here)"
    rows = [(f"overhead a score, batches of {BATCH}", name, each, "< 3 ms"), *_control(name, store, count)]
    store.close()
    return rows


def _control(name: str, store: Store, count: int) -> list[Row]:
    for other in ("second", "third"):
        pushed(store, "cheap", other)
    clock = SystemClock()
    items = [{"id": f"n{i}", "question": "How long?", "answer": f"{i} years", "complete": True} for i in range(count)]
    parts, _ = native.parse(items, project=PROJECT, received=clock.now())
    store_parts(store, parts, clock, timedelta(0))
    rows = []
    stages: tuple[tuple[str, Callable[[], int]], ...] = (
        ("traces settled a second", lambda: settle_due(store, assemble, clock)),
        ("traces selected a second, three rules", lambda: select_settled(store, clock)),
    )
    for what, stage in stages:
        began, done = time.perf_counter(), 0
        while n := stage():
            done += n
        rows.append((what, name, f"{done / (time.perf_counter() - began):,.0f}", "> 500"))
    return rows


def rate(url: str, kind: str, slots: int, seconds: float, *, processes: int) -> float:
    """Scores a second of `slots` slots in so many processes."""
    start, results = SPAWN.Barrier(processes + 1), SPAWN.Queue()
    share = [slots // processes + (i < slots % processes) for i in range(processes)]
    running = [SPAWN.Process(target=work, args=(url, kind, n, seconds, start, results)) for n in share]
    for process in running:
        process.start()
    start.wait()
    found = [results.get() for _ in running]
    for process in running:
        process.join()
    return float(sum(count for count, _ in found) / max(min(seconds, longest) for _, longest in found))


def waiting(url: str, most: int, seconds: float) -> list[Row]:
    store = opened(url)
    rule = pushed(store, "waiting")
    rows: list[Row] = []
    first, slots, used = 0.0, 1, 0
    while slots <= most:
        needed = int(slots * BATCH / WAIT_SECONDS * seconds * 1.1) + BATCH * slots
        fill(store, rule, needed, used)
        used += needed
        found = rate(url, "waiting", slots, seconds, processes=min(slots, MAX_PROCESSES))
        first = first or found
        share = f"{found:,.0f} scores/s, {found / (slots * first):.0%} of linear"
        rows.append((f"waits {1e3 * WAIT_SECONDS:.0f} ms a batch, {slots} slots", "PostgreSQL", share, "95 %"))
        slots *= 2
        forget_jobs(url)
    store.close()
    return rows


def computing(url: str, seconds: float) -> list[Row]:
    store = opened(url)
    fill(store, pushed(store, "computing"), int(2000 * seconds))
    store.close()
    one = rate(url, "computing", 1, seconds, processes=1)
    two = rate(url, "computing", 2, seconds, processes=2)
    found = f"{one:,.0f} and {two:,.0f} scores/s: {two / one:.2f}x"
    return [(f"computes, 1 and 2 processes on {os.cpu_count()} cores", "PostgreSQL", found, "1.9x")]


def claims(url: str, count: int, claimers: int, batch: int) -> list[Row]:
    opened(url).close()
    copy_jobs(url, count)
    start, results = SPAWN.Barrier(claimers + 1), SPAWN.Queue()
    running = [SPAWN.Process(target=claim_all, args=(url, f"c{i}", batch, start, results)) for i in range(claimers)]
    for process in running:
        process.start()
    start.wait()
    began = time.perf_counter()
    log = [results.get() for _ in running]
    spent = time.perf_counter() - began
    for process in running:
        process.join()
    times = Counter(i for ids in log for i in ids)
    doubled = sum(n > 1 for n in times.values())
    rows = [(f"{claimers} claimers, {count:,} jobs", "PostgreSQL", f"{count / spent:,.0f} jobs/s", "")]
    rows.append(("claimed twice, and never", "PostgreSQL", f"{doubled}, and {count - len(times)}", "0, and 0"))
    assert not doubled, f"{doubled} jobs were claimed twice"
    assert len(times) == count, f"{count - len(times)} jobs were never claimed"
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="small figures, a minute or two")
    parser.add_argument("--claimers", type=int, default=8)
    short = parser.parse_args().short
    claimers = parser.parse_args().claimers
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name, postgres() as server:

        def database(name: str) -> str:
            return store_url(server.database(name))

        rows += overhead("SQLite", f"sqlite:///{name}/overhead.db", 640 if short else 6400)
        rows += overhead("PostgreSQL", database("overhead"), 640 if short else 6400)
        rows += waiting(database("waiting"), 8 if short else 64, 3 if short else 8)
        rows += computing(database("computing"), 3 if short else 15)
        rows += claims(database("claims"), 20_000 if short else 1_000_000, claimers, 100)
    print(f"\nload of the machine now: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    main()
