"""Waves as JSON."""

from __future__ import annotations

from dataclasses import dataclass, fields

from pydantic import BaseModel

from evaluator.core.review.wave import ShownWave
from evaluator.pipeline.review.waves import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveOut(ShownWave):
    """A wave with how far it is: `tasks` counts them by kind of review and state, `annotators` those of which each
    says something, `open` those that wait for somebody. `trouble` says why it can not decide on what comes."""

    open: int
    tasks: dict[str, dict[str, int]]
    annotators: dict[str, int]
    trouble: str


class WaveListOut(BaseModel):
    items: list[WaveOut]
    next_after: str | None


def wave_out(found: Progress) -> WaveOut:
    return WaveOut(
        **{f.name: getattr(found.wave, f.name) for f in fields(ShownWave)},
        open=found.open, tasks=found.tasks, annotators=found.annotators, trouble=found.trouble,
    )  # fmt: skip
