"""Reads slices of a series by estimators that labels need: the cells of the whole, those of the frame, and the
samples that people were asked about, brought to the same points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from evaluator.core.criterion import Criterion, Scale
from evaluator.core.outcome import Score
from evaluator.core.review.label import Answered
from evaluator.core.rule import is_part
from evaluator.core.slicing import SLICE_DIMENSIONS, Dimensions
from evaluator.pipeline.catalog.shown import shown_as_examples
from evaluator.pipeline.series.buckets import Grain
from evaluator.pipeline.series.cube import STRATUM, Cube, numbered
from evaluator.pipeline.series.frames import frame_id
from evaluator.pipeline.series.read_slices import By, SliceReader
from evaluator.pipeline.series.window import Ranges
from evaluator.stats.cells import Cells
from evaluator.stats.columns import Bools, Index
from evaluator.stats.estimators.estimator import Evidence
from evaluator.stats.estimators.labelled import Carried, LabelledUnits, Response, Reviewed
from evaluator.stats.estimators.rates import Rates
from evaluator.stats.units import LARGEST
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.repositories.review.reviewed import ReviewedUnit
from evaluator.store.store import ProjectUnit

VERSIONS = ("model", "prompt_version")
"""What makes answers of another kind: errors that were seen under one value say nothing of another."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The samples of a series that were drawn for review."""

    units: Sequence[ReviewedUnit]
    columns: LabelledUnits
    """The same, as estimators read them; `cell` is to be filled in."""

    @classmethod
    def read(cls, unit: ProjectUnit, rule: StoredRule, before: datetime) -> Drawn:
        """Those on traces that began `before`."""
        pinned = rule.rule.fingerprint
        # A judge that has been shown what people say of a sample is not held against them.
        shown = shown_as_examples(unit, pinned)
        found = unit.reviewed.of_series(rule.series, rule.criterion.name, pinned, before, shown)
        units = [unit for unit in found if _makes_sense(unit)]  # whatever is odd about one takes no others along
        return cls(units, _labelled_units(units, rule.criterion, rule.spec.scale))


@dataclass(frozen=True, slots=True)
class ReviewedReader(SliceReader):
    """As `SliceReader`, for an estimator that needs labels."""

    framed: Sequence[Cube] = ()
    """As `torn`, of the frame."""
    drawn: Drawn | None = None
    """Before the end of the window that is read."""

    def _read(
        self, ranges: dict[Grain, Ranges], torn: Sequence[Cube], span: tuple[datetime, datetime], by: By
    ) -> tuple[Cube, Index, Rates]:
        asked = self._extended()
        whole = asked._cube(ranges, torn)
        starts = {start for cube in torn for start in cube.starts}
        mine = [cube for cube in self.framed if starts.intersection(cube.starts)]
        frame = replace(asked, series=frame_id(self.series))._cube(ranges, mine)
        assert self.drawn is not None
        inside = np.asarray([self._is_inside(unit, span) for unit in self.drawn.units], dtype=np.bool_)
        units = [unit for unit, there in zip(self.drawn.units, inside, strict=True) if there]
        asked_about = _cube_of_units(units, whole.dimensions)
        every = Cube.concat(whole.dimensions, [whole, frame, asked_about])
        part = np.repeat(np.arange(3), [len(whole.cells), len(frame.cells), len(asked_about.cells)])
        heads, point = numbered(by(every), size=len(every.cells))
        (stratum,) = every.columns((STRATUM,))
        evidence = self._evidence(self.drawn, every, part, point, stratum, heads.size, np.flatnonzero(inside))
        return every, heads, self.estimator.rates(evidence)

    def _evidence(
        self, drawn: Drawn, every: Cube, part: Index, point: Index, stratum: Index, size: int, inside: Index
    ) -> Evidence:
        """Of the cells of the whole (part 0), of the frame (1) and the places of the drawn samples (2), each of a
        `point` and a stratum; `inside` says which samples these are."""
        cells, at, own = _joined(every, part == 0, point, stratum)
        if self.estimator.carries:
            known = {
                tuple(u.slice[SLICE_DIMENSIONS.index(v)] for v in VERSIONS) for u in drawn.units if _is_scored(u)
            }
            fits = np.asarray([every.label(cell, VERSIONS) in known for cell in range(len(part))], dtype=np.bool_)
            carried, of, _ = _joined(every, (part == 0) & fits, point, stratum)
            return Evidence(cells, at, size, carried=Carried(carried, of, drawn.columns))
        # What a cascade passed over is no part of a frame, so both speak of what was drawn.
        cells = cells.as_drawn(_is_part(every)[own % (int(stratum.max(initial=0)) + 1)])
        frame, of, keys = _joined(every, part == 1, point, stratum)
        wanted = np.flatnonzero(part == 2)
        place, there = _found(keys, point[wanted] * (int(stratum.max(initial=0)) + 1) + stratum[wanted])
        chosen = inside[np.flatnonzero(there)]
        units = replace(_taken(drawn.columns, chosen), cell=place[there])
        return Evidence(cells, at, size, Reviewed(frame, of, units, pooled=size > 1))

    def _extended(self) -> SliceReader:
        """A reader that tells versions apart, where the estimator carries what was learned of some."""
        if not self.estimator.carries:
            return SliceReader(self.unit, self.series, self.dimensions, self.values, self.estimator)
        dimensions = tuple(d for d in SLICE_DIMENSIONS if d in self.dimensions or d in VERSIONS)
        return _Wider(self.unit, self.series, dimensions, None, self.estimator, (), self.dimensions, self.values)

    def _is_inside(self, unit: ReviewedUnit, span: tuple[datetime, datetime]) -> bool:
        if not span[0] <= unit.at < span[1]:
            return False
        if self.values is None:
            return True
        mine = (unit.slice[SLICE_DIMENSIONS.index(name)] for name in self.dimensions)
        return all(value == wanted for value, wanted in zip(mine, self.values, strict=True))


