"""Rates with intervals from cells: the one place where a number on a page, in a report or behind an alarm is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evaluator.stats import intervals
from evaluator.stats.cells import Cell, State
from evaluator.stats.linear import Linear, Part, estimate, parts_of

FEW_EVENTS = 5.0
"""Below this many effective events (or non-events) the interval is exact-type; chosen by simulation."""


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
    """Sessions, users or lone traces with a scored unit."""
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


def raw_rate(cells: Mapping[str, Cell], *, level: float = 0.95) -> Rate:
    """The raw rate of bad from the cells of one window and slice, one for each stratum.

    Within a stratum the scored stand for the failed and the pending; skipped units are outside. Strata are joined
    by the weight of their applicable traffic: all selected weight times the applicable share of what is decided,
    so that neither a slow stratum nor one with many failures tilts the mix. Of a stratum without a scored unit
    nothing is known: the estimate speaks for the others, the interval allows it any rate. The estimate carries
    whatever bias the evaluator has. Raises ValueError for a `level` outside (0, 1).
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must lie in (0, 1), got {level}")
    parts = parts_of(cells)
    covered = [p for p in parts if p.covered]
    counts = _counts(cells)
    worst_low, worst_high = _worst(parts)
    traffic = float(sum(c.settled_weight for c in cells.values()))
    if not covered:
        return Rate(
            estimate=None, low=0.0, high=1.0, level=level, method="raw", variance="process", interval="none",
            effective=0.0, clusters=0, covered=0.0, worst_low=worst_low, worst_high=worst_high,
            traffic=traffic, counts=counts,
        )  # fmt: skip
    fit = estimate(covered)
    effective = _effective(fit)
    kind, low, high = _interval(fit, effective, counts.scored, level)
    share = _covered(cells, parts)
    return Rate(
        estimate=fit.estimate, low=min(low * share, fit.estimate),
        high=max(1.0 - (1.0 - high) * share, fit.estimate), level=level, method="raw", variance="process",
        interval=kind, effective=min(effective, counts.scored), clusters=fit.clusters, covered=share,
        worst_low=min(worst_low, fit.estimate), worst_high=max(worst_high, fit.estimate),
        traffic=traffic, counts=counts,
    )  # fmt: skip


def _covered(cells: Mapping[str, Cell], parts: Sequence[Part]) -> float:
    """Share of the applicable traffic in strata with a scored unit; one of which nothing was drawn counts whole."""
    undrawn = sum(c.settled_weight for c in cells.values() if c.selected == 0)
    return sum(p.weight for p in parts if p.covered) / (sum(p.weight for p in parts) + undrawn)


def _effective(fit: Linear) -> float:
    """Independent verdicts with the variance of `fit`, 1 for one cluster; scores that spread less count for more."""
    if fit.freedom <= 0.0:
        return 1.0
    return fit.smooth * (1.0 - fit.smooth) / fit.variance


def _interval(
    fit: Linear, effective: float, scored: int, level: float
) -> tuple[Literal["logit", "exact"], float, float]:
    """The interval of `fit` and its kind: never of width zero, within [0, 1], around the estimate."""
    if fit.freedom <= 0.0:
        return "exact", *intervals.exact(fit.estimate, 1.0, level)
    freedom = max(1.0, fit.freedom)
    if effective * min(fit.estimate, 1.0 - fit.estimate) >= FEW_EVENTS:
        return "logit", *intervals.logit(fit.estimate, fit.variance, freedom, level)
    whole = intervals.quantile(max(1.0, scored - 1.0), level)
    size = min(effective, float(scored)) * (whole / intervals.quantile(freedom, level)) ** 2
    return "exact", *intervals.exact(fit.estimate, size, level)


def _worst(parts: Sequence[Part]) -> tuple[float, float]:
    """The mean with all failed good and with all failed bad; strata that are only pending are not in yet."""
    total = low = high = 0.0
    for part in parts:
        scored, failed = float(part.cell.weight[State.SCORED]), float(part.cell.weight[State.FAILED])
        if scored + failed <= 0.0:
            continue
        total += part.weight
        low += part.weight * part.cell.bad / (scored + failed)
        high += part.weight * (part.cell.bad + failed) / (scored + failed)
    return (low / total, min(1.0, high / total)) if total > 0.0 else (0.0, 1.0)


def _counts(cells: Mapping[str, Cell]) -> Counts:
    pending, scored, failed, skipped = (int(sum(c.counts[s] for c in cells.values())) for s in range(4))
    settled, selected = (sum(c.settled for c in cells.values()), sum(c.selected for c in cells.values()))
    return Counts(settled, selected, pending, scored, failed, skipped)
