"""Which attributes of a span a fact of it depends on: those whose change changes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from evaluator.core.bounds import Bound
from evaluator.core.explained import Place, PlaceKind
from evaluator.ingest.conventions import CONVENTIONS, Facts, Said, read
from evaluator.ingest.numbers import number_of
from evaluator.ingest.shapes import structure
from evaluator.ingest.shapes.structure import leaves, plain

MARK = "\ue0f5"
"""A character of nobody's: a text that holds it was marked by us."""
LEAST = 4
"""Characters from which on a text in an attribute may be a part of a longer fact."""

SHORT = 80
"""Characters of a fact of which any part may stand alone, and of a word that may stand for a number."""
_WORDS = ("feedback", "sampling_probability", "error")
"""Facts that a word may say, and a number is read from it."""
_KINDS = ("role", "type", "name", "kind", "object")
"""What stands under these keys says what something is: changing it would change how the rest is read."""
_ANY = Bound("any number", float("inf"), "", "", least=float("-inf"))

Body = dict[str, Any]
Slot = tuple[str, ...]
"""Where a value stands in a body: its kind, then the keys to it."""


class Budget:
    """How much may be read again, in readings and in characters of bodies, and how many characters may be searched
    through."""

    def __init__(self, readings: int, characters: int, searched: int) -> None:
        self._readings, self._characters, self._searched = readings, characters, searched

    def take(self, size: int) -> bool:
        """Whether there is room for one more reading of a body of so many characters."""
        if self._readings <= 0 or self._characters < size:
            return False
        self._readings -= 1
        self._characters -= size
        return True

    def search(self, characters: int) -> bool:
        """Whether there is room to look through so many characters."""
        if self._searched < characters:
            return False
        self._searched -= characters
        return True


class SpanPlaces:
    """The places of one span; `logged` are the numbers of its events that came as log records."""

    def __init__(self, body: Body, logged: frozenset[int], budget: Budget) -> None:
        self._body, self._logged, self._budget = body, logged, budget
        self._facts = read(body)
        self._size = len(json.dumps(body, ensure_ascii=False, default=str))
        self._held: dict[Slot, list[Any]] = {slot: list(_leaves(value)) for slot, value in _slots(body)}
        self._conventions: dict[str, str] = {}
        self.exhausted = False

    def of(self, field: str, value: Any) -> list[Place]:
        """The places that decide a fact which says `value`; of a fact that has several, that one."""
        found = []
        name, wanted = self._convention(field), _Wanted(field, value)
        for slot, held in self._held.items():
            if not self._budget.search(wanted.effort(held)):
                self.exhausted = True
                continue
            if not any(map(wanted.may_be, held)):
                continue
            if not self._budget.take(self._size):
                self.exhausted = True
                break
            changed = getattr(read(_with(self._body, slot, wanted.marked)), field)
            if _carries(changed, getattr(self._facts, field), value):
                found.append(self._place(slot, name))
        return found

    def _place(self, slot: Slot, convention: str) -> Place:
        kind, name = PlaceKind(slot[0]), slot[-1]
        if kind is PlaceKind.EVENT:
            number = int(slot[1])
            kind = PlaceKind.LOG_RECORD if number in self._logged else kind
            name = f"{self._body['events'][number].get('name', '')}: {name}"
        return Place(kind, name, self._body["span_id"], self._body.get("name", ""), convention)

    def _convention(self, field: str) -> str:
        """The first convention that says this fact of the span: asked once for all passages, say."""
        if field not in self._conventions:
            said, empty = Said(self._body), getattr(Facts(), field)
            names = (c.name for c in CONVENTIONS if getattr(c.read(said), field) not in (None, "", empty))
            self._conventions[field] = next(names, "")
        return self._conventions[field]


def _slots(body: Body) -> Iterator[tuple[Slot, Any]]:
    for key, value in (body.get("attributes") or {}).items():
        yield (PlaceKind.ATTRIBUTE, key), value
    for number, event in enumerate(body.get("events") or ()):
        for key, value in (event.get("attributes") or {}).items():
            yield (PlaceKind.EVENT, str(number), key), value
    for key, value in (body.get("resource") or {}).items():
        yield (PlaceKind.RESOURCE, key), value
    if body.get("trace_state"):
        yield (PlaceKind.SPAN, "trace_state"), body["trace_state"]