@dataclass(frozen=True, slots=True)
class _Wider(SliceReader):
    """Reads the slice `chosen` = `wanted`, told apart by more dimensions than are asked for."""

    chosen: Dimensions = ()
    wanted: tuple[str | None, ...] | None = None

    def _cube(self, ranges: dict[Grain, Ranges], torn: Sequence[Cube]) -> Cube:
        cube = SliceReader._cube(self, ranges, torn)
        return cube if self.wanted is None else cube.where(dict(zip(self.chosen, self.wanted, strict=True)))


def _is_scored(unit: ReviewedUnit) -> bool:
    """Whether both a person and the evaluator have judged it."""
    return unit.answered == Answered.LEVEL and unit.value is not None


def _makes_sense(unit: ReviewedUnit) -> bool:
    chances = (unit.inclusion, unit.sampling_probability, unit.review)
    if not all(0.0 < chance <= 1.0 for chance in chances) or math.prod(chances) < 1.0 / LARGEST:
        return False
    if unit.answered == Answered.LEVEL and (unit.bad is None or not 0.0 <= unit.bad <= 1.0):
        return False
    return unit.value is None or math.isfinite(unit.value)


def _labelled_units(drawn: Sequence[ReviewedUnit], criterion: Criterion, scale: Scale) -> LabelledUnits:
    """The columns that estimators read; `cell` is to be filled in."""
    response = [_RESPONSE.get(unit.answered or "", Response.NONE) for unit in drawn]
    return LabelledUnits(
        cell=np.zeros(len(drawn), dtype=np.intp),
        weight=np.asarray([1.0 / (u.inclusion * u.sampling_probability) for u in drawn], dtype=np.float64),
        review=np.asarray([u.review for u in drawn], dtype=np.float64),
        bad=np.asarray([_score(u, criterion, scale) for u in drawn], dtype=np.float64),
        verdict=np.asarray([np.nan if u.bad is None else criterion.judged(u.bad) for u in drawn], dtype=np.float64),
        response=np.asarray(response, dtype=np.int8),
        cluster=np.asarray([u.cluster for u in drawn], dtype=np.int64).view(np.uint64),
    )


_RESPONSE = {Answered.LEVEL.value: Response.VERDICT, Answered.DOES_NOT_APPLY.value: Response.OUTSIDE}


def _score(unit: ReviewedUnit, criterion: Criterion, scale: Scale) -> float:
    if unit.value is None:
        return float("nan")
    return criterion.bad(Score(value=unit.value, label=unit.label), scale)


def _taken(units: LabelledUnits, index: Index) -> LabelledUnits:
    columns = (getattr(units, name)[index] for name in LabelledUnits.__dataclass_fields__)
    return LabelledUnits(*columns)


def _cube_of_units(units: Sequence[ReviewedUnit], dimensions: Dimensions) -> Cube:
    """Where and when each of `units` lies: empty cells, one each."""
    places = [SLICE_DIMENSIONS.index(name) for name in dimensions]
    starts: dict[datetime, int] = {}
    start = np.asarray([starts.setdefault(u.at, len(starts)) for u in units], dtype=np.intp)
    values: list[dict[str | None, int]] = [{} for _ in dimensions]
    codes = [
        [seen.setdefault(unit.slice[place], len(seen)) for seen, place in zip(values, places, strict=True)]
        for unit in units
    ]
    table = np.asarray(codes, dtype=np.intp).reshape(-1, len(dimensions))
    return Cube(
        dimensions, [list(seen) for seen in values], table, list(starts), start,
        Cells.of([], [], [], [], size=len(units)),
    )  # fmt: skip


def _is_part(every: Cube) -> Bools:
    """By code of a stratum, whether it is a part that a cascade tells apart."""
    names = every.values[every.dimensions.index(STRATUM)]
    return np.asarray([is_part(str(name)) for name in names] or [False], dtype=np.bool_)


def _joined(every: Cube, chosen: Bools, point: Index, stratum: Index) -> tuple[Cells, Index, npt.NDArray[np.int64]]:
    """The chosen cells by point and stratum, the point of each, and its key (ascending)."""
    index = np.flatnonzero(chosen)
    key = point[index] * (int(stratum.max(initial=0)) + 1) + stratum[index]
    keys, first, place = np.unique(key, return_index=True, return_inverse=True)
    return every.cells.take(index).join(place, keys.size), point[index][first], keys


def _found(keys: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]) -> tuple[Index, Bools]:
    """The place of each of `wanted` in the ascending `keys`, and whether it is there."""
    place = np.minimum(np.searchsorted(keys, wanted), max(0, keys.size - 1))
    there = keys[place] == wanted if keys.size else np.zeros(wanted.size, dtype=np.bool_)
    return place, there
