"""Everything of one user goes, nothing of anybody else, and the rates forget them."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from evaluator.core.annotation import AnnotationKind
from evaluator.core.errors import NotFound
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.core.outcome import Score
from evaluator.ingest.assembly.assemble import assemble
from evaluator.pipeline.catalog.rubrics import push_rubric
from evaluator.pipeline.retention import erase
from evaluator.pipeline.retention.erase import erase_user
from evaluator.pipeline.stages.annotate import annotate
from evaluator.pipeline.stages.settle import settle_due
from evaluator.store.repositories.retention.people import People
from evaluator.store.store import Store
from tests.support.databases import everything, holding
from tests.support.house import NOW, PROJECT, House, ShoutEvaluator, trace
from tests.support.judging import rubric_of
from tests.support.people import ADA, series

BOB = "bob"
SECRET = "xylophone"
"""Stands in every text of hers and in no other."""


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def hers(number: int, user: str | None = ADA, **fields: Any) -> dict[str, Any]:
    texts = {"question": f"{SECRET} {number}?", "answer": f"{SECRET} LOUD", "context": [f"about {SECRET}"]}
    given = {"user": user} if user else {}
    return trace(number) | texts | given | {"metadata": {"note": SECRET}} | fields


def fill(house: House) -> None:
    """Traces of two users, settled and scored; of hers one without her name, one that changed, one still arriving."""
    house.rule()
    house.feed(
        hers(1, session="a"), hers(2, session="shared"), hers(3),
        hers(4, None, session="a"),  # her session, and nobody is named
        trace(5, "calm", user=BOB, session="shared"), trace(6, "LOUD calm", user=BOB), trace(7),
        trace(8, session="shared"),  # may be Bob's
    )  # fmt: skip
    house.clock.turn(31)
    house.run()
    house.feed(hers(3, answer=f"{SECRET} again"))
    house.clock.turn(31)
    house.run()
    with house.store.write() as unit:
        label = {
            "target_kind": "answer", "target_id": "t1", "content_hash": "h", "criterion": "shouts",
            "annotator": "eve", "trace_id": "t1", "comment": f"says {SECRET}", "created_at": NOW,
        }  # fmt: skip
        unit.of(PROJECT).labels.add([label])
    said = {"trace_id": "t1", "value": 1, "comment": f"{SECRET}!"}
    assert annotate(house.store, PROJECT, AnnotationKind.FEEDBACK, [said], house.clock).accepted == 1
    house.feed(hers(9))  # still arriving


def test_nothing_of_the_user_is_left_in_any_table(house: House) -> None:
    fill(house)
    url = house.store.url
    assert {"part", "sample", "trace", "label", "annotation"} <= holding(url, SECRET)
    others = {v for name, v in everything(url) if name == "part" and "calm" in v}
    erased = erase_user(house.store, PROJECT, ADA, house.clock, actor="key_1")
    assert erased.complete
    assert erased.deleted["trace"] == 5
    assert holding(url, SECRET) == set()
    assert holding(url, ADA) == set()
    assert holding(url, house.name_of(ADA)) == {"audit_event"}
    assert {v for name, v in everything(url) if name == "part" and "calm" in v} == others
    with house.store.read() as unit:
        left = {t for t in (f"t{i}" for i in range(1, 10)) if unit.of(PROJECT).views.trace(t)}
        events = unit.of(PROJECT).audit.events()
    assert left == {"t5", "t6", "t7", "t8"}
    assert {e.actor for e in events if e.action == "user.erase"} == {"key_1"}
    again = erase_user(house.store, PROJECT, ADA, house.clock)
    assert again.complete
    assert sum(again.deleted.values()) == 0


def test_rubrics_that_show_an_answer_of_theirs_are_named(house: House) -> None:
    fill(house)
    shown = {"target_kind": "answer", "target_id": "t1", "content_hash": "c"}
    example = {"question": "?", "answer": SECRET, "label": "rude", "explanation": "So.", "sample": shown}
    for target in ("t1", "t6"):  # of hers, and of somebody else
        rubric = rubric_of(examples=[example | {"sample": shown | {"target_id": target}}])
        push_rubric(house.store, PROJECT, rubric, house.clock)
        if target == "t1":
            named = f"polite@{rubric.version}"
    assert erase_user(house.store, PROJECT, ADA, house.clock).examples == {named}
    assert erase_user(house.store, PROJECT, ADA, house.clock).examples == set()


def test_rates_are_those_of_a_house_that_never_saw_them(house: House, tmp_path: Any, sqlite_template: Any) -> None:
    fill(house)
    before = series(house)
    erase_user(house.store, PROJECT, ADA, house.clock)
    house.run()
    path = tmp_path / "other.db"
    shutil.copy(sqlite_template, path)
    other = House(Store(f"sqlite:///{path}"), house.clock)
    with house.store.read() as unit, other.store.write() as there:
        there.projects.ensure(PROJECT, NOW, salt=unit.projects.salt(PROJECT))
    other.rule()
    other.feed(
        trace(5, "calm", user=BOB, session="shared"), trace(6, "LOUD calm", user=BOB), trace(7),
        trace(8, session="shared"),
    )  # fmt: skip
    house.clock.turn(31)
    other.run()
    assert series(house) == series(other)
    assert series(house) != before
    other.store.close()


def test_cut_off_half_way_it_goes_on_where_it_was(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(house)
    monkeypatch.setattr(erase, "BATCH", 1)

    class Killed(BaseException):
        """What a killed process does not even raise."""

    done = 0
    original = People.erase

    def dies(self: People, ids: Any, now: Any) -> dict[str, int]:
        nonlocal done
        gone = original(self, ids, now)
        done += 1
        if done % 2 == 0:
            raise Killed
        return gone

    monkeypatch.setattr(People, "erase", dies)
    killed = 0
    for _ in range(20):
        try:
            assert erase_user(house.store, PROJECT, ADA, house.clock).complete
            break
        except Killed:
            killed += 1
    assert killed >= 3
    assert holding(house.store.url, SECRET) == set()
    with house.store.read() as unit:
        assert unit.of(PROJECT).views.trace("t8")


def test_a_pseudonym_or_a_name_that_looks_like_one(house: House) -> None:
    name = "0123456789abcdef"
    house.feed(hers(1), hers(2, name))
    house.clock.turn(31)
    house.run()
    assert erase_user(house.store, PROJECT, house.name_of(ADA), house.clock).deleted["trace"] == 1
    assert erase_user(house.store, PROJECT, name, house.clock).deleted["trace"] == 1
    assert holding(house.store.url, name) == set()
    with pytest.raises(NotFound):
        erase_user(house.store, "other", ADA, house.clock)


def test_where_nothing_has_arrived_there_is_nothing_to_delete(store: Store) -> None:
    found = erase_user(store, DEFAULT_PROJECT, ADA, House(store).clock)
    assert (found.complete, sum(found.deleted.values())) == (True, 0)


def test_time_is_up(house: House) -> None:
    fill(house)
    first = erase_user(house.store, PROJECT, ADA, house.clock, seconds=-1)
    assert not first.complete
    assert erase_user(house.store, PROJECT, ADA, house.clock).complete


def test_an_outcome_of_a_trace_that_was_deleted_meanwhile_is_not_stored(house: House) -> None:
    house.rule()
    house.feed(hers(1))
    house.clock.turn(31)
    house.control()

    class Slow(ShoutEvaluator):
        def score(self, samples: Any) -> Any:
            erase_user(house.store, PROJECT, ADA, house.clock)
            return [Score(value=1.0, explanation=SECRET) for _ in samples]

    house.evaluator = Slow()
    assert house.score() == 1
    assert holding(house.store.url, SECRET) == set()


def test_a_trace_that_was_deleted_while_it_settled_does_not_come_back(house: House) -> None:
    house.feed(hers(1))
    house.clock.turn(31)

    def slow(project: str, trace_id: str, parts: Any) -> Any:
        erase_user(house.store, PROJECT, ADA, house.clock)
        house.feed(trace(1, "new", user=BOB))
        return assemble(project, trace_id, parts)

    settle_due(house.store, slow, house.clock)
    assert holding(house.store.url, SECRET) == set()
    house.clock.turn(62)
    house.run()
    with house.store.read() as unit:
        assert unit.of(PROJECT).views.samples("t1")[0]["answer"] == "new"
