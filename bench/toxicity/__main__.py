"""How well toxicity is detected: ``python -m bench.toxicity --data ../shared/data [--limit N]``.

Every shipped model beside the others: those of one head answer for hate, too, by what they call toxic. First the
handwritten sentences of ``probes.py``. Then AUROC on the tenth of the sets about hate that training never sees, and
of Jigsaw; there also, for each identity term, the share of calm comments with it that the threshold calls toxic.
"""

from __future__ import annotations

import argparse
import time
from functools import cache
from pathlib import Path

import numpy as np

from bench.toxicity.probes import PROBES
from evaluator.core.evaluator import Evaluator, sample_of
from evaluator.core.outcome import Score
from evaluator.evaluators import registry
from evaluator.models.files.manifest import BUNDLED, TOXICITY, read_manifest
from training.data import Row, read_rows
from training.hate import HEADS, SETS, held, labels_of
from training.identity import identity_terms
from training.measures import Bools, Floats, auroc, bootstrap_auroc
from training.toxicity import JIGSAW, held_out_comments

FEWEST = 15
"""Calm comments that a term needs to have a line of its own."""
MODELS = tuple(name for name in BUNDLED if name.startswith("toxicity-"))
EVALUATORS = {"toxic": "toxicity", "hateful": "hate"}


@cache
def opened(name: str, model: str) -> Evaluator:
    """The evaluator `name` on a model, ready to score."""
    evaluator = registry.create(name, {"model": model})
    evaluator.open()
    return evaluator


def scores_of(texts: list[str], head: str = "toxic", model: str = TOXICITY) -> tuple[Floats, float]:
    """P(bad) of every text by a head of a model, and its threshold; without a head for hate, how toxic it is."""
    evaluator = opened(EVALUATORS[head] if head in read_manifest(model).labels else "toxicity", model)
    values: list[float] = []
    for start in range(0, len(texts), 256):
        outcomes = evaluator.score([sample_of("", text) for text in texts[start : start + 256]])
        values += [outcome.value if isinstance(outcome, Score) else float("nan") for outcome in outcomes]
    threshold = evaluator.spec.criterion.threshold
    return np.asarray(values), 0.5 if threshold is None else float(threshold)


def print_terms(rows: list[Row], labels: Bools, scores: Floats, threshold: float) -> None:
    """One line a term, the worst false positive rate first."""
    lines = []
    for term in sorted({term for row in rows for term in identity_terms(row.text)}):
        chosen = np.asarray([term in identity_terms(row.text) for row in rows])
        calm = chosen & ~labels
        if calm.sum() >= FEWEST:
            rate = float(np.mean(scores[calm] >= threshold))
            lines.append((rate, term, int(calm.sum()), auroc(labels[chosen], scores[chosen])))
    print(f"\n{'identity term':16s} {'calm':>6s} {'false positives':>16s}  AUROC")
    for rate, term, count, area in sorted(lines, reverse=True):
        print(f"{term:16s} {count:6d} {rate:16.1%}  {area:.3f}")


def print_hate(data: Path) -> None:
    """AUROC on the held-out tenth of the sets about hate: for what is toxic there, and for what is hateful."""
    print("\nAUROC on the held-out tenth of the sets about hate, of", ", ".join(MODELS))
    for name in SETS:
        rows = [row for row in read_rows(data / f"toxicity/{name}.jsonl.gz") if row.text.strip() and held(row, name)]
        print(f"{name.removesuffix('.train'):30s} {len(rows):5d}", end="")
        for index, head in enumerate(HEADS):
            told = [(row, labels[index]) for row in rows if (labels := labels_of(name, row)) is not None]
            known = [(row.text, label == 1) for row, label in told if label is not None]
            bad = np.asarray([label for _, label in known], dtype=bool)
            print(f"   {bad.sum():4d} of {len(bad):4d} {head}", end="")
            for model in MODELS:
                print(f" {auroc(bad, scores_of([text for text, _ in known], head, model)[0]):.3f}", end="")
        print()


def print_probes() -> None:
    """How many of the handwritten sentences of each kind are flagged, and which."""
    for model in MODELS:
        for head in HEADS:
            if head not in read_manifest(model).labels:
                continue
            print(f"\nhandwritten sentences that {model} calls {head}")
            for kind, texts in PROBES.items():
                scores, threshold = scores_of(list(texts), head, model)
                flagged = [text for text, score in zip(texts, scores, strict=True) if score >= threshold]
                print(f"{kind:16s} {len(flagged)} of {len(texts)}", *flagged if kind != "abuse" else (), sep="\n    ")


def print_jigsaw(rows: list[Row], model: str) -> None:
    """One model on Jigsaw's comments."""
    start = time.perf_counter()
    scores, threshold = scores_of([row.text for row in rows], model=model)
    speed = len(rows) / (time.perf_counter() - start)
    labels = np.asarray([row.label == 1 for row in rows])
    low, high = bootstrap_auroc(labels, scores, [row.id for row in rows])
    said = scores >= threshold
    print(f"\n{model}: Jigsaw, held-out tenth: {len(rows)} comments, {labels.sum()} toxic, {speed:.1f} a second")
    print(f"AUROC {auroc(labels, scores):.4f} [{low:.4f}, {high:.4f}]")
    print(
        f"at {threshold}: recall {np.mean(said[labels]):.3f}, precision {np.mean(labels[said]):.3f}, "
        f"false positive rate {np.mean(said[~labels]):.4f}"
    )
    named = np.asarray([bool(identity_terms(row.text)) for row in rows])
    print(
        f"with an identity term: {named.sum()} comments, AUROC {auroc(labels[named], scores[named]):.4f}, "
        f"false positive rate {np.mean(said[named & ~labels]):.4f}"
    )
    print_terms(rows, labels, scores, threshold)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--limit", type=int, default=None, help="comments, at most")
    options = parser.parse_args()
    print_probes()
    if options.data.is_dir():
        print_hate(options.data)
    if not (options.data / JIGSAW).is_file():
        print(f"Jigsaw skipped: {options.data / JIGSAW} is not there")
        return
    rows = held_out_comments(options.data, options.limit)
    for model in MODELS:
        print_jigsaw(rows, model)


if __name__ == "__main__":
    main()
