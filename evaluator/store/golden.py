"""Golden sets as evaluators see them."""

from __future__ import annotations

from collections.abc import Sequence

from evaluator.core.errors import NotFound
from evaluator.core.evaluator import GoldenItem
from evaluator.store.store import Store


class StoredGolden:
    """The golden sets of one project, as evaluators see them (`core.evaluator.GoldenIndex`)."""

    def __init__(self, store: Store, project: str) -> None:
        self._store, self._project = store, project

    def version(self, name: str, version: str | None = None) -> str:
        with self._store.read() as unit:
            sets = unit.of(self._project).golden_sets.versions(name)
        for candidate in sets:
            if version in (None, candidate.version):
                return candidate.version
        remedy = "Push it with `faithline golden push`, or list what there is with `faithline golden list`"
        raise NotFound("golden set", name if version is None else f"{name}@{version}", remedy)

    def items(self, name: str, version: str) -> Sequence[GoldenItem]:
        with self._store.read() as unit:
            return unit.of(self._project).golden_sets.items(name, version)
