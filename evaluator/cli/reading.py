"""How `faithline ingest` reads a file: as our own traces, as an export of others, or by a mapping."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import typer
from rich.table import Table
from rich.text import Text

from evaluator.cli.common import stderr
from evaluator.core.errors import InvalidInput
from evaluator.core.unknown import shortened, unknown
from evaluator.ingest.files.formats import FORMATS, Format, format_of
from evaluator.ingest.files.mapped import Mapped, guess, is_native
from evaluator.ingest.files.records import sample_of_file
from evaluator.ingest.native import traces as native
from evaluator.ingest.native.traces import Parsed
from evaluator.web.format import visible

_SAMPLE = 100
_SHOWN = 80
NATIVE = "native"


class Parse(Protocol):
    """Makes parts of records."""

    def __call__(
        self, items: Sequence[Any], *, project: str, received: datetime, user_keys: Iterable[str] = ()
    ) -> Parsed: ...


@dataclass(frozen=True, slots=True)
class Reader:
    """How the records of a file become parts; `exported` is the format of an export."""

    parse: Parse
    exported: Format | None = None

    def scores(self, items: Sequence[Any]) -> Iterator[tuple[int, dict[str, Any]]]:
        """Scores that the records hold beside their spans, with the places of the records."""
        if self.exported is None:
            return
        for index, item in enumerate(items):
            if self.exported.recognises(item):
                yield from ((index, score) for score in self.exported.scores(item))


def reader_of(file: Path, named: str | None, maps: Sequence[str], yes: bool) -> Reader:
    """How a file is to be read.

    Raises:
        InvalidInput: the format, a mapping or the file is none; or nobody can say how to read it.
        typer.Exit: a guess was shown and not taken.
    """
    if maps:
        if named is not None:
            raise InvalidInput("--format", "is given beside --map", "Give one of them")
        return Reader(Mapped.read(maps).parse)
    if named == NATIVE:
        return Reader(native.parse)
    if named is not None:
        if named not in FORMATS:
            raise unknown("--format", named, "a format", (*FORMATS, NATIVE), "")
        return Reader(FORMATS[named].parse, FORMATS[named])
    records = sample_of_file(file, _SAMPLE)
    if records and (found := format_of(records)) is not None:
        stderr.print(f"Reads as an export of {found.title}")
        return Reader(found.parse, found)
    if not records or is_native(records):
        return Reader(native.parse)
    return Reader(_agreed(file, records, yes).parse)


def _agreed(file: Path, records: Sequence[Any], yes: bool) -> Mapped:
    """The mapping that the records look like, if whoever runs this takes it."""
    found = guess(records)
    if found is None:
        raise InvalidInput(
            "file",
            "holds neither traces nor an export that is known",
            "Say what is where: --map question=$.q …",
        )
    stderr.print("These are no traces of ours, and no export that is known. They look like this:")
    stderr.print(_table(found, records))
    if yes or (stderr.is_terminal and typer.confirm("Read the file like this?", err=True)):
        return found
    stderr.print(
        f"Nothing was stored. To read it like this, add --yes, or:\nfaithline ingest {file} {found.options()}",
        markup=False, highlight=False, soft_wrap=True,
    )  # fmt: skip
    raise typer.Exit(2)


def _table(found: Mapped, records: Sequence[Any]) -> Table:
    table = Table("field", "path", "first value")
    for field, path in found.paths.items():
        values = (Mapped.read([f"{field}={path}"]).apply(r).get(field) for r in records if isinstance(r, dict | list))
        first = str(next((value for value in values if value not in (None, [])), ""))
        table.add_row(field, *(Text(visible(text)) for text in (path, shortened(first, _SHOWN))))
    return table
