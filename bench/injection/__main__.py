"""How well prompt injection is detected: ``python -m bench.injection --data ../shared/data [--set NAME]...``.

Every set by itself, by every shipped model at its own threshold: nothing is fitted here. Rows that nearly repeat
a text which trained the model are left out. Prompts are read as a user's question; hidden instructions as retrieved
content.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluator.core.evaluator import sample_of
from evaluator.core.outcome import Score
from evaluator.evaluators import registry
from evaluator.models.files.manifest import BUNDLED
from training.data import Row, read_rows
from training.injection import deepset_split, jailbreak_split, written_jailbreaks
from training.measures import Bools, Floats, at_threshold, auroc, bootstrap_auroc
from training.near import near_copies
from training.prompts import TYPED, typed_rows
from training.retrieved import content_rows

FILES = {
    "InjecGuard-valid": "injecguard.valid",
    "neuralchemy": "neuralchemy.train",
    "WildGuard-benign": "wildguard_benign.test.dev",
}
HIDDEN, TYPED_HARMLESS = "hidden-held-out", "typed-harmless-held-out"
MODELS = tuple(name for name in BUNDLED if name.startswith("injection-"))
NAMES = ("deepset-last-fifth", "in-the-wild-held-out", HIDDEN, TYPED_HARMLESS, *FILES)


@dataclass(frozen=True, slots=True)
class PromptSet:
    """Prompts of one origin and how many were left out as near copies of training texts."""

    name: str
    rows: list[Row]
    dropped: int


def prompt_set(name: str, data: Path) -> PromptSet:
    """One set by name, without near copies of what trained the model. Raises FileNotFoundError."""
    if name == HIDDEN:
        return PromptSet(name, list(content_rows(data, held=True)), 0)
    train, test = deepset_split(data)
    known, wild = jailbreak_split(data)
    if name == TYPED_HARMLESS:
        rows = [row for one in TYPED for row in typed_rows(data, one, held=True)]
    elif name in FILES:
        rows = read_rows(data / f"injection/{FILES[name]}.jsonl.gz")
    else:
        rows = test if name.startswith("deepset") else wild
    if name.startswith("deepset"):  # training left its near copies out instead
        return PromptSet(name, rows, 0)
    copied = near_copies(
        [row.text for row in rows], [row.text for row in (*train, *known, *written_jailbreaks(data))]
    )
    kept = [row for row, copy in zip(rows, copied, strict=True) if not copy and row.text.strip()]
    return PromptSet(name, kept, len(rows) - len(kept))


def scores_of(texts: Sequence[str], model: str, *, retrieved: bool) -> tuple[Floats, float]:
    """P(attack) of every text, and the threshold of the model."""
    evaluator = registry.create("context_injection" if retrieved else "prompt_injection", {"model": model})
    evaluator.open()
    values: list[float] = []
    for start in range(0, len(texts), 256):
        some = texts[start : start + 256]
        outcomes = evaluator.score([sample_of("", "", [text]) if retrieved else sample_of(text, "") for text in some])
        values += [outcome.value if isinstance(outcome, Score) else float("nan") for outcome in outcomes]
    threshold = evaluator.spec.criterion.threshold
    return np.asarray(values), 0.5 if threshold is None else float(threshold)


def part_of(row: Row) -> str:
    """What the set says of a row's kind: its attack, or the source within the set; its label if nothing."""
    kind = str(row.meta.get("attack") or "")
    if str(row.meta.get("kind", "")).startswith("indirect"):
        kind = f"{row.id.partition('-')[0]} {'hidden' if row.label == 1 else 'clean'}"
    return kind or f"{row.meta.get('source', '')} ({'attack' if row.label == 1 else 'harmless'})"


def group_of(row: Row) -> str:
    """What rows share that are alike: the instruction that is hidden in them."""
    return str(row.meta.get("instruction") or row.id)


def print_set(chosen: PromptSet, model: str, scores: Floats, threshold: float) -> None:
    """The line of a model on a set, and a line for each kind in it."""
    labels: Bools = np.asarray([row.label == 1 for row in chosen.rows])
    said = scores >= threshold
    print(f"{model}: ", end="")
    if 0 < labels.sum() < len(labels):
        low, high = bootstrap_auroc(labels, scores, [group_of(row) for row in chosen.rows])
        balanced, f1 = at_threshold(labels, scores, float(np.nextafter(threshold, 0.0)))
        print(f"AUROC {auroc(labels, scores):.3f} [{low:.3f}, {high:.3f}]; at {threshold}: ", end="")
        print(f"balanced accuracy {balanced:.3f}, F1 {f1:.3f}", end=", ")
    if labels.any():
        print(f"recall {np.mean(said[labels]):.3f}", end=" ")
    if not labels.all():
        print(f"false positive rate {np.mean(said[~labels]):.4f}", end="")
    print()
    parts = np.asarray([part_of(row) for row in chosen.rows])
    if len(set(parts)) > 2:
        for part in sorted(set(parts)):
            inside = parts == part
            print(f"  {part:52s} {inside.sum():5d} flagged {np.mean(said[inside]):6.1%}")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--set", action="append", choices=NAMES, dest="names", help="all sets without it")
    options = parser.parse_args()
    for name in options.names or NAMES:
        try:
            chosen = prompt_set(name, options.data)
        except FileNotFoundError as error:
            print(f"\n{name} skipped: {error.filename} is not there")
            continue
        bad = sum(row.label == 1 for row in chosen.rows)
        print(f"\n{name}: {len(chosen.rows)} prompts, {bad} attacks, {chosen.dropped} near copies left out")
        for model in MODELS:
            scores, threshold = scores_of([row.text for row in chosen.rows], model, retrieved=name == HIDDEN)
            print_set(chosen, model, scores, threshold)


if __name__ == "__main__":
    main()
