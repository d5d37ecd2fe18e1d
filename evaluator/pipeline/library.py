"""Registers golden sets and rubrics."""

from __future__ import annotations

from collections.abc import Sequence

from evaluator.core.access import LOCAL
from evaluator.core.evaluator import GoldenItem
from evaluator.core.ports import Clock
from evaluator.core.rubric import Rubric
from evaluator.store.repositories.library import GoldenSet
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
        library = unit.of(project).library
        before = next((s.version for s in library.golden_sets(name)), None)
        stored = library.push_golden(name, items, now, title=title, description=description)
        change = {"before": before, "after": stored.version, "items": stored.size}
        unit.of(project).audit.record(actor, "golden_set.push", name, now, **change)
    return stored


def push_rubric(store: Store, project: str, rubric: Rubric, clock: Clock, actor: str = LOCAL) -> str:
    """Store a version of a rubric; returns the version."""
    now = clock.now()
    with store.write() as unit:
        unit.projects.ensure(project, now)
        library = unit.of(project).library
        before = next((r["version"] for r in library.rubrics() if r["name"] == rubric.name), None)
        version = library.push_rubric(rubric, now)
        unit.of(project).audit.record(actor, "rubric.push", rubric.name, now, before=before, after=version)
    return version
