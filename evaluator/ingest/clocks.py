"""Times of strangers: nanoseconds and datetimes, what can be true, and clocks that were set back in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from evaluator.core.bounds import SET_BACK, YEAR
from evaluator.core.errors import InvalidInput
from evaluator.core.times import AHEAD

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_OLDEST = datetime(int(YEAR.least or 0), 1, 1, tzinfo=UTC)
_NEWEST = datetime(YEAR.size, 1, 1, tzinfo=UTC)
_MOST_NS = SET_BACK.size * 10**9


def ns_of(time: datetime) -> int:
    """Nanoseconds since 1970 (UTC)."""
    return (time - EPOCH) // timedelta(microseconds=1) * 1000


def time_of(ns: int) -> datetime:
    """The time (UTC) so many nanoseconds since 1970, to the microsecond below. Raises OverflowError."""
    return EPOCH + timedelta(microseconds=ns // 1000)


def from_ns(value: int, name: str) -> datetime:
    """`time_of` a field that is called `name`.

    Raises:
        InvalidInput: outside the years that a datetime has.
    """
    try:
        return time_of(value)
    except OverflowError:
        raise InvalidInput(name, f"is no time of this age ({value})", "Send nanoseconds since 1970") from None


def check_time(value: datetime, name: str, received: datetime | None) -> datetime:
    """The same time, when it can be true: from 2000 on, and not more than a day ahead of `received`.

    Raises:
        InvalidInput: it cannot.
    """
    newest = _NEWEST if received is None else received + AHEAD
    if not _OLDEST <= value <= newest:
        said = value.isoformat()
        raise InvalidInput(name, f"is no plausible time ({said})", "Check the unit and the sender's clock")
    return value


def is_set_back(start_ns: int, end_ns: int, end: str, start: str) -> bool:
    """Whether something ends a little (`SET_BACK`) before it starts, so that it is kept and its end is its start.

    `end` and `start` are the names of the fields.

    Raises:
        InvalidInput: it ends longer before.
    """
    if end_ns >= start_ns:
        return False
    if start_ns - end_ns > _MOST_NS:
        problem = f"is more than {SET_BACK.most} {SET_BACK.unit} before {start}"
        raise InvalidInput(end, problem, "Send finished spans, both times by one clock")
    return True


def remark(end: str, start: str) -> str:
    """What is said of something that was set back."""
    return f"{end} was before {start}, by {SET_BACK.most} {SET_BACK.unit} at most, and was set to it"
