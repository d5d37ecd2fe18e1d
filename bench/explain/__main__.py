"""How PostgreSQL runs each hot statement at ten million scores: `make bench-explain` (`--scores N` for fewer).

Fills partitions over 60 days, lets the pipeline's own code run with every statement explained (ANALYZE, BUFFERS), and
prints for each the index that it used, the partitions that it touched, blocks and milliseconds. What is explained is
what production sends: the statements are caught on their way to the database.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Connection, event, text

from bench.servers.postgres import libpq_address, postgres, store_url
from bench.stand_ins import PROJECT, pushed
from evaluator.core.outcome import Outcome, Score
from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.native import traces as native
from evaluator.pipeline.retention.retain import make_partitions
from evaluator.pipeline.stages.aggregate import aggregate_dirty
from evaluator.pipeline.stages.ingest import store_parts
from evaluator.pipeline.stages.score import sample_key
from evaluator.pipeline.stages.select import select_settled
from evaluator.pipeline.stages.settle import settle_due
from evaluator.pipeline.traces import read_trace
from evaluator.store import migrate
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.store import Store
from evaluator.store.types import to_micros

DAYS = 60
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
READY = 100_000
"""Jobs in the queue."""
NUMBERS = "(SELECT i, {first} + (i - {start}) * {step} AS at FROM generate_series({start}::bigint, {end}) i) numbers"
FILL = """
INSERT INTO trace (project, id, day, state, revision, first_seen_at, last_seen_at, content_hash, planned_hash,
    problem, start_at, end_at, name, input, output, status, tags, facts, sampling_probability, cluster)
SELECT '{project}', 't' || i, '{day}', 'planned', 0, at, at, 'c', 'c', 'filled', at, at, 'n', 'q', 'a', 'ok', '[]',
    '{packed}', 1, 0 FROM {numbers};
INSERT INTO sample (project, day, target_kind, target_id, content_hash, trace_id, position, current, created_at,
    question, answer, passages)
SELECT '{project}', '{day}', 'answer', 't' || i, 'c', 't' || i, 0, true, at,
    'How long is the warranty?', repeat('Two years from delivery. ', 4), '{packed}' FROM {numbers};
INSERT INTO selection (project, day, series, target_kind, target_id, trace_id, rule_version, stratum, probability,
    drawn, decided_at, at)
SELECT '{project}', '{day}', '{series}', 'answer', 't' || i, 't' || i, 'v', 'rest', 1, true, at, at FROM {numbers};
INSERT INTO outcome (project, day, target_kind, target_id, content_hash, fingerprint, purpose, replicate, trace_id,
    value, badness, explanation, evidence, details, kind, cost, message, superseded, created_at)
SELECT '{project}', '{day}', 'answer', 't' || i, 'c', '{fingerprint}', 'production', 0, 't' || i,
    random(), random(), '', '{packed}', '{packed}', 'code', 0, '', false, at FROM {numbers}
"""
JOBS = """
INSERT INTO score_job (project, day, target_kind, target_id, content_hash, fingerprint, purpose, replicate, trace_id,
    queue, state, priority, attempts, available_at, created_at, error)
SELECT '{project}', '{day}', 'answer', 't' || i, 'c', '{fingerprint}', 'production', 0, 't' || i,
    'score', 'ready', at, 0, at, at, '' FROM {numbers} LIMIT {ready}
"""


class Plan(NamedTuple):
    stage: str
    statement: str
    uses: str
    blocks: int
    planning: float
    running: float


class FixedClock:
    def now(self) -> datetime:
        return NOW


def fill(url: str, rule: StoredRule, scores: int) -> None:
    """`scores` traces over the days up to now, each with a sample, a selection and an outcome; and a queue."""
    a_day = scores // DAYS
    names = {"project": PROJECT, "series": rule.series, "fingerprint": rule.rule.fingerprint, "ready": READY}
    names |= {"packed": "\\x" + zlib.compress(b"[]").hex()}
    with psycopg.connect(libpq_address(url), autocommit=True) as db:
        db.execute("SET synchronous_commit = off")
        for back in range(DAYS):
            day = (NOW - timedelta(days=back)).date()
            first = to_micros(datetime(day.year, day.month, day.day, tzinfo=UTC))
            step = (86_400 if back else 43_200) * 10**6 // a_day
            start, end = back * a_day, (back + 1) * a_day - 1
            mine = names | {"day": str(day), "numbers": NUMBERS.format(first=first, start=start, end=end, step=step)}
            for statement in (FILL if back else f"{FILL};{JOBS}").split(";"):
                db.execute(statement.format(**mine))
        db.execute("VACUUM ANALYZE")


class Explainer:
    """Explains the statements that a store sends in a stage; what they do is undone, and done again in earnest."""

    def __init__(self, store: Store) -> None:
        self.plans: list[Plan] = []
        self.stage = ""
        for engine in (store._writer, store._reader):
            event.listen(engine, "before_cursor_execute", self._before)

    def _before(
        self, connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        if not self.stage or many or not statement.lstrip().startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            return
        stage, self.stage = self.stage, ""
        cursor: Any = connection.connection.cursor()
        cursor.execute("SAVEPOINT explained")
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters)
        found = cursor.fetchone()
        cursor.execute("ROLLBACK TO SAVEPOINT explained")
        cursor.close()
        self.stage = stage
        whole = found[0][0] if isinstance(found[0], list) else json.loads(found[0])[0]
        nodes = list(_nodes(whole["Plan"]))
        blocks = whole["Plan"]["Shared Hit Blocks"] + whole["Plan"]["Shared Read Blocks"]
        self.plans.append(
            Plan(stage, " ".join(statement.split())[:70], _uses(nodes), blocks, whole["Planning Time"],
                 whole["Execution Time"])
        )  # fmt: skip


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _uses(nodes: list[dict[str, Any]]) -> str:
    """The indexes and scanned tables, partitions counted under their table's name."""
    counted: dict[str, int] = {}
    for node in nodes:
        scanned = node.get("Index Name") or (node.get("Relation Name") if "Scan" in node["Node Type"] else None)
        if scanned and node.get("Actual Loops"):
            parent, _, rest = scanned.partition("_p2")
            name = parent + (rest[7:] and "_" + rest[7:].lstrip("_")) if rest else scanned
            name = name if "Index Name" in node else f"all of {name}"
            counted[name] = counted.get(name, 0) + 1
    return ", ".join(f"{name} x{n}" if n > 1 else name for name, n in counted.items()) or "-"


