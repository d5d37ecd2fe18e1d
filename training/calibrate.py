"""Fit the combination of ``faithfulness-minilm-v1`` on held-out answers.

``python -m training.calibrate --data ../shared/data --checkpoint OUT/checkpoint.safetensors --out combination.json``
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from bench.measures import best_threshold
from evaluator.text.combine import (
    ANSWER_FEATURES,
    SENTENCE_FEATURES,
    Combination,
    Floats,
    Logistic,
    answer_row,
    sentence_rows,
)
from evaluator.text.plan import PairPlan, WindowSettings, plan_pairs
from training.answers import KnownAnswer, held_out_answers
from training.faithfulness import LABELS, encode
from training.faithfulness_data import Pair
from training.loop import load_tokenizer
from training.predict import load_checkpoint, predict

SENTENCE_CHOICE = ("window_coverage", "bigram_coverage", "number_missing", "name_missing")
ANSWER_CHOICE = ("worst_k",)
NETWORK_WEIGHT = 0.2
"""Weight of the network's log-odds beside the fitted lexical features. It is given rather than fitted: the
held-out answers are edited like the training pairs, and a fit on them trusts the network too much elsewhere."""
POSITIVE = frozenset({"network", "token", "number_missing", "name_missing", "worst", "worst_k", "mean", "noisy_or"})
NEGATIVE = frozenset({"coverage", "window_coverage", "bigram_coverage"})


@dataclass(slots=True)
class Reading:
    """An answer's plan and what the network said of its pairs."""

    plan: PairPlan
    probabilities: Floats
    token_risk: Floats


def read_answers(
    checkpoint: Path, answers: Sequence[tuple[str, Sequence[str]]], settings: WindowSettings, temperature: float = 1.0
) -> list[Reading]:
    """Run the network on (answer, passages), exactly as at run time."""
    plans = [plan_pairs(answer, passages, settings) for answer, passages in answers]
    pairs = [
        Pair(window, sentence, 0, None, 1.0, "")
        for (answer, _), plan in zip(answers, plans, strict=True)
        for window, sentence in plan.texts(answer)
    ]
    model = load_checkpoint(checkpoint, len(LABELS), token_head=True)
    logits, worst = predict(model, encode(pairs, load_tokenizer()))
    scores = np.exp(logits / temperature - (logits / temperature).max(axis=1, keepdims=True))
    probabilities = scores / scores.sum(axis=1, keepdims=True)
    readings, place = [], 0
    for plan in plans:
        part = slice(place, place + len(plan.pairs))
        readings.append(Reading(plan, probabilities[part], worst[part]))
        place += len(plan.pairs)
    return readings


def fit_logistic(
    rows: Floats, labels: Sequence[int], weights: Sequence[float], known: Sequence[str], chosen: Sequence[str]
) -> Logistic:
    """A logistic model over the chosen columns; a weight of the wrong sign leaves its feature out."""
    names = list(chosen)
    while True:
        columns = [list(known).index(name) for name in names]
        model = LogisticRegression(C=1.0, max_iter=2000)
        model.fit(rows[:, columns], labels, sample_weight=weights)
        wrong = [name for name, weight in zip(names, model.coef_[0], strict=True) if _wrong_sign(name, weight)]
        if not wrong or len(names) == 1:
            return Logistic(tuple(names), tuple(float(w) for w in model.coef_[0]), float(model.intercept_[0]))
        names = [name for name in names if name not in wrong]


def _wrong_sign(name: str, weight: float) -> bool:
    plain = name.removeprefix("overall_")
    return (plain in POSITIVE and weight < 0) or (plain in NEGATIVE and weight > 0)


def fit(
    answers: Sequence[KnownAnswer],
    readings: Sequence[Reading],
    sentence_choice: Sequence[str] = SENTENCE_CHOICE,
    answer_choice: Sequence[str] = ANSWER_CHOICE,
    worst_k: int = 3,
) -> Combination:
    """Sentence model on the sentences whose label is known, then the answer model on all answers."""
    rows, labels, weights = [], [], []
    for known, reading in zip(answers, readings, strict=True):
        bad = known.bad
        if bad is None and len(reading.plan.sentences) == 1:
            bad = ((0, len(known.answer)),)
        if bad is None or not reading.plan.sentences:
            continue
        rows.append(sentence_rows(reading.plan, reading.probabilities, reading.token_risk))
        labels += [int(any(a < span.end and b > span.start for a, b in bad)) for span in reading.plan.sentences]
        weights += [known.weight] * len(reading.plan.sentences)
    known_rows = np.concatenate(rows)
    lexical = fit_logistic(known_rows, labels, weights, SENTENCE_FEATURES, sentence_choice)
    sentence = with_network(lexical, known_rows, labels, weights)
    table = np.concatenate([answer_features(sentence, reading, worst_k) for reading in readings])
    answer = fit_logistic(
        table, [k.label for k in answers], [k.weight for k in answers], ANSWER_FEATURES, answer_choice
    )
    return Combination(sentence, answer, worst_k)


def with_network(lexical: Logistic, rows: Floats, labels: Sequence[int], weights: Sequence[float]) -> Logistic:
    """The lexical model with the network beside it, scaled so that it gives probabilities again."""
    joined = Logistic(("network", *lexical.features), (NETWORK_WEIGHT, *lexical.weights), lexical.intercept)
    columns = [SENTENCE_FEATURES.index(name) for name in joined.features]
    total = rows[:, columns] @ np.asarray(joined.weights) + joined.intercept
    model = LogisticRegression(C=100.0, max_iter=2000).fit(total[:, None], labels, sample_weight=weights)
    scale, shift = float(model.coef_[0, 0]), float(model.intercept_[0])
    return Logistic(joined.features, tuple(scale * w for w in joined.weights), scale * joined.intercept + shift)


def answer_features(sentence: Logistic, reading: Reading, worst_k: int) -> Floats:
    """Inputs of the answer model for one reading."""
    rows = sentence_rows(reading.plan, reading.probabilities, reading.token_risk)
    return answer_row(sentence.predict(rows, SENTENCE_FEATURES), reading.plan, worst_k)


def answer_scores(combination: Combination, readings: Sequence[Reading]) -> Floats:
    """P(unfaithful) of every reading."""
    table = np.concatenate([answer_features(combination.sentence, r, combination.worst_k) for r in readings])
    return combination.answer.predict(table, ANSWER_FEATURES)


def as_manifest(combination: Combination) -> dict[str, object]:
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
        "sentence_threshold": 0.5,
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--answers", type=int, default=700, help="held-out answers to fit on, at most")
    parser.add_argument("--pairs-per-sentence", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(2)
    answers = held_out_answers(options.data, options.seed)
    random.Random(1).shuffle(answers)
    answers = answers[: options.answers]
    settings = WindowSettings(pairs_per_sentence=options.pairs_per_sentence)
    readings = read_answers(options.checkpoint, [(a.answer, a.passages) for a in answers], settings)
    combination = fit(answers, readings)
    options.out.write_text(json.dumps(as_manifest(combination), indent=1) + "\n", encoding="utf-8")
    print(options.out.read_text(encoding="utf-8"))
    labels = np.asarray([answer.label == 1 for answer in answers])
    print(f"threshold {best_threshold(labels, answer_scores(combination, readings)):.3f}")


if __name__ == "__main__":
    main()
