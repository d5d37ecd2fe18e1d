"""Where the facts of a trace came from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from evaluator.core.trace import Gap


class PlaceKind(StrEnum):
    ATTRIBUTE = "attribute"
    EVENT = "event"
    LOG_RECORD = "log record"
    RESOURCE = "resource attribute"
    FIELD = "field"
    """Of the native JSON."""
    SPAN = "span"
    """What OTLP itself says of a span: its name, status, times, tracestate."""
    ANNOTATION = "annotation"
    """Feedback that was sent for the trace."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: the key of an attribute (for events and log records ``event: key``), or the name of a
    field. `span_id` and `span` (its name) are empty outside of spans; `convention` is the one that reads it, empty
    where none does and it was told from what the span carries."""

    kind: PlaceKind
    name: str
    span_id: str = ""
    span: str = ""
    convention: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """One fact of a trace: what it is, of which answer (or empty), and the beginning of its value; how it came about,
    where that is no place alone; and the places that decide it."""

    fact: str
    answer: str
    value: str
    how: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Of a trace what it tells and where that came from, who sent it, what it does not tell, and what was not looked
    at, as a sentence, because that would be too much."""

    facts: tuple[Explained, ...]
    sender: str | None
    gaps: tuple[Gap, ...]
    not_looked_at: str
