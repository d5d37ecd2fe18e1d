"""Designs: how likely a sample of a frame is to be reviewed, frozen so that anybody can compute it again.

A frozen design is stored with its wave as plain JSON. The probability of a unit is min(1, scale * chance): its chance
follows from what the evaluator makes of it (active), from the value of a dimension (stratified), or is 1 (uniform).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from sys import intern
from typing import Any

import numpy as np

from evaluator.core.review.wave import DesignKind, WaveDesign
from evaluator.stats import review
from evaluator.stats.columns import Floats
from evaluator.store.repositories.review.frames import FrameUnit

UNKNOWN = 0.5
"""The expected badness of a failure where the evaluator has scored nothing yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenDesign:
    """What probabilities of review are computed from.

    The expected badness g of a unit is what the evaluator makes of it, on its scale turned to [0, 1] with 1 = bad,
    and clipped to [`low`, `high`]; of a failure it is `failed` of its stratum, the mean g there, or `mean`. `rates`
    pairs the values of `by` with their chances, `rest` is that of any other. `top_up` is the wave whose g it is.
    """

    kind: str
    scale: float
    low: float = review.LOW
    high: float = review.HIGH
    failed: dict[str, float] = field(default_factory=dict)
    mean: float = UNKNOWN
    spread: float = review.SPREAD
    mix: float = review.MIX
    floor: float = review.FLOOR
    by: str | None = None
    rates: tuple[tuple[str | None, float], ...] = ()
    rest: float = 1.0
    top_up: str | None = None
    assumed_per_day: float | None = None
    """Arrivals a day that a standing wave's scale was made for, where there were none to count."""

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "g": "badness", "rates": [list(pair) for pair in self.rates]}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> FrozenDesign:
        values = {name: stored[name] for name in cls.__dataclass_fields__ if name in stored}
        return cls(**values | {"rates": tuple((value, rate) for value, rate in stored.get("rates", ()))})

    def expected(self, badness: Floats, strata: Sequence[str]) -> Floats:
        """[n] g of units with this badness [n] in [0, 1] (NaN: a failure), in these strata."""
        failed = np.asarray([self.failed.get(stratum, self.mean) for stratum in strata], dtype=np.float64)
        return np.clip(np.where(np.isnan(badness), failed, badness), self.low, self.high)

    def chances(self, units: Columns) -> Floats:
        """[n] how likely units are to be drawn, as a multiple of `scale`."""
        if self.kind == DesignKind.ACTIVE:
            return review.relative(self.expected(units.badness, units.strata), self.spread, self.mix, self.floor)
        if self.kind == DesignKind.STRATIFIED:
            known = dict(self.rates)
            return np.asarray([known.get(value, self.rest) for value in units.values], dtype=np.float64)
        return np.ones(len(units))

    def probabilities(self, units: Columns) -> Floats:
        """[n] the probability of review of each unit, in (0, 1]."""
        return review.probabilities(self.chances(units), self.scale)

    def half_width(self, units: Columns) -> float | None:
        """See `stats.review.expected_half_width`; None for no units."""
        expected = self.expected(units.badness, units.strata)
        return review.expected_half_width(expected, self.probabilities(units), units.inclusion)


@dataclass(slots=True)
class Columns:
    """Units of a frame, as far as designs look at them: a million of them take some dozen bytes each.

    `values` are those of the dimension that a stratified design goes by; `asked` says of which people are asked
    already.
    """

    badness: Floats
    inclusion: Floats
    strata: Sequence[str]
    values: Sequence[str | None]
    asked: Sequence[bool]

    def __len__(self) -> int:
        return len(self.badness)

    @classmethod
    def of(cls, units: Sequence[FrameUnit], by: str | None, asked: Sequence[bool] = ()) -> Columns:
        return cls(
            badness=np.asarray([np.nan if u.badness is None else u.badness for u in units], dtype=np.float64),
            inclusion=np.asarray([u.inclusion for u in units], dtype=np.float64),
            strata=[intern(u.stratum) for u in units],  # a million of them are a few
            values=[getattr(u, by) for u in units] if by else [None] * len(units),
            asked=list(asked) or [False] * len(units),
        )

    @classmethod
    def concat(cls, pages: Sequence[Columns]) -> Columns:
        return cls(
            badness=np.concatenate([p.badness for p in pages]) if pages else np.zeros(0),
            inclusion=np.concatenate([p.inclusion for p in pages]) if pages else np.zeros(0),
            strata=[s for p in pages for s in p.strata],
            values=[v for p in pages for v in p.values],
            asked=[a for p in pages for a in p.asked],
        )


def freeze(design: WaveDesign, frame: Columns, size: float, days: float = 1.0) -> FrozenDesign:
    """The design of a wave that draws about `size` of `frame`; over `days` days, each of which counts for itself
    where a stratified design asks for a least number."""
    if design.kind is DesignKind.STRATIFIED:
        return _by_value(design, frame, size, design.minimum * days)
    frozen = FrozenDesign(kind=design.kind.value, scale=1.0)
    if design.kind is DesignKind.ACTIVE:
        frozen = _with_g(frozen, frame)
    return replace(frozen, scale=review.scale_for(frozen.chances(frame), size))


def rescaled(before: FrozenDesign, frame: Columns, size: float, top_up: str) -> FrozenDesign:
    """`before`, with its g, so that about `size` people are asked of `frame` who are not asked yet."""
    chances = before.chances(frame)[~np.asarray(frame.asked, dtype=np.bool_)]
    return replace(before, scale=review.scale_for(chances, size), top_up=top_up)


def _with_g(frozen: FrozenDesign, frame: Columns) -> FrozenDesign:
    """With the means of g, and of the doubt that it leaves, over `frame`."""
    scored = ~np.isnan(frame.badness)
    g = np.clip(frame.badness, frozen.low, frozen.high)
    mean = float(g[scored].mean()) if scored.any() else UNKNOWN
    by_stratum: dict[str, list[int]] = defaultdict(list)
    for place in np.flatnonzero(scored).tolist():
        by_stratum[frame.strata[place]].append(place)
    failed = {stratum: float(g[places].mean()) for stratum, places in sorted(by_stratum.items())}
    found = replace(frozen, mean=mean, failed=failed)
    if not len(frame):
        return found
    return replace(found, spread=float(review.doubt(found.expected(frame.badness, frame.strata)).mean()))


def _by_value(design: WaveDesign, frame: Columns, size: float, minimum: float) -> FrozenDesign:
    counts: dict[str | None, int] = defaultdict(int)
    for value in frame.values:
        counts[value] += 1
    values = sorted(counts, key=lambda value: (value is not None, value or ""))
    rates = review.stratified_rates([counts[value] for value in values], size, minimum)
    rest = min(1.0, size / len(frame)) if len(frame) else 1.0
    pairs = tuple((value, float(rate)) for value, rate in zip(values, rates, strict=True))
    return FrozenDesign(kind=design.kind.value, scale=1.0, by=design.by, rates=pairs, rest=rest)
