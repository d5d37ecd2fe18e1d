"""What an evaluator and people said of the same samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluator.stats.columns import Bools, Floats, Index
from evaluator.stats.design import kish
from evaluator.stats.units import LARGEST

VERDICTS = (0.0, 1.0)
"""The levels of a criterion that is answered by good or bad."""
CUT = 0.5
"""From this value of bad on, a person's answer counts as bad, where one or the other is asked."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """n samples, each scored by one evaluator and judged by people.

    Make them with `of`, which leaves out what cannot be paired.
    """

    score: Floats
    """[n] how bad by the evaluator, in [0, 1]."""
    flagged: Bools
    """[n] whether the evaluator calls it bad."""
    people: Floats
    """[n] how bad by the person, in [0, 1]."""
    weight: Floats
    """[n] one over the probability that the sample was drawn for review, > 0."""
    cluster: npt.NDArray[np.generic]
    """[n] samples of an equal one tend to be alike."""
    left_out: int
    """Samples without a usable score, judgement or weight."""

    @classmethod
    def of(
        cls,
        score: npt.ArrayLike,
        people: npt.ArrayLike,
        *,
        flagged: npt.ArrayLike | None = None,
        threshold: float = CUT,
        weight: npt.ArrayLike | None = None,
        cluster: npt.ArrayLike | None = None,
    ) -> Pairs:
        """Of `score` and `people` [k] in [0, 1], NaN where there is none.

        `flagged` [k] are the evaluator's verdicts; left out, they are score >= `threshold`. `weight` [k] is
        1/(inclusion x sender's probability x probability of review), 1 if left out; without `cluster` [k] (keys that
        can be compared) each sample stands alone. A sample whose numbers are outside their range is left out and
        counted. Raises ValueError where lengths differ.
        """
        scores, judged = np.asarray(score, np.float64).ravel(), np.asarray(people, np.float64).ravel()
        weights = np.ones(scores.size) if weight is None else np.asarray(weight, np.float64).ravel()
        verdicts = scores >= threshold if flagged is None else np.asarray(flagged, np.bool_).ravel()
        keys = np.arange(scores.size) if cluster is None else np.asarray(cluster).ravel()
        for name, column in (("people", judged), ("flagged", verdicts), ("weight", weights), ("cluster", keys)):
            if column.size != scores.size:
                raise ValueError(f"{name} has {column.size} entries where score has {scores.size}: give one a sample")
        usable = _in_range(scores) & _in_range(judged) & (weights >= 1.0 / LARGEST) & (weights <= LARGEST)
        left = int(scores.size - usable.sum())
        # Only ratios of weights matter: means of 1 keep sums of squares far from what a float can hold.
        kept = weights[usable] / weights[usable].max(initial=1.0 / LARGEST)
        return cls(scores[usable], verdicts[usable], judged[usable], kept, keys[usable], left)

    def __len__(self) -> int:
        return self.score.size

    def take(self, index: Index) -> Pairs:
        """The pairs at `index` [j]."""
        score, people, weight = (column[index] for column in (self.score, self.people, self.weight))
        return Pairs(score, self.flagged[index], people, weight, self.cluster[index], 0)

    @property
    def effective(self) -> float:
        """So many equally weighted pairs have as much weight in effect (Kish 1965); clusters have no part in it."""
        total, squares = np.array([self.weight.sum()]), np.array([(self.weight**2).sum()])
        return float(kish(total, squares)[0])


def nearest_level(values: Floats, levels: tuple[float, ...]) -> Index:
    """[n] the place of the nearest of the ascending `levels` to each of `values` [n]; halfway, of the worse one."""
    ascending = np.asarray(levels, dtype=np.float64)
    return np.searchsorted((ascending[1:] + ascending[:-1]) / 2.0, values, side="right").astype(np.intp)


def checked_levels(levels: tuple[float, ...]) -> tuple[float, ...]:
    """`levels`, if they are at least two ascending values in [0, 1].

    Raises ValueError for others. Two labels of a criterion that are equally bad are one level here.
    """
    if len(levels) < 2 or any(not 0.0 <= value <= 1.0 for value in levels) or sorted(set(levels)) != list(levels):
        raise ValueError(f"levels must be at least two ascending values of bad in [0, 1], got {levels}")
    return levels


def _in_range(values: Floats) -> Bools:
    return (values >= 0.0) & (values <= 1.0)
