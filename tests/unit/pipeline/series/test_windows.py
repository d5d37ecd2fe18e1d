"""A window holds exactly the traces between its edges, at every grain, in every zone; if it can not, it says so."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from typing import Any

import pytest

from evaluator.core.errors import InvalidInput
from evaluator.core.zones import utc, zone_of
from evaluator.pipeline.retention.retain import seal
from evaluator.pipeline.series import read_slices
from evaluator.pipeline.series.buckets import Grain
from evaluator.pipeline.series.calendar import floor, following
from evaluator.pipeline.series.read import SeriesAnswer, SeriesQuery, answer_series, read_breakdown
from evaluator.pipeline.series.window import Window
from evaluator.stats.estimators.registry import ESTIMATORS
from evaluator.store.store import Store
from tests.support.house import PROJECT, House, trace
from tests.support.pooled import POOLED

ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "-08:00")
"""In Berlin the days of October 2026 hold one of 25 hours, on Lord Howe one of 23 and a half."""
CHANGE = datetime(2026, 10, 25, tzinfo=UTC)
HOWE = datetime(2026, 10, 3, tzinfo=UTC)
SLICES: tuple[dict[str, str], ...] = (
    {}, {"model": "m1"}, {"model": "m0", "stratum": "rest"}, {"model": "m0", "service": "s0", "stratum": "rest"},
)  # fmt: skip
MICRO = timedelta(microseconds=1)


def moments() -> list[datetime]:
    """Times around both changes, many of them at midnights and full hours, and just before."""
    chance = random.Random(7)
    found = [start + timedelta(days=4 * chance.random() - 2) for start in (CHANGE, HOWE) for _ in range(30)]
    for name in ZONES:
        midnight = floor(CHANGE, Grain.DAY, zone_of(name))
        found += [midnight, midnight - MICRO, midnight + timedelta(hours=1), midnight + timedelta(hours=1) - MICRO]
    return found + [CHANGE + timedelta(hours=9, seconds=s) for s in (0, 10, 20, 59)]


@pytest.fixture
def house(store: Store, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setitem(ESTIMATORS, POOLED.name, POOLED)
    house = House(store)
    house.rule()
    house.feed(*(told(number, at) for number, at in enumerate(MOMENTS)))
    house.run()
    return house


MOMENTS = moments()


def told(number: int, at: datetime) -> dict[str, Any]:
    named = {"model": f"m{number % 2}", "service": f"s{number % 4 // 2}", "session": f"x{number % 9}"}
    return trace(number, "LOUD" if number % 3 == 0 else "calm", start_time=at.isoformat(), **named)


def ask(house: House, **query: Any) -> SeriesAnswer:
    with house.store.read() as unit:
        return answer_series(unit, PROJECT, SeriesQuery(**query))


def settled(answer: SeriesAnswer) -> int:
    """How many traces the only series of an answer holds, by its total and by its points."""
    if not answer.series:
        return 0
    (series,) = answer.series
    counts = [point.rate.counts for point in series.points]
    total = series.total.counts
    assert sum(c.settled for c in counts) == total.settled
    assert sum(c.scored for c in counts) == total.scored
    return total.settled


def inside(start: datetime, end: datetime, wanted: dict[str, str] | None = None) -> list[datetime]:
    """Which traces that is, straight from what was sent."""
    fits = {"model": lambda n: f"m{n % 2}", "service": lambda n: f"s{n % 4 // 2}", "stratum": lambda n: "rest"}
    return [
        at for n, at in enumerate(MOMENTS)
        if start <= at < end and all(fits[name](n) == value for name, value in (wanted or {}).items())
    ]  # fmt: skip


def local(day: str, zone: str) -> datetime:
    return utc(datetime.fromisoformat(day), zone_of(zone))


def test_days_of_a_zone_add_up_to_the_window_over_them(house: House) -> None:
    for zone, days in product(ZONES, (range(23, 29), range(2, 7))):
        edges = [local(f"2026-10-{day:02d}", zone) for day in days]
        for grain in Grain:
            for wanted in SLICES[:2]:
                asked: dict[str, Any] = {"grain": grain, "zone": zone_of(zone), "slice": wanted}
                each = [settled(ask(house, start=a, end=b, **asked)) for a, b in pairwise(edges)]
                assert each == [len(inside(a, b, wanted)) for a, b in pairwise(edges)]
                assert settled(ask(house, start=edges[0], end=edges[-1], **asked)) == sum(each)


def test_any_window_is_exact_and_its_cut_buckets_are_marked(house: House) -> None:
    chance = random.Random(3)
    steps = (timedelta(0), MICRO, timedelta(hours=11), timedelta(hours=31, minutes=7, seconds=3))
    edges = [at + step for at in MOMENTS for step in steps]
    for _ in range(120):
        start, end = sorted(chance.sample(edges, 2))
        if start == end:
            continue
        grain = chance.choice([Grain.HOUR, Grain.DAY, Grain.WEEK, Grain.MONTH])
        zone, wanted = zone_of(chance.choice(ZONES)), chance.choice(SLICES)
        method = chance.choice(["raw", "pooled"])
        answer = ask(house, start=start, end=end, grain=grain, zone=zone, slice=wanted, method=method)
        assert (answer.window, answer.notes) == (Window(start, end, grain, zone), [])
        there = inside(start, end, wanted)
        assert settled(answer) == len(there)
        if not there:
            continue
        points = answer.series[0].points
        assert [p.start for p in points] == sorted({floor(at, grain, zone) for at in there})
        for point in points:
            assert point.end == following(point.start, grain, zone)
            assert point.partial == (point.start < start or point.end > end)
            assert point.rate.counts.settled == sum(point.start <= at < point.end for at in there)


def test_seconds_of_a_minute_are_told_apart(house: House) -> None:
    minute = CHANGE + timedelta(hours=9)
    for grain in Grain:
        for first, last, expected in ((0, 10, 1), (0, 10.000001, 2), (10, 60, 3), (20.5, 58, 0), (59, 3600, 1)):
            start, end = (minute + timedelta(seconds=s) for s in (first, last))
            answer = ask(house, start=start, end=end, grain=grain)
            assert settled(answer) == len(inside(start, end)) == expected
            assert all(p.partial for s in answer.series for p in s.points if grain is not Grain.MINUTE)


def test_a_breakdown_is_of_the_same_traces(house: House) -> None:
    start, end = CHANGE + timedelta(hours=3, seconds=7), CHANGE + timedelta(hours=30, minutes=3, seconds=1)
    with house.store.read() as unit:
        (rule,) = unit.of(PROJECT).rules.versions()
        rates = read_breakdown(unit.of(PROJECT), rule, "model", Window(start, end, Grain.DAY))
    assert {name: rate.counts.settled for name, rate in rates.items()} == {
        f"m{n}": len(inside(start, end, {"model": f"m{n}"})) for n in range(2)
    }


def test_an_interval_is_that_of_the_same_traces_at_every_grain(house: House) -> None:
    start, end = local("2026-10-24", "Asia/Kolkata"), local("2026-10-27", "Asia/Kolkata") + timedelta(seconds=30)
    zones = [zone_of(name) for name in ZONES]
    totals = [ask(house, start=start, end=end, grain=g, zone=z).series[0].total for g in Grain for z in zones]
    for total in totals:
        assert (total.estimate, total.low, total.high) == pytest.approx(
            (totals[0].estimate, totals[0].low, totals[0].high), rel=1e-12
        )


def test_a_sealed_minute_moves_the_edge_and_the_answer_says_so(house: House) -> None:
    house.clock.turn(86_400 * 3)
    assert seal(house.store, house.clock.now().date() - timedelta(days=1), house.clock)[0]
    minute = CHANGE + timedelta(hours=9)
    a, b, c = minute - timedelta(hours=2), minute + timedelta(seconds=15), minute + timedelta(hours=2)
    before, after, whole = (
        ask(house, start=s, end=e, grain=Grain.HOUR, zone=zone_of("+05:30")) for s, e in ((a, b), (b, c), (a, c))
    )
    assert (before.window.start, before.window.end, after.window.start) == (a, minute, minute)
    said = "`to` was moved to 2026-10-25T14:30:00+05:30: of that minute only rates are kept, no traces"
    assert before.notes == [said]
    assert [note.split()[0] for note in after.notes] == ["`from`"]
    assert settled(before) + settled(after) == settled(whole) == len(inside(a, c))
    nothing = ask(house, start=minute + timedelta(seconds=5), end=b)
    assert (nothing.series, len(nothing.notes)) == ([], 2)
    empty_minute = minute + timedelta(minutes=1, seconds=30)
    assert ask(house, start=a, end=empty_minute).notes == []


def test_a_window_that_is_left_open_has_whole_buckets_of_the_zone(house: House) -> None:
    for name in ZONES:
        for grain in (Grain.HOUR, Grain.DAY, Grain.WEEK):
            answer = ask(house, grain=grain, zone=zone_of(name))
            assert all(floor(at, grain, zone_of(name)) == at for at in (answer.window.start, answer.window.end))
            assert not any(point.partial for point in answer.series[0].points)
            assert settled(answer) == len(inside(answer.window.start, answer.window.end)) > 0


def test_what_would_be_merged_from_too_much_is_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_slices, "MAX_MERGED", 24 * 5 + 4)
    start, end = (local(f"2026-10-{day}", "Asia/Kolkata") for day in ("23", "24"))
    asked: dict[str, Any] = {"start": start, "grain": Grain.DAY, "zone": zone_of("Asia/Kolkata")}
    assert settled(ask(house, end=end, **asked)) == len(inside(start, end))
    with pytest.raises(InvalidInput, match=r"^grain: .* merged from 166 stored ones, at most 124\. Ask for a sh"):
        ask(house, end=end + timedelta(days=1), **asked)


def test_batches_make_no_difference(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {
        "start": HOWE - timedelta(days=2), "end": CHANGE + timedelta(days=2, seconds=1), "grain": Grain.DAY,
        "zone": zone_of("Australia/Lord_Howe"),
    }  # fmt: skip
    before = ask(house, **asked)
    monkeypatch.setattr(read_slices, "BATCH", 30)
    after = ask(house, **asked)
    assert before.series[0].points == after.series[0].points
