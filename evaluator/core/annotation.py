"""What others say of a trace: a score that was computed elsewhere, or the feedback of somebody who read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class AnnotationKind(StrEnum):
    SCORE = "score"
    FEEDBACK = "feedback"


FEEDBACK_NAME = "feedback"
"""What feedback is called unless it is given a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One score or one piece of feedback on a trace, or on one answer of it (`target_id`).

    `id` is unique among the project's annotations of the kind: the same one again replaces what it said before. The
    trace need not have arrived. A score's `value` is any finite number on a scale of its maker's (none where a
    `label` says it all); that of feedback lies in [-1, 1], 1 = good. `at` is when it was given (UTC).
    """

    kind: AnnotationKind
    id: str
    trace_id: str
    name: str
    at: datetime
    value: float | None = None
    target_id: str | None = None
    label: str | None = None
    comment: str = ""
    source: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
