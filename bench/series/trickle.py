"""What trickling scores cost the aggregation: how often a minute is rewritten, and how fast it goes in bulk."""

from __future__ import annotations

import random
import time
from datetime import datetime, timedelta

from bench.series.traffic import VALUES
from bench.stand_ins import PROJECT, pushed, worker_of
from evaluator.core.ports import SystemClock
from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.native import traces as native
from evaluator.pipeline.schedule import AGGREGATE, SETTLE
from evaluator.pipeline.stages.aggregate import aggregate_dirty
from evaluator.pipeline.stages.ingest import store_parts
from evaluator.pipeline.stages.run import Stages, Tools, drain
from evaluator.pipeline.stages.score import Pool, score_batch
from evaluator.store import migrate
from evaluator.store.engine import is_sqlite
from evaluator.store.sql import chunks
from evaluator.store.store import Store

TRACES, MINUTES = 2_400, 60


def trickle(url: str) -> str:
    """Score an hour of traffic batch by batch on an empty database, with an aggregation after each; in words."""
    migrate.upgrade(url)
    store = Store(url)
    clock, series = SystemClock(), pushed(store, "cheap").series
    now = clock.now().replace(second=0, microsecond=0)
    _feed(store, now)
    stages = Stages(Tools(store=store, clock=clock, assemble=assemble))
    drain(stages, SETTLE, AGGREGATE)
    worker = worker_of(store, "cheap", "trickle")
    pool = Pool(worker.build)
    passes = rewritten = scored = 0
    spent = 0.0
    while n := score_batch(worker, pool):
        scored += n
        began = time.process_time()
        rewritten += aggregate_dirty(store, clock)
        spent += time.process_time() - began
        passes += 1
    minutes = [now - timedelta(minutes=m) for m in range(MINUTES)]
    with store.write() as unit:
        unit.marks.mark([(PROJECT, series, minute) for minute in minutes], now)
    began = time.process_time()
    aggregate_dirty(store, clock)
    bulk = time.process_time() - began
    store.close()
    name = "SQLite" if is_sqlite(url) else "PostgreSQL"
    return (
        f"{name}: {scored} scores in {MINUTES} minutes came in {passes} batches, an aggregation after each: a minute "
        f"was rewritten {rewritten / MINUTES:.1f} times, {1e3 * spent / passes:.0f} ms of our processor time a pass; "
        f"all at once from the scores: {scored / bulk:,.0f} scores/s"
    )


def _feed(store: Store, now: datetime) -> None:
    rng = random.Random(1)
    items = []
    for i in range(TRACES):
        chosen = {d: rng.choices([v for v, _ in pairs], [s for _, s in pairs])[0] for d, pairs in VALUES.items()}
        start = now - timedelta(minutes=rng.randrange(MINUTES))
        answer = "a bad answer!" if rng.random() < 0.1 else "a good one"
        item = {"id": f"t{i}", "question": f"question {i}?", "answer": answer, "context": ["some context"]}
        items.append(item | {"start_time": start.isoformat(), "session_id": f"s{i // 3}", "complete": True} | chosen)
    for some in chunks(items, 200):
        parts, _ = native.parse(some, project=PROJECT, received=now)
        store_parts(store, parts, SystemClock(), timedelta(0))
