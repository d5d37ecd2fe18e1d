"""Fitting and comparing on labels: groups stay together, the design counts, nothing is claimed without evidence."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from evaluator.core.errors import InvalidInput
from evaluator.models.tuning.combination import bad_claims, best_threshold
from evaluator.models.tuning.comparison import Scored, auroc, balanced_accuracy, compare
from evaluator.models.tuning.labelled import Labelled, design_weights, folds, inner_split, split
from evaluator.models.tuning.logistic import Rows, refit, ridge
from evaluator.text.combine import Logistic, sigmoid
from evaluator.text.sentences import Span

KNOWN = ("a", "b", "constant")


def labelled(bad: bool, group: str, inclusion: float = 1.0) -> Labelled:
    return Labelled("answer", ("context",), bad, group, None, inclusion)


def many(groups: int, each: int = 2) -> list[Labelled]:
    return [labelled((g + i) % 2 == 0, f"g{g}") for g in range(groups) for i in range(each)]


def test_the_split_keeps_groups_whole_and_depends_on_nothing_but_their_names() -> None:
    labels = many(300)
    parts = split(labels, 0.3, 0)
    training, held_out = ({one.group for one in part} for part in (parts.training, parts.held_out))
    assert not training & held_out
    assert len(parts.training) + len(parts.held_out) == 600
    assert 0.2 < len(held_out) / 300 < 0.4
    assert {one.group for one in split(list(reversed(labels))[:500], 0.3, 0).held_out} <= held_out
    assert {one.group for one in split(labels, 0.3, 1).held_out} != held_out
    learn, stop = inner_split(labels, 0.25, 0)
    assert not {labels[i].group for i in learn} & {labels[i].group for i in stop}
    assert len(learn) + len(stop) == 600
    assert all(len(set(pair)) == 1 for pair in folds(labels, 0).reshape(-1, 2))


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (many(60), "held-out part has"),
        ([labelled(False, f"g{i}") for i in range(400)], "0 with a bad one"),
        ([labelled(i % 2 == 0, f"g{i % 12}") for i in range(400)], "needs 50 labels and 10 groups of each kind"),
    ],
)
def test_too_few_labels_or_groups_are_refused_with_the_numbers(labels: list[Labelled], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        split(labels, 0.3, 0)


def rows(labels: np.ndarray, inputs: np.ndarray, weights: np.ndarray | None = None) -> Rows:
    return Rows(inputs, labels, np.ones(len(labels)) if weights is None else weights, np.arange(len(labels)) % 5)


def drawn(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels from P = sigmoid(2 a - b - 1), and their inputs."""
    rng = np.random.default_rng(seed)
    inputs = np.column_stack([rng.normal(size=(count, 2)), np.full(count, 0.7)])
    return rng.random(count) < sigmoid(2 * inputs[:, 0] - inputs[:, 1] - 1), inputs


def test_much_data_moves_the_weights_to_the_truth() -> None:
    wrong = Logistic(KNOWN, (-1.0, 1.0, 3.0), 0.0)
    found = refit(rows(*drawn(8000)), wrong, KNOWN)
    assert found.model.weights[:2] == pytest.approx((2.0, -1.0), abs=0.15)
    assert found.model.weights[2] == 3.0, "nothing can be learned of what never changes"
    assert found.model.intercept + 3.0 * 0.7 == pytest.approx(-1.0, abs=0.15)
    assert found.precision < 300


def test_noise_is_held_near_the_former_weights() -> None:
    prior = Logistic(("a", "b"), (2.0, -1.0), -1.0)
    few, inputs = drawn(60, seed=3)
    found = refit(rows(few, inputs), prior, KNOWN)
    free = ridge(rows(few, inputs), prior, KNOWN, 1e-6)
    distance = [np.abs(np.subtract(one.weights, prior.weights)).max() for one in (found.model, free)]
    assert distance[0] < distance[1]
    assert ridge(rows(few, inputs), prior, KNOWN, 1e9).weights == pytest.approx(prior.weights, abs=1e-3)


def test_a_weight_is_as_good_as_a_repetition() -> None:
    prior = Logistic(("a", "b"), (0.0, 0.0), 0.0)
    labels, inputs = drawn(200)
    times = np.where(np.arange(200) % 3 == 0, 3, 1)
    # Features are standardised without weights; columns alike in both make the two fits the same.
    inputs = np.sign(inputs) * [1.0, 1.0, 0.0] + [0.0, 0.0, 0.7]
    one = ridge(rows(labels, inputs, times.astype(float)), prior, KNOWN, 1e-9)
    many_rows = ridge(rows(labels.repeat(times), inputs.repeat(times, axis=0)), prior, KNOWN, 1e-9)
    assert one.weights == pytest.approx(many_rows.weights, abs=1e-4)
    assert one.intercept == pytest.approx(many_rows.intercept, abs=1e-4)


