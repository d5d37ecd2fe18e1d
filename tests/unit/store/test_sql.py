"""Upserts say the same on both databases: every type, defaults, counting, and what comes back."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from evaluator.store import sql
from evaluator.store.sql import table, upsert
from evaluator.store.store import Store
from evaluator.store.tables import TraceRow
from tests.support.house import NOW

DAY = date(2026, 3, 1)
HARD = "quotes ' \" $1 %s ? \\x00 \\ \n\t \U0001f600 ü null"
TRACE = table(TraceRow)


def row(trace_id: str, **more: Any) -> dict[str, Any]:
    required = {"first_seen_at": NOW, "last_seen_at": NOW, "start_at": NOW, "end_at": NOW}
    return {"project": "p", "id": trace_id, "day": DAY, "state": "open", **required, **more}


def stored(store: Store, trace_id: str) -> dict[str, Any]:
    with store.read() as unit:
        return dict(unit.connection.execute(select(TRACE).where(TRACE.c.id == trace_id)).mappings().one())


def test_every_type_comes_back_as_it_went_in(store: Store) -> None:
    values = row(
        "a",
        settle_at=None,
        name=HARD,
        input_tokens=0,
        cost=np.float64(0.1),
        latency_ms=1e-300,
        tags=[HARD, "b"],
        facts={HARD: [None, True, 2**53 + 1, 0.1]},
        cluster=2**63 - 1,
        user="u",
    )
    with store.write() as unit:
        upsert(unit.connection, TraceRow, [values])
    found = stored(store, "a")
    assert {name: found[name] for name in values} == values
    assert (found["revision"], found["input"], found["model"], found["sampling_probability"]) == (0, "", None, 1.0)
    assert found["status"] == "unset"


def test_an_existing_row_is_left_changed_or_counted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "MAX_ROWS", 3)
    rows = [row(f"t{n}", name="first") for n in range(8)]
    with store.write() as unit:
        upsert(unit.connection, TraceRow, rows[:5])
        upsert(unit.connection, TraceRow, [row("t0", name="ignored")])
        back = upsert(
            unit.connection,
            TraceRow,
            [row(f"t{n}", name="second", state="settled") for n in range(8)],
            update=("name",),
            count="revision",
            returning=("id", "day", "revision"),
        )
    assert sorted(back) == [(f"t{n}", DAY, int(n < 5)) for n in range(8)]
    assert [stored(store, f"t{n}")["state"] for n in (0, 7)] == ["open", "settled"]
    assert stored(store, "t0")["name"] == "second"


def test_what_no_column_holds_is_refused(store: Store) -> None:
    with pytest.raises(KeyError, match="nonsense"), store.write() as unit:
        upsert(unit.connection, TraceRow, [row("a", nonsense=1)])
    with pytest.raises(TypeError), store.write() as unit:
        upsert(unit.connection, TraceRow, [row("a", facts={"x": object()})])
    with store.write() as unit:
        assert upsert(unit.connection, TraceRow, [], returning=("id",)) == []
        assert unit.connection.execute(select(TRACE.c.id)).all() == []


def test_a_database_that_can_not_write_is_told_as_such(store: Store) -> None:
    """Whoever repeats transactions knows SQLAlchemy's errors, not the driver's."""
    with pytest.raises(DBAPIError), store.read() as unit:
        upsert(unit.connection, TraceRow, [row("a")], returning=("id",))
