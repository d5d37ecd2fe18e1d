"""Personal data taken out of parts before they are stored.

Texts lose what a `Redactor` finds in them. Ids, times, kinds and counts hold a trace together and stay; a session
that is named by personal data keeps its members under a pseudonym, as users do.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evaluator.core.people import stored_name
from evaluator.core.ports import Redact, Secret, keep
from evaluator.core.trace import Part
from evaluator.ingest.otlp.logs import SOURCE as LOG
from evaluator.ingest.otlp.logs import record_id
from evaluator.text.pii.finder import read_kinds
from evaluator.text.pii.redact import Redactor, Take, hint_of, walk_value

SESSION_KEYS = ("session", "faithline.session", "session.id", "gen_ai.conversation.id")
"""What a session is called: in a native object, and in the attributes that the conventions read."""

_NAMING = frozenset(SESSION_KEYS)
Rename = Callable[[str], str]
_STRUCTURE = frozenset(
    (
        *("id", "span_id", "parent_id", "links", "kind", "status", "start", "end", "start_ns", "end_ns", "time_ns"),
        *("user", "flags", "link_count"),
    )
)
"""Fields of a part's body that hold it together, at its own level and in its answers, spans and events."""
_NESTED = ("answers", "spans", "events")
_OPEN = ("attributes", "resource", "metadata", "body")
"""Fields whose names are the sender's own: none of them is structure."""


def redactor(kinds: str, secret: Secret) -> Redact:
    """What a setting such as ``email,phone``, ``all`` or nothing asks for; `secret` is that of a project.

    Raises:
        InvalidInput: a kind that there is not.
    """
    names = [name for part in kinds.split(",") if (name := part.strip().lower())]
    if not names:
        return keep
    found = Redactor(read_kinds(names, "FAITHLINE_REDACT"))
    return lambda parts: redact_parts(parts, found, secret)


def redact_parts(parts: Sequence[Part], redactor: Redactor, secret: Secret) -> list[Part]:
    """The parts with their texts redacted. Nothing else of them changes; one without personal data is the same."""
    return redactor.through(lambda take: [_part(part, take, secret) for part in parts])


def _part(part: Part, take: Take, secret: Secret) -> Part:
    def rename(text: str) -> str:
        return stored_name(part.project, secret(part.project), text)

    body = _level(part.body, take, rename)
    # A log record is named by what it says: by what is stored of it, or its name would tell the rest.
    part_id = record_id(body) if part.source == LOG else part.part_id
    return dataclasses.replace(part, part_id=part_id, body=body, name=take(part.name, ""))


def _level(body: Mapping[str, Any], take: Take, rename: Rename) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in body.items():
        if name in _NESTED and isinstance(value, list):
            out[name] = [_level(item, take, rename) for item in value]
        elif name in _OPEN and isinstance(value, dict):
            out[name] = _attributes(value, take, rename)
        elif name in _NAMING:
            out[name] = _renamed(value, take, rename)
        elif name == "scope" and isinstance(value, dict):
            out[name] = _level(value, take, rename)
        elif name in _STRUCTURE or not isinstance(value, str | list | dict):
            out[name] = value
        else:
            out[name] = walk_value(value, hint_of(name), take)
    return out


def _attributes(attributes: Mapping[str, Any], take: Take, rename: Rename) -> dict[str, Any]:
    naming = {name: _renamed(value, take, rename) for name, value in attributes.items() if name in _NAMING}
    rest = walk_value({name: value for name, value in attributes.items() if name not in naming}, "", take)
    redacted: dict[str, Any] = naming | rest
    # In the sender's order where the keys are still theirs: what is not redacted is stored as it always was.
    return {name: redacted[name] for name in attributes if name in redacted} | redacted


def _renamed(value: Any, take: Take, rename: Rename) -> Any:
    """A value that only says what belongs together: as it is, or its pseudonym where it is personal data."""
    text = str(value)
    return value if take(text, "") == text else rename(text)
