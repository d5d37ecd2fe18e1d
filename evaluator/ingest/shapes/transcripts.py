"""Conversations that were written down as one text."""

from __future__ import annotations

import re

from evaluator.ingest.shapes.messages import Message, role_of

_SPEAKER = re.compile(r"^(system|human|user|assistant|ai|tool|function)[ \t]*:[ \t]*", re.IGNORECASE | re.MULTILINE)


_WORDS = 3
"""Words from which on what follows a single speaker is said by them: before a field of a form stands one, too."""


def _is_one_turn(text: str, turns: list[re.Match[str]]) -> bool:
    said = text[turns[0].end() :].strip()
    return len(turns) == 1 and "\n" not in said and len(said.split()) >= _WORDS


def transcript(text: str) -> tuple[Message, ...]:
    """The messages of a conversation that was written down line by line, each with who said it."""
    turns = list(_SPEAKER.finditer(text))
    if not turns or text[: turns[0].start()].strip():
        return ()
    speakers = {turn[1].lower() for turn in turns}
    if not speakers & {"user", "human"}:
        return ()
    if len(speakers) == 1 and not turns[0][1].startswith("Human") and not _is_one_turn(text, turns):
        return ()
    ends = [*(turn.start() for turn in turns[1:]), len(text)]
    said = [(role_of(turn[1]), text[turn.end() : end].strip()) for turn, end in zip(turns, ends, strict=True)]
    return tuple(Message(role=role, text=words) for role, words in said if words)
