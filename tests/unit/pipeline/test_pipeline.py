"""Traces in, rates out, on both databases: what must hold whatever arrives, and in whatever order."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from evaluator.core.errors import InvalidInput
from evaluator.core.outcome import Reason
from evaluator.core.retry import MAX_ATTEMPTS
from evaluator.pipeline.operations.status import Status, read_status
from evaluator.pipeline.series.buckets import Grain
from evaluator.pipeline.series.read import Series, SeriesQuery, read_series
from evaluator.pipeline.stages.score import Pool, score_batch
from evaluator.store.repositories.traces import views
from evaluator.store.repositories.traces.lists import TraceFilter
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


def test_traces_in_rates_out(house: House) -> None:
    house.rule()
    house.feed(*(trace(i, "A LOUD ANSWER" if i % 4 == 0 else "a calm one") for i in range(20)))
    house.run()
    found = series(house)
    counts = found.total.counts
    assert (counts.settled, counts.selected, counts.scored) == (20, 20, 20)
    assert found.total.estimate == pytest.approx(5 / 20)
    assert found.total.low < 5 / 20 < found.total.high


def test_running_everything_again_changes_nothing(house: House) -> None:
    house.rule()
    items = [trace(i, "LOUD" if i % 3 == 0 else "calm") for i in range(9)]
    house.feed(*items)
    house.run()
    before = series(house).total
    house.feed(*items)
    house.run()
    assert series(house).total == before
    assert sum(house.evaluator.batches) == 9, "what did not change must not be scored again"


def test_coarser_grains_are_exact(house: House) -> None:
    house.rule(strata=[{"name": "errors", "when": [{"field": "status", "value": "error"}], "rate": 1.0}], rate=0.5)
    for i in range(60):
        status = "error" if i % 5 == 0 else "ok"
        answer = "LOUD" if i % 7 == 0 else "calm"
        house.feed(trace(i * 37, answer, status=status, session_id=f"s{i % 6}", model=f"m{i % 2}"))
    house.run()
    totals = [series(house, grain=g, start=NOW - timedelta(days=9), end=NOW + timedelta(days=1)).total for g in Grain]
    for total in totals[1:]:
        assert total.estimate == pytest.approx(totals[0].estimate, rel=1e-9)
        assert (total.low, total.high) == pytest.approx((totals[0].low, totals[0].high), rel=1e-9)
        assert total.counts == totals[0].counts


def test_slices_add_up_and_unknown_ones_are_named(house: House) -> None:
    house.rule()
    house.feed(*(trace(i, "LOUD" if i < 3 else "calm", model="a" if i < 4 else "b") for i in range(10)))
    house.run()
    a, b = series(house, slice={"model": "a"}), series(house, slice={"model": "b"})
    assert (a.total.estimate, b.total.estimate) == (pytest.approx(3 / 4), pytest.approx(0.0))
    assert a.total.counts.settled + b.total.counts.settled == series(house).total.counts.settled
    with house.store.read() as unit, pytest.raises(InvalidInput, match=r"slice\.colour.*model"):
        read_series(unit, PROJECT, SeriesQuery(slice={"colour": "red"}))


def test_weights_undo_the_rates_of_the_strata(house: House) -> None:
    """Errors are all taken and all loud, the rest a fifth: an unweighted mean would be far too high."""
    stratum = {"name": "errors", "when": [{"field": "status", "value": "error"}], "rate": 1.0}
    house.rule(strata=[stratum], rate=0.2)
    house.feed(*(trace(i, "LOUD", status="error") for i in range(20)))
    house.feed(*(trace(i, "calm", status="ok") for i in range(20, 400)))
    house.run()
    total = series(house, start=NOW - timedelta(days=2), end=NOW + timedelta(days=1)).total
    assert total.counts.scored < 140
    assert total.estimate == pytest.approx(20 / 400, abs=0.02)
    assert 20 / total.counts.scored > 0.14, "the unweighted share, for comparison"


def test_lower_rates_nest_in_higher_ones(house: House) -> None:
    house.rule(name="wide", rate=0.6)
    house.rule(name="narrow", rate=0.2, parameters={"note": "another version"})
    house.feed(*(trace(i) for i in range(200)))
    house.control()
    with house.store.read() as unit:
        decided = unit.of(PROJECT).plans.of_traces([f"t{i}" for i in range(200)])
    drawn: dict[float, set[str]] = {0.6: set(), 0.2: set()}
    for s in decided:
        if s.drawn:
            drawn[s.probability].add(s.target_id)
    assert len(decided) == 400, "what was not drawn is stored too"
    assert drawn[0.2] < drawn[0.6]
    assert 20 <= len(drawn[0.2]) <= 65
    assert 90 <= len(drawn[0.6]) <= 150


def test_a_decision_is_never_revised(house: House) -> None:
    house.rule(rate=0.5)
    house.feed(*(trace(i) for i in range(40)))
    house.run()
    with house.store.read() as unit:
        before = unit.of(PROJECT).plans.of_traces([f"t{i}" for i in range(40)])
    house.rule(rate=1.0)
    house.feed(*(trace(i, "quite another answer") for i in range(40)))
    house.run()
    with house.store.read() as unit:
        assert unit.of(PROJECT).plans.of_traces([f"t{i}" for i in range(40)]) == before


def test_one_bad_sample_does_not_fail_its_batch(house: House) -> None:
    house.rule()
    house.feed(trace(1), trace(2, "this goes boom"), trace(3))
    house.control()
    house.score()
    assert [bool(outcomes(house, f"t{i}")) for i in (1, 2, 3)] == [True, False, True]


def test_a_failure_that_stays_becomes_a_dead_letter_and_stays_in_the_denominator(house: House) -> None:
    house.rule()
    house.feed(trace(1, "this goes boom"), trace(2))
    house.control()
    for _ in range(MAX_ATTEMPTS + 1):
        house.score()
        house.clock.turn(600)
    house.control()
    (row,) = outcomes(house, "t1")
    assert (row["reason"], row["value"]) == (Reason.EVALUATOR_ERROR.value, None)
    with house.store.read() as unit:
        assert [d["target_id"] for d in unit.of(PROJECT).jobs.dead()] == ["t1"]
        assert read_status(unit, PROJECT, house.clock.now()).waiting == 0
    counts = series(house).total.counts
    assert (counts.selected, counts.scored, counts.failed) == (2, 1, 1)


def test_what_an_evaluator_can_not_look_at_is_skipped(house: House) -> None:
    house.rule()
    house.feed(trace(1, "1234"), trace(2))
    house.run()
    counts = series(house).total.counts
    assert (counts.scored, counts.failed, counts.skipped) == (1, 0, 1)


def test_a_worker_that_dies_loses_nothing(house: House) -> None:
    house.rule()
    house.feed(*(trace(i) for i in range(5)))
    house.control()
    with house.store.write() as unit:
        assert len(unit.queue.claim("score", "dead worker", 5, NOW, timedelta(seconds=60))) == 5
    assert house.score() == 0
    house.clock.turn(66)
    assert house.score(house.worker("another")) == 5
    house.control()
    assert series(house).total.counts.scored == 5


def test_a_job_that_kills_its_worker_again_and_again_is_buried(house: House) -> None:
    house.rule()
    house.feed(trace(1))
    house.control()
    for attempt in range(MAX_ATTEMPTS):
        with house.store.write() as unit:
            assert unit.queue.claim("score", f"w{attempt}", 5, house.clock.now(), timedelta(seconds=60))
        house.clock.turn(100)
    assert house.score() == 1
    assert house.evaluator.batches == [], "it must not get a fifth chance"
    assert outcomes(house, "t1")[0]["reason"] == Reason.CRASH.value


def test_a_trace_that_changes_after_it_was_scored(house: House) -> None:
    """Law 15: the old outcome is kept and marked, the new content is scored, and the rate follows."""
    house.rule()
    house.feed(trace(1, "LOUD"), trace(2))
    house.run()
    assert series(house).total.estimate == pytest.approx(0.5)
    house.feed(trace(1, "calm now"))
    house.run()
    old, new = sorted(outcomes(house, "t1"), key=lambda o: not o["superseded"])
    assert (old["value"], old["superseded"]) == (1.0, True)
    assert (new["value"], new["superseded"]) == (0.0, False)
    assert series(house).total.estimate == pytest.approx(0.0)
    house.feed(trace(1, "LOUD"))
    house.run()
    assert series(house).total.estimate == pytest.approx(0.5), "back to the first content: its outcome counts again"
    assert sum(house.evaluator.batches) == 3


def test_a_trace_that_changes_while_it_is_being_scored(house: House) -> None:
    house.rule()
    house.feed(trace(1, "LOUD"))
    house.control()
    worker = house.worker()

    class Meddler:
        """Lets the trace change between the claim and the saving."""

        def __init__(self) -> None:
            self.inner = house.evaluator
            self.spec = self.inner.spec

        def open(self) -> None: ...

        def close(self) -> None: ...

        def score(self, samples: Any) -> Any:
            house.feed(trace(1, "calm"))
            house.control()
            return self.inner.score(samples)

    score_batch(worker, Pool(lambda project, pinned: Meddler()))  # type: ignore[arg-type,return-value]
    house.run()
    values = {(o["value"], o["superseded"]) for o in outcomes(house, "t1")}
    assert values == {(1.0, True), (0.0, False)}
    assert series(house).total.estimate == pytest.approx(0.0)


def test_a_part_that_comes_while_its_trace_settles(house: House) -> None:
    """The revision tells: the trace stays open and is put together again with the part."""
    house.feed(trace(1, "first"))
    with house.store.write() as unit:
        (due,) = unit.arrivals.take_due(PROJECT, house.clock.now(), 10)
    house.feed(trace(1, "second"))
    from evaluator.ingest.assemble import assemble

    with house.store.read() as unit:
        built = assemble(PROJECT, "t1", list(unit.of(PROJECT).parts.every("t1")))
    with house.store.write() as unit:
        assert not unit.arrivals.settle(due, built, 0, NOW)
    house.control()
    with house.store.read() as unit:
        assert [s["answer"] for s in unit.of(PROJECT).views.samples("t1")] == ["second"]


def test_reopened_before_it_was_planned_it_is_planned_all_the_same(house: House) -> None:
    from evaluator.ingest.assemble import assemble
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


def test_rule_versions(house: House) -> None:
    first = house.rule(rate=0.5)
    second = house.rule(rate=1.0)
    third = house.rule(parameters={"note": "new"})
    assert first.series == second.series, "rates alone do not begin a new series"
    assert third.series != second.series, "another evaluator version does"
    with house.store.read() as unit:
        assert [r.version for r in unit.of(PROJECT).rules.active()] == [third.version]
        assert len(unit.of(PROJECT).rules.versions("shouting")) == 3
    assert house.rule(rate=0.5).version == first.version
    with house.store.read() as unit:
        assert [r.version for r in unit.of(PROJECT).rules.active()] == [first.version]


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"evaluator": "nonsense"}, "rule.evaluator"),
        ({"rate": 0}, "rule.rate"),
        ({"rate": 1.5}, "rule.rate"),
        ({"name": "No Spaces"}, "rule.name"),
        ({"filter": [{"field": "colour", "value": "red"}]}, "unknown field"),
        ({"extra": 1}, "rule.extra"),
        ({"fingerprint": "abc"}, "rule.fingerprint"),
        ({"strata": [{"name": "rest", "when": [{"field": "model", "value": "a"}], "rate": 1}]}, "rule.strata"),
    ],
)
def test_wrong_rules_are_named(house: House, fields: dict[str, Any], names: str) -> None:
    with pytest.raises(InvalidInput, match=names.replace(".", r"\.")):
        house.rule(**fields)


def test_filters_decide_what_a_series_is_about(house: House) -> None:
    house.rule(filter=[{"field": "model", "op": "in", "value": ["a"]}, {"field": "metadata.tier", "value": "gold"}])
    house.feed(
        trace(1, model="a", metadata={"tier": "gold"}),
        trace(2, model="a", metadata={"tier": "tin"}),
        trace(3, model="b", metadata={"tier": "gold"}),
    )
    house.run()
    assert series(house).total.counts.settled == 1


def test_projects_do_not_see_each_other(house: House) -> None:
    house.rule()
    house.feed(trace(1), project="another")
    house.feed(trace(2))
    house.run()
    with house.store.read() as unit:
        assert [t["id"] for t in unit.of(PROJECT).views.traces(TraceFilter())] == ["t2"]
        assert [t["id"] for t in unit.of("another").views.traces(TraceFilter())] == ["t1"]
        assert unit.of("another").views.trace("t2") is None
        assert read_series(unit, "another", SeriesQuery()) == []


def test_lists_search_filter_and_sort(house: House) -> None:
    rule = house.rule()
    house.feed(
        trace(1, "calm 100% sure_thing", model="a"), trace(2, "MIXED calm", model="a"), trace(3, "LOUD", model="b")
    )
    house.run()

    def ids(**fields: Any) -> list[str]:
        with house.store.read() as unit:
            found = unit.of(PROJECT).views.traces(TraceFilter(fingerprint=rule.rule.fingerprint, **fields))
        return [t["id"] for t in found]

    assert ids() == ["t1", "t2", "t3"]
    assert ids(worst=True) == ["t3", "t2", "t1"]
    assert ids(text="100%") == ["t1"]
    assert ids(text="sure_t") == ["t1"]
    assert ids(text="e_t") == ["t1"], "a search text holds no wildcards"
    assert ids(text="t2") == ["t2"], "an id is found, too"
    assert ids(exact={"model": "b"}) == ["t3"]
    assert (ids(label="calm"), ids(label="loud")) == (["t1"], ["t2", "t3"])
    assert ids(limit=1, offset=1) == ["t2"]


def test_the_status_counts_what_the_rates_count(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = house.rule()
    house.feed(
        *(trace(i * 20_000, "1234" if i == 2 else "boom" if i == 3 else "calm", model=f"m{i}") for i in range(6))
    )
    house.control()
    house.score()

    def status() -> Status:
        with house.store.read() as unit:
            return read_status(unit, PROJECT, house.clock.now())

    def counts() -> tuple[int, int, int]:
        (found,) = status().rules
        return found.scored, found.failed, found.skipped

    assert status().buckets_waiting > 0, "the scores are not in the rates yet"
    for _ in range(MAX_ATTEMPTS + 1):
        house.score()
        house.clock.turn(600)
    house.control()
    assert (counts(), status().buckets_waiting, status().waiting) == ((4, 1, 1), 0, 0)
    house.feed(trace(0, "a new answer", model="m0"))
    house.clock.turn(QUIET.total_seconds() + 1)
    house.run()
    assert counts() == (4, 1, 1), "what it replaces counts no more"
    with house.store.read() as unit:
        scored = unit.of(PROJECT).outcomes.counts()
        assert counts() == tuple(scored[rule.rule.fingerprint, r] for r in (None, "evaluator_error", "no_answer"))
        monkeypatch.setattr(views, "NEWEST", 1)
        assert unit.of(PROJECT).views.values("model") == [f"m{i}" for i in range(6)], (
            "in the rates, if not the newest"
        )


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


def test_spans_late_doubled_and_out_of_order(house: House) -> None:
    """The retriever's span comes after the trace was scored: it is scored again, with its passages."""
    from evaluator.ingest.otlp import decode
    from evaluator.pipeline.stages.ingest import store_parts
    from tests.support.house import QUIET

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
