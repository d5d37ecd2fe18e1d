"""Fit the combination of the shipped faithfulness model on development sets, and write it into its manifest.

``python -m training.calibrate --data ../shared/data``

The networks never saw these sets; what is fitted here are a dozen weights. Every set has an intercept of its own
while weights are fitted, so that they tell good from bad answers within a set and not one set from another. The
printed table says what leaving a set out of the fit costs it: that column is what to expect on other data.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

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
from evaluator.text.combine import (
    ANSWER_FEATURES,
    SENTENCE_FEATURES,
    Combination,
    Floats,
    Logistic,
    sentence_rows,
    sigmoid,
)
from evaluator.text.plan import WindowSettings
from training.measures import at_threshold, auroc
from training.sets import FITTED_SETS, Item, read_set

WORST_K = 3
SENTENCE_THRESHOLD = 0.7
"""Risk from which a claim is marked: where marks fitted people's best on RAGTruth-dev and XSumFaith-dev."""
STRENGTH = 0.005
"""How freely weights leave zero (scikit-learn's C at 1,000 answers a set): best when sets are left out in turn."""
_NEGATIVE = ("coverage", "window_coverage", "bigram_coverage", "tight_coverage", "close_coverage")
Labels = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Known:
    """The answers of one set: what the networks said of each, its label, and which of its sentences are bad."""

    name: str
    detected: list[Detected]
    labels: Labels
    sentences: list[list[bool] | None]


def read_known(detector: Detector, name: str, items: Sequence[Item]) -> Known:
    """Run the networks over a set."""
    found = detector.detect([(item.answer, item.passages) for item in items])
    sentences = [
        bad_claims(item.label == 1, item.spans, one.plan.sentences) for item, one in zip(items, found, strict=True)
    ]
    return Known(name, found, np.asarray([item.label == 1 for item in items]), sentences)


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
    return Logistic(tuple(names), tuple(map(float, found)), _intercept(total, labels, even))


def _sign(name: str) -> int:
    plain = name.removeprefix("overall_").removeprefix("mean_").removeprefix("worst_")
    return -1 if plain in _NEGATIVE else 1


def _intercept(total: Floats, labels: Labels, weight: Floats) -> float:
    """The shift that makes the weighted mean of the predictions that of the labels."""
    low, high = -50.0, 50.0
    wanted = float(np.average(labels, weights=weight))
    for _ in range(80):
        middle = (low + high) / 2
        over = float(np.average(sigmoid(total + middle), weights=weight)) > wanted
        low, high = (low, middle) if over else (middle, high)
    return (low + high) / 2


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


def common_threshold(combination: Combination, sets: Sequence[Known]) -> float:
    """The threshold with the highest mean balanced accuracy over the sets."""
    found = [(one.labels, scores(combination, one)) for one in sets]
    grid = np.arange(0.05, 0.96, 0.01)
    return float(max(grid, key=lambda t: np.mean([at_threshold(labels, values, t)[0] for labels, values in found])))


def print_table(combination: Combination, sets: Sequence[Known]) -> None:
    """AUROC of every set: fitted on all of them, and on all others."""
    print(f"{'set':22s} {'fitted':>7s} {'left out':>9s}")
    rows = []
    for one in sets:
        without = fit([other for other in sets if other.name != one.name])
        rows.append((auroc(one.labels, scores(combination, one)), auroc(one.labels, scores(without, one))))
        print(f"{one.name:22s} {rows[-1][0]:7.3f} {rows[-1][1]:9.3f}", flush=True)
    print(f"{'mean':22s} {np.mean([a for a, _ in rows]):7.3f} {np.mean([b for _, b in rows]):9.3f}")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--weights", type=Path, default=WEIGHTS_DIR, help="folder of the models' folders")
    options = parser.parse_args()
    path = options.weights / FAITHFULNESS / MANIFEST_FILE
    manifest = json.loads(path.read_text(encoding="utf-8"))
    runtime = Runtime(weights_path=str(options.weights), precision=manifest.get("compute", "bf16"))
    detector = Detector(runtime, FAITHFULNESS, WindowSettings(**manifest["window"]))
    sets = [read_known(detector, name, read_set(options.data, name, part="dev").items) for name in FITTED_SETS]
    combination = fit(sets)
    print_table(combination, sets)
    manifest["combination"] = as_manifest(combination, SENTENCE_THRESHOLD)
    manifest["threshold"] = round(common_threshold(combination, sets), 2)
    path.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    print(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
