"""`faithline dead-letters`: jobs that were given up."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from evaluator.cli.common import Project, opened_for, reading, stderr, stdout
from evaluator.core.errors import InvalidInput
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.core.trace import Sample
from evaluator.pipeline.operations.dead_letters import DeadLetter, read_dead_letter, read_dead_letters
from evaluator.pipeline.operations.dead_letters import replay as give_another_life
from evaluator.web.format import iso, visible

app = typer.Typer(no_args_is_help=True, help="Show and replay jobs that were given up.")

SHOWN_ERROR = 120


@app.command("list")
def list_letters(
    project: Project = DEFAULT_PROJECT,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most")] = 100,
    after: Annotated[int, typer.Option(min=0, help="Begin after the one with this id")] = 0,
) -> None:
    """What was given up, when, after how many tries, and what the last one said."""
    with reading(project) as (_, unit):
        found = read_dead_letters(unit, project, limit + 1, after)
    if not found:
        stderr.print("There are no dead letters")
        return
    table = Table("id", "evaluator", "target", "tries", "failed at", "counts as", "last error")
    for letter in found[:limit]:
        values = (str(letter.id), letter.evaluator, letter.target_id, str(letter.attempts), _failed_at(letter))
        table.add_row(*(_text(v) for v in (*values, letter.failure or "", letter.error[:SHOWN_ERROR])))
    stdout.print(table)
    if len(found) > limit:
        stderr.print(f"There are more: --after {found[limit - 1].id}")


@app.command()
def show(
    letter: Annotated[int, typer.Argument(metavar="ID")],
    project: Project = DEFAULT_PROJECT,
    text: Annotated[bool, typer.Option("--text", help="Also the question, the answer and the passages")] = False,
) -> None:
    """Everything about one dead letter; what its trace says only when asked for."""
    with reading(project) as (_, unit):
        found, sample = read_dead_letter(unit, project, letter)
    pairs = {
        "id": str(found.id),
        "trace": found.trace_id,
        "target": found.target_id,
        "evaluator": f"{found.evaluator} {found.fingerprint}",
        "queue": found.queue,
        "queued at": iso(found.queued_at),
        "failed at": _failed_at(found),
        "tries": str(found.attempts),
        "last error": found.error,
        "counts as": f"{found.failure or 'nothing'}: {found.message or ''}",
    }
    for name, value in (pairs | (_texts(sample) if text else {})).items():
        stdout.print(Text(f"{name:>11}  ") + _text(value))


@app.command()
def replay(
    letters: Annotated[list[int] | None, typer.Argument(metavar="[ID]...")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of the project's")] = False,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Have dead letters scored again; the new outcome replaces the failure that stands in their place."""
    with opened_for(project) as services:
        if bool(letters) == everything:
            raise InvalidInput(
                "ID", "is missing" if not everything else "is given beside --all", "Name some, or --all"
            )
        ids = None if everything else list(dict.fromkeys(letters or []))
        done = give_another_life(services.store, project, ids, services.clock, services.hints)
    stderr.print(f"{done} will be tried again")


def _failed_at(letter: DeadLetter) -> str:
    return iso(letter.failed_at) if letter.failed_at else ""


def _texts(sample: Sample | None) -> dict[str, str]:
    if sample is None:
        return {"text": "is not kept any more"}
    passages = {f"passage {i}": p.text for i, p in enumerate(sample.passages, 1)}
    return {"question": sample.question, "answer": sample.answer} | passages


def _text(value: str) -> Text:
    """A value as it is: neither markup nor control characters of a stranger's reach the terminal."""
    return Text(visible(value))
