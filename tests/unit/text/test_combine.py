from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.text.combine import (
    ANSWER_FEATURES,
    SENTENCE_FEATURES,
    Combination,
    Readings,
    answer_row,
    assess,
    log_odds,
    sentence_rows,
    sigmoid,
)
from evaluator.text.plan import PairPlan, WindowSettings, plan_pairs

MANIFEST = {
    "sentence": {"features": ["network", "bigram_coverage"], "weights": [1.0, -1.0], "intercept": 0.0},
    "answer": {"features": ["worst_k", "overall_window_coverage"], "weights": [1.0, -0.5], "intercept": 0.2},
    "worst_k": 2,
}
PASSAGES = ["The shop opens at nine. It sells bread and cheese.", "Parking costs two euros an hour."]


def readings(plan: PairPlan, supported: float) -> Readings:
    rows = np.tile([supported, (1 - supported) / 2, (1 - supported) / 2], (len(plan.pairs), 1))
    tokens = [np.full(3, 1 - supported, dtype=np.float32) for _ in plan.sentences]
    return Readings(rows, tokens, np.full((len(plan.sentences), 2), 0.2), (0.2, 0.3))


def judged(answer: str, supported: float) -> float:
    plan = plan_pairs(answer, PASSAGES)
    result = assess(plan, readings(plan, supported), Combination.from_manifest(MANIFEST))
    assert len(result.sentences) == len(plan.sentences)
    return result.risk


def test_less_support_is_more_risk() -> None:
    risks = [judged("The shop opens at ten. It sells bread.", p) for p in (0.99, 0.6, 0.2, 0.01)]
    assert risks == sorted(risks)
    assert risks[0] < 0.5 < risks[-1]


@pytest.mark.parametrize("answer", ["", "Hello!", "Is it open?", "   "])
def test_answers_without_claims_have_no_risk(answer: str) -> None:
    assert judged(answer, 0.5) == 0.0


def test_what_claims_nothing_adds_no_risk_to_what_does() -> None:
    alone = judged("The shop opens at ten.", 0.4)
    assert judged("I don't know the price. The shop opens at ten. Anything else?", 0.4) == pytest.approx(alone)


def test_the_opposite_of_what_the_context_says_is_a_contradiction() -> None:
    plan = plan_pairs("The shop is closed on Sundays.", ["The shop is open on Sundays."])
    result = assess(plan, readings(plan, 0.99), Combination.from_manifest(MANIFEST))
    assert result.risk == result.sentences[0].risk == result.sentences[0].contradiction == 0.9
    assert result.sentences[0].contradicting_window == 0


def test_no_context_needs_no_pairs() -> None:
    plan = plan_pairs("The shop opens at nine.", [])
    nothing = Readings(np.zeros((0, 3)), [np.zeros(0, dtype=np.float32)], np.ones((1, 2)), (1.0, 1.0))
    result = assess(plan, nothing, Combination.from_manifest(MANIFEST))
    assert plan.pairs == ()
    assert result.risk > 0.5
    assert result.sentences[0].supporting_window is None


def test_pairs_keep_to_the_settings() -> None:
    settings = WindowSettings(max_pieces=12, pairs_per_sentence=2, max_sentences=3)
    plan = plan_pairs("One shop opens here. " * 6, PASSAGES * 3, settings)
    assert len(plan.sentences) == len(plan.support) == 6
    assert [sentence for sentence, _ in plan.pairs] == [0, 0, 1, 1, 2, 2]
    texts = plan.texts("One shop opens here. " * 6)
    assert texts[0][1] == "One shop opens here."


def test_an_unknown_feature_is_refused() -> None:
    wrong = {**MANIFEST, "answer": {"features": ["magic"], "weights": [1.0], "intercept": 0.0}}
    with pytest.raises(ValueError, match="magic"):
        Combination.from_manifest(wrong)


@given(st.floats(-50, 50))
def test_log_odds_undoes_sigmoid_within_its_limits(value: float) -> None:
    back = log_odds(sigmoid(np.asarray([value])))[0]
    assert np.isfinite(back)
    assert back == pytest.approx(float(np.clip(value, -9.2102, 9.2102)), abs=1e-3)


def test_feature_names_are_distinct() -> None:
    assert len(set(SENTENCE_FEATURES)) == len(SENTENCE_FEATURES)
    assert len(set(ANSWER_FEATURES)) == len(ANSWER_FEATURES)


def test_the_inputs_are_where_their_names_say() -> None:
    plan = plan_pairs("The shop opens at ten. It sells bread.", PASSAGES)
    found = readings(plan, 0.9)
    rows = sentence_rows(plan, found)
    row = answer_row(np.asarray([0.2, 0.4]), rows, plan, found, 1)
    assert rows.shape == (2, len(SENTENCE_FEATURES))
    assert row.shape == (1, len(ANSWER_FEATURES))
    named = dict(zip(ANSWER_FEATURES, row[0], strict=True))
    assert named["worst"] == pytest.approx(log_odds([0.4])[0])
    assert named["mean_gap"] == pytest.approx(0.2)
    assert named["worst_network"] == pytest.approx(log_odds([0.1])[0])
    assert named["overall_gap_low"] == pytest.approx(0.3)
    assert named["overall_coverage"] == pytest.approx(plan.overall.coverage)
