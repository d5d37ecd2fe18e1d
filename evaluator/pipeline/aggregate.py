"""Recomputes the statistics of the minutes that changed, then of their hours and days (law 7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np

from evaluator.core.criterion import Criterion, Scale
from evaluator.core.outcome import SKIPS, Reason, Score
from evaluator.pipeline.buckets import Grain, floor, following
from evaluator.stats.cells import Cell, State
from evaluator.store.repositories.rollups import RateUnit, StoredCell, unit_slice
from evaluator.store.store import Store, Unit

COARSER = ((Grain.HOUR, Grain.MINUTE), (Grain.DAY, Grain.HOUR))
"""Each stored grain above the minute, with the grain that it is merged from."""


def aggregate_dirty(store: Store, limit: int = 500) -> int:
    """Recompute up to `limit` dirty minutes in one transaction; returns how many there were."""
    with store.read() as unit:
        if not unit.marks.is_dirty():
            return 0
    with store.write() as unit:
        taken = unit.marks.take_dirty(limit)
        for (project, series), minutes in taken.items():
            rule = next(r for r in unit.of(project).rules.versions() if r.series == series)
            units = unit.of(project).rollups.units(series, rule.rule.fingerprint, minutes)
            cells = cells_of(units, rule.criterion, rule.spec.scale)
            unit.of(project).rollups.replace(series, Grain.MINUTE.value, minutes, cells)
            for grain, finer in COARSER:
                _merge_up(unit, project, series, sorted({floor(m, grain) for m in minutes}), grain, finer)
    return sum(map(len, taken.values()))


def _merge_up(unit: Unit, project: str, series: str, starts: Sequence[datetime], grain: Grain, finer: Grain) -> None:
    """Make the buckets of `grain` that begin at `starts` out of the finer ones in them."""
    ranges = [(start, following(start, grain)) for start in starts]
    groups: dict[tuple[datetime, tuple[tuple[str, str | None], ...], str], list[StoredCell]] = defaultdict(list)
    for cell in unit.of(project).rollups.cells(series, finer.value, ranges):
        groups[floor(cell.start, grain), tuple(sorted(cell.slice.items())), cell.stratum].append(cell)
    merged = [
        StoredCell(start, dict(slice_), stratum, merge(group).to_bytes())
        for (start, slice_, stratum), group in groups.items()
    ]
    unit.of(project).rollups.replace(series, grain.value, starts, merged)


def merge(cells: Iterable[StoredCell]) -> Cell:
    """The statistics of all units behind `cells`."""
    return Cell.merge([Cell.from_bytes(c.cell) for c in cells])


def cells_of(units: Sequence[RateUnit], criterion: Criterion, scale: Scale) -> list[StoredCell]:
    """One cell for each minute, slice combination and stratum among the units of a series."""
    groups: dict[tuple[datetime, tuple[str | None, ...], str], list[RateUnit]] = defaultdict(list)
    for u in units:
        groups[floor(u.at, Grain.MINUTE), u.slice, u.stratum].append(u)
    return [
        StoredCell(minute, unit_slice(group[0]), stratum, _cell(group, criterion, scale).to_bytes())
        for (minute, _, stratum), group in groups.items()
    ]


def _cell(units: Sequence[RateUnit], criterion: Criterion, scale: Scale) -> Cell:
    states = [state_of(u) for u in units]
    bad = [criterion.bad(Score(value=u.value, label=u.label), scale) if u.value is not None else 0.0 for u in units]
    return Cell.of(
        weight=np.asarray([1 / (u.probability * u.sampling_probability) for u in units]),
        bad=np.asarray(bad),
        state=np.asarray(states, dtype=np.int8),
        cluster=np.asarray([u.cluster for u in units], dtype=np.uint64),
        upstream=np.asarray([1 / u.sampling_probability for u in units]),
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
