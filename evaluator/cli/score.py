"""`faithline score`: a file in, a file of scores out, without a server."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from evaluator.bootstrap import judges_of, runtime_of
from evaluator.cli.common import Project, key_value, read_settings, reading, stderr, tidy_errors, wrong_param
from evaluator.cli.rows import BadRow, Row, RowReader, failed, scored
from evaluator.core.errors import FaithlineError, InvalidInput
from evaluator.core.evaluator import Evaluator, Waits
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.core.limits import LocalLimiter
from evaluator.core.outcome import Failure, Outcome, Reason, is_waiting
from evaluator.core.rubric import RubricIndex, SomeRubrics
from evaluator.core.trace import Sample
from evaluator.evaluators import registry
from evaluator.pipeline.catalog.rubrics import rubrics_of
from evaluator.shipped import ShippedGolden, shipped_rubrics
from evaluator.store import engine

PATIENCE, SHORTEST_PAUSE, LONGEST_PAUSE = 600.0, 0.1, 15.0
"""For how long a judge that answers to nothing is asked again, and the pauses in between (s)."""
CHUNK = 64
"""Rows in memory at a time."""


def score(
    file: Annotated[Path, typer.Argument(help="JSON lines, plain or gzipped: id, question, context, answer")],
    evaluator: Annotated[list[str], typer.Option("--evaluator", "-e", help="An evaluator; may be repeated")],
    out: Annotated[str, typer.Option("--out", "-o", help="Where the scores go; - for standard output")],
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", help="EVALUATOR.KEY=VALUE, VALUE as JSON or text; repeatable")
    ] = None,
    chunk: Annotated[int, typer.Option(min=1, max=4096, help="Rows scored at a time")] = CHUNK,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Score a file of questions, contexts and answers; one row out for each row and evaluator, in order."""
    with tidy_errors(), ExitStack() as stack:
        evaluators = _evaluators(evaluator, _parameters(param or [], evaluator), project)
        for one in evaluators:
            stderr.print(f"Loading {one.spec.name} …", markup=False)
            stack.callback(one.close)
            one.open()
        good, failures = _run(file, evaluators, out, chunk, stderr)
    stderr.print(f"{good} scores and {failures} failures → {'standard output' if out == '-' else out}", markup=False)
    if not good:
        stderr.print("Nothing could be scored: see `failure` in the output")
        raise typer.Exit(1)


def _parameters(given: Sequence[str], evaluators: Sequence[str]) -> dict[str, dict[str, Any]]:
    """`faithfulness.key=value` as {"faithfulness": {"key": value}}. Raises InvalidInput."""
    found: dict[str, dict[str, Any]] = {}
    for text in given:
        path, value = key_value(text, "EVALUATOR.KEY=VALUE", "toxicity.precision=bf16")
        name, dot, key = path.rpartition(".")  # evaluators may have dots in their names
        if not (dot and key):
            raise wrong_param(text, "EVALUATOR.KEY=VALUE", "toxicity.precision=bf16")
        if name not in evaluators:
            raise InvalidInput("--param", f"{name!r} is not among the evaluators", f"Add --evaluator {name}")
        found.setdefault(name, {})[key] = value
    return found


def _evaluators(names: Sequence[str], parameters: dict[str, dict[str, Any]], project: str) -> list[Evaluator]:
    settings, golden = read_settings(), ShippedGolden()
    runtime, judges = runtime_of(settings), judges_of(settings, LocalLimiter())
    rubrics = _rubrics(settings.database_url, project) if any(name.startswith("rubric:") for name in names) else None
    found = [
        registry.create(name, parameters.get(name), golden, runtime, rubrics, judges) for name in dict.fromkeys(names)
    ]
    for one in found:
        if isinstance(one, Waits) and (missing := one.waiting) is not None:
            raise FaithlineError(missing)
    return found


