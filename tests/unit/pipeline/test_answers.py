"""Whatever an evaluator raises, returns or says: it is kept small and storable, and costs nobody else a score."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.core.outcome import Failure, Outcome, Reason, Score
from evaluator.core.retry import MAX_ATTEMPTS
from evaluator.core.trace import Sample
from evaluator.pipeline.answers import MAX_DETAILS, MAX_EVIDENCE, MAX_EXPLANATION, MAX_LABEL, checked
from evaluator.pipeline.stages.score import Pool, Worker, score_batch
from evaluator.store.repositories.work import outcomes as outcome_rows
from evaluator.store.sql import upsert
from evaluator.store.store import Store
from tests.support.house import PROJECT, House, trace
from tests.support.paid import PaidHouse
from tests.support.poison import GARBAGE, LARGE, RAISE, PoisonEvaluator

GOOD = 5


def rows(house: House) -> dict[str, dict[str, Any]]:
    """The outcome of each trace that has one."""
    with house.store.read() as unit:
        ids = [t["trace_id"] for t in unit.connection.exec_driver_sql("SELECT trace_id FROM outcome").mappings()]
        return {i: unit.of(PROJECT).outcomes.of_trace(i)[0] for i in ids}


def dead(house: House) -> set[str]:
    with house.store.read() as unit:
        return {letter["trace_id"] for letter in unit.of(PROJECT).jobs.dead()}


def until_given_up(house: House) -> None:
    for _ in range(MAX_ATTEMPTS):
        house.score()
        house.clock.turn(600)


def test_what_raises_or_is_no_outcome_becomes_a_dead_letter_alone(store: Store) -> None:
    house = House(store, evaluator=PoisonEvaluator())
    house.rule()
    poison = [*RAISE, *GARBAGE]
    house.feed(*(trace(i) for i in range(GOOD)), *(trace(100 + i, f"{word} x") for i, word in enumerate(poison)))
    house.control()
    house.score()
    assert set(rows(house)) == {f"t{i}" for i in range(GOOD)}, "the others are scored at once"
    until_given_up(house)
    found = rows(house)
    assert dead(house) == set(found) - {f"t{i}" for i in range(GOOD)} == {f"t{100 + i}" for i in range(len(poison))}
    reasons = [found[f"t{100 + i}"]["reason"] for i in range(len(poison))]
    assert reasons == ["evaluator_error"] * len(RAISE) + ["invalid_output"] * len(GARBAGE)


def test_no_list_is_no_answer(store: Store) -> None:
    house = House(store, evaluator=PoisonEvaluator())
    house.rule()
    house.feed(trace(1), trace(2, "no list"), trace(3))
    house.control()
    house.score()
    assert set(rows(house)) == {"t1", "t3"}


def test_what_is_large_is_cut_and_kept(store: Store) -> None:
    house = House(store, evaluator=PoisonEvaluator())
    house.rule()
    house.feed(trace(1), *(trace(10 + i, f"{word} x") for i, word in enumerate(LARGE)))
    house.run()
    found = rows(house)
    huge, wide, deep, dirty, alien = (found[f"t{10 + i}"] for i in range(len(LARGE)))
    assert [row["value"] for row in (huge, wide, deep, dirty, alien)] == [0.5] * 5
    assert (len(huge["label"]), len(huge["explanation"])) == (MAX_LABEL, MAX_EXPLANATION)
    assert huge["details"] == wide["details"] == {"omitted": f"details are larger than {MAX_DETAILS:,} characters"}
    assert len(wide["evidence"]) == MAX_EVIDENCE
    assert set(deep["details"]) == set(alien["details"]) == {"omitted"}
    assert (dirty["label"], dirty["explanation"], dirty["details"]) == ("l��", "��", {"�": "�"})


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda some: st.lists(some) | st.dictionaries(st.text() | st.integers(), some),
    max_leaves=20,
)


@given(details=st.dictionaries(st.text(), values), label=values, text=values, value=values)
def test_anything_at_all_is_an_outcome(details: Any, label: Any, text: Any, value: Any) -> None:
    score = Score(value=0.0)
    for name, given_value in (("details", details), ("label", label), ("explanation", text), ("value", value)):
        object.__setattr__(score, name, given_value)
    found = checked(score)
    assert isinstance(found, Score | Failure)
    assert checked(found) == found
    failure = Failure(reason=Reason.TIMEOUT)
    object.__setattr__(failure, "message", text)
    assert isinstance(checked(failure), Failure)


def test_a_good_score_stays_what_it_is() -> None:
    score = Score(
        value=0.25, label="calm", explanation="because", details={"a": [1, 2.5, None, {"b": "c"}]}, cost=0.1
    )
    assert checked(score) == score


class Watching:
    """A guard that knows what was done under it."""

    def __init__(self) -> None:
        self.limits: list[float] = []
        self.inside = False

    @contextmanager
    def watch(self, owner: str, seconds: float) -> Iterator[None]:
        assert owner == "w1"
        self.limits.append(seconds)
        self.inside = True
        yield
        self.inside = False


def test_opening_and_pricing_are_watched_as_scoring_is(sqlite_url: str) -> None:
    store, guard = Store(sqlite_url), Watching()
    house = PaidHouse(store)
    seen: list[str] = []

    def watched(name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def do(*args: Any) -> Any:
            assert guard.inside, name
            seen.append(name)
            return act(*args)

        return do

    for name in ("open", "price", "score"):
        setattr(house.evaluator, name, watched(name, getattr(house.evaluator, name)))
    house.rule()
    house.feed(trace(1), trace(2))
    house.control()
    plain = house.worker()
    worker = Worker(store=store, build=house.build, clock=house.clock, hints=plain.hints, owner="w1", guard=guard)
    assert house.score(worker) == 2
    assert seen == ["open", "price", "score"]
    house.feed(trace(3))
    house.control()
    assert house.score(worker) == 1
    assert guard.limits == [worker.limits.batch_seconds, worker.limits.sample_seconds]
    store.close()


@pytest.mark.parametrize("name", ["open", "price"])
def test_what_can_not_be_opened_or_priced_is_given_up(sqlite_url: str, name: str) -> None:
    store = Store(sqlite_url)
    house = PaidHouse(store)

    def leave(*_: Any) -> Any:
        raise SystemExit(1)

    setattr(house.evaluator, name, leave)
    house.rule()
    house.feed(trace(1))
    house.control()
    until_given_up(house)
    assert dead(house) == {"t1"}
    store.close()


def test_ctrl_c_is_no_answer_of_an_evaluator(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(sqlite_url)
    house = House(store)

    def interrupt(samples: Sequence[Sample]) -> list[Outcome]:
        raise KeyboardInterrupt

    house.evaluator.score = interrupt  # type: ignore[method-assign]
    house.rule()
    house.feed(trace(1))
    house.control()
    # Whoever starts the tests in the background has them ignore it.
    monkeypatch.setattr(signal, "getsignal", lambda _: signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt):
        score_batch(house.worker(), Pool(house.build))
    house.clock.turn(600)
    monkeypatch.setattr(signal, "getsignal", lambda _: signal.SIG_IGN)  # as in the scoring process
    until_given_up(house)
    assert dead(house) == {"t1"}, "nobody has pressed anything: the evaluator has raised it"
    store.close()


def test_what_the_database_refuses_takes_nobody_along(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known that still gets there: if something did, it would be found by halves."""
    plain = outcome_rows.outcome_row

    def row(job: Any, outcome: Outcome, *rest: Any) -> dict[str, Any]:
        made = plain(job, outcome, *rest)
        return made | {"label": "\x00"} if job.trace_id == "t3" and isinstance(outcome, Score) else made

    monkeypatch.setattr(outcome_rows, "outcome_row", row)
    if store.url.startswith("sqlite"):  # which takes anything

        def picky(*args: Any, **more: Any) -> Any:
            assert not any(r.get("label") == "\x00" for r in args[2])
            return upsert(*args, **more)

        monkeypatch.setattr("evaluator.store.repositories.base.upsert", picky)
    house = House(store)
    house.rule()
    house.feed(*(trace(i) for i in range(7)))
    house.control()
    until_given_up(house)
    assert {i: row["reason"] for i, row in rows(house).items()} == {
        f"t{i}": "invalid_output" if i == 3 else None for i in range(7)
    }
    assert dead(house) == {"t3"}
