"""How wrong first verdicts are, where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from evaluator.stats.agreement.overturned import UNDECIDED, overturned

NAN = float("nan")


def test_what_a_third_person_decides() -> None:
    first = [0, 0, 0, 0, 1, 1, 1, 1, 1, NAN]
    second = [0, 0, 1, 1, 1, 1, 0, 0, NAN, 1]
    third = [NAN, NAN, 1, 0, NAN, 0, 0, NAN, NAN, NAN]
    found = overturned(first, second, third, replicates=100)
    assert (found.samples, found.differing, found.decided) == (8, 4, 3)
    assert found.differ.value == pytest.approx(0.5)
    assert found.missed.value == pytest.approx(1 / 8), "of two that differ, one was overturned"
    assert found.false_alarms.value == pytest.approx(2 / 8), "the undecided one is taken to be like the decided one"
    assert found.lean.value == pytest.approx(1 / 8)


def test_nothing_decided_tells_nothing_and_no_difference_is_no_proof() -> None:
    open_ = overturned([0, 1, 1], [0, 1, 0], [NAN] * 3, replicates=100)
    assert (open_.false_alarms.value, open_.lean.value, open_.lean.reason) == (None, None, UNDECIDED)
    alike = overturned([0, 1] * 20, [0, 1] * 20, [NAN] * 40, replicates=400)
    assert alike.missed.value == alike.false_alarms.value == alike.lean.value == 0.0
    assert alike.missed.high == pytest.approx(0.088, abs=0.02)
    none = overturned([0, 1], [NAN] * 2, [NAN] * 2, replicates=100)
    assert (none.samples, none.missed.value, none.differ.value) == (0, None, None)
    with pytest.raises(ValueError, match="one entry a sample"):
        overturned([0, 1], [0], [NAN, NAN])


def test_the_intervals_cover() -> None:
    """People who miss a third of the bad ones and flag a twentieth of the good ones; a third person who is right, and
    decides on two differences of three; second reviews of bad verdicts are four times as likely."""
    rng = np.random.default_rng(3)
    inside, values = [], []
    for seed in range(150):
        truth = rng.random(600) < 0.3
        first, second = (np.where(truth, rng.random(600) > 1 / 3, rng.random(600) < 0.05) for _ in range(2))
        drawn = np.where(first, 0.8, 0.2)
        taken = rng.random(600) < drawn
        third = np.where((first != second) & (rng.random(600) < 0.67), truth, NAN)
        found = overturned(
            first[taken], second[taken], third[taken], weight=1 / drawn[taken], replicates=200, seed=seed
        )
        # Both miss it in one of nine: that is not seen.
        missed, alarms = 0.3 * (1 / 3 - 1 / 9), 0.7 * (0.05 - 0.0025)
        pairs = ((found.missed, missed), (found.false_alarms, alarms), (found.lean, alarms - missed))
        inside.append([measure.low <= truth <= measure.high for measure, truth in pairs])
        values.append([measure.value for measure, _ in pairs])
    assert np.mean(values, axis=0)[:2] == pytest.approx((missed, alarms), rel=0.08)
    assert (np.mean(inside, axis=0) >= 0.92).all()
