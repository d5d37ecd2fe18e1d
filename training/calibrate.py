"""Fit the combination of the shipped faithfulness model on development sets, and write it into its manifest.

``python -m training.calibrate --data ../shared/data``

The networks never saw these sets; what is fitted here are a dozen weights. Every set has an intercept of its own
while weights are fitted, so that they tell good from bad answers within a set and not one set from another. A score
is a probability where half of the answers are bad, and the flag is a likelihood ratio of 1. The printed table says
what leaving a set out of the fit costs it, and how far flag and probabilities travel to it: that is what to expect on
other data. Then the thresholds of the marks are chosen, where they fit people's best.
"""

from __future__ import annotations

import argparse
import json
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from evaluator.evaluators.marking import Marking
from evaluator.models.files.manifest import FAITHFULNESS, MANIFEST_FILE, WEIGHTS_DIR
from evaluator.models.readers.detector import Detected, Detector
from evaluator.models.runtime import Runtime
from evaluator.models.tuning.combination import (
    ANSWER_CHOICE,
    SENTENCE_CHOICE,
    answer_risks,
    answer_table,
    as_manifest,
    bad_claims,
)
from evaluator.models.tuning.intercept import maximum
from evaluator.text.combine import (
    ANSWER_FEATURES,
    SENTENCE_FEATURES,
    Combination,
    Floats,
    Logistic,
    assess,
    sentence_rows,
)
from evaluator.text.plan import WindowSettings
from training.measures import FEW, auroc, match_spans, travel
from training.sets import FITTED_SETS, Item, read_set

WORST_K = 3
THRESHOLD = 0.5
MARKED_SETS = ("RAGTruth-dev", "XSumFaith-dev")
"""Those in which people marked what is wrong."""
SENTENCES, TOKENS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8), (0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
"""Risks from which a claim, and a word piece of it, may be marked."""
_AS_WELL = 0.005
STRENGTH = 0.005
"""How freely weights leave zero (scikit-learn's C at 1,000 answers a set): best when sets are left out in turn."""
_NEGATIVE = ("coverage", "window_coverage", "bigram_coverage", "tight_coverage", "close_coverage")
Labels = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Known:
    """The answers of one set: what the networks said of each, its label, and which of its sentences are bad."""

    name: str
    items: Sequence[Item]
    detected: list[Detected]
    labels: Labels
    sentences: list[list[bool] | None]


def read_known(detector: Detector, name: str, items: Sequence[Item], kept: Path | None = None) -> Known:
    """Run the networks over a set, or take what they said from the folder `kept`; it is put there if it is not."""
    path = kept / f"{name}.pickle" if kept else None
    if path is not None and path.is_file():
        known, found = pickle.loads(path.read_bytes())
        if known != list(items):
            raise SystemExit(f"{path} holds other answers: remove it, or name another folder")
    else:
        found = detector.detect([(item.answer, item.passages) for item in items])
    if path is not None and not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps((list(items), found)))
    sentences = [
        bad_claims(item.label == 1, item.spans, one.plan.sentences) for item, one in zip(items, found, strict=True)
    ]
    return Known(name, items, found, np.asarray([item.label == 1 for item in items]), sentences)


def fit_logistic(
    parts: Sequence[tuple[Floats, Labels]], known: Sequence[str], chosen: Sequence[str], strength: float = STRENGTH
) -> Logistic:
    """A logistic model over the chosen columns, each set with an intercept and a total weight of its own.

    A weight of the wrong sign leaves its feature out. The common intercept makes predictions right where good and bad
    are equally common in every set: sets differ too much in that to say more.
    """
    names = list(chosen)
    rows = np.concatenate([part for part, _ in parts])
    labels = np.concatenate([found for _, found in parts])
    owner = np.repeat(np.arange(len(parts)), [len(found) for _, found in parts])
    weight = np.concatenate([np.full(len(found), 1000.0 / len(found)) for _, found in parts])
    sets = 10.0 * (owner[:, None] == np.arange(len(parts)))
    while True:
        columns = [list(known).index(name) for name in names]
        spread = rows[:, columns].std(axis=0) + 1e-9
        model = LogisticRegression(C=strength, max_iter=4000, fit_intercept=False)
        model.fit(np.hstack([rows[:, columns] / spread, sets]), labels, sample_weight=weight)
        found = model.coef_[0, : len(names)] / spread
        wrong = [name for name, value in zip(names, found, strict=True) if value * _sign(name) < 0]
        if not wrong or len(names) == 1:
            break
        names = [name for name in names if name not in wrong]
    total = rows[:, columns] @ found
    kinds = 2 * owner + labels
    even = 1.0 / np.bincount(kinds)[kinds]
    intercept = maximum(total, labels, even[None, :], spread=np.inf, limit=50.0)
    return Logistic(tuple(names), tuple(map(float, found)), float(intercept[0]))


