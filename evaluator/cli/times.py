"""Times and time zones as options of a command."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Annotated

import typer

from evaluator.core.errors import InvalidInput
from evaluator.core.zones import utc

Zone = Annotated[
    str | None, typer.Option("--tz", help="Time zone like Europe/Berlin, or +05:30; UTC if left out", metavar="ZONE")
]


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
