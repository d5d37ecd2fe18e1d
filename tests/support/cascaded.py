"""A house whose rule is a cascade: shouting is told for nothing, and for money by what costs some."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from evaluator.core.evaluator import Evaluator
from evaluator.core.rule import FIRST
from evaluator.pipeline.series.read import SeriesQuery, read_series
from evaluator.stats.estimators.rates import Rate
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.repositories.sampling.selections import Selection
from tests.support.house import PROJECT, ShoutEvaluator
from tests.support.paid import PaidHouse

_EVER = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)


@dataclass
class CascadeHouse(PaidHouse):
    """The rule ``paying``, with `cheap` for a first step."""

    cheap: ShoutEvaluator = field(default_factory=ShoutEvaluator)
    pins: dict[str, str] = field(default_factory=dict)

    def build(self, project: str, pinned: str) -> Evaluator:
        return self.cheap if pinned in self.pins else self.evaluator

    def cascade(self, kappa: float = 0.5, **fields: Any) -> StoredRule:
        step = {"evaluator": "shout", "rate": kappa} | fields.pop("step", {})
        stored = self.rule(cascade=step, **fields)
        assert stored.rule.cascade is not None
        self.pins[stored.rule.cascade.fingerprint] = "cheap"
        return stored

    def decisions(self, name: str = "paying") -> dict[str, Selection]:
        """What stands decided by the series of a rule, by target."""
        with self.store.read() as unit:
            mine = unit.of(PROJECT)
            series = {r.series for r in mine.rules.versions(name)}
            ids = [row for _, row in mine.traces.planned_between(*_EVER, None, 10_000)]
            return {s.target_id: s for s in mine.plans.of_traces(ids) if s.series in series}

    def first(self) -> dict[str, Selection]:
        return self.decisions("paying" + FIRST)

    def rate(self, method: str = "raw", rule: str = "paying") -> Rate:
        with self.store.read() as unit:
            (found,) = read_series(unit, PROJECT, SeriesQuery(rule=rule, method=method, start=_EVER[0], end=_EVER[1]))
        assert found.total is not None
        return found.total

    def work(self) -> None:
        """Everything that can be done, the second step too."""
        for _ in range(2):
            self.run()
