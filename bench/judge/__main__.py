"""Verdicts a second, and CPU time for each, beside Ragas, DeepEval, Phoenix and MLflow: `make bench-judge`.

Everybody judges the same answers by the same instructions, with one call a verdict, of the same model at the same
stand-in for a provider, which takes 200 ms for each call; 64 calls run at once. Each library runs in a process and an
environment of its own, made on the first run. CPU time is user and system time of that process, without imports and
set-up. The stand-in counts the calls: a library that makes more or fewer than one a verdict, or that gets fewer
usable verdicts, is named. Of several runs the best counts.

    python -m bench.judge                       # all
    python -m bench.judge --verdicts 200 --only faithline --only ragas
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from bench.judge.drivers.measure import Measured, Task
from bench.judge.libraries import OTHERS, OURS, CanNot, Library
from bench.judge.material import cases
from bench.servers.judge.behaviour import Behaviour
from bench.servers.judge.server import judging
from evaluator.judges.prompt import system_of
from evaluator.shipped import rubrics

MODEL = "gpt-4o-mini"
RUBRIC = "faithfulness"
LATENCY = 0.2
CONCURRENCY = 64
WARM = 64
SLOW = 4
"""A slow library gets one in so many of the cases."""


@dataclass(frozen=True)
class Row:
    """One library's best run; `calls` and `tokens` (of the prompt, a call) are the stand-in's."""

    name: str
    asked: int
    calls: int = 0
    tokens: float = 0.0
    best: Measured | None = None
    problem: str = ""

    @property
    def speed(self) -> float:
        """Verdicts a second."""
        return self.best.verdicts / self.best.seconds if self.best and self.best.verdicts else 0.0

    @property
    def cpu_ms(self) -> float:
        """CPU time of a verdict (ms)."""
        return 1000 * self.best.cpu / self.best.verdicts if self.best and self.best.verdicts else float("inf")


def task_of(verdicts: int) -> Task:
    rubric = rubrics()[RUBRIC]
    given = cases()
    return Task(
        instructions=system_of(rubric),
        labels={choice.label: choice.value for choice in rubric.scale.choices} | {"cannot_tell": -1.0},
        model=MODEL,
        concurrency=CONCURRENCY,
        warm=list(islice(given, WARM)),
        cases=list(islice(given, verdicts)),
    )


def measure(library: Library, verdicts: int, runs: int, cache: Path) -> Row:
    """The best of `runs` runs by CPU time and by speed, each for itself."""
    task = task_of(max(1, verdicts // SLOW) if library.slow else verdicts)
    asked, found, calls, tokens = len(task.cases), list[Measured](), 0, 0.0
    with tempfile.TemporaryDirectory(prefix="faithline-judge-") as name:
        file = Path(name) / "task.json"
        task.write(file)
        for _ in range(runs):
            reply = library.reply
            verdict = None if reply is None else lambda *_, said=reply: dict(said)
            with judging(Behaviour(latency=LATENCY), verdict) as served:
                try:
                    found.append(library.run(cache, file, served.address, Path(name)))
                except CanNot as error:
                    return Row(library.name, asked, problem=str(error))
                calls = served.calls - WARM
                tokens = sum(one.input_tokens for one in served.ledger.charges) / max(1, served.calls)
    best = Measured(
        version=found[0].version, seconds=min(one.seconds for one in found), cpu=min(one.cpu for one in found),
        verdicts=min(one.verdicts for one in found), first_problem=found[0].first_problem,
    )  # fmt: skip
    problem = "" if calls == asked == best.verdicts else f"{best.verdicts} verdicts of {calls} calls for {asked}"
    return Row(library.name, asked, calls, tokens, best, f"{problem}: {best.first_problem}" if problem else "")


def report(rows: Sequence[Row]) -> str:
    """One line a library; ratios are of CPU time, to the first row where that is this project's."""
    lines = [
        f"{'library':32}{'version':>9}{'verdicts':>9}{'calls':>7}{'tokens':>8}{'verdicts/s':>12}{'CPU ms':>8}"
        f"{'verdicts/s of a core':>22}{'ours is':>9}",
    ]
    ours = rows[0].cpu_ms if rows[0].name == OURS[0].name else float("nan")
    for row in rows:
        if row.best is None:
            lines.append(f"{row.name:32}{row.problem}")
            continue
        lines.append(
            f"{row.name:32}{row.best.version:>9}{row.best.verdicts:9d}{row.calls:7d}{row.tokens:8.0f}"
            f"{row.speed:12.1f}{row.cpu_ms:8.2f}{1000 / row.cpu_ms:22.0f}{row.cpu_ms / ours:8.1f}×"
        )
        if row.problem:
            lines.append(f"  not as asked: {row.problem}")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--verdicts", type=int, default=1000, help="of each library")
    parser.add_argument("--runs", type=int, default=2, help="of which the best counts")
    parser.add_argument("--only", action="append", help="names that begin so; may be given several times")
    parser.add_argument("--cache", type=Path, default=Path(".bench/judge"), help="where environments are kept")
    given: Any = parser.parse_args()
    chosen = [one for one in (*OURS, *OTHERS) if not given.only or one.name.startswith(tuple(given.only))]
    rows = []
    for library in chosen:
        rows.append(measure(library, given.verdicts, given.runs, given.cache.resolve()))
        print(report(rows[-1:]).splitlines()[1], flush=True)
    print("\n" + report(rows))
    return any(row.problem for row in rows)


if __name__ == "__main__":
    raise SystemExit(main())
