"""Contents that a framework writes into its log instead of its spans: a heading, and texts in quotes below it.

Spring AI does so, within the span that they belong to (its ``log-prompt``, ``log-completion`` and
``log-query-response``). Texts stand there as they are, nothing is escaped: ``["first", "second"]``, and
``["system":"...", "user":"..."]`` where roles are known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_ASKED, _TOLD, _FOUND = "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.retrieval.documents"
_ROLE = re.compile(r'(?:^|", )"(system|user|assistant|tool)":"')
_EMPTY = ("", "null")


def _by_role(listed: str) -> list[dict[str, str]]:
    said = _ROLE.split(listed)
    return [
        {"role": role, "content": text}
        for role, text in zip(said[1::2], said[2::2], strict=True)
        if text not in _EMPTY
    ]


def _texts(listed: str) -> list[str]:
    return [text for text in listed[1:].split('", "') if text not in _EMPTY]


def _last(listed: str) -> list[dict[str, str]]:
    """Who said which text is not said; the last is what the model was asked."""
    return [{"role": "user", "content": text} for text in _texts(listed)[-1:]]


def _whole(listed: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": listed[1:]}]


_LINES: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "Chat Client Prompt Content": (_ASKED, _by_role),
    "Chat Client Completion": (_TOLD, _whole),
    "Chat Model Prompt Content": (_ASKED, _last),
    "Chat Model Completion": (_TOLD, _whole),
    "Vector Store Query Response": (_FOUND, _texts),
}
"""By heading: the attribute of a span that says the same, and how to read it."""
HEADINGS = tuple(_LINES)


def heading_of(text: Any) -> str:
    """The heading of a line that holds contents; empty for anything else."""
    if not isinstance(text, str):
        return ""
    heading, colon, _ = text[:40].partition(":\n[")
    return heading if colon and heading in _LINES else ""


def content_of(text: Any) -> dict[str, Any]:
    """What such a line says, as attributes of its span; nothing for anything else."""
    heading = heading_of(text)
    if not heading:
        return {}
    attribute, read = _LINES[heading]
    listed = text[len(heading) + 3 :].strip().removesuffix("]").removesuffix('"')  # a long line may have lost its end
    return {attribute: read(listed)} if listed else {}
