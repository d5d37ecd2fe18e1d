"""One number fitted to a few labels: right in the mean, near its truth, and not lured by labels of one kind."""

from __future__ import annotations

import numpy as np
import pytest

from evaluator.core.errors import InvalidInput
from evaluator.models.tuning.intercept import fit_intercept
from evaluator.models.tuning.labelled import Labelled
from evaluator.text.combine import log_odds, sigmoid


def _labels(bad: np.ndarray, inclusion: np.ndarray | None = None, groups: np.ndarray | None = None) -> list[Labelled]:
    inclusion = np.ones(len(bad)) if inclusion is None else inclusion
    groups = np.arange(len(bad)) if groups is None else groups
    return [
        Labelled(f"a{i}", ("c",), bool(bad[i]), str(groups[i]), inclusion=float(inclusion[i]))
        for i in range(len(bad))
    ]


def _drawn(rng: np.random.Generator, count: int, shift: float) -> tuple[np.ndarray, np.ndarray]:
    """Scores, and labels that are bad with probabilities whose log-odds are higher by `shift`."""
    values = sigmoid(rng.normal(0.0, 1.5, count))
    return values, rng.random(count) < sigmoid(log_odds(values) + shift)


def test_the_interval_covers_the_shift_and_the_scores_become_right_in_the_mean() -> None:
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(60):
        values, bad = _drawn(rng, 300, -1.5)
        moved = fit_intercept(values, _labels(bad))
        held += moved.low <= -1.5 <= moved.high
        assert moved.moved == pytest.approx(moved.share, abs=0.02)
        assert moved.moved_loss < moved.loss
    assert held >= 52


def test_fifty_labels_with_one_bad_among_them_give_a_number() -> None:
    rng = np.random.default_rng(1)
    values = sigmoid(rng.normal(0.0, 1.0, 50))
    bad = np.zeros(50, dtype=bool)
    bad[np.argmax(values)] = True
    moved = fit_intercept(values, _labels(bad))
    assert -6.0 < moved.low <= moved.intercept <= moved.high < 0.0


def test_labels_count_by_their_design() -> None:
    rng = np.random.default_rng(2)
    values, bad = _drawn(rng, 20_000, -2.0)
    inclusion = np.where(bad, 0.2, 0.02)
    drawn = rng.random(len(bad)) < inclusion
    moved = fit_intercept(values[drawn], _labels(bad[drawn], inclusion[drawn]))
    assert moved.intercept == pytest.approx(-2.0, abs=0.35)
    assert moved.share == pytest.approx(bad.mean(), abs=0.03)


def test_answers_alike_are_one_piece_of_evidence() -> None:
    values, bad = _drawn(np.random.default_rng(4), 60, 0.0)
    alone = fit_intercept(values, _labels(bad))
    copied = fit_intercept(np.tile(values, 5), _labels(np.tile(bad, 5), groups=np.tile(np.arange(60), 5)))
    assert copied.high - copied.low > 0.75 * (alone.high - alone.low)


def test_few_groups_say_too_little() -> None:
    values, bad = _drawn(np.random.default_rng(5), 200, 0.0)
    with pytest.raises(InvalidInput, match="in 9 groups"):
        fit_intercept(values, _labels(bad, groups=np.arange(200) % 9))


@pytest.mark.parametrize("bad", [np.zeros(80, dtype=bool), np.ones(80, dtype=bool), np.arange(49) % 2 == 0])
def test_too_few_labels_or_of_one_kind_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(InvalidInput, match="Label more: it takes"):
        fit_intercept(np.full(len(bad), 0.5), _labels(bad))
