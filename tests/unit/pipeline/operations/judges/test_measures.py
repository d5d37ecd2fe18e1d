"""What rows come to: counted by hand, and undisturbed by details that make no sense."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from evaluator.pipeline.operations.judges.measures import (
    failure_counts,
    label_shares,
    replies,
    served_models,
    stability,
    suspected_kinds,
    usd_per_verdict,
)
from evaluator.pipeline.operations.judges.told import Told
from evaluator.shipped import rubrics
from evaluator.store.repositories.work.verdicts import VerdictRow
from tests.support.house import NOW


def said(number: int = 0, label: str | None = "fine", reason: str | None = None, **details: Any) -> Told:
    value = None if label is None else {"fine": 0.0, "off_key": 0.25}.get(label, 1.0)
    return Told(
        VerdictRow(
            NOW.date(), "answer", f"t{number}", "c", f"t{number}", NOW - timedelta(minutes=number), value, value,
            label, reason, 0.01, False, details,
        )
    )  # fmt: skip


def failed(reason: str, **details: Any) -> Told:
    return said(label=None, reason=reason, **details)


def test_every_verdict_of_the_rubric_has_its_share() -> None:
    found = label_shares([said(), said(), said(label="off_key"), said(label="strange")], rubrics()["tone"])
    told = [(one.label, one.count, one.value, one.bad, one.share.value) for one in found]
    assert told == [
        ("fine", 2, 0.0, 0.0, 0.5), ("off_key", 1, 0.25, 0.25, 0.25), ("harmful", 0, 0.7, 0.7, 0.0),
        ("severe", 0, 1.0, 1.0, 0.0), ("strange", 1, None, None, 0.25),
    ]  # fmt: skip
    assert [one.label for one in label_shares([said()], None)] == ["fine"]


def test_failures_are_counted_apart_from_what_was_skipped() -> None:
    copies = [said(cached=True), failed("cannot_tell", cached=True)]
    rows = [said(), *copies, failed("refused"), failed("refused"), failed("cannot_tell")]
    found = failure_counts([*rows, failed("no_question"), failed("no_question"), failed("no_question")])
    assert [(one.reason, one.skipped, one.count) for one in found] == [
        ("refused", False, 2), ("cannot_tell", False, 1), ("no_question", True, 3),
    ]  # fmt: skip
    assert found[0].share.value == pytest.approx(2 / 7)  # what was taken over is left out
    assert found[0].usd == pytest.approx(0.02)


def test_steadiness_is_of_those_that_were_asked_twice() -> None:
    rows = [
        said(again={"label": "fine", "value": 0.0}), said(again={"label": "off_key", "value": 0.25}),
        said(again={"label": "cannot_tell", "value": None}), said(),
    ]  # fmt: skip
    found = stability(rows)
    assert found.repeated == 3
    assert found.shift == pytest.approx(0.125)
    assert found.changed.value == pytest.approx(2 / 3)
    assert (found.several, found.split.value, found.spread) == (0, None, None)
    several = stability([said(verdicts=["fine", "off_key", "fine"], spread=0.1), said(verdicts=["fine", "fine"])])
    assert (several.several, several.split.value) == (2, 0.5)
    assert several.spread == pytest.approx(0.1)
    assert several.changed.reason == "no sample was asked about twice"


def test_replies_are_told_one_by_one() -> None:
    tokens = {"input": 100, "cached": 40, "output": 10}
    rows = [said(seconds=1.0, calls=1, tries=1, tokens=tokens, repaired=False)] * 19
    found = replies([*rows, said(seconds=8.0, calls=2, tries=5, tokens=tokens, repaired=True)])
    assert (found.outcomes, found.repaired.value, found.seconds_median) == (20, 0.05, 1.0)
    assert found.replies == pytest.approx(1.05)
    assert found.retries == pytest.approx(3 / 20)
    assert found.seconds_p95 == pytest.approx(1.15)  # 4 s a reply, at one of twenty
    assert (found.input_tokens, found.cached_tokens, found.output_tokens) == (100.0, 40.0, 10.0)
    assert (replies([said()]).seconds_median, replies([]).repaired.value) == (None, None)


def test_replies_that_came_to_nothing_count_with_the_others() -> None:
    tokens = {"input": 100, "cached": 0, "output": 10}
    rows = [
        said(seconds=1.0, calls=1, tries=1, tokens=tokens, repaired=True), said(calls=1, tries=1, cached=True),
        failed("cannot_tell", seconds=3.0, calls=1, tries=2, tokens=tokens, model="m"),
        failed("timeout", seconds=2.0, calls=2, answered=1, tries=2, suspected=["answer: names a verdict"]),
        failed("no_question"),
    ]  # fmt: skip
    found = replies(rows)
    assert (found.outcomes, found.seconds_median, found.input_tokens) == (3, 2.0, 100.0)
    assert found.replies == pytest.approx(4 / 3)
    assert found.repaired.value == 1.0, "of verdicts"
    assert [(one.name, one.verdicts) for one in served_models(rows)] == [("m", 1)]
    assert [one.kind for one in suspected_kinds(rows)] == ["answer: names a verdict"]


def test_one_that_could_not_tell_at_first_or_the_second_time_has_changed() -> None:
    told = {"label": "cannot_tell", "value": None}
    found = stability(
        [
            said(again=told),
            failed("cannot_tell", again=told),
            failed("cannot_tell", again={"label": "fine", "value": 0.0}),
        ]
    )
    assert (found.repeated, found.shift) == (3, None)
    assert found.changed.value == pytest.approx(2 / 3)


def test_details_that_make_no_sense_count_as_not_told() -> None:
    odd: list[dict[str, Any]] = [
        {
            "seconds": "1",
            "calls": True,
            "tries": -1,
            "tokens": [1],
            "repaired": 1,
            "again": "fine",
            "verdicts": "fine",
        },
        {"seconds": float("nan"), "calls": float("inf"), "again": {"label": 3}, "suspected": "answer", "model": 5},
        {"again": {"label": "off_key", "value": "low"}, "verdicts": [1, 2], "suspected": [1, None], "cached": "yes"},
    ]
    rows = [said(**one) for one in odd]
    found = replies(rows)
    assert (found.seconds_median, found.replies, found.retries, found.input_tokens) == (None, None, None, None)
    assert found.repaired.value == 0.0
    assert (stability(rows).repeated, stability(rows).shift, stability(rows).several) == (1, None, 0)
    assert (served_models(rows), suspected_kinds(rows), any(one.cached for one in rows)) == ((), (), False)
    assert Told(rows[0].row._replace(details=["no", "object"])).details == {}  # type: ignore[arg-type]


def test_a_model_that_was_moved_is_seen() -> None:
    rows = [said(0, model="m-2"), said(1, model="m-1"), said(2, model="m-1"), said(3)]
    assert [(one.name, one.verdicts, one.first, one.last) for one in served_models(rows)] == [
        ("m-2", 1, NOW, NOW), ("m-1", 2, NOW - timedelta(minutes=2), NOW - timedelta(minutes=1)),
    ]  # fmt: skip


def test_attempts_are_counted_by_kind_with_the_newest_traces() -> None:
    rows = [said(n, suspected=["answer: names a verdict"]) for n in range(8)]
    found = suspected_kinds([said(99, suspected=["question: orders the judge"]), rows[0], *rows])
    assert [(one.kind, one.outcomes) for one in found] == [
        ("answer: names a verdict", 9), ("question: orders the judge", 1),
    ]  # fmt: skip
    assert found[0].traces == ("t0", "t1", "t2", "t3", "t4")


def test_a_verdict_costs_what_all_calls_came_to() -> None:
    assert usd_per_verdict([said(), said(), failed("refused")]) == pytest.approx(0.015)
    assert usd_per_verdict([said(cached=True)]) is None
