"""Anchors by evaluator versions that became active after people were asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from evaluator.core.ports import Clock
from evaluator.core.quarantine import Step
from evaluator.core.retry import RETRY, RetryPolicy
from evaluator.core.turns import Turns
from evaluator.pipeline.isolation import Isolation
from evaluator.pipeline.review.anchors import anchor_new
from evaluator.store.store import Store, Unit

BATCH = 200
"""Tasks that are seen to in one transaction."""
Passed = dict[tuple[str, str], tuple[frozenset[str], tuple[datetime, str] | None]]
"""By project and criterion: for which evaluator versions tasks were seen to, and up to which of them."""


@dataclass(slots=True)
class Anchoring:
    """Sees to the anchors of all tasks, each time that another evaluator version is active.

    What was passed over already is known to this process alone: another one looks once more, and finds all as it is.
    """

    store: Store
    clock: Clock
    turns: Turns = field(default_factory=Turns)
    retry: RetryPolicy = RETRY
    passed: Passed = field(default_factory=dict)

    def step(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Go through what is new, of every project; returns how many jobs were queued."""
        isolation = Isolation(self.store, self.clock, Step.REVIEW, self.turns, self.retry)
        return isolation.each(lambda unit: unit.asking_projects.all(), partial(self._project, stop))

    def _project(self, stop: Callable[[], bool], project: str, _share: int) -> int:
        with self.store.read() as unit:
            wanted = _versions(unit, project)
        queued = 0
        for criterion, versions in sorted(wanted.items()):
            known, after = self.passed.get((project, criterion), (frozenset(), None))
            if not versions <= known:
                after = None
            while not stop():
                change = partial(anchor_new, project=project, criterion=criterion, after=after, limit=BATCH)
                last, jobs = self.store.change(partial(change, now=self.clock.now()))
                queued += jobs
                if last is None:
                    break
                after = last
            self.passed[project, criterion] = (versions, after)
        return queued


def _versions(unit: Unit, project: str) -> dict[str, frozenset[str]]:
    """The evaluator versions that are active for each criterion by which people are asked."""
    found: dict[str, set[str]] = {criterion: set() for criterion in unit.of(project).waves.criteria()}
    for rule in unit.of(project).rules.active():
        if rule.criterion.name in found:
            found[rule.criterion.name].add(rule.rule.fingerprint)
    return {criterion: frozenset(versions) for criterion, versions in found.items()}
