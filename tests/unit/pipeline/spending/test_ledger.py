"""Money: what is spent never passes the budget, whoever crashes and however many reserve at once (law 14)."""

from __future__ import annotations

import multiprocessing
import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from evaluator.core.errors import InvalidInput
from evaluator.core.money import micro_usd, usd
from evaluator.core.ports import NoHints, SystemClock
from evaluator.pipeline.spending.ledger import ASK_AGAIN, end_of
from evaluator.pipeline.stages.score import Pool, Worker, score_batch
from evaluator.store.store import Store
from evaluator.store.types import EPOCH
from tests.support.house import NOW, PROJECT, trace
from tests.support.paid import BOUND, PaidEvaluator, PaidHouse, provider


@pytest.fixture
def house(store: Store) -> PaidHouse:
    return PaidHouse(store)


def waiting(house: PaidHouse) -> list[tuple[int, datetime]]:
    """(attempts, available at) of every job that is ready, now or later."""
    with house.store.read() as unit:
        text = "SELECT attempts, available_at FROM score_job WHERE state = 'ready' ORDER BY available_at"
        rows = unit.connection.exec_driver_sql(text).fetchall()
    return [(attempts, EPOCH + timedelta(microseconds=at)) for attempts, at in rows]


def outcomes(house: PaidHouse, number: int) -> list[dict[str, Any]]:
    with house.store.read() as unit:
        return unit.of(PROJECT).outcomes.of_trace(f"t{number}")


def test_amounts_round_up_to_the_millionth() -> None:
    assert [micro_usd(x) for x in (0.0, 0.07, 1e-9, 0.0000015, 2.5)] == [0, 70_000, 1, 2, 2_500_000]
    assert usd(70_000) == 0.07
    for wrong in (-0.01, float("nan"), float("inf")):
        with pytest.raises(ValueError):
            micro_usd(wrong)


def test_what_is_spent_takes_the_place_of_what_was_reserved(house: PaidHouse) -> None:
    house.evaluator.charge = BOUND / 4
    house.rule()
    house.feed(*(trace(i) for i in range(8)))
    house.run()
    assert (house.day().limit, house.day().committed) == (1_000_000, 8 * 2_500)
    assert outcomes(house, 3)[0]["cost"] == BOUND / 4


def test_the_budget_ends_the_spending_and_burns_no_attempts(house: PaidHouse) -> None:
    """Ten calls are paid for; the others wait, spread over the next day, and are paid then."""
    house.rule(10 * BOUND)
    house.feed(*(trace(i) for i in range(40)))
    house.control()
    for _ in range(4):
        house.score(house.worker(batch=4))
        house.clock.turn(ASK_AGAIN.total_seconds() + 1)
    assert house.evaluator.calls == 10
    assert house.day().committed == house.day().limit
    late = waiting(house)
    assert len(late) == 30
    assert {attempts for attempts, _ in late} == {0}
    assert end_of(NOW) <= late[0][1] < late[-1][1] < end_of(NOW) + timedelta(days=1)
    assert len({at for _, at in late}) == 30, "not all at midnight, or they would take the new day's money at once"
    house.clock.moment = end_of(NOW) + timedelta(hours=23, minutes=59)
    house.score()
    assert house.evaluator.calls == 20
    assert house.day().committed == house.day().limit


def test_a_larger_budget_works_at_once(house: PaidHouse) -> None:
    first = house.rule(2 * BOUND)
    house.feed(*(trace(i) for i in range(5)))
    house.control()
    for _ in range(2):
        house.score()
        house.clock.turn(ASK_AGAIN.total_seconds() + 1)
    assert house.evaluator.calls == 2
    second = house.rule(10 * BOUND)
    assert second.series == first.series
    assert second.version != first.version
    house.score()
    assert house.evaluator.calls == 5


def test_the_first_of_a_batch_are_paid_for_and_never_the_cheapest(house: PaidHouse) -> None:
    house.rule(6 * BOUND)
    house.feed(*(trace(i, "a long answer" if i == 2 else "short") for i in range(5)))
    house.control()
    house.score()
    assert [bool(outcomes(house, i)) for i in range(5)] == [True, True, False, False, False]


def test_a_failure_costs_its_bound_unless_it_says_otherwise(house: PaidHouse) -> None:
    house.rule()
    house.feed(trace(1, "try later"))
    house.control()
    house.score()
    assert house.day().committed == micro_usd(BOUND), "the provider may have charged before the line broke"
    house.feed(trace(2, "unsent"))
    house.control()
    house.score()
    assert house.day().committed == micro_usd(BOUND)


def test_a_batch_that_raises_is_not_asked_again_for_the_same_money(house: PaidHouse) -> None:
    house.rule()
    house.feed(trace(1), trace(2, "boom"), trace(3))
    house.control()
    score_batch(house.worker(), Pool(house.build))
    assert house.evaluator.batches == [3]
    assert house.day().committed == 3 * micro_usd(BOUND)


def test_a_broken_bound_is_counted_and_ends_the_day(house: PaidHouse) -> None:
    house.evaluator.charge = 3 * BOUND
    house.rule(10 * BOUND)
    house.feed(*(trace(i) for i in range(6)))
    house.control()
    house.score(house.worker(batch=2))
    assert house.evaluator.calls == 2
    assert (house.day().committed, house.day().held) == (6 * micro_usd(BOUND), True)
    assert waiting(house)[0][1] >= end_of(NOW)


