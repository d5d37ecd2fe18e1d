"""What settles, and when."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.otlp.requests import decode
from evaluator.pipeline.retention.erase import erase_user
from evaluator.pipeline.series.read import Series, SeriesQuery, read_series
from evaluator.pipeline.stages import settle
from evaluator.pipeline.stages.ingest import store_parts
from evaluator.store.repositories.traces.arrivals import Built
from evaluator.store.store import Store
from tests.support.house import NOW, PROJECT, QUIET, House, trace


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def series(house: House, **query: Any) -> Series:
    with house.store.read() as unit:
        (found,) = read_series(unit, PROJECT, SeriesQuery(**query))
    return found


def outcomes(house: House, trace_id: str) -> list[dict[str, Any]]:
    with house.store.read() as unit:
        return unit.of(PROJECT).outcomes.of_trace(trace_id)


def _span(number: int, name: str, **attributes: str) -> dict[str, Any]:
    start = int(NOW.timestamp() * 1e9) + number * 10**9
    return {
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": f"{number + 1:016x}",
        "parentSpanId": "" if number == 0 else f"{1:016x}",
        "name": name,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + (10**10 if number == 0 else 10**8)),
        "attributes": [{"key": k.replace("__", "."), "value": {"stringValue": v}} for k, v in attributes.items()],
    }


def test_a_user_who_was_stored_before_their_name_was_known_for_one_is_sealed(house: House) -> None:
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [_span(0, "chat", input__value="q?")]}]}]})
    (part,) = decode(body.encode(), "application/json", None, project=PROJECT).parts
    part.body["attributes"]["gen_ai.user.id"] = "kim-7"
    store_parts(house.store, [part], house.clock, QUIET)
    house.clock.turn(31)
    house.control()
    with house.store.read() as unit:
        row = unit.of(PROJECT).views.trace(part.trace_id)
    assert row is not None
    assert row["user"] == house.name_of("kim-7")
    assert erase_user(house.store, PROJECT, "kim-7", house.clock).deleted["trace"] == 1


def test_a_part_that_comes_while_its_trace_settles(house: House) -> None:
    """The revision tells: the trace stays open and is put together again with the part."""
    house.feed(trace(1, "first"))
    with house.store.write() as unit:
        (due,) = unit.arrivals.take_due(PROJECT, house.clock.now(), 10)
    house.feed(trace(1, "second"))
    with house.store.read() as unit:
        built = assemble(PROJECT, "t1", list(unit.of(PROJECT).parts.every("t1")))
    with house.store.write() as unit:
        assert unit.arrivals.settle_all([Built(due, built, 0)], NOW) == []
    house.control()
    with house.store.read() as unit:
        assert [s["answer"] for s in unit.of(PROJECT).views.samples("t1")] == ["second"]


def test_reopened_before_it_was_planned_it_is_planned_all_the_same(house: House) -> None:
    from evaluator.ingest.assembly.assemble import assemble
    from evaluator.pipeline.stages.settle import settle_due

    house.rule()
    house.feed(trace(1))
    settle_due(house.store, assemble, house.clock)
    house.feed(trace(1))
    house.run()
    assert len(outcomes(house, "t1")) == 1


def test_no_two_answers_share_a_target(house: House) -> None:
    house.rule()
    house.feed(
        {"id": "a:b", "question": "q", "answer": "calm"},
        {"id": "a", "answers": [{"id": "b", "question": "q", "answer": "calm"}, {"question": "q", "answer": "LOUD"}]},
        {"id": "a%3Ab", "question": "q", "answer": "calm"},
    )
    house.run()
    assert series(house, start=NOW - timedelta(days=1), end=NOW + timedelta(days=1)).total.counts.scored == 4


def test_late_feedback_reaches_the_slices_without_scoring_again(house: House) -> None:
    house.rule()
    house.feed(trace(1, model="a"))
    house.run()
    house.feed(trace(1, model="b"))
    house.run()
    assert series(house, slice={"model": "b"}).total.counts.scored == 1
    assert house.evaluator.batches == [1]


def test_quiet_periods(house: House) -> None:
    house.rule()
    house.feed(trace(1, complete=False))
    house.control()
    assert house.score() == 0, "not before the quiet period is over"
    house.clock.turn(20)
    house.feed(trace(1, "longer answer", complete=False))
    house.clock.turn(20)
    house.control()
    assert house.score() == 0, "a part puts it off"
    house.clock.turn(11)
    house.control()
    assert house.score() == 1


def test_spans_late_doubled_and_out_of_order(house: House) -> None:
    """The retriever's span comes after the trace was scored: it is scored again, with its passages."""

    root = _span(0, "chain", openinference__span__kind="CHAIN", input__value="q?", output__value="LOUD")
    llm = _span(2, "llm", openinference__span__kind="LLM", input__value="q?", output__value="LOUD")
    retriever = _span(
        1, "search", openinference__span__kind="RETRIEVER", retrieval__documents__0__document__content="a passage"
    )

    def send(*spans: dict[str, Any]) -> None:
        body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}).encode()
        decoded = decode(body, "application/json", None, project=PROJECT)
        assert not decoded.rejected
        store_parts(house.store, decoded.parts, house.clock, QUIET)

    house.rule()
    send(llm)
    send(root, llm)
    house.clock.turn(31)
    house.run()
    send(retriever)
    house.clock.turn(31)
    house.run()
    trace_id = root["traceId"]
    with house.store.read() as unit:
        (sample,) = unit.of(PROJECT).views.samples(trace_id)
        assert [p["text"] for p in sample["passages"]] == ["a passage"]
        assert len(list(unit.of(PROJECT).parts.every(trace_id))) == 3
    assert sorted(o["superseded"] for o in outcomes(house, trace_id)) == [False, True]
    counts = series(house).total.counts
    assert (counts.settled, counts.scored) == (1, 1)


def test_a_turn_that_takes_long_gives_back_what_is_left(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of a turn is settled in any case, and the others are due at once rather than after a lease."""
    monkeypatch.setattr(settle, "TURN_SECONDS", -1.0)
    house.feed(*(trace(n) for n in range(4)))
    for left in (3, 2, 1, 0):
        assert settle.settle_due(house.store, assemble, house.clock) == 1
        with house.store.read() as unit:
            assert unit.arrivals.waiting()["open"] == left
    assert settle.settle_due(house.store, assemble, house.clock) == 0


def test_what_comes_meanwhile_is_not_hurried_by_what_is_given_back(house: House) -> None:
    house.feed(trace(0), trace(1))
    house.clock.turn(31)
    with house.store.write() as unit:
        due = unit.arrivals.take_due(PROJECT, house.clock.now(), 10)
    taken = house.clock.now()
    house.clock.turn(1)
    house.feed(trace(1, "second", complete=False))
    with house.store.write() as unit:
        unit.arrivals.put_back(due, taken)
        assert [d.id for d in unit.arrivals.take_due(PROJECT, house.clock.now(), 10)] == ["t0"]
