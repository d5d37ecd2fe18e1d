"""How well faithfulness is detected: ``python -m bench.detect --data ../shared/data [--limit N] [--judge N]``.

On the development sets and on the demo's own labels: the answer's length, the share of its content words that the
context lacks, the first model that was shipped (from its commit), the second, the shipped evaluator, and, on a
sample, a local 1.5B model as a judge. Sets marked * took part in fitting the dozen weights of the shipped combination
(their figures without it: the model card); no label of any set trained a network. Below stands how far the shipped
flag and values travel as they are, how well the marked characters are found, and what others publish.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bench.detect.first_model import first_scores
from bench.judge_local.scores import judge_scores
from evaluator.core.errors import FaithlineError
from evaluator.core.evaluator import Evaluator, sample_of
from evaluator.core.outcome import Outcome, Score
from evaluator.evaluators import registry
from evaluator.models.files.manifest import FAITHFULNESS, read_manifest
from evaluator.text.support import lexical_baseline
from training.measures import FEW, Detection, SpanMatch, Travel, detect, match_spans, travel
from training.sets import FAITHFULNESS_SETS, FITTED_SETS, PARTS, Item, faithfulness_sets

DETECTORS = ("length", "lexical", "first", "second", "shipped", "judge")
SECOND = "faithfulness-minilm-v2"
PUBLISHED = """\
published, RAGTruth test, response-level F1 (all but the prompt and Luna were trained on RAGTruth's training set):
  GPT-4-turbo prompt 63.4 · Luna 65.4 · TinyLettuce-17M 68.5 · TinyLettuce-68M 75.0 · LettuceDetect-base 76.1
  fine-tuned Llama-2-13B 78.7 · LettuceDetect-large 79.2 (span F1 58.9) · RAG-HAT 8B 83.9
published, balanced accuracy of HHEM-2.1-open on its own choice of sets: 64-76"""
Scores = dict[str, npt.NDArray[np.float64]]


class Ran(NamedTuple):
    """The outcomes of an evaluator in order, None without one; and seconds of processor time an answer."""

    outcomes: list[Outcome | None]
    seconds: float

    @property
    def values(self) -> npt.NDArray[np.float64]:
        """[n] the scores; NaN for what has none."""
        return np.asarray([o.value if isinstance(o, Score) else np.nan for o in self.outcomes], dtype=np.float64)


def run(evaluator: Evaluator | None, items: list[Item], batch: int = 32) -> Ran:
    """Score all items of a set."""
    found: list[Outcome | None] = []
    begun = time.process_time()
    for start in range(0, len(items), batch):
        samples = [
            sample_of(item.question, item.answer, item.passages, target_id=item.id)
            for item in items[start : start + batch]
        ]
        found += evaluator.score(samples) if evaluator is not None else [None] * len(samples)
    return Ran(found, (time.process_time() - begun) / max(1, len(items)))


def all_scores(items: list[Item], ran: dict[str, Ran], first: bool, judged: int) -> Scores:
    """Scores of every detector that can run here; what a detector leaves out is NaN."""
    found = {name: one.values for name, one in ran.items()} | {
        "length": np.asarray([float(len(item.answer)) for item in items]),
        "lexical": np.asarray([lexical_baseline(item.answer, item.passages) for item in items]),
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


def open_evaluator(model: str) -> Evaluator | None:
    """The evaluator with a bundled model, or None (and why) when its weights are not here."""
    try:
        evaluator = registry.create("faithfulness", {"model": model})
        evaluator.open()
    except FaithlineError as error:
        print(f"{model} skipped: {error}")
        return None
    return evaluator


def print_row(name: str, detector: str, found: Detection) -> None:
    """One line of the table."""
    print(
        f"{name:28s} {detector:8s} {found.rows:5d} {found.bad:5d}"
        f"  {found.auroc:.3f} [{found.low:.3f}, {found.high:.3f}]"
        f"  {found.balanced:.3f}  {found.f1:.3f}"
    )


def print_travel(travelled: dict[str, Travel]) -> None:
    """How far the shipped flag and probabilities travel, set by set."""
    print(f"{'flag and values as shipped':28s} bad    flagged  balanced accuracy  best cut  calibration error")
    for name, found in travelled.items():
        print(
            f"{name:28s} {found.bad:.2f}   {found.flagged:.2f}     {found.balanced:.3f}"
            f"              {found.best:.3f}     {found.error:.3f}, {found.after:.3f} after {FEW} labels"
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
    parser.add_argument("--no-second", action="store_true", help="leave the second one out")
    parser.add_argument("--judge", type=int, default=0, help="answers of a set that the local 1.5B model judges")
    parser.add_argument("--json", type=Path, default=None, help="write the figures there, too")
    options = parser.parse_args()
    models = {"shipped": FAITHFULNESS} | ({} if options.no_second or SECOND == FAITHFULNESS else {"second": SECOND})
    evaluators = {name: open_evaluator(model) for name, model in models.items()}
    threshold = read_manifest(FAITHFULNESS).threshold
    travelled: dict[str, Travel] = {}
    table: dict[str, dict[str, Detection]] = {}
    spans: dict[str, SpanMatch] = {}
    print(f"{'set':28s} {'detector':8s} {'rows':>5s} {'bad':>5s}  AUROC [95 % interval]  bal.acc  F1")
    for item_set in faithfulness_sets(options.data, options.demo, options.limit, options.part):
        if item_set.missing:
            print(f"{item_set.name:28s} skipped: {item_set.missing}")
            continue
        ran = {name: run(evaluator, item_set.items) for name, evaluator in evaluators.items()}
        scores = all_scores(item_set.items, ran, not options.no_first, options.judge)
        for part, chosen in parts(item_set.items):
            name = f"{item_set.name}{'*' * (item_set.name in FITTED_SETS)} {part}".strip()
            table[name] = measure(item_set.items, scores, chosen)
            for detector, found in table[name].items():
                print_row(name, detector, found)
        labels = np.asarray([item.label == 1 for item in item_set.items])
        known = np.isfinite(scores["shipped"])
        if known.sum() > 2 * FEW and 0 < labels[known].sum() < known.sum():
            fitted = "*" * (item_set.name in FITTED_SETS)
            travelled[item_set.name + fitted] = travel(labels[known], scores["shipped"][known], threshold)
        for name, one in ran.items():
            fit = marked(item_set.items, one.outcomes)
            if fit is not None:
                spans[f"{item_set.name}, {name}"] = fit
        spent = ", ".join(f"{name} {one.seconds:.3f}" for name, one in ran.items())
        print(f"{item_set.name:28s} processor seconds an answer: {spent}", flush=True)
    print_means(table)
    print_travel(travelled)
    for name, fit in spans.items():
        print(f"marked characters {name:30s} precision {fit.precision:.3f} recall {fit.recall:.3f} F1 {fit.f1:.3f}")
    print(PUBLISHED)
    if options.json:
        figures = {name: {key: found._asdict() for key, found in row.items()} for name, row in table.items()}
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
