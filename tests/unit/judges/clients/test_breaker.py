"""A provider that fails is left alone, and found again by a single call."""

from __future__ import annotations

import time

import pytest

from bench.servers.judge.behaviour import Behaviour, Draws
from bench.servers.judge.server import JudgeServer, judging
from evaluator.core.judge import JudgeError, JudgeReply
from evaluator.judges.clients.breaker import FAILURES, FIRST_PAUSE, MOST_PAUSE, Breaker
from tests.support.judge_calls import asked, asked_all, provider_at, request


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> Breaker:
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        assert breaker.admit() == 0
        breaker.failed(clock.now)
    return breaker


def test_failures_in_a_row_open_it_and_others_do_not() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(3):
        for _ in range(FAILURES - 1):
            breaker.failed(clock.now)
        breaker.succeeded()
    assert breaker.admit() == 0
    assert opened(clock).admit() == FIRST_PAUSE


def test_one_probe_at_a_time() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += FIRST_PAUSE
    assert breaker.admit() == 0
    assert breaker.admit() > 0
    breaker.succeeded()
    assert [breaker.admit(), breaker.admit()] == [0, 0]


def test_pauses_grow_up_to_a_bound() -> None:
    clock = Clock()
    breaker, pauses = opened(clock), list[float]()
    for _ in range(12):
        pauses.append(breaker.admit())
        clock.now += pauses[-1]
        assert breaker.admit() == 0
        breaker.failed(clock.now)
    assert pauses[:4] == [2.0, 4.0, 8.0, 16.0]
    assert pauses[-1] == MOST_PAUSE


def test_calls_that_began_before_it_opened_make_no_pause_longer() -> None:
    clock = Clock()
    breaker = opened(clock)
    for _ in range(60):
        breaker.failed(clock.now - 1)
    assert breaker.admit() == FIRST_PAUSE


def test_a_probe_that_told_nothing_lets_another_in() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += FIRST_PAUSE
    assert breaker.admit() == 0
    breaker.untold(clock.now)
    assert breaker.admit() == 0


def test_a_provider_that_fails_is_not_asked_any_more() -> None:
    with judging(Behaviour(error=1.0)) as served:
        provider = provider_at(served)
        for _ in range(FAILURES):
            with pytest.raises(JudgeError) as caught:
                asked(provider)
            assert caught.value.wait is None
        for error in asked_all(provider, [request(f"{number}") for number in range(50)]):
            assert isinstance(error, JudgeError)
            assert error.wait is not None
            assert not error.charged
    assert served.calls == FAILURES


def test_a_probe_finds_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluator.judges.clients.breaker.FIRST_PAUSE", 0.05)
    with judging(Behaviour(error=1.0)) as served:
        provider = provider_at(served)
        for _ in range(FAILURES):
            with pytest.raises(JudgeError):
                asked(provider)
        _mend(served)
        time.sleep(0.1)
        assert isinstance(asked(provider), JudgeReply)
        found = asked_all(provider, [request(f"{number}") for number in range(20)])
    assert all(isinstance(one, JudgeReply) for one in found)


def test_a_probe_that_has_no_key_lets_another_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluator.judges.clients.breaker.FIRST_PAUSE", 0.05)
    monkeypatch.setenv("A_KEY", "k")
    with judging(Behaviour(error=1.0)) as served:
        provider = provider_at(served, api_key=None, api_key_env="A_KEY")
        for _ in range(FAILURES):
            with pytest.raises(JudgeError):
                asked(provider)
        time.sleep(0.1)
        monkeypatch.setenv("A_KEY", "")
        with pytest.raises(JudgeError, match="A_KEY"):
            asked(provider)
        monkeypatch.setenv("A_KEY", "k")
        _mend(served)
        assert asked(provider).text


def _mend(served: JudgeServer) -> None:
    served._draws = Draws(Behaviour())


def test_limits_are_no_failures() -> None:
    with judging(Behaviour(rate_limited=1.0, retry_after="0")) as served:
        provider = provider_at(served)
        with pytest.raises(JudgeError):
            asked(provider, seconds=1)
        before = served.calls
        assert before > FAILURES
        with pytest.raises(JudgeError, match="limit"):
            asked(provider, seconds=1)
    assert served.calls > before
