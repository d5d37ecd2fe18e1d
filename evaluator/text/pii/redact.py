"""Texts and JSON values with marks such as ``[email]`` in the place of personal data."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

from evaluator.core.people import Hidden
from evaluator.text.pii.finder import find_all, merged
from evaluator.text.pii.reading import BARRIER
from evaluator.text.structured import is_json, json_tokens, readable_key

T = TypeVar("T")
R = TypeVar("R")

MAX_NESTING = 8
"""How often JSON may be written inside of a text of JSON and still be read as such, in levels."""

_HEADS = '{["'
_GROUP_CHARS, _GROUP_TEXTS = 2**16, 4096
"""How much is searched at a time: a search has a price of its own, far above that of a short text."""
_LONG_KEY = 200
_FEWEST_DIGITS = 7
"""No number that is personal data by itself has fewer."""
# Most keys hold no personal data, and their form says so far faster than a search.
_PLAIN_KEY = re.compile(r"[A-Za-z_.]{0,100}(?:[0-9]{1,4}[A-Za-z_.]{1,100}){0,8}[0-9]{0,4}")
_NO_HINT = frozenset(("id", "ids", "uuid", "guid", "hash", "digest", "version", "index", "count", "tokens", "at"))
"""The last words of keys that name numbers of machines, whatever else they name."""

Item = tuple[str, str]
"""A text, and words that say what it is."""
Take = Callable[[str, str], str]
"""Gives a text for a text, and the words that say what it is."""


class _Leaf(NamedTuple):
    """A key or scalar of a JSON text: where and how it is written, what it says, and what it is called."""

    start: int
    end: int
    written: str
    is_key: bool
    item: Item


class Redactor:
    """Replaces what is found of some kinds by their names in brackets. Thread-safe.

    Everything that overlaps with something found goes with it. The words of the key that a value stands under count
    as words in front of it.
    """

    def __init__(self, kinds: Collection[str]) -> None:
        self._kinds = frozenset(kinds)

    def text(self, text: str, hint: str = "") -> str:
        """`text` redacted. Text that is JSON stays JSON, and everything but the marks stays as it was written.

        Args:
            text: any text.
            hint: words that say what the text is.
        """
        return self._each([(text, hint)], 0)[0]

    def value(self, value: Any, hint: str = "") -> Any:
        """A JSON value with its texts and keys redacted, and whole numbers that are personal data as marks."""
        return self.through(lambda take: walk_value(value, hint, take))

    def through(self, walk: Callable[[Take], R]) -> R:
        """What `walk` makes of the redacted texts.

        `walk` is called twice, must take the same texts in the same order both times, and is given them as they are
        the first time: all of them are searched at once, in between.
        """
        items: list[Item] = []

        def collect(text: str, hint: str) -> str:
            items.append((text, hint))
            return text

        walk(collect)
        redacted = iter(self._each(items, 0))
        return walk(lambda _text, _hint: next(redacted))

    def _each(self, items: Sequence[Item], depth: int) -> list[str]:
        """Every text redacted, at `depth` levels of JSON within JSON."""
        out = [text for text, _ in items]
        plain = []
        for place, (text, hint) in enumerate(items):
            if depth < MAX_NESTING and is_json(text, _HEADS):
                out[place] = self._json(text, hint, depth)
            elif text:
                plain.append(place)
        for group in _groups(plain, lambda place: items[place][0]):
            for place, new in zip(group, self._search([items[place] for place in group]), strict=True):
                out[place] = new
        return out

    def _search(self, items: Sequence[Item]) -> list[str]:
        """The texts redacted by one search of all of them; nothing reaches from one into the next."""
        leads = [f"{hint}: " if hint else "" for _, hint in items]
        bounds = [0]
        for lead, (text, _) in zip(leads, items, strict=True):
            bounds.append(bounds[-1] + len(lead) + len(text) + len(BARRIER))
        joined = "".join(f"{lead}{text}{BARRIER}" for lead, (text, _) in zip(leads, items, strict=True))
        spans = iter([*merged(find_all(joined, self._kinds)), None])
        span = next(spans)
        out = []
        for (start, end), lead, (text, _) in zip(pairwise(bounds), leads, items, strict=True):
            first, pieces, done = start + len(lead), [], 0
            while span is not None and span.start < end:
                if span.end > first:
                    pieces += [text[done : max(0, span.start - first)], f"[{span.kind}]"]
                    done = span.end - first
                span = next(spans)
            out.append("".join([*pieces, text[done:]]) if pieces else text)
        return out

    def _json(self, text: str, hint: str, depth: int) -> str:
        out, done = [], 0
        made: Counter[str] = Counter()
        for group in _groups(_leaves(text, hint), lambda leaf: leaf.item[0]):
            for leaf, new in zip(group, self._each([leaf.item for leaf in group], depth + 1), strict=True):
                written = _rewritten(leaf, new, made)
                if written is not None:
                    out += [text[done : leaf.start], written]
                    done = leaf.end
        return "".join([*out, text[done:]]) if out else text


def hint_of(key: str) -> str:
    """What a key says of its value, in words: the last two names of ``metadata.customer.phoneNumber``."""
    return _hint(key) if len(key) <= _LONG_KEY else ""


@lru_cache(maxsize=4096)
def _hint(key: str) -> str:
    words = readable_key(" ".join(key.split(".")[-2:])).lower()
    return "" if words.rpartition(" ")[2] in _NO_HINT else words


def walk_value(value: Any, hint: str, take: Take) -> Any:
    """A copy of a JSON value with everything that may hold personal data as `take` gives it back: not pseudonyms."""
    if isinstance(value, str):
        return value if isinstance(value, Hidden) else take(value, hint)
    if isinstance(value, list):
        return [walk_value(item, hint, take) for item in value]
    if isinstance(value, int) and abs(value) >= 10 ** (_FEWEST_DIGITS - 1) and not isinstance(value, bool):
        new = take(str(value), hint)
        return new if _is_mark(new) else value
    if isinstance(value, dict):
        made: Counter[str] = Counter()
        return {_numbered(_walk_key(k, take), made): walk_value(v, hint_of(k), take) for k, v in value.items()}
    return value


def _walk_key(key: str, take: Take) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else take(key, "")


def _leaves(text: str, hint: str) -> Iterator[_Leaf]:
    """What may hold personal data in a JSON text."""
    for token in json_tokens(text):
        start, end, written = token.start, token.end, token.text
        if written[0] == '"':
            plain = str(json.loads(written))
            if token.is_key and not _PLAIN_KEY.fullmatch(plain):
                yield _Leaf(start, end, written, True, (plain, ""))
            elif not token.is_key and plain:
                yield _Leaf(start, end, written, False, (plain, _path_hint(token.keys) or hint))
        elif len(written) >= _FEWEST_DIGITS and written.lstrip("-").isdigit():
            yield _Leaf(start, end, written, False, (written, _path_hint(token.keys) or hint))


def _path_hint(keys: Sequence[str]) -> str:
    return hint_of(".".join(keys[-2:]))


def _rewritten(leaf: _Leaf, new: str, made: Counter[str]) -> str | None:
    """How a leaf is to be written, or None if it stays as it is. `made` counts the keys that are marks."""
    if leaf.is_key:
        new = _numbered(new, made)
    if new == leaf.item[0]:
        return None
    if leaf.written[0] != '"':
        return json.dumps(new) if _is_mark(new) else None
    try:
        new.encode()
    except UnicodeEncodeError:  # an escaped lone surrogate: no database stores it bare
        return json.dumps(new)
    return json.dumps(new, ensure_ascii=leaf.written.isascii())


def _is_mark(text: str) -> bool:
    return text.startswith("[") and text.endswith("]")


def _numbered(key: str, made: Counter[str]) -> str:
    """Keys that became the same mark are told apart by a number, so that no value is lost."""
    if not key.startswith("["):
        return key
    made[key] += 1
    return key if made[key] == 1 else f"{key} {made[key]}"


def _groups(items: Iterable[T], text_of: Callable[[T], str]) -> Iterator[list[T]]:
    """The items in groups of a size that is searched at a time."""
    group: list[T] = []
    size = 0
    for item in items:
        group.append(item)
        size += len(text_of(item))
        if size >= _GROUP_CHARS or len(group) >= _GROUP_TEXTS:
            yield group
            group, size = [], 0
    if group:
        yield group
