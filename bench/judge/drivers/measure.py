"""What the drivers have in common: the task that they are given, and how their work is timed.

Needs nothing but the standard library: it runs in everybody's environment.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """An answer that is to be judged."""

    question: str
    context: str
    answer: str


@dataclass(frozen=True)
class Task:
    """A rubric as plain instructions, its labels with their values, and what to judge by it.

    `warm` cases are judged before the clock starts, `cases` after. `concurrency` calls run at once.
    """

    instructions: str
    labels: dict[str, float]
    model: str
    concurrency: int
    warm: list[Case]
    cases: list[Case]

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Task:
        given = json.loads(path.read_text(encoding="utf-8"))
        cases = {name: [Case(**one) for one in given[name]] for name in ("warm", "cases")}
        return cls(**given | cases)


@dataclass(frozen=True)
class Measured:
    """What came of a task: its time on the clock and on processors (s), and how many cases have a verdict."""

    version: str
    seconds: float
    cpu: float
    verdicts: int
    first_problem: str = ""


Judge = Callable[[Sequence[Case]], Sequence[object]]
"""What came of each case: a number or a label, or an exception or None where there is no verdict."""


def drive(package: str, make: Callable[[Task], Judge]) -> None:
    """Have what `make` makes of the task in the file that the command line names judge it; print what came of it."""
    task = Task.read(Path(sys.argv[1]))
    judge = make(task)
    judge(task.warm)
    started, used = time.perf_counter(), _cpu()
    found = judge(task.cases)
    seconds, cpu = time.perf_counter() - started, _cpu() - used
    problems = [one for one in found if not _usable(one, task)]
    told = f"{problems[0]!r}"[:300] if problems else ""
    said = Measured(version(package), seconds, cpu, len(found) - len(problems), told)
    print("\n" + json.dumps(asdict(said)), flush=True)


def read_result(output: str) -> Measured:
    """What `drive` has printed last."""
    return Measured(**json.loads(output.strip().splitlines()[-1]))


def _usable(verdict: object, task: Task) -> bool:
    return isinstance(verdict, (int, float)) or (isinstance(verdict, str) and verdict in task.labels)


def _cpu() -> float:
    """User and system time of this process and of those that it has started and that have ended (s)."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)
