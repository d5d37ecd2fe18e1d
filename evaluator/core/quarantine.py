"""What was set aside so that everybody else can go on: what raised, hung or outgrew its limits, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from evaluator.core.ids import content_hash


class Step(StrEnum):
    """What was being done. Jobs that can not be scored become dead letters instead."""

    SETTLE = "settle"
    SELECT = "select"
    AGGREGATE = "aggregate"
    RETAIN = "retain"
    REVIEW = "review"
    CASCADE = "cascade"


class Kind(StrEnum):
    """What was set aside. A whole project, series or wave is only paused, whatever the number of tries."""

    TRACE = "trace"
    MINUTE = "minute"
    DAY = "day"
    SERIES = "series"
    WAVE = "wave"
    PROJECT = "project"


PAUSED = frozenset({Kind.PROJECT, Kind.SERIES, Kind.WAVE})
SERIES_LENGTH = 16
"""Characters of a series' id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """One thing that is set aside.

    `subject` is the id of a trace or series, ``SERIES TIME`` of a minute or day, ``SERIES TRACE`` of a trace in a
    rate, or the project; `attempts` were made so far, the last at `last_at`, and `error` is what it said. It is tried
    again at `retry_at`; where that is None it is being tried now, or, if `given_up`, waits for a replay.
    """

    project: str
    step: Step
    kind: Kind
    subject: str
    attempts: int
    error: str
    first_at: datetime
    last_at: datetime
    retry_at: datetime | None
    given_up: bool

    def waits(self, now: datetime) -> bool:
        """Whether it is not to be tried now."""
        return self.given_up or (self.retry_at is not None and self.retry_at > now)

    @property
    def trace(self) -> str | None:
        """The id of the trace that is set aside, at whatever step."""
        if self.kind is not Kind.TRACE:
            return None
        return self.subject[SERIES_LENGTH + 1 :] if self.step is Step.AGGREGATE else self.subject

    @property
    def id(self) -> str:
        """Names it within its project."""
        return content_hash([self.step, self.kind, self.subject])[:12]


def subject_of(series: str, start: datetime) -> str:
    """Names a minute or day of a series."""
    return f"{series} {start.isoformat()}"


def trace_in(series: str, trace: str) -> str:
    """Names a trace in the rates of a series."""
    return f"{series} {trace}"


def minute_of(subject: str) -> tuple[str, datetime]:
    """The series and the minute that `subject_of` named."""
    series, start = subject.split(" ", 1)
    return series, datetime.fromisoformat(start)
