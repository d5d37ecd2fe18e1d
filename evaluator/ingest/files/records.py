"""The records of a file: lines of JSON, or the items of one JSON document."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from evaluator.core.bounds import FILE, FILE_VALUES
from evaluator.core.errors import InvalidInput, ItemError
from evaluator.ingest.clean import load_json
from evaluator.ingest.errors import TooLarge
from evaluator.ingest.files.jsonl import Line, read_lines

_LOOKED_AT = 20

Record = tuple[Line, Any | ItemError]
_LISTS = ("traces", "runs", "spans", "data")
"""Under which names a document holds its records where it is no list itself."""


def read_records(path: Path, start: int = 0) -> Iterator[Record]:
    """Every record of a file, with where it was: its line, or its place in the list of a document.

    Args:
        path: JSON lines of any length, or one JSON document (an object, or a list of records) of at most `FILE`;
            plain or gzip.
        start: number (from 0) of the first record wanted.

    Raises:
        InvalidInput: there is no such file, it is damaged, or a document is no JSON or too large.
    """
    if not is_document(path):
        yield from read_lines(path, start)
        return
    size = path.stat().st_size
    for number, record in enumerate(_items(_document(path))):
        if number >= start:
            yield Line(number, size, 0), record


def is_document(path: Path) -> bool:
    """Whether a file is one JSON document, and not a record a line: told from its first lines."""
    try:
        lines = [item for _, item in islice(read_lines(path), _LOOKED_AT)]
    except (InvalidInput, OSError):
        return False
    first = lines[0] if lines else None
    if isinstance(first, ItemError):
        # A document over several lines has none that is an object of its own; one bad line of many has.
        return _start(path) in (b"{", b"[") and not any(isinstance(item, dict) and item for item in lines)
    return isinstance(first, list) or (isinstance(first, dict) and _has_list(first))


def _has_list(first: dict[str, Any]) -> bool:
    """Whether the object of a first line holds the records of the file, all in one line."""
    return len(first) <= 3 and any(isinstance(first.get(name), list) for name in _LISTS)


def _start(path: Path) -> bytes:
    with _open(path) as stream:
        return bytes(stream.read(64).lstrip()[:1])


def _open(path: Path) -> Any:
    with path.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if zipped else path.open("rb")


def _document(path: Path) -> Any:
    try:
        with _open(path) as stream:
            data = stream.read(FILE.size + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput("file", f"{path} cannot be read ({error})", "Compress or copy it again") from None
    if len(data) > FILE.most:
        raise InvalidInput("file", f"{path} is one document of more than {FILE}", "Write a record a line")
    try:
        return load_json(data, str(path), FILE_VALUES)
    except TooLarge as error:
        raise InvalidInput("file", str(error), "Write a record a line") from None


def _items(document: Any) -> list[Any]:
    if isinstance(document, dict):
        document = next((document[name] for name in _LISTS if isinstance(document.get(name), list)), [document])
    return document if isinstance(document, list) else [document]


def sample_of_file(path: Path, count: int) -> list[Any]:
    """The first records that can be read, at most so many: what a format is told by."""
    found = []
    for _, record in read_records(path):
        if not isinstance(record, ItemError):
            found.append(record)
        if len(found) == count:
            break
    return found
