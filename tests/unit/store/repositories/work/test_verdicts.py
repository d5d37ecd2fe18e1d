"""The last outcomes of a judge: the right ones, in their order, found by the index that is meant for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from evaluator.store.sql import upsert
from evaluator.store.store import Store
from evaluator.store.tables import OutcomeRow, SampleRow
from tests.support.house import NOW, PROJECT

ASKED = (
    "SELECT label FROM outcome WHERE project = 'default' AND fingerprint = 'f' AND purpose = 'production' "
    "AND (kind = 'judge' OR reason IS NOT NULL) ORDER BY created_at DESC LIMIT 3"
)


def outcome(number: int, **fields: Any) -> dict[str, Any]:
    at = NOW - timedelta(hours=number)
    return {
        "project": PROJECT, "day": at.date(), "target_kind": "answer", "target_id": f"t{number}", "content_hash": "c",
        "fingerprint": "f", "purpose": "production", "replicate": 0, "trace_id": f"t{number}", "value": 0.5,
        "badness": 0.5, "label": "fine", "explanation": f"because {number}", "evidence": [], "details": {},
        "kind": "judge", "cost": 0.1, "reason": None, "message": "", "superseded": False, "created_at": at,
    } | fields  # fmt: skip


def put(store: Store, *rows: dict[str, Any]) -> None:
    with store.write() as unit:
        upsert(unit.connection, OutcomeRow, list(rows))


def test_the_newest_come_first_and_failures_are_among_them(store: Store) -> None:
    failed = {"value": None, "badness": None, "label": None, "kind": "model", "reason": "refused"}
    put(
        store, outcome(30), outcome(1, superseded=True), outcome(2, **failed), outcome(50, details={"cached": True}),
        outcome(0, fingerprint="g"), outcome(3, purpose="reliability"), outcome(4, project="another"),
    )  # fmt: skip
    with store.read() as unit:
        found = unit.of(PROJECT).verdicts.newest("f", 10)
        assert [row.trace_id for row in found] == ["t1", "t2", "t30", "t50"]
        assert [(row.label, row.reason) for row in found[:2]] == [("fine", None), (None, "refused")]
        assert found[3].details == {"cached": True}
        assert [row.trace_id for row in unit.of(PROJECT).verdicts.newest("f", 2)] == ["t1", "t2"]
        assert unit.of("another").verdicts.newest("f", 10)[0].trace_id == "t4"


def test_texts_belong_to_their_content(store: Store) -> None:
    put(store, outcome(1), outcome(1, content_hash="d", explanation="of another content"), outcome(2))
    sample = {
        "project": PROJECT, "day": (NOW - timedelta(hours=1)).date(), "target_kind": "answer", "target_id": "t1",
        "content_hash": "c", "trace_id": "t1", "created_at": NOW, "question": "Why?" * 9, "answer": "So.",
        "passages": [],
    }  # fmt: skip
    with store.write() as unit:
        upsert(unit.connection, SampleRow, [sample])
    with store.read() as unit:
        verdicts = unit.of(PROJECT).verdicts
        rows = verdicts.newest("f", 10)
        found = verdicts.texts("f", [row.content for row in rows], 4)
        told = {(content.target_id, content.content_hash): texts for content, texts in found.items()}
    assert told["t1", "c"] == ("because 1", "", "Why?", "So.")
    assert told["t1", "d"] == ("of another content", "", "", "")
    assert told["t2", "c"].explanation == "because 2"


def test_the_index_is_used(store: Store) -> None:
    put(store, *(outcome(n, fingerprint="f" if n % 40 == 0 else "g") for n in range(2000)))
    with store.write() as unit:
        unit.connection.execute(text("ANALYZE"))
    postgres = store.url.startswith("postgresql")
    with store.read() as unit:
        plan = unit.connection.execute(text(f"{'EXPLAIN' if postgres else 'EXPLAIN QUERY PLAN'} {ASKED}")).all()
    told = " ".join(str(row) for row in plan)
    assert "outcome_said" in told or "project_fingerprint_created_at" in told, told
    assert "TEMP B-TREE" not in told
