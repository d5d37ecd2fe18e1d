"""Serving tasks and taking verdicts: one task to one person, and every verdict once."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest

from evaluator.core.errors import Conflict, InvalidInput, NotFound
from evaluator.core.ids import canonical_json
from evaluator.core.review.label import Answered
from evaluator.pipeline.review import serve
from evaluator.pipeline.review.serve import LEASE, Served, next_task
from evaluator.pipeline.review.verdicts import Given, give_verdict, skip
from evaluator.pipeline.review.waves import close_wave, progress_of
from evaluator.pipeline.review.withdrawal import undo
from evaluator.pipeline.sampling.backfill import Request, backfill
from evaluator.store.store import Store
from evaluator.store.tables import LabelRow, TaskRow
from evaluator.store.types import to_micros
from tests.support.fillings import Filling
from tests.support.house import NOW, PROJECT, House, change, trace
from tests.support.reviewed import draw, judged, push_criterion, rows

EMPTY = pytest.mark.parametrize("filling", [None])
"""Begins with a database that holds nothing."""


@pytest.fixture
def filling() -> Filling:
    return Filling(__name__, lambda store: judged(House(store), 12))


@pytest.fixture
def house(begun: House) -> House:
    return begun


def ask(house: House, annotator: str = "ada", **fields: Any) -> Served | None:
    return next_task(house.store, PROJECT, annotator, house.clock, **fields)


def served(house: House, annotator: str = "ada", **fields: Any) -> Served:
    found = ask(house, annotator, **fields)
    assert found is not None
    return found


def say(house: House, task: Served | str, level: str = "calm", annotator: str = "ada", **fields: Any) -> Given:
    name = task if isinstance(task, str) else task.task
    return give_verdict(house.store, PROJECT, annotator, name, house.clock, level=level, **fields)


def task_of(house: House, task: str) -> dict[str, Any]:
    (found,) = rows(house, TaskRow, id=task)
    return found


def test_what_is_served_is_blind(house: House) -> None:
    """Whatever hints at what the evaluator, the design or another person makes of it stays away."""
    judged_again = trace(0, "A LOUD ANSWER 0", model="secret-model", prompt_version="secret-prompt")
    house.feed(judged_again)
    house.clock.turn(31)
    house.run()
    draw(house, size=100)
    task = served(house)
    text = canonical_json(asdict(task) | {"criterion": "", "lease_until": ""})
    assert "secret" not in text
    keys = {"task", "criterion", "question", "conversation", "passages", "answer", "tool_calls", "batch", "left"}
    assert asdict(task).keys() == keys | {"left_in_batch", "lease_until"}
    assert task.criterion.name == "shouts"
    assert (task.left, task.left_in_batch) == (12, 12)
    assert task.passages == ({"text": "some context", "id": None},)


def test_the_order_is_random_and_asking_again_gives_the_same(house: House) -> None:
    draw(house, size=100)
    seen: list[str] = []
    while (task := ask(house)) is not None:
        assert served(house).task == task.task
        seen.append(task.task)
        say(house, task)
    places = [task_of(house, task)["place"] for task in seen]
    assert len(seen) == 12
    assert places == sorted(places)
    assert {t["state"] for t in rows(house, TaskRow, review="first")} == {"done"}
    assert len(rows(house, LabelRow)) == 12


def test_a_lease_holds_and_runs_out(house: House) -> None:
    draw(house, size=100)
    first = served(house)
    assert served(house, "bob").task != first.task
    house.clock.turn(LEASE.total_seconds() - 1)
    assert served(house).lease_until == house.clock.now() + LEASE, "who asks again gets more time"
    house.clock.turn(LEASE.total_seconds() + 1)
    assert served(house, "cleo").task == first.task
    with pytest.raises(Conflict, match="somebody else was given this task"):
        say(house, first)
    assert say(house, first, annotator="cleo").state == "done"


def test_a_verdict_after_the_lease_is_taken_where_nobody_else_has_it(house: House) -> None:
    draw(house, size=100)
    task = served(house)
    house.clock.turn(LEASE.total_seconds() + 60)
    assert say(house, task).state == "done"


def test_the_same_verdict_twice_is_one_and_another_is_refused(house: House) -> None:
    draw(house, size=100)
    task = served(house)
    given = say(house, task, "loud", spans=[{"start": 0, "end": 3}], comment="  so loud")
    assert say(house, task, "loud", spans=[{"start": 0, "end": 3}], comment="  so loud") == given
    with pytest.raises(Conflict, match=r"has answered loud here. Take that back first"):
        say(house, task, "calm")
    with pytest.raises(Conflict, match="is done"):
        say(house, task, "calm", annotator="bob")
    (label,) = rows(house, LabelRow)
    assert (label["level"], label["bad"], label["source"], label["review"]) == ("loud", 1.0, "wave", "first")
    assert (label["task"], label["spans"]) == (task.task, [{"start": 0, "end": 3}])
    assert label["content_hash"] == task_of(house, task.task)["content_hash"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"level": "wild"}, r"level: 'wild' is none of the criterion shouts. Give one of calm, raised, loud, cannot"),
        ({"level": "skipped"}, "level: 'skipped' is none"),
        ({"spans": [{"start": 5, "end": 5}]}, r"spans.0: \[5, 5\) does not lie in the answer"),
        ({"spans": [{"start": 0, "end": 500}]}, r"spans.0: \[0, 500\) does not lie"),
        ({"spans": [{"start": -1, "end": 2}]}, "spans.0"),
        ({"spans": [{"start": "0", "end": 2}]}, "spans.0: must have whole numbers"),
        ({"spans": [{"start": True, "end": 2}]}, "spans.0: must have whole numbers"),
        ({"spans": [[0, 1]]}, "spans.0: must be an object"),
        ({"spans": [{"start": 0, "end": 1}] * 201}, "spans: are 201, the limit is 200"),
        ({"level": "cannot_tell", "spans": [{"start": 0, "end": 1}]}, "spans: mark something, and cannot_tell"),
        ({"comment": "x" * 10_001}, "comment: has 10001 characters"),
    ],
)
def test_answers_that_do_not_fit_name_the_field(house: House, given: dict[str, Any], says: str) -> None:
    draw(house, size=100)
    task = served(house)
    with pytest.raises(InvalidInput, match=says):
        say(house, task, **given)
    assert rows(house, LabelRow) == []
    assert task_of(house, task.task)["state"] == "open"


@EMPTY
def test_marks_are_in_code_points(store: Store, filling: None) -> None:
    house = House(store)
    push_criterion(store)
    house.rule()
    house.feed(trace(1, "\U0001f600\U0001f600 LOUD"))
    house.clock.turn(31)
    house.run()
    draw(house, size=5)
    task = served(house)
    assert len(task.answer) == 7
    assert say(house, task, "loud", spans=[{"start": 3, "end": 7}]).spans == ((3, 7),)


def test_who_can_not_tell_passes_it_on_until_three_have(house: House) -> None:
    draw(house, size=100, second_share=1.0)
    task = served(house)
    assert say(house, task, "cannot_tell").state == "open"
    assert ask(house) != task
    while (other := ask(house)) is not None:
        assert other.task != task.task, "nobody gets again what they passed on"
        say(house, other)
    assert skip(house.store, PROJECT, "bob", task.task, house.clock).state == "open"
    assert skip(house.store, PROJECT, "bob", task.task, house.clock).state == "open", "twice is once"
    assert say(house, task, "cannot_tell", annotator="cleo").state == "passed"
    second = next(t for t in rows(house, TaskRow, review="second")
                  if t["target_id"] == task_of(house, task.task)["target_id"])  # fmt: skip
    assert second["state"] == "passed"
    said = Counter(label["answered"] for label in rows(house, LabelRow, task=task.task))
    assert said == {"cannot_tell": 2, "skipped": 1}


def test_a_second_review_is_another_persons_and_blind(house: House) -> None:
    draw(house, size=100, second_share=1.0)
    while (task := ask(house)) is not None:
        assert task_of(house, task.task)["review"] == "first"
        say(house, task, "loud")
    seconds = rows(house, TaskRow, review="second")
    assert len(seconds) == 12
    assert {(t["state"], t["first_annotator"]) for t in seconds} == {("open", "ada")}
    with pytest.raises(Conflict, match="another person is to"):
        say(house, seconds[0]["id"])
    other = served(house, "bob")
    assert "ada" not in canonical_json(asdict(other) | {"lease_until": "", "criterion": ""})
    assert say(house, other, "loud", "bob").state == "done"
    assert rows(house, TaskRow, review="adjudication") == []


def test_where_two_do_not_agree_a_third_is_asked(house: House) -> None:
    draw(house, size=1000, second_share=1.0)
    first = served(house)
    say(house, first, "loud")
    target = task_of(house, first.task)["target_id"]
    second = next(t["id"] for t in rows(house, TaskRow, review="second") if t["target_id"] == target)
    say(house, second, "does_not_apply", "bob")
    (third,) = rows(house, TaskRow, review="adjudication")
    assert (third["state"], third["seen"]) == ("open", True)
    for known in ("ada", "bob"):
        with pytest.raises(Conflict, match="another person is to"):
            say(house, third["id"], "calm", known)
    assert say(house, third["id"], "calm", "cleo").state == "done"
    assert {label["review"] for label in rows(house, LabelRow)} == {"first", "second", "adjudication"}


def test_what_was_said_can_be_taken_back_for_a_day(house: House) -> None:
    draw(house, size=1000, second_share=1.0)
    task = served(house)
    say(house, task, "loud")
    taken = undo(house.store, PROJECT, "ada", task.task, house.clock)
    assert (taken.answered, taken.state) == (Answered.WITHDRAWN, "open")
    target = task_of(house, task.task)["target_id"]
    second = next(t for t in rows(house, TaskRow, review="second") if t["target_id"] == target)
    assert (second["state"], second["first_annotator"]) == ("waiting", None)
    assert served(house).task == task.task
    say(house, task, "calm")
    assert [(r["sequence"], r["answered"], r["level"]) for r in rows(house, LabelRow)] == [
        (0, "level", "loud"), (1, "withdrawn", None), (2, "level", "calm"),
    ]  # fmt: skip
    with pytest.raises(Conflict, match="bob has said nothing"):
        undo(house.store, PROJECT, "bob", task.task, house.clock)
    house.clock.turn(86_401)
    with pytest.raises(Conflict, match="within a day"):
        undo(house.store, PROJECT, "ada", task.task, house.clock)


def test_what_others_went_on_from_is_not_taken_back(house: House) -> None:
    draw(house, size=1000, second_share=1.0)
    task = served(house)
    say(house, task, "loud")
    target = task_of(house, task.task)["target_id"]
    second = next(t["id"] for t in rows(house, TaskRow, review="second") if t["target_id"] == target)
    say(house, second, "calm", "bob")
    with pytest.raises(Conflict, match="another person has judged"):
        undo(house.store, PROJECT, "ada", task.task, house.clock)
    assert undo(house.store, PROJECT, "bob", second, house.clock).state == "open"
    assert rows(house, TaskRow, review="adjudication") == []
    assert undo(house.store, PROJECT, "ada", task.task, house.clock).state == "open"


def test_a_pass_is_taken_back_unless_somebody_else_is_at_it(house: House) -> None:
    draw(house, size=1000)
    task = served(house)
    skip(house.store, PROJECT, "ada", task.task, house.clock)
    assert served(house, "bob").task == task.task
    with pytest.raises(Conflict, match="somebody else is at this task"):
        undo(house.store, PROJECT, "ada", task.task, house.clock)
    skip(house.store, PROJECT, "bob", task.task, house.clock)
    undo(house.store, PROJECT, "ada", task.task, house.clock)
    assert say(house, task).state == "done"


def test_a_pass_is_not_taken_back_from_whoever_answered_since(house: House) -> None:
    """Else the task would be open again beside a verdict that stands, and the one who passed would overrule it."""
    draw(house, size=1000, second_share=1.0)
    task = served(house)
    skip(house.store, PROJECT, "ada", task.task, house.clock)
    say(house, served(house, "bob").task, "loud", "bob")
    with pytest.raises(Conflict, match="is done by what others said since"):
        undo(house.store, PROJECT, "ada", task.task, house.clock)
    target = task_of(house, task.task)["target_id"]
    second = next(t["id"] for t in rows(house, TaskRow, review="second") if t["target_id"] == target)
    skip(house.store, PROJECT, "cleo", second, house.clock)
    undo(house.store, PROJECT, "bob", task.task, house.clock)
    with pytest.raises(Conflict, match="is waiting by what others said since"):
        undo(house.store, PROJECT, "cleo", second, house.clock)


def test_what_was_said_for_a_wave_that_was_closed_stays(house: House) -> None:
    wave = draw(house, size=1000)
    task = served(house)
    say(house, task)
    close_wave(house.store, PROJECT, wave.id or "", house.clock)
    with pytest.raises(Conflict, match="was closed"):
        undo(house.store, PROJECT, "ada", task.task, house.clock)
    assert ask(house) is None


def test_content_that_changed_is_replaced_only_where_nobody_saw_it(house: House) -> None:
    draw(house, size=1000, second_share=1.0)
    seen = served(house)
    before = {t["id"]: t for t in rows(house, TaskRow)}
    house.feed(*(trace(n, f"quite another answer {n}") for n in range(12)))
    house.clock.turn(31)
    house.run()
    assert served(house).answer == seen.answer
    say(house, seen)
    (label,) = rows(house, LabelRow)
    assert label["content_hash"] == before[seen.task]["content_hash"]
    other = served(house)
    assert "quite another" in other.answer
    assert task_of(house, other.task)["content_hash"] != before[other.task]["content_hash"]
    say(house, other)
    for task, was_changed in ((seen, False), (other, True)):
        target = task_of(house, task.task)["target_id"]
        second = next(t for t in rows(house, TaskRow, review="second") if t["target_id"] == target)
        assert ("quite another" in second["content"]["answer"]) == was_changed
        assert second["content_hash"] == task_of(house, task.task)["content_hash"]


def test_a_task_outlives_its_trace(house: House) -> None:
    draw(house, size=1000)
    change(house.store, "DELETE FROM sample")
    change(house.store, "DELETE FROM trace")
    task = served(house)
    assert "answer" in task.answer.lower()
    assert say(house, task).state == "done"


def test_one_wave_of_several_and_none_that_is_closed(house: House) -> None:
    one = draw(house, size=1000, **{"to": house.clock.now() - timedelta(minutes=6)})
    two = draw(house, size=1000)
    wave = {t["id"]: t["wave"] for t in rows(house, TaskRow)}
    assert wave[served(house, wave=two.id).task] == two.id
    assert wave[served(house, "bob", wave=one.id).task] == one.id
    with pytest.raises(NotFound, match="wave 'other'"):
        ask(house, wave="other")
    close_wave(house.store, PROJECT, two.id or "", house.clock)
    assert ask(house, wave=two.id) is None
    with pytest.raises(Conflict, match="is closed"):
        say(house, next(t["id"] for t in rows(house, TaskRow, wave=two.id)))


def test_one_answer_serves_every_series_of_the_criterion(house: House) -> None:
    """Another rule with the same criterion asks about the same samples: nobody is asked twice."""
    house.rule(name="also-shouting")
    with house.store.read() as unit:
        assert len(unit.of(PROJECT).rules.active()) == 2
    day = timedelta(days=1)
    window = Request(project=PROJECT, rule="also-shouting", start=NOW - day, end=NOW + day)
    backfill(house.store, window, house.build, house.clock, apply=True)
    house.run()
    one = draw(house, size=1000)
    early = served(house)
    say(house, early, "loud")
    two = draw(house, size=1000, rule="also-shouting")
    held = served(house, wave=one.id)
    target = task_of(house, held.task)["target_id"]
    (same,) = rows(house, TaskRow, review="first", target_id=target, wave=two.id)
    change(
        house.store,
        "UPDATE review_task SET lease_owner = 'ada', lease_until = :until WHERE id = :id",
        until=to_micros(held.lease_until),
        id=same["id"],
    )  # in another tab
    tasks = rows(house, TaskRow, review="first")
    assert Counter(t["wave"] for t in tasks) == {one.id: 12, two.id: 12}
    assert sum(t["state"] == "done" for t in tasks) == 2
    asked = 1
    while (task := ask(house, wave=None if asked > 1 else one.id)) is not None:
        say(house, task)
        asked += 1
    assert asked == 12
    assert {t["state"] for t in rows(house, TaskRow, review="first")} == {"done"}
    undo(house.store, PROJECT, "ada", early.task, house.clock)
    assert sum(t["state"] == "open" for t in rows(house, TaskRow, review="first")) == 2


def test_what_was_said_of_other_content_answers_no_other_series(house: House) -> None:
    draw(house, size=1000, second_share=0.0)
    said = served(house)
    target = task_of(house, said.task)["target_id"]
    say(house, said, "loud")
    house.rule(name="also-shouting")
    house.feed(trace(int(target[1:]), "quite another answer"))
    house.clock.turn(31)
    house.run()
    window = Request(
        project=PROJECT, rule="also-shouting", start=NOW - timedelta(days=1), end=NOW + timedelta(days=1)
    )
    backfill(house.store, window, house.build, house.clock, apply=True)
    house.run()
    draw(house, size=1000, rule="also-shouting", second_share=0.0)
    with house.store.read() as unit:
        answered = {}
        for rule in unit.of(PROJECT).rules.active():
            pinned = rule.series, "shouts", rule.rule.fingerprint
            found = unit.of(PROJECT).reviewed.of_series(*pinned, house.clock.now())
            answered[rule.rule.name] = [one.answered for one in found if one.answered]
            assert all(one.value is not None for one in found)
    assert answered == {"shouting": ["level"], "also-shouting": []}


def test_a_wave_that_is_answered_has_no_part_in_what_is_served(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays open until somebody closes it, and neither hides waves behind it nor thins the batches of others."""
    one = draw(house, size=1000, second_share=0.0)
    while (task := ask(house)) is not None:
        say(house, task)
    undo(house.store, PROJECT, "ada", last := rows(house, TaskRow)[0]["id"], house.clock)
    with house.store.read() as unit:
        (progress,) = progress_of(unit, PROJECT, unit.of(PROJECT).waves.newest())
    assert (progress.annotators, progress.open) == ({"ada": 11}, 1)
    say(house, last)
    house.feed(*(trace(n) for n in range(20, 26)))
    house.clock.turn(31)
    house.run()
    two = draw(house, size=1000, second_share=0.0, **{"to": NOW - timedelta(minutes=15)})
    monkeypatch.setattr(serve, "BATCH", 3)
    with house.store.read() as unit:
        assert unit.of(PROJECT).waves.opened() == {one.id, two.id}
        assert [wave.id for wave in unit.of(PROJECT).waves.serving()] == [two.id]
        assert serve._batch_of(unit, PROJECT, None, 0.6) == (1, (0.5, 1.0))


