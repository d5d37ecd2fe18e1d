"""Reads a judge's reply: strictly into the verdicts of its rubric, or not at all."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from evaluator.core.rubric import Rubric

SCHEMA_VERSION = "1"
MAX_REASON = 4_000
"""Characters of a reason that are kept."""
_FENCE = "```"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge said: one of the labels of the rubric, or ``cannot_tell`` or ``does_not_apply``, and why."""

    label: str
    reason: str = ""


class Unreadable(ValueError):
    """A reply that is no verdict; its message is the end of a sentence, and quotes nothing of the reply."""


def schema_of(rubric: Rubric, *, explain: bool = True) -> dict[str, Any]:
    """The JSON schema of a reply: the reason comes before the verdict, so that the verdict follows from it."""
    properties: dict[str, Any] = {"reason": {"type": "string"}} if explain else {}
    properties["verdict"] = {"type": "string", "enum": [*rubric.verdicts]}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def read_verdict(text: str, rubric: Rubric) -> Verdict:
    """The verdict of a reply. A Markdown fence around it is taken off, labels may differ in case and hyphens, and
    texts, numbers and the like beside it are passed over; all else that is not what was asked for is refused.

    Raises:
        Unreadable: says what is wrong.
    """
    try:
        found = json.loads(_unwrapped(text), object_pairs_hook=_once)
    except Unreadable:
        raise
    except (ValueError, RecursionError):
        raise Unreadable("it was not one JSON object") from None
    if not isinstance(found, dict):
        raise Unreadable("it was JSON, but no object")
    if "verdict" not in found:
        raise Unreadable("it had no verdict")
    if any(isinstance(found[name], (dict, list)) for name in found.keys() - {"verdict", "reason"}):
        raise Unreadable("it held more than a reason and a verdict")  # there may be other verdicts in it
    said, reason = found["verdict"], found.get("reason", "")
    if not isinstance(said, str):
        raise Unreadable("its verdict was no text")
    if not isinstance(reason, str):
        raise Unreadable("its reason was no text")
    label = _known(rubric.verdicts).get(_folded(said))
    if label is None:
        raise Unreadable("its verdict was none of those that are allowed")
    return Verdict(label, reason.strip()[:MAX_REASON])


def _unwrapped(text: str) -> str:
    """`text` without the Markdown fence around it. No pattern, which would try every way to share out the blanks:
    judges can be talked into sending thousands of them."""
    inner = text.strip()
    if not inner.startswith(_FENCE) or not inner.endswith(_FENCE):
        return text
    first, line_end, rest = inner[len(_FENCE) : -len(_FENCE)].partition("\n")
    language = first.strip()
    return rest if line_end and (not language or (language.isascii() and language.isalpha())) else text


@lru_cache(maxsize=64)
def _known(labels: tuple[str, ...]) -> dict[str, str]:
    return {_folded(label): label for label in labels}


def _folded(label: str) -> str:
    return re.sub(r"[\s_-]+", "_", label.strip().casefold())


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, none of whose keys may stand there twice: which one would count is anybody's guess."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Unreadable("it said something twice")
    return found
