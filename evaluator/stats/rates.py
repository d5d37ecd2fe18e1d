"""Rates of bad with intervals, as every estimator gives them back: many as columns, or one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluator.stats import codec, columns
from evaluator.stats.columns import Ints, Places, Table, named, plain, width

LEVEL = 0.95
"""Nominal coverage of an interval unless another is asked for."""
WHOLE = ("settled", "pending", "scored", "failed", "skipped", "clusters", "interval")
REAL = ("estimate", "low", "high", "effective", "covered", "worst_low", "worst_high", "traffic")
RATE = np.dtype([(name, np.int64) for name in WHOLE] + [(name, np.float64) for name in REAL])
"""One rate as a row; see `Rate` for what the columns mean. `estimate` is NaN where nothing is known, `interval` the
place of its kind in `Rates.intervals`."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Units behind a rate; settled >= selected = pending + scored + failed + skipped."""

    settled: int
    selected: int
    pending: int
    scored: int
    failed: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Rate:
    """An estimated share of bad among the applicable settled traffic, with its interval. All rates in [0, 1]."""

    estimate: float | None
    """None when nothing is scored."""
    low: float
    high: float
    level: float
    """Nominal coverage of [low, high], in (0, 1)."""
    method: str
    """The name of the estimator."""
    variance: str
    """What the interval speaks about: ``process`` is the process that made the traffic, not only these units."""
    interval: str
    """The kind of the interval: ``logit`` or ``exact``, or what else an estimator has; ``none`` is [0, 1]."""
    effective: float
    """Effective sample size: so many independent, equally weighted verdicts would give the same interval; at most
    the number of scored units. 0 when nothing is scored."""
    clusters: int
    """Clusters (a unit that stands alone is one) with a scored unit; where there are more than `groups.EXACT` of
    them, about so many."""
    covered: float
    """Share of the applicable traffic that lies in strata with a scored unit; 0 when nothing is scored. What is
    missing widens the interval: those strata may be all good or all bad."""
    worst_low: float
    """The estimate if every failed unit were good."""
    worst_high: float
    """The estimate if every failed unit were bad."""
    traffic: float
    """Units of traffic that the settled stand for, given the sender's own sampling; >= settled."""
    counts: Counts


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """n rates of one estimator."""

    columns: Table
    """[n] `RATE`."""
    method: str
    level: float = LEVEL
    variance: str = "process"
    intervals: tuple[str, ...] = ("none", "exact", "logit")
    """The kinds of intervals that there are."""

    def __len__(self) -> int:
        return len(self.columns)

    def __getitem__(self, index: int) -> Rate:
        return next(iter(self.take(np.asarray([index]))))

    def __iter__(self) -> Iterator[Rate]:
        for values in self.columns.tolist():
            row = dict(zip(WHOLE + REAL, values, strict=True))
            units = {name: row.pop(name) for name in ("settled", "pending", "scored", "failed", "skipped")}
            estimate, kind = row.pop("estimate"), row.pop("interval")
            selected = units["pending"] + units["scored"] + units["failed"] + units["skipped"]
            yield Rate(
                estimate=None if np.isnan(estimate) else estimate, interval=self.intervals[kind], level=self.level,
                method=self.method, variance=self.variance, counts=Counts(selected=selected, **units), **row,
            )  # fmt: skip

    @property
    def selected(self) -> Ints:
        """[n] selected units."""
        pending, scored, failed, skipped = (self.columns[name] for name in ("pending", "scored", "failed", "skipped"))
        return pending + scored + failed + skipped

    def take(self, index: Places) -> Rates:
        """Those at `index`."""
        return replace(self, columns=self.columns.take(index))

    def outcomes(self) -> tuple[int, int, int]:
        """How many units are scored, failed and skipped, in all of them together."""
        scored, failed, skipped = (int(self.columns[name].sum()) for name in ("scored", "failed", "skipped"))
        return scored, failed, skipped

    @classmethod
    def none(cls, method: str) -> Rates:
        """No rates."""
        return cls(np.zeros(0, dtype=RATE), method)

    @classmethod
    def concat(cls, parts: Sequence[Rates]) -> Rates:
        """All of `parts` (at least one, of one method and level), one after the other."""
        return replace(parts[0], columns=columns.concat([part.columns for part in parts]))

    def to_bytes(self, offsets: Ints) -> bytes:
        """Compact bytes of these rates with whole numbers `offsets` [n] beside them. What is the same of all rates
        (method, level, variance) is not kept."""
        numbers = plain(self.columns, np.uint64)
        return codec.pack(offsets, numbers[:, : len(WHOLE)].T.ravel(), numbers[:, len(WHOLE) :].T.ravel())

    @classmethod
    def from_bytes(cls, data: bytes, method: str) -> tuple[Ints, Rates]:
        """The offsets and the rates that `to_bytes` wrote, which are of this `method` and of the level `LEVEL`.

        Raises ValueError for bytes that are torn, foreign or of another version.
        """
        offsets, whole, real = codec.unpack(data, (np.int64, np.uint64, np.uint64))
        numbers = np.concatenate([whole, real]).reshape(width(RATE), -1)
        return offsets, cls(named(numbers.T, RATE), method)
