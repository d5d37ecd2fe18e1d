"""Rates that shrink: by what they do, what is stored with it, and what the pages say."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from evaluator.core.rule import FLOOR, Thinning
from evaluator.pipeline.operations.status import Status, read_status
from evaluator.pipeline.sampling.adaptive import adjust_rates
from evaluator.pipeline.sampling.backpressure import Look, pressed
from evaluator.pipeline.sampling.pacing import Demand, forecast, paced
from evaluator.pipeline.series.read import SeriesQuery, read_series
from evaluator.pipeline.spending.ledger import end_of
from evaluator.store.repositories.sampling.rate_factors import Draws, RateFactor
from evaluator.store.repositories.sampling.selections import Selection
from evaluator.store.repositories.work.jobs import BACKFILL
from evaluator.store.store import Store
from tests.support.house import NOW, PROJECT, House, same_draws, trace
from tests.support.paid import BOUND, PaidHouse

TARGET = 600.0
FULL = Thinning()
ERRORS = {"name": "errors", "when": [{"field": "status", "value": "error"}], "rate": 1.0}


def factors(store: Store, scope: str) -> list[RateFactor]:
    with store.read() as unit:
        return unit.of(PROJECT).factors.history(scope)


def decided(store: Store, *numbers: int) -> dict[str, Selection]:
    with store.read() as unit:
        return {s.target_id: s for s in unit.of(PROJECT).plans.of_traces([f"t{n}" for n in numbers])}


def status(house: House) -> Status:
    with house.store.read() as unit:
        return read_status(unit, PROJECT, house.clock.now())


def test_pressure_falls_fast_and_rises_slowly() -> None:
    behind = Look(750.0, 100)
    assert pressed(FULL, behind, None, TARGET) == Thinning(0.8)
    assert pressed(FULL, Look(9000.0, 100), None, TARGET) == Thinning(0.5), "one step halves at most"
    assert pressed(Thinning(0.5), Look(400.0, 5), None, TARGET) == Thinning(0.5)
    assert pressed(Thinning(0.5), Look(200.0, 5), None, TARGET) == Thinning(0.55)
    assert pressed(Thinning(0.98), Look(0.0, 0), None, TARGET) == FULL
    assert pressed(Thinning(0.2), behind, None, 0.0) == FULL, "switched off"


def test_pressure_waits_while_the_queue_drains_fast_enough() -> None:
    assert pressed(Thinning(0.5), Look(900.0, 97), Look(840.0, 101), TARGET) == Thinning(0.5)
    assert pressed(Thinning(0.6), Look(900.0, 99), Look(840.0, 100), TARGET) == Thinning(pytest.approx(0.4))


def test_protected_strata_are_thinned_last_and_come_back_first() -> None:
    thinning, steps = FULL, []
    for _ in range(20):
        thinning = pressed(thinning, Look(6000.0, 100), None, TARGET)
        steps.append(thinning)
    assert all(s.protected == 1.0 for s in steps if s.rest > FLOOR)
    assert steps[-1] == Thinning(FLOOR, FLOOR)
    back = pressed(steps[-1], Look(0.0, 0), None, TARGET)
    assert (back.rest, back.protected) == (FLOOR, pytest.approx(FLOOR + 0.05))


def test_pace_is_what_the_money_allows() -> None:
    assert paced(100.0, Draws(rest=80.0, protected=20.0)) == FULL
    assert paced(60.0, Draws(rest=80.0, protected=20.0)) == Thinning(0.5)
    assert paced(80 * FLOOR + 10, Draws(rest=80.0, protected=20.0)) == Thinning(FLOOR, pytest.approx(0.5))
    assert paced(-5.0, Draws(rest=80.0, protected=20.0)) == Thinning(FLOOR, FLOOR)
    assert paced(5.0, Draws(rest=0.0, protected=20.0)) == Thinning(FLOOR, 0.25)
    assert paced(0.0, Draws()) == FULL, "nothing is coming"


def test_a_forecast_is_yesterday_at_this_time_or_the_last_hour() -> None:
    end = end_of(NOW)
    young = Demand(first=NOW - timedelta(minutes=30), recent=Draws(30, 6), season=Draws(), season_recent=Draws())
    assert forecast(young, NOW, end) == Draws(pytest.approx(720), pytest.approx(144)), "a draw a minute, for 12 hours"
    old = Demand(
        first=NOW - timedelta(days=3), recent=Draws(15, 0), season=Draws(400, 100), season_recent=Draws(10, 0)
    )
    assert forecast(old, NOW, end) == Draws(600, 150)
    assert forecast(Demand(first=None, recent=Draws(), season=Draws(), season_recent=Draws()), NOW, end) == Draws()


def test_a_backlog_lowers_rates_and_the_probabilities_with_them(store: Store) -> None:
    house = House(store)
    house.rule(rate=0.8, strata=[ERRORS])
    house.feed(*(trace(i) for i in range(40)))
    house.control()
    before = decided(store, *range(40))
    house.clock.turn(1200)
    assert adjust_rates(store, house.clock, TARGET) == 1
    assert adjust_rates(store, house.clock, TARGET) == 0, "once a minute, whoever asks"
    house.feed(*(trace(i, status="error" if i % 4 == 0 else "ok") for i in range(100, 180)))
    house.clock.turn(31)
    house.control()
    after = decided(store, *range(100, 180))
    assert {s.probability for s in before.values()} == {0.8}
    assert {(s.stratum, s.probability) for s in after.values()} == {("rest", 0.4), ("errors", 1.0)}
    assert decided(store, *range(40)) == before, "never for what was decided earlier"
    assert all(s.drawn for s in after.values() if s.stratum == "errors")
    (lowered,) = status(house).rates
    assert (lowered.reason, lowered.name, lowered.factor, lowered.protected) == ("backlog", "score", 0.5, 1.0)
    assert lowered.behind == pytest.approx(1200, abs=60)
    house.score()
    for _ in range(12):
        house.clock.turn(60)
        adjust_rates(store, house.clock, TARGET)
    assert status(house).rates == []
    history = [f.thinning.rest for f in factors(store, "queue:score")]
    assert history == pytest.approx([0.5 + 0.05 * i for i in range(11)])


def test_however_many_look_at_once_one_works_it_out(store: Store) -> None:
    house = House(store)
    house.rule()
    house.feed(*(trace(i) for i in range(3)))
    house.control()
    house.clock.turn(1200)
    written: list[int] = []
    crowd = [
        threading.Thread(target=lambda: written.append(adjust_rates(store, house.clock, TARGET))) for _ in range(5)
    ]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert sorted(written) == [0, 0, 0, 0, 1]
    assert [f.thinning for f in factors(store, "queue:score")] == [Thinning(0.5)]


def test_rates_are_right_though_the_rush_was_thinned(store: Store) -> None:
    """Sixty calm traces at the full rate, then 240 loud ones at a quarter of it: four fifths are loud."""
    house = House(store)
    same_draws(store)
    house.rule()
    house.feed(*(trace(i) for i in range(60)))
    house.control()
    for _ in range(2):
        house.clock.turn(1200)
        adjust_rates(store, house.clock, TARGET)
    house.feed(*(trace(i, "LOUD") for i in range(100, 340)))
    house.clock.turn(31)
    house.run()
    with store.read() as unit:
        (found,) = read_series(unit, PROJECT, SeriesQuery())
    n = found.total.counts
    assert 1 - 60 / n.scored < 0.62, "without weights"
    assert found.total.estimate == pytest.approx(0.8, abs=0.05)
    assert found.total.low < 0.8 < found.total.high


def test_lowered_draws_nest_in_full_ones(store: Store) -> None:
    house = House(store)
    house.rule(name="full", rate=0.6)
    house.feed(*(trace(i) for i in range(10)))
    house.control()
    house.clock.turn(1200)
    adjust_rates(store, house.clock, TARGET)
    house.rule(name="late", rate=1.0, parameters={"note": "another version"})
    house.feed(*(trace(i) for i in range(10, 200)))
    house.clock.turn(31)
    house.control()
    with store.read() as unit:
        found = unit.of(PROJECT).plans.of_traces([f"t{i}" for i in range(10, 200)])
    drawn = {p: {s.target_id for s in found if s.drawn and s.probability == p} for p in (0.3, 0.5)}
    assert drawn[0.3] < drawn[0.5]
    assert {s.probability for s in found} == {0.3, 0.5}


def test_what_waits_by_intention_is_no_backlog(store: Store) -> None:
    house = House(store)
    house.rule()
    house.feed(trace(1), trace(2))
    house.control()
    with store.write() as unit:
        unit.connection.exec_driver_sql(
            f"UPDATE score_job SET priority = priority + {BACKFILL} WHERE trace_id = 't1'"
        )
        unit.connection.exec_driver_sql("UPDATE score_job SET held = true WHERE trace_id = 't2'")
    house.clock.turn(7200)
    assert adjust_rates(store, house.clock, TARGET) == 0
    assert factors(store, "queue:score") == []


def test_a_budget_is_spread_over_the_day(sqlite_url: str) -> None:
    """Twice as much traffic as the money can pay for: rates fall so that there is some left at the end of the day."""
    store = Store(sqlite_url)
    same_draws(store)
    house = PaidHouse(store)
    rule = house.rule(120 * BOUND, strata=[ERRORS])
    paid, n = [], 0
    for _hour in range(11):
        house.feed(*(trace(n + i, status="error" if i % 10 == 0 else "ok") for i in range(20)))
        n += 20
        house.clock.turn(31)
        adjust_rates(store, house.clock, TARGET)
        house.run()
        house.clock.turn(3600 - 31)
        paid.append(house.evaluator.calls)
    assert house.clock.now() < end_of(NOW)
    assert 90 <= paid[-1] <= 120, "most of the money is used, and it did not end"
    assert paid[-1] > paid[-4] > paid[-7], "there was some in every part of the day"
    with store.read() as unit:
        found = unit.of(PROJECT).plans.of_traces([f"t{i}" for i in range(n)])
    assert {s.probability for s in found if s.stratum == "errors"} == {1.0}
    written = {f.thinning.rest for f in factors(store, rule.series)}
    assert {s.probability for s in found if s.stratum == "rest"} <= {1.0} | written
    (lowered,), (budget,) = status(house).rates, status(house).budgets
    assert (lowered.reason, lowered.name) == ("budget", "paying")
    assert lowered.factor < 0.7
    assert (budget.limit, budget.spent, budget.reservations) == (1.2, pytest.approx(paid[-1] * BOUND), 0)
    store.close()


def test_the_new_day_begins_with_new_money(store: Store) -> None:
    house = PaidHouse(store)
    house.rule(5 * BOUND)
    house.feed(*(trace(i) for i in range(20)))
    for _ in range(3):
        house.run()
        house.clock.turn(61)
        adjust_rates(store, house.clock, TARGET)
    (budget,) = status(house).budgets
    assert (budget.spent, budget.unpaid, budget.exhausted) == (pytest.approx(5 * BOUND), 15, True)
    assert status(house).waiting == 0, "nothing more can be done today"
    house.clock.moment = end_of(NOW) + timedelta(seconds=5)
    adjust_rates(store, house.clock, TARGET)
    (budget,) = status(house).budgets
    assert (budget.spent, budget.unpaid) == (0.0, 0)
