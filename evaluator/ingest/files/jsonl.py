"""Lines of JSON from a file, plain or gzip, one at a time, with where they were."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from evaluator.core.bounds import LINE
from evaluator.core.errors import InvalidInput, ItemError
from evaluator.ingest.clean import load_json
from evaluator.ingest.errors import TooLarge


@dataclass(frozen=True, slots=True)
class Line:
    """Where a line was: its number from 0, and how many bytes of the file (as stored, so compressed ones of a .gz)
    had been read when it ended. The second is for a progress bar; to resume, pass the number after the last one.
    `size` is its length in bytes, not compressed."""

    number: int
    offset: int
    size: int


def read_lines(path: Path, start_line: int = 0) -> Iterator[tuple[Line, Any | ItemError]]:
    """Every line of a .jsonl or .jsonl.gz that is not blank: its object, or why it is none.

    Args:
        path: the file; gzip is recognised by its first bytes, not by its name.
        start_line: number (from 0) of the first line wanted; earlier ones are read over without being parsed.

    Raises:
        InvalidInput: there is no such file, or its compressed data is damaged (the lines before were given).
    """
    try:
        # Unbuffered below the counter, so that the offset follows what was really read.
        with path.open("rb") as raw:
            yield from _read(raw, start_line)
    except FileNotFoundError:
        raise InvalidInput("file", f"{path} does not exist", "Check the path") from None
    except (IsADirectoryError, PermissionError) as error:
        raise InvalidInput("file", f"{path} cannot be read ({error.strerror})", "Name a readable file") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InvalidInput("file", f"{path} is damaged ({error})", "Compress or copy it again") from None


def _read(raw: BinaryIO, start_line: int) -> Iterator[tuple[Line, Any | ItemError]]:
    zipped = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    stream: io.BufferedReader = io.BufferedReader(gzip.GzipFile(fileobj=raw)) if zipped else io.BufferedReader(raw)  # type: ignore[arg-type]
    number = 0
    read = 0
    while line := stream.readline(LINE.size + 1):
        read += len(line)
        too_long = len(line) > LINE.size
        if too_long and not line.endswith(b"\n"):
            read += _skip_line(stream)
        offset = raw.tell() if zipped else read
        if number >= start_line and (too_long or line.strip()):
            yield Line(number, offset, len(line)), _parse(line, number, too_long)
        number += 1


def _skip_line(stream: io.BufferedReader) -> int:
    skipped = 0
    while chunk := stream.readline(2**20):
        skipped += len(chunk)
        if chunk.endswith(b"\n"):
            break
    return skipped


def _parse(line: bytes, number: int, too_long: bool) -> Any | ItemError:
    if too_long:
        problem = f"is longer than {LINE.size} bytes"
        return ItemError(number, f"line {number + 1}", problem, "Write one trace a line")
    try:
        return load_json(line, f"line {number + 1}")
    except InvalidInput as error:
        return ItemError.of(number, error)
    except TooLarge as error:
        return ItemError(number, f"line {number + 1}", str(error), "Write one trace a line")
