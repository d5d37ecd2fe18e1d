"""Rates with intervals from cells: the one place where a number on a page, in a report or behind an alarm is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from evaluator.stats import codec, intervals
from evaluator.stats.cells import Bools, Cells, Floats, Ints, State
from evaluator.stats.linear import Linear, Parts, estimate

FEW_EVENTS = 5.0
"""Below this many effective events (or non-events) the interval is exact-type; chosen by simulation."""
LEVEL = 0.95
"""Nominal coverage of the intervals that are stored and shown."""
METHOD: Literal["raw"] = "raw"
VARIANCE: Literal["process"] = "process"
_INTS, _FLOATS = 7, 8
_KINDS: tuple[Literal["none", "exact", "logit"], ...] = ("none", "exact", "logit")


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
    method: Literal["raw"]
    variance: Literal["process"]
    """What the interval speaks about: the process that made the traffic, not only this window's traces."""
    interval: Literal["logit", "exact", "none"]
    effective: float
    """Effective sample size: so many independent, equally weighted verdicts would give the same interval; at most
    the number of scored units. 0 when nothing is scored."""
    clusters: int
    """Sessions, users or lone traces with a scored unit; where there are more than `groups.EXACT` of them, about so
    many."""
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
    """n rates as columns; see `Rate` for what each of them means."""

    floats: Floats
    """[n, 8] estimate (NaN when nothing is scored), low, high, effective, covered, worst_low, worst_high, traffic."""
    ints: Ints
    """[n, 7] settled, pending, scored, failed, skipped, clusters, and the kind of the interval."""
    level: float = LEVEL

    def __len__(self) -> int:
        return len(self.ints)

    def __getitem__(self, index: int) -> Rate:
        return next(iter(self.take(np.asarray([index]))))

    def __iter__(self) -> Iterator[Rate]:
        for (mean, low, high, effective, covered, worst_low, worst_high, traffic), counted in zip(
            self.floats.tolist(), self.ints.tolist(), strict=True
        ):
            settled, pending, scored, failed, skipped, clusters, kind = counted
            yield Rate(
                estimate=mean if scored else None, low=low, high=high, level=self.level, method=METHOD,
                variance=VARIANCE, interval=_KINDS[kind], effective=effective, clusters=clusters, covered=covered,
                worst_low=worst_low, worst_high=worst_high, traffic=traffic,
                counts=Counts(settled, pending + scored + failed + skipped, pending, scored, failed, skipped),
            )  # fmt: skip

    def take(self, index: npt.NDArray[np.intp]) -> Rates:
        """Those at `index`."""
        return Rates(self.floats[index], self.ints[index], self.level)

    def outcomes(self) -> tuple[int, int, int]:
        """How many units are scored, failed and skipped, in all of them together."""
        scored, failed, skipped = self.ints[:, 2:5].sum(axis=0).tolist()
        return scored, failed, skipped

    @classmethod
    def concat(cls, parts: Sequence[Rates]) -> Rates:
        """All of `parts` (of one level), one after the other."""
        floats = np.concatenate([np.empty((0, _FLOATS)), *(p.floats for p in parts)])
        ints = np.concatenate([np.empty((0, _INTS), dtype=np.int64), *(p.ints for p in parts)])
        return cls(floats, ints, parts[0].level if parts else LEVEL)

    def to_bytes(self, offsets: Ints) -> bytes:
        """Compact bytes of these rates with whole numbers `offsets` [n] beside them. The level is not kept."""
        return codec.pack(offsets, self.ints.T.ravel(), self.floats.T.ravel())

    @classmethod
    def from_bytes(cls, data: bytes) -> tuple[Ints, Rates]:
        """The offsets and the rates (of the level `LEVEL`) that `to_bytes` wrote.

        Raises ValueError for bytes that are torn, foreign or of another version.
        """
        offsets, ints, floats = codec.unpack(data, (np.int64, np.int64, np.float64))
        return offsets, cls(floats.reshape(_FLOATS, -1).T, ints.reshape(_INTS, -1).T)


def raw_rate(cells: Mapping[str, Cells], *, level: float = LEVEL) -> Rate:
    """The raw rate of bad from the cells of one window and slice, one for each stratum: `raw_rates` of one point."""
    every = Cells.concat([cells[name] for name in sorted(cells)])
    return raw_rates(every, np.zeros(len(every), dtype=np.intp), 1, level=level)[0]


