"""Cells by bucket and dimension: what aggregation builds, what is stored of a bucket, and how both are sliced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from evaluator.core.rule import is_part, part_begins, stratum_of
from evaluator.core.slicing import SLICE_DIMENSIONS, Dimensions, SliceValues
from evaluator.pipeline.series.buckets import Grain, floor
from evaluator.stats import codec
from evaluator.stats.cells import Cells
from evaluator.stats.columns import Index
from evaluator.stats.estimators.estimator import Estimator, Evidence, Parts
from evaluator.stats.estimators.rates import Rates
from evaluator.store.repositories.series.rollups import StoredBucket

STRATUM = "stratum"
_ROOM = 2**62
"""Numbers below it can be told apart in 64 bits."""


@dataclass(frozen=True, slots=True)
class Cube:
    """n cells, each of one bucket and one value of each dimension."""

    dimensions: Dimensions
    values: list[list[str | None]]
    """The distinct values of each dimension; None where the sender did not say."""
    codes: Index
    """[n, dimensions] the place of each cell's value in `values`."""
    starts: list[datetime]
    start: Index
    """[n] the place of each cell's bucket in `starts`."""
    cells: Cells

    @classmethod
    def of(
        cls, starts: list[datetime], values: Sequence[SliceValues], start: Index, value: Index, *,
        weight: npt.ArrayLike, bad: npt.ArrayLike, state: npt.ArrayLike, cluster: npt.ArrayLike,
        upstream: npt.ArrayLike, before: npt.ArrayLike | None = None,
    ) -> Cube:  # fmt: skip
        """The cells of n units, each in a bucket `start` [n] and with the values at `value` [n]; see `Cells.of`."""
        pairs, cell = np.unique(start * max(1, len(values)) + value, return_inverse=True)
        start_of_cell, value_of_cell = np.divmod(pairs, max(1, len(values)))
        distinct, codes = _coded(values, len(SLICE_DIMENSIONS))
        cells = Cells.of(weight, bad, state, cluster, upstream, cell, pairs.size, before)
        return cls(SLICE_DIMENSIONS, distinct, codes[value_of_cell], starts, start_of_cell, cells)

    @classmethod
    def one(cls, dimensions: Dimensions, labels: Sequence[SliceValues], start: datetime, cells: Cells) -> Cube:
        """The cells of one bucket, each with the values in `labels`."""
        values, codes = _coded(labels, len(dimensions))
        return cls(dimensions, values, codes, [start], np.zeros(len(labels), dtype=np.intp), cells)

    @classmethod
    def read(cls, stored: StoredBucket) -> Cube:
        """The cells of a stored bucket."""
        (codes,) = codec.unpack(stored.codes, (np.int64,))
        places = codes.reshape(len(SLICE_DIMENSIONS), -1).T
        start = np.zeros(len(places), dtype=np.intp)
        return cls(SLICE_DIMENSIONS, stored.values, places, [stored.start], start, Cells.from_bytes(stored.cells))

    @classmethod
    def concat(cls, dimensions: Dimensions, parts: Sequence[Cube]) -> Cube:
        """The cells of all `parts`, which have these `dimensions`."""
        starts: dict[datetime, int] = {}
        values: list[dict[str | None, int]] = [{} for _ in dimensions]
        codes, start = [np.empty((0, len(dimensions)), dtype=np.intp)], [np.empty(0, dtype=np.intp)]
        for part in parts:
            columns = [
                np.asarray([seen.setdefault(value, len(seen)) for value in mine], dtype=np.intp)[column]
                for seen, mine, column in zip(values, part.values, part.codes.T, strict=True)
            ]
            codes.append(np.stack(columns, axis=1))
            buckets = [starts.setdefault(moment, len(starts)) for moment in part.starts]
            start.append(np.asarray(buckets, dtype=np.intp)[part.start])
        cells = Cells.concat([part.cells for part in parts])
        distinct = [list(seen) for seen in values]
        return cls(dimensions, distinct, np.concatenate(codes), list(starts), np.concatenate(start), cells)

    def stored(self) -> list[StoredBucket]:
        """What is stored of each bucket that has a cell."""
        order = np.argsort(self.start, kind="stable")
        cells, codes = self.cells.take(order), self.codes[order]
        ends = np.cumsum(np.bincount(self.start, minlength=len(self.starts)))
        found = []
        for start, first, end in zip(self.starts, [0, *ends][: len(ends)], ends, strict=True):
            if end > first:
                pairs = [np.unique(column, return_inverse=True) for column in codes[first:end].T]
                values = [[mine[code] for code in used] for mine, (used, _) in zip(self.values, pairs, strict=True)]
                places = np.concatenate([place for _, place in pairs]).astype(np.int64)
                packed = cells.take(np.arange(first, end)).to_bytes()
                found.append(StoredBucket(start=start, values=values, codes=codec.pack(places), cells=packed))
        return found

    def coarser(self, grain: Grain) -> Cube:
        """The same units in buckets of `grain`."""
        starts: dict[datetime, int] = {}
        bucket = np.asarray([starts.setdefault(floor(at, grain), len(starts)) for at in self.starts], dtype=np.intp)
        first, place = numbered([bucket[self.start], *self.codes.T])
        joined = self.cells.join(place, first.size)
        return replace(
            self, codes=self.codes[first], starts=list(starts), start=bucket[self.start][first], cells=joined
        )

    def where(self, wanted: Mapping[str, str | None]) -> Cube:
        """Only the units that have the `wanted` value of each dimension."""
        fits = np.ones(len(self.cells), dtype=np.bool_)
        for name, value in wanted.items():
            column = self.dimensions.index(name)
            fits &= np.asarray([mine == value for mine in self.values[column]], dtype=np.bool_)[self.codes[:, column]]
        kept = np.flatnonzero(fits)
        return replace(self, codes=self.codes[kept], start=self.start[kept], cells=self.cells.take(kept))

    def keep(self, dimensions: Dimensions) -> Cube:
        """The same cells, told apart by fewer dimensions."""
        places = [self.dimensions.index(name) for name in dimensions]
        values = [self.values[place] for place in places]
        return replace(self, dimensions=dimensions, values=values, codes=self.codes[:, places])

    def columns(self, dimensions: Sequence[str]) -> list[Index]:
        """The codes [n] of each of `dimensions`."""
        return [self.codes[:, self.dimensions.index(name)] for name in dimensions]

    def label(self, cell: int, dimensions: Sequence[str]) -> SliceValues:
        """The values of `dimensions` that a cell has."""
        places = [self.dimensions.index(name) for name in dimensions]
        return tuple(self.values[place][self.codes[cell, place]] for place in places)

    def rates(self, by: Sequence[Index], estimator: Estimator) -> tuple[Index, Rates]:
        """The rates of the cells that are alike in all columns `by` [n]: a cell of each point, and the rates."""
        first, place = numbered([*by, *self.columns((STRATUM,))], size=len(self.cells))
        cells = self.cells.join(place, first.size)
        heads, point = numbered([column[first] for column in by], size=first.size)
        (stratum,) = self.columns((STRATUM,))
        parts = parts_of(self.values[self.dimensions.index(STRATUM)], stratum[first])
        return first[heads], estimator.rates(Evidence(cells, point, heads.size, parts=parts))


