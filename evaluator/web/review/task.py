"""A task as the page shows it: texts cut so that a browser can count the characters of the answer as we do."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evaluator.core.errors import InvalidInput
from evaluator.core.review.definition import CriterionDefinition
from evaluator.pipeline.review.serve import BATCH, COUNTED, Served
from evaluator.web.called import CallsView, calls_view
from evaluator.web.format import visible

LONG, MUCH = 900, 5_000
"""Passages with more characters than the first are folded, where all together have more than the second."""
PREVIEW = 160
_STRANGE = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a\u202b\u202d\u202e]|\r")


@dataclass(frozen=True, slots=True)
class Run:
    """Some characters of the answer as they are shown; `counts` of them where they are shown as something else."""

    shown: str
    counts: int | None = None


@dataclass(frozen=True, slots=True)
class PassageView:
    number: int
    id: str | None
    text: str
    preview: str
    size: int
    long: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """What a form holds before it is sent: what its annotator said before they took it back."""

    level: str = ""
    spans: str = "[]"
    """As JSON."""
    comment: str = ""


NOTHING_YET = Draft()


@dataclass(frozen=True, slots=True)
class TaskView:
    """What a reviewer sees of a task, and how many are left."""

    id: str
    criterion: CriterionDefinition
    question: str
    system_prompt: str
    answer: list[Run]
    passages: list[PassageView]
    calls: CallsView
    batch: int
    left_in_batch: int
    left: int
    left_is_all: bool
    lease_until: datetime
    draft: Draft

    @property
    def through(self) -> int:
        """How many of the batch of `BATCH` are through, as far as one can tell from those that are left."""
        return max(0, BATCH - self.left_in_batch)


def task_view(found: Served, draft: Draft = NOTHING_YET) -> TaskView:
    """What the page shows of a task."""
    return TaskView(
        id=found.task,
        criterion=found.criterion,
        question=found.question,
        system_prompt=next((turn["text"] for turn in found.conversation if turn["role"] == "system"), ""),
        answer=runs(found.answer),
        passages=_passages(found.passages),
        calls=calls_view(found.tool_calls),
        batch=found.batch,
        left_in_batch=found.left_in_batch,
        left=found.left,
        left_is_all=found.left < COUNTED,
        lease_until=found.lease_until,
        draft=draft,
    )


def draft_of(label: Mapping[str, Any] | None) -> Draft:
    """What a form holds after its annotator has taken back what they said."""
    if label is None:
        return NOTHING_YET
    return Draft(label["level"] or label["answered"], json.dumps(label["spans"]), label["comment"])


def runs(text: str) -> list[Run]:
    """`text` as it is shown: what a browser would show otherwise, or as nothing, stands alone with its count."""
    found, end = list[Run](), 0
    for strange in _STRANGE.finditer(text):
        if strange.start() > end:
            found.append(Run(text[end : strange.start()]))
        end = strange.end()
        found.append(Run(_shown(strange[0], text[end : end + 1]), 1))
    return [*found, Run(text[end:])] if end < len(text) else found


def _shown(character: str, following: str) -> str:
    if character != "\r":
        return visible(character)
    return "" if following == "\n" else "\u240d"  # what follows ends the line


def _passages(rows: Sequence[Mapping[str, Any]]) -> list[PassageView]:
    much = sum(len(row["text"]) for row in rows) > MUCH
    return [_passage(number, row, much) for number, row in enumerate(rows, start=1)]


def _passage(number: int, row: Mapping[str, Any], much: bool) -> PassageView:
    text: str = row["text"]
    preview = " ".join(text[: 2 * PREVIEW].split())[:PREVIEW]
    return PassageView(number, row["id"], text, preview, len(text), much and len(text) > LONG)


def spans_of(sent: str) -> Sequence[Any]:
    """The marks of a form. Raises InvalidInput where they are no list in JSON."""
    try:
        found = json.loads(sent or "[]")
    except ValueError:
        found = None
    if not isinstance(found, list):
        raise InvalidInput("spans", "must be a list in JSON", "Mark by selecting words of the answer")
    return found
