"""Scores from elsewhere and feedback as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from evaluator.api.schemas.items import ItemErrorOut


class AnnotationOut(BaseModel):
    """A score from elsewhere, or feedback. `matched`: whether the trace has arrived."""

    kind: str
    id: str
    trace_id: str
    target_id: str | None
    name: str
    value: float | None
    label: str | None
    comment: str
    source: str
    metadata: dict[str, Any]
    at: datetime
    received_at: datetime
    matched: bool


class AnnotationListOut(BaseModel):
    items: list[AnnotationOut]
    next_offset: int | None


class AnnotatedOut(BaseModel):
    """How many items are durable now, how many of them wait for their trace, and what was wrong with the others."""

    accepted: int
    rejected: int
    unmatched: int
    errors: list[ItemErrorOut]


def annotation_out(row: Mapping[str, Any]) -> AnnotationOut:
    same = {name: row[name] for name in AnnotationOut.model_fields if name in row}
    return AnnotationOut(**same, metadata=row["facts"])
