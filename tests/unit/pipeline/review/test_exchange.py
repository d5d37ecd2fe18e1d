"""Tasks out and completed rows in, and labels that nobody asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evaluator.core.errors import FaithlineError, InvalidInput, NotFound
from evaluator.core.ids import canonical_json
from evaluator.pipeline.review.exchange import Imported, export_rows, import_rows
from evaluator.pipeline.review.labels import Said, add_label
from evaluator.pipeline.review.serve import next_task
from evaluator.pipeline.review.verdicts import give_verdict
from evaluator.pipeline.review.waves import close_wave
from evaluator.store.repositories.review.reviewed import drawn_by_any
from evaluator.store.tables import LabelRow, TaskRow
from tests.support.fillings import Filling
from tests.support.house import PROJECT, House, trace
from tests.support.reviewed import draw, judged, rows


@pytest.fixture
def filling() -> Filling:
    return Filling(__name__, lambda store: judged(House(store), 12, model="m-1", prompt_version="v1"))


@pytest.fixture
def house(begun: House) -> House:
    return begun


def export(house: House, **fields: Any) -> list[dict[str, Any]]:
    """As it is on the way through a file."""
    return [json.loads(canonical_json(row)) for row in export_rows(house.store, PROJECT, **fields)]


def take(house: House, *given: Any, annotator: str = "team") -> Imported:
    return import_rows(house.store, PROJECT, enumerate(given, 1), annotator, house.clock, actor="key_1")


def test_a_row_has_what_is_asked_and_the_design_that_drew_it(house: House) -> None:
    one = draw(house, size=6)
    draw(house, size=1000)
    found = export(house)
    assert len(found) == 12 + len([t for t in rows(house, TaskRow) if t["review"] == "second"])
    row = next(r for r in found if r["wave"] == one.id and r["review"] == "first")
    assert row["probability"] == 1.0
    assert (row["inclusion"], row["sampling_probability"], row["stratum"]) == (1.0, 1.0, "rest")
    assert (row["model"], row["prompt_version"], row["state"]) == ("m-1", "v1", "open")
    assert row["question"].startswith("question")
    assert row["passages"] == [{"text": "some context", "id": None}]
    assert "level" not in row
    assert {r["wave"] for r in export(house, wave=one.id)} == {one.id}
    with pytest.raises(NotFound, match="wave 'x'"):
        export(house, wave="x")


def test_the_probability_is_that_of_any_wave() -> None:
    assert drawn_by_any({"a": 0.5, "b": 0.2}) == pytest.approx(0.6)
    assert drawn_by_any({"a": 0.5, "b": 1.0}) == 1.0


def test_completed_rows_come_back_once(house: House) -> None:
    draw(house, size=1000, second_share=0.0)
    found = export(house, open_only=True)
    found[0] |= {"level": "loud", "spans": [{"start": 0, "end": 1}], "comment": "sent by mail"}
    found[1] |= {"level": "does_not_apply", "annotator": "eve"}
    found[2] |= {"level": None, "answered": "cannot_tell"}
    done = take(house, *found)
    assert (done.accepted, done.unchanged, done.unanswered, done.errors) == (3, 0, 9, [])
    labels = {label["task"]: label for label in rows(house, LabelRow)}
    first = labels[found[0]["task"]]
    assert (first["annotator"], first["source"], first["bad"], first["comment"]) == (
        "team",
        "wave",
        1.0,
        "sent by mail",
    )
    assert labels[found[1]["task"]]["annotator"] == "eve"
    again = take(house, *found)
    assert (again.accepted, again.unchanged, again.errors) == (0, 3, [])
    answered = [row for row in export(house) if "level" in row]
    assert len(answered) == 3
    assert take(house, *answered).unchanged == 3, "what is exported anew comes back as it is"
    assert len(rows(house, LabelRow)) == 3
    assert len(export(house, open_only=True)) == 10


def test_rows_that_are_out_come_back_after_other_waves_were_drawn(house: House) -> None:
    """Which raise the probability of what they might have drawn, and take over what a closed wave leaves."""
    one = draw(house, size=6, design={"kind": "uniform"}, second_share=0.0)
    found = export(house)
    two = draw(house, size=1000, second_share=0.0)
    close_wave(house.store, PROJECT, one.id or "", house.clock)
    now = {row["task"]: row for row in export(house)}
    assert {now[row["task"]]["wave"] for row in found} == {two.id}
    assert take(house, *(row | {"level": "calm"} for row in found)).accepted == len(found) > 0
    assert {now[row["task"]]["probability"] for row in found} == {1.0}


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"task": "task-none"}, "task", "'task-none' is none of this project"),
        ({"level": "wild"}, "level", "'wild' is none of the criterion shouts"),
        ({"content_hash": "0" * 32}, "content_hash", "is of other content"),
        ({"answer": "something else"}, "answer", "is of other content"),
        ({"inclusion": 0.5}, "inclusion", "is '0.5', and the task was drawn with '1.0'"),
        ({"stratum": "other"}, "stratum", "the task was drawn with 'rest'"),
        ({"cluster": 5}, "cluster", "the task was drawn with '0'"),
        ({"at": "2020-01-01T00:00:00+00:00"}, "at", "the task was drawn with"),
        ({"spans": [{"start": 0, "end": 9999}]}, "spans.0", "does not lie in the answer"),
        ({"spans": "all"}, "spans", "must be a list"),
        ({"level": 3}, "level", "must be a text"),
        ({"comment": "x" * 10_001}, "comment", "the limit is 10000"),
        ({"annotator": "a\u0000b"}, "row.annotator", "NUL"),
        ({"annotator": " x"}, "annotator", "printable"),
        ({"level": None, "answered": "level"}, "level", "is missing"),
    ],
)
def test_a_row_that_fits_nothing_is_told_and_the_others_are_kept(
    house: House, change: dict[str, Any], field: str, says: str
) -> None:
    draw(house, size=1000, second_share=0.0)
    good, bad = (row | {"level": "calm"} for row in export(house)[:2])
    done = take(house, bad | change, "no row", good)
    assert (done.accepted, [e.index for e in done.errors]) == (1, [1, 2])
    assert done.errors[0].field == field
    assert says in done.errors[0].problem
    assert done.errors[0].remedy
    assert [label["task"] for label in rows(house, LabelRow)] == [good["task"]]


def test_a_task_that_somebody_holds_or_answered_is_not_taken_over(house: House) -> None:
    draw(house, size=1000, second_share=0.0)
    held = next_task(house.store, PROJECT, "ada", house.clock)
    assert held is not None
    found = {row["task"]: row | {"level": "calm"} for row in export(house)}
    (error,) = take(house, found[held.task]).errors
    assert (error.field, error.problem) == ("task", "somebody else was given this task meanwhile")
    give_verdict(house.store, PROJECT, "ada", held.task, house.clock, level="loud")
    (error,) = take(house, found[held.task]).errors
    assert "is done" in error.problem


def test_rows_without_a_design_are_kept_and_answer_no_task(house: House) -> None:
    draw(house, size=1000)
    row = {"trace_id": "t3", "criterion": "shouts", "level": "loud"}
    done = take(house, row, row | {"trace_id": "t99"}, row | {"content_hash": "x"}, row | {"criterion": "none"},
                row | {"target_id": "t3:9"}, {"level": "calm"}, {"hello": 1})  # fmt: skip
    assert done.accepted == 1
    assert [(e.index, e.field) for e in done.errors] == [
        (2, "trace"), (3, "content_hash"), (4, "criterion"), (5, "target_id"), (6, "trace_id"), (7, "task"),
    ]  # fmt: skip
    (label,) = rows(house, LabelRow)
    assert (label["source"], label["task"], label["wave"], label["review"]) == ("import", None, None, None)
    assert take(house, row).unchanged == 1
    assert {t["state"] for t in rows(house, TaskRow, review="first")} == {"open"}


def test_a_label_that_nobody_asked_for_is_a_revision(house: House) -> None:
    def say(level: str, **fields: Any) -> tuple[dict[str, Any], bool]:
        said = Said(trace="t1", criterion="shouts", level=level, **fields)
        return add_label(house.store, PROJECT, "ada", said, house.clock, actor="key_1")

    assert say("loud")[1]
    assert not say("loud")[1], "the same again changes nothing"
    row, new = say("calm", comment="no, it is not")
    assert (new, row["sequence"], row["source"], row["simulated"]) == (True, 1, "trace", False)
    with house.store.read() as unit:
        events = [e for e in unit.of(PROJECT).audit.events() if e.action == "label.add"]
    assert len(events) == 2
    assert "it is not" not in str(events)
    draw(house, size=1000)
    while (task := next_task(house.store, PROJECT, "ada", house.clock)) is not None:
        assert next(t for t in rows(house, TaskRow, id=task.task))["target_id"] != "t1", "she has judged it"
        give_verdict(house.store, PROJECT, "ada", task.task, house.clock, level="calm")


def test_bad_labels_name_the_field(house: House) -> None:
    house.feed(trace(50))  # not settled
    errors: list[tuple[Said, type[FaithlineError], str]] = [
        (Said(trace="t50", criterion="shouts", level="calm"), NotFound, "trace with an answer"),
        (Said(trace="t1", criterion="none", level="calm"), NotFound, "criterion 'none'"),
        (Said(trace="t1", criterion="shouts", level="x"), InvalidInput, "level"),
        (Said(trace="t1", criterion="shouts", level="calm", content="old"), InvalidInput, "content_hash"),
    ]
    for said, kind, says in errors:
        with pytest.raises(kind, match=says):
            add_label(house.store, PROJECT, "ada", said, house.clock)
    assert rows(house, LabelRow) == []
