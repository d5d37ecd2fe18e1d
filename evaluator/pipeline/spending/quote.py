"""What jobs that are not queued yet will cost, as far as that can be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from evaluator.core.evaluator import Evaluator, Priced
from evaluator.pipeline.spending.pace import Pace, read_pace
from evaluator.store.repositories.work.jobs import TARGET
from evaluator.store.store import Store

log = structlog.get_logger()


class Quote:
    """The costs (US dollars) and the time of a project's jobs by one evaluator version.

    `bound` is the most that the jobs added so far can cost; None where their price cannot be told.
    """

    def __init__(self, store: Store, project: str, fingerprint: str, evaluator: Evaluator) -> None:
        self._store, self._project, self._evaluator = store, project, evaluator
        with store.read() as unit:
            self._pace: Pace | None = read_pace(unit, project, fingerprint)
        self.bound: float | None = 0.0

    def cost(self, jobs: float) -> float | None:
        """What `jobs` cost by the mean of the outcomes so far; None where there are none."""
        if not isinstance(self._evaluator, Priced):
            return 0.0
        return None if self._pace is None else jobs * self._pace.mean_cost

    def seconds(self, jobs: float) -> float | None:
        """How long `jobs` take at the pace of the busiest recent minute; None where there is none."""
        return None if self._pace is None else jobs / self._pace.per_second

    def add(self, jobs: Sequence[Mapping[str, Any]]) -> None:
        """Have `bound` hold these rows of jobs too."""
        if not jobs or self.bound is None or not isinstance(self._evaluator, Priced):
            return
        keys = [(self._project, *(job[name] for name in TARGET[:-1])) for job in jobs]
        try:
            with self._store.read() as unit:
                samples = unit.of(self._project).traces.samples(keys)
            self.bound += sum(self._evaluator.price(list(samples.values())))
        except Exception as error:  # noqa: BLE001 - what is decided stays, whatever it is: there is no bound to tell
            log.warning("no_price", evaluator=type(self._evaluator).__name__, error=type(error).__name__)
            self.bound = None
