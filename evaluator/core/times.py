"""Where a target lies on the time axis of its series."""

from __future__ import annotations

from datetime import datetime, timedelta

AHEAD = timedelta(days=1)
"""How far behind the first sight of its trace a selection may lie on its series' axis: senders' clocks run ahead."""


def floor_minute(moment: datetime) -> datetime:
    """The start of the minute that holds `moment`."""
    return moment.replace(second=0, microsecond=0)
