"""Where the time goes in `faithfulness`: ``python -m bench.profile --data ../shared/data [--limit N]``.

Runs the shipped evaluator on RAGTruth-dev under the profiler and prints the share of each stage.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import time
from pathlib import Path

from evaluator.core.evaluator import sample_of
from evaluator.evaluators import registry
from training.sets import faithfulness_sets

STAGES = {
    "sentences, windows, lexical support": ("plan.py", "plan_pairs"),
    "word pieces": ("tokens.py", "encode"),
    "network": ("encoder.py", "forward"),
    "combination": ("combine.py", "assess"),
    "evidence": ("marking.py", "mark"),
}
"""Each stage by the function whose cumulative time it is."""


def seconds_of(stats: pstats.Stats, file: str, function: str) -> float:
    """Cumulative seconds of a function of ours: of its outermost calls where it calls others of its name."""
    found = [
        row[3]
        for (path, _, name), row in stats.stats.items()  # type: ignore[attr-defined]
        if path.endswith(file) and name == function and "/evaluator/" in path
    ]
    return max(found, default=0.0)


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
    shares = {name: seconds_of(stats, *place) for name, place in STAGES.items()}
    for name, seconds in [*shares.items(), ("everything else", total - sum(shares.values()))]:
        print(f"{name:38} {seconds:7.2f} s {seconds / total:6.1%}")


if __name__ == "__main__":
    main()
