"""Estimates against those of ppi_py (prediction-powered inference) and judgy (Rogan and Gladen), from kept numbers.

Both speak of a set of labels and of another set without. Here the labelled are a part of the scored, so "the others"
are all of the scored: the same estimate, by another split. Where ppi_py is given the unlabelled alone, its lambda
times N/(N - n) is the one used here.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from evaluator.stats.cells import Cells
from evaluator.stats.estimators import difference as module
from evaluator.stats.estimators.estimator import Evidence
from evaluator.stats.estimators.labelled import Carried, LabelledUnits, Response, Reviewed
from evaluator.stats.estimators.registry import ESTIMATORS
from evaluator.stats.units import State
from tests.support import ROOT

CASES = json.loads((ROOT / "tests" / "references" / "corrections.json").read_text())["cases"]
pytestmark = pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))


def evidence(case: dict[str, Any], *, weighted: bool, verdicts: bool = False) -> Evidence:
    score = np.asarray(case["score"])
    score = (score > 0.5).astype(np.float64) if verdicts else score
    n, bad = len(case["bad"]), np.asarray(case["bad"])
    weight = np.asarray(case["weight"]) if weighted else np.ones(score.size)
    review = np.asarray(case["review"]) if weighted else np.full(n, n / score.size)
    cells = Cells.of(weight, score, np.full(score.size, State.SCORED), np.zeros(score.size))
    answers, alone = np.full(n, Response.VERDICT, dtype=np.int8), np.zeros(n, dtype=np.uint64)
    units = LabelledUnits(np.zeros(n, dtype=np.intp), weight[:n], review, score[:n], bad, answers, alone)
    point = np.zeros(1, dtype=np.intp)
    return Evidence(cells, point, 1, Reviewed(cells, point, units), Carried(cells, point, units))


def estimate(evidence: Evidence, scale: float, monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setattr(module, "_scale", lambda *_: np.full(1, scale))
    return float(ESTIMATORS["corrected"].rates(evidence).numbers.estimate[0])


@pytest.mark.parametrize("weighted", [False, True])
def test_the_same_scale_gives_the_same_estimate(
    case: dict[str, Any], weighted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for scale, expected in case["weights" if weighted else "equal_weights"].items():
        found = estimate(evidence(case, weighted=weighted), float(scale), monkeypatch)
        assert found == pytest.approx(expected, abs=1e-6)


def test_labels_alone_are_a_scale_of_nothing(case: dict[str, Any]) -> None:
    found = ESTIMATORS["human"].rates(evidence(case, weighted=True))
    assert found.numbers.estimate[0] == pytest.approx(case["weights"]["0.0"], abs=1e-6)


def test_scores_of_the_unlabelled_alone_are_another_split(
    case: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    n, every = len(case["bad"]), len(case["score"])
    found = estimate(evidence(case, weighted=False), 0.3 * every / (every - n), monkeypatch)
    assert found == pytest.approx(case["rest_alone"]["0.3"], abs=1e-6)


def test_the_fitted_scale_is_theirs_but_for_what_is_measured_on_what(case: dict[str, Any]) -> None:
    """ppi_py takes the variance of scores from both sets together, and gradients at a guess of the mean; here it is
    measured on the labelled, whose difference to all it is. The two agree as both grow: not to 1e-6."""
    score, bad, n = np.asarray(case["score"]), np.asarray(case["bad"]), len(case["bad"])
    theirs = (case["own_lambda"] - bad.mean()) / (score[n:].mean() - score[:n].mean())
    one = evidence(case, weighted=False)
    assert one.reviewed is not None
    ours = module.difference(one.reviewed, 1).scale[0]
    assert ours == pytest.approx(np.clip(theirs * score.size / (score.size - n), 0.0, 1.0), abs=0.15)


def test_verdicts_are_carried_over_as_rogan_and_gladen_do(case: dict[str, Any]) -> None:
    if case["success_rate"] is None:
        pytest.skip("a judge that knows nothing: judgy refuses it")
    (rate,) = ESTIMATORS["transported"].rates(evidence(case, weighted=False, verdicts=True))
    if sum(case["bad"]) < 5:
        assert rate.estimate is None, "two bad answers do not tell what scores bad answers have"
        return
    assert rate.estimate == pytest.approx(1.0 - case["success_rate"], abs=1e-6)
