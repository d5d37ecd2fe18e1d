"""Limits of providers: what is learnt of them, and how long one waits for them."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import orjson
import pytest

from bench.servers.judge.behaviour import Behaviour, Draws
from bench.servers.judge.server import judging
from evaluator.core.judge import JudgeError, JudgeReply
from evaluator.core.limits import LocalLimiter
from evaluator.judges.clients.chat import CHAT
from evaluator.judges.clients.concurrency import START, Gate
from evaluator.judges.clients.failures import MOST_WAIT, pause_of, per_second
from evaluator.judges.clients.loop import THREAD
from evaluator.judges.clients.pace import RECENT_SECONDS, Pace
from tests.support.judge_calls import asked, asked_all, provider_at, request


class Counting(LocalLimiter):
    """Remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[tuple[str, float]] = []

    def take(self, key: str, tokens: float, rate_per_second: float, burst: float) -> float:
        self.taken.append((key, rate_per_second))
        return super().take(key, tokens, rate_per_second, burst)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_429_is_tried_again_when_the_provider_says_and_costs_nothing() -> None:
    seed = next(s for s in range(100) if _first_only(s))
    with judging(Behaviour(seed=seed, rate_limited=0.5, retry_after="1")) as served:
        started = time.monotonic()
        reply = asked(provider_at(served))
        taken = time.monotonic() - started
    assert reply.tries == 2
    assert 1.0 <= taken < 4.0
    assert reply.seconds < 0.9
    assert len(served.ledger.charges) == 1


def _first_only(seed: int) -> bool:
    """Whether the request of the test above meets a 429 once and then no more."""
    draws, body = Draws(Behaviour(seed=seed, rate_limited=0.5)), orjson.dumps(CHAT.body(request(), frozenset()))
    return [draws.fault(body), draws.fault(body)] == ["rate_limited", None]


@pytest.mark.parametrize("fault", [{"retry_after": "30"}, {"retry_after": "9" * 30}])
def test_a_pause_that_does_not_fit_gives_the_work_back(fault: dict[str, Any]) -> None:
    with judging(Behaviour(rate_limited=1.0, **fault)) as served:
        started = time.monotonic()
        with pytest.raises(JudgeError) as caught:
            asked(provider_at(served), seconds=2)
    assert time.monotonic() - started < 1.0
    assert caught.value.wait is not None
    assert 29 < caught.value.wait <= MOST_WAIT
    assert not caught.value.charged
    assert served.calls == 1


def test_a_pause_is_everybodys() -> None:
    with judging(Behaviour(rate_limited=1.0, retry_after="30")) as served:
        provider = provider_at(served)
        with pytest.raises(JudgeError):
            asked(provider, seconds=2)
        with pytest.raises(JudgeError) as caught:
            asked(provider, request(model="another"), seconds=2)
    assert served.calls == 1
    assert caught.value.wait == pytest.approx(30, abs=2)


def test_without_a_header_one_tries_again_ever_later_and_gives_up_in_time() -> None:
    with judging(Behaviour(rate_limited=1.0, retry_after=None)) as served:
        started = time.monotonic()
        with pytest.raises(JudgeError) as caught:
            asked(provider_at(served), seconds=3)
    assert time.monotonic() - started < 5
    assert 2 <= served.calls <= 8
    assert caught.value.wait
    assert not caught.value.charged


def test_retry_after_as_it_is_written() -> None:
    now = datetime.now(UTC)
    assert pause_of("2") == 2.0
    assert pause_of("0.25") == 0.25
    assert pause_of("1e9") == pause_of("inf") == MOST_WAIT
    assert pause_of("Mon, 01 Jan 99999999999999999999 00:00:00 GMT") is None
    assert pause_of("-3") == 0.0
    assert pause_of(format_datetime(now + timedelta(seconds=20), usegmt=True)) == pytest.approx(20, abs=2)
    assert pause_of(format_datetime(now - timedelta(days=1), usegmt=True)) == 0.0
    assert pause_of(format_datetime(now + timedelta(days=999), usegmt=True)) == MOST_WAIT
    assert [pause_of(odd) for odd in (None, "", "soon", "nan", "1 2", "\x00")] == [None] * 6
    assert pause_of("inf") == MOST_WAIT
    assert per_second("600") == 10.0
    assert [per_second(odd) for odd in (None, "", "-1", "0", "x", "٣", "9" * 400, "9" * 5000)] == [None] * 8


def test_concurrency_finds_a_limit_that_nobody_tells() -> None:
    with judging(Behaviour(latency=0.05, max_concurrency=6, retry_after=None)) as served:
        provider = provider_at(served)
        asked_all(provider, [request(f"warm {number}") for number in range(150)], seconds=60)
        before, started = served.turned_away, time.monotonic()
        found = asked_all(provider, [request(f"{number}") for number in range(300)], seconds=60)
        taken = time.monotonic() - started
    assert all(isinstance(one, JudgeReply) for one in found)
    # Six at once would take 2.5 s; most of that is reached, and few are turned away.
    assert taken < 2.5 * 3
    assert served.turned_away - before < 60


