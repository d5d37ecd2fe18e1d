"""How often first verdicts are wrong, by second reviews and adjudication.

A first verdict is what a rate is made from. Where the second one is the same, it is taken to be right: what two
people get wrong alike is not seen here. Where they differ, a third person decides; differences that nobody has
decided yet are taken to be like those, of the same first verdict, that were.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluator.stats.agreement.measure import Measure
from evaluator.stats.agreement.pairs import CUT
from evaluator.stats.agreement.resampling import REPLICATES, Resampling
from evaluator.stats.columns import Bools, Floats
from evaluator.stats.estimators.rates import LEVEL
from evaluator.stats.units import LARGEST

NO_SECOND = "no sample has a second verdict"
UNDECIDED = "none of the verdicts that differ was decided by a third person"


@dataclass(frozen=True, slots=True)
class Overturned:
    """Shares of all traffic that the samples with a second verdict stand for."""

    samples: int
    """With a second verdict."""
    differing: int
    decided: int
    """Of those that differ."""
    differ: Measure
    """Share whose two verdicts differ."""
    missed: Measure
    """Share whose first verdict was good, and should have been bad."""
    false_alarms: Measure
    """Share whose first verdict was bad, and should have been good."""
    lean: Measure
    """`false_alarms` less `missed`: by so much first verdicts show a rate that is too high."""


def overturned(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    third: npt.ArrayLike,
    *,
    weight: npt.ArrayLike | None = None,
    cluster: npt.ArrayLike | None = None,
    cut: float = CUT,
    level: float = LEVEL,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Overturned:
    """Of n samples with `first`, `second` and `third` [n] verdicts in [0, 1], NaN where there is none.

    `cut` and more is bad. `weight` [n] is one over the probability that the sample got a second review, 1 if left
    out; without `cluster` [n] each sample stands alone. Samples without a first or a second verdict or a usable
    weight are left out. Raises ValueError where lengths differ.
    """
    said = [np.asarray(column, dtype=np.float64).ravel() for column in (first, second, third)]
    size = said[0].size
    weights = np.ones(size) if weight is None else np.asarray(weight, dtype=np.float64).ravel()
    keys = np.arange(size) if cluster is None else np.asarray(cluster).ravel()
    if any(column.size != size for column in (*said, weights, keys)):
        raise ValueError("first, second, third, weight and cluster must have one entry a sample")
    used = ~np.isnan(said[0]) & ~np.isnan(said[1]) & (weights >= 1.0 / LARGEST) & (weights <= LARGEST)
    held = weights[used] / weights[used].max(initial=1.0 / LARGEST)
    bad, again, last = (column[used] >= cut for column in said)
    known = ~np.isnan(said[2][used])
    differ = bad != again
    resampling = Resampling.of(keys[used], replicates=replicates, seed=seed)
    (share,) = resampling.ratios((held * differ)[:, None], held[:, None], level, (NO_SECOND,))
    ends = [
        _wrong(differ & ~bad, known & last, known, held, resampling),
        _wrong(differ & bad, known & ~last, known, held, resampling),
    ]
    reason = NO_SECOND if not held.size else UNDECIDED
    missed, alarms = (resampling.measure(*one, level) if one else Measure(reason=reason) for one in ends)
    lean = Measure(reason=reason)
    if ends[0] is not None and ends[1] is not None:
        (least, most), (fewest, alarming) = ends[0], ends[1]
        lean = resampling.measure(fewest - most, alarming - least, level)
    return Overturned(
        samples=int(used.sum()),
        differing=int(differ.sum()),
        decided=int((differ & known).sum()),
        differ=share,
        missed=missed,
        false_alarms=alarms,
        lean=lean,
    )


def _wrong(
    differ: Bools, overturned: Bools, known: Bools, weight: Floats, resampling: Resampling
) -> tuple[Floats, Floats] | None:
    """The share that differs, times the share of those decided among them that were overturned: the least and the
    most that it can be in each row [r]. None where nothing tells it."""
    if not weight.size or (differ.any() and not (differ & known).any()):
        return None
    total, apart = resampling.sums(weight), resampling.sums(weight * differ)
    decided, lost = resampling.sums(weight * (differ & known)), resampling.sums(weight * (differ & overturned))
    extra = resampling.imagined * float(resampling.size(weight))
    among = np.where(decided + extra > 0.0, decided + extra, 1.0)
    return apart / (total + extra) * lost / among, (apart + extra) / (total + extra) * (lost + extra) / among