def _leaves(value: Any) -> Iterator[Any]:
    parsed = structure(value)
    yield from leaves(value if parsed is None else parsed)


class _Wanted:
    """What a fact says, and how texts and numbers that may be it, or a part of it, are told from others."""

    def __init__(self, field: str, value: Any) -> None:
        self.value = value
        self._words = field in _WORDS
        self._parts = set(map(str, leaves(structure(value))))

    def may_be(self, leaf: Any) -> bool:
        if not isinstance(self.value, str):
            return self._is_number(leaf)
        text = leaf if isinstance(leaf, str) else str(leaf)
        if not text.strip():
            return False
        if len(text) >= len(self.value):
            return self.value in text
        if len(text) < LEAST and len(self.value) > SHORT:
            return False
        return text in self._parts if self._parts else text in self.value

    def effort(self, held: list[Any]) -> int:
        """How many characters are looked through to know of these which may be it."""
        within = len(self.value) if isinstance(self.value, str) and not self._parts else 0
        return sum(len(leaf) if isinstance(leaf, str) and len(leaf) >= within else within for leaf in held)

    def _is_number(self, leaf: Any) -> bool:
        if not isinstance(leaf, str):
            return isinstance(leaf, bool) or leaf == self.value
        number = number_of(leaf, _ANY)
        return self._words and len(leaf) <= SHORT if number is None else number == self.value

    def changed(self, leaf: Any) -> Any:
        """Another text or number, where it may be what is looked for."""
        if leaf is None or not self.may_be(leaf):
            return leaf
        if isinstance(self.value, bool):
            return None  # whatever it says, that it is there decides
        if isinstance(self.value, str) and not isinstance(leaf, str):
            return f"{leaf}{MARK}"
        if isinstance(leaf, str):
            # Where the fact is only a part of the text, that part is marked.
            inside = isinstance(self.value, str) and self.value in leaf
            return leaf.replace(self.value, self.value + MARK) if inside else leaf + MARK
        if isinstance(leaf, bool):
            return not leaf
        return leaf + 1 if isinstance(leaf, int) else leaf / 2 + 1e-6

    def marked(self, held: Any) -> Any:
        """What stands at a place, also as JSON text, with all of it changed that may be what is looked for."""
        parsed = structure(held)
        if parsed is None:
            return self.changed(held)
        walked = self._walk(parsed)
        return json.dumps(walked, ensure_ascii=False) if isinstance(held, str) else walked

    def _walk(self, node: Any) -> Any:
        if isinstance(node, dict):
            return {key: inner if plain(key) in _KINDS else self._walk(inner) for key, inner in node.items()}
        if isinstance(node, list):
            return [self._walk(inner) for inner in node]
        return self.changed(node)


def _carries(changed: Any, before: Any, value: Any) -> bool:
    """Whether a fact says something else since a place was changed, and that because of it."""
    if isinstance(before, tuple):
        texts = (item if isinstance(item, str) else item.text for item in changed)
        return any(MARK in text and value in text.replace(MARK, "") for text in texts)
    if isinstance(before, str):
        return changed is not None and MARK in changed
    return bool(changed != before)


def _with(body: Body, slot: Slot, change: Callable[[Any], Any]) -> Body:
    """The same body with another value at `slot`."""
    kind, name = slot[0], slot[-1]
    if kind == PlaceKind.SPAN:
        return body | {name: change(body[name])}
    if kind == PlaceKind.EVENT:
        events = list(body["events"])
        event = events[int(slot[1])]
        events[int(slot[1])] = event | {"attributes": event["attributes"] | {name: change(event["attributes"][name])}}
        return body | {"events": events}
    where = "attributes" if kind == PlaceKind.ATTRIBUTE else "resource"
    return body | {where: body[where] | {name: change(body[where][name])}}
