"""Units that people were asked about, as estimators read them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from evaluator.stats.cells import Cells
from evaluator.stats.columns import Floats, Index, Keys


class Response(IntEnum):
    """What came of asking."""

    NONE = 0
    """Nothing yet, or nobody could tell."""
    VERDICT = 1
    OUTSIDE = 2
    """A person says that there is nothing to judge: outside the domain of the rate."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledUnits:
    """k selected units that were drawn for review."""

    cell: Index
    """[k] the frame's cell that each is a unit of."""
    weight: Floats
    """[k] of the unit among the selected, 1/(inclusion x sender's probability), > 0. (w)"""
    review: Floats
    """[k] probability of being drawn for review once selected, in (0, 1]. (rho)"""
    bad: Floats
    """[k] by the evaluator, in [0, 1]; NaN where it failed. (f)"""
    verdict: Floats
    """[k] bad by the person, in [0, 1], read where there is a verdict. (Y)"""
    response: npt.NDArray[np.int8]
    """[k] of `Response`."""
    cluster: Keys
    """[k] as in `Cells.of`."""

    def __len__(self) -> int:
        return len(self.cell)

    def check(self, cells: int | None) -> None:
        """Raises ValueError for what is not as said above; `cells` is how many there are, None where nobody reads
        `cell`."""
        columns = (self.weight, self.review, self.bad, self.verdict, self.response, self.cluster)
        if any(column.shape != self.cell.shape for column in columns) or self.cell.ndim != 1:
            raise ValueError("labelled units: all columns must be one-dimensional and equally long")
        if cells is not None and self.cell.size and (self.cell.min() < 0 or self.cell.max() >= cells):
            raise ValueError("labelled units: cell must name one of the frame's cells")
        if not ((self.weight > 0) & np.isfinite(self.weight)).all():
            raise ValueError("labelled units: weight must be a number above 0")
        if not ((self.review > 0) & (self.review <= 1)).all():
            raise ValueError("labelled units: review must lie in (0, 1]: it is the probability of a draw")
        if (self.bad < 0).any() or (self.bad > 1).any():
            raise ValueError("labelled units: bad must lie in [0, 1], or be NaN where the evaluator failed")
        judged = self.verdict[self.response == Response.VERDICT]
        if not ((judged >= 0) & (judged <= 1)).all():
            raise ValueError("labelled units: verdict must lie in [0, 1] where there is one")


@dataclass(frozen=True, slots=True, eq=False)
class Reviewed:
    """What could have been drawn for review, and what was."""

    cells: Cells
    """n of the frame: of those selected units that a wave could have drawn."""
    point: Index
    """[n] the point of each."""
    units: LabelledUnits
    finite: bool = False
    """Whether intervals speak about these units of traffic only (``window``), not about the process behind them.
    The cells are then made with `finite_cells`."""
    pooled: bool = False
    """Whether the points are parts of one series, so that what is learned of the evaluator in one serves the rest."""


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """Labelled units of any time, and the traffic that they can speak of."""

    cells: Cells
    """n, of the units of those model and prompt versions of which there is a label."""
    point: Index
    """[n] the point of each."""
    units: LabelledUnits
    """Of all points together; nobody reads their `cell`."""