def test_weighted_auroc_is_the_share_of_pairs() -> None:
    rng = np.random.default_rng(5)
    bad, values, weights = rng.random(40) < 0.4, rng.integers(0, 6, 40) / 5, rng.random(40)
    pairs = list(itertools.product(np.flatnonzero(bad), np.flatnonzero(~bad)))
    won = sum(weights[i] * weights[j] * (0.5 * (values[i] == values[j]) + (values[i] > values[j])) for i, j in pairs)
    assert auroc(bad, values, weights) == pytest.approx(won / sum(weights[i] * weights[j] for i, j in pairs))
    assert np.isnan(auroc(np.zeros(3, bool), np.arange(3.0), np.ones(3)))


def test_the_threshold_follows_the_design() -> None:
    """Good answers of 0.6 were drawn ten times as rarely as those of 0.2: in the traffic they are the many."""
    kinds = [(True, 0.7, 1.0, 40), (True, 0.4, 1.0, 30), (False, 0.2, 1.0, 60), (False, 0.6, 0.1, 20)]
    labels = [labelled(bad, f"{value}-{i}", share) for bad, value, share, count in kinds for i in range(count)]
    values = np.concatenate([np.full(count, value) for _, value, _, count in kinds])
    bad = np.asarray([one.bad for one in labels])
    plain = best_threshold(bad, values, np.ones(len(labels)))
    weighted = best_threshold(bad, values, design_weights(labels))
    assert 0.2 < plain < 0.4
    assert 0.6 <= weighted < 0.7
    assert design_weights(labels).mean() == pytest.approx(1.0)
    assert balanced_accuracy(bad, values, design_weights(labels), 0.6) > 0.75


def test_the_comparison_follows_the_design() -> None:
    """The new detector errs on what was drawn rarely: equal weights would call it the better one."""
    rng = np.random.default_rng(1)
    labels = [labelled(i % 2 == 0, f"g{i}", 1.0 if i % 20 < 18 else 0.01) for i in range(600)]
    bad, rare = np.asarray([one.bad for one in labels]), np.asarray([one.inclusion < 1 for one in labels])
    noise = rng.normal(0, 0.1, 600)
    current = Scored(np.clip(0.5 + 0.05 * np.where(bad, 1, -1) + noise, 0, 1), 0.5)
    right = np.where(rare, ~bad, bad)
    new = Scored(np.clip(0.5 + 0.2 * np.where(right, 1, -1) + noise, 0, 1), 0.5)
    honoured = {one.name: one.verdict for one in compare(labels, current, new, seed=0, times=200)}
    alike = [labelled(one.bad, one.group) for one in labels]
    ignored = {one.name: one.verdict for one in compare(alike, current, new, seed=0, times=200)}
    assert set(honoured.values()) == {"worse"}
    assert ignored["AUROC"] == ignored["balanced accuracy"] == "better"


def test_unchanged_scores_cannot_be_told_apart_and_verdicts_turn_with_the_sides() -> None:
    labels = many(100)
    bad = np.asarray([one.bad for one in labels])
    weak = Scored(np.random.default_rng(2).random(200), 0.5)
    strong = Scored(np.where(bad, 0.8, 0.2), 0.5)
    same = compare(labels, weak, weak, seed=0, times=100)
    assert [(one.difference, one.low, one.high, one.verdict) for one in same] == [(0.0, 0.0, 0.0, "cannot tell")] * 3
    assert {one.verdict for one in compare(labels, weak, strong, seed=0, times=100)} == {"better"}
    assert {one.verdict for one in compare(labels, strong, weak, seed=0, times=100)} == {"worse"}


def test_answers_alike_are_one_piece_of_evidence() -> None:
    """Ten copies of each answer: in one group the interval stays as wide as it was, else it would shrink."""
    rng = np.random.default_rng(4)
    bad = rng.random(40) < 0.5
    risks = [np.clip(0.5 + edge * np.where(bad, 1, -1) + rng.normal(0, 0.3, 40), 0, 1) for edge in (0.1, 0.2)]
    once = [labelled(bool(b), f"g{i}") for i, b in enumerate(bad)]
    copies = [one for one in once for _ in range(10)]
    apart = [labelled(one.bad, f"{one.group}-{i}") for i, one in enumerate(copies)]

    def width(labels: list[Labelled], times: int) -> float:
        current, new = (Scored(one.repeat(times), 0.5) for one in risks)
        found = compare(labels, current, new, seed=0, times=400)[0]
        return found.high - found.low

    assert width(copies, 10) == pytest.approx(width(once, 1), rel=0.25)
    assert width(apart, 10) < 0.5 * width(once, 1)


def test_which_claims_are_bad() -> None:
    claims = [Span(0, 10), Span(11, 20)]
    assert bad_claims(False, None, claims) == [False, False]
    assert bad_claims(True, [(9, 11)], claims) == [True, False]
    assert bad_claims(True, None, claims) is None, "one of them is bad, nobody said which"
    assert bad_claims(True, None, claims[:1]) == [True]
