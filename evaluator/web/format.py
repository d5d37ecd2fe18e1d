"""Numbers, durations and hostile text, as the pages write them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from evaluator.core.criterion import BAD_FROM
from evaluator.stats.estimators.rates import Rate

FEW = 30
"""Below this effective sample size a rate is flagged: its interval stands, but it decides little."""

_SHOWN = {code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\t\n\r"}
_SHOWN |= {0x7F: "\u2421", 0x202A: "[LRE]", 0x202B: "[RLE]", 0x202D: "[LRO]", 0x202E: "[RLO]"}


def visible(text: str) -> str:
    """`text` with control characters and bidirectional overrides made visible, so that neither can play tricks."""
    return text.translate(_SHOWN)


def count(number: int) -> str:
    return f"{number:,}"


def share(value: float, digits: int = 0) -> str:
    """A share in [0, 1] in percent."""
    return f"{100 * value:.{digits}f}"


def percent(value: float) -> str:
    """A share in (0, 1] in percent, never rounded to 0 or to 100."""
    if value >= 1.0:
        return "100"
    return f"{100 * value:.2g}" if value < 0.095 else f"{min(99.0, 100 * value):.0f}"


def number(value: float) -> str:
    """A value on an evaluator's scale."""
    return f"{value:.3f}".rstrip("0").rstrip(".") if abs(value) < 1000 else f"{value:,.0f}"


def compact(value: float) -> str:
    """A value on a scale that nobody knows: short, however large or small it is."""
    return f"{value:.6g}"


def duration(ms: float | None) -> str:
    """Milliseconds, in the unit that reads best; empty for none."""
    if ms is None:
        return ""
    if ms < 1:
        return f"{ms * 1000:.0f} µs"
    if ms < 1000:
        return f"{ms:.0f} ms"
    return f"{ms / 1000:.2f} s" if ms < 10_000 else f"{ms / 1000:.0f} s" if ms < 120_000 else f"{ms / 60_000:.0f} min"


def money(dollars: float) -> str:
    return f"${dollars:.4f}" if dollars < 0.1 else f"${dollars:,.2f}"


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def stamp(moment: datetime) -> str:
    """A time as the page says it before a script puts it into the reader's zone."""
    return f"{moment.astimezone(UTC):%d %b %Y, %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class RateView:
    """A rate as it is written: percentages without the sign, and the same in [0, 100] for drawing."""

    estimate: str
    low: str
    high: str
    at: float
    start: float
    width: float
    enough: bool
    rate: Rate

    @property
    def text(self) -> str:
        return f"{self.estimate} % ({self.low}–{self.high} %)" if self.estimate else "no scores yet"


def rate_view(rate: Rate, digits: int | None = None) -> RateView:
    """`rate` with `digits` decimals, or with as many as its own interval gives reason for."""
    digits = digits_of(rate) if digits is None else digits
    return RateView(
        estimate="" if rate.estimate is None else share(rate.estimate, digits),
        low=share(rate.low, digits),
        high=share(rate.high, digits),
        at=round(100 * (rate.estimate or 0.0), 2),
        start=round(100 * rate.low, 2),
        width=round(100 * (rate.high - rate.low), 2),
        enough=rate.estimate is not None and rate.effective >= FEW,
        rate=rate,
    )


def digits_of(rate: Rate) -> int:
    """As many decimals as the interval's width gives reason for."""
    return digits_between(rate.low, rate.high)


def digits_between(low: float, high: float) -> int:
    """As many decimals of percentages as an interval of shares gives reason for."""
    if high - low < 0.01:
        return 2
    return 1 if high - low < 0.1 or low < 0.1 else 0


def plain(value: Any) -> str:
    """A metadata value as text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def gaps(found: Sequence[Mapping[str, Any]] | None) -> list[tuple[str, str]]:
    """What a trace lacks, as (``no answer and no question``, why) for each reason; of none where it is not known."""
    by_reason: dict[str, list[str]] = {}
    for gap in found or ():
        by_reason.setdefault(gap["said"], []).append(f"no {gap['fact']}")
    return [(_listed(facts), said) for said, facts in by_reason.items()]


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def tone_of(bad: float | None) -> str:
    """``good`` or ``bad``, by how bad somebody says it is in [0, 1]; empty where nobody says."""
    if bad is None:
        return ""
    return "bad" if bad >= BAD_FROM else "good"
