"""Windows that begin or end within a minute: the smallest cells hold whole minutes, so the units of those at the ends
are read one by one, as far as they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from evaluator.pipeline.series.buckets import Grain, floor, following
from evaluator.pipeline.series.cube import Cube
from evaluator.pipeline.series.recompute import cube_of
from evaluator.pipeline.series.window import Window
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.repositories.series.seals import SEALED
from evaluator.store.store import ProjectUnit


def mended(unit: ProjectUnit, rules: Mapping[str, StoredRule], window: Window) -> tuple[Window, list[str]]:
    """`window`, its ends moved back to the beginning of a minute of which a series has sealed cells, and what to say.

    Sealed minutes can not be cut, as their units are gone. All series of an answer get the same window, and windows
    that follow each other still do: the minute counts where it begins.
    """
    start, end = (_cuttable(unit, rules, moment) for moment in (window.start, window.end))
    notes = [
        f"`{name}` was moved to {used.astimezone(window.zone).isoformat(timespec='seconds')}: "
        "of that minute only rates are kept, no traces"
        for name, asked, used in (("from", window.start, start), ("to", window.end, end))
        if asked != used
    ]
    return replace(window, start=start, end=end), notes


def _cuttable(unit: ProjectUnit, rules: Mapping[str, StoredRule], moment: datetime) -> datetime:
    minute = floor(moment, Grain.MINUTE)
    span = (minute, following(minute, Grain.MINUTE))
    if minute == moment or not any(unit.rollups.buckets(series, SEALED, [span]) for series in rules):
        return moment
    return minute


def torn_cubes(unit: ProjectUnit, rule: StoredRule, window: Window, *, framed: bool = False) -> list[Cube]:
    """The units of a series (or those of its frame) in the parts of minutes at the ends of `window`, a cube for each
    end that has some."""
    found, waves = [], unit.waves.over(rule.series) if framed else []
    for low, high in window.torn():
        sealed, minute = unit.seals.last(rule.series), floor(low, Grain.MINUTE)
        units = unit.rollups.units(rule.series, rule.rule.fingerprint, [minute], after=sealed, waves=waves)
        inside = [u for u in units if low <= u.at < high and (u.framed or not framed)]
        cube, _ = cube_of(inside, rule.criterion, rule.spec.scale, framed=framed)
        found.append(cube)
    return [cube for cube in found if cube.starts]