def raw_rates(cells: Cells, point: npt.NDArray[np.intp], size: int, *, level: float = LEVEL) -> Rates:
    """The raw rates of bad of `size` points; cell i is a stratum of point `point`[i], and no two are the same one.

    Within a stratum the scored stand for the failed and the pending; skipped units are outside. Strata are joined
    by the weight of their applicable traffic: all selected weight times the applicable share of what is decided,
    so that neither a slow stratum nor one with many failures tilts the mix. Of a stratum without a scored unit
    nothing is known: the estimate speaks for the others, the interval allows it any rate. The estimate carries
    whatever bias the evaluator has. Raises ValueError for a `level` outside (0, 1).
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must lie in (0, 1), got {level}")
    parts = Parts.of(cells, point, size)
    fit = estimate(parts.take(parts.covered))
    counted = np.stack(
        [_total(point, column, size) for column in (cells.whole[:, 0], *cells.counts.T)], axis=1
    ).astype(np.int64)
    scored = counted[:, 1 + State.SCORED]
    some = scored > 0
    effective = np.where(fit.freedom > 0.0, fit.smooth * (1.0 - fit.smooth) / np.where(some, fit.variance, 1.0), 1.0)
    logit, low, high = _interval(fit, effective, scored, some, level)
    share = _covered(cells, point, parts)
    worst_low, worst_high = _worst(parts)
    mean = fit.estimate
    floats = np.stack(
        [
            np.where(some, mean, np.nan),
            np.where(some, np.minimum(low * share, mean), 0.0),
            np.where(some, np.maximum(1.0 - (1.0 - high) * share, mean), 1.0),
            np.where(some, np.minimum(effective, scored), 0.0),
            share,
            np.where(some, np.minimum(worst_low, mean), worst_low),
            np.where(some, np.maximum(worst_high, mean), worst_high),
            _total(point, cells.sums[:, 0], size),
        ],
        axis=1,
    )
    kind = np.where(some, np.where(logit, 2, 1), 0)
    return Rates(floats, np.column_stack([counted, np.where(some, fit.clusters, 0), kind]), level)


def _total(point: npt.NDArray[np.intp], values: npt.ArrayLike, size: int) -> Floats:
    return np.bincount(point, np.asarray(values, dtype=np.float64), size).astype(np.float64)


def _covered(cells: Cells, point: npt.NDArray[np.intp], parts: Parts) -> Floats:
    """Share of the applicable traffic in strata with a scored unit; one of which nothing was drawn counts whole."""
    undrawn = _total(point, np.where(cells.counts.sum(axis=1) == 0, cells.sums[:, 0], 0.0), parts.size)
    whole = parts.of_points(parts.weight) + undrawn
    known = parts.of_points(np.where(parts.covered, parts.weight, 0.0))
    return known / np.where(whole > 0, whole, 1.0)


def _interval(
    fit: Linear, effective: Floats, scored: Ints, some: Bools, level: float
) -> tuple[Bools, Floats, Floats]:
    """Whether the interval is of the logit kind, and its ends: never of width zero, within [0, 1], around the
    estimate. Below `FEW_EVENTS`, and for one cluster, it is exact-type."""
    mean, freedom, lone = fit.estimate, np.maximum(1.0, fit.freedom), fit.freedom <= 0.0
    logit = some & ~lone & (effective * np.minimum(mean, 1.0 - mean) >= FEW_EVENTS)
    low, high = np.zeros(mean.size), np.ones(mean.size)
    low[logit], high[logit] = intervals.logit(mean[logit], fit.variance[logit], freedom[logit], level)
    few = some & ~logit
    whole = intervals.quantile(np.maximum(1.0, scored[few] - 1.0), level)
    size = np.minimum(effective, scored)[few] * (whole / intervals.quantile(freedom[few], level)) ** 2
    low[few], high[few] = intervals.exact(mean[few], np.where(lone[few], 1.0, size), level)
    return logit, low, high


def _worst(parts: Parts) -> tuple[Floats, Floats]:
    """The means with all failed good and with all failed bad; strata that are only pending are not in yet."""
    scored, failed = parts.cells.weight[:, State.SCORED], parts.cells.weight[:, State.FAILED]
    known = scored + failed
    weight = np.where(known > 0.0, parts.weight, 0.0) / np.where(known > 0.0, known, 1.0)
    total = parts.of_points(weight * known)
    bad = parts.cells.sums[:, 1]
    divisor = np.where(total > 0.0, total, 1.0)
    low, high = parts.of_points(weight * bad) / divisor, parts.of_points(weight * (bad + failed)) / divisor
    return np.where(total > 0.0, low, 0.0), np.where(total > 0.0, np.minimum(1.0, high), 1.0)
