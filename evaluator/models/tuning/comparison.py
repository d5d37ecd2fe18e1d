"""Two detectors on the same labels: measures weighted by design, and intervals that keep groups together. No torch.

The weighted bootstrap draws whole groups (a cluster bootstrap; Field and Welsh, 2007), the same ones for both
detectors, so that the interval is that of the paired difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evaluator.models.tuning.labelled import Labelled, design_weights, group_places, is_bad
from evaluator.models.tuning.logistic import log_loss
from evaluator.text.combine import Floats

Bools = npt.NDArray[np.bool_]

BETTER, WORSE, CANNOT_TELL = "better", "worse", "cannot tell"
TIMES = 1000
"""Bootstrap samples."""


class Scored(NamedTuple):
    """What a detector says of labelled answers: risks in [0, 1] [n], and the threshold above which it calls bad."""

    risks: Floats
    threshold: float


class Measure(NamedTuple):
    """One measure of both detectors, new - current with its 95 % interval, and the verdict that follows from it."""

    name: str
    current: float
    new: float
    difference: float
    low: float
    high: float
    verdict: str


_Measure = Callable[[Scored, Floats], float]


def auroc(bad: Bools, values: Floats, weights: Floats) -> float:
    """Weighted probability that a bad answer scores above a good one, ties half; NaN when one kind is missing."""
    _, place = np.unique(values, return_inverse=True)
    ill = np.bincount(place, weights=weights * bad)
    well = np.bincount(place, weights=weights * ~bad)
    total = ill.sum() * well.sum()
    if total <= 0:
        return float("nan")
    return float(ill @ (np.cumsum(well) - well / 2) / total)


def balanced_accuracy(bad: Bools, values: Floats, weights: Floats, threshold: float) -> float:
    """Mean of the weighted shares of bad answers above, and of good ones at or below; NaN when a kind is missing."""
    said = values > threshold
    ill, well = weights[bad].sum(), weights[~bad].sum()
    if ill <= 0 or well <= 0:
        return float("nan")
    return float((weights[bad & said].sum() / ill + weights[~bad & ~said].sum() / well) / 2)


def compare(
    labels: Sequence[Labelled], current: Scored, new: Scored, *, seed: int, times: int = TIMES
) -> tuple[Measure, ...]:
    """AUROC, balanced accuracy at the own threshold, and log loss of both on `labels`."""
    bad, design = is_bad(labels), design_weights(labels)
    measures: dict[str, tuple[int, _Measure]] = {
        "AUROC": (1, lambda one, weights: auroc(bad, one.risks, weights)),
        "balanced accuracy": (1, lambda one, weights: balanced_accuracy(bad, one.risks, weights, one.threshold)),
        "log loss": (-1, lambda one, weights: log_loss(bad, one.risks, weights)),
    }
    drawn = [
        [measure(new, weights) - measure(current, weights) for _, measure in measures.values()]
        for weights in _drawn(labels, design, seed, times)
    ]
    found = []
    for (name, (sign, measure)), spread in zip(measures.items(), np.asarray(drawn).T, strict=True):
        values = [measure(one, design) for one in (current, new)]
        low, high = (float(edge) for edge in np.nanpercentile(spread, [2.5, 97.5]))
        found.append(Measure(name, values[0], values[1], values[1] - values[0], low, high, _verdict(sign, low, high)))
    return tuple(found)


def _verdict(sign: int, low: float, high: float) -> str:
    if low > 0.0 or high < 0.0:
        return BETTER if sign * low > 0.0 else WORSE
    return CANNOT_TELL


def _drawn(labels: Sequence[Labelled], design: Floats, seed: int, times: int) -> Iterator[Floats]:
    """The weights [n] of each bootstrap sample: design weight times how often the label's group was drawn."""
    place = group_places(labels)
    groups = int(place.max()) + 1
    rng = np.random.default_rng(seed)
    for _ in range(times):
        yield design * np.bincount(rng.integers(0, groups, groups), minlength=groups)[place]
