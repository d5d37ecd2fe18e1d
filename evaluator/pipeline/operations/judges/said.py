"""The last verdicts of a judge with their reasons, all of them or those that somebody wants to see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from evaluator.core.errors import InvalidInput
from evaluator.core.unknown import unknown
from evaluator.pipeline.operations.judges.told import Told
from evaluator.store.store import ProjectUnit

SHOWN, MOST_SHOWN = 50, 200
SNIPPET = 400
"""Characters of a question and of an answer."""


class Only(StrEnum):
    """Which outcomes are told."""

    FAILED = "failed"
    """Those without a verdict, skipped ones included."""
    CHANGED = "changed"
    """Those whose second verdict is another than the first."""
    SUSPECTED = "suspected"
    """Those where a text seems to speak to the judge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeVerdict:
    """One outcome of a judge: a verdict with the judge's `reason`, or a `failure` with its `message`.

    `badness` is the value in [0, 1] with 1 = bad, `again` the label of the second verdict where it was asked for,
    `usd` what all calls for it cost; `cached`: it was taken over from the same content. `question` and `answer` are
    cut after `SNIPPET` characters, and empty where the content is gone. `superseded`: the trace has changed since.
    """

    at: datetime
    trace_id: str
    target_id: str
    label: str | None
    value: float | None
    badness: float | None
    reason: str
    failure: str | None
    message: str
    usd: float
    cached: bool
    again: str | None
    suspected: tuple[str, ...]
    superseded: bool
    question: str
    answer: str


def chosen(
    rows: Sequence[Told], labels: Sequence[str], label: str | None, only: str | None, limit: int
) -> list[Told]:
    """The first `limit` of `rows` with this `label`, or those that `only` names.

    Raises:
        InvalidInput: a label that is none of `labels`, an `only` that there is not, both, or a limit out of range.
    """
    if label is not None and only is not None:
        raise InvalidInput("only", "is given beside `label`", "Give one of the two")
    if label is not None and label not in labels:
        raise unknown("label", label, "a verdict of this judge", list(labels), "It has given none yet")
    if only is not None and only not in list(Only):
        raise unknown("only", only, "a choice", list(Only), "")
    if not 0 <= limit <= MOST_SHOWN:
        raise InvalidInput("limit", f"is {limit}", f"Send 0 to {MOST_SHOWN}")
    return [one for one in rows if _wanted(one, label, only)][:limit]


def told_verdicts(home: ProjectUnit, fingerprint: str, rows: Sequence[Told]) -> tuple[JudgeVerdict, ...]:
    """`rows` with their texts."""
    texts = home.verdicts.texts(fingerprint, [one.row.content for one in rows], SNIPPET)
    return tuple(
        JudgeVerdict(
            at=one.row.created_at,
            trace_id=one.row.trace_id,
            target_id=one.row.target_id,
            label=one.row.label,
            value=one.row.value,
            badness=one.row.badness,
            reason=texts[one.row.content].explanation,
            failure=one.row.reason,
            message=texts[one.row.content].message,
            usd=one.row.cost,
            cached=one.cached,
            again=one.again[0] if one.again else None,
            suspected=one.suspected,
            superseded=one.row.superseded,
            question=texts[one.row.content].question,
            answer=texts[one.row.content].answer,
        )
        for one in rows
    )


def _wanted(one: Told, label: str | None, only: str | None) -> bool:
    match only:
        case Only.FAILED:
            return one.row.reason is not None
        case Only.CHANGED:
            return one.changed
        case Only.SUSPECTED:
            return bool(one.suspected)
        case _:
            return label is None or one.row.label == label
