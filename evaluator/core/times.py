"""Where a target lies on the time axis of its series."""

from __future__ import annotations

from datetime import datetime, timedelta

from evaluator.core import bounds

AHEAD = timedelta(hours=bounds.AHEAD.most)
"""How far ahead of the server's clock a time may lie: a trace may start so much later than it was first seen."""


def floor_minute(moment: datetime) -> datetime:
    """The start of the minute that holds `moment`."""
    return moment.replace(second=0, microsecond=0)
