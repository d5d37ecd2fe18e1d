"""Reading the labelled sets, and who belongs to the held-out tenth."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled example: ``text`` is the one that is judged."""

    id: str
    context: str
    question: str
    text: str
    label: int | str
    meta: dict[str, Any]
    spans: tuple[tuple[int, int], ...] = ()
    """Ranges of ``text`` that people marked as wrong."""


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Objects of a JSONL file, gzipped or not."""
    opened: Callable[..., Any] = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def read_rows(path: Path) -> list[Row]:
    """All rows of one JSONL file of the data folder."""
    return [_row(item) for item in read_lines(path)]


def _row(item: dict[str, Any]) -> Row:
    context = item.get("context") or ""
    return Row(
        id=str(item["id"]),
        context=context if isinstance(context, str) else "\n\n".join(context),
        question=item.get("question") or "",
        text=item["answer"],
        label=item["label"],
        meta=item.get("meta") or {},
        spans=tuple((int(span[0]), int(span[1])) for span in item.get("spans") or ()),
    )


def digest(text: str) -> int:
    """A number that a text keeps for ever."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)


def held_out(key: str, parts: int = 10) -> bool:
    """Whether a key belongs to the held-out part (one in ``parts``), by its hash: the same for ever."""
    return digest(key) % parts == 0
