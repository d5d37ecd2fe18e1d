"""Rows of a scoring file: read one by one, each either a sample or the reason why it is none."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from evaluator.core.errors import InvalidInput
from evaluator.core.evaluator import EvaluatorSpec, sample_of
from evaluator.core.outcome import Failure, Reason, Score
from evaluator.core.trace import Sample, ToolCall
from evaluator.ingest.native.calls import named_tool_calls

MAX_LINE = 64 * 1024 * 1024
"""Bytes of the longest line that is read."""

_ABSENT = {
    "answer": (Reason.INVALID_INPUT, "Give the text of the answer"),
    "question": (Reason.NO_QUESTION, "Give the text of the question"),
    "context": (Reason.NO_CONTEXT, "Give the retrieved text as a string or a list of strings"),
    "tool_calls": (Reason.NO_TOOL_CALLS, "Give a list of objects with a name, arguments and a result or an error"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line that can be scored. `absent` names the fields that it does not have."""

    line: int
    id: str | int | None
    sample: Sample
    absent: tuple[str, ...]

    def failure(self, needs: Sequence[str]) -> Failure | None:
        """The failure for the first of `needs` that the line has no field for, or None."""
        for field in needs:
            if field in self.absent and field in _ABSENT:
                reason, remedy = _ABSENT[field]
                return Failure(reason=reason, message=f"line {self.line}: {field}: is missing. {remedy}")
        return None


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that cannot be scored by any evaluator, and why."""

    line: int
    id: str | int | None
    field: str
    problem: str
    remedy: str

    def failure(self, needs: Sequence[str]) -> Failure:  # noqa: ARG002 - the same question as Row's
        where = f"line {self.line}: {self.field}" if self.field else f"line {self.line}"
        return Failure(reason=Reason.INVALID_INPUT, message=f"{where}: {self.problem}. {self.remedy}")


class RowReader:
    """Reads JSON lines, gzipped or not (told by the first bytes), with the position in the file."""

    def __init__(self, path: Path) -> None:
        """Opens `path`. Raises InvalidInput if it cannot be read."""
        try:
            self._raw: IO[bytes] = path.open("rb")
            self.size = path.stat().st_size
            zipped = self._raw.read(2) == b"\x1f\x8b"
            self._raw.seek(0)
        except OSError as error:
            raise InvalidInput("FILE", f"{path} cannot be read ({error.strerror})") from error
        self._lines: IO[bytes] = io.BufferedReader(gzip.GzipFile(fileobj=self._raw)) if zipped else self._raw

    @property
    def position(self) -> int:
        """Bytes of the file read so far, before decompression."""
        return self._raw.tell()

    def __enter__(self) -> RowReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._raw.close()

    def chunks(self, size: int) -> Iterator[list[Row | BadRow]]:
        """The rows in lists of `size`, the last one shorter. Blank lines are passed over."""
        batch: list[Row | BadRow] = []
        for number, line in self.numbered():
            row = line if isinstance(line, BadRow) else parse_row(line, number)
            batch.append(row)
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch

    def _skip_rest(self, line: bytes) -> bool:
        """Whether `line` was cut off at MAX_LINE; what follows of it is read past."""
        piece, long = line, False
        while len(piece) == MAX_LINE and not piece.endswith(b"\n"):
            piece, long = self._lines.readline(MAX_LINE), True
        return long

    def numbered(self) -> Iterator[tuple[int, bytes | BadRow]]:
        """Each line with its number, from 1, blank ones left out; a BadRow for what is no line."""
        number = 0
        while True:
            number += 1
            try:
                line = self._lines.readline(MAX_LINE)
                long = self._skip_rest(line)
            except (OSError, EOFError, zlib.error) as error:
                problem = f"the file is damaged from here on ({error})"
                yield number, BadRow(number, None, "", problem, "Compress or copy it again")
                return
            if not line:
                return
            if long:
                yield number, BadRow(number, None, "", "the line is too long", f"Keep lines below {MAX_LINE} bytes")
            elif line.strip():
                yield number, line


def parse_row(line: bytes, number: int) -> Row | BadRow:
    """One line as a row, or as the reason why it cannot be one."""
    data = parse_object(line, number)
    return data if isinstance(data, BadRow) else row_of(data, number)


def parse_object(line: bytes, number: int) -> dict[str, Any] | BadRow:
    """One line as a JSON object, or as the reason why it is none."""
    try:
        data = json.loads(line.decode("utf-8-sig"))
    except RecursionError:
        return BadRow(number, None, "", "the JSON is nested too deeply", "Give one flat object")
    except UnicodeDecodeError:
        return BadRow(number, None, "", "the line is not UTF-8", "Save the file as UTF-8")
    except ValueError as error:
        return BadRow(number, None, "", f"the line is not JSON ({error})", "Give one JSON object on each line")
    if not isinstance(data, dict):
        return BadRow(number, None, "", f"a JSON {_kind(data)} instead of an object", "Give one object on each line")
    return data


def row_of(data: dict[str, Any], number: int) -> Row | BadRow:
    """The texts of an object as a row, or the first field that cannot be one."""
    row_id = data.get("id")
    if row_id is not None and (isinstance(row_id, bool) or not isinstance(row_id, (str, int))):
        return BadRow(number, None, "id", f"a {_kind(row_id)} instead of a string", "Give a string or a whole number")
    for field in ("question", "answer", "system_prompt"):
        if not isinstance(data.get(field), str | None):
            problem = f"a {_kind(data[field])} instead of a string"
            return BadRow(number, row_id, field, problem, "Give the text as one string")
    context = data.get("context")
    texts = [context] if isinstance(context, str) else context or []
    if not isinstance(texts, list):
        return BadRow(number, row_id, "context", f"a {_kind(context)}", "Give a string or a list of strings")
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            problem = f"a {_kind(text)} instead of a string"
            return BadRow(number, row_id, f"context[{place}]", problem, "Give a string or a list of strings")
    try:
        calls = [ToolCall(**call) for call in named_tool_calls(data.get("tool_calls"))]
    except InvalidInput as error:
        return BadRow(number, row_id, error.field, error.problem, error.remedy)
    absent = tuple(field for field in ("question", "context", "answer", "tool_calls") if data.get(field) is None)
    sample = sample_of(
        data.get("question") or "",
        data.get("answer") or "",
        texts,
        system_prompt=data.get("system_prompt") or None,
        tool_calls=calls,
        target_id=f"line-{number}",
    )
    return Row(number, row_id, sample, absent)


def _kind(value: object) -> str:
    names = {dict: "object", list: "list", str: "string", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null")


def scored(row: Row | BadRow, spec: EvaluatorSpec, outcome: Score) -> dict[str, Any]:
    """The output line of a score; `score` is in [0, 1] with 1 = bad, whatever the evaluator's own scale."""
    return {
        "id": row.id,
        "evaluator": spec.name,
        "score": spec.scale.badness(outcome.value),
        "label": outcome.label,
        "evidence": [asdict(evidence) for evidence in outcome.evidence],
        "failure": None,
    }


def failed(row: Row | BadRow, evaluator: str, failure: Failure) -> dict[str, Any]:
    """The output line of a failure."""
    return {
        "id": row.id,
        "evaluator": evaluator,
        "score": None,
        "label": None,
        "evidence": [],
        "failure": {"reason": str(failure.reason), "message": failure.message, "line": row.line},
    }
