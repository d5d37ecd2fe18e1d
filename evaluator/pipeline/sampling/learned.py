"""What cascades learn of their past: where cheap scores are cut, and how likely each part goes on.

Once an hour, by whoever works out the other factors, and appended beside them with the figures that it came from.
Where to cut is learned once, so that the parts of a stratum stay the same; how likely parts go on is learned anew.
Both look only at what was known before (law 16).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from evaluator.core.rule import Thinning, is_part, part_of, stratum_of
from evaluator.core.times import floor_minute
from evaluator.pipeline.series.buckets import Grain
from evaluator.pipeline.series.read_slices import SliceReader
from evaluator.pipeline.series.window import Window
from evaluator.stats import cascade
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.repositories.sampling.rate_factors import RateFactor
from evaluator.store.store import ProjectUnit

EVERY = timedelta(hours=1)
LOOKS_BACK = timedelta(days=7)
CUT_BY = 200
"""Cheap scores that it takes to say where to cut, and how many are looked at beyond it: `CUT_AT_MOST`."""
CUT_AT_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Learned:
    """How a cascade decides at present. Without anything learned, all go on with its rate."""

    rate: float
    edges: Sequence[float] = ()
    chances: Mapping[str, float] = field(default_factory=dict)
    """By stratum and part, as the series calls them."""

    @classmethod
    def of(cls, rule: StoredRule, factor: RateFactor | None) -> Learned:
        """By what was appended last for the cascade of `rule`; what another rate was asked for says nothing more."""
        assert rule.rule.cascade is not None
        rate, floor = rule.rule.cascade.rate, rule.rule.cascade.floor
        facts: dict[str, Any] = factor.facts if factor else {}
        same = (facts.get("rate"), facts.get("floor")) == (rate, floor)
        return cls(rate, facts.get("edges", ()), facts.get("chances", {}) if same else {})

    def part(self, stratum: str, badness: float | None) -> tuple[str, float]:
        """The stratum of the series that a unit of a rule's `stratum` falls into, and how likely it goes on."""
        name = part_of(stratum, None if badness is None else bounds_of(self.edges, badness))
        return name, self.chances.get(name, self.rate)


def bounds_of(edges: Sequence[float], badness: float) -> tuple[float, float]:
    """The cheap scores from and to which the part of `badness` goes, where they are cut at `edges`."""
    at, bounds = int(cascade.parts_of([badness], edges)[0]), [0.0, *edges, 1.0]
    return bounds[at], bounds[at + 1]


def scope_of_cascade(rule: StoredRule) -> str:
    """The scope of what the cascade of a rule has learned."""
    return f"cascade:{rule.series}"


def learn(home: ProjectUnit, rule: StoredRule, first: StoredRule, now: datetime) -> RateFactor | None:
    """What the cascade of `rule` decides by from `now` on, where that is due and there is something to learn."""
    assert rule.rule.cascade is not None
    scope = scope_of_cascade(rule)
    last = home.factors.current([scope]).get(scope)
    rate, floor = rule.rule.cascade.rate, rule.rule.cascade.floor
    known = last is not None and (last.facts.get("rate"), last.facts.get("floor")) == (rate, floor)
    if last is not None and known and now - last.at < EVERY:
        return None
    edges = last.facts.get("edges") if last else None
    edges = _edges(home, first, now) if edges is None else edges
    if edges is None:
        return None
    past = _past(home, rule, now)
    facts = {"rate": rate, "floor": floor, "edges": edges, "chances": _chances(past, rate, floor), "past": past}
    return RateFactor(scope=scope, at=now, thinning=Thinning(), reason="cascade", facts=facts)


def _edges(home: ProjectUnit, first: StoredRule, now: datetime) -> list[float] | None:
    window = (now - LOOKS_BACK, now + EVERY)
    units = home.frames.page(first.series, first.rule.fingerprint, window, None, CUT_AT_MOST)
    scores = [unit.badness for unit in units if unit.badness is not None]
    if len(scores) < CUT_BY:
        return None
    # Rounded, as the parts are called by them.
    return sorted({float(f"{edge:.4g}") for edge in cascade.cuts(scores).tolist()})


def _past(home: ProjectUnit, rule: StoredRule, now: datetime) -> dict[str, dict[str, float]]:
    """By stratum and part: mean, number of scores, and traffic of the last days."""
    end = floor_minute(now)
    reader = SliceReader(home, rule.series, ("stratum",), None)
    names, rates = reader.totals(Window(end - LOOKS_BACK, end, Grain.DAY))
    numbers, scored = rates.numbers, rates.counts.scored
    return {
        str(name): {"mean": 0.0 if np.isnan(mean) else float(mean), "scored": float(n), "traffic": float(traffic)}
        for (name,), mean, n, traffic in zip(names, numbers.estimate, scored, numbers.traffic, strict=True)
        if is_part(str(name))
    }


def _chances(past: Mapping[str, Mapping[str, float]], rate: float, floor: float) -> dict[str, float]:
    found = dict[str, float]()
    for stratum in sorted({stratum_of(name) for name in past}):
        parts = sorted(name for name in past if stratum_of(name) == stratum)
        mean, scored, traffic = ([past[name][column] for name in parts] for column in ("mean", "scored", "traffic"))
        chances = cascade.chances(mean, scored, traffic, rate, rate * floor)
        found.update(zip(parts, chances.tolist(), strict=True))
    return found
