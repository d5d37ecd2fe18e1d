"""A share with its interval, as it is written and as the macro `rangebar` draws it."""

from __future__ import annotations

from dataclasses import dataclass

from evaluator.stats.agreement.measure import Measure
from evaluator.web.format import digits_between, share


@dataclass(frozen=True, slots=True)
class ShareView:
    """Percentages without the sign, and the same in [0, 100] for drawing; `estimate` is empty where `reason` says why
    there is none."""

    estimate: str
    low: str
    high: str
    at: float
    start: float
    width: float
    reason: str = ""

    @property
    def text(self) -> str:
        return f"{self.estimate} % ({self.low}–{self.high} %)" if self.estimate else self.reason


def share_view(measure: Measure) -> ShareView:
    """`measure` in as many decimals as its own interval gives reason for."""
    if measure.value is None or measure.low is None or measure.high is None:
        return ShareView("", "", "", 0.0, 0.0, 0.0, measure.reason or "not known")
    digits = digits_between(measure.low, measure.high)
    return ShareView(
        estimate=share(measure.value, digits),
        low=share(measure.low, digits),
        high=share(measure.high, digits),
        at=round(100 * measure.value, 2),
        start=round(100 * measure.low, 2),
        width=round(100 * (measure.high - measure.low), 2),
    )
