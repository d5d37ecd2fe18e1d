"""Who sent a trace, told from its spans."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from evaluator.ingest.senders.model import Known, Sender
from evaluator.ingest.senders.table import senders

_LONGEST = 200
"""Characters of a stranger's name that are looked at, and remembered."""
_REMEMBERED = 8192
_NAMED = re.compile(r"\w")
_Body = Mapping[str, Any]


def sender_of(bodies: Sequence[_Body]) -> Sender | None:
    """The sender of a trace, of the bodies of its spans (see `ingest.otlp.spans`), in whatever order they come.

    Instrumentation scopes decide; where none of them is known, attributes, resources and events do. Of several
    senders it is the one that stands first in the table.
    """
    place = _first({_scope(body) for body in bodies}, _by_scope)
    if place is None:
        place = _first((key for body in bodies for key in _keys(body)), _by_attribute, _by_resource(bodies))
    if place is None:
        place = _first((event.get("name") for body in bodies for event in body.get("events") or ()), _by_event)
    return None if place is None else senders()[place]


def _first(names: Iterable[Any], look: Callable[[str], int | None], best: int | None = None) -> int | None:
    """The lowest place that any of the names stands for."""
    for name in names:
        if isinstance(name, str) and (place := look(name[:_LONGEST])) is not None and (best is None or place < best):
            best = place
    return best


def _scope(body: _Body) -> str | None:
    name = (body.get("scope") or {}).get("name")
    return name if isinstance(name, str) else None


def _keys(body: _Body) -> Iterable[str]:
    yield from body.get("attributes") or ()
    yield from body.get("resource") or ()


def _by_resource(bodies: Sequence[_Body]) -> int | None:
    pairs = _resources()
    found = (
        place
        for body in bodies
        for key, values in pairs.items()
        if (place := values.get(str((body.get("resource") or {}).get(key)))) is not None
    )
    return min(found, default=None)


@cache
def _resources() -> dict[str, dict[str, int]]:
    """By key and value of a resource's attribute the place of the sender that sets it so."""
    found: dict[str, dict[str, int]] = {}
    for place, sender in enumerate(senders()):
        for key, value in sender.known.resource.items():
            found.setdefault(key, {}).setdefault(value, place)
    return found


@lru_cache(maxsize=_REMEMBERED)
def _by_scope(name: str) -> int | None:
    lowered = name.lower()
    whole = (place for place, s in enumerate(senders()) if any(lowered == one.lower() for one in s.known.names))
    found = [place for place in (next(whole, None), _place(name, lambda known: known.scopes)) if place is not None]
    return min(found, default=None)


@lru_cache(maxsize=_REMEMBERED)
def _by_attribute(key: str) -> int | None:
    return _place(key, lambda known: known.attributes)


@lru_cache(maxsize=_REMEMBERED)
def _by_event(name: str) -> int | None:
    return _place(name, lambda known: known.events)


def _place(name: str, beginnings: Callable[[Known], Sequence[str]]) -> int | None:
    """The place of the first sender one of whose beginnings `name` has."""
    lowered = name.lower()
    for place, sender in enumerate(senders()):
        if any(begins(lowered, one.lower()) for one in beginnings(sender.known)):
            return place
    return None


def begins(name: str, beginning: str) -> bool:
    """Whether `name` is `beginning`, or goes on after it with another word."""
    return name.startswith(beginning) and not _NAMED.match(name, len(beginning))
