"""The reliability diagram as paths: what share people call bad at each score, and how often each score is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evaluator.stats.agreement.reliability import ReliabilityPoint

WIDTH, HEIGHT = 320, 316
"""Of the picture, in its own units."""
LEFT, RIGHT, TOP, BOTTOM = 40, 312, 8, 230
"""The square of the curve."""
FLOOR, TALL = 286, 44
"""Where the bars of the histogram stand, and how high the highest is."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One range of scores: `said` in words."""

    x: float
    y: float
    width: float
    height: float
    said: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """Paths of an SVG of `WIDTH` by `HEIGHT`."""

    curve: str
    band: str
    """Empty where there is none."""
    points: list[tuple[float, float]]
    """Where the curve is a single point."""
    bars: list[Bar]
    threshold: float | None
    """Where the rule's threshold lies, as x."""
    xs: list[tuple[float, str]]
    ys: list[tuple[float, str]]
    said: str
    """What it shows, for those who do not see it."""


def diagram(curve: Sequence[ReliabilityPoint], histogram: Sequence[float], threshold: float | None) -> Diagram | None:
    """The diagram of a calibration curve in ascending order of scores, and of shares of traffic in equal ranges of
    [0, 1]; None without a curve."""
    if not curve:
        return None
    line = [(_x(p.score), _y(p.bad)) for p in curve]
    low = [(_x(p.score), _y(p.low)) for p in curve if p.low is not None]
    high = [(_x(p.score), _y(p.high)) for p in curve if p.high is not None]
    ticks = (0.0, 0.25, 0.5, 0.75, 1.0)
    first, last = curve[0], curve[-1]
    said = (
        f"At a score of {first.score:.2f} people call {100 * first.bad:.0f} % bad, at {last.score:.2f} "
        f"{100 * last.bad:.0f} %."
    )
    return Diagram(
        curve=_path(line) if len(line) > 1 else "",
        band=_path([*low, *reversed(high)]) + "Z" if len(low) > 1 else "",
        points=line if len(line) == 1 else [],
        bars=_bars(histogram),
        threshold=None if threshold is None else _x(threshold),
        xs=[(_x(tick), f"{tick:g}") for tick in ticks],
        ys=[(_y(tick), f"{100 * tick:.0f}") for tick in ticks],
        said=said,
    )


def _bars(histogram: Sequence[float]) -> list[Bar]:
    highest, found = max(histogram, default=0.0), list[Bar]()
    for place, share in enumerate(histogram):
        if share <= 0.0:
            continue
        low, high = place / len(histogram), (place + 1) / len(histogram)
        height = round(max(0.8, TALL * share / highest), 1)
        width = round(_x(high) - _x(low) - 1.0, 1)
        said = f"scores from {low:.2f} to {high:.2f}: {100 * share:.1f} % of the traffic"
        found.append(Bar(_x(low), round(FLOOR - height, 1), width, height, said))
    return found


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in points)


def _x(score: float) -> float:
    return round(LEFT + (RIGHT - LEFT) * score, 1)


def _y(share: float) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * share, 1)