def _sign(name: str) -> int:
    plain = name.removeprefix("overall_").removeprefix("mean_").removeprefix("worst_")
    return -1 if plain in _NEGATIVE else 1


def fit(sets: Sequence[Known]) -> Combination:
    """The sentence model on the sentences whose label is known, then the answer model on all answers."""
    sentence = fit_logistic([_known_sentences(one) for one in sets], SENTENCE_FEATURES, SENTENCE_CHOICE)
    answers = [(answer_table(sentence, one.detected, WORST_K), one.labels) for one in sets]
    return Combination(sentence, fit_logistic(answers, ANSWER_FEATURES, ANSWER_CHOICE), WORST_K)


def _known_sentences(one: Known) -> tuple[Floats, Labels]:
    pairs = [(found, bad) for found, bad in zip(one.detected, one.sentences, strict=True) if bad]
    rows = np.concatenate([sentence_rows(found.plan, found.readings) for found, _ in pairs])
    return rows, np.asarray([value for _, bad in pairs for value in bad or ()])


def scores(combination: Combination, one: Known) -> Floats:
    """P(unfaithful) of every answer of a set."""
    return answer_risks(combination, one.detected)


def print_table(combination: Combination, sets: Sequence[Known]) -> None:
    """AUROC of every set, fitted on all and on all others; then what flag and values of the latter are worth."""
    print(f"{'':22s} AUROC           share          balanced acc.   calibration error")
    print(f"{'set':22s} fitted left out bad   flagged  flag  best      as is  after {FEW} labels")
    rows = []
    for one in sets:
        values = scores(fit([other for other in sets if other.name != one.name]), one)
        found = travel(one.labels, values, THRESHOLD)
        rows.append((auroc(one.labels, scores(combination, one)), auroc(one.labels, values), *found))
        print(f"{one.name:22s} " + "  ".join(f"{value:.3f}" for value in rows[-1]), flush=True)
    print(f"{'mean':22s} " + "  ".join(f"{value:.3f}" for value in np.mean(rows, axis=0)))


def marking(manifest: dict[str, Any], sentence: float, token: float) -> Marking:
    """How answers are marked with these two thresholds."""
    return Marking(THRESHOLD, sentence, manifest.get("threshold_contradicted", 0.5), token, by_answer=True)


def mark_thresholds(combination: Combination, sets: Sequence[Known], manifest: dict[str, Any]) -> tuple[float, float]:
    """The two thresholds whose marks fit people's best: mean F1 of characters over the sets that have such marks. Of
    those that fit as well within `_AS_WELL`, the one that marks the fewest word pieces of a claim."""
    assessed = [[assess(one.plan, one.readings, combination) for one in known.detected] for known in sets]
    found: dict[tuple[float, float], list[float]] = {}
    for pair in product(SENTENCES, TOKENS):
        by = marking(manifest, *pair)
        found[pair] = [
            match_spans(
                [
                    (
                        item.spans,
                        [(m.start, m.end) for m in by.mark(item.answer, one.plan, said, one.tokens).evidence],
                    )
                    for item, one, said in zip(known.items, known.detected, own, strict=True)
                    if item.spans or item.label == 0
                ]
            ).f1
            for known, own in zip(sets, assessed, strict=True)
        ]
    most = max(np.mean(values) for values in found.values())
    near = [pair for pair, values in found.items() if np.mean(values) >= most - _AS_WELL]
    best = max(near, key=lambda pair: (pair[1], np.mean(found[pair])))
    print(f"marks: claims from {best[0]}, word pieces from {best[1]}: F1 {found[best]}")
    return best


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--weights", type=Path, default=WEIGHTS_DIR, help="folder of the models' folders")
    parser.add_argument("--name", default=FAITHFULNESS, help="of the model whose manifest is written")
    parser.add_argument("--readings", type=Path, help="folder that keeps what the networks said: of one model, once")
    options = parser.parse_args()
    path = options.weights / options.name / MANIFEST_FILE
    manifest = json.loads(path.read_text(encoding="utf-8"))
    runtime = Runtime(weights_path=str(options.weights), precision=manifest.get("compute", "bf16"))
    detector = Detector(runtime, options.name, WindowSettings(**manifest["window"]))
    sets = [
        read_known(detector, name, read_set(options.data, name, part="dev").items, options.readings)
        for name in FITTED_SETS
    ]
    combination = fit(sets)
    print_table(combination, sets)
    sentence, token = mark_thresholds(combination, [one for one in sets if one.name in MARKED_SETS], manifest)
    said = {"token_threshold": token, "marks_by_answer": True}
    manifest |= {"combination": as_manifest(combination, sentence) | said, "threshold": THRESHOLD}
    path.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    print(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
