"""A window of time and the buckets that it is read in: whole ones as they are stored, others as what they cover."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from evaluator.pipeline.series import buckets, calendar
from evaluator.pipeline.series.buckets import PARENT, Grain, cover

Ranges = list[tuple[datetime, datetime]]


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket [start, end), and what of it lies in the window: [low, high), not empty."""

    start: datetime
    end: datetime
    low: datetime
    high: datetime

    @property
    def partial(self) -> bool:
        """Whether the window cuts it."""
        return self.low > self.start or self.high < self.end

    def pieces(self) -> dict[Grain, Ranges]:
        """The fewest stored buckets that hold the whole minutes of [low, high)."""
        return whole_minutes(self.low, self.high)


@dataclass(frozen=True, slots=True)
class Window:
    """[start, end) (UTC, start < end), to be read by buckets of `grain` that are cut where `zone` cuts them."""

    start: datetime
    end: datetime
    grain: Grain
    zone: tzinfo = UTC

    def buckets(self) -> Iterator[Bucket]:
        """All of them, in order."""
        start = calendar.floor(self.start, self.grain, self.zone)
        while start < self.end:
            end = calendar.following(start, self.grain, self.zone)
            yield Bucket(start, end, max(start, self.start), min(end, self.end))
            start = end

    def split(self) -> tuple[Ranges, list[Bucket]]:
        """The buckets whose rates are stored, as ranges, and the others."""
        if self.grain not in PARENT:
            return [], list(self.buckets())
        if self.zone is not UTC and self.grain is not Grain.MINUTE:
            stored: Ranges = []
            others: list[Bucket] = []
            for bucket in self.buckets():
                if self._stored(bucket):
                    stored.append((bucket.start, bucket.end))
                else:
                    others.append(bucket)
            return joined(stored), others
        low, high = buckets.ceiling(self.start, self.grain), buckets.floor(self.end, self.grain)
        if low > high:  # both ends lie in one bucket
            return [], list(self.buckets())
        ends = (replace(self, end=low), replace(self, start=high))
        return [(low, high)] if low < high else [], [b for part in ends for b in part.buckets()]

    def _stored(self, bucket: Bucket) -> bool:
        """Whether a bucket is one of UTC, and whole."""
        is_utc = buckets.floor(bucket.start, self.grain) == bucket.start
        return is_utc and not bucket.partial and buckets.following(bucket.start, self.grain) == bucket.end

    def torn(self) -> Ranges:
        """What lies at its ends in parts of minutes, each within one minute."""
        low, high = buckets.ceiling(self.start, Grain.MINUTE), buckets.floor(self.end, Grain.MINUTE)
        if low > high:
            return [(self.start, self.end)]
        return [(a, b) for a, b in ((self.start, low), (high, self.end)) if a < b]


def whole_minutes(start: datetime, end: datetime) -> dict[Grain, Ranges]:
    """The fewest stored buckets that hold the whole minutes of [start, end)."""
    low, high = buckets.ceiling(start, Grain.MINUTE), buckets.floor(end, Grain.MINUTE)
    return cover(low, high, Grain.MINUTE) if low < high else {}


def joined(ranges: Ranges) -> Ranges:
    """`ranges`, which are in order, with those put together that follow each other."""
    found: Ranges = []
    for start, end in ranges:
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found
