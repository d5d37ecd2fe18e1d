"""The detector's combination fitted to labelled answers: what a score is made of besides the network. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from evaluator.models.tuning.comparison import balanced_accuracy
from evaluator.models.tuning.labelled import Labelled, design_weights, folds, is_bad
from evaluator.models.tuning.logistic import Refit, Rows, log_loss, refit
from evaluator.text.combine import (
    ANSWER_FEATURES,
    SENTENCE_FEATURES,
    Combination,
    Floats,
    Logistic,
    answer_row,
    assess,
    sentence_rows,
)
from evaluator.text.sentences import Span

if TYPE_CHECKING:
    from evaluator.models.readers.detector import Detected

SENTENCE_CHOICE = ("network", "token", "gap", "bigram_coverage", "number_missing", "name_missing", "tight_coverage",
                   "close_coverage", "flag_conflict")  # fmt: skip
ANSWER_CHOICE = ("worst_k", "mean_network", "mean_token_mean", "overall_gap", "overall_coverage",
                 "overall_bigram_coverage", "overall_number_missing", "overall_name_missing", "mean_tight_coverage",
                 "mean_close_coverage", "overall_flag_conflict")  # fmt: skip
"""Features that a combination is fitted over. Those of one kind say nearly the same, so not all of each are here."""

_MIN_CLAIMS = 20
"""Claims of each kind without which the sentence model stays as it is."""
_MIN_KNOWN = 0.5
"""Share of the bad answers whose bad claims are known, below which it stays, too: the others would be missing."""
_THRESHOLDS = np.arange(0.05, 0.96, 0.01)


class Fitted(NamedTuple):
    """A combination and its threshold in [0, 1], and what they are worth on labels that they were not fitted to.

    `rate` is the weighted share of bad answers among the labels, which its risks are probabilities at. `out_of_fold`
    are risks [n] predicted without the label's own fold, `loss` is their log loss. The precisions are those of the
    chosen priors (in labels), None for a sentence model that stayed as it was.
    """

    combination: Combination
    threshold: float
    rate: float
    out_of_fold: Floats
    loss: float
    sentence_precision: float | None
    answer_precision: float


def bad_claims(bad: bool, spans: Sequence[tuple[int, int]] | None, claims: Sequence[Span]) -> list[bool] | None:
    """Which claims are bad, or None where nobody can tell: by marked spans, or since there is only one claim."""
    if spans or not bad:
        return [any(start < claim.end and end > claim.start for start, end in spans or ()) for claim in claims]
    return [True] if len(claims) == 1 else None


def answer_table(sentence: Logistic, detected: Sequence[Detected], worst_k: int) -> Floats:
    """Inputs of the answer model, [answers, len(ANSWER_FEATURES)]."""
    table = np.zeros((len(detected), len(ANSWER_FEATURES)), dtype=np.float64)
    for place, found in enumerate(detected):
        rows = sentence_rows(found.plan, found.readings)
        risks = sentence.predict(rows, SENTENCE_FEATURES)
        table[place] = answer_row(risks, rows, found.plan, found.readings, worst_k)[0]
    return table


def answer_risks(combination: Combination, detected: Sequence[Detected]) -> Floats:
    """P(unfaithful) of every answer, [answers]."""
    return np.asarray([assess(found.plan, found.readings, combination).risk for found in detected], dtype=np.float64)


def as_manifest(combination: Combination, sentence_threshold: float = 0.5) -> dict[str, object]:
    """The ``combination`` part of the manifest."""
    parts = {"sentence": combination.sentence, "answer": combination.answer}
    return {
        **{
            name: {
                "features": list(part.features),
                "weights": [round(w, 5) for w in part.weights],
                "intercept": round(part.intercept, 5),
            }
            for name, part in parts.items()
        },
        "worst_k": combination.worst_k,
        "sentence_threshold": sentence_threshold,
    }


def fit(labels: Sequence[Labelled], detected: Sequence[Detected], prior: Combination, seed: int) -> Fitted:
    """`prior` fitted again: the sentence model where claims are known well enough, then the answer model.

    Features that `prior` leaves out begin with a weight of 0: what tells bad answers apart differs between fields.
    """
    place = folds(labels, seed)
    sentence = _fit_sentences(labels, detected, place, prior.sentence)
    model = sentence.model if sentence else prior.sentence
    weights, bad = design_weights(labels), is_bad(labels)
    table = answer_table(model, detected, prior.worst_k)
    answer = refit(Rows(table, bad, weights, place), _widened(prior.answer, ANSWER_CHOICE), ANSWER_FEATURES)
    return Fitted(
        Combination(model, answer.model, prior.worst_k),
        best_threshold(bad, answer.out_of_fold, weights),
        float(np.average(bad, weights=weights)),
        answer.out_of_fold,
        log_loss(bad, answer.out_of_fold, weights),
        sentence.precision if sentence else None,
        answer.precision,
    )


def best_threshold(bad: npt.NDArray[np.bool_], values: Floats, weights: Floats) -> float:
    """The threshold with the highest weighted balanced accuracy, in the middle of those that do as well."""
    found = np.asarray([balanced_accuracy(bad, values, weights, threshold) for threshold in _THRESHOLDS])
    alike = _THRESHOLDS[found >= found.max() - 1e-9]
    return round(float(alike[len(alike) // 2]), 2)


def _fit_sentences(
    labels: Sequence[Labelled], detected: Sequence[Detected], place: npt.NDArray[np.int64], prior: Logistic
) -> Refit | None:
    known = [
        bad_claims(one.bad, one.spans, found.plan.sentences) for one, found in zip(labels, detected, strict=True)
    ]
    chosen = [index for index, claims in enumerate(known) if claims]
    claims = np.asarray([bad for index in chosen for bad in known[index] or ()], dtype=bool)
    weights, bad = design_weights(labels), is_bad(labels)
    marked = np.asarray([bool(found) for found in known])
    if (
        min(claims.sum(), (~claims).sum()) < _MIN_CLAIMS
        or weights[marked & bad].sum() < _MIN_KNOWN * weights[bad].sum()
    ):
        return None
    sizes = [len(known[index] or ()) for index in chosen]
    inputs = np.concatenate([sentence_rows(detected[i].plan, detected[i].readings) for i in chosen])
    rows = Rows(inputs, claims, np.repeat(weights[chosen], sizes), np.repeat(place[chosen], sizes))
    return refit(rows, _widened(prior, SENTENCE_CHOICE), SENTENCE_FEATURES)


def _widened(prior: Logistic, chosen: Sequence[str]) -> Logistic:
    more = tuple(name for name in chosen if name not in prior.features)
    return Logistic((*prior.features, *more), (*prior.weights, *(0.0 for _ in more)), prior.intercept)
