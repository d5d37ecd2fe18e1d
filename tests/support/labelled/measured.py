"""What many windows show of an estimator: bias, coverage, width, and how often there is not enough."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from evaluator.stats.columns import Floats
from evaluator.stats.estimators.estimator import Evidence
from evaluator.stats.estimators.labelled import Carried, LabelledUnits
from evaluator.stats.estimators.rates import Rates
from evaluator.stats.estimators.registry import ESTIMATORS
from tests.support.labelled.populations import Population
from tests.support.labelled.windows import Scenario, arrive, evidence, units_of

BATCH = 250
"""Windows that are held at once."""
METHODS = ("raw", "human", "corrected", "transported")


@dataclass(frozen=True)
class Found:
    """Of one method in many windows; arrays are [windows]."""

    truth: float
    estimate: Floats
    """NaN where there is none."""
    low: Floats
    """0 where there is no estimate, and `high` 1."""
    high: Floats
    enough: Floats
    labels: Floats
    effective: Floats
    """Effective labels."""

    @property
    def bias(self) -> float:
        known = self.estimate[~np.isnan(self.estimate)]
        return float(known.mean()) - self.truth if known.size else math.nan

    @property
    def error(self) -> float:
        """Monte-Carlo standard error of `bias`."""
        return float(np.nanstd(self.estimate)) / math.sqrt(self.estimate.size)

    @property
    def covers(self) -> Floats:
        return ((self.low <= self.truth) & (self.truth <= self.high)).astype(np.float64)

    @property
    def coverage(self) -> float:
        return float(self.covers.mean())

    @property
    def width(self) -> float:
        return float((self.high - self.low).mean())

    @property
    def ratio(self) -> float:
        """Of the width to the 2.5 to 97.5 % range of the estimates."""
        known = self.estimate[~np.isnan(self.estimate)]
        if known.size < 40:
            return math.nan
        low, high = np.quantile(known, [0.025, 0.975])
        return self.width / max(float(high - low), 1e-9)

    @property
    def refused(self) -> float:
        """Share of windows that say that there is not enough."""
        return 1.0 - float(self.enough.mean())

    def __str__(self) -> str:
        """Bias, coverage, width, ratio, and the share refused where there is any."""
        withheld = float(np.isnan(self.estimate).mean())
        if withheld > 0.9:
            return f"withheld {withheld:.0%}"
        refused = f", refused {self.refused:.0%}" if self.refused >= 0.005 else ""
        return f"{self.bias:+.3f} · {self.coverage:.3f} · {self.width:.3f} · {self.ratio:.2f}{refused}"


def found(rates: list[Rates], truth: float) -> Found:
    """Of rates of windows whose truth is the same."""
    every = Rates.concat(rates)
    numbers = every.numbers
    enough = every.enough.astype(np.float64)
    return Found(truth, numbers.estimate, numbers.low, numbers.high, enough, every.labels, every.effective_labels)


def measure(
    people: Population, scenario: Scenario, windows: int = 500, seed: int = 1,
    methods: tuple[str, ...] = METHODS, early: int | None = None,
) -> dict[str, Found]:  # fmt: skip
    """What `windows` windows of `scenario` show; *transported* takes the labels of another window for each."""
    rng, rates = np.random.default_rng(seed), {method: list[Rates]() for method in methods}
    traffic = arrive(rng, people, scenario, min(windows, BATCH), early)
    truth = traffic.truth if scenario.finite else float(people.bad[people.applies(scenario.outside)].mean())
    for start in range(0, windows, BATCH):
        if start and not scenario.finite:
            traffic = arrive(rng, people, scenario, min(windows - start, BATCH), early)
        seen = evidence(rng, traffic, scenario)
        for method in methods:
            rates[method].append(_rates(method, seen))
    return {method: found(each, truth) for method, each in rates.items()}


def carry(
    labelled: Population, traffic: Population, scenario: Scenario, windows: int = 500, seed: int = 1,
    share: float = 1.0,
) -> dict[str, Found]:  # fmt: skip
    """What *raw* and *transported* make of windows of `traffic`, by the labels of windows of `labelled`. Of a window
    a `share` is of versions of which there are labels; it comes first, and the rest is carried nowhere."""
    rng, rates = np.random.default_rng(seed), {method: list[Rates]() for method in ("raw", "transported")}
    scenario = replace(scenario, framed=share)
    for start in range(0, windows, BATCH):
        size = min(windows - start, BATCH)
        before = evidence(rng, arrive(rng, labelled, replace(scenario, framed=1.0), size), scenario).reviewed
        seen = evidence(rng, arrive(rng, traffic, scenario, size), scenario)
        assert before is not None
        rates["raw"].append(ESTIMATORS["raw"].rates(seen))
        rates["transported"].append(transported(units_of(before, size), seen))
    return {method: found(each, traffic.rate) for method, each in rates.items()}


def transported(labels: list[LabelledUnits], seen: Evidence) -> Rates:
    """Of each window by labels of its own, for what lies in its frame."""
    reviewed = seen.reviewed
    assert reviewed is not None
    strata = len(seen.cells) // seen.size
    parts, point = [], np.zeros(strata, dtype=np.intp)
    for window, units in enumerate(labels):
        here = np.arange(strata) + window * strata
        carried = Carried(reviewed.cells.take(here), point, units)
        one = Evidence(seen.cells.take(here), point, 1, carried=carried, finite=seen.finite)
        parts.append(ESTIMATORS["transported"].rates(one))
    return Rates.concat(parts)


def _rates(method: str, seen: Evidence) -> Rates:
    estimator, reviewed = ESTIMATORS[method], seen.reviewed
    if not estimator.carries:
        return estimator.rates(seen)
    assert reviewed is not None
    every = units_of(reviewed, seen.size)
    return transported([every[-1], *every[:-1]], seen)
