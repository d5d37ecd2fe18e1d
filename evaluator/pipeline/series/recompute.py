"""Recomputes the statistics of the minutes that changed, then of their hours and days (law 7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from evaluator.core.criterion import Criterion, Scale
from evaluator.core.outcome import SKIPS, Reason, Score
from evaluator.core.slicing import SLICE_DIMENSIONS, SliceValues
from evaluator.pipeline.series.buckets import PARENT, Grain, floor, following
from evaluator.pipeline.series.cube import Cube
from evaluator.pipeline.series.write_slices import merge_months, write_slices
from evaluator.stats.cells import State
from evaluator.store.repositories.series.rollups import RateUnit
from evaluator.store.repositories.series.seals import SEALED
from evaluator.store.store import ProjectUnit


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


def cube_of(units: Sequence[RateUnit], criterion: Criterion, scale: Scale) -> Cube:
    """One cell for each minute, slice combination and stratum among the units of a series."""
    starts: dict[datetime, int] = {}
    labels: dict[SliceValues, int] = {}
    start = [starts.setdefault(floor(u.at, Grain.MINUTE), len(starts)) for u in units]
    label = [labels.setdefault((*u.slice, u.stratum), len(labels)) for u in units]
    bad = [criterion.bad(Score(value=u.value, label=u.label), scale) if u.value is not None else 0.0 for u in units]
    kept = np.asarray([u.sampling_probability for u in units], dtype=np.float64)
    drawn = np.asarray([u.probability for u in units], dtype=np.float64)
    return Cube.of(
        list(starts),
        list(labels),
        np.asarray(start, dtype=np.intp),
        np.asarray(label, dtype=np.intp),
        weight=1.0 / (drawn * kept),
        bad=np.asarray(bad),
        state=np.asarray([state_of(u) for u in units], dtype=np.int8),
        cluster=np.asarray([u.cluster for u in units], dtype=np.uint64),
        upstream=1.0 / kept,
    )


def state_of(unit: RateUnit) -> State:
    """Where a unit stands on its way to a score."""
    if not unit.drawn:
        return State.UNSELECTED
    if unit.value is not None:
        return State.SCORED
    if unit.reason is None:
        return State.PENDING
    return State.SKIPPED if Reason(unit.reason) in SKIPS else State.FAILED
