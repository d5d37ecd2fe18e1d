"""Registers criteria, and finds the one that is meant: the project's own, else the shipped one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evaluator import shipped
from evaluator.core.access import LOCAL
from evaluator.core.bounds import CRITERIA
from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.ports import Clock
from evaluator.core.review.definition import CriterionDefinition
from evaluator.core.unknown import instead, shortened
from evaluator.pipeline.catalog.documents import is_printable, parse_document
from evaluator.store.repositories.catalog.criteria import StoredCriterion
from evaluator.store.store import Store, Unit


@dataclass(frozen=True, slots=True)
class KnownCriterion:
    """A version of a criterion that a project can use."""

    definition: CriterionDefinition
    version: str
    shipped: bool
    """Whether it says what this installation ships."""
    stored_at: datetime | None
    """None: it is shipped, and the project has no copy."""

    @property
    def source(self) -> str:
        """Where its words come from: ``shipped``, or ``project`` for what was pushed into it."""
        return "shipped" if self.shipped else "project"


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
        mine = unit.of(project).criteria
        before = mine.get(definition.name)
        if before is None and mine.count() >= CRITERIA.most:
            problem = f"would be more than {CRITERIA.size} of this project"
            raise InvalidInput("criterion", problem, "Push it as a version of one that is no longer needed")
        stored = mine.push(definition, now)
        change = {"before": before and before.version, "after": stored.version}
        unit.of(project).audit.record(actor, "criterion.push", definition.name, now, **change)
    return _known(stored)


def criteria_of(unit: Unit, project: str, name: str | None = None) -> list[KnownCriterion]:
    """Every version that a project can use, of one criterion or of all: by name, and the newest first.

    What is shipped stands last, unless the project has stored it: a project's own words are never replaced by an
    upgrade.
    """
    stored = [_known(found) for found in unit.of(project).criteria.versions(name)]
    there = {(found.definition.name, found.version) for found in stored}
    ours = [c for c in shipped.criteria().values() if name in (None, c.name) and (c.name, c.version) not in there]
    every = [*stored, *(KnownCriterion(c, c.version, shipped=True, stored_at=None) for c in ours)]
    return sorted(every, key=lambda found: found.definition.name)  # keeps the order of versions


def criteria_in_use(unit: Unit, project: str) -> list[KnownCriterion]:
    """Of every criterion, the version that a new wave would ask by; by name."""
    first: dict[str, KnownCriterion] = {}
    for found in criteria_of(unit, project):
        first.setdefault(found.definition.name, found)
    return list(first.values())


def known_criterion(unit: Unit, project: str, name: str, version: str | None = None) -> KnownCriterion:
    """The criterion `name` at `version`, else its newest: as the project pushed it, else as it is shipped.

    Raises:
        NotFound: there is no such criterion or version, naming what there is.
    """
    stored = unit.of(project).criteria.get(name, version)
    if stored is not None:
        return _known(stored)
    ours = shipped.criteria().get(name)
    if ours is not None and version in (None, ours.version):
        return KnownCriterion(ours, ours.version, shipped=True, stored_at=None)
    versions = [found.version for found in criteria_of(unit, project, name)]
    if versions:
        raise NotFound("criterion", f"{name}@{shortened(version or '')}", instead(version or "", versions, ""))
    names = [found.definition.name for found in criteria_in_use(unit, project)]
    raise NotFound("criterion", shortened(name), instead(name, names, "Push it with `faithline criteria push`"))


def criterion_of(unit: Unit, project: str, name: str, version: str | None = None) -> CriterionDefinition:
    """What `known_criterion` finds, without where it comes from. Raises NotFound."""
    return known_criterion(unit, project, name, version).definition


def ensure_stored(unit: Unit, project: str, name: str, now: datetime) -> CriterionDefinition:
    """The criterion `name` as the project uses it, kept in the project from now on: what people were asked outlives
    an upgrade. Raises NotFound."""
    found = known_criterion(unit, project, name)
    if found.stored_at is None:
        unit.of(project).criteria.keep(found.definition, now)
    return found.definition


def _known(stored: StoredCriterion) -> KnownCriterion:
    ours = shipped.criteria().get(stored.definition.name)
    same = ours is not None and ours.version == stored.version
    return KnownCriterion(stored.definition, stored.version, shipped=same, stored_at=stored.created_at)


def _check_texts(definition: CriterionDefinition) -> None:
    """Raises InvalidInput for a text that pages or terminals would show as something else."""
    lines = {name: getattr(definition, name) for name in ("question", "guidance", "cannot_tell", "does_not_apply")}
    lines |= {f"levels.{i}.when": level.when for i, level in enumerate(definition.levels)}
    words = {name: getattr(definition, name) for name in ("title", "marks")}
    words |= {f"levels.{i}.title": level.title for i, level in enumerate(definition.levels)}
    for field, text in (lines | words).items():
        if text is not None and not is_printable(text, lines=field in lines):
            problem = "holds what is not shown as it is" + ("" if field in lines else ", or a line end")
            raise InvalidInput(f"criterion.{field}", problem, "Leave control characters and changes of direction out")
