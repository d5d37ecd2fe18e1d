"""From what the models say of claims and windows to one risk for each claim and the answer.

Two small logistic models, both stored in the faithfulness model's manifest: one makes a sentence's risk
from the network, the alignment and the lexical features, the other makes the answer's from its sentences.
Calibration and scoring both call this module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from evaluator.text.alignment import GAP_NAMES
from evaluator.text.plan import PairPlan
from evaluator.text.sentences import Span
from evaluator.text.support import FEATURE_NAMES, SentenceSupport

Floats = npt.NDArray[np.float64]

SENTENCE_FEATURES = ("network", "contradiction", "token", "token_mean", *GAP_NAMES, *FEATURE_NAMES)
"""Inputs of the sentence model: log-odds of not being supported, of the best window's contradiction, of the worst
word piece and of the mean word piece; then the alignment's gaps and the lexical features."""

ANSWER_FEATURES = (
    "worst",
    "worst_k",
    "mean",
    "noisy_or",
    "log_sentences",
    *(f"mean_{name}" for name in SENTENCE_FEATURES),
    *(f"worst_{name}" for name in ("network", "contradiction", "token", "token_mean", *GAP_NAMES)),
    *(f"overall_{name}" for name in (*GAP_NAMES, *FEATURE_NAMES)),
)
"""Inputs of the answer model: log-odds of the worst sentence's risk, of the mean of the worst k, of the
length-weighted mean, of at least one bad sentence; the logarithm of the number of claims; the length-weighted mean
and the highest of the sentences' inputs; then the gaps and lexical features of all claims together."""

_EDGE = 1e-4
_OPPOSED = 0.9
"""Least risk of a claim whose opposite stands in the context in nearly the same words, and P(contradicted)."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic model over named features."""

    features: tuple[str, ...]
    weights: tuple[float, ...]
    intercept: float

    @classmethod
    def from_manifest(cls, data: Mapping[str, object], known: Sequence[str]) -> Logistic:
        """Read {"features", "weights", "intercept"}; raises ValueError for an unknown feature."""
        features = tuple(str(name) for name in _items(data["features"]))
        weights = tuple(float(str(value)) for value in _items(data["weights"]))
        if len(features) != len(weights) or not set(features) <= set(known):
            raise ValueError(f"combination does not fit this version: {features}")
        return cls(features, weights, float(str(data["intercept"])))

    def predict(self, rows: Floats, known: Sequence[str]) -> Floats:
        """Probabilities in (0, 1) for rows whose columns are ``known``."""
        columns = [list(known).index(name) for name in self.features]
        return sigmoid(rows[:, columns] @ np.asarray(self.weights, dtype=np.float64) + self.intercept)


@dataclass(frozen=True, slots=True)
class Combination:
    """The ``combination`` part of the manifest."""

    sentence: Logistic
    answer: Logistic
    worst_k: int = 3
    shift: float = 0.0
    """Added to the log-odds of every risk: what is known of the traffic that it reads (`moved`)."""

    def shifted(self, shift: float) -> Combination:
        """The same for traffic whose log-odds are higher by `shift`."""
        return replace(self, shift=self.shift + shift)

    @classmethod
    def from_manifest(cls, data: Mapping[str, object]) -> Combination:
        """Read the manifest's part; raises ValueError or KeyError when it does not fit this version."""
        sentence, answer = data["sentence"], data["answer"]
        if not isinstance(sentence, Mapping) or not isinstance(answer, Mapping):
            raise ValueError("combination needs a sentence and an answer part")
        return cls(
            sentence=Logistic.from_manifest(sentence, SENTENCE_FEATURES),
            answer=Logistic.from_manifest(answer, ANSWER_FEATURES),
            worst_k=int(str(data.get("worst_k", 3))),
        )


@dataclass(frozen=True, slots=True)
class SentenceAssessment:
    """What is known of one claim of the answer."""

    span: Span
    risk: float
    """Probability in [0, 1] that the context does not carry the sentence."""
    contradiction: float
    """Probability in [0, 1] that the best-matching windows contradict it."""
    supporting_window: int | None
    """Index of the window that supports it best, None without a context."""
    contradicting_window: int | None
    """Index of the window that contradicts it most, None without a context."""
    support: SentenceSupport


@dataclass(frozen=True, slots=True)
class AnswerAssessment:
    """Risk of the whole answer in [0, 1], and of its claims in order."""

    risk: float
    sentences: tuple[SentenceAssessment, ...]


@dataclass(frozen=True, slots=True)
class Readings:
    """What the models say of one answer.

    ``probabilities`` is [pairs, 3] (supported, unsupported, contradicted) and follows ``plan.pairs``. ``tokens``
    holds for each sentence the risk of its word pieces beside the window that fits each best; it is empty for a
    sentence that was not read. ``gaps`` is [sentences, 2], ``overall_gaps`` the same for all of them.
    """

    probabilities: Floats
    tokens: Sequence[npt.NDArray[np.float32]]
    gaps: Floats
    overall_gaps: tuple[float, float]


