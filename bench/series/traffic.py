"""Traffic for the bench of series: a year and more of scores with daily and weekly tides, sessions and strata."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product

import numpy as np
import numpy.typing as npt

from evaluator.core.slicing import SliceValues
from evaluator.pipeline.series.cube import Cube
from evaluator.stats.units import State

FIRST = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 400
MINUTES = 1440
VALUES = {
    "model": (("large", 0.6), ("small", 0.3), ("tiny", 0.1)),
    "prompt_version": (("v1", 0.4), ("v2", 0.3), ("v3", 0.2), ("v4", 0.1)),
    "environment": (("production", 0.9), ("staging", 0.1)),
    "service": (("chat", 0.6), ("search", 0.3), ("mail", 0.1)),
}
"""The values of each dimension and their shares of the traffic."""
STRATA = (("errors", 0.05, 1.0, 0.3), ("long", 0.25, 0.95, 0.12), ("rest", 0.7, 0.9, 0.06))
"""Name, share of the traffic, probability of selection, share of bad. Most is drawn, as it is scores that count."""
USERS, LOYAL = 1_000, 0.15
"""Long-lived users, and their share of the traffic; the rest comes in sessions of three traces on average."""
STATES = ((State.SCORED, 0.95), (State.FAILED, 0.03), (State.SKIPPED, 0.02))
SCORED = sum(share * rate for _, share, rate, _ in STRATA) * STATES[0][1]
"""Share of the traces that end up with a score."""

Column = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


def labels() -> tuple[list[SliceValues], Column]:
    """Every combination of values and stratum, and its share of the traffic."""
    columns = [*VALUES.values(), tuple((name, share) for name, share, *_ in STRATA)]
    found = list(product(*columns))
    return [tuple(v for v, _ in pairs) for pairs in found], np.asarray([np.prod([s for _, s in p]) for p in found])


@dataclass(frozen=True)
class Day:
    """The traces of one day, all [n]."""

    start: datetime
    minute: Whole
    label: Whole
    state: Whole
    bad: Column
    probability: Column
    cluster: npt.NDArray[np.uint64]

    def cube(self) -> Cube:
        """Their cells by minute."""
        starts = [self.start + timedelta(minutes=m) for m in range(MINUTES)]
        ones = np.ones(self.bad.size)
        return Cube.of(
            starts, labels()[0], self.minute, self.label, weight=1 / self.probability, bad=self.bad,
            state=self.state, cluster=self.cluster, upstream=ones,
        )  # fmt: skip

    @property
    def scored(self) -> int:
        return int((self.state == State.SCORED).sum())


def days(scores: int, seed: int = 1) -> Iterator[Day]:
    """`DAYS` days with about `scores` scores in all."""
    rng = np.random.default_rng(seed)
    weekday = np.asarray([1.2, 1.2, 1.2, 1.2, 1.1, 0.6, 0.5])
    hour = 1 + 0.8 * np.sin((np.arange(MINUTES) / MINUTES - 0.3) * 2 * np.pi)
    for number in range(DAYS):
        start = FIRST + timedelta(days=number)
        size = rng.poisson(scores / SCORED / DAYS * weekday[start.weekday()] / weekday.mean())
        yield _day(rng, start, int(size), hour / hour.sum())


def _day(rng: np.random.Generator, start: datetime, size: int, tide: Column) -> Day:
    sessions = max(1, round(size * (1 - LOYAL) / 3))
    share = labels()[1]
    plain = share.reshape(-1, len(STRATA)).sum(axis=1)
    session = np.where(rng.random(size) < LOYAL, -1 - rng.integers(0, USERS, size), rng.integers(0, sessions, size))
    keys = rng.integers(1, 2**62, sessions, dtype=np.uint64)
    users = np.random.default_rng(0).integers(1, 2**62, USERS, dtype=np.uint64)
    cluster = np.where(session < 0, users[np.maximum(-1 - session, 0)], keys[np.maximum(session, 0)])
    begins, combination = (
        rng.choice(MINUTES, sessions, p=tide),
        rng.choice(plain.size, sessions, p=plain / plain.sum()),
    )
    loyal, own = session < 0, np.maximum(session, 0)
    minute = np.where(loyal, rng.choice(MINUTES, size, p=tide), begins[own] + rng.geometric(0.3, size))
    which = np.where(loyal, rng.choice(plain.size, size, p=plain / plain.sum()), combination[own])
    stratum = rng.choice(len(STRATA), size, p=[s for _, s, _, _ in STRATA])
    lean = np.random.default_rng(int(start.timestamp())).beta(2, 2, sessions + 1)[np.where(loyal, -1, session)]
    drawn, bad = (np.asarray([row[i] for row in STRATA], dtype=np.float64)[stratum] for i in (2, 3))
    state = rng.choice([s for s, _ in STATES], size, p=[p for _, p in STATES])
    return Day(
        start, np.minimum(minute, MINUTES - 1), which * len(STRATA) + stratum,
        np.where(rng.random(size) < drawn, state, State.UNSELECTED).astype(np.int64),
        (rng.random(size) < bad * 2 * lean).astype(np.float64), drawn, cluster,
    )  # fmt: skip
