"""What trickling scores cost the aggregation: how often a minute is rewritten, and how fast it goes in bulk."""

from __future__ import annotations

import random
import time
from datetime import timedelta

from bench.series_traffic import VALUES
from evaluator.pipeline.aggregate import aggregate_dirty
from evaluator.pipeline.score import Pool, score_batch
from evaluator.store import migrate
from evaluator.store.engine import is_sqlite
from evaluator.store.store import Store
from tests.support.house import NOW, PROJECT, House, trace

TRACES, MINUTES = 2_400, 60


def trickle(url: str) -> str:
    """Score an hour of traffic batch by batch on an empty database, with an aggregation after each; in words."""
    migrate.upgrade(url)
    store = Store(url)
    house = House(store)
    series = house.rule().series
    _feed(house)
    house.control()
    worker = house.worker()
    pool = Pool(worker.build)
    passes = rewritten = scored = 0
    spent = 0.0
    while n := score_batch(worker, pool):
        scored += n
        began = time.process_time()
        rewritten += aggregate_dirty(store)
        spent += time.process_time() - began
        passes += 1
    minutes = [NOW - timedelta(minutes=m) for m in range(MINUTES)]
    with store.write() as unit:
        unit.marks.mark([(PROJECT, series, minute) for minute in minutes], NOW)
    began = time.process_time()
    aggregate_dirty(store)
    bulk = time.process_time() - began
    store.close()
    name = "SQLite" if is_sqlite(url) else "PostgreSQL"
    return (
        f"{name}: {scored} scores in {MINUTES} minutes came in {passes} batches, an aggregation after each: a minute "
        f"was rewritten {rewritten / MINUTES:.1f} times, {1e3 * spent / passes:.0f} ms of our processor time a pass; "
        f"all at once from the scores: {scored / bulk:,.0f} scores/s"
    )


def _feed(house: House) -> None:
    rng = random.Random(1)
    items = []
    for i in range(TRACES):
        chosen = {d: rng.choices([v for v, _ in pairs], [s for _, s in pairs])[0] for d, pairs in VALUES.items()}
        start = NOW - timedelta(minutes=rng.randrange(MINUTES))
        answer = "A LOUD ONE" if rng.random() < 0.1 else "a calm one"
        items.append(trace(i, answer, start_time=start.isoformat(), session_id=f"s{i // 3}", **chosen))
    for i in range(0, TRACES, 200):
        house.feed(*items[i : i + 200])
