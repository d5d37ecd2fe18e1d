"""What *bad* means: from an evaluator's scale to bad in [0, 1]."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from evaluator.core.outcome import Score

BAD_FROM = 0.5
"""From this badness on somebody who judges a sample calls it bad."""


class Direction(StrEnum):
    HIGHER_IS_BETTER = "higher_is_better"
    LOWER_IS_BETTER = "lower_is_better"


class Scale(BaseModel):
    """The closed range of an evaluator's values and which end is good."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: float = 0.0
    high: float = 1.0
    direction: Direction = Direction.LOWER_IS_BETTER

    def badness(self, value: float) -> float:
        """`value` moved to [0, 1] with 1 = bad; values outside the range are clipped."""
        share = min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))
        return share if self.direction is Direction.LOWER_IS_BETTER else 1.0 - share


class Criterion(BaseModel):
    """Maps a score to bad in [0, 1].

    By label where `bad_labels` is given (1 if the score's label is among them); else by `threshold` on the
    oriented value (1 where badness >= threshold); else the oriented value itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")
    threshold: float | None = Field(default=None, ge=0.0, le=1.0)
    bad_labels: tuple[str, ...] = ()

    @property
    def makes_verdicts(self) -> bool:
        """Whether it makes a verdict of each score: what people say is then read as one, too."""
        return bool(self.bad_labels) or self.threshold is not None

    def judged(self, bad: float) -> float:
        """How bad a sample is that somebody calls so `bad`, both in [0, 1]: as scores are read by this criterion."""
        return float(bad >= BAD_FROM) if self.makes_verdicts else bad

    def bad(self, score: Score, scale: Scale) -> float:
        """How bad `score` is by this criterion, in [0, 1]."""
        if self.bad_labels:
            return float(score.label in self.bad_labels)
        badness = scale.badness(score.value)
        return badness if self.threshold is None else float(badness >= self.threshold)
