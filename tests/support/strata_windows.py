"""Windows of three strata at 10, 40 and 100 %, with sessions and failures: many at once."""

from __future__ import annotations

import numpy as np

from evaluator.stats.cells import Cells
from evaluator.stats.estimators.estimator import Evidence
from evaluator.stats.estimators.raw import RAW
from evaluator.stats.units import State
from tests.support.labelled.measured import Found, found

RATES, FAIL = np.array([0.1, 0.4, 1.0]), np.array([0.05, 0.1, 0.2])
GOOD, BAD = np.array([0.8, 0.15, 0.05]), np.array([0.5, 0.25, 0.25])
"""How good and bad traces spread over the strata."""


def measure(scored: int, rate: float, windows: int = 2000, session: float = 3.0, correlation: float = 0.3) -> Found:
    """What *raw* shows in windows of about so many `scored` traces, in sessions of `session` on average whose
    verdicts correlate by `correlation`."""
    shares = [float((mix * RATES * (1.0 - FAIL)).sum()) for mix in (GOOD, BAD)]
    sent = scored / ((1.0 - rate) * shares[0] + rate * shares[1])
    rng = np.random.default_rng(2)
    per = rng.poisson(sent / session, windows)
    sizes, strength = rng.geometric(1.0 / session, int(per.sum())), 1.0 / correlation - 1.0
    cluster = np.repeat(np.arange(sizes.size), sizes)
    window = np.repeat(np.arange(windows), per)[cluster]
    chance = rng.beta(rate * strength, (1.0 - rate) * strength, sizes.size)[cluster]
    bad = (rng.random(cluster.size) < chance).astype(np.float64)
    borders = np.where(bad[:, None] > 0, np.cumsum(BAD), np.cumsum(GOOD))[:, :2]
    stratum = (rng.random((cluster.size, 1)) > borders).sum(axis=1)
    failed = rng.random(cluster.size) < FAIL[stratum]
    selected = rng.random(cluster.size) < RATES[stratum]
    state = np.where(selected, np.where(failed, State.FAILED, State.SCORED), State.UNSELECTED).astype(np.int8)
    place, key = window * 3 + stratum, (cluster + 1).astype(np.uint64)
    cells = Cells.of(1.0 / RATES[stratum], bad, state, key, None, place, 3 * windows)
    rates = RAW.rates(Evidence(cells, np.repeat(np.arange(windows), 3), windows))
    return found([rates], rate)
