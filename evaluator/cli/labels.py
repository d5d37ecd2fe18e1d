"""Labels in a file: answers beside their contexts with a person's verdict, bad lines told apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evaluator.cli.rows import BadRow, RowReader, parse_object, row_of
from evaluator.core.errors import InvalidInput
from evaluator.core.ids import content_hash
from evaluator.models.tuning.labelled import Labelled
from evaluator.text.sentences import Span

_INCLUSION = "inclusion_probability"


def read_labels(path: Path) -> tuple[list[Labelled], list[BadRow]]:
    """The labels of a file of JSON lines, gzipped or not, and the lines that hold none, in order.

    Inclusion probabilities stand on all lines or on none: a line without one beside lines that have it is a bad line.

    Raises:
        InvalidInput: the file cannot be read.
    """
    good: list[tuple[Labelled, int, bool]] = []
    bad: list[BadRow] = []
    with RowReader(path) as reader:
        for number, line in reader.numbered():
            data = line if isinstance(line, BadRow) else parse_object(line, number)
            found = data if isinstance(data, BadRow) else _labelled(data, number)
            if isinstance(found, BadRow):
                bad.append(found)
            else:
                good.append((found, number, isinstance(data, dict) and data.get(_INCLUSION) is not None))
    drawn = any(has for _, _, has in good)
    for _, number, has in good if drawn else ():
        if not has:
            problem, remedy = "is missing here and given on other lines", "Give it on every line or on none"
            bad.append(BadRow(number, None, _INCLUSION, problem, remedy))
    return [label for label, _, has in good if has or not drawn], sorted(bad, key=lambda row: row.line)


def _labelled(data: dict[str, Any], number: int) -> Labelled | BadRow:
    row = row_of(data, number)
    if isinstance(row, BadRow):
        return row
    try:
        answer, passages = row.sample.answer, tuple(passage.text for passage in row.sample.passages)
        if not answer.strip():
            raise InvalidInput("answer", "is missing or blank", "Give the text that was judged")
        if not any(text.strip() for text in passages):
            raise InvalidInput("context", "is missing or blank", "Give the retrieved text, a string or a list")
        bad = _verdict(data.get("label"))
        return Labelled(
            answer=answer,
            passages=passages,
            bad=bad,
            group=_group(data.get("group"), passages),
            spans=_spans(data.get("spans"), answer, bad),
            inclusion=_inclusion(data.get(_INCLUSION)),
        )
    except InvalidInput as error:
        return BadRow(number, row.id, error.field, str(error).removeprefix(f"{error.field}: "), "")


def _verdict(value: object) -> bool:
    if isinstance(value, bool) or value not in (0, 1):
        raise InvalidInput("label", "must be 0 (good) or 1 (bad)", "Give one of the two numbers")
    return value == 1


def _spans(value: object, answer: str, bad: bool) -> tuple[Span, ...] | None:
    """The marks; what follows start and end in one (a type) is passed over."""
    if value is None:
        return None
    if not isinstance(value, list):
        raise InvalidInput("spans", "must be a list of [start, end]", "Leave it out where nothing was marked")
    found = []
    for place, one in enumerate(value):
        bounds = one[:2] if isinstance(one, list) else ()
        if len(bounds) < 2 or any(isinstance(edge, bool) or not isinstance(edge, int) for edge in bounds):
            raise InvalidInput(
                f"spans[{place}]", "must be [start, end], two whole numbers", "Count characters from 0"
            )
        start, end = bounds
        if not 0 <= start < end <= len(answer):
            problem = f"[{start}, {end}] does not lie in the answer of {len(answer)} characters"
            raise InvalidInput(f"spans[{place}]", problem, "Count characters from 0, the end excluded")
        found.append(Span(start, end))
    if found and not bad:
        raise InvalidInput("spans", "marks wrong characters of an answer whose label is 0", "Correct one of the two")
    return tuple(found) or None


def _inclusion(value: object) -> float:
    if value is None:
        return 1.0
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(float(value)) or not 0.0 < float(value) <= 1.0:  # type: ignore[arg-type]
        raise InvalidInput(_INCLUSION, "must be a number above 0 and up to 1", "Give the probability of the draw")
    return float(value)  # type: ignore[arg-type]


def _group(value: object, passages: Sequence[str]) -> str:
    if value is None:
        return content_hash(list(passages))
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise InvalidInput("group", "must be a string or a whole number", "Leave it out to group by context")
    return str(value)
