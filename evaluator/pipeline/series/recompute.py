"""Recomputes the statistics of the minutes that changed, then of their hours and days (law 7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from evaluator.core.criterion import Criterion, Scale
from evaluator.core.ids import cluster_key
from evaluator.core.outcome import SKIPS, Reason, Score
from evaluator.core.slicing import SLICE_DIMENSIONS, SliceValues
from evaluator.pipeline.series.buckets import PARENT, Grain, floor, following
from evaluator.pipeline.series.cube import Cube
from evaluator.pipeline.series.write_slices import merge_months, write_slices
from evaluator.stats.units import State, valid_units
from evaluator.store.repositories.series.rollups import RateUnit
from evaluator.store.repositories.series.seals import SEALED
from evaluator.store.store import ProjectUnit

WITHOUT_SCORE = {reason.value: State.SKIPPED if reason in SKIPS else State.FAILED for reason in Reason}
"""Where a unit stands that has no score for a reason."""
NO_STATE = min(State) - 1


def with_sealed(unit: ProjectUnit, series: str, cube: Cube, minutes: Sequence[datetime]) -> Cube:
    """`cube` and what retention has kept of `minutes`, whose units are gone."""
    ranges = [(m, m + timedelta(minutes=1)) for m in minutes]
    kept = unit.rollups.buckets(series, SEALED, ranges)
    return Cube.concat(SLICE_DIMENSIONS, [cube, *map(Cube.read, kept)]).coarser(Grain.MINUTE) if kept else cube


def recompute(
    unit: ProjectUnit, series: str, starts: Sequence[datetime], cube: Cube, grain: Grain = Grain.MINUTE
) -> None:
    """Make `cube` all that there is of the buckets `starts` of `grain`, and of their slices, and the hours and days
    above them what follows from it."""
    changed = list(starts)
    while True:
        unit.rollups.replace(series, grain.value, changed, cube.stored())
        write_slices(unit, series, grain, changed, cube)
        if grain is Grain.DAY:
            break
        finer, grain = grain, PARENT[grain]
        changed = sorted({floor(m, grain) for m in changed})
        ranges = [(start, following(start, grain)) for start in changed]
        stored = unit.rollups.buckets(series, finer.value, ranges)
        cube = Cube.concat(SLICE_DIMENSIONS, [Cube.read(bucket) for bucket in stored]).coarser(grain)
    merge_months(unit, series)


def cube_of(
    units: Sequence[RateUnit], criterion: Criterion, scale: Scale, *, framed: bool = False
) -> tuple[Cube, list[int]]:
    """One cell for each minute, slice combination and stratum among the units of a series, and the places of those
    that were left out, as no rate can be made with what is stored of them (see `valid_units`).

    What the second step of a cascade drew stands for all that the first one did; not so in the cells of what is
    `framed`, as what was passed over lies in no frame.
    """
    judged = [_judged(unit, criterion, scale) for unit in units]
    state = np.asarray([state for state, _ in judged], dtype=np.int8)
    bad = np.asarray([bad for _, bad in judged], dtype=np.float64)
    reached = np.asarray([1.0 if u.reached is None else u.reached for u in units], dtype=np.float64)
    sent = np.asarray([u.sampling_probability for u in units], dtype=np.float64) * reached
    drawn = np.asarray([u.probability for u in units], dtype=np.float64)
    with np.errstate(all="ignore"):
        weight, upstream = 1.0 / (drawn * sent), 1.0 / sent
    valid = valid_units(weight, bad, state, upstream)
    kept = [unit for unit, is_valid in zip(units, valid, strict=True) if is_valid]
    starts: dict[datetime, int] = {}
    labels: dict[SliceValues, int] = {}
    start = [starts.setdefault(floor(u.at, Grain.MINUTE), len(starts)) for u in kept]
    label = [labels.setdefault((*u.slice, u.stratum), len(labels)) for u in kept]
    in_steps = np.asarray([u.reached is not None and not framed for u in kept], dtype=np.bool_)
    cluster = [_key(u) if two else u.cluster for u, two in zip(kept, in_steps, strict=True)]
    cube = Cube.of(
        list(starts),
        list(labels),
        np.asarray(start, dtype=np.intp),
        np.asarray(label, dtype=np.intp),
        weight=weight[valid],
        bad=bad[valid],
        state=state[valid],
        # A database has signed whole numbers only.
        cluster=np.asarray(cluster, dtype=np.int64).view(np.uint64),
        upstream=upstream[valid],
        before=np.where(in_steps, upstream[valid], 0.0),
    )
    return cube, np.flatnonzero(~valid).tolist()


def _key(unit: RateUnit) -> int:
    """The cluster of a unit of a cascade: also of one that stands alone, whose parts are added up under it."""
    return unit.cluster or cluster_key(["trace", unit.trace_id])


def _judged(unit: RateUnit, criterion: Criterion, scale: Scale) -> tuple[int, float]:
    """Where a unit stands on its way to a score, and how bad that is; `NO_STATE` if what is stored makes no sense."""
    try:
        if not unit.drawn:
            return State.UNSELECTED, 0.0
        if unit.value is not None:
            return State.SCORED, criterion.bad(Score(value=unit.value, label=unit.label), scale)
        return (State.PENDING if unit.reason is None else WITHOUT_SCORE[unit.reason]), 0.0
    except Exception:  # noqa: BLE001 - whatever is odd about one unit, it takes no others along
        return NO_STATE, 0.0