@pytest.mark.parametrize("name", ["", " ada", "a\nb", "x" * 101, "\u202ebad"])
def test_annotators_have_printable_names(house: House, name: str) -> None:
    with pytest.raises(InvalidInput, match="annotator: must be 1 to 100 printable"):
        ask(house, name)


@EMPTY
def test_one_person_in_many_tabs_gets_one_task(store: Store, filling: None) -> None:
    house = judged(House(store), 40)
    draw(house, size=1000)
    together, given = threading.Barrier(8), list[str]()

    def tab() -> None:
        together.wait()
        given.append(served(house).task)

    tabs = [threading.Thread(target=tab) for _ in range(8)]
    for one in tabs:
        one.start()
    for one in tabs:
        one.join()
    assert len(given) == 8
    assert set(given) == {t["id"] for t in rows(house, TaskRow) if t["lease_owner"]}
    assert len(set(given)) == 1


@EMPTY
def test_a_crowd_gets_each_task_once(store: Store, filling: None) -> None:
    """Twenty at once, some of whom leave with a lease in hand: none to two, none lost, each verdict once."""
    house = judged(House(store), 120)
    draw(house, size=1000, second_share=0.0)
    held: set[str] = set()
    guard, errors = threading.Lock(), list[str]()

    def work(number: int) -> None:
        annotator, done = f"reviewer-{number}", 0
        while (task := ask(house, annotator)) is not None:
            with guard:
                if task.task in held:
                    errors.append(f"{task.task} is served to two")
                held.add(task.task)
            if number % 5 == 0 and done == 2:
                return  # gone, with the lease
            say(house, task, annotator=annotator)
            with guard:
                held.discard(task.task)
            done += 1

    threads = [threading.Thread(target=work, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(held) == sum(t["state"] == "open" for t in rows(house, TaskRow))
    house.clock.turn(LEASE.total_seconds() + 1)
    while (task := ask(house, "last")) is not None:
        assert task.task in held
        say(house, task, annotator="last")
    labels = rows(house, LabelRow)
    assert Counter(label["task"] for label in labels) == {t["id"]: 1 for t in rows(house, TaskRow)}
    assert len(labels) == 120
