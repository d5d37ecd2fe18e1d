"""No project takes the places that others need, however many requests it sends and however long they read."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from sqlalchemy import text

from evaluator.core.errors import FaithlineError, TooLong, TooManyRequests, Unavailable
from evaluator.pipeline.access import places as module
from evaluator.pipeline.access.places import OF_ALL, OF_ONE, SPARE, WAITING, Places
from evaluator.store.store import Store
from tests.support.databases import FOREVER


def told(call: Callable[[], object]) -> type[Exception] | None:
    try:
        call()
    except FaithlineError as error:
        return type(error)
    return None


def test_a_project_that_searches_all_the_time_keeps_nobody_from_reading(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READ_SECONDS", 2.0)
    places = Places(store)

    def search() -> None:
        with places.read("greedy") as unit:
            unit.connection.execute(text(FOREVER[unit.connection.dialect.name]))

    with ThreadPoolExecutor(20) as pool:
        searches = [pool.submit(told, search) for _ in range(20)]
        for _ in range(20):
            with places.read("modest") as unit:
                assert unit.connection.execute(text("SELECT 1")).scalar_one() == 1
        with store.read() as unit:
            assert unit.projects.all() == []
        assert not all(s.done() for s in searches)
        ends = [s.result(timeout=60) for s in searches]
    assert ends.count(TooManyRequests) >= 20 - OF_ONE - WAITING
    assert ends.count(TooLong) >= OF_ONE
    assert set(ends) == {TooManyRequests, TooLong}


def test_places_run_out_for_whoever_has_some_before_they_do_for_others(sqlite_url: str) -> None:
    store = Store(sqlite_url)
    places = Places(store)
    with ExitStack() as taken:
        for project in ("a", "a", "a", "b"):
            taken.enter_context(places.take(project))
        assert not places._is_free("a")
        assert not places._is_free("b")  # `OF_ALL` are served
        for project in map(str, range(SPARE)):
            taken.enter_context(places.take(project))
        assert not places._is_free("c")
    assert OF_ALL + SPARE < 8  # connections that read
    assert places._is_free("a")
    assert not places._served
    store.close()


def test_who_waits_gets_the_next_place_and_not_too_many_wait(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(sqlite_url)
    places = Places(store)
    leave = threading.Event()

    def hold(project: str) -> None:
        with places.take(project):
            leave.wait(60)

    def until(condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < end
            time.sleep(0.005)

    with ThreadPoolExecutor(40) as pool:
        held = [pool.submit(hold, "a") for _ in range(OF_ONE)]
        until(lambda: places._served["a"] == OF_ONE)
        waiting = [pool.submit(told, lambda: hold("a")) for _ in range(WAITING)]
        until(lambda: places._waiting["a"] == WAITING)
        assert told(lambda: hold("a")) is TooManyRequests
        monkeypatch.setattr(module, "ALL_WAITING", WAITING)
        held += [pool.submit(hold, name) for name in ("b", "c", "d")]
        until(lambda: places._served.total() == OF_ALL + SPARE)
        assert told(lambda: hold("e")) is Unavailable
        leave.set()
        assert [w.result(timeout=60) for w in waiting] == [None] * WAITING
        [h.result(timeout=60) for h in held]
    assert not places._served
    assert not places._waiting
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    with places.take("a"), places.take("a"), places.take("a"):
        assert told(lambda: hold("a")) is TooManyRequests
    with ExitStack() as taken:
        for project in ("a", "a", "a", "b", "c", "d"):
            taken.enter_context(places.take(project))
        assert [told(lambda p=p: hold(p)) for p in ("a", "b", "e")] == [TooManyRequests, Unavailable, Unavailable]  # type: ignore[misc]
    store.close()
