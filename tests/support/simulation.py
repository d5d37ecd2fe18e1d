"""Traffic whose true rate is known: sessions, strata, a sender that samples, selection, failures and skips."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluator.stats.cells import Cells
from evaluator.stats.estimators.rates import Rate
from evaluator.stats.estimators.raw import raw_rate
from evaluator.stats.groups import EXACT
from evaluator.stats.units import State

Floats = npt.NDArray[np.float64]
FLAG_BAD, FLAG_GOOD = 0.4, 0.05
"""Probability that a bad and a good trace is flagged (an error or a thumbs-down)."""


@dataclass(frozen=True)
class Design:
    """How traffic arises and what is drawn from it. Pairs are (flagged, rest)."""

    name: str
    rates: tuple[float, float] = (1.0, 0.1)
    session: float = 3.0
    """Mean traces of a session (geometric)."""
    correlation: float = 0.3
    """Of two verdicts of one session (beta-binomial)."""
    fail: tuple[float, float] = (0.3, 0.08)
    skip: tuple[float, float] = (0.05, 0.15)
    pending: tuple[float, float] = (0.0, 0.0)
    sender: tuple[float, float] = (0.85, 0.75)
    """Expected share of bad and of good traces that the sender keeps: one tier whole, half of the other."""

    def flagged(self, rate: float) -> float:
        return FLAG_BAD * rate + FLAG_GOOD * (1.0 - rate)

    def truth(self, rate: float) -> float:
        """Share of bad among the traces that the criterion applies to."""
        bad = rate * (FLAG_BAD * (1 - self.skip[0]) + (1 - FLAG_BAD) * (1 - self.skip[1]))
        good = (1 - rate) * (FLAG_GOOD * (1 - self.skip[0]) + (1 - FLAG_GOOD) * (1 - self.skip[1]))
        return bad / (bad + good)

    def traffic(self, scored: int, rate: float) -> float:
        """Traces to send so that about `scored` are scored."""
        kept = self.sender[0] * rate + self.sender[1] * (1 - rate)
        pairs = zip(self.rates, self.skip, self.fail, self.pending, strict=True)
        share = [r * (1 - s) * (1 - f) * (1 - p) for r, s, f, p in pairs]
        return scored / (kept * (self.flagged(rate) * share[0] + (1 - self.flagged(rate)) * share[1]))


PLAIN = Design("independent, all scored", (1.0, 1.0), 1.0, 0.0, (0, 0), (0, 0), (0, 0), (1, 1))
STRATIFIED = Design("errors 100 %, rest 10 %")
LONG = Design("all scored, long sessions", (1.0, 1.0), session=8.0, sender=(1.0, 1.0))


@dataclass(frozen=True)
class Window:
    """The arrays of one simulated window, all [n]."""

    bad: Floats
    flagged: npt.NDArray[np.bool_]
    session: npt.NDArray[np.int64]
    kept: Floats
    inclusion: Floats
    state: npt.NDArray[np.int8]

    def cells(self, *, weighted: bool = True, clustered: bool = True, grouped: bool = False) -> dict[str, Cells]:
        weight = 1.0 / (self.kept * self.inclusion) if weighted else np.ones(self.bad.size)
        session = self.session if clustered else np.zeros_like(self.session)
        arrays = (weight, self.bad, self.state, session, 1.0 / self.kept)
        if not weighted:
            return {"all": Cells.of(*arrays)}
        found = {str(v): Cells.of(*(a[self.flagged == v] for a in arrays)) for v in (True, False)}
        return {name: cell.capped(0 if grouped else EXACT) for name, cell in found.items()}


def verdicts(rng: np.random.Generator, design: Design, n: float, rate: float) -> tuple[Floats, npt.NDArray[np.int64]]:
    """About n verdicts in {0, 1} and their session keys >= 1."""
    sizes = rng.geometric(1.0 / design.session, size=math.ceil(n / design.session))
    session = np.repeat(np.arange(1, sizes.size + 1), sizes)
    chance = np.full(sizes.size, rate)
    if design.correlation > 0:
        strength = 1.0 / design.correlation - 1.0
        chance = rng.beta(rate * strength, (1.0 - rate) * strength, sizes.size)
    return (rng.random(session.size) < chance[session - 1]).astype(float), session


def observe(rng: np.random.Generator, design: Design, bad: Floats, session: npt.NDArray[np.int64]) -> Window:
    """What the service sees of traces with verdicts `bad`: kept by the sender, selected by stratum, scored or not."""
    flagged = rng.random(bad.size) < np.where(bad > 0, FLAG_BAD, FLAG_GOOD)
    whole = rng.random(bad.size) < np.where(bad > 0, 2 * design.sender[0] - 1, 2 * design.sender[1] - 1)
    kept = np.where(whole, 1.0, 0.5)
    here = rng.random(bad.size) < kept
    bad, session, flagged, kept = bad[here], session[here], flagged[here], kept[here]

    def pick(pair: tuple[float, float]) -> Floats:
        return np.where(flagged, pair[0], pair[1])

    inclusion = pick(design.rates)
    state = np.full(bad.size, State.SCORED, dtype=np.int8)
    state[rng.random(bad.size) < pick(design.fail)] = State.FAILED
    state[rng.random(bad.size) < pick(design.skip)] = State.SKIPPED
    state[rng.random(bad.size) < pick(design.pending)] = State.PENDING
    state[rng.random(bad.size) >= inclusion] = State.UNSELECTED
    return Window(bad, flagged, session, kept, inclusion, state)


def draw(rng: np.random.Generator, design: Design, scored: int, rate: float) -> Window:
    """One window with about `scored` scored traces."""
    return observe(rng, design, *verdicts(rng, design, design.traffic(scored, rate), rate))


def wilson(window: Window) -> tuple[float, float]:
    """The interval that ignores weights, strata and sessions (Wilson 1927)."""
    scored = window.bad[window.state == State.SCORED]
    n, z = scored.size, 1.959964
    if n == 0:
        return 0.0, 1.0
    p = float(scored.mean())
    centre, half = p + z * z / 2 / n, z * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n)
    return (centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)


@dataclass(frozen=True)
class Row:
    """What `repeats` windows showed."""

    truth: float
    repeats: int
    mean: float
    spread: float
    """Standard deviation of the estimate."""
    coverage: float
    below: float
    """Share of intervals that lie wholly below the truth."""
    above: float
    width: float
    naive_coverage: float
    naive_width: float

    @property
    def error(self) -> float:
        """Monte-Carlo standard error of `mean`."""
        return self.spread / math.sqrt(self.repeats)

    @property
    def slack(self) -> float:
        """Monte-Carlo standard error of a coverage of 95 %."""
        return math.sqrt(0.95 * 0.05 / self.repeats)


def measure(
    design: Design,
    scored: int,
    rate: float,
    repeats: int,
    seed: int,
    *,
    options: Mapping[str, bool] | None = None,
    level: float = 0.95,
) -> Row:
    """Draws `repeats` windows and compares the raw rate of each with the truth."""
    rng, truth = np.random.default_rng(seed), design.truth(rate)
    windows = (draw(rng, design, scored, rate) for _ in range(repeats))
    return summarise(truth, [(raw_rate(w.cells(**(options or {})), level=level), wilson(w)) for w in windows])


def summarise(truth: float, found: list[tuple[Rate, tuple[float, float]]]) -> Row:
    """Coverage, widths and mean of many rates with their naive intervals."""
    estimates = np.array([r.estimate for r, _ in found if r.estimate is not None])
    low, high = np.array([r.low for r, _ in found]), np.array([r.high for r, _ in found])
    naive = np.array([n for _, n in found])
    below, above = float((high < truth).mean()), float((low > truth).mean())
    return Row(
        truth, len(found), float(estimates.mean()), float(estimates.std(ddof=1)), 1.0 - below - above, below, above,
        float((high - low).mean()), float(((naive[:, 0] <= truth) & (truth <= naive[:, 1])).mean()),
        float((naive[:, 1] - naive[:, 0]).mean()),
    )  # fmt: skip
