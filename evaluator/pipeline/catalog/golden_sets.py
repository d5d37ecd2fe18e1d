"""Registers golden sets."""

from __future__ import annotations

from collections.abc import Sequence

from evaluator.core.access import LOCAL
from evaluator.core.evaluator import GoldenItem
from evaluator.core.ports import Clock
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
    """Store `items` as a version of the golden set `name`."""
    now = clock.now()
    with store.write() as unit:
        unit.projects.ensure(project, now)
        mine = unit.of(project).golden_sets
        before = next((s.version for s in mine.versions(name)), None)
        stored = mine.push(name, items, now, title=title, description=description)
        change = {"before": before, "after": stored.version, "items": stored.size}
        unit.of(project).audit.record(actor, "golden_set.push", name, now, **change)
    return stored
