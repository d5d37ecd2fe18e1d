"""Token buckets: of one process by a clock that is turned, and shared ones on a real Redis."""

from __future__ import annotations

import threading
import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.servers import free_port
from evaluator.core.errors import InvalidInput
from evaluator.core.limits import LocalLimiter
from workers.backend import RedisBackend
from workers.broker import connect
from workers.limiter import FALLBACK_SHARE, RedisLimiter


@given(
    steps=st.lists(st.tuples(st.floats(0, 3), st.floats(0, 5)), max_size=40),
    rate=st.floats(0.1, 20),
)
def test_what_is_granted_stays_under_the_line_of_the_rate(steps: list[tuple[float, float]], rate: float) -> None:
    now, granted, burst = 0.0, 0.0, 5.0
    limiter = LocalLimiter(lambda: now)
    for pause, tokens in steps:
        now += pause
        wait = limiter.take("k", tokens, rate, burst)
        if wait == 0:
            granted += tokens
        else:
            assert wait <= tokens / rate + 1e-9
        assert granted <= burst + rate * now + 1e-6


def test_who_waits_as_long_as_told_is_served() -> None:
    now = 100.0
    limiter = LocalLimiter(lambda: now)
    assert limiter.take("k", 10, 2, 10) == 0
    wait = limiter.take("k", 3, 2, 10)
    assert wait == pytest.approx(1.5)
    assert limiter.take("other", 10, 2, 10) == 0, "keys have buckets of their own"
    now += wait
    assert limiter.take("k", 3, 2, 10) == 0


@pytest.mark.parametrize(("tokens", "rate", "burst"), [(2, 1, 1), (1, 0, 1), (-1, 1, 1), (1, float("inf"), 1)])
def test_what_no_bucket_could_grant_is_refused(tokens: float, rate: float, burst: float) -> None:
    with pytest.raises(InvalidInput):
        LocalLimiter().take("k", tokens, rate, burst)


@pytest.mark.redis
def test_threads_over_redis_never_exceed_the_rate(redis_url: str) -> None:
    rate, burst, key = 200.0, 20.0, uuid.uuid4().hex
    granted = [0] * 8
    stop = threading.Event()
    clock = connect(redis_url)

    def redis_time() -> float:
        seconds, micros = clock.time()  # type: ignore[misc]
        return int(seconds) + int(micros) / 1e6

    def hammer(number: int) -> None:
        limiter = RedisLimiter(connect(redis_url))
        while not stop.is_set():
            granted[number] += limiter.take(key, 1, rate, burst) == 0

    crowd = [threading.Thread(target=hammer, args=(i,)) for i in range(len(granted))]
    before = redis_time()
    for thread in crowd:
        thread.start()
    time.sleep(1.0)
    stop.set()
    for thread in crowd:
        thread.join()
    elapsed = redis_time() - before
    assert sum(granted) <= burst + rate * elapsed
    assert sum(granted) > burst, "the bucket must fill again"


@pytest.mark.redis
def test_the_shared_bucket_says_how_long_to_wait(redis_url: str) -> None:
    limiter, key = RedisLimiter(connect(redis_url)), uuid.uuid4().hex
    assert limiter.take(key, 5, 0.001, 5) == 0
    assert limiter.take(key, 2, 0.001, 5) == pytest.approx(2000, rel=0.01)
    with pytest.raises(InvalidInput):
        limiter.take(key, 6, 0.001, 5)


def test_without_redis_each_process_keeps_to_a_share_of_the_rate() -> None:
    backend = RedisBackend(f"redis://127.0.0.1:{free_port()}/0")
    try:
        assert not backend.reachable()
        burst = 50
        served = sum(backend.limiter.take("k", 1, 1e-6, burst) == 0 for _ in range(burst))
        assert served == burst * FALLBACK_SHARE
        assert backend.limiter.take("large", 40, 1.0, burst) == 0, "what is allowed at all must not wait for ever"
    finally:
        backend.close()
