"""Scores and feedback from elsewhere: kept whatever comes first, and feedback becomes the trace's own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from evaluator.core.annotation import AnnotationKind
from evaluator.ingest.redact import redactor
from evaluator.pipeline.stages.annotate import Annotated, annotate
from evaluator.store.repositories.traces.annotations import AnnotationFilter
from evaluator.store.repositories.traces.lists import TraceFilter
from evaluator.store.store import Store
from tests.support.house import NOW, PROJECT, House, trace

SCORE, FEEDBACK = AnnotationKind.SCORE, AnnotationKind.FEEDBACK


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def say(house: House, kind: AnnotationKind, *items: Any, project: str = PROJECT) -> Annotated:
    return annotate(house.store, project, kind, items, house.clock)


def listed(house: House, kind: AnnotationKind = SCORE, **query: Any) -> list[dict[str, Any]]:
    with house.store.read() as unit:
        return unit.of(PROJECT).annotations.find(AnnotationFilter(kind=kind, **query))


def feedback(house: House, trace_id: str) -> float | None:
    with house.store.read() as unit:
        row = unit.of(PROJECT).views.trace(trace_id)
    assert row is not None
    value: float | None = row["feedback"]
    return value


def test_scores_are_kept_before_their_trace_and_without_it(house: House) -> None:
    early = {"trace_id": "t1", "name": "helpful", "value": 0.75, "label": "yes", "source": "our judge"}
    done = say(house, SCORE, early, early | {"trace_id": "never"})
    assert (done.accepted, done.unmatched, done.errors) == (2, 2, [])
    house.feed(trace(1))
    house.run()
    (row,) = listed(house, trace_id="t1")
    assert {k: row[k] for k in early} == early
    assert row["matched"]
    assert row["at"] == NOW
    assert [r["trace_id"] for r in listed(house, matched=False)] == ["never"]
    assert [r["trace_id"] for r in listed(house, matched=True)] == ["t1"]
    with house.store.read() as unit:
        named = unit.of(PROJECT).views.traces(TraceFilter(annotation="helpful"))
        assert [t["id"] for t in named] == ["t1"]
        assert unit.of(PROJECT).views.traces(TraceFilter(annotation="other")) == []
        assert unit.of("another").annotations.of_trace("t1") == []


def test_the_same_score_again_is_one_and_an_id_replaces(house: House) -> None:
    same = {"trace_id": "t1", "name": "helpful", "value": 1}
    say(house, SCORE, same, same)
    say(house, SCORE, same)
    assert len(listed(house)) == 1
    named = {"id": "s-1", "trace_id": "t1", "name": "helpful"}
    say(house, SCORE, named | {"value": 2})
    say(house, SCORE, named | {"value": 3, "comment": "thought again"})
    assert sorted((r["value"], r["comment"]) for r in listed(house)) == [(1, ""), (3, "thought again")]
    (error,) = say(house, SCORE, named | {"trace_id": "t2", "value": 4}).errors
    assert (error.index, error.field) == (0, "id")
    assert say(house, FEEDBACK, {"id": "s-1", "trace_id": "t2", "thumbs": "up"}).errors == []


@pytest.mark.parametrize(
    ("kind", "item", "field", "says"),
    [
        (SCORE, {"trace_id": "t", "name": "n", "value": "0.8"}, "value", "without quotes"),
        (SCORE, {"trace_id": "t", "name": "n", "value": True}, "value", "number"),
        (SCORE, {"trace_id": "t", "name": "n", "value": 10**400}, "value", "finite"),
        (SCORE, {"trace_id": "t", "name": "n", "value": float("nan")}, "value", "finite"),
        (SCORE, {"trace_id": "t", "name": "n"}, "value", "label"),
        (SCORE, {"trace_id": "t", "value": 1}, "name", "characters"),
        (SCORE, {"name": "n", "value": 1}, "trace_id", "id of the trace"),
        (SCORE, {"trace_id": "t", "name": "n", "value": 1, "comment": "c" * 10_001}, "comment", "10000"),
        (SCORE, {"trace_id": "t", "name": "n", "value": 1, "notes": "c" * 30_000}, "metadata", "less"),
        (SCORE, {"trace_id": "t", "name": "n", "value": 1, "target_id": "other:1"}, "target_id", "target_id"),
        (SCORE, {"trace_id": "t", "name": "n", "value": 1, "timestamp": "2999-01-01"}, "timestamp", "clock"),
        (FEEDBACK, {"trace_id": "t", "value": 1.5}, "value", "-1"),
        (FEEDBACK, {"trace_id": "t", "thumbs": "sideways"}, "thumbs", "up or down"),
        (FEEDBACK, {"trace_id": "t"}, "value", "thumbs"),
        (FEEDBACK, {"trace_id": "t", "value": 1, "thumbs": "up"}, "value", "either"),
        (FEEDBACK, "up", "feedback", "object"),
    ],
)
def test_bad_items_are_named_and_the_others_kept(
    house: House, kind: AnnotationKind, item: Any, field: str, says: str
) -> None:
    good = {"trace_id": "t", "name": "n", "value": 1}
    done = say(house, kind, good, item)
    assert done.accepted == 1
    (error,) = done.errors
    assert (error.index, error.field) == (1, field)
    assert says in error.remedy
    assert len(listed(house, kind)) == 1


def test_hostile_text_is_stored_and_users_are_not(house: House) -> None:
    item = {"trace_id": "A" * 32, "name": "n\x00", "value": 1, "comment": "\ud800<b>\x00", "user_id": "ann", "x": [1]}
    say(house, SCORE, item)
    (row,) = listed(house)
    assert (row["name"], row["comment"], row["trace_id"]) == ("n\ufffd", "\ufffd<b>\ufffd", "a" * 32)
    assert row["facts"] == {"user": house.name_of("ann"), "x": [1]}
    item = {"trace_id": "n", "name": "n", "value": 1, "end_user_id": "ann", "metadata": {"x": {"cid": "ann"}, "y": 1}}
    annotate(house.store, PROJECT, SCORE, [item], house.clock, user_keys=("cid",))
    (row,) = listed(house, trace_id="n")
    hidden = house.name_of("ann")
    assert row["facts"] == {"end_user_id": hidden, "x": {"cid": hidden}, "y": 1}
    mail = {"trace_id": "t", "name": "n", "value": 1, "comment": "write to ann@example.org", "label": "x"}
    annotate(house.store, PROJECT, SCORE, [mail], house.clock, redactor("email", lambda _: "secret"))
    (row,) = listed(house, trace_id="t")
    assert (row["comment"], row["label"]) == ("write to [email]", "x")


def test_feedback_before_settling_decides_the_stratum(house: House) -> None:
    down = {"name": "down", "when": [{"field": "feedback", "op": "lt", "value": 0}], "rate": 1.0}
    house.rule(rate=1e-6, strata=[down])
    say(house, FEEDBACK, {"trace_id": "t1", "thumbs": "up"}, {"trace_id": "t1", "answer_id": "root", "value": -0.5})
    house.feed(trace(1, feedback="up"), trace(2, feedback="up"))
    say(house, FEEDBACK, {"trace_id": "t2", "thumbs": "down"})
    house.control()
    with house.store.read() as unit:
        decided = unit.of(PROJECT).plans.of_traces(["t1", "t2"])
    assert [(s.stratum, s.drawn) for s in decided] == [("down", True)] * 2
    assert feedback(house, "t1") == -0.5


def test_feedback_after_settling_is_shown_and_decides_nothing(house: House) -> None:
    down = {"name": "down", "when": [{"field": "feedback", "op": "lt", "value": 0}], "rate": 1.0}
    house.rule(rate=0.5, strata=[down])
    house.feed(trace(1))
    house.run()
    with house.store.read() as unit:
        before = unit.of(PROJECT).plans.of_traces(["t1"])
    done = say(house, FEEDBACK, {"trace_id": "t1", "thumbs": "down", "timestamp": NOW.isoformat()})
    assert done.unmatched == 0
    assert feedback(house, "t1") == -1
    earlier = (NOW - timedelta(hours=1)).isoformat()
    say(house, FEEDBACK, {"trace_id": "t1", "thumbs": "up", "timestamp": earlier})
    assert feedback(house, "t1") == -1, "the latest counts, not the last to arrive"
    house.feed(trace(1, feedback="up"))
    house.run()
    assert feedback(house, "t1") == -1, "what was sent apart from the trace goes first"
    with house.store.read() as unit:
        assert unit.of(PROJECT).plans.of_traces(["t1"]) == before