def sigmoid(values: Floats) -> Floats:
    """Logistic function that does not overflow."""
    result: Floats = 1.0 / (1.0 + np.exp(-np.clip(values, -40.0, 40.0)))
    return result


def log_odds(values: npt.ArrayLike) -> Floats:
    """Log-odds of probabilities, held away from 0 and 1 by 1e-4."""
    clipped = np.clip(np.asarray(values, dtype=np.float64), _EDGE, 1.0 - _EDGE)
    result: Floats = np.log(clipped / (1.0 - clipped))
    return result


def moved(risk: float, shift: float) -> float:
    """A probability whose log-odds are higher by `shift`: that of the same evidence where another share is bad."""
    return float(sigmoid(log_odds(risk) + shift)) if shift else risk


def sentence_rows(plan: PairPlan, readings: Readings) -> Floats:
    """Inputs of the sentence model, [sentences, len(SENTENCE_FEATURES)]."""
    rows = np.zeros((len(plan.sentences), len(SENTENCE_FEATURES)), dtype=np.float64)
    groups = _groups(plan)
    lexical = len(SENTENCE_FEATURES) - len(FEATURE_NAMES)
    rows[:, lexical - len(GAP_NAMES) : lexical] = readings.gaps
    for index, support in enumerate(plan.support):
        rows[index, lexical:] = support.row()
        pairs = groups[index]
        if pairs:
            best = max(pairs, key=lambda pair: readings.probabilities[pair, 0])
            unsupported, against = 1.0 - readings.probabilities[best, 0], readings.probabilities[best, 2]
        else:
            unsupported, against = 1.0 - support.coverage, 0.0
        tokens = readings.tokens[index] if len(readings.tokens[index]) else np.asarray([unsupported])
        rows[index, :4] = log_odds([unsupported, against, tokens.max(), tokens.mean()])
    return rows


def answer_row(risks: Floats, rows: Floats, plan: PairPlan, readings: Readings, worst_k: int) -> Floats:
    """Inputs of the answer model, [1, len(ANSWER_FEATURES)]; without claims all that speaks of them is 0."""
    if not len(risks):
        risks, rows = np.zeros(1, dtype=np.float64), np.zeros((1, len(SENTENCE_FEATURES)), dtype=np.float64)
    worst = np.sort(risks)[::-1]
    words = np.asarray([max(1, item.content_words) for item in plan.support] or [1], dtype=np.float64)
    some = 1.0 - np.exp(np.sum(np.log1p(-np.clip(risks, 0.0, 1.0 - 1e-9))))
    shares = log_odds([worst[0], worst[:worst_k].mean(), np.average(risks, weights=words), some])
    means = np.average(rows, axis=0, weights=words)
    highest = rows[:, : 4 + len(GAP_NAMES)].max(axis=0)
    overall = np.asarray([*readings.overall_gaps, *plan.overall.row()], dtype=np.float64)
    return np.concatenate([shares, [np.log(len(risks))], means, highest, overall])[None, :]


def assess(plan: PairPlan, readings: Readings, combination: Combination) -> AnswerAssessment:
    """Judge an answer from what the models said of it; one that claims nothing has risk 0."""
    if not plan.sentences:
        return AnswerAssessment(0.0, ())
    rows = sentence_rows(plan, readings)
    risks = combination.sentence.predict(rows, SENTENCE_FEATURES)
    row = answer_row(risks, rows, plan, readings, combination.worst_k)
    answer = float(combination.answer.predict(row, ANSWER_FEATURES)[0])
    if any(window is not None for window in plan.opposed):
        answer = max(answer, _OPPOSED)
    groups = _groups(plan)
    sentences = tuple(
        _sentence(plan, index, float(risks[index]), groups[index], readings.probabilities, combination.shift)
        for index in range(len(plan.sentences))
    )
    return AnswerAssessment(moved(answer, combination.shift), sentences)


def _sentence(
    plan: PairPlan, index: int, risk: float, pairs: list[int], probabilities: Floats, shift: float
) -> SentenceAssessment:
    supporting = contradicting = None
    contradiction = 0.0
    if pairs:
        best = max(pairs, key=lambda pair: probabilities[pair, 0])
        against = max(pairs, key=lambda pair: probabilities[pair, 2])
        supporting, contradicting = plan.pairs[best][1], plan.pairs[against][1]
        contradiction = float(probabilities[best, 2])
    if (opposed := plan.opposed[index]) is not None:
        risk, contradiction, contradicting = max(risk, _OPPOSED), max(contradiction, _OPPOSED), opposed
    return SentenceAssessment(
        plan.sentences[index], moved(risk, shift), contradiction, supporting, contradicting, plan.support[index]
    )


def _groups(plan: PairPlan) -> list[list[int]]:
    groups: list[list[int]] = [[] for _ in plan.sentences]
    for pair, (sentence, _) in enumerate(plan.pairs):
        groups[sentence].append(pair)
    return groups


def _items(value: object) -> list[object]:
    if not isinstance(value, list | tuple):
        raise ValueError("combination: a list was expected")
    return list(value)
