"""Which units can enter cells: those, and no others, and with them every rate is a number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.stats.cells import Cells
from evaluator.stats.estimators.raw import raw_rate
from evaluator.stats.units import LARGEST, State, valid_units

S, P, U = State.SCORED, State.PENDING, State.UNSELECTED
INF, NAN = float("inf"), float("nan")


@pytest.mark.parametrize(
    ("weight", "bad", "state", "upstream", "valid"),
    [
        (4.0, 0.5, S, 2.0, True),
        (LARGEST, 1.0, S, 1.0, True),
        (1.0 / LARGEST, 0.0, S, LARGEST, True),
        (INF, 0.5, S, 1.0, False),  # one over 5e-324
        (1e200, 0.5, S, 1.0, False),  # its square and its fourth power are no numbers
        (1e80, 0.5, S, 1.0, False),  # its fourth power is none
        (1e-80, 0.5, S, 1.0, False),
        (0.0, 0.5, S, 1.0, False),
        (-3.0, 0.5, S, 1.0, False),
        (NAN, 0.5, P, 1.0, False),
        (NAN, NAN, U, 1.0, True),  # of what was not drawn neither is read
        (1.0, NAN, P, 1.0, True),
        (1.0, NAN, S, 1.0, False),
        (1.0, 1.0000001, S, 1.0, False),
        (1.0, -INF, S, 1.0, False),
        (1.0, 0.5, 4, 1.0, False),
        (1.0, 0.5, -2, 1.0, False),
        (1.0, 0.5, S, INF, False),
        (1.0, 0.5, U, 0.0, False),
    ],
)
def test_one_unit_and_its_neighbours(weight: float, bad: float, state: int, upstream: float, valid: bool) -> None:
    columns = ([2.0, weight, 3.0], [1.0, bad, 0.0], [S, state, S], [1.0, upstream, 1.0])
    assert valid_units(*columns).tolist() == [True, valid, True]
    if valid:
        assert len(Cells.of(*columns[:3], [0] * 3, columns[3])) == 1
    else:
        with pytest.raises(ValueError, match=r"weights|bad|State"):
            Cells.of(*columns[:3], [0] * 3, columns[3])


ANY = st.floats() | st.floats(-72, 72).map(lambda power: 10.0**power)
UNITS = st.lists(
    st.tuples(ANY, st.floats() | st.floats(0, 1), st.integers(-3, 5), st.integers(0, 3), ANY, st.integers(0, 2)),
    max_size=12,
)


@settings(deadline=None, max_examples=300)
@given(UNITS)
def test_of_valid_units_every_rate_is_made_of_numbers(units: list[tuple[float, float, int, int, float, int]]) -> None:
    weight, bad, state, cluster, upstream, stratum = np.asarray(units, dtype=np.float64).reshape(-1, 6).T
    valid = valid_units(weight, bad, state, upstream)
    cells = {
        str(name): Cells.of(weight[mine], bad[mine], state[mine], cluster[mine], upstream[mine])
        for name in range(3)
        if (mine := valid & (stratum == name)).any()
    }
    rate = raw_rate(cells)
    assert (rate.estimate is None) == (rate.counts.scored == 0)
    numbers = (rate.low, rate.high, rate.effective, rate.covered, rate.worst_low, rate.worst_high, rate.traffic)
    assert np.isfinite(numbers).all()
    assert 0.0 <= rate.low <= (rate.estimate or 0.0 if rate.estimate is not None else rate.low) <= rate.high <= 1.0


def test_sums_that_overflowed_are_no_estimate() -> None:
    """Cells that were stored before weights had a bound."""
    cells = Cells.of([2.0, 2.0], [1.0, 0.0], [S, S], [0, 5])
    with np.errstate(all="ignore"):
        cells.sums.numbers[:, 1:] *= 1e308
        cells.sums.numbers[:, 1:] *= 1e308
        rate = raw_rate({"a": cells})
    assert (rate.estimate, rate.low, rate.high, rate.interval) == (None, 0.0, 1.0, "none")
    assert rate.counts.scored == 2
