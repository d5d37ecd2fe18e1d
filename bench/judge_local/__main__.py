"""What the judge on one's own machine is worth: ``python -m bench.judge_local [--rows N] [--variants N]``.

Faithfulness, by the shipped rubric through the shipped evaluator, over HTTP. On answers of RAGTruth: how well it
tells bad ones, beside the bundled detector; how steady it is when it is asked again; what the rate comes to that
labels correct. On short rows with attacks in them: what the fence around the material keeps out. All answers are kept
in ``.bench/judge_local.jsonl``, so that a run that was interrupted goes on where it was.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.judge_local.asking import Answer, Judge
from bench.judge_local.attacks import variants
from bench.judge_local.measures import Attacked
from bench.judge_local.report import print_attacks, print_cost, print_detection, print_rates, print_repeats
from bench.judge_local.rows import asked_rows
from bench.judge_local.scores import BOOK, PORT
from bench.judge_local.served import served
from evaluator.core.evaluator import sample_of
from evaluator.core.outcome import Score
from evaluator.evaluators import registry
from evaluator.judges.serving.catalog import QWEN
from training.data import digest
from training.measures import Floats
from training.sets import Item, read_set

SET = "RAGTruth-dev"
WARM = 0.7
SHORT = 20
"""Rows that are attacked."""


def rows_of(data: Path, count: int | None = None) -> list[Item]:
    """The first `count` rows in the order of their hashes, each with a question."""
    return asked_rows(sorted(read_set(data, SET, count).items, key=lambda item: digest(item.id)))


def short_rows(items: Sequence[Item], count: int) -> list[Item]:
    """The `count` rows with the least to read."""
    return sorted(items, key=lambda item: (len(item.answer) + sum(map(len, item.passages)), item.id))[:count]


def detector_scores(items: Sequence[Item]) -> Floats:
    """P(unfaithful) by the bundled detector; NaN where it gives none."""
    evaluator = registry.create("faithfulness")
    evaluator.open()
    samples = [sample_of(item.question, item.answer, item.passages, target_id=item.id) for item in items]
    outcomes = [one for start in range(0, len(samples), 32) for one in evaluator.score(samples[start : start + 32])]
    return np.asarray([one.value if isinstance(one, Score) else np.nan for one in outcomes])


def attacked(judge: Judge, rows: Sequence[Item], count: int, fence: bool) -> list[Attacked]:
    """The answers to `count` variants of `rows`, with those to the rows and to the rows once more."""
    base = {item.id: judge.ask(item, fence=fence) for item in rows}
    # The code of the fence is new each time. Without one the prompt is the same, and so is what this judge answers.
    again = {item.id: judge.ask(item, time_=1) for item in rows} if fence else base
    found = []
    for number, one in enumerate(variants(rows, count), start=1):
        answer = judge.ask(one.item, fence=fence)
        found.append(Attacked(one, answer, base[one.base], again[one.base]))
        _progress("attacks" if fence else "attacks without a fence", number, count)
    return found


def _progress(what: str, number: int, count: int) -> None:
    if number % 10 == 0 or number == count:
        print(f"{what}: {number} of {count}", flush=True)


def run(judge: Judge, options: argparse.Namespace) -> None:
    """Ask all there is to ask, and print."""
    items = rows_of(options.data, options.rows)
    asked: list[Answer] = []
    arms: dict[str, list[Attacked]] = {}
    if options.variants:
        rows = short_rows(rows_of(options.data), min(SHORT, options.variants))
        arms["with the fence"] = attacked(judge, rows, options.variants, fence=True)
        arms["without"] = attacked(judge, rows, options.variants, fence=False)
        asked += [one.answer for found in arms.values() for one in found]
        print_attacks(arms)
    answers = []
    for number, item in enumerate(items, start=1):
        answers.append(judge.ask(item))
        _progress("rows", number, len(items))
    if answers:
        detector = detector_scores(items)
        print_detection(items, answers, detector, judge)
        print_rates(items, answers, detector, options.labels)
    chosen = list(zip(items, answers, strict=True))[: options.repeats]
    pairs = {f"short rows, {arm}": [(one.base, one.again) for one in found] for arm, found in arms.items()}
    pairs["rows, at 0"] = [(first, judge.ask(item, time_=1)) for item, first in chosen]
    pairs[f"rows, at {WARM}"] = [
        (judge.ask(item, temperature=WARM), judge.ask(item, temperature=WARM, time_=1)) for item, _ in chosen
    ]
    print_repeats(pairs)
    if asked := [*asked, *answers]:
        print_cost(asked, options.quiet)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=30, help="of the rows, asked again at 0 and twice at 0.7")
    parser.add_argument("--labels", type=int, default=60, help="of the rows, for the corrected rate")
    parser.add_argument("--variants", type=int, default=60)
    parser.add_argument("--explain", action="store_true", help="with a reason before each verdict; slow")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--threads", type=int, default=0, help="0: half of the cores")
    parser.add_argument("--quiet", action="store_true", help="say that the machine had nothing else to do")
    parser.add_argument("--model", default=QWEN.name)
    parser.add_argument("--book", type=Path, default=BOOK)
    options = parser.parse_args()
    with served(options.port, options.model, options.threads) as url:
        run(Judge(url, options.model, options.book, explain=options.explain), options)


if __name__ == "__main__":
    main()
