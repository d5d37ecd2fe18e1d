"""`faithline ingest`: traces from a file into the store."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from evaluator.bootstrap import Services
from evaluator.cli.common import Project, opened_for, stderr
from evaluator.cli.reading import NATIVE, Reader, reader_of
from evaluator.core.errors import ItemError
from evaluator.core.ids import DEFAULT_PROJECT, content_hash
from evaluator.ingest.files.exported import hex_id
from evaluator.ingest.files.formats import FORMATS
from evaluator.ingest.files.jsonl import Line
from evaluator.ingest.files.records import read_records
from evaluator.ingest.otlp.spans import TRACE_DIGITS
from evaluator.pipeline.access.user_keys import UserKeys
from evaluator.pipeline.stages.annotate import annotate_langfuse
from evaluator.pipeline.stages.ingest import MAX_GROUP, store_parts

BATCH = 500
"""Lines that share a commit, unless they are longer than `MAX_GROUP` together."""
SHOWN_ERRORS = 20


def ingest(
    file: Annotated[Path, typer.Argument(help="JSON lines or one JSON document, plain or gzipped")],
    maps: Annotated[
        list[str] | None, typer.Option("--map", help="FIELD=PATH, such as question=$.input.q; repeatable")
    ] = None,
    named: Annotated[
        str | None,
        typer.Option("--format", help=f"How to read it: {', '.join((*FORMATS, NATIVE))}"),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Take a guess of what is where without asking")] = False,
    restart: Annotated[bool, typer.Option(help="Begin at the first line, also after an interruption")] = False,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Store the traces of a file: our own, exports of Langfuse, LangSmith or Phoenix, or JSON lines of any shape.

    Interrupted, it goes on where it stopped; run twice, it changes nothing.
    """
    with opened_for(project) as services:
        reader = reader_of(file, named, maps or (), yes)
        progress = _Resume(file, services.settings.database_url, project)
        start = 0 if restart else progress.line()
        if start:
            stderr.print(f"Going on at line {start + 1} (--restart begins anew)")
        run = _Run(services, project, reader)
        run.store(file, start, progress)
        progress.done()
    accepted, errors = run.accepted, run.errors
    for error in errors[:SHOWN_ERRORS]:
        place = f"line {error.index + 1}: {error.field}: {error.problem}. {error.remedy}"
        stderr.print(place, markup=False, highlight=False)
    if len(errors) > SHOWN_ERRORS:
        stderr.print(f"… and {len(errors) - SHOWN_ERRORS} more")
    stderr.print(f"{accepted} traces stored, {len(errors)} lines refused")
    if run.scores:
        stderr.print(f"{run.scores} scores and feedback stored beside them")
    if errors and not accepted:
        raise typer.Exit(1)


class _Run:
    """The records of one file on their way into the store, a commit a batch."""

    def __init__(self, services: Services, project: str, reader: Reader) -> None:
        self._services, self._project, self._reader = services, project, reader
        self._user_keys = UserKeys(services.store)
        self._traces: set[int] = set()
        self.accepted = 0
        self.errors: list[ItemError] = []
        self.scores = 0

    def store(self, file: Path, start: int, progress: _Resume) -> None:
        """Store the records from `start` on."""
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        with Progress(*columns, console=stderr) as bar:
            task = bar.add_task(file.name, total=file.stat().st_size if file.is_file() else None)
            for batch in self._batches(file, start):
                self._flush(batch, progress)
                bar.update(task, completed=batch[-1][0].offset)

    def _batches(self, file: Path, start: int) -> Iterator[list[tuple[Line, Any]]]:
        """The records from `start` on, as many at a time as share a commit; what is none goes to `errors`."""
        batch: list[tuple[Line, Any]] = []
        held = 0
        for line, item in read_records(file, start):
            if isinstance(item, ItemError):
                self.errors.append(item)
                continue
            batch.append((line, item))
            held += line.size
            if len(batch) >= BATCH or held >= MAX_GROUP:
                yield batch
                batch, held = [], 0
        if batch:
            yield batch

    def _flush(self, batch: Sequence[tuple[Line, Any]], progress: _Resume) -> None:
        services, project = self._services, self._project
        items = [item for _, item in batch]
        now, user_keys = services.clock.now(), self._user_keys.of(project)
        parts, refused = self._reader.parse(items, project=project, received=now, user_keys=user_keys)
        self.errors += [_at_line(e, batch[e.index][0]) for e in refused]
        if parts:
            stored = store_parts(services.store, parts, services.clock, services.quiet, services.redact)
            # The spans of an exported trace may lie anywhere in the file; of our own a line is a trace.
            new = {hash(part.trace_id) for part in parts} - self._traces if self._reader.exported else ()
            self._traces.update(new)
            self.accepted += len(new) if self._reader.exported else stored
        self._store_scores(batch, user_keys)
        progress.save(batch[-1][0].number + 1)

    def _store_scores(self, batch: Sequence[tuple[Line, Any]], user_keys: Sequence[str]) -> None:
        """Scores that an export holds beside its traces."""
        services, found = self._services, list(self._reader.scores([item for _, item in batch]))
        errors = annotate_langfuse(
            services.store, self._project, [score for _, score in found], services.clock, services.redact, user_keys,
            partial(hex_id, "traceId", digits=TRACE_DIGITS),
        )  # fmt: skip
        self.scores += len(found) - len(errors)
        self.errors += [_at_line(error, batch[found[place][0]][0]) for place, error in errors.items()]


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
