"""What providers say in errors, made fit to be shown and logged: they echo keys and what was asked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from evaluator.core.errors import message_of

MOST = 200
"""Characters of a provider's message that are kept."""
_LOOKED_AT = 4000
_BEGINNING = 6
"""Characters of a secret that tell it."""
_KEYLIKE = re.compile(r"(?i)\b(?:sk|pk|rk|gsk|key|xai|hf|r8|api)[-_][\w*.-]{8,}|\bAIza[\w*-]{10,}|\bbearer\s+\S+")
_CONTROL = re.compile(r"[^\S ]|[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def _without_beginning(text: str, secret: str) -> str:
    """`text` without the beginning of `secret` that it may end with, where it was cut."""
    longest = min(len(secret) - 1, len(text))
    size = next((n for n in range(longest, _BEGINNING - 1, -1) if text.endswith(secret[:n])), 0)
    return text[:-size] + "[key]" if size else text


def shown(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` as one line of at most `MOST` characters, without `secrets` and what looks like a key."""
    text = text[:_LOOKED_AT]
    for secret in secrets:
        for form in {secret, quote(secret, safe="")} - {""}:
            text = _without_beginning(text.replace(form, "[key]"), form)
    text = _KEYLIKE.sub("[key]", _CONTROL.sub(" ", text))
    return message_of(ValueError(text))[:MOST]
