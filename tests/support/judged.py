"""Samples that an evaluator scored and people judged, with clusters, unequal weights and truths that are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from evaluator.stats.agreement.evaluator import Agreement, agreement
from evaluator.stats.agreement.measure import Measure
from evaluator.stats.agreement.pairs import Pairs


@dataclass(frozen=True)
class Coverage:
    """Of one measure over many samples."""

    name: str
    truth: float
    mean: float
    covered: float
    below: float
    """Share of intervals that lie too high: the truth is below them."""
    above: float
    width: float
    spread: float
    """Between the 2.5 and the 97.5 % quantile of the estimates."""
    told: float
    """Share of samples that gave an interval."""


def judged(rng: np.random.Generator, clusters: int, centre: float) -> Pairs:
    """Sessions of three samples on average whose verdicts are alike; the score leans, and is no probability. Samples
    with a high score are all labelled, of the others a third."""
    sizes = rng.poisson(2.0, clusters) + 1
    cluster = np.repeat(np.arange(clusters), sizes)
    logit = centre + 1.2 * (rng.normal(size=clusters)[cluster] + rng.normal(size=cluster.size))
    bad = (rng.random(cluster.size) < expit(logit)).astype(np.float64)
    score = expit(0.5 + 0.8 * (logit + rng.normal(size=cluster.size)))
    drawn = np.where(score > 0.6, 1.0, 0.35)
    kept = rng.random(cluster.size) < drawn
    return Pairs.of(score[kept], bad[kept], weight=1.0 / drawn[kept], cluster=cluster[kept])


def measures(found: Agreement) -> dict[str, Measure]:
    """Some of each kind, by name."""
    table, beyond, brier = found.confusion, found.beyond_chance, found.brier
    return {
        "rate": table.bad, "right": table.right, "sensitivity": table.sensitivity, "specificity": table.specificity,
        "precision": table.precision, "kappa": found.kappa.nominal, "alpha": beyond.alpha_nominal, "AC1": beyond.ac1,
        "Pearson": found.correlation, "Spearman": found.spearman, "Brier": brier.score,
        "reliability": brier.reliability, "resolution": brier.resolution, "uncertainty": brier.uncertainty,
        "calibration error": brier.calibration_error,
    }  # fmt: skip


def coverage(clusters: int, centre: float, *, repeats: int, seed: int, replicates: int = 300) -> Iterator[Coverage]:
    """How often intervals of 95 % hold the truth, which is what 60,000 clusters give."""
    rng = np.random.default_rng(seed)
    truth = measures(agreement(judged(rng, 60_000, centre), replicates=100))
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in truth}
    for repeat in range(repeats):
        drawn = measures(agreement(judged(rng, clusters, centre), replicates=replicates, seed=repeat))
        for name, measure in drawn.items():
            if measure.value is not None and measure.low is not None and measure.high is not None:
                found[name].append((measure.value, measure.low, measure.high))
    for name, rows in found.items():
        value, low, high = np.asarray(rows).T
        true = float(truth[name].value or 0.0)
        below, above = float((true < low).mean()), float((true > high).mean())
        spread = float(np.subtract(*np.quantile(value, [0.975, 0.025])))
        width, told = float((high - low).mean()), len(rows) / repeats
        yield Coverage(name, true, float(value.mean()), 1.0 - below - above, below, above, width, spread, told)
