"""Reads quality-score time series: the one function behind the API, the pages and the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from evaluator.core.errors import InvalidInput
from evaluator.core.rule import REST
from evaluator.core.slicing import SLICE_DIMENSIONS
from evaluator.core.unknown import unknown
from evaluator.pipeline.catalog.rules import NO_RULES
from evaluator.pipeline.series.buckets import STORED, Grain, ends_of, floor, following
from evaluator.pipeline.series.read_slices import SliceReader
from evaluator.pipeline.series.write_slices import KEPT
from evaluator.stats.estimator import Estimator
from evaluator.stats.rates import Rate, Rates
from evaluator.stats.registry import ESTIMATORS
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.store import ProjectUnit, Unit

log = structlog.get_logger()

DEFAULT_DAYS = 7
MAX_POINTS = 20_000
SLICES = SLICE_DIMENSIONS
DEFAULT_METHOD = KEPT.name
_NAMED = ("evaluator", "criterion", "rule", "fingerprint")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesQuery:
    """Which series, over which time, how fine, and by which of `ESTIMATORS`. `start` and `end` are UTC; left out, the
    last days with data."""

    evaluator: str | None = None
    criterion: str | None = None
    rule: str | None = None
    fingerprint: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    grain: Grain = Grain.DAY
    slice: Mapping[str, str] = field(default_factory=dict)
    method: str = DEFAULT_METHOD


@dataclass(frozen=True, slots=True)
class Point:
    """The rate of one bucket [start, end)."""

    start: datetime
    end: datetime
    rate: Rate


@dataclass(frozen=True, slots=True)
class Series:
    """One evaluator version under one criterion, over time."""

    rule: str
    evaluator: str
    title: str
    fingerprint: str
    criterion: str
    slice: dict[str, str]
    grain: Grain
    starts: list[datetime]
    """Of each bucket that has data, ascending."""
    rates: Rates
    """Of the same buckets."""
    totals: Rates
    """One: of all of them together."""

    @property
    def total(self) -> Rate:
        """The rate of all buckets together."""
        return self.totals[0]

    @property
    def points(self) -> list[Point]:
        """The buckets one by one."""
        return [Point(*point) for point in zip(self.starts, self.ends, self.rates, strict=True)]

    @property
    def ends(self) -> list[datetime]:
        """Of each bucket."""
        return ends_of(self.starts, self.grain)


def read_series(unit: Unit, project: str, query: SeriesQuery) -> list[Series]:
    """The series that match, newest evaluator version first, without those that have no data in the time asked for.

    Raises:
        InvalidInput: an unknown slice dimension, stratum, method, rule, evaluator, criterion or fingerprint, or a
            time that is empty or has too many buckets.
    """
    estimator = estimator_of(query.method)
    for name in query.slice:
        if name not in SLICES:
            raise unknown(f"slice.{name}", name, "a dimension", SLICES, "")
    chosen: dict[str, StoredRule] = {}
    mine = unit.of(project)
    versions = mine.rules.versions()
    _check_names(versions, query)
    for rule in versions:
        if _matches(rule, query):
            chosen.setdefault(rule.series, rule)
    start, end = _window(mine, query)
    found = (_whole(mine, rule, query, estimator, start, end) for rule in chosen.values())
    with_data = [series for series in found if series is not None and series.starts]
    if not with_data:
        _check_stratum(versions, query)
    return with_data


def _whole(
    unit: ProjectUnit, rule: StoredRule, q: SeriesQuery, estimator: Estimator, start: datetime, end: datetime
) -> Series | None:
    """One series; None for one whose stored rates can not be read, which does not keep the others from being."""
    try:
        return _read(unit, rule, q, estimator, start, end)
    except ValueError as error:
        log.error("series_not_read", project=unit.project, series=rule.series, error=str(error)[:200])
        return None


def estimator_of(method: str) -> Estimator:
    """The estimator of this name.

    Raises:
        InvalidInput: there is none, or it needs what is not read.
    """
    found = ESTIMATORS.get(method)
    if found is None:
        raise unknown("method", method, "a method", ESTIMATORS, "")
    if found.needs_labels:
        raise InvalidInput("method", f"{method} needs labelled units, which no series holds", "Use another method")
    return found


def _check_names(versions: Sequence[StoredRule], q: SeriesQuery) -> None:
    """Refuse a name that no rule of the project has, or ever had: an empty answer would say that there is no data."""
    for name in _NAMED:
        if (wanted := getattr(q, name)) is None:
            continue
        known = {_names(rule)[name] for rule in versions}
        if wanted not in known:
            what = "a rule of this project" if name == "rule" else f"the {name} of a rule of this project"
            raise unknown(name, wanted, what, known, NO_RULES)


def _check_stratum(versions: Sequence[StoredRule], q: SeriesQuery) -> None:
    strata = {REST, *(stratum.name for rule in versions for stratum in rule.rule.strata)}
    if (wanted := q.slice.get("stratum")) is not None and wanted not in strata:
        raise unknown("slice.stratum", wanted, "a stratum of a rule of this project", strata, "")


def _names(rule: StoredRule) -> dict[str, str]:
    """What a series may be asked for by, of `_NAMED`."""
    names = (rule.spec.name, rule.criterion.name, rule.rule.name, rule.rule.fingerprint)
    return dict(zip(_NAMED, names, strict=True))


def _matches(rule: StoredRule, q: SeriesQuery) -> bool:
    return all(getattr(q, name) in (None, value) for name, value in _names(rule).items())


def _window(unit: ProjectUnit, q: SeriesQuery) -> tuple[datetime, datetime]:
    """The time asked for; where it is left open, the last seven days that have data."""
    days = unit.rollups.recent_days(q.end, DEFAULT_DAYS) if q.start is None or q.end is None else []
    end = q.end or (following(days[0], Grain.DAY) if days else datetime.now(UTC))
    start = floor(q.start or (days[-1] if days else end - timedelta(days=DEFAULT_DAYS)), q.grain)
    if start >= end:
        raise InvalidInput("from", "must lie before `to`", "Give times like 2026-11-01T00:00:00Z")
    if (end - start) / (following(start, q.grain) - start) > MAX_POINTS:
        raise InvalidInput("grain", f"more than {MAX_POINTS} points", "Ask for a coarser grain or a shorter time")
    return start, end


def _read(
    unit: ProjectUnit, rule: StoredRule, q: SeriesQuery, estimator: Estimator, start: datetime, end: datetime
) -> Series:
    dimensions = tuple(name for name in SLICE_DIMENSIONS if name in q.slice)
    values = tuple(q.slice[name] for name in dimensions)
    reader = SliceReader(unit, rule.series, dimensions, values, estimator)
    starts, rates = reader.points(q.grain, start, end)
    _, totals = reader.totals(STORED[q.grain], start, end)
    return Series(
        rule.rule.name, rule.spec.name, rule.spec.title, rule.rule.fingerprint, rule.criterion.name,
        dict(q.slice), q.grain, starts, rates, totals,
    )  # fmt: skip


def read_breakdown(
    unit: ProjectUnit, series: str, dimension: str, grain: Grain, start: datetime, end: datetime,
    method: str = DEFAULT_METHOD,
) -> dict[str | None, Rate]:  # fmt: skip
    """The total over the buckets of `grain` in [start, end) for each value of `dimension` (one of `SLICES`)."""
    reader = SliceReader(unit, series, (dimension,), None, estimator_of(method))
    values, rates = reader.totals(STORED[grain], start, end)
    return {value: rate for (value,), rate in zip(values, rates, strict=True)}
