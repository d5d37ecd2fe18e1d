"""`python -m bench.estimates`: a month of hourly rates from 10 million scores and 5,000 labels, by every estimator.

The baseline reads the single units: the PPI++ estimate with its normal interval, hour after hour, without strata,
sessions or small-sample care. Cells are made before (that is aggregation's work), so both begin with what they read.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from evaluator.stats.cells import Cells
from evaluator.stats.columns import Floats, Index
from evaluator.stats.estimators.estimator import Evidence
from evaluator.stats.estimators.labelled import Carried, LabelledUnits, Response, Reviewed
from evaluator.stats.estimators.registry import ESTIMATORS
from evaluator.stats.units import State

HOURS, STRATA, SESSION = 720, 3, 4
RATES = np.array([0.1, 0.4, 1.0])


@dataclass(frozen=True, slots=True)
class Month:
    """n scored units, and which of them are labelled."""

    hour: Index
    stratum: Index
    weight: Floats
    score: Floats
    verdict: Floats
    cluster: np.ndarray
    drawn: Index
    review: Floats


def month(scores: int, labels: int, seed: int = 1) -> Month:
    """Sessions of `SESSION` traces, in strata at 10, 40 and 100 %."""
    rng = np.random.default_rng(seed)
    hour = np.sort(rng.integers(0, HOURS, scores))
    cluster = (np.arange(scores) // SESSION + 1).astype(np.uint64)
    stratum = rng.choice(STRATA, scores, p=(0.7, 0.2, 0.1))
    verdict = (rng.random(scores) < 0.15).astype(np.float64)
    score = np.clip(0.5 * verdict + rng.beta(2.0, 8.0, scores), 0.0, 1.0)
    doubt = np.sqrt(np.clip(score, 0.02, 0.98) * (1.0 - np.clip(score, 0.02, 0.98)))
    review = np.minimum(1.0, labels * doubt / doubt.sum())
    drawn = np.flatnonzero(rng.random(scores) < review)
    return Month(hour, stratum, 1.0 / RATES[stratum], score, verdict, cluster, drawn, review[drawn])


def evidence(m: Month) -> Evidence:
    """The cells of each hour and stratum, and the labels in them."""
    parts = []
    edges = np.searchsorted(m.hour, np.arange(HOURS + 1))
    for first, end in pairwise(edges):
        state = np.full(end - first, State.SCORED, dtype=np.int8)
        span = slice(first, end)
        cells = Cells.of(m.weight[span], m.score[span], state, m.cluster[span], None, m.stratum[span], STRATA)
        parts.append(cells.capped())
    cells, point = Cells.concat(parts), np.repeat(np.arange(HOURS), STRATA)
    units = LabelledUnits(
        cell=m.hour[m.drawn] * STRATA + m.stratum[m.drawn],
        weight=m.weight[m.drawn],
        review=m.review,
        bad=m.score[m.drawn],
        verdict=m.verdict[m.drawn],
        response=np.full(m.drawn.size, Response.VERDICT, dtype=np.int8),
        cluster=m.cluster[m.drawn],
    )
    return Evidence(cells, point, HOURS, Reviewed(cells, point, units, pooled=True), Carried(cells, point, units))


def from_units(m: Month) -> list[tuple[float, float]]:
    """The baseline: (estimate, standard error) of each hour."""
    found = []
    hours = m.hour[m.drawn]
    for hour in range(HOURS):
        mine, asked = slice(*np.searchsorted(m.hour, (hour, hour + 1))), hours == hour
        w, f = m.weight[mine], m.score[mine]
        v, y, g = (m.weight[m.drawn] / m.review)[asked], m.verdict[m.drawn][asked], m.score[m.drawn][asked]
        if not v.size:
            found.append((float("nan"), float("nan")))
            continue
        mean, off = (w * f).sum() / w.sum(), y - g
        residual = (v * off).sum() / v.sum()
        variance = (w**2 * (f - mean) ** 2).sum() / w.sum() ** 2 + (v**2 * (off - residual) ** 2).sum() / v.sum() ** 2
        found.append((mean + residual, float(np.sqrt(variance))))
    return found


def timed(work: Callable[[], object], repeats: int) -> float:
    """Median seconds of processor time."""
    taken = []
    for _ in range(repeats):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return statistics.median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", type=int, default=10_000_000)
    parser.add_argument("--labels", type=int, default=5_000)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    m = month(given.scores, given.labels)
    found = evidence(m)
    baseline = timed(partial(from_units, m), given.repeats)
    print(f"{HOURS} hours, {given.scores:,} scores, {m.drawn.size:,} labels, {len(found.cells):,} cells")
    print("| what | seconds | of the baseline |\n|---|---|---|")
    print(f"| single units, hour by hour | {baseline:.3f} | 1.00 |")
    whole = 0.0
    for name, estimator in ESTIMATORS.items():
        seconds = timed(partial(estimator.rates, found), given.repeats)
        whole += seconds
        print(f"| {name} | {seconds:.3f} | {seconds / baseline:.2f} |")
    print(f"| all {len(ESTIMATORS)} | {whole:.3f} | {whole / baseline:.2f} |")


if __name__ == "__main__":
    main()
