"""The tools that were called on the way to an answer, as pages show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_CALLS = 100
"""Calls of an answer that a page shows."""
PREVIEW = 120
"""Characters of the arguments beside the name of a folded call."""
MUCH = 600
"""Characters of all calls together from which on each is folded."""


@dataclass(frozen=True, slots=True)
class CallView:
    """One call: `arguments`, `result` and `error` as they were said, the last two None for what was not."""

    number: int
    name: str
    arguments: str
    result: str | None
    error: str | None
    preview: str
    open: bool


@dataclass(frozen=True, slots=True)
class CallsView:
    """The calls of one answer in their order, and how many of them are not shown."""

    shown: list[CallView]
    left_out: int

    @property
    def count(self) -> int:
        """All of them."""
        return len(self.shown) + self.left_out


def calls_view(rows: Sequence[Mapping[str, Any]] | None) -> CallsView:
    """What a page shows of stored calls; None, as of samples from before they were kept, is none."""
    rows = rows or ()
    texts = (row.get(key) or "" for row in rows for key in ("arguments", "result", "error"))
    short = sum(map(len, texts)) <= MUCH
    shown = [_call(number, row, short) for number, row in enumerate(rows[:MAX_CALLS], start=1)]
    return CallsView(shown, len(rows) - len(shown))


def _call(number: int, row: Mapping[str, Any], short: bool) -> CallView:
    arguments = str(row.get("arguments") or "")
    preview = " ".join(arguments[: 2 * PREVIEW].split())
    preview = preview[:PREVIEW] + ("…" if len(preview) > PREVIEW or len(arguments) > 2 * PREVIEW else "")
    return CallView(number, str(row["name"]), arguments, row.get("result"), row.get("error"), preview, short)
