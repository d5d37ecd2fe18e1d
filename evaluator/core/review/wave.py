"""A wave: a draw of samples for people to label, with a probability for each that could have been drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from evaluator.core.bounds import CONDITIONS, DRAWN
from evaluator.core.names import Name
from evaluator.core.rule import Condition
from evaluator.core.slicing import SLICE_DIMENSIONS
from evaluator.core.zones import utc


class WaveKind(StrEnum):
    BATCH = "batch"
    """Over a window that is past."""
    STANDING = "standing"
    """Decides, by a design that is frozen, on every trace of its rule when its outcome is final."""


class DesignKind(StrEnum):
    ACTIVE = "active"
    """Likelier where the score leaves most in doubt: sqrt(g (1 - g)), g the expected badness."""
    UNIFORM = "uniform"
    STRATIFIED = "stratified"
    """With a least number for each value of a dimension, uniform within it."""


class WaveDesign(BaseModel):
    """How probabilities of review are chosen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: DesignKind = DesignKind.ACTIVE
    by: str | None = None
    """One of `SLICE_DIMENSIONS`; for stratified designs."""
    minimum: int = Field(default=0, ge=0, le=100_000)
    """Samples of each value of `by`, as far as there are so many; for stratified designs."""

    @model_validator(mode="after")
    def _fits(self) -> WaveDesign:
        if self.kind is DesignKind.STRATIFIED and self.by not in SLICE_DIMENSIONS:
            raise ValueError(f"by: a stratified design needs one of {', '.join(SLICE_DIMENSIONS)}")
        if self.kind is not DesignKind.STRATIFIED and (self.by is not None or self.minimum):
            raise ValueError("by and minimum belong to a stratified design; leave them out, or set kind: stratified")
        return self


class WaveRequest(BaseModel):
    """What is asked for. A batch names `from`, `to` and `size`, a standing wave `per_day` instead."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    criterion: Name
    rule: Name
    start: datetime | None = Field(default=None, alias="from")
    end: datetime | None = Field(default=None, alias="to")
    filter: tuple[Condition, ...] = Field(default=(), max_length=CONDITIONS.size)
    size: int | None = Field(default=None, ge=1, le=DRAWN.size)
    per_day: float | None = Field(default=None, gt=0.0, le=DRAWN.size)
    design: WaveDesign = WaveDesign()
    second_share: float = Field(default=0.1, ge=0.0, le=1.0)
    top_up: str | None = Field(default=None, min_length=1, max_length=64)
    """A wave whose frozen g is used again; another g is another, independent wave."""
    dry_run: bool = False

    @field_validator("start", "end")
    @classmethod
    def _in_utc(cls, moment: datetime | None) -> datetime | None:
        """Without an offset it is UTC."""
        return None if moment is None else utc(moment)

    @property
    def kind(self) -> WaveKind:
        return WaveKind.BATCH if self.per_day is None else WaveKind.STANDING

    @model_validator(mode="after")
    def _one_kind(self) -> WaveRequest:
        if (self.size is None) == (self.per_day is None):
            raise ValueError("give size for a batch, or per_day for a standing wave")
        if self.per_day is not None and (self.start is not None or self.end is not None):
            raise ValueError("from and to belong to a batch; a standing wave begins now, and ends when it is closed")
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise ValueError("from must lie before to")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownWave:
    """What everybody may know of a wave. `design` is frozen: what probabilities of review were, or will be, computed
    from.

    `frame` counts the samples that could have been drawn, `drawn` those that were, `second` those of them that two
    people are asked about.
    """

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
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave(ShownWave):
    """A wave as it is stored."""

    project: str
    salt: str
    """Of its draws: whoever knows it knows what will be drawn."""

    @property
    def open(self) -> bool:
        return self.closed_at is None
