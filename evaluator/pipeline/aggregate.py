"""Recomputes the statistics of the minutes that changed, then of their hours and days (law 7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from evaluator.core.criterion import Criterion, Scale
from evaluator.core.outcome import SKIPS, Reason, Score
from evaluator.pipeline.buckets import PARENT, Grain, floor, following
from evaluator.pipeline.cube import Cube
from evaluator.pipeline.slicing import merge_months, write_slices
from evaluator.stats.cells import State
from evaluator.store.repositories.rollups import LABELS, Label, RateUnit
from evaluator.store.repositories.seals import SEALED
from evaluator.store.store import ProjectUnit, Store


def aggregate_dirty(store: Store, limit: int = 500) -> int:
    """Recompute up to `limit` dirty minutes in one transaction; returns how many there were."""
    with store.read() as unit:
        if not unit.marks.is_dirty():
            return 0
    with store.write() as unit:
        taken = unit.marks.take_dirty(limit)
        for (project, series), minutes in taken.items():
            mine = unit.of(project)
            rule = next(r for r in mine.rules.versions() if r.series == series)
            sealed = mine.seals.hold(series)
            units = mine.rollups.units(series, rule.rule.fingerprint, minutes, after=sealed)
            cube = with_sealed(mine, series, cube_of(units, rule.criterion, rule.spec.scale), minutes)
            recompute(mine, series, minutes, cube)
    return sum(map(len, taken.values()))


def with_sealed(unit: ProjectUnit, series: str, cube: Cube, minutes: Sequence[datetime]) -> Cube:
    """`cube` and what retention has kept of `minutes`, whose units are gone."""
    ranges = [(m, m + timedelta(minutes=1)) for m in minutes]
    kept = unit.rollups.buckets(series, SEALED, ranges)
    return Cube.concat(LABELS, [cube, *map(Cube.read, kept)]).coarser(Grain.MINUTE) if kept else cube


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
        cube = Cube.concat(LABELS, [Cube.read(bucket) for bucket in stored]).coarser(grain)
    merge_months(unit, series)


def cube_of(units: Sequence[RateUnit], criterion: Criterion, scale: Scale) -> Cube:
    """One cell for each minute, slice combination and stratum among the units of a series."""
    starts: dict[datetime, int] = {}
    labels: dict[Label, int] = {}
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
