"""`faithline ingest`: traces from a file into the store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from evaluator.bootstrap import Services
from evaluator.cli.common import Project, opened_for, stderr
from evaluator.core.errors import ItemError
from evaluator.core.ids import DEFAULT_PROJECT, content_hash
from evaluator.ingest import native
from evaluator.ingest.jsonl import Line, read_lines
from evaluator.pipeline.access.user_keys import UserKeys
from evaluator.pipeline.stages.ingest import MAX_GROUP, store_parts

BATCH = 500
"""Lines that share a commit, unless they are longer than `MAX_GROUP` together."""
SHOWN_ERRORS = 20


def ingest(
    file: Annotated[Path, typer.Argument(help="JSON lines, plain or gzipped: one native trace a line")],
    restart: Annotated[bool, typer.Option(help="Begin at the first line, also after an interruption")] = False,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Store the traces of a file. Interrupted, it goes on where it stopped; run twice, it changes nothing."""
    with opened_for(project) as services:
        progress = _Resume(file, services.settings.database_url, project)
        start = 0 if restart else progress.line()
        if start:
            stderr.print(f"Going on at line {start + 1} (--restart begins anew)")
        accepted, errors = _run(services, project, file, start, progress)
        progress.done()
    for error in errors[:SHOWN_ERRORS]:
        place = f"line {error.index + 1}: {error.field}: {error.problem}. {error.remedy}"
        stderr.print(place, markup=False, highlight=False)
    if len(errors) > SHOWN_ERRORS:
        stderr.print(f"… and {len(errors) - SHOWN_ERRORS} more")
    stderr.print(f"{accepted} traces stored, {len(errors)} lines refused")
    if errors and not accepted:
        raise typer.Exit(1)


def _run(services: Services, project: str, file: Path, start: int, progress: _Resume) -> tuple[int, list[ItemError]]:
    """Store the lines from `start` on, a commit a batch; returns how many were stored and what was refused."""
    accepted = 0
    errors: list[ItemError] = []
    user_keys = UserKeys(services.store)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr) as bar:
        task = bar.add_task(file.name, total=file.stat().st_size if file.is_file() else None)
        batch: list[tuple[Line, Any]] = []
        held = 0

        def flush() -> None:
            nonlocal accepted
            items = [item for _, item in batch]
            now = services.clock.now()
            parts, refused = native.parse(items, project=project, received=now, user_keys=user_keys.of(project))
            errors.extend(_at_line(e, batch[e.index][0]) for e in refused)
            if parts:
                accepted += store_parts(services.store, parts, services.clock, services.quiet, services.redact)
            progress.save(batch[-1][0].number + 1)
            bar.update(task, completed=batch[-1][0].offset)
            batch.clear()

        for line, item in read_lines(file, start):
            if isinstance(item, ItemError):
                errors.append(item)
                continue
            batch.append((line, item))
            held += line.size
            if len(batch) >= BATCH or held >= MAX_GROUP:
                flush()
                held = 0
        if batch:
            flush()
    return accepted, errors


def _at_line(error: ItemError, line: Line) -> ItemError:
    return ItemError(line.number, error.field, error.problem, error.remedy)


class _Resume:
    """How far a file has been stored in a project: kept beside the user's other state until it is done."""

    def __init__(self, file: Path, database: str, project: str) -> None:
        stat = file.stat() if file.is_file() else None
        known = [str(file.resolve()), stat and [stat.st_size, stat.st_mtime_ns], database, project]
        self._path = Path.home() / ".faithline" / "ingest" / f"{content_hash(known)}.json"

    def line(self) -> int:
        """The number (from 0) of the first line that is not stored yet."""
        try:
            return int(json.loads(self._path.read_text())["line"])
        except (OSError, ValueError, KeyError):
            return 0

    def save(self, line: int) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps({"line": line}))

    def done(self) -> None:
        self._path.unlink(missing_ok=True)
