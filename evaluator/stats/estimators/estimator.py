"""What an estimator is: cells, and where it needs them labelled units, in; rates out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from evaluator.stats.cells import Cells
from evaluator.stats.columns import Floats, Index, Keys
from evaluator.stats.estimators.rates import LEVEL, Rates


@dataclass(frozen=True, slots=True, eq=False)
class LabelledUnits:
    """k units that a person has judged."""

    cell: Index
    """[k] the cell that each is a unit of."""
    weight: Floats
    """[k] 1/(inclusion x sender's probability x probability of review), > 0."""
    bad: Floats
    """[k] by the evaluator, in [0, 1]; NaN where it failed. (f)"""
    verdict: Floats
    """[k] bad by the person, in [0, 1]. (Y)"""
    cluster: Keys
    """[k] as in `Cells.of`."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What the rates of `size` points are made from; cell i is a stratum of point `point`[i], and no two are the same
    stratum of one point."""

    cells: Cells
    """n of them."""
    point: Index
    """[n] in 0 ... size - 1."""
    size: int
    labelled: LabelledUnits | None = None
    """Those in the cells; None where nobody asked for them."""

    @classmethod
    def of(cls, strata: Mapping[str, Cells], labelled: LabelledUnits | None = None) -> Evidence:
        """Of one point, from the cell of each stratum by name; `labelled.cell` counts them in the order of names."""
        cells = Cells.concat([strata[name] for name in sorted(strata)])
        return cls(cells, np.zeros(len(cells), dtype=np.intp), 1, labelled)


@dataclass(frozen=True, slots=True)
class Estimator:
    """A way to make rates, under the name by which it is asked for."""

    name: str
    caveat: str
    """What a reader must know of its rates, in a few words that go on after the name."""
    explanation: str
    """How it works, for readers who know no statistics."""
    estimate: Callable[[Evidence, float], Rates]
    """The rates [size] from the evidence, with intervals of a level in (0, 1)."""
    needs_labels: bool = False
    """Whether it reads labelled units, or cells only."""

    def rates(self, evidence: Evidence, level: float = LEVEL) -> Rates:
        """The rates [size] of the points.

        Raises ValueError for a `level` outside (0, 1), and for evidence without the labelled units that it needs.
        """
        if not 0.0 < level < 1.0:
            raise ValueError(f"level must lie in (0, 1), got {level}")
        if self.needs_labels and evidence.labelled is None:
            raise ValueError(f"{self.name} needs labelled units")
        return self.estimate(evidence, level)