def test_a_call_beyond_the_whole_budget_is_a_failure(house: PaidHouse) -> None:
    house.rule(2 * BOUND)
    house.feed(trace(1, "a long answer"), trace(2))
    house.run()
    assert outcomes(house, 1)[0]["reason"] == "invalid_input"
    assert "more than 'paying' may spend in a day (0.02 USD)" in outcomes(house, 1)[0]["message"]
    assert outcomes(house, 2)[0]["value"] is not None


def test_nobody_spends_by_accident(house: PaidHouse) -> None:
    with pytest.raises(InvalidInput, match=r"rule\.budget.*costs money.*usd_per_day"):
        house.rule(None)
    with pytest.raises(InvalidInput, match=r"rule\.budget.*states no price"):
        house.rule(1.0, evaluator="shout")
    for wrong in (0, -1, float("nan")):
        with pytest.raises(InvalidInput, match=r"rule\.budget\.usd_per_day"):
            house.rule(wrong)


def _reserve_all(url: str, number: int, results: Any) -> None:
    """Reserve amounts of all sizes from two threads until there is nothing left, and settle some for less."""
    store, taken = Store(url), []

    def reserve(thread: int) -> None:
        for i in range(60):
            name, amount = f"{number}-{thread}-{i}", 1 + (i * 7 + number * 3 + thread) % 13
            with store.write() as unit:
                ledger = unit.of(PROJECT).ledger
                ledger.open_day("b", NOW.date(), 700)
                if not ledger.reserve(name, "b", NOW.date(), amount, 1, NOW):
                    continue
            if i % 3:
                taken.append(amount)
                continue
            with store.write() as unit:
                unit.of(PROJECT).ledger.settle(name, amount - 1, NOW)
                unit.of(PROJECT).ledger.settle(name, 0, NOW)
            taken.append(amount - 1)

    crowd = [threading.Thread(target=reserve, args=(t,)) for t in range(2)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    results.put(taken)
    store.close()


def test_however_many_reserve_at_once_the_limit_holds(database_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    crowd = [context.Process(target=_reserve_all, args=(database_url, n, results)) for n in range(3)]
    for process in crowd:
        process.start()
    taken = [amount for _ in crowd for amount in results.get(timeout=120)]
    for process in crowd:
        process.join(timeout=30)
    store = Store(database_url)
    with store.read() as unit:
        (day,) = unit.of(PROJECT).ledger.days(NOW.date())
    store.close()
    assert day.committed == sum(taken)
    assert 700 - 13 < day.committed <= 700, "more than 2,000 was asked for"


def test_many_workers_together_call_no_more_than_is_paid_for(store: Store) -> None:
    house = PaidHouse(store)
    house.rule(50 * BOUND)
    house.feed(*(trace(i) for i in range(120)))
    house.control()
    evaluators, troubles = [PaidEvaluator() for _ in range(6)], []

    def work(number: int) -> None:
        worker = replace(house.worker(f"w{number}", batch=4), build=lambda project, pinned: evaluators[number])
        try:
            house.score(worker)
        except Exception as error:  # noqa: BLE001 - in a thread it would be lost
            troubles.append(error)

    crowd = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert troubles == []
    calls = sum(e.calls for e in evaluators)
    assert calls == 50
    assert house.day().committed == house.day().limit
    assert len(waiting(house)) == 70


def _work(url: str, address: str) -> None:
    """Score until nothing has been ready for longer than a lease."""
    store = Store(url)
    evaluator = PaidEvaluator(address=address)
    worker = Worker(
        store=store, build=lambda project, pinned: evaluator, clock=SystemClock(), hints=NoHints(),
        owner=f"w{multiprocessing.current_process().pid}", batch=4, lease=timedelta(seconds=1),
    )  # fmt: skip
    pool, last = Pool(worker.build), time.monotonic()
    while time.monotonic() - last < 2.0:
        if score_batch(worker, pool):
            last = time.monotonic()
        else:
            time.sleep(0.05)
    store.close()


def test_workers_killed_in_the_middle_of_a_call_overspend_nothing(store: Store, database_url: str) -> None:
    """By the provider's own log. Two workers die after the provider has charged and before it answers."""
    house = PaidHouse(store)
    house.clock.moment = datetime.now(NOW.tzinfo)
    house.rule(20 * BOUND)
    house.feed(*(trace(i) for i in range(40)))
    house.clock.turn(31)
    house.control()
    house.clock.moment = datetime.now(NOW.tzinfo)
    with store.write() as unit:
        unit.queue.bring_back(PROJECT, "paying", datetime.now(NOW.tzinfo))
    context = multiprocessing.get_context("spawn")
    with provider() as log:
        charged, dead = threading.Event(), threading.Event()

        def stall(calls: int) -> None:
            if calls in (3, 10):
                charged.set()
                dead.wait(60)

        log.reached = stall
        for _ in range(2):
            process = context.Process(target=_work, args=(database_url, log.address))
            process.start()
            assert charged.wait(60)
            process.kill()
            process.join()
            charged.clear()
            dead.set()
            dead = threading.Event()
        process = context.Process(target=_work, args=(database_url, log.address))
        process.start()
        process.join(120)
        assert process.exitcode == 0
        spent = log.spent
    with store.read() as unit:
        days = unit.of(PROJECT).ledger.days(house.clock.now().date())
        jobs = sum(unit.of(PROJECT).jobs.counts().values())
        scored = sum(unit.of(PROJECT).outcomes.counts().values())
    committed = sum(usd(d.committed) for d in days)
    assert jobs + scored == 40
    assert scored >= 10, "the last worker went on"
    assert spent <= committed <= 20 * BOUND + 1e-9
    assert committed > spent, "what was reserved by the dead counts as spent"
