"""The readers of one series in one window: what each of them needs is read once."""

from __future__ import annotations

from functools import cached_property

from evaluator.core.slicing import Dimensions, SliceValues
from evaluator.pipeline.series.cube import Cube
from evaluator.pipeline.series.read_slices import SliceReader
from evaluator.pipeline.series.reviewed import Drawn, ReviewedReader
from evaluator.pipeline.series.torn import torn_cubes
from evaluator.pipeline.series.window import Window
from evaluator.pipeline.series.write_slices import KEPT
from evaluator.stats.estimators.estimator import Estimator
from evaluator.stats.estimators.labels import CORRECTED
from evaluator.stats.estimators.rates import Rate
from evaluator.stats.estimators.registry import ESTIMATORS
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.store import ProjectUnit


class Readers:
    """Reads slices of the series of `rule` in `window`, by any estimator."""

    def __init__(self, unit: ProjectUnit, rule: StoredRule, window: Window) -> None:
        self._unit, self._rule, self._window = unit, rule, window

    @cached_property
    def has_labels(self) -> bool:
        """Whether anything of the series was drawn for review."""
        return self._unit.reviewed.has_labels(self._rule.series, self._rule.criterion.name)

    @cached_property
    def _torn(self) -> list[Cube]:
        return torn_cubes(self._unit, self._rule, self._window)

    @cached_property
    def _framed(self) -> list[Cube]:
        return torn_cubes(self._unit, self._rule, self._window, framed=True)

    @cached_property
    def drawn(self) -> Drawn:
        """The samples of the series that people were asked about, of traces that began before the window's end."""
        return Drawn.read(self._unit, self._rule, self._window.end)

    def reader(self, dimensions: Dimensions, values: SliceValues | None, estimator: Estimator) -> SliceReader:
        """Of the slice with `values`, or of all by `dimensions`."""
        given = (self._unit, self._rule.series, dimensions, values, estimator, self._torn)
        return ReviewedReader(*given, self._framed, self.drawn) if estimator.needs_labels else SliceReader(*given)

    def best(self) -> Estimator:
        """The estimator that `best` stands for: corrected, where labels carry it over the whole window, else raw; for
        a slice the same as for the whole, so that the two fit each other."""
        if not self.has_labels:
            return KEPT
        _, totals = self.reader((), (), CORRECTED).totals(self._window)
        return CORRECTED if len(totals) and totals[0].enough else KEPT

    def totals(self) -> dict[str, Rate]:
        """The rate of the whole window by every estimator; of none where nobody was asked about the series."""
        found = {}
        for name, estimator in ESTIMATORS.items() if self.has_labels else ():
            _, totals = self.reader((), (), estimator).totals(self._window)
            if len(totals):
                found[name] = totals[0]
        return found

    def breakdown(self, dimension: str, estimator: Estimator) -> dict[str | None, Rate]:
        """The rate of the whole window for each value of a dimension."""
        values, rates = self.reader((dimension,), None, estimator).totals(self._window)
        return {value: rate for (value,), rate in zip(values, rates, strict=True)}
