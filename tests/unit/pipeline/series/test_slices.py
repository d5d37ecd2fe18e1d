"""What is kept ready for reading says what the scores say: every slice, every window, after every change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.core.slicing import SLICE_DIMENSIONS, SliceValues
from evaluator.pipeline.series.buckets import Grain, cover, floor, following
from evaluator.pipeline.series.cube import Cube, numbered
from evaluator.pipeline.series.read import SeriesQuery, read_breakdown, read_series
from evaluator.pipeline.series.recompute import recompute
from evaluator.pipeline.series.window import Window
from evaluator.stats import groups
from evaluator.stats.cells import Cells
from evaluator.stats.estimators.rates import Rate
from evaluator.stats.estimators.raw import raw_rate
from evaluator.store.store import Store
from tests.support.house import PROJECT, House

FIRST = datetime(2026, 1, 20, tzinfo=UTC)


@dataclass
class Traffic:
    """Scored and other traces over some time, with what the service says of them."""

    minute: np.ndarray
    columns: list[np.ndarray]
    weight: np.ndarray
    bad: np.ndarray
    state: np.ndarray
    cluster: np.ndarray

    @classmethod
    def of(cls, n: int, days: int, seed: int, sessions: int = 40) -> Traffic:
        rng = np.random.default_rng(seed)
        return cls(
            rng.integers(0, days * 1440, n), [rng.integers(0, size, n) for size in (2, 3, 1, 2, 2)],
            rng.choice([1.0, 4.0], n), rng.random(n), rng.choice([-1, 0, 1, 1, 1, 1, 2, 3], n),
            rng.integers(0, sessions, n).astype(np.uint64),
        )  # fmt: skip

    def names(self, i: int) -> SliceValues:
        return tuple(None if (d, c[i]) == (1, 2) else f"{d}{c[i]}" for d, c in enumerate(self.columns))

    def at(self, i: int) -> datetime:
        return FIRST + timedelta(minutes=int(self.minute[i]))

    def rate(self, chosen: list[int]) -> Rate:
        """Straight from the traces."""
        strata: dict[str, list[int]] = {}
        for i in chosen:
            strata.setdefault(str(self.names(i)[4]), []).append(i)
        found = {
            name: Cells.of(self.weight[of], self.bad[of], self.state[of], self.cluster[of])
            for name, of in strata.items()
        }
        return raw_rate({name: cell.capped() for name, cell in found.items()})

    def save(self, store: Store, series: str, minutes: list[int]) -> None:
        """Aggregate `minutes` (of the traces in them)."""
        mine = np.flatnonzero(np.isin(self.minute, minutes))
        _, place = np.unique(np.asarray([self.minute[mine]]), return_inverse=True)
        starts = [FIRST + timedelta(minutes=int(m)) for m in np.unique(self.minute[mine])]
        cube = Cube.of(
            starts, [self.names(i) for i in mine], place.ravel(), np.arange(mine.size), weight=self.weight[mine],
            bad=self.bad[mine], state=self.state[mine], cluster=self.cluster[mine], upstream=np.ones(mine.size),
        ).coarser(Grain.MINUTE)  # fmt: skip
        with store.write() as unit:
            recompute(unit.of(PROJECT), series, [FIRST + timedelta(minutes=m) for m in minutes], cube)


def check(
    store: Store, traffic: Traffic, grain: Grain, start: datetime, end: datetime, wanted: dict[str, str]
) -> None:
    """Points and total of a window and slice against the traces themselves."""
    with store.read() as unit:
        found = read_series(unit, PROJECT, SeriesQuery(start=start, end=end, grain=grain, slice=wanted))
    inside: dict[datetime, list[int]] = {}
    for i in range(traffic.minute.size):
        names = dict(zip(SLICE_DIMENSIONS, traffic.names(i), strict=True))
        if start <= traffic.at(i) < end and all(names[d] == v for d, v in wanted.items()):
            inside.setdefault(floor(traffic.at(i), grain), []).append(i)
    if not inside:
        assert found == []
        return
    (series,) = found
    assert series.starts == sorted(inside)
    for start_, rate in zip(series.starts, series.rates, strict=True):
        same(rate, traffic.rate(inside[start_]))
    same(series.total, traffic.rate([i for of in inside.values() for i in of]))


def same(a: Rate, b: Rate) -> None:
    assert (a.counts, a.clusters, a.interval) == (b.counts, b.clusters, b.interval)
    numbers = [(r.estimate or 0.0, r.low, r.high, r.effective, r.covered, r.worst_low, r.worst_high) for r in (a, b)]
    assert numbers[0] == pytest.approx(numbers[1], rel=1e-9, abs=1e-12)


WINDOWS = (
    (Grain.MINUTE, timedelta(days=2, hours=3, minutes=7), timedelta(days=1)),
    (Grain.MINUTE, timedelta(days=1), timedelta(minutes=50)),
    (Grain.HOUR, timedelta(hours=5), timedelta(days=40, hours=2)),
    (Grain.HOUR, timedelta(days=1, hours=5), timedelta(hours=90)),
    (Grain.DAY, timedelta(0), timedelta(days=55)),
    (Grain.DAY, timedelta(days=3, hours=5), timedelta(days=40)),
    (Grain.WEEK, timedelta(days=3), timedelta(days=30)),
    (Grain.MONTH, timedelta(days=3), timedelta(days=60)),
)
STRATA = [{"name": "40", "when": [{"field": "status", "value": "error"}], "rate": 1.0}]
SLICES: tuple[dict[str, str], ...] = (
    {}, {"stratum": "40"}, {"prompt_version": "11", "service": "31"}, {"model": "nothing"},
    {"model": "00", "prompt_version": "10", "environment": "20"},
)  # fmt: skip


def test_every_window_and_slice_says_what_the_traces_say(store: Store) -> None:
    series = House(store).rule(strata=STRATA).series
    traffic = Traffic.of(260, 55, seed=1)
    traffic.save(store, series, sorted({int(m) for m in traffic.minute}))
    for grain, after, length in WINDOWS:
        for wanted in SLICES:
            check(store, traffic, grain, FIRST + after, FIRST + after + length, wanted)


def test_what_changes_is_replaced_and_what_goes_is_gone(store: Store) -> None:
    series = House(store).rule(strata=STRATA).series
    traffic = Traffic.of(220, 50, seed=2)
    everything = sorted({int(m) for m in traffic.minute})
    traffic.save(store, series, everything)
    with store.read() as unit:
        assert unit.of(PROJECT).slices.unmerged(series, "month") == [datetime(2026, 3, 1, tzinfo=UTC)]
    gone = traffic.minute < 1440 * 3
    gone |= (traffic.columns[0] == 1) & (traffic.minute < 1440 * 20)
    changed = sorted({int(m) for m in traffic.minute[gone]})
    fewer = Traffic(
        traffic.minute[~gone], [c[~gone] for c in traffic.columns], traffic.weight[~gone], traffic.bad[~gone],
        traffic.state[~gone], traffic.cluster[~gone],
    )  # fmt: skip
    fewer.save(store, series, changed)
    for grain, after, length in WINDOWS:
        for wanted in SLICES[:4]:
            check(store, fewer, grain, FIRST + after, FIRST + after + length, wanted)


def test_a_breakdown_adds_up_to_the_total(store: Store) -> None:
    series = House(store).rule().series
    traffic = Traffic.of(300, 10, seed=3)
    traffic.save(store, series, sorted({int(m) for m in traffic.minute}))
    start, end = FIRST + timedelta(hours=7), FIRST + timedelta(days=6, hours=3)
    with store.read() as unit:
        (rule,) = unit.of(PROJECT).rules.versions()
        rates = read_breakdown(unit.of(PROJECT), rule, "prompt_version", Window(start, end, Grain.HOUR))
    inside = [i for i in range(300) if start <= traffic.at(i) < end]
    assert set(rates) == {"10", "11", None}
    for value, rate in rates.items():
        same(rate, traffic.rate([i for i in inside if traffic.names(i)[1] == value]))


def test_large_days_are_read_as_groups(store: Store) -> None:
    """Far above the cap points and counts stay exact, and so does the estimate of the total."""
    series = House(store).rule().series
    traffic = Traffic.of(9000, 3, seed=4, sessions=6 * groups.EXACT)
    traffic.minute = traffic.minute // 60 * 60
    traffic.save(store, series, sorted({int(m) for m in traffic.minute}))
    with store.read() as unit:
        query = SeriesQuery(start=FIRST, end=FIRST + timedelta(days=3))
        (found,) = read_series(unit, PROJECT, query)
        cells = unit.of(PROJECT).slices.cells(series, "day", (), (), [(FIRST, FIRST + timedelta(days=1))])
    whole = traffic.rate(list(range(9000)))
    assert Cells.from_bytes(cells[0].cells).coarse.all()
    assert found.total.estimate == pytest.approx(whole.estimate)
    assert found.total.counts == whole.counts
    assert found.total.high - found.total.low == pytest.approx(whole.high - whole.low, rel=0.2)
    day = [i for i in range(9000) if traffic.minute[i] < 1440]
    assert found.points[0].rate.estimate == pytest.approx(traffic.rate(day).estimate)


MOMENTS = st.integers(0, 500_000).map(lambda m: datetime(2025, 11, 3, tzinfo=UTC) + timedelta(minutes=m))


@settings(deadline=None)
@given(MOMENTS, MOMENTS, st.sampled_from([Grain.MINUTE, Grain.HOUR, Grain.DAY]))
def test_a_window_is_covered_once_by_the_fewest_buckets(a: datetime, b: datetime, grain: Grain) -> None:
    start, end = sorted((floor(a, grain), floor(b, grain)))
    pieces = sorted(pair for ranges in cover(start, end, grain).values() for pair in ranges)
    reached = start
    for low, high in pieces:
        assert low == reached
        reached = high
    assert reached == end or (start == end and not any(low < high for low, high in pieces))
    for size, ranges in cover(start, end, grain).items():
        assert all(floor(moment, size) == moment for pair in ranges for moment in pair)
        count = sum(int((high - low) / (following(low, size) - low)) for low, high in ranges)
        assert size is Grain.MONTH or count <= 2 * {"minute": 59, "hour": 23, "day": 30}[size.value]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2**40), st.integers(0, 2**40)), min_size=1))
def test_rows_are_numbered_alike_if_and_only_if_they_are_equal(rows: list[tuple[int, int, int]]) -> None:
    first, place = numbered([np.asarray(column) for column in zip(*rows, strict=True)])
    assert [rows[first[p]] for p in place] == rows
    assert [rows[i] for i in first] == sorted(set(rows))