def explained(store: Store, rule: StoredRule) -> list[Plan]:
    """Every stage once, on a full database."""
    explainer, clock = Explainer(store), FixedClock()
    stages: dict[str, Callable[[], object]] = {
        "ingest": lambda: store_parts(store, _parts(), clock, timedelta(0)),
        "settle": lambda: settle_due(store, assemble, clock),
        "select": lambda: select_settled(store, clock),
        "claim and load": lambda: _claim_and_load(store),
        "save": lambda: _save(store, rule),
        "aggregate": lambda: aggregate_dirty(store, clock),
        "one trace": lambda: _show(store),
    }
    for name, stage in stages.items():
        explainer.stage = name
        stage()
        explainer.stage = ""
    return explainer.plans


def _parts() -> Any:
    items = [{"id": f"new{i}", "question": "q?", "answer": "a", "complete": True, "end_time": NOW.isoformat()}
             for i in range(200)]  # fmt: skip
    return native.parse(items, project=PROJECT, received=NOW)[0]


def _claim(store: Store) -> Any:
    with store.write() as unit:
        return unit.queue.claim("score", "explain", 32, NOW, timedelta(seconds=60))


def _claim_and_load(store: Store) -> None:
    jobs = _claim(store)
    with store.read() as unit:
        assert len(unit.of(PROJECT).traces.samples([sample_key(job) for job in jobs])) == len(jobs) > 0


def _save(store: Store, rule: StoredRule) -> None:
    jobs = _claim(store)
    with store.write() as unit:
        mine = unit.of(PROJECT)
        unit.queue.finish(jobs, "explain")
        current = mine.traces.current([sample_key(job) for job in jobs])
        results: list[tuple[Any, Outcome, bool]] = [(j, Score(value=0.5), current[sample_key(j)]) for j in jobs]
        mine.outcomes.save(results, rule.spec.scale, NOW)
        targets = [(j.day, j.target_kind, j.target_id) for j in jobs]
        mine.marks.targets(rule.rule.fingerprint, targets, NOW)


def _show(store: Store) -> None:
    with store.read() as unit:
        assert read_trace(unit, PROJECT, "t5", assemble).outcomes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scores", type=int, default=10_000_000)
    scores = parser.parse_args().scores
    with postgres() as server:
        url = store_url(server.database("explain"))
        migrate.upgrade(url)
        store = Store(url)
        make_partitions(store, (NOW - timedelta(days=DAYS)).date(), DAYS + 7)
        rule, began = pushed(store, "cheap"), time.perf_counter()
        fill(url, rule, scores)
        print(f"{scores:,} scores over {DAYS} days, filled in {time.perf_counter() - began:.0f} s")
        plans = explained(store, rule)
        with store.read() as unit:
            unused = unit.connection.execute(text(
                "SELECT indexrelname FROM pg_stat_user_indexes WHERE idx_scan = 0 AND relname IN "
                "('trace', 'score_job', 'dirty', 'rollup') ORDER BY 1"
            )).scalars().all()  # fmt: skip
        store.close()
    print(f"load of the machine now: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    for plan in plans:
        times = f"{plan.blocks} blocks, plan {plan.planning:.1f} ms, run {plan.running:.1f} ms"
        print(f"{plan.stage:15} {plan.statement}\n{'':15} {plan.uses}\n{'':15} {times}")
    print("\nnot used here:", ", ".join(unused))


if __name__ == "__main__":
    main()
