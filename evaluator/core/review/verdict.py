"""What a reviewer answers: checked against the criterion and the answer that was shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaluator.core.bounds import LABEL_COMMENT, LABEL_SPANS
from evaluator.core.errors import InvalidInput
from evaluator.core.review.definition import CriterionDefinition
from evaluator.core.review.label import Answered
from evaluator.core.unknown import shortened


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An answer to a criterion. `level` is one of its levels', where one was chosen; `spans` are (start, end) in
    characters (Unicode code points) of the answer, the end excluded."""

    answered: Answered
    level: str | None = None
    spans: tuple[tuple[int, int], ...] = ()
    comment: str = ""


def check_verdict(
    criterion: CriterionDefinition,
    answer: str,
    *,
    level: str,
    spans: Sequence[Any] = (),
    comment: str = "",
) -> Verdict:
    """The verdict that somebody gives of `answer`: `level` names a level, or ``cannot_tell`` or ``does_not_apply``.

    Raises:
        InvalidInput: what is given does not fit the criterion or the answer; names the field and the remedy.
    """
    comment = _comment(comment)
    marked = _spans(criterion, answer, spans)
    if criterion.level(level) is not None:
        return Verdict(answered=Answered.LEVEL, level=level, spans=marked, comment=comment)
    if level not in _possible(criterion):
        remedy = f"Give one of {', '.join(_possible(criterion))}"
        raise InvalidInput("level", f"{shortened(level)!r} is none of the criterion {criterion.name}", remedy)
    if marked:
        raise InvalidInput("spans", f"mark something, and {level} says nothing of the answer", "Leave them out")
    return Verdict(answered=Answered(level), comment=comment)


def _possible(criterion: CriterionDefinition) -> list[str]:
    applies = [] if criterion.does_not_apply is None else [Answered.DOES_NOT_APPLY.value]
    return [*(level.label for level in criterion.levels), Answered.CANNOT_TELL.value, *applies]


def _comment(comment: str) -> str:
    if len(comment) > LABEL_COMMENT.size:
        problem = f"has {len(comment)} characters, the limit is {LABEL_COMMENT.size}"
        raise InvalidInput("comment", problem, "Shorten it")
    return comment


def _spans(criterion: CriterionDefinition, answer: str, spans: Sequence[Any]) -> tuple[tuple[int, int], ...]:
    if spans and criterion.marks is None:
        raise InvalidInput("spans", f"the criterion {criterion.name} asks for no marks", "Leave them out")
    if len(spans) > LABEL_SPANS.size:
        raise InvalidInput("spans", f"are {len(spans)}, the limit is {LABEL_SPANS.size}", "Mark the worst")
    return tuple(sorted({_span(f"spans.{i}", answer, span) for i, span in enumerate(spans)}))


def _span(field: str, answer: str, span: Any) -> tuple[int, int]:
    if not isinstance(span, dict) or set(span) != {"start", "end"}:
        raise InvalidInput(field, "must be an object of start and end", 'Send {"start": 0, "end": 5}')
    start, end = span["start"], span["end"]
    if any(isinstance(place, bool) or not isinstance(place, int) for place in (start, end)):
        raise InvalidInput(field, "must have whole numbers", "Count characters of the answer from 0")
    if not 0 <= start < end <= len(answer):
        problem = f"[{start}, {end}) does not lie in the answer of {len(answer)} characters"
        raise InvalidInput(field, problem, "Count characters (code points) from 0, the end excluded")
    return start, end
