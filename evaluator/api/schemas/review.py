"""Tasks, verdicts and labels as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from evaluator.api.schemas.items import ItemErrorOut
from evaluator.api.schemas.traces import ToolCallOut
from evaluator.core.bounds import ANNOTATOR, LABEL_COMMENT, LABEL_SPANS
from evaluator.core.review.definition import CriterionDefinition
from evaluator.core.review.label import Answered

_BY = "Whoever labels; only where the service asks for no keys, else it is the key's name"


class AnnotatorIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    annotator: str | None = Field(default=None, min_length=1, max_length=ANNOTATOR.size, description=_BY)


class NextIn(AnnotatorIn):
    wave: str | None = Field(default=None, min_length=1, max_length=64)


class Mark(BaseModel):
    """Characters (Unicode code points) of the answer, the end excluded."""

    model_config = ConfigDict(extra="forbid", strict=True)

    start: int
    end: int


class VerdictIn(AnnotatorIn):
    """`level` is one of the criterion's, ``cannot_tell`` or ``does_not_apply``."""

    level: str = Field(max_length=100)
    spans: list[Mark] = Field(default=[], max_length=LABEL_SPANS.size)
    comment: str = Field(default="", max_length=LABEL_COMMENT.size)


class SkipIn(AnnotatorIn):
    comment: str = Field(default="", max_length=LABEL_COMMENT.size)


class PassageOut(BaseModel):
    text: str
    id: str | None


class LeftOut(BaseModel):
    """Open tasks, this one among them: of the batch at hand, and all."""

    batch: int
    all: int


class TaskOut(BaseModel):
    """A task as a reviewer sees it: nothing of what evaluators or others make of it."""

    task: str
    criterion: CriterionDefinition
    question: str
    conversation: list[dict[str, str]]
    passages: list[PassageOut]
    tool_calls: list[ToolCallOut]
    answer: str
    left: LeftOut
    lease_until: datetime


class GivenOut(BaseModel):
    """What stands now: `state` is the task's, the rest what the annotator says of it."""

    task: str
    state: str
    annotator: str
    answered: Answered
    level: str | None
    spans: list[Mark]
    comment: str
    at: datetime


class LabelIn(VerdictIn):
    trace_id: str = Field(min_length=1, max_length=200)
    criterion: str = Field(min_length=1, max_length=64)
    target_id: str | None = Field(default=None, min_length=1, max_length=1000)
    content_hash: str | None = Field(default=None, min_length=1, max_length=64)


class LabelOut(BaseModel):
    """A label; those whose `source` is not ``wave`` enter no rate."""

    trace_id: str
    target_id: str
    content_hash: str
    criterion: str
    criterion_version: str
    annotator: str
    sequence: int
    answered: Answered
    level: str | None
    bad: float | None
    spans: list[dict[str, Any]]
    comment: str
    source: str
    created_at: datetime


class ImportedOut(BaseModel):
    """`accepted` are new labels, `unchanged` were there already, `unanswered` rows say nothing yet."""

    accepted: int
    unchanged: int
    unanswered: int
    rejected: int
    errors: list[ItemErrorOut]
