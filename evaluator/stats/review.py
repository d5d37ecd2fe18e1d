"""Probabilities of review: which of the scored units people are asked about, and how likely.

Units of a frame are drawn independently (Poisson sampling), unit i with probability rho_i, so that the number drawn
is `size` in expectation. The variance of the corrected estimate is proportional to sum w_i^2 E(Y_i - f_i)^2 / rho_i,
least where rho_i is proportional to the root of what the score leaves in doubt, sqrt(g_i (1 - g_i)) with g_i the
expected badness (Zrnic and Candès, active statistical inference, 2403.03208, section 3). As g may be wrong, that is
mixed with a uniform share, and nothing falls below a floor.

Everything that a probability was computed from can be stored: `relative` of a further unit times the scale, capped
at 1, is its probability.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from evaluator.stats.columns import Floats

MIX = 1.0 / 3.0
"""The uniform share of an active design; chosen by simulation."""
FLOOR = 1.0 / 20.0
"""The least that a unit's chance is of the mean one: no weight is more than 20 times the mean of a uniform draw."""
LOW, HIGH = 0.02, 0.98
"""Where g is clipped: no score is so sure that its units need not be looked at."""
SPREAD = 0.25
"""The mean of sqrt(g (1 - g)) where no unit was seen yet: that of scores of which most are near 0 or 1."""
_Z = 1.959963984540054


def doubt(g: npt.ArrayLike) -> Floats:
    """[n] sqrt(g (1 - g)) in (0, 0.5], g [n] in [0, 1] clipped to [`LOW`, `HIGH`]."""
    clipped = np.clip(np.asarray(g, dtype=np.float64), LOW, HIGH)
    return np.sqrt(clipped * (1.0 - clipped))


def relative(g: npt.ArrayLike, spread: float, mix: float = MIX, floor: float = FLOOR) -> Floats:
    """[n] how likely units are to be drawn, > 0, as a multiple of the mean chance.

    `g` [n] is the expected badness in [0, 1], `spread` the mean of `doubt` over the frame, > 0; `mix` in [0, 1] is
    the uniform share and `floor` > 0 the least multiple.

    Raises:
        ValueError: a share, a floor or a spread out of range.
    """
    if not (0.0 <= mix <= 1.0 and floor > 0.0 and spread > 0.0):
        raise ValueError("mix must lie in [0, 1], floor and spread above 0")
    return np.maximum(floor, (1.0 - mix) * doubt(g) / spread + mix)


def scale_for(chances: npt.ArrayLike, size: float) -> float:
    """The scale t > 0 for which sum min(1, t * chances) is `size`; where `size` >= n, one that makes all of them 1.

    `chances` [n] are > 0, `size` >= 0. Exact: with the k largest capped, t is what is left of `size` over the sum of
    the others, for the least k that fits.
    """
    ordered = np.sort(np.asarray(chances, dtype=np.float64))[::-1]
    n = len(ordered)
    if n == 0:
        return 1.0
    if size >= n:
        return float((1.0 + 1e-12) / ordered[-1])  # rounding leaves none below 1
    rest = np.cumsum(ordered[::-1])[::-1]  # of the k-th largest and all below it
    scales = (size - np.arange(n)) / rest
    fits = (scales * ordered <= 1.0) & (scales >= 0.0)
    return float(scales[np.argmax(fits)])


def probabilities(chances: npt.ArrayLike, scale: float) -> Floats:
    """[n] min(1, scale * chances)."""
    return np.minimum(1.0, scale * np.asarray(chances, dtype=np.float64))


def active(g: npt.ArrayLike, size: float, mix: float = MIX, floor: float = FLOOR) -> Floats:
    """[n] probabilities in (0, 1] that sum to min(n, `size`), likelier where g [n] leaves most in doubt."""
    values = np.asarray(g, dtype=np.float64)
    if not len(values):
        return np.zeros(0)
    chances = relative(values, float(doubt(values).mean()), mix, floor)
    return probabilities(chances, scale_for(chances, size))


def uniform(n: int, size: float) -> Floats:
    """[n] the same probability for all, summing to min(n, `size`)."""
    return np.full(n, min(1.0, size / n)) if n else np.zeros(0)


def stratified_rates(counts: npt.ArrayLike, size: float, minimum: float = 0.0) -> Floats:
    """[k] the probability within each of k values that `counts` [k] (>= 1) units have.

    Each value gets its share of `size`, but `minimum` at least, as far as it has so many; the others make room for
    that in proportion. Where `size` does not reach for the minima, each value gets the same number, as far as it has
    so many. Sums to `size` over the units, or takes all where `size` is not less than their number.
    """
    n = np.asarray(counts, dtype=np.float64)
    if not len(n) or size >= n.sum():
        return np.ones(len(n))
    if np.minimum(n, minimum).sum() >= size:
        level = _solve(lambda m: float(np.minimum(n, m).sum()), size, float(n.max()))
        return np.minimum(n, level) / n
    least = np.minimum(n, minimum)
    rate = _solve(lambda t: float(np.maximum(least, t * n).sum()), size, 1.0)
    return np.maximum(least, rate * n) / n


def stratified(values: npt.ArrayLike, size: float, minimum: float = 0.0) -> Floats:
    """[n] probabilities in (0, 1], the same within each of `values` [n] (any that can be sorted); see
    `stratified_rates`."""
    _, place, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    return stratified_rates(counts, size, minimum)[place]


def _solve(total: Callable[[float], float], size: float, most: float) -> float:
    """Where the increasing, continuous function `total` is `size`, within [0, `most`]; to the last bits."""
    low, high = 0.0, most
    for _ in range(200):
        middle = (low + high) / 2.0
        if middle in (low, high):
            break
        if total(middle) < size:
            low = middle
        else:
            high = middle
    return high


def expected_half_width(g: npt.ArrayLike, rho: npt.ArrayLike, inclusion: npt.ArrayLike) -> float | None:
    """Half of the 95 % interval that people's verdicts alone are expected to give, in [0, 1]; None for no units.

    `g` [n] is the expected badness in [0, 1], `rho` and `inclusion` [n] in (0, 1] the probabilities of review and of
    selection. A rough plan: the linearised variance of the weighted mean under independent draws (Särndal et al.
    1992, 5.7), Y ~ Bernoulli(g), no clusters. The corrected estimate can only be better.
    """
    bad, drawn, selected = (np.asarray(x, dtype=np.float64) for x in (g, rho, inclusion))
    if not len(bad):
        return None
    weight = 1.0 / selected
    rate = float((weight * bad).sum() / weight.sum())
    squares = bad * (1.0 - rate) ** 2 + (1.0 - bad) * rate**2
    variance = (weight**2 * ((1.0 - drawn) / drawn + 1.0 - selected) * squares).sum() / weight.sum() ** 2
    return float(min(1.0, _Z * np.sqrt(variance)))
