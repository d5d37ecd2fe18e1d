"""Takes the minutes that changed, and has their statistics recomputed (law 7)."""

from __future__ import annotations

from evaluator.pipeline.series.recompute import cube_of, recompute, with_sealed
from evaluator.store.store import Store


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
            cube, _ = cube_of(units, rule.criterion, rule.spec.scale)
            recompute(mine, series, minutes, with_sealed(mine, series, cube, minutes))
    return sum(map(len, taken.values()))