def parts_of(names: Sequence[str | None], stratum: Index) -> Parts | None:
    """What cascades tell apart: the strata that cells belong to, each in the part `names[stratum[i]]`; None where
    there are no parts."""
    whole = [str(name) for name in names]
    if not any(map(is_part, whole)):
        return None
    strata: dict[str, int] = {}
    place = np.asarray([strata.setdefault(stratum_of(name), len(strata)) for name in whole], dtype=np.intp)
    order = np.argsort(np.argsort([part_begins(name) for name in whole], kind="stable"))
    return Parts(place[stratum], order[stratum])


def with_stratum(dimensions: Dimensions) -> Dimensions:
    """`dimensions` and the stratum, which no rate may do without."""
    return dimensions if STRATUM in dimensions else (*dimensions, STRATUM)


def numbered(columns: Sequence[Index], size: int = 0) -> tuple[Index, Index]:
    """The distinct rows of `columns`, ascending: the first place of each, and the number [n] of the row at a place.

    Each column is [n] codes >= 0; `size` is n where there is no column.
    """
    number = np.zeros(columns[0].size if columns else size, dtype=np.int64)
    bound = 1
    for column in columns:
        width = int(column.max()) + 1 if column.size else 1
        if bound * width >= _ROOM:
            distinct, number = np.unique(number, return_inverse=True)
            bound = distinct.size
        number, bound = number * width + column, bound * width
    _, first, place = np.unique(number, return_index=True, return_inverse=True)
    return first, place


def _coded(labels: Sequence[SliceValues], width: int) -> tuple[list[list[str | None]], Index]:
    """The distinct values at each of `width` places of `labels` [n], and the codes [n, width]."""
    seen: list[dict[str | None, int]] = [{} for _ in range(width)]
    codes = [[known.setdefault(one, len(known)) for known, one in zip(seen, label, strict=True)] for label in labels]
    return [list(known) for known in seen], np.asarray(codes, dtype=np.intp).reshape(-1, width)
