"""The frame of a series: what of it people could have been asked about.

Its cells are kept like those of a series of its own, under an id that is made of the series'. Labels correct the
rates of a frame; for what lies outside they say nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from evaluator.core.ids import content_hash
from evaluator.core.quarantine import SERIES_LENGTH
from evaluator.pipeline.series.recompute import cube_of, recompute, with_sealed
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.repositories.series.rollups import RateUnit
from evaluator.store.store import ProjectUnit


def frame_id(series: str) -> str:
    """The id under which the cells of the frame of a series are kept."""
    return content_hash([series, "frame"])[:SERIES_LENGTH]


def recompute_frame(
    mine: ProjectUnit, rule: StoredRule, minutes: Sequence[datetime], units: Sequence[RateUnit]
) -> None:
    """Recompute what lies in the frame in `minutes`, out of all `units` of the series in them."""
    frame = frame_id(rule.series)
    cube, _ = cube_of([unit for unit in units if unit.framed], rule.criterion, rule.spec.scale, framed=True)
    recompute(mine, frame, minutes, with_sealed(mine, frame, cube, minutes))
