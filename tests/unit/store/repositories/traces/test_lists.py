"""Lists of traces against a plain reference on random data, and how the databases find what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from evaluator.store import engine
from evaluator.store.repositories.retention.partitions import Partitions
from evaluator.store.repositories.traces import lists
from evaluator.store.repositories.traces.lists import TraceFilter
from evaluator.store.repositories.traces.traces import Traces
from evaluator.store.repositories.traces.views import Views
from evaluator.store.sql import upsert
from evaluator.store.tables.traces.samples import SampleRow
from evaluator.store.tables.traces.traces import TraceRow
from evaluator.store.tables.work.outcomes import OutcomeRow
from tests.support.house import NOW, PROJECT

SHOWN = "shown"
DAYS = 3
Row = dict[str, Any]


def traces_of(random: Random, n: int) -> list[Row]:
    rows = []
    for i in range(n):
        start = NOW - timedelta(minutes=random.randrange(n // 2 or 1))  # some begin together
        rows.append({
            "project": PROJECT, "id": f"t{i:06}", "day": (NOW + timedelta(days=i % DAYS - 1)).date(),
            "state": "planned", "first_seen_at": NOW, "last_seen_at": NOW, "start_at": start,
            "end_at": start, "model": random.choice(["a", "b", None]), "user": f"u{i % 17}",
            "session": None, "tags": random.choice([[], ["vip"], ["x", "vip"], ['"vip"', "VIP", "vi"]]),
        })  # fmt: skip
    return rows


def samples_of(traces: list[Row]) -> list[Row]:
    return [
        {
            "project": PROJECT, "day": t["day"], "target_kind": "answer", "target_id": t["id"], "content_hash": "h",
            "trace_id": t["id"], "created_at": NOW, "question": f"number {t['id'][-1]}?", "answer": "",
            "passages": [],
        }
        for t in traces
    ]  # fmt: skip


def outcomes_of(random: Random, traces: list[Row], badness: list[float]) -> list[Row]:
    """Up to three answers a trace, of two evaluators, some failed, some superseded, some of another purpose."""
    rows = []
    for t in traces:
        for answer in range(random.randrange(4)):
            value = None if random.random() < 0.1 else random.choice(badness)
            label = None if value is None else "bad" if value > 0.6 else "rare" if random.random() < 0.04 else "good"
            rows.append({
                "project": PROJECT, "day": t["day"], "target_kind": "answer", "target_id": f"{t['id']}/{answer}",
                "content_hash": "h", "fingerprint": random.choice([SHOWN, SHOWN, "other"]), "replicate": 0,
                "purpose": "production" if random.random() < 0.95 else "calibration", "trace_id": t["id"],
                "value": value, "badness": value, "label": label, "reason": None if label else "provider_error",
                "superseded": random.random() < 0.1, "created_at": NOW,
            })  # fmt: skip
    return rows


@pytest.fixture
def db(database_url: str) -> Iterator[Engine]:
    opened = engine.writer(database_url)
    yield opened
    opened.dispose()


def fill(db: Engine, traces: list[Row], outcomes: list[Row]) -> None:
    days = sorted({t["day"] for t in traces})
    with db.begin() as connection:
        missing = Partitions(connection).missing(days[1:])  # the first one stays in the default partition
    for partition in missing:
        with db.begin() as connection:
            Partitions(connection).make(partition)
    with db.begin() as connection:
        upsert(connection, TraceRow, traces)
        upsert(connection, SampleRow, samples_of(traces))
        upsert(connection, OutcomeRow, outcomes)


def reference(traces: list[Row], outcomes: list[Row], f: TraceFilter) -> list[tuple[Any, ...]]:
    worst: dict[str, Row] = {}
    for o in outcomes:
        if (o["fingerprint"], o["purpose"], o["superseded"]) == (f.fingerprint, "production", False):
            rank = (-1.0 if o["badness"] is None else o["badness"], [-ord(c) for c in o["target_id"]])
            held = worst.get(o["trace_id"])
            if held is None or rank > held["rank"]:
                worst[o["trace_id"]] = o | {"rank": rank}
    found = []
    for t in traces:
        w = worst.get(t["id"], {"badness": None, "label": None, "reason": None})
        wanted = all(t[name] == value for name, value in f.exact.items())
        wanted &= (not f.start or t["start_at"] >= f.start) and (not f.end or t["start_at"] < f.end)
        wanted &= f.tag is None or f.tag in t["tags"]
        wanted &= not f.text or f.text in f"number {t['id'][-1]}?"
        wanted &= (not f.label or w["label"] == f.label) and (not f.worst or w["badness"] is not None)
        if wanted:
            found.append((t["id"], w["badness"], w["label"], w["reason"], t["start_at"]))
    found.sort(key=lambda row: row[0])
    found.sort(key=lambda row: row[4], reverse=True)
    if f.worst:
        found.sort(key=lambda row: row[1], reverse=True)
    return [row[:4] for row in found[f.offset : f.offset + f.limit]]


@pytest.mark.parametrize("few", [3, 60, 10_000])
@pytest.mark.parametrize("distinct", [2, 5, 10_000])
def test_lists_are_those_of_a_plain_reference(
    db: Engine, monkeypatch: pytest.MonkeyPatch, few: int, distinct: int
) -> None:
    """Whichever way is taken: `few` decides on it, and how many outcomes are `distinct` in badness."""
    monkeypatch.setattr(lists, "FEW", few)
    monkeypatch.setattr(lists, "CHUNK", 8)
    random = Random(few * distinct)
    traces = traces_of(random, 150)
    outcomes = outcomes_of(random, traces, [i / (distinct - 1) for i in range(distinct)])
    fill(db, traces, outcomes)
    narrow: list[Row] = [
        {}, {"exact": {"model": "a"}}, {"exact": {"user": "u3"}}, {"text": "number 4"}, {"text": "nothing"},
        {"tag": "vip"}, {"tag": "vi", "exact": {"user": "u3"}}, {"tag": ""},
        {"start": NOW - timedelta(minutes=30)}, {"end": NOW - timedelta(minutes=30)},
        {"start": NOW - timedelta(minutes=60), "end": NOW - timedelta(minutes=20), "exact": {"model": "b"}},
    ]  # fmt: skip
    seen = 0
    with db.begin() as connection:
        for fields in narrow:
            for label in (None, "bad", "good", "rare", "unknown"):
                for worst in (False, True):
                    page: Row = {"limit": random.choice([1, 7, 200]), "offset": random.choice([0, 0, 5, 40])}
                    f = TraceFilter(fingerprint=SHOWN, label=label, worst=worst, **fields, **page)
                    rows = Views(connection, PROJECT).traces(f)
                    found = [(r["id"], r["badness"], r["label"], r["reason"]) for r in rows]
                    assert found == reference(traces, outcomes, f), f
                    seen += len(found)
        assert Views(connection, "another").traces(TraceFilter(fingerprint=SHOWN, worst=True)) == []
    assert seen > 200


@contextmanager
def explained(connection: Connection) -> Iterator[list[str]]:
    """The plan of every statement that is run meanwhile."""
    sent: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        sent.append((statement, parameters))

    plans: list[str] = []
    event.listen(connection.engine, "before_cursor_execute", note)
    yield plans
    event.remove(connection.engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    for statement, parameters in sent:
        rows = connection.exec_driver_sql(explain + statement, parameters)
        plans.append("\n".join(str(row[-1]) for row in rows))


def test_no_list_reads_all_outcomes(db: Engine) -> None:
    random = Random(1)
    traces = traces_of(random, 6000)
    fill(db, traces, outcomes_of(random, traces, [i / 1000 for i in range(1000)]))
    asked: list[Row] = [
        {}, {"worst": True}, {"label": "rare"}, {"label": "bad", "worst": True},
        {"worst": True, "exact": {"user": "u3"}},
    ]  # fmt: skip
    with db.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("ANALYZE"))
        views = Views(connection, PROJECT)
        for fields in asked:
            with explained(connection) as plans:
                assert len(views.traces(TraceFilter(fingerprint=SHOWN, **fields))) == 50
            for plan in plans:
                assert "Seq Scan on outcome" not in plan, plan
                assert "SCAN outcome" not in plan, plan
                if connection.dialect.name == "sqlite" and " outcome " in plan:
                    by_trace, by_rank = "project=? AND trace_id=?", "project=? AND fingerprint=? AND "
                    assert by_trace in plan or by_rank in plan, plan
            if "exact" in fields:
                assert any("ix_trace_user" in plan for plan in plans), plans
        with explained(connection) as plans:
            stages = Traces(connection, PROJECT).stages()
            assert views.values("model") == ["a", "b"]
            assert views.span_of_time() == (min(starts := [t["start_at"] for t in traces]), max(starts))
        assert stages == {"open": 0, "settled": 0, "planned": 6000}
        for index in ("ix_trace_settle", "ix_trace_plan", "ix_trace_start"):
            assert any(index in plan for plan in plans), plans
