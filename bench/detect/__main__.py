"""How well faithfulness is detected: ``python -m bench.detect --data ../shared/data [--limit N] [--judge N]``.

On the development sets and on the demo's own labels: the answer's length, the share of its content words that the
context lacks, the first model that was shipped (from its commit), the shipped evaluator, and, on a sample, a local
1.5B model as a judge. Sets marked * took part in fitting the dozen weights of the shipped combination (their figures
without it: the model card); no label of any set trained a network. Below stands how well the marked characters are
found, and what others publish.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.detect.first_model import first_scores
from bench.judge_local.scores import judge_scores
from evaluator.core.errors import FaithlineError
from evaluator.core.evaluator import Evaluator, sample_of
from evaluator.core.outcome import Outcome, Score
from evaluator.evaluators import registry
from evaluator.text.support import lexical_baseline
from training.measures import Detection, SpanMatch, detect, match_spans
from training.sets import FAITHFULNESS_SETS, FITTED_SETS, PARTS, Item, faithfulness_sets

DETECTORS = ("length", "lexical", "first", "shipped", "judge")
PUBLISHED = """\
published, RAGTruth test, response-level F1 (all but the prompt and Luna were trained on RAGTruth's training set):
  GPT-4-turbo prompt 63.4 · Luna 65.4 · TinyLettuce-17M 68.5 · TinyLettuce-68M 75.0 · LettuceDetect-base 76.1
  fine-tuned Llama-2-13B 78.7 · LettuceDetect-large 79.2 (span F1 58.9) · RAG-HAT 8B 83.9
published, balanced accuracy of HHEM-2.1-open on its own choice of sets: 64-76"""
Scores = dict[str, npt.NDArray[np.float64]]


def shipped_outcomes(evaluator: Evaluator | None, items: list[Item], batch: int = 32) -> list[Outcome | None]:
    """The evaluator's outcomes in order; None without an evaluator."""
    found: list[Outcome | None] = []
    for start in range(0, len(items), batch):
        samples = [
            sample_of(item.question, item.answer, item.passages, target_id=item.id)
            for item in items[start : start + batch]
        ]
        found += evaluator.score(samples) if evaluator is not None else [None] * len(samples)
    return found


def all_scores(items: list[Item], outcomes: list[Outcome | None], first: bool, judged: int) -> Scores:
    """Scores of every detector that can run here; what a detector leaves out is NaN."""
    found = {
        "length": np.asarray([float(len(item.answer)) for item in items]),
        "lexical": np.asarray([lexical_baseline(item.answer, item.passages) for item in items]),
        "shipped": np.asarray([o.value if isinstance(o, Score) else np.nan for o in outcomes]),
    }
    others = {"first": first_scores(items) if first else "", "judge": judge_scores(items, judged) if judged else ""}
    for name, scores in others.items():
        if not isinstance(scores, str):
            found[name] = scores
        elif scores:
            print(f"{name} skipped: {scores}")
    return {name: found[name] for name in DETECTORS if name in found}


def marked(items: list[Item], outcomes: list[Outcome | None]) -> SpanMatch | None:
    """How well the marks fit people's, over all answers of a set that has such marks."""
    if not any(item.spans for item in items):
        return None
    pairs = [
        (item.spans, tuple((mark.start, mark.end) for mark in outcome.evidence))
        for item, outcome in zip(items, outcomes, strict=True)
        if isinstance(outcome, Score) and (item.spans or item.label == 0)
    ]
    return match_spans(pairs)


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
        labels = np.asarray([items[index].label == 1 for index in rows], dtype=bool)
        if 0 < labels.sum() < len(labels):
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
    present = [name for name in table if name.rstrip("*") in FAITHFULNESS_SETS]
    for detector in DETECTORS:
        values = [table[name][detector].auroc for name in present if detector in table[name]]
        values = [value for value in values if np.isfinite(value)]
        if values:
            print(f"{'mean of dev sets':28s} {detector:8s} {len(values)} sets     {np.mean(values):.3f}")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--demo", type=Path, default=Path("demo"))
    parser.add_argument("--limit", type=int, default=None, help="answers of a set, at most")
    parser.add_argument("--part", choices=PARTS, default="all", help="dev: what was tuned on; confirm: what was not")
    parser.add_argument("--no-first", action="store_true", help="leave the first shipped model out")
    parser.add_argument("--judge", type=int, default=0, help="answers of a set that the local 1.5B model judges")
    parser.add_argument("--json", type=Path, default=None, help="write the figures there, too")
    options = parser.parse_args()
    evaluator = open_evaluator()
    table: dict[str, dict[str, Detection]] = {}
    spans: dict[str, SpanMatch] = {}
    print(f"{'set':28s} {'detector':8s} {'rows':>5s} {'bad':>5s}  AUROC [95 % interval]  bal.acc  F1")
    for item_set in faithfulness_sets(options.data, options.demo, options.limit, options.part):
        if item_set.missing:
            print(f"{item_set.name:28s} skipped: {item_set.missing}")
            continue
        start = time.perf_counter()
        outcomes = shipped_outcomes(evaluator, item_set.items)
        speed = len(outcomes) / (time.perf_counter() - start)
        scores = all_scores(item_set.items, outcomes, not options.no_first, options.judge)
        for part, chosen in parts(item_set.items):
            name = f"{item_set.name}{'*' * (item_set.name in FITTED_SETS)} {part}".strip()
            table[name] = measure(item_set.items, scores, chosen)
            for detector, found in table[name].items():
                print_row(name, detector, found)
        fit = marked(item_set.items, outcomes)
        if fit is not None:
            spans[item_set.name] = fit
        print(f"{item_set.name:28s} shipped: {speed:.2f} answers/s", flush=True)
    print_means(table)
    for name, fit in spans.items():
        print(f"marked characters {name:20s} precision {fit.precision:.3f} recall {fit.recall:.3f} F1 {fit.f1:.3f}")
    print(PUBLISHED)
    if options.json:
        figures = {name: {key: found._asdict() for key, found in row.items()} for name, row in table.items()}
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
