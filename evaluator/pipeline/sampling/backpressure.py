"""Back-pressure: how far rates shrink when scoring falls behind. A stated rule that looks only at the past.

Looked at once a minute, for each project and queue. Multiplicative decrease and additive increase, as in congestion
control (Chiu and Jain 1989): it backs off fast, comes back slowly, and settles where the workers keep up.
"""

from __future__ import annotations

from dataclasses import dataclass

from evaluator.core.rule import FLOOR, Thinning

STRONGEST = 0.5
"""The least that one step leaves of a rate: a cut takes minutes to be felt, and must not run ahead of itself."""
PATIENCE = 3.0
"""A queue that will be empty within so many targets is left to drain."""
STEP = 0.05
"""What one step gives back of a full rate."""


@dataclass(frozen=True, slots=True)
class Look:
    """A project's part of a queue at one moment: the age of its oldest ready job (s), and how many are ready."""

    age: float
    jobs: int


def pressed(before: Thinning, look: Look, last: Look | None, target: float) -> Thinning:
    """The thinning that follows `before`, from what the queue looks like and looked like a minute ago.

    With the oldest job older than `target` (s), rates shrink by target/age, to a half at most, unless the queue
    drained in the last minute so fast that it is empty within three times the target: newest traces are scored
    first, so that the oldest stay old until the last of them is done. Below half of the target, rates grow by a
    twentieth of the full ones. In between they stay. A `target` of 0 switches it off.
    """
    if target <= 0:
        return Thinning()
    if look.age > target:
        return before if _draining(look, last, target) else _shrink(before, max(target / look.age, STRONGEST))
    return _grow(before) if look.age < target / 2 else before


def _draining(look: Look, last: Look | None, target: float) -> bool:
    return last is not None and (last.jobs - look.jobs) * PATIENCE * target / 60.0 >= look.jobs


def _shrink(before: Thinning, by: float) -> Thinning:
    """Protected strata keep their rates until all others are at the floor."""
    if before.rest > FLOOR:
        return Thinning(max(FLOOR, before.rest * by), before.protected)
    return Thinning(before.rest, max(FLOOR, before.protected * by))


def _grow(before: Thinning) -> Thinning:
    if before.protected < 1.0:
        return Thinning(before.rest, min(1.0, before.protected + STEP))
    return Thinning(min(1.0, before.rest + STEP), 1.0)
