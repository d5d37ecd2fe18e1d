"""What is known of one's own traffic moves the log-odds of a score: a stated base rate, or a fitted intercept."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from evaluator.core.errors import InvalidInput
from evaluator.core.evaluator import fingerprint, sample_of
from evaluator.core.outcome import Score
from evaluator.evaluators import registry
from evaluator.models.runtime import Runtime
from tests.support import fabricated

BY_ANSWER = fabricated.COMBINATION | {"marks_by_answer": True}
GIVEN: tuple[dict[str, float], ...] = ({}, {"prior": 0.1}, {"prior": 0.2}, {"intercept": 0.1})
SAMPLE = sample_of("", "Paris is the capital. It lies on the Elbe.", ["Paris is France's capital."])


def _score(root: Path, parameters: dict[str, float]) -> Score:
    evaluator = registry.create("faithfulness", parameters, runtime=Runtime(weights_path=str(root), threads=1))
    evaluator.open()
    (outcome,) = evaluator.score([SAMPLE])
    assert isinstance(outcome, Score)
    return outcome


def _odds(outcome: Score) -> float:
    return math.log(outcome.value / (1.0 - outcome.value))


def test_a_prior_moves_the_log_odds_from_the_base_rate(tmp_path: Path) -> None:
    fabricated.faithfulness(tmp_path, combination=BY_ANSWER)
    plain = _odds(_score(tmp_path, {}))
    assert _odds(_score(tmp_path, {"prior": 0.5})) == pytest.approx(plain)
    assert _odds(_score(tmp_path, {"prior": 0.1})) == pytest.approx(plain + math.log(0.1 / 0.9))
    assert _odds(_score(tmp_path, {"intercept": 1.25})) == pytest.approx(plain + 1.25)
    fabricated.faithfulness(tmp_path, combination=BY_ANSWER, base_rate=0.1)
    assert _odds(_score(tmp_path, {"prior": 0.1})) == pytest.approx(plain)


def test_a_rare_fault_takes_the_marks_along(tmp_path: Path) -> None:
    fabricated.faithfulness(tmp_path, combination=BY_ANSWER)
    often, rarely = _score(tmp_path, {"intercept": 9.0}), _score(tmp_path, {"intercept": -9.0})
    assert often.label != "faithful"
    assert rarely.label == "faithful"
    assert often.evidence
    assert not rarely.evidence


def test_each_has_a_fingerprint_of_its_own(tmp_path: Path) -> None:
    fabricated.faithfulness(tmp_path)
    runtime = Runtime(weights_path=str(tmp_path))
    made = [registry.create("faithfulness", given, runtime=runtime) for given in GIVEN]
    assert len({fingerprint(one) for one in made}) == 4
    again = registry.restore("faithfulness", made[1].parameters, runtime=runtime)
    assert fingerprint(again) == fingerprint(made[1])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"prior": 0}, "parameters.prior"),
        ({"prior": 1.0}, "parameters.prior"),
        ({"prior": "5%"}, "parameters.prior"),
        ({"intercept": float("nan")}, "parameters.intercept"),
        ({"intercept": True}, "parameters.intercept"),
        ({"prior": 0.2, "intercept": 0.1}, "parameters.prior"),
    ],
)
def test_what_is_no_rate_and_no_intercept_is_refused(tmp_path: Path, given: dict[str, object], field: str) -> None:
    fabricated.faithfulness(tmp_path)
    with pytest.raises(InvalidInput) as refused:
        registry.create("faithfulness", given, runtime=Runtime(weights_path=str(tmp_path)))
    assert refused.value.field == field
