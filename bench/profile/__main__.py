"""Where the time goes in `faithfulness`: ``python -m bench.profile --data ../shared/data [--limit N]``.

Runs the shipped evaluator on RAGTruth-dev under the profiler and prints the share of each stage.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import time
from collections.abc import Callable
from pathlib import Path

from evaluator.core.evaluator import sample_of
from evaluator.evaluators import registry
from evaluator.evaluators.marking import Marking
from evaluator.models.encoder.encoder import Encoder
from evaluator.models.encoder.tokens import WordPieces
from evaluator.text.combine import assess
from evaluator.text.plan import plan_pairs
from training.sets import faithfulness_sets

STAGES: dict[str, Callable[..., object]] = {
    "sentences, windows, lexical support": plan_pairs,
    "word pieces": WordPieces.encode,
    "network": Encoder.__call__,
    "combination": assess,
    "evidence": Marking.mark,
}
"""Each stage by the function whose cumulative time it is."""


def seconds_of(stats: pstats.Stats, function: Callable[..., object]) -> float:
    """Cumulative seconds of a function of ours."""
    code = function.__code__
    row = stats.stats.get((code.co_filename, code.co_firstlineno, code.co_name))  # type: ignore[attr-defined]
    return float(row[3]) if row else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--limit", type=int, default=100)
    options = parser.parse_args()
    items = faithfulness_sets(options.data, Path("demo"), options.limit)[0].items
    samples = [sample_of(i.question, i.answer, i.passages, target_id=i.id) for i in items]
    evaluator = registry.create("faithfulness")
    started = time.perf_counter()
    evaluator.open()
    print(f"opened in {time.perf_counter() - started:.1f} s")
    profiler = cProfile.Profile()
    started = time.perf_counter()
    profiler.runcall(evaluator.score, samples)
    total = time.perf_counter() - started
    stats = pstats.Stats(profiler)
    print(f"{len(samples)} answers in {total:.1f} s: {len(samples) / total:.2f} answers/s")
    shares = {name: seconds_of(stats, function) for name, function in STAGES.items()}
    for name, seconds in [*shares.items(), ("everything else", total - sum(shares.values()))]:
        print(f"{name:38} {seconds:7.2f} s {seconds / total:6.1%}")


if __name__ == "__main__":
    main()
