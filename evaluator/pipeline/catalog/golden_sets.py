"""Registers golden sets."""

from __future__ import annotations

from collections.abc import Sequence

from evaluator.core.access import LOCAL
from evaluator.core.bounds import GOLDEN, GOLDEN_ABOUT, GOLDEN_TITLE
from evaluator.core.errors import InvalidInput
from evaluator.core.evaluator import GoldenItem
from evaluator.core.names import check_name
from evaluator.core.ports import Clock
from evaluator.pipeline.catalog.documents import check_document, is_printable
from evaluator.store.repositories.catalog.golden_sets import GoldenSet
from evaluator.store.store import Store


def push_golden(
    store: Store,
    project: str,
    name: str,
    items: Sequence[GoldenItem],
    clock: Clock,
    *,
    title: str = "",
    description: str = "",
    actor: str = LOCAL,
) -> GoldenSet:
    """Store `items` as a version of the golden set `name`.

    Raises:
        InvalidInput: it can have no such name, title or description, or an item is wrong.
    """
    check_name("name", name, "a golden set")
    if len(title) > GOLDEN_TITLE.most or not is_printable(title):
        raise InvalidInput("title", f"must be printable, {GOLDEN_TITLE.size} characters at most")
    if len(description) > GOLDEN_ABOUT.most or not is_printable(description, lines=True):
        raise InvalidInput("description", f"must be printable, {GOLDEN_ABOUT.size} characters at most")
    _check_items(items)
    now = clock.now()
    with store.write() as unit:
        unit.projects.ensure(project, now)
        mine = unit.of(project).golden_sets
        before = next((s.version for s in mine.versions(name)), None)
        stored = mine.push(name, items, now, title=title, description=description)
        change = {"before": before, "after": stored.version, "items": stored.size}
        unit.of(project).audit.record(actor, "golden_set.push", name, now, **change)
    return stored


def _check_items(items: Sequence[GoldenItem]) -> None:
    if not 1 <= len(items) <= GOLDEN.most:
        raise InvalidInput("items", f"are {len(items)}, must be from 1 to {GOLDEN.size}")
    seen: set[str] = set()
    for i, item in enumerate(items):
        if item.id in seen:
            raise InvalidInput(f"items[{i}].id", f"{item.id!r} comes twice", "Give every item an id of its own")
        seen.add(item.id)
        check_document(dict(item), f"items[{i}]")
