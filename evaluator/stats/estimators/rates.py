"""Rates of bad with intervals, as every estimator gives them back: many as columns, or one by one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from evaluator.stats import codec
from evaluator.stats.columns import Bools, Column, Floats, Index, Ints, Table

LEVEL = 0.95
"""Nominal coverage of an interval unless another is asked for."""
ENOUGH, ENOUGH_COVERED = 30, 0.5
"""Labels (or scores), and share of the traffic, from which on a rate is something to act on."""
KINDS = ("none", "exact", "logit", "beta")
"""The kinds of intervals of rates that are stored, by the number that stands for each there; *exact* and *logit* are
of rates that an earlier release stored."""


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
    """The kind of the interval: ``beta``, or what else an estimator has; ``none`` is [0, 1]."""
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
    labels: int = 0
    """Units that a person has judged, of those that the estimate uses."""
    effective_labels: float = 0.0
    """So many labels of a uniform sample, by themselves, would give as small a variance; 0 where none is used."""
    gain: float | None = None
    """Effective labels per label: above 1 the evaluator helps; below 1 the design costs more. None without labels."""
    enough: bool = False
    """Whether there is enough behind it to act on. It looks at counts only, never at what was found."""


class RateCounts(Table[np.int64]):
    """The whole numbers of each rate; see `Rate` and `Counts`."""

    settled = Column[np.int64]()
    pending = Column[np.int64]()
    scored = Column[np.int64]()
    failed = Column[np.int64]()
    skipped = Column[np.int64]()
    clusters = Column[np.int64]()
    interval = Column[np.int64]()
    """The place of its kind in `Rates.intervals`."""


class RateNumbers(Table[np.float64]):
    """The other numbers of each rate; see `Rate`."""

    estimate = Column[np.float64]()
    """NaN when nothing is scored."""
    low = Column[np.float64]()
    high = Column[np.float64]()
    effective = Column[np.float64]()
    covered = Column[np.float64]()
    worst_low = Column[np.float64]()
    worst_high = Column[np.float64]()
    traffic = Column[np.float64]()


class ReviewNumbers(Table[np.float64]):
    """What labels add to each rate; see `Rate`."""

    labels = Column[np.float64]()
    effective = Column[np.float64]()


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """n rates of one estimator."""

    counts: RateCounts
    numbers: RateNumbers
    method: str
    level: float = LEVEL
    variance: str = "process"
    intervals: tuple[str, ...] = field(kw_only=True)
    """The kinds of intervals that there are."""
    review: ReviewNumbers | None = None
    """None of an estimator that uses no labels."""

    def __len__(self) -> int:
        return len(self.counts)

    def __getitem__(self, index: int) -> Rate:
        return next(iter(self.take(np.asarray([index]))))

    def __iter__(self) -> Iterator[Rate]:
        counts, numbers = self.counts, self.numbers
        reals = zip(
            numbers.estimate.tolist(), numbers.low.tolist(), numbers.high.tolist(), numbers.effective.tolist(),
            numbers.covered.tolist(), numbers.worst_low.tolist(), numbers.worst_high.tolist(),
            numbers.traffic.tolist(), strict=True,
        )  # fmt: skip
        wholes = zip(
            counts.clusters.tolist(), counts.interval.tolist(), counts.settled.tolist(), self.selected.tolist(),
            counts.pending.tolist(), counts.scored.tolist(), counts.failed.tolist(), counts.skipped.tolist(),
            strict=True,
        )  # fmt: skip
        labelled = zip(self.labels.tolist(), self.effective_labels.tolist(), self.enough.tolist(), strict=True)
        for (estimate, low, high, effective, covered, worst_low, worst_high, traffic), whole, people in zip(
            reals, wholes, labelled, strict=True
        ):
            labels, effective_labels, enough = people
            clusters, kind, settled, selected, pending, scored, failed, skipped = whole
            yield Rate(
                estimate=None if math.isnan(estimate) else estimate, low=low, high=high, level=self.level,
                method=self.method, variance=self.variance, interval=self.intervals[kind], effective=effective,
                clusters=clusters, covered=covered, worst_low=worst_low, worst_high=worst_high, traffic=traffic,
                counts=Counts(settled, selected, pending, scored, failed, skipped), labels=int(labels),
                effective_labels=effective_labels, gain=effective_labels / labels if labels else None, enough=enough,
            )  # fmt: skip

    @property
    def selected(self) -> Ints:
        """[n] selected units."""
        counts = self.counts
        return counts.pending + counts.scored + counts.failed + counts.skipped

    @property
    def labels(self) -> Floats:
        """[n] labels behind each."""
        return np.zeros(len(self)) if self.review is None else self.review.labels

    @property
    def effective_labels(self) -> Floats:
        """[n] as in `Rate`."""
        return np.zeros(len(self)) if self.review is None else self.review.effective

    @property
    def enough(self) -> Bools:
        """[n] whether at least `ENOUGH` are labelled (or scored, where no labels are used) and half is covered."""
        counted = self.counts.scored if self.review is None else self.review.labels
        return (counted >= ENOUGH) & (self.numbers.covered >= ENOUGH_COVERED)

    def take(self, index: Index) -> Rates:
        """Those at `index`."""
        review = None if self.review is None else self.review.take(index)
        return replace(self, counts=self.counts.take(index), numbers=self.numbers.take(index), review=review)

    def outcomes(self) -> tuple[int, int, int]:
        """How many units are scored, failed and skipped, in all of them together."""
        counts = self.counts
        return int(counts.scored.sum()), int(counts.failed.sum()), int(counts.skipped.sum())

    @classmethod
    def none(cls, method: str) -> Rates:
        """No rates."""
        counts = RateCounts(np.zeros((0, RateCounts.width), dtype=np.int64))
        return cls(counts, RateNumbers(np.zeros((0, RateNumbers.width))), method, intervals=KINDS)

    @classmethod
    def concat(cls, parts: Sequence[Rates]) -> Rates:
        """All of `parts` (at least one, of one method and level), one after the other."""
        counts = RateCounts.concat([part.counts for part in parts])
        numbers = RateNumbers.concat([part.numbers for part in parts])
        reviews = [part.review for part in parts if part.review is not None]
        review = ReviewNumbers.concat(reviews) if reviews else None
        return replace(parts[0], counts=counts, numbers=numbers, review=review)

    def to_bytes(self, offsets: Ints) -> bytes:
        """Compact bytes of these rates with whole numbers `offsets` [n] beside them. What is the same of all rates
        (method, level, variance) is not kept."""
        return codec.pack(offsets, self.counts.numbers.T.ravel(), self.numbers.numbers.T.ravel())

    @classmethod
    def from_bytes(cls, data: bytes, method: str) -> tuple[Ints, Rates]:
        """The offsets and the rates that `to_bytes` wrote, of this `method`, the level `LEVEL` and the `KINDS`.

        Raises ValueError for bytes that are torn, foreign or of another version.
        """
        offsets, counts, numbers = codec.unpack(data, (np.int64, np.int64, np.float64))
        counted = RateCounts(counts.reshape(RateCounts.width, -1).T)
        return offsets, cls(counted, RateNumbers(numbers.reshape(RateNumbers.width, -1).T), method, intervals=KINDS)
