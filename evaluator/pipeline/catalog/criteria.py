"""Registers criteria, and finds the one that is meant: the project's own, else the shipped one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from evaluator import shipped
from evaluator.core.access import LOCAL
from evaluator.core.bounds import CRITERIA as MOST
from evaluator.core.ports import Clock
from evaluator.core.review.definition import CriterionDefinition
from evaluator.pipeline.catalog.documents import parse_document
from evaluator.pipeline.catalog.known import Catalog, Known, check_texts
from evaluator.store.store import Store, Unit

KnownCriterion = Known[CriterionDefinition]

CRITERIA: Catalog[CriterionDefinition] = Catalog(
    "criterion", "faithline criteria push", MOST,
    shipped=lambda: shipped.criteria(), stored=lambda unit, project: unit.of(project).criteria,
)  # fmt: skip


def parse_criterion(definition: Any) -> CriterionDefinition:
    """A criterion from what a user wrote.

    Raises:
        InvalidInput: names the first field that is wrong.
    """
    found = parse_document(CriterionDefinition, definition, "criterion", "docs/criteria.md")
    _check_texts(found)
    return found


def push_criterion(
    store: Store, project: str, definition: CriterionDefinition, clock: Clock, *, actor: str = LOCAL
) -> KnownCriterion:
    """Store `definition` as a version of its name, and the one that is used from now on.

    Raises:
        InvalidInput: a text of it holds what is not shown, or the project has too many criteria.
    """
    _check_texts(definition)
    now = clock.now()
    with store.write() as unit:
        unit.projects.ensure(project, now)
        return CRITERIA.push(unit, project, definition, now, actor)


def criteria_of(unit: Unit, project: str, name: str | None = None) -> list[KnownCriterion]:
    """Every version that a project can use, of one criterion or of all (`Catalog.every`)."""
    return CRITERIA.every(unit, project, name)


def criteria_in_use(unit: Unit, project: str) -> list[KnownCriterion]:
    """Of every criterion, the version that a new wave would ask by; by name."""
    return CRITERIA.in_use(unit, project)


def known_criterion(unit: Unit, project: str, name: str, version: str | None = None) -> KnownCriterion:
    """The criterion `name` at `version`, else its newest: as the project pushed it, else as it is shipped.

    Raises:
        NotFound: there is no such criterion or version, naming what there is.
    """
    return CRITERIA.known(unit, project, name, version)


def criterion_of(unit: Unit, project: str, name: str, version: str | None = None) -> CriterionDefinition:
    """What `known_criterion` finds, without where it comes from. Raises NotFound."""
    return known_criterion(unit, project, name, version).definition


def ensure_stored(unit: Unit, project: str, name: str, now: datetime) -> CriterionDefinition:
    """The criterion `name` as the project uses it, kept in the project from now on: what people were asked outlives
    an upgrade. Raises NotFound."""
    return CRITERIA.ensure_stored(unit, project, name, now)


def _check_texts(definition: CriterionDefinition) -> None:
    lines = {name: getattr(definition, name) for name in ("question", "guidance", "cannot_tell", "does_not_apply")}
    lines |= {f"levels.{i}.when": level.when for i, level in enumerate(definition.levels)}
    words = {name: getattr(definition, name) for name in ("title", "marks")}
    words |= {f"levels.{i}.title": level.title for i, level in enumerate(definition.levels)}
    check_texts("criterion", lines, words)
