"""Finds the criterion that is meant, among those that a project has stored."""

from __future__ import annotations

from datetime import datetime

from evaluator.core.errors import NotFound
from evaluator.core.review.definition import CriterionDefinition
from evaluator.store.store import Unit


def criterion_of(unit: Unit, project: str, name: str, version: str | None = None) -> CriterionDefinition:
    """The criterion `name` at `version`, else its newest. Raises NotFound."""
    stored = unit.of(project).criteria.get(name, version)
    if stored is None:
        named = name if version is None else f"{name}@{version}"
        raise NotFound("criterion", named, "Push it with `faithline criteria push`")
    return stored.definition


def ensure_stored(unit: Unit, project: str, name: str, now: datetime) -> CriterionDefinition:
    """The criterion `name` as the project uses it, kept in the project from now on. Raises NotFound."""
    found = criterion_of(unit, project, name)
    unit.of(project).criteria.keep(found, now)
    return found