def _rubrics(url: str, project: str) -> RubricIndex:
    """Where to find a rubric: what the project has pushed, else what is shipped. A machine that has no database is
    given none for it."""
    if engine.is_sqlite(url) and not Path(engine.sqlite_path(url)).expanduser().is_file():
        return shipped_rubrics()
    with reading(project) as (_, unit):
        return SomeRubrics([found.definition for found in rubrics_of(unit, project)])


def _run(file: Path, evaluators: Sequence[Evaluator], out: str, chunk: int, console: Console) -> tuple[int, int]:
    """Stream `file` through the evaluators; the numbers of scores and of failures."""
    counts = [0, 0]
    with RowReader(file) as reader, _sink(out) as sink, _bar(console) as bar:
        task = bar.add_task("scoring", total=reader.size, rows=0)
        rows = 0
        for batch in reader.chunks(chunk):
            for line in _score_chunk(batch, evaluators):
                counts[line["failure"] is not None] += 1
                # ASCII: a lone surrogate has no UTF-8 form, and content may hold one.
                sink.write(json.dumps(line, ensure_ascii=True, allow_nan=False) + "\n")
            rows += len(batch)
            sink.flush()
            bar.update(task, completed=reader.position, rows=rows)
        bar.update(task, completed=reader.size)
    return counts[0], counts[1]


def _score_chunk(batch: Sequence[Row | BadRow], evaluators: Sequence[Evaluator]) -> Iterator[dict[str, Any]]:
    """The output of a chunk: for every row in order, one line for each evaluator in order."""
    columns = [_column(batch, one) for one in evaluators]
    for place, row in enumerate(batch):
        for one, column in zip(evaluators, columns, strict=True):
            outcome = column[place]
            if isinstance(outcome, Failure):
                yield failed(row, one.spec.name, outcome)
            else:
                yield scored(row, one.spec, outcome)


def _column(batch: Sequence[Row | BadRow], one: Evaluator) -> list[Outcome]:
    """What one evaluator says of each row of a chunk; rows that it cannot see are failures."""
    found: dict[int, Outcome] = {}
    for place, row in enumerate(batch):
        failure = row.failure(one.spec.needs)
        if failure is not None:
            found[place] = failure
    good = [place for place in range(len(batch)) if place not in found]
    samples = [row.sample for place in good if isinstance(row := batch[place], Row)]
    outcomes = _patiently(one, samples) if samples else []
    if len(outcomes) != len(samples):
        wrong = Failure(reason=Reason.EVALUATOR_ERROR, message=f"{one.spec.name} gave a wrong number of outcomes")
        outcomes = [wrong] * len(samples)
    found.update(zip(good, outcomes, strict=True))
    return [found[place] for place in range(len(batch))]


def _patiently(one: Evaluator, samples: Sequence[Sample]) -> list[Outcome]:
    """What an evaluator says; what it could not ask for now, as a judge was busy, is asked again for as long as that
    leads anywhere."""
    outcomes = one.score(samples)
    until = time.monotonic() + PATIENCE
    while len(outcomes) == len(samples) and time.monotonic() < until:
        waits = {i: found.wait or 0.0 for i, found in enumerate(outcomes) if is_waiting(found)}
        if not waits:
            break
        time.sleep(min(LONGEST_PAUSE, max(SHORTEST_PAUSE, min(waits.values()))))
        again = one.score([samples[i] for i in waits])
        if not all(map(is_waiting, again)):
            until = time.monotonic() + PATIENCE
        for i, outcome in zip(waits, again, strict=True):
            outcomes[i] = outcome
    return outcomes


@contextmanager
def _sink(out: str) -> Iterator[IO[str]]:
    """Where lines are written. A file gets its name only when it is complete."""
    if out == "-":
        yield sys.stdout
        return
    path = Path(out)
    partial = path.with_name(path.name + ".partial")
    try:
        handle = partial.open("w", encoding="utf-8")
    except OSError as error:
        raise InvalidInput("--out", f"{path} cannot be written ({error.strerror})") from error
    with handle:
        yield handle
    partial.replace(path)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %  {task.fields[rows]} rows"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
