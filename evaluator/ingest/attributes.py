"""What attributes may be, checked at the door: one that may not is left out and said, and its span is kept."""

from __future__ import annotations

from typing import Any

from evaluator.core.bounds import ATTRIBUTES, KEY, Bound
from evaluator.core.ids import content_hash
from evaluator.ingest.clean import clean_text, note
from evaluator.ingest.numbers import NUMBERS, is_beyond

TOO_LONG = "\x00"
"""What a key that is too long becomes until it is taken out: no other key has a NUL."""

_HASH_CHARS = 16
_LOOKED_AT = NUMBERS.keys() | {TOO_LONG}


class Keys(dict[str, str]):
    """The keys of a request's attributes as they are stored, by how they came: they repeat from span to span."""

    def __init__(self) -> None:
        self.watched: list[str] = []
        """Those that were met whose attributes have to be looked at."""

    def __missing__(self, key: str) -> str:
        clean = self[key] = clean_text(key) if len(key) <= KEY.most else TOO_LONG
        if clean in _LOOKED_AT and clean not in self.watched:
            self.watched.append(clean)
        return clean


def keep_bounded(attributes: dict[str, Any], keys: Keys, notes: list[str], name: str = "attributes") -> None:
    """Take out of `attributes` what is out of bounds, with a remark in `notes`; `name` is what they are called."""
    if len(attributes) > ATTRIBUTES.most:
        for key in list(attributes)[ATTRIBUTES.size :]:
            del attributes[key]
        note(notes, name, f"are more than {ATTRIBUTES.most}: the first were kept")
    for key in keys.watched:
        if key not in attributes:
            continue
        if key == TOO_LONG:
            note(notes, name, f"have a key of more than {KEY.most} characters, which was left out")
        elif is_beyond(key, attributes[key]):
            note(notes, f"{name}.{key}", f"is not {NUMBERS[key]} and was left out")
        else:
            continue
        del attributes[key]


def shortened(text: str, bound: Bound) -> str:
    """A name of at most so many characters; the end of a longer one becomes a hash, so that two stay two."""
    if len(text) <= bound.most:
        return text
    return f"{text[: bound.size - _HASH_CHARS - 1]}~{content_hash(text)[:_HASH_CHARS]}"
