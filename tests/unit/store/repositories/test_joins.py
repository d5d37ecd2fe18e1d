"""What a series selected is joined by whole keys, also where PostgreSQL has no statistics yet."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from evaluator.pipeline.series.buckets import Grain, floor
from evaluator.store.store import Store
from tests.support.house import NOW, PROJECT, House
from tests.support.reviewed import judged

pytestmark = pytest.mark.postgres


def test_what_is_new_is_not_read_once_a_row(postgres_url: str) -> None:
    store = Store(postgres_url)
    judged(House(store), 400)
    plans: dict[str, str] = {}

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {statement}", parameters)
                plans[statement] = "\n".join(line for (line,) in cursor.fetchall())

    with store.read() as unit:
        mine = unit.of(PROJECT)
        (rule,) = mine.rules.active()
        pinned = rule.rule.fingerprint
        event.listen(unit.connection, "before_cursor_execute", explain)
        minutes = [floor(NOW, Grain.MINUTE) - timedelta(minutes=n) for n in range(400)]
        found = mine.rollups.units(rule.series, pinned, minutes, NOW.date() - timedelta(days=9), waves=["a wave"])
        frame = mine.frames.page(rule.series, pinned, (NOW - timedelta(days=1), NOW + timedelta(days=1)), None, 500)
    store.close()
    assert len(found) == len(frame) == 400
    reached = r"Scan using \S+ on (?:trace|sample_|outcome_).*\n *Index Cond: (.*)"
    lookups = [said for plan in plans.values() for said in re.findall(reached, plan)]
    assert len(lookups) == 6
    for said in lookups:
        assert "(project)::text = " in said
        assert "id)::text = " in said, f"all of a project, once a row: {said}"
