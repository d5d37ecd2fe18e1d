"""Buckets of a time zone: each minute lies in one, and windows are covered once, whatever a clock does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.core.errors import InvalidInput
from evaluator.core.zones import utc, zone_name, zone_of
from evaluator.pipeline.series import buckets
from evaluator.pipeline.series.buckets import Grain
from evaluator.pipeline.series.calendar import ceiling, floor, following
from evaluator.pipeline.series.window import Window

MINUTE = timedelta(minutes=1)
AROUND = {
    "UTC": "2026-03-01T00:00Z",
    "+05:30": "2026-11-20T00:00Z",
    "Europe/London": "2026-03-29T01:00Z",  # its winter is UTC
    "Europe/Berlin": "2026-10-25T01:00Z",
    "Asia/Kolkata": "2026-02-01T00:00Z",
    "Asia/Kathmandu": "1985-12-31T18:30Z",  # from +05:30 to +05:45
    "Australia/Lord_Howe": "2026-04-04T15:00Z",  # put back by half an hour
    "America/Sao_Paulo": "2018-11-04T03:00Z",  # midnight is skipped
    "America/St_Johns": "2010-11-07T02:31Z",  # put back over midnight, a minute after it
    "Pacific/Apia": "2011-12-30T10:00Z",  # a day is skipped
    "Africa/Monrovia": "1972-01-07T00:00Z",  # off UTC by seconds until then
}
"""Zones, and when something happens to their clocks (UTC)."""
ZONES = st.sampled_from([*AROUND])
SECONDS = st.integers(-90 * 86_400, 90 * 86_400) | st.integers(-2 * 86_400, 2 * 86_400)
GRAINS = st.sampled_from(Grain)


def moment(zone: str, seconds: int) -> datetime:
    return datetime.fromisoformat(AROUND[zone]) + timedelta(seconds=seconds)


def first_day(minute: datetime, grain: Grain, zone: tzinfo) -> date:
    """The first day of the bucket of a minute, minute by minute: the latest that a clock has shown so far."""
    shown = (minute - n * MINUTE for n in range(0, 180, 1))
    day = max(one.astimezone(zone).date() for one in shown)
    if grain is Grain.DAY:
        return day
    return day.replace(day=1) if grain is Grain.MONTH else day - timedelta(days=day.weekday())


@settings(deadline=None, max_examples=400)
@given(ZONES, SECONDS, GRAINS)
def test_every_moment_lies_in_one_bucket_and_buckets_follow_each_other(name: str, at: int, grain: Grain) -> None:
    zone, here = zone_of(name), moment(name, at)
    start = floor(here, grain, zone)
    end = following(start, grain, zone)
    assert start <= here < end
    assert floor(start, grain, zone) == floor(end - timedelta(microseconds=1), grain, zone) == start
    assert floor(end, grain, zone) == end == ceiling(end, grain, zone)
    assert ceiling(here, grain, zone) == (here if here == start else end)
    if zone is UTC:
        assert (start, end) == (buckets.floor(here, grain), buckets.following(start, grain))


@settings(deadline=None, max_examples=150)
@given(ZONES, SECONDS, st.sampled_from([Grain.DAY, Grain.WEEK, Grain.MONTH]))
def test_days_are_those_of_the_calendar_on_the_wall(name: str, at: int, grain: Grain) -> None:
    zone, minute = zone_of(name), buckets.floor(moment(name, at), Grain.MINUTE)
    start = floor(minute, grain, zone)
    end = following(start, grain, zone)
    mine = first_day(minute, grain, zone)
    assert first_day(start, grain, zone) == mine == first_day(end - MINUTE, grain, zone)
    assert first_day(start - MINUTE, grain, zone) < mine < first_day(end, grain, zone)


@settings(deadline=None, max_examples=150)
@given(ZONES, SECONDS)
def test_hours_begin_where_the_clock_shows_a_full_one_or_is_changed(name: str, at: int) -> None:
    zone = zone_of(name)
    start = floor(moment(name, at), Grain.HOUR, zone)
    before, shown = (start - MINUTE).astimezone(zone), start.astimezone(zone)
    assert shown.minute == 0 or before.utcoffset() != shown.utcoffset()
    inside = [
        (start + n * MINUTE).astimezone(zone) for n in range((following(start, Grain.HOUR, zone) - start) // MINUTE)
    ]
    assert len({(one.hour, one.utcoffset()) for one in inside}) == 1


@settings(deadline=None, max_examples=300)
@given(ZONES, SECONDS, SECONDS, st.integers(0, 999_999), GRAINS)
def test_a_window_is_covered_once(name: str, a: int, b: int, micros: int, grain: Grain) -> None:
    low, high = sorted((a, b + 1 if a == b else b))
    if grain is Grain.MINUTE:
        high = min(high, low + 7200)
    start, end = moment(name, low) + timedelta(microseconds=micros), moment(name, high)
    if start >= end:
        end = start + timedelta(microseconds=1)
    window = Window(start, end, grain, zone_of(name))
    stored, others = window.split()
    parts = sorted([*stored, *((bucket.low, bucket.high) for bucket in others)])
    assert covered(parts) == (start, end)
    assert covered(sorted((x.low, x.high) for x in window.buckets())) == (start, end)
    whole = [span for bucket in others for ranges in bucket.pieces().values() for span in ranges]
    cut = [span for span in [*stored, *whole, *window.torn()] if span[0] < span[1]]
    assert covered(sorted(cut)) == (start, end)
    for bucket in others:
        assert bucket.partial == (bucket.low != bucket.start or bucket.high != bucket.end)
        for size, ranges in bucket.pieces().items():
            assert all(buckets.floor(edge, size) == edge for span in ranges for edge in span)


def covered(parts: list[tuple[datetime, datetime]]) -> tuple[datetime, datetime]:
    """From where to where `parts` reach, which follow each other."""
    for (_, end), (start, _) in pairwise(parts):
        assert end == start
    return parts[0][0], parts[-1][1]


@pytest.mark.parametrize(
    ("zone", "wall", "expected"),
    [
        ("Europe/Berlin", "2026-03-29T00:00:00", "2026-03-28T23:00:00Z"),
        ("Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T01:00:00Z"),  # skipped: when the clock is put forward
        ("Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),  # twice: the first
        ("America/Sao_Paulo", "2018-11-04T00:00:00", "2018-11-04T03:00:00Z"),
        ("Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T10:00:00Z"),
        ("+05:30", "2026-11-20T00:00:00", "2026-11-19T18:30:00Z"),
        ("-08:00", "2026-11-20T00:00:00", "2026-11-20T08:00:00Z"),
        ("UTC", "2026-11-20T00:00:00.5", "2026-11-20T00:00:00.5Z"),
        ("Asia/Kolkata", "0001-01-01T00:00:00", "1970-01-01T00:00:00Z"),
        ("Asia/Kolkata", "9999-12-31T23:59:59", "8999-12-31T18:30:00Z"),
        ("Asia/Kolkata", "9999-12-31T23:59:59-14:00", "9000-01-01T00:00:00Z"),
        ("Asia/Kolkata", "2026-11-20T00:00:00+01:00", "2026-11-19T23:00:00Z"),  # it says so itself
    ],
)
def test_times_without_an_offset_are_read_on_a_clock_of_the_zone(zone: str, wall: str, expected: str) -> None:
    assert utc(datetime.fromisoformat(wall), zone_of(zone)) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("name", "same"),
    [(None, "UTC"), ("Z", "UTC"), ("+00:00", "UTC"), ("-00:00", "UTC"), (" 05:30", "+05:30"), ("-0800", "-08:00"),
     ("Europe/Berlin", "Europe/Berlin"), ("Etc/GMT+3", "Etc/GMT+3"), ("+14:00", "+14:00")],
)  # fmt: skip
def test_a_zone_is_found_by_its_own_name(name: str | None, same: str) -> None:
    assert zone_name(zone_of(name)) == same
    assert zone_of(same) == zone_of(name)


@pytest.mark.parametrize(
    "name",
    ["", "Mars/Olympus", "Europe", "Europe/", "../../etc/passwd", "/etc/localtime", "tzdata.zi", "zone.tab", "+25:00",
     "+14:01", "+05:61", "05:30", "Europe/Berlin\0", "Ä", "\ud800", "x" * 10_000, "+٠٥:٣٠"],
)  # fmt: skip
def test_a_zone_that_there_is_not_is_refused_by_name_and_with_a_remedy(name: str) -> None:
    with pytest.raises(InvalidInput, match=r"^tz: unknown time zone .* Europe/Berlin") as caught:
        zone_of(name)
    assert caught.value.field == "tz"
    assert len(str(caught.value)) < 800


@given(st.text(max_size=12) | st.from_regex(r"[+-]?[0-9]{1,2}:?[0-9]{2}", fullmatch=True))
def test_whatever_is_given_as_a_zone_is_one_or_is_refused(name: str) -> None:
    try:
        found = zone_of(name)
    except InvalidInput:
        return
    assert isinstance(found, ZoneInfo) or abs(found.utcoffset(None) or timedelta()) <= timedelta(hours=14)
