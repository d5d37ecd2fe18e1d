"""Reads quality-score time series: the one function behind the API, the pages and the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

import structlog

from evaluator.core.errors import InvalidInput
from evaluator.core.rule import REST, stratum_of
from evaluator.core.slicing import SLICE_DIMENSIONS, Dimensions, SliceValues
from evaluator.core.unknown import unknown
from evaluator.pipeline.catalog.rules import NO_RULES
from evaluator.pipeline.series import buckets
from evaluator.pipeline.series.buckets import Grain
from evaluator.pipeline.series.calendar import ceiling, floor, following
from evaluator.pipeline.series.read_slices import Points
from evaluator.pipeline.series.readers import Readers
from evaluator.pipeline.series.torn import mended
from evaluator.pipeline.series.window import Window
from evaluator.pipeline.series.write_slices import KEPT
from evaluator.stats.estimators.estimator import Estimator
from evaluator.stats.estimators.rates import Rate, Rates
from evaluator.stats.estimators.registry import ESTIMATORS
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.store import ProjectUnit, Unit

log = structlog.get_logger()

DEFAULT_DAYS = 7
MAX_POINTS = 20_000
SLICES = SLICE_DIMENSIONS
DEFAULT_METHOD = KEPT.name
BEST, ALL = "best", "all"
_NAMED = ("evaluator", "criterion", "rule", "fingerprint")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesQuery:
    """Which series, over which time, how fine, and by which of `methods`. `start` and `end` are UTC; left out, the
    last days with data. Days, weeks, months and hours are cut where `zone` cuts them."""

    evaluator: str | None = None
    criterion: str | None = None
    rule: str | None = None
    fingerprint: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    grain: Grain = Grain.DAY
    zone: tzinfo = UTC
    slice: Mapping[str, str] = field(default_factory=dict)
    method: str = DEFAULT_METHOD


@dataclass(frozen=True, slots=True)
class Point:
    """The rate of one bucket [start, end), or, where it is `partial`, of the part that lies in the window."""

    start: datetime
    end: datetime
    rate: Rate
    partial: bool


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
    found: Points
    """The buckets that have data."""
    totals: Rates
    """One: of everything in the window, which is what the buckets hold together."""

    @property
    def total(self) -> Rate:
        """The rate of all buckets together."""
        return self.totals[0]

    @property
    def points(self) -> list[Point]:
        """The buckets one by one."""
        f = self.found
        return [Point(*point) for point in zip(f.starts, f.ends, f.rates, f.partial, strict=True)]

    @property
    def starts(self) -> list[datetime]:
        """Of each bucket that has data, ascending."""
        return self.found.starts

    @property
    def rates(self) -> Rates:
        """Of the same buckets."""
        return self.found.rates


@dataclass(frozen=True, slots=True)
class SeriesAnswer:
    """The series that were asked for, over the same window."""

    window: Window
    """What was read."""
    notes: list[str]
    """Why that is another one than was asked for, if it is."""
    series: list[Series]


def read_series(unit: Unit, project: str, query: SeriesQuery) -> list[Series]:
    """The series of `answer_series`."""
    return answer_series(unit, project, query).series


def answer_series(unit: Unit, project: str, query: SeriesQuery) -> SeriesAnswer:
    """The series that match, newest evaluator version first, without those that have no data in the time asked for.

    Raises:
        InvalidInput: an unknown slice dimension, stratum, method, rule, evaluator, criterion or fingerprint, or a
            time that is empty or has too many buckets.
    """
    check_method(query.method)
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
    window, notes = mended(mine, chosen, _window(mine, query))
    there = chosen.values() if window.start < window.end else ()
    found = (one for rule in there for one in _whole(mine, rule, query, window))
    with_data = [series for series in found if series.starts]
    if not with_data:
        _check_stratum(versions, query)
    return SeriesAnswer(window, notes, with_data)


def _whole(unit: ProjectUnit, rule: StoredRule, q: SeriesQuery, window: Window) -> list[Series]:
    """One series by each method that is asked for; none of one whose stored rates can not be read, which does not
    keep the others from being."""
    readers = Readers(unit, rule, window)
    try:
        return [_read(readers, rule, q, estimator, window) for estimator in _estimators(readers, q)]
    except ValueError as error:
        log.error("series_not_read", project=unit.project, series=rule.series, error=str(error)[:200])
        return []


def methods() -> tuple[str, ...]:
    """What may be asked for: an estimator; the best that a series has, the same for all of its points, as a change
    from point to point would draw steps that are not there; or each estimator, a series of the answer for each."""
    return (*ESTIMATORS, BEST, ALL)


def check_method(method: str) -> None:
    """Raises InvalidInput for what is none of `methods`."""
    if method not in methods():
        raise unknown("method", method, "a method", methods(), "")


def _estimators(readers: Readers, q: SeriesQuery) -> list[Estimator]:
    if q.method == ALL:
        return list(ESTIMATORS.values())
    return [readers.best() if q.method == BEST else ESTIMATORS[q.method]]


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
    if (wanted := q.slice.get("stratum")) is not None and stratum_of(wanted) not in strata:
        raise unknown("slice.stratum", wanted, "a stratum of a rule of this project", strata, "")


def _names(rule: StoredRule) -> dict[str, str]:
    """What a series may be asked for by, of `_NAMED`."""
    names = (rule.spec.name, rule.criterion.name, rule.rule.name, rule.rule.fingerprint)
    return dict(zip(_NAMED, names, strict=True))


def _matches(rule: StoredRule, q: SeriesQuery) -> bool:
    return all(getattr(q, name) in (None, value) for name, value in _names(rule).items())


def _window(unit: ProjectUnit, q: SeriesQuery) -> Window:
    """The time asked for; where it is left open, whole buckets around the last seven days (UTC) that have data."""
    days = unit.rollups.recent_days(q.end, DEFAULT_DAYS) if q.start is None or q.end is None else []
    last = buckets.following(days[0], Grain.DAY) if days else datetime.now(UTC)
    end = q.end or ceiling(last, q.grain, q.zone)
    start = q.start or floor(days[-1] if days else end - timedelta(days=DEFAULT_DAYS), q.grain, q.zone)
    if start >= end:
        raise InvalidInput("from", "must lie before `to`", "Give times like 2026-11-01T00:00:00Z")
    first = floor(start, q.grain, q.zone)
    if (end - first) / (following(first, q.grain, q.zone) - first) > MAX_POINTS:
        raise InvalidInput("grain", f"more than {MAX_POINTS} points", "Ask for a coarser grain or a shorter time")
    return Window(start, end, q.grain, q.zone)


def _read(readers: Readers, rule: StoredRule, q: SeriesQuery, estimator: Estimator, window: Window) -> Series:
    reader = readers.reader(*_slice_of(q), estimator)
    points = reader.points(window)
    _, totals = reader.totals(window)
    return Series(
        rule.rule.name, rule.spec.name, rule.spec.title, rule.rule.fingerprint, rule.criterion.name,
        dict(q.slice), q.grain, points, totals,
    )  # fmt: skip


def _slice_of(q: SeriesQuery) -> tuple[Dimensions, SliceValues]:
    dimensions = tuple(name for name in SLICE_DIMENSIONS if name in q.slice)
    return dimensions, tuple(q.slice[name] for name in dimensions)


def read_breakdown(
    unit: ProjectUnit, rule: StoredRule, dimension: str, window: Window, method: str = DEFAULT_METHOD
) -> dict[str | None, Rate]:
    """The total over the window for each value of `dimension` (one of `SLICES`); `best` is what it is for the whole.

    Raises:
        InvalidInput: `method` is no estimator, and not `best`.
    """
    if method not in (*ESTIMATORS, BEST):
        raise unknown("method", method, "an estimator", (*ESTIMATORS, BEST), "")
    readers = Readers(unit, rule, window)
    return readers.breakdown(dimension, readers.best() if method == BEST else ESTIMATORS[method])
