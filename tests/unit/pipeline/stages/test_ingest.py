"""Group commit: many requests share one, each gets its own answer, and what was acknowledged is on the disk."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest

from evaluator.core.errors import InvalidInput, Unavailable
from evaluator.core.ports import NoHints
from evaluator.core.trace import Part
from evaluator.ingest.native import traces as native
from evaluator.pipeline.stages import ingest
from evaluator.pipeline.stages.ingest import Intake
from evaluator.store.store import Store
from tests.support import ROOT
from tests.support.house import PROJECT, QUIET, TurnedClock, parts, read


@dataclass(frozen=True, eq=False)
class Sized:
    """What was made of a body of so many bytes."""

    parts: list[Part]
    size: int


def stored(store: Store) -> int:
    with store.read() as unit:
        return sum(unit.of(PROJECT).traces.counts().values())


@pytest.fixture
def groups(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The size in parts of every commit."""
    sizes: list[int] = []
    original = ingest.store_parts

    def counting(store: Store, found: Sequence[Part], *rest: Any) -> int:
        sizes.append(len(found))
        return original(store, found, *rest)

    monkeypatch.setattr(ingest, "store_parts", counting)
    return sizes


def test_requests_that_wait_share_a_commit(store: Store, groups: list[int]) -> None:
    intake = Intake(store, TurnedClock(), QUIET, NoHints())
    with store.write():  # nobody else can commit meanwhile on SQLite; on PostgreSQL it goes on
        futures = [intake.submit(read(n)) for n in range(20)]
    assert [len(f.result(timeout=60).parts) for f in futures] == [1] * 20
    intake.close()
    assert stored(store) == 20
    assert sum(groups) == 20
    if store.url.startswith("sqlite"):
        assert len(groups) < 20


def test_a_request_that_can_not_be_written_fails_alone(store: Store) -> None:
    intake = Intake(store, TurnedClock(), QUIET, NoHints())
    (bad,) = parts(99)
    bad = replace(bad, body={"unwritable": object()})
    with store.write():
        futures = [intake.submit(found) for found in (read(1), lambda: native.Parsed([bad], []), read(2))]
    assert [len(futures[n].result(timeout=60).parts) for n in (0, 2)] == [1, 1]
    assert isinstance(futures[1].exception(timeout=60), Exception)
    intake.close()
    assert stored(store) == 2


def test_what_can_not_be_read_or_is_no_longer_wanted_harms_nobody(store: Store) -> None:
    intake = Intake(store, TurnedClock(), QUIET, NoHints())
    turn = threading.Event()

    def slow() -> native.Parsed:
        assert turn.wait(60)
        return read(1)()

    def damaged() -> native.Parsed:
        raise InvalidInput("body", "is damaged")

    first, bad, dropped, last = (intake.submit(found) for found in (slow, damaged, read(2), read(3)))
    assert dropped.cancel()
    turn.set()
    assert first.result(timeout=60).parts == parts(1)
    assert last.result(timeout=60).parts == parts(3)
    assert isinstance(bad.exception(timeout=60), InvalidInput)
    intake.close()
    assert stored(store) == 2


def test_what_unpacks_to_much_is_written_before_more_is_read(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A packed body is small until it is read: what a group holds is counted again then."""
    monkeypatch.setattr(ingest, "MAX_GROUP", 100)
    turn = threading.Event()
    held: list[int] = []
    alive: weakref.WeakSet[Sized] = weakref.WeakSet()

    def unpacked(number: int) -> Sized:
        assert turn.wait(60)
        found = Sized(parts(number), 60)
        alive.add(found)
        held.append(len(alive))
        return found

    store = Store(sqlite_url)
    intake = Intake(store, TurnedClock(), QUIET, NoHints())
    # Those who wait for the answer let go of it.
    done = [threading.Event() for _ in range(12)]
    for number, event in enumerate(done):
        intake.submit(partial(unpacked, number), 1).add_done_callback(lambda _, event=event: event.set())
    turn.set()
    assert all(event.wait(60) for event in done)
    intake.close()
    assert stored(store) == 12
    assert max(held) == 2
    store.close()


def test_what_waits_is_bounded(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "MAX_WAITING", 10)
    blocked = threading.Event()
    monkeypatch.setattr(ingest, "store_parts", lambda *_: blocked.wait(30))
    store = Store(sqlite_url)
    intake = Intake(store, TurnedClock(), QUIET, NoHints())
    with pytest.raises(Unavailable) as refused:
        [intake.submit(read(n)) for n in range(50)]
    assert refused.value.retry_after > 0
    blocked.set()
    intake.close()
    with pytest.raises(Unavailable, match="shutting down"):
        intake.submit(read(1))
    store.close()


CHILD = """
import os, sys
from evaluator.core.ports import NoHints
from evaluator.pipeline.stages.ingest import Intake
from evaluator.store.store import Store
from tests.support.house import QUIET, TurnedClock, read
intake = Intake(Store(sys.argv[1]), TurnedClock(), QUIET, NoHints())
for n in range(1000):
    intake.submit(read(n)).result()
    print(n, flush=True)
"""


def test_acknowledged_traces_survive_a_kill(sqlite_url: str) -> None:
    process = subprocess.Popen([sys.executable, "-c", CHILD, sqlite_url], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    acknowledged = -1
    for line in process.stdout:
        acknowledged = int(line)
        if acknowledged >= 25:
            process.send_signal(signal.SIGKILL)
            break
    rest = process.stdout.read().split()
    acknowledged = int(rest[-1]) if rest else acknowledged
    process.wait(timeout=30)
    store = Store(sqlite_url)
    with store.read() as unit:
        assert all(unit.of(PROJECT).views.trace(f"t{n}") for n in range(acknowledged + 1))
    store.close()
