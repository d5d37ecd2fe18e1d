"""Times and time zones as options of a command."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Annotated

import typer

from evaluator.core.errors import InvalidInput
from evaluator.core.zones import utc, zone_of

Zone = Annotated[
    str | None, typer.Option("--tz", help="Time zone like Europe/Berlin, or +05:30; UTC if left out", metavar="ZONE")
]

From = Annotated[str | None, typer.Option("--from", help="Traces that began at this time or later (ISO 8601)")]
To = Annotated[str | None, typer.Option("--to", help="Traces that began before this")]


def window_of(start: str | None, end: str | None, tz: str | None) -> tuple[datetime | None, datetime | None]:
    """What `From`, `To` and `Zone` name together; None where one is left out. Raises InvalidInput."""
    zone = zone_of(tz)
    first, last = (
        None if text is None else read_option(text, option, zone)
        for option, text in (("--from", start), ("--to", end))
    )
    return first, last


def read_option(text: str, option: str, zone: tzinfo) -> datetime:
    """The moment (UTC) that an option names in ISO 8601; without an offset it is read in `zone`.

    Raises:
        InvalidInput: it names none.
    """
    try:
        return utc(datetime.fromisoformat(text.strip()), zone)
    except ValueError:
        remedy = "Give a time like 2026-11-01 or 2026-11-01T06:00Z"
        raise InvalidInput(option, f"{text!r} is not an ISO 8601 time", remedy) from None
