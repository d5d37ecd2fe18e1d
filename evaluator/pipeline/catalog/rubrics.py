"""Registers rubrics."""

from __future__ import annotations

from evaluator.core.access import LOCAL
from evaluator.core.ports import Clock
from evaluator.core.rubric import Rubric
from evaluator.pipeline.catalog.documents import check_document
from evaluator.store.store import Store


def push_rubric(store: Store, project: str, rubric: Rubric, clock: Clock, actor: str = LOCAL) -> str:
    """Store a version of a rubric; returns the version. Raises InvalidInput for what can not be stored."""
    check_document(rubric.model_dump(mode="json"), "rubric")
    now = clock.now()
    with store.write() as unit:
        unit.projects.ensure(project, now)
        mine = unit.of(project).rubrics
        before = next((r["version"] for r in mine.versions() if r["name"] == rubric.name), None)
        version = mine.push(rubric, now)
        unit.of(project).audit.record(actor, "rubric.push", rubric.name, now, before=before, after=version)
    return version
