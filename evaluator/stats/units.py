"""Units as they come: their states, and which of them can enter cells."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from evaluator.stats.columns import Bools, Floats


class State(IntEnum):
    """Where a unit stands. The four states of a selected unit are also the places in blocks of columns by state."""

    UNSELECTED = -1
    PENDING = 0
    """Selected, no outcome yet."""
    SCORED = 1
    FAILED = 2
    SKIPPED = 3
    """There is nothing to judge in it: outside the domain of the rate."""


STATES = 4
ALONE = 0
"""The cluster key of a unit that is its own cluster."""
LARGEST = 2.0**240
"""The largest weight: 2^63 fourth powers of it can be added before they overflow. The smallest is 1/`LARGEST`."""


def valid_units(
    weight: npt.ArrayLike, bad: npt.ArrayLike, state: npt.ArrayLike, upstream: npt.ArrayLike | None = None
) -> Bools:
    """[n] which units `Cells.of` takes; the arguments are the same, equally long.

    A unit is taken if its state is a `State`, `upstream` and (where it is selected) `weight` are numbers that are
    neither 0 nor beyond `LARGEST` nor below 1/`LARGEST`, and (where it is SCORED) `bad` lies in [0, 1].
    """
    states = np.asarray(state)
    ahead = np.ones(states.shape) if upstream is None else np.asarray(upstream, dtype=np.float64)
    valid = np.ones(states.shape, dtype=np.bool_)
    for _, wrong in problems(np.asarray(weight, np.float64), np.asarray(bad, np.float64), states, ahead):
        valid &= ~wrong
    return valid


def problems(
    weight: Floats, bad: Floats, state: npt.NDArray[np.integer], upstream: Floats
) -> Iterator[tuple[str, Bools]]:
    """What can be wrong with units, and [n] whether it is."""
    yield "state holds a value that is no State", (state < State.UNSELECTED) | (state > State.SKIPPED)
    unusable = ~_usable(upstream) | ((state != State.UNSELECTED) & ~_usable(weight))
    yield f"weights must lie between 1/{LARGEST:.0e} and {LARGEST:.0e}: each is one over a probability", unusable
    yield "bad must lie in [0, 1] wherever a unit is scored", (state == State.SCORED) & ~((bad >= 0) & (bad <= 1))


def _usable(weight: Floats) -> Bools:
    return (weight >= 1.0 / LARGEST) & (weight <= LARGEST)
