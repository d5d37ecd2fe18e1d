"""What an estimator is: cells, and where it needs them labelled units, in; rates out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from evaluator.stats.cells import Cells
from evaluator.stats.columns import Index
from evaluator.stats.estimators.labelled import Carried, LabelledUnits, Reviewed
from evaluator.stats.estimators.rates import LEVEL, Rates


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The strata that n cells are parts of, and their order in these."""

    stratum: Index
    """[n] any numbers; cells of an equal one and an equal point belong together."""
    order: Index
    """[n] parts that follow each other are most alike."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What the rates of `size` points are made from; cell i is a stratum of point `point`[i], and no two are the same
    stratum of one point."""

    cells: Cells
    """n of them."""
    point: Index
    """[n] in 0 ... size - 1."""
    size: int
    reviewed: Reviewed | None = None
    """None where nobody asked for it."""
    carried: Carried | None = None
    """None where nobody asked for it."""
    finite: bool = False
    """Whether the intervals are to speak about these units of traffic only, and the cells are `finite_cells`."""
    parts: Parts | None = None
    """Where cells are parts of strata that a cascade tells apart."""

    @classmethod
    def of(cls, strata: Mapping[str, Cells], units: LabelledUnits | None = None) -> Evidence:
        """Of one point, from the cell of each stratum by name; `units.cell` counts them in the order of names, and
        every selected unit could have been drawn for review."""
        cells = Cells.concat([strata[name] for name in sorted(strata)])
        point = np.zeros(len(cells), dtype=np.intp)
        return cls(cells, point, 1, None if units is None else Reviewed(cells, point, units))


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
    carries: bool = False
    """Whether those may be of other times than the points."""

    def rates(self, evidence: Evidence, level: float = LEVEL) -> Rates:
        """The rates [size] of the points.

        Raises ValueError for a `level` outside (0, 1), and for evidence without the labelled units that it needs.
        """
        if not 0.0 < level < 1.0:
            raise ValueError(f"level must lie in (0, 1), got {level}")
        found = evidence.carried if self.carries else evidence.reviewed
        if self.needs_labels:
            if found is None:
                raise ValueError(f"{self.name} needs labelled units")
            found.units.check(None if self.carries else len(found.cells))
        return self.estimate(evidence, level)
