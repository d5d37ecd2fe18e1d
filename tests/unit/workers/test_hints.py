"""Hints: without payload, few, never in anybody's way, and dispensable."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from bench.servers import free_port
from bench.servers.redis import Redis
from evaluator.pipeline.schedule import SCHEDULE, SCORE, SETTLE
from workers.application import make_app
from workers.backend import RedisBackend
from workers.beat import HintScheduler, beat_schedule
from workers.broker import connect
from workers.hints import MAX_QUEUED, PREFIX
from workers.lifecycle import check_pool

pytestmark = pytest.mark.redis


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    server = Redis(tmp_path / "redis", [])
    server.start()
    yield server
    server.kill()


@pytest.fixture
def backend(redis: Redis) -> Iterator[RedisBackend]:
    opened = RedisBackend(redis.url)
    yield opened
    opened.close()


def wait_for(condition: Any) -> None:
    """Until `condition()`; the test's timeout ends it."""
    pause = threading.Event()
    while not condition():
        pause.wait(0.02)


def test_a_hint_carries_nothing_and_is_sent_once(redis: Redis, backend: RedisBackend) -> None:
    client = connect(redis.url)
    for _ in range(200):
        backend.hints.wake(SCORE)
    wait_for(lambda: client.llen("score"))
    backend.hints.wake(SETTLE)  # goes the same way, later: the first ones have been dealt with when it is there
    wait_for(lambda: client.llen("control"))
    assert client.llen("score") == 1
    message = json.loads(client.lindex("score", 0))  # type: ignore[arg-type]
    assert json.loads(base64.b64decode(message["body"]))[:2] == [[], {}]
    backend.sender.taken(SCORE)
    backend.hints.wake(SCORE)
    wait_for(lambda: client.llen("score") == 2)


def test_a_queue_that_nobody_reads_stays_short(redis: Redis, backend: RedisBackend) -> None:
    client = connect(redis.url)
    for _ in range(3 * MAX_QUEUED):
        client.delete(PREFIX + SCORE)
        backend.hints.wake(SCORE)
        backend.hints.wake(SETTLE)
        wait_for(lambda: client.llen("control"))
        client.delete("control", PREFIX + SETTLE)
    assert client.llen("score") == MAX_QUEUED


def test_a_hint_outlives_a_redis_that_is_away(redis: Redis, backend: RedisBackend) -> None:
    redis.kill()
    backend.hints.wake(SCORE)
    wait_for(lambda: backend.lost_hints)
    assert not backend.reachable()
    redis.start(empty=True)
    client = connect(redis.url)
    wait_for(lambda: client.llen("score"))


def test_beat_wakes_what_the_table_says_and_never_speaks_to_the_broker() -> None:
    class Noted:
        def __init__(self) -> None:
            self.stages: list[str] = []

        def wake(self, stage: str) -> None:
            self.stages.append(stage)

    app: Celery = make_app(f"redis://127.0.0.1:{free_port()}/0")
    app.conf.beat_schedule = beat_schedule()
    scheduler = HintScheduler(app)
    scheduler.hints = noted = Noted()
    for entry in scheduler.schedule.values():
        entry.last_run_at = entry.default_now().replace(year=2000)
    for _ in SCHEDULE:
        scheduler.tick()
    assert sorted(noted.stages) == sorted(e.stage for e in SCHEDULE)


@pytest.mark.parametrize(
    ("pool", "queues", "remedy"),
    [
        ("prefork", {"score"}, "--pool=solo"),
        ("threads", {"score", "judge"}, "--pool=solo"),
        ("gevent", {"judge"}, "threads"),
    ],
)
def test_pools_that_fork_or_share_a_model_are_refused(pool: str, queues: set[str], remedy: str) -> None:
    with pytest.raises(Exception, match=remedy):
        check_pool(pool, queues)
    check_pool("solo", queues)
