"""How well faithfulness is detected: ``python -m bench.detect --data ../shared/data [--limit N]``.

The shipped evaluator beside two baselines, the answer's length and the share of its content words that
the context lacks, on the development sets and on the demo's own labels.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.measures import Detection, detect
from bench.sets import FAITHFULNESS_SETS, Item, faithfulness_sets
from evaluator.core.errors import FaithlineError
from evaluator.core.evaluator import Evaluator, sample_of
from evaluator.core.outcome import Score
from evaluator.evaluators import registry
from evaluator.text.support import lexical_baseline

DETECTORS = ("length", "lexical", "shipped")
Scores = dict[str, npt.NDArray[np.float64]]


def shipped_scores(evaluator: Evaluator | None, items: list[Item], batch: int = 32) -> npt.NDArray[np.float64]:
    """The evaluator's values in order; NaN for a failure or without an evaluator."""
    values: list[float] = []
    for start in range(0, len(items), batch):
        samples = [
            sample_of(item.question, item.answer, item.passages, target_id=item.id)
            for item in items[start : start + batch]
        ]
        outcomes = evaluator.score(samples) if evaluator is not None else [None] * len(samples)
        values += [outcome.value if isinstance(outcome, Score) else float("nan") for outcome in outcomes]
    return np.asarray(values, dtype=np.float64)


def all_scores(evaluator: Evaluator | None, items: list[Item]) -> tuple[Scores, float]:
    """Scores of every detector, and the answers a second of the shipped one."""
    start = time.perf_counter()
    shipped = shipped_scores(evaluator, items)
    speed = len(items) / (time.perf_counter() - start)
    lexical = np.asarray([lexical_baseline(item.answer, item.passages) for item in items])
    length = np.asarray([float(len(item.answer)) for item in items])
    return {"length": length, "lexical": lexical, "shipped": shipped}, speed


def parts(items: list[Item]) -> Iterator[tuple[str, list[int]]]:
    """The whole set, and each of its tasks when it has several."""
    yield "", list(range(len(items)))
    names = sorted({item.part for item in items if item.part})
    for name in names if len(names) > 1 else []:
        yield name, [index for index, item in enumerate(items) if item.part == name]


def measure(items: list[Item], scores: Scores, chosen: list[int]) -> dict[str, Detection]:
    """Every detector on some rows, those that it could not score left out."""
    found = {}
    for name, values in scores.items():
        rows = [index for index in chosen if np.isfinite(values[index])]
        if rows:
            labels = np.asarray([items[index].label == 1 for index in rows])
            found[name] = detect(labels, values[rows], [items[index].group for index in rows])
    return found


def open_evaluator() -> Evaluator | None:
    """The shipped evaluator, or None (and why) when its weights are not here."""
    try:
        evaluator = registry.create("faithfulness")
        evaluator.open()
    except FaithlineError as error:
        print(f"shipped evaluator skipped: {error}")
        return None
    return evaluator


def print_row(name: str, detector: str, found: Detection) -> None:
    """One line of the table."""
    print(
        f"{name:28s} {detector:8s} {found.rows:5d} {found.bad:5d}"
        f"  {found.auroc:.3f} [{found.low:.3f}, {found.high:.3f}]"
        f"  {found.balanced:.3f}  {found.f1:.3f}"
    )


def print_means(table: dict[str, dict[str, Detection]]) -> None:
    """Mean AUROC of each detector over the development sets that are there."""
    present = [name for name in FAITHFULNESS_SETS if name in table]
    for detector in DETECTORS:
        values = [table[name][detector].auroc for name in present if detector in table[name]]
        if values:
            print(f"{'mean of dev sets':28s} {detector:8s} {len(values)} sets     {np.mean(values):.3f}")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--demo", type=Path, default=Path("demo"))
    parser.add_argument("--limit", type=int, default=None, help="answers of a set, at most")
    parser.add_argument("--json", type=Path, default=None, help="write the figures there, too")
    options = parser.parse_args()
    evaluator = open_evaluator()
    table: dict[str, dict[str, Detection]] = {}
    print(f"{'set':28s} {'detector':8s} {'rows':>5s} {'bad':>5s}  AUROC [95 % interval]  bal.acc  F1")
    for item_set in faithfulness_sets(options.data, options.demo, options.limit):
        if item_set.missing:
            print(f"{item_set.name:28s} skipped: {item_set.missing}")
            continue
        scores, speed = all_scores(evaluator, item_set.items)
        for part, chosen in parts(item_set.items):
            name = f"{item_set.name} {part}".strip()
            table[name] = measure(item_set.items, scores, chosen)
            for detector, found in table[name].items():
                print_row(name, detector, found)
        if evaluator is not None:
            print(f"{item_set.name:28s} {speed:.2f} answers/s", flush=True)
    print_means(table)
    if options.json:
        figures = {name: {key: found._asdict() for key, found in row.items()} for name, row in table.items()}
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
