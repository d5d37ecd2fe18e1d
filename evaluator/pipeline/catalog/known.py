"""Documents that a project can use, its own and shipped ones, and which of their versions is meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic

from evaluator.core.bounds import Bound
from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.unknown import instead, shortened
from evaluator.pipeline.catalog.documents import is_printable
from evaluator.store.repositories.catalog.versions import D, Stored, Versions
from evaluator.store.store import Unit


@dataclass(frozen=True, slots=True)
class Known(Generic[D]):
    """A version of a document that a project can use."""

    definition: D
    version: str
    shipped: bool
    """Whether it says what this installation ships."""
    stored_at: datetime | None
    """None: it is shipped, and the project has no copy."""

    @property
    def source(self) -> str:
        """Where its words come from: ``shipped``, or ``project`` for what was pushed into it."""
        return "shipped" if self.shipped else "project"


@dataclass(frozen=True, slots=True)
class Catalog(Generic[D]):
    """One kind of document (`kind`: ``criterion``), of which `shipped` gives the shipped ones by name."""

    kind: str
    command: str
    """That pushes one: ``faithline criteria push``."""
    most: Bound
    shipped: Callable[[], Mapping[str, D]]
    stored: Callable[[Unit, str], Versions[D]]
    """The repository of a project."""

    def push(self, unit: Unit, project: str, definition: D, now: datetime, actor: str) -> Known[D]:
        """Store `definition` as a version of its name, the one that is used from now on, and write it down.

        Raises:
            InvalidInput: the project has too many of them.
        """
        mine = self.stored(unit, project)
        before = mine.get(definition.name)
        if before is None and mine.count() >= self.most.most:
            problem = f"would be more than {self.most.size} of this project"
            raise InvalidInput(self.kind, problem, "Push it as a version of one that is no longer needed")
        stored = mine.push(definition, now)
        change = {"before": before and before.version, "after": stored.version}
        unit.of(project).audit.record(actor, f"{self.kind}.push", definition.name, now, **change)
        return self._known(stored)

    def every(self, unit: Unit, project: str, name: str | None = None) -> list[Known[D]]:
        """Every version that a project can use, of one document or of all: by name, and the newest first.

        What is shipped stands last, unless the project has stored it: a project's own words are never replaced by an
        upgrade.
        """
        stored = [self._known(found) for found in self.stored(unit, project).versions(name)]
        there = {(found.definition.name, found.version) for found in stored}
        ours = [d for d in self.shipped().values() if name in (None, d.name) and (d.name, d.version) not in there]
        every = [*stored, *(Known(d, d.version, shipped=True, stored_at=None) for d in ours)]
        return sorted(every, key=lambda found: found.definition.name)  # keeps the order of versions

    def in_use(self, unit: Unit, project: str) -> list[Known[D]]:
        """Of every document, the version that is used from now on; by name."""
        first: dict[str, Known[D]] = {}
        for found in self.every(unit, project):
            first.setdefault(found.definition.name, found)
        return list(first.values())

    def known(self, unit: Unit, project: str, name: str, version: str | None = None) -> Known[D]:
        """The document `name` at `version`, else its newest: as the project pushed it, else as it is shipped.

        Raises:
            NotFound: there is no such document or version, naming what there is.
        """
        stored = self.stored(unit, project).get(name, version)
        if stored is not None:
            return self._known(stored)
        ours = self.shipped().get(name)
        if ours is not None and version in (None, ours.version):
            return Known(ours, ours.version, shipped=True, stored_at=None)
        versions = [found.version for found in self.every(unit, project, name)]
        if versions:
            raise NotFound(self.kind, f"{name}@{shortened(version or '')}", instead(version or "", versions, ""))
        names = [found.definition.name for found in self.in_use(unit, project)]
        raise NotFound(self.kind, shortened(name), instead(name, names, f"Push it with `{self.command}`"))

    def pair(
        self, unit: Unit, project: str, name: str, before: str | None = None, after: str | None = None
    ) -> tuple[Known[D], Known[D]]:
        """Two versions to be compared: `after`, else the newest, and `before`, else the newest other one.

        Raises:
            NotFound: one of them is not there.
            InvalidInput: there is no other version.
        """
        new = self.known(unit, project, name, after)
        if before is not None:
            return self.known(unit, project, name, before), new
        earlier = [found for found in self.every(unit, project, name) if found.version != new.version]
        if not earlier:
            raise InvalidInput(self.kind, f"{name} has one version only", "Push another one to compare it with")
        return earlier[0], new

    def ensure_stored(self, unit: Unit, project: str, name: str, now: datetime) -> D:
        """The document `name` as the project uses it, kept in the project from now on: it outlives an upgrade.
        Raises NotFound."""
        found = self.known(unit, project, name)
        if found.stored_at is None:
            self.stored(unit, project).keep(found.definition, now)
        return found.definition

    def _known(self, stored: Stored[D]) -> Known[D]:
        ours = self.shipped().get(stored.definition.name)
        same = ours is not None and ours.version == stored.version
        return Known(stored.definition, stored.version, shipped=same, stored_at=stored.created_at)


def check_texts(kind: str, lines: Mapping[str, str | None], words: Mapping[str, str | None]) -> None:
    """Raises InvalidInput for a text (by field) that pages or terminals would show as something else; only those of
    `lines` may have several."""
    for field, text in {**lines, **words}.items():
        if text is not None and not is_printable(text, lines=field in lines):
            problem = "holds what is not shown as it is" + ("" if field in lines else ", or a line end")
            raise InvalidInput(f"{kind}.{field}", problem, "Leave control characters and changes of direction out")
