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
    with store.write() as unit:
        taken = unit.rollups.take_dirty(limit)
        rules = {}
        for project in {p for p, _, _ in taken}:
            # The newest first: versions that share a series share evaluator and criterion.
            rules.update({(project, r.series): r for r in unit.rules.versions(project)})
        for project, series, minute in taken:
            rule = rules[project, series]
            end = following(minute, Grain.MINUTE)
            units = unit.rollups.units(project, series, rule.rule.fingerprint, minute, end)
            cells = cells_of(units, minute, rule.criterion, rule.spec.scale)
            unit.rollups.replace(project, series, Grain.MINUTE.value, minute, cells)
        for grain, finer in COARSER:
            for project, series, start in sorted({(p, s, floor(m, grain)) for p, s, m in taken}):
                _merge_up(unit, project, series, start, grain, finer)
    return len(taken)


def _merge_up(unit: Unit, project: str, series: str, start: datetime, grain: Grain, finer: Grain) -> None:
    cells = unit.rollups.cells(project, series, finer.value, start, following(start, grain))
    groups: dict[tuple[tuple[tuple[str, str | None], ...], str], list[StoredCell]] = defaultdict(list)
    for cell in cells:
        groups[tuple(sorted(cell.slice.items())), cell.stratum].append(cell)
    merged = [
        StoredCell(start, dict(key), stratum, merge(group).to_bytes()) for (key, stratum), group in groups.items()
    ]
    unit.rollups.replace(project, series, grain.value, start, merged)


def merge(cells: Iterable[StoredCell]) -> Cell:
    """The statistics of all units behind `cells`."""
    return Cell.merge([Cell.from_bytes(c.cell) for c in cells])


def cells_of(units: Sequence[RateUnit], start: datetime, criterion: Criterion, scale: Scale) -> list[StoredCell]:
    """One cell for each slice combination and stratum among the units of a minute."""
    groups: dict[tuple[tuple[str | None, ...], str], list[RateUnit]] = defaultdict(list)
    for u in units:
        groups[u.slice, u.stratum].append(u)
    return [
        StoredCell(start, unit_slice(group[0]), stratum, _cell(group, criterion, scale).to_bytes())
        for (_, stratum), group in groups.items()
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