def test_concurrency_grows_to_the_most_where_nobody_complains() -> None:
    with judging(Behaviour(latency=0.05)) as served:
        asked_all(provider_at(served, max_concurrency=24), [request(f"{number}") for number in range(300)])
    assert served.most_at_once == 24


def test_a_gate_falls_once_for_one_round_of_complaints() -> None:
    clock = Clock()
    gate = Gate(64, clock)
    assert gate.limit == START
    started = clock.now
    clock.now += 1
    for _ in range(8):
        gate.refused(started)
    assert gate.limit == pytest.approx(START * 0.7)
    gate.refused(clock.now + 0.1)
    assert gate.limit == pytest.approx(START * 0.49)
    for _ in range(100):
        gate.refused(clock.now + 0.1)
        clock.now += 1
    assert gate.limit == 1.0


def test_whoever_waits_at_a_gate_goes_in_order_and_no_place_is_lost() -> None:
    async def scene() -> tuple[list[int], list[bool]]:

        gate, order = Gate(2, time.monotonic), list[int]()
        given_up = list[bool]()

        async def one(number: int, seconds: float) -> None:
            if not await gate.enter(seconds):
                given_up.append(True)
                return
            order.append(number)
            await asyncio.sleep(0.05)
            gate.leave()

        tasks = [asyncio.ensure_future(one(n, 0.01 if n == 3 else 5.0)) for n in range(7)]
        await asyncio.sleep(0.02)
        tasks[4].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert gate.waiting == 0
        assert await gate.enter(0.1)
        assert await gate.enter(0.1)
        assert not await gate.enter(0.05)
        return order, given_up

    ((order, given_up),) = THREAD.run([scene()])
    assert order == [0, 1, 2, 5, 6]
    assert given_up == [True]


def test_what_the_operator_set_is_kept_to_always() -> None:
    limiter = Counting()
    with judging() as served:
        provider = provider_at(served, limiter=limiter, requests_per_minute=600)
        started = time.monotonic()
        found = asked_all(provider, [request(f"{number}") for number in range(25)])
        taken = time.monotonic() - started
    assert all(isinstance(one, JudgeReply) for one in found)
    assert 1.3 <= taken < 5.0  # ten at once, then ten a second
    assert {key for key, _ in limiter.taken} == {"judge:test"}
    assert served.turned_away == 0


def test_what_does_not_come_to_its_turn_is_given_back() -> None:
    with judging() as served:
        provider = provider_at(served, requests_per_minute=6)
        found = asked_all(provider, [request(f"{number}") for number in range(3)], seconds=2)
    errors = [one for one in found if isinstance(one, JudgeError)]
    assert len(errors) == 2
    assert all(error.wait and not error.charged for error in errors)
    assert served.calls == 1


def test_a_provider_without_limits_asks_no_bucket() -> None:
    limiter = Counting()
    with judging() as served:
        asked_all(provider_at(served, limiter=limiter), [request(f"{number}") for number in range(50)])
    assert limiter.taken == []


def test_a_limit_of_so_many_a_minute_is_learnt() -> None:
    limiter = Counting()
    with judging(Behaviour(requests_per_minute=1200, retry_after="0.1")) as served:
        provider = provider_at(served, limiter=limiter)
        started = time.monotonic()
        found = asked_all(provider, [request(f"{number}") for number in range(100)], seconds=60)
        taken = time.monotonic() - started
        before = served.turned_away
        found += asked_all(provider, [request(f"again {number}") for number in range(60)], seconds=60)
    assert all(isinstance(one, JudgeReply) for one in found)
    assert 3.5 < taken < 12.0  # 20 a second, after 20 at once
    assert limiter.taken
    assert served.turned_away - before < before


def test_a_pace_falls_grows_and_is_forgotten() -> None:
    clock = Clock()
    pace = Pace(LocalLimiter(clock), "k", None, clock)
    assert pace.rate is None
    clock.now += 1
    pace.limited(clock.now, 0.0, 10.0)
    assert pace.rate == 10.0
    pace.limited(clock.now - 0.5, 0.0, None)
    assert pace.rate == 10.0, "it began before the last complaint"
    clock.now += 1
    pace.limited(clock.now, 0.0, None)
    assert pace.rate == pytest.approx(2.5), "nothing was answered since"
    clock.now += 1
    for _ in range(3):
        pace.answered()
    assert pace.rate == pytest.approx(2.75), "once a second"
    pace.limited(clock.now, 0.0, None)
    assert pace.rate == pytest.approx(2.75 * 0.75), "three of four were answered"
    clock.now += RECENT_SECONDS
    assert pace.rate is None


def test_a_pace_never_passes_what_the_operator_set() -> None:
    clock = Clock()
    pace = Pace(LocalLimiter(clock), "k", 600, clock)
    pace.limited(clock.now, 0.0, 500.0)
    for _ in range(20):
        clock.now += 1
        pace.answered()
    assert pace.rate == 10.0


def test_whoever_is_let_in_and_gone_at_the_same_moment_holds_no_place() -> None:
    async def scene() -> bool:
        gate = Gate(1, time.monotonic)
        assert await gate.enter(1.0)
        waiting = asyncio.ensure_future(gate.enter(5.0))
        await asyncio.sleep(0.01)
        gate.leave()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return await gate.enter(0.1)

    assert THREAD.run([scene()]) == [True]
