"""What is bad: by label, by threshold, or by the oriented value itself."""

from __future__ import annotations

import pytest

from evaluator.core.criterion import Criterion, Direction, Scale
from evaluator.core.outcome import Score

STARS = Scale(low=1.0, high=5.0, direction=Direction.HIGHER_IS_BETTER)


@pytest.mark.parametrize(("value", "badness"), [(1.0, 1.0), (5.0, 0.0), (4.0, 0.25), (9.0, 0.0), (-3.0, 1.0)])
def test_one_is_bad_whichever_end_of_the_scale_is_good(value: float, badness: float) -> None:
    assert STARS.badness(value) == badness
    assert STARS.model_copy(update={"direction": Direction.LOWER_IS_BETTER}).badness(value) == 1.0 - badness


def test_at_the_threshold_it_is_bad() -> None:
    criterion = Criterion(name="poor", threshold=0.5)
    assert [criterion.bad(Score(value=v), STARS) for v in (3.1, 3.0, 1.0)] == [0.0, 1.0, 1.0]


def test_labels_go_before_the_threshold() -> None:
    criterion = Criterion(name="wrong", threshold=0.5, bad_labels=("contradicted",))
    assert criterion.bad(Score(value=5.0, label="contradicted"), STARS) == 1.0
    assert criterion.bad(Score(value=1.0, label="supported"), STARS) == 0.0
    assert criterion.bad(Score(value=1.0), STARS) == 0.0


def test_with_neither_the_oriented_value_is_averaged() -> None:
    assert Criterion(name="stars").bad(Score(value=4.0), STARS) == 0.25
