"""How well toxicity is detected: ``python -m bench.toxicity --data ../shared/data [--limit N]``.

First the handwritten sentences of ``probes.py``. Then AUROC on the tenth of Jigsaw that training never
sees, and for each identity term the share of calm comments with that term that the threshold calls toxic.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from bench.toxicity.probes import PROBES
from evaluator.core.evaluator import sample_of
from evaluator.core.outcome import Score
from evaluator.evaluators import registry
from training.data import Row, read_rows
from training.hate import HEADS, SETS, held, labels_of
from training.identity import identity_terms
from training.measures import Bools, Floats, auroc, bootstrap_auroc
from training.toxicity import JIGSAW, held_out_comments

FEWEST = 15
"""Calm comments that a term needs to have a line of its own."""


def scores_of(texts: list[str]) -> tuple[Floats, float]:
    """P(toxic) of every text, and the threshold of the shipped model."""
    evaluator = registry.create("toxicity")
    evaluator.open()
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
    print(f"\n{'held-out tenth of':32s} {'rows':>5s} {'toxic':>6s} AUROC  {'hateful':>8s} AUROC")
    for name in SETS:
        rows = [row for row in read_rows(data / f"toxicity/{name}.jsonl.gz") if row.text.strip() and held(row, name)]
        scores, _ = scores_of([row.text for row in rows])
        line = f"{name.removesuffix('.train'):32s} {len(rows):5d}"
        for head in range(len(HEADS)):
            known = [
                (labels[head], s) for row, s in zip(rows, scores, strict=True) if (labels := labels_of(name, row))
            ]
            told = [(label == 1, s) for label, s in known if label is not None]
            bad = np.asarray([label for label, _ in told], dtype=bool)
            line += f" {bad.sum():6d} {auroc(bad, np.asarray([s for _, s in told])):6.3f}"
        print(line)


def print_probes() -> None:
    """How many of the handwritten sentences of each kind are flagged, and which."""
    print("\nhandwritten sentences flagged")
    for kind, texts in PROBES.items():
        scores, threshold = scores_of(list(texts))
        flagged = [text for text, score in zip(texts, scores, strict=True) if score >= threshold]
        print(f"{kind:16s} {len(flagged)} of {len(texts)}", *flagged if kind != "abuse" else (), sep="\n    ")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--limit", type=int, default=None, help="comments, at most")
    options = parser.parse_args()
    print_probes()
    if options.data.is_dir():
        print_hate(options.data)
    path = options.data / JIGSAW
    if not path.is_file():
        print(f"Jigsaw skipped: {path} is not there")
        return
    rows = held_out_comments(options.data, options.limit)
    start = time.perf_counter()
    scores, threshold = scores_of([row.text for row in rows])
    speed = len(rows) / (time.perf_counter() - start)
    labels = np.asarray([row.label == 1 for row in rows])
    low, high = bootstrap_auroc(labels, scores, [row.id for row in rows])
    said = scores >= threshold
    print(f"Jigsaw, held-out tenth: {len(rows)} comments, {labels.sum()} toxic, {speed:.1f} a second")
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


if __name__ == "__main__":
    main()
