"""What ends before it starts: the sender's clock was set back in between."""

from __future__ import annotations

from evaluator.core.bounds import SET_BACK
from evaluator.core.errors import InvalidInput

MOST_NS = SET_BACK.size * 10**9


def is_set_back(start_ns: int, end_ns: int, end: str, start: str) -> bool:
    """Whether something ends a little (`SET_BACK`) before it starts, so that it is kept and its end is its start.

    Times are nanoseconds, `end` and `start` the names of their fields.

    Raises:
        InvalidInput: it ends longer before.
    """
    if end_ns >= start_ns:
        return False
    if start_ns - end_ns > MOST_NS:
        problem = f"is more than {SET_BACK.most} {SET_BACK.unit} before {start}"
        raise InvalidInput(end, problem, "Send finished spans, both times by one clock")
    return True


def remark(end: str, start: str) -> str:
    """What is said of it."""
    return f"{end} was before {start}, by {SET_BACK.most} {SET_BACK.unit} at most, and was set to it"
