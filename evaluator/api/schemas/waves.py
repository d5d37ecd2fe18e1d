"""Waves as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from evaluator.core.review.wave import WaveKind, WaveRequest
from evaluator.pipeline.review.waves import Progress


class DrawnOut(BaseModel):
    """See `pipeline.review.draw.Drawn`."""

    id: str | None
    kind: WaveKind
    start: datetime
    end: datetime | None
    frame: int
    drawn: int
    tasks: int
    second: int
    expected_half_width: float | None
    design: dict[str, Any]


class WaveOut(BaseModel):
    """A wave with how far it is: `tasks` counts them by kind of review and state, `annotators` those that each has
    said something about, `open` those that wait for somebody."""

    id: str
    kind: WaveKind
    criterion: str
    criterion_version: str
    rule: str
    series: str
    fingerprint: str
    start: datetime
    end: datetime | None
    request: WaveRequest
    design: dict[str, Any]
    simulated: bool
    frame: int
    drawn: int
    second: int
    created_at: datetime
    created_by: str
    closed_at: datetime | None
    open: int
    tasks: dict[str, dict[str, int]]
    annotators: dict[str, int]


class WaveListOut(BaseModel):
    items: list[WaveOut]
    next_after: str | None


def wave_out(found: Progress) -> WaveOut:
    wave = found.wave
    values = {name: getattr(wave, name) for name in WaveOut.model_fields if name in type(wave).__dataclass_fields__}
    return WaveOut(**values, open=found.open, tasks=found.tasks, annotators=found.annotators)
