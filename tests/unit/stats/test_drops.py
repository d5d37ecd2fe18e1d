"""A share that fell is found, chance is not, and a few events are no alarm."""

from __future__ import annotations

import time

import numpy as np
import pytest

from evaluator.stats.drops import LEAST, find_drop


def events(*runs: tuple[int, int]) -> np.ndarray:
    """Runs of (hits, events), the hits spread evenly over each."""
    return np.concatenate([np.diff(np.arange(n + 1) * hits // n) > 0 for hits, n in runs])


def test_the_moment_and_both_shares_are_found() -> None:
    drop = find_drop(events((171, 180), (2, 180)))
    assert drop is not None
    assert abs(drop.place - 180) <= 2
    assert (drop.later, drop.earlier) == (360 - drop.place, drop.place)
    assert drop.after <= 4
    assert drop.before >= 168


@pytest.mark.parametrize(
    "hits",
    [
        events((9, 10), (0, 9)),
        events((5, 9), (0, 30)),
        events((20, 100), (1, 10)),
        events((0, 500)),
        events((500, 500)),
        events((10, 200), (190, 200)),
        events((180, 200), (150, 200)),
        events((180, 200), (5, 100), (95, 100)),
        np.array([], dtype=bool),
    ],
)
def test_small_numbers_rises_and_recoveries_are_no_alarm(hits: np.ndarray) -> None:
    assert find_drop(hits) is None


def test_as_few_as_allowed_will_do_where_nothing_is_left() -> None:
    assert find_drop(events((95, 100), (0, LEAST))) is not None


def test_chance_is_hardly_ever_an_alarm() -> None:
    """4,000 events without any change, also where they come in threes and sixes."""
    rng = np.random.default_rng(7)
    alarms = 0
    for share in (0.1, 0.5, 0.9):
        for _ in range(100):
            for size in (1, 3, 6):
                alarms += find_drop(np.repeat(rng.random(4000 // size) < share, size)) is not None
    assert alarms <= 1


def test_many_events_take_little_time() -> None:
    hits = np.random.default_rng(1).random(200_000) < 0.5
    started = time.process_time()
    find_drop(hits)
    assert time.process_time() - started < 1.0
