"""Ids of traces and spans that are in another form: what they seem to be, and how they should be sent."""

from __future__ import annotations

import re
from base64 import b64decode

from evaluator.core.errors import InvalidInput
from evaluator.ingest.clean import clip

_HEX = re.compile(r"[0-9a-f]*")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BASE64 = re.compile(r"([A-Za-z0-9+/_-]+)={0,2}")
_DECIMAL = re.compile(r"[0-9]{17,20}")
"""A number of 64 bits, unless it is a small one."""
_TEXT = re.compile(r"[0-9A-Za-z+/=_-]{9,}")
"""An id as text where its bytes belong."""


def wrong_id(value: str, digits: int, name: str) -> InvalidInput:
    """The refusal of an id, named `name`, that is not written in `digits` hexadecimal digits; `value` is it as it was
    sent, of bytes their hexadecimal digits."""
    remedy = f"Send {digits} hexadecimal digits ({digits // 2} bytes in protobuf)"
    lower = value.lower()
    if _UUID.fullmatch(lower):
        plain = lower.replace("-", "")
        fits = len(plain) == digits
        return InvalidInput(name, "is a UUID", f"{remedy}: without dashes, {plain}" if fits else remedy)
    if (found := _from_base64(value, digits // 2)) is not None:
        said = "OTLP/JSON writes ids in hexadecimal, and not in base64 as protobuf's own JSON mapping does"
        return InvalidInput(name, "seems to be base64", f"{remedy}, here {found}: {said}")
    if _HEX.fullmatch(lower) is None:
        return InvalidInput(name, "is not hexadecimal", f"{remedy}. OTLP/JSON writes ids in hexadecimal")
    problem = f"has {len(value)} hexadecimal digits ({len(value) / 2:g} bytes), not {digits} ({digits // 2} bytes)"
    if len(lower) == 16 and digits == 32:
        return InvalidInput(name, problem, f"{remedy}. An id of 64 bits is the right half of one: send {lower:0>32}")
    if _DECIMAL.fullmatch(lower):
        return InvalidInput(name, problem, f"{remedy}. If it is a decimal number, write it in hexadecimal")
    if _holds_text(lower):
        return InvalidInput(name, problem, f"{remedy}. Its bytes are a text: send those that the text stands for")
    return InvalidInput(name, problem, remedy)


def _from_base64(value: str, size: int) -> str | None:
    """The hexadecimal digits of `size` bytes in base64, with or without its padding; None where it is none."""
    found = _BASE64.fullmatch(clip(value))
    if found is None or len(found[1]) != -(-size * 4 // 3):
        return None
    text = found[1].replace("-", "+").replace("_", "/")
    return b64decode(text + "=" * (-len(text) % 4)).hex()


def _holds_text(digits: str) -> bool:
    """Whether bytes are an id in writing."""
    if len(digits) % 2 or len(digits) > 100:
        return False
    return _TEXT.fullmatch(bytes.fromhex(digits).decode("latin-1")) is not None
