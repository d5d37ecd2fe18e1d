"""What the proofs of rates by labels demand of every cell of their tables, and the tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tests.support.labelled.measured import METHODS, Found, measure
from tests.support.labelled.populations import Population
from tests.support.labelled.windows import Scenario

SUSPECT, AGAIN, FLOOR, POOLED = 0.93, 5000, 0.94, 0.945
"""A cell that covers less than the first is run again with so many windows, and must then cover so much; all cells of
a proof together must cover the last."""
LEGEND = "bias · coverage · width · width over the estimates’ own 2.5–97.5 % range, refused where *not enough*"


SORTED = 4
"""So many cells of a row say which it is, at most."""


class Proof:
    """The rows of one table, and the corrected rates behind them."""

    def __init__(self, title: str, columns: Sequence[str], legend: str = LEGEND) -> None:
        self._legend = legend
        self._head, self._rows = (title, columns), list[tuple[object, ...]]()
        self._covers = list[float]()

    def row(self, *cells: object) -> None:
        """Tests run in any order; rows are sorted by their first cells."""
        self._rows.append(cells)

    def corrected(
        self, people: Population, scenario: Scenario, windows: int = 500, methods: tuple[str, ...] = METHODS
    ) -> dict[str, Found]:
        """What a cell shows, with *corrected* held to what is demanded of it."""
        found = measure(people, scenario, windows, methods=methods)
        corrected = found["corrected"]
        if corrected.coverage < SUSPECT:
            corrected = measure(people, scenario, AGAIN, seed=2, methods=("corrected",))["corrected"]
            assert corrected.coverage >= FLOOR
        self._covers.append(corrected.coverage)
        assert abs(corrected.bias) <= 4 * corrected.error + 0.1 * corrected.width
        if people.rate >= 0.1 and scenario.labels >= 100:
            assert corrected.refused == 0.0
        return found

    def close(self) -> None:
        """Prints the table, in Markdown, and checks all cells together."""
        title, columns = self._head
        rows = sorted(self._rows, key=lambda cells: cells[:SORTED])
        print(f"\n\n{title} ({self._legend}).\n\n| {' | '.join(columns)} |", "|---" * len(columns) + "|", sep="\n")
        print(*("| " + " | ".join(map(str, cells)) + " |" for cells in rows), sep="\n")
        if self._covers:
            pooled = float(np.mean(self._covers))
            print(f"\nCoverage of *corrected* over all {len(self._covers)} cells: {pooled:.4f}.")
            assert pooled >= POOLED
