"""Cells by bucket and label: what aggregation builds, what is stored of a bucket, and how both are sliced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

import numpy as np
import numpy.typing as npt

from evaluator.pipeline.buckets import Grain, floor
from evaluator.stats.cells import Cells
from evaluator.stats.rates import Rates, raw_rates
from evaluator.store.repositories.rollups import LABELS, Label, StoredBucket
from evaluator.store.repositories.slices import Dimensions

Places = npt.NDArray[np.intp]

SIDES: tuple[Dimensions, ...] = tuple(side for n in range(3) for side in combinations(LABELS, n))
"""The sets of dimensions whose slices are kept ready: none, each, and each two. More are merged when asked for."""
STRATUM = LABELS.index("stratum")


@dataclass(frozen=True, slots=True)
class Cube:
    """Cells of several buckets, each for one label; no bucket and label has two."""

    starts: list[datetime]
    labels: list[Label]
    start: Places
    """[n] place in `starts` of each cell."""
    label: Places
    """[n] place in `labels` of each cell."""
    cells: Cells

    @classmethod
    def read(cls, stored: Sequence[StoredBucket]) -> Cube:
        """The cells of `stored` buckets."""
        labels: dict[Label, int] = {}
        label = [labels.setdefault(found, len(labels)) for b in stored for found in b.labels]
        start = np.repeat(np.arange(len(stored)), [len(b.labels) for b in stored])
        cells = Cells.concat([Cells.from_bytes(b.cells) for b in stored])
        return cls([b.start for b in stored], list(labels), start, np.asarray(label, dtype=np.intp), cells)

    def stored(self) -> list[StoredBucket]:
        """What is stored of each bucket."""
        order = np.argsort(self.start, kind="stable")
        cells, label = self.cells.take(order), self.label[order]
        ends = np.cumsum(np.bincount(self.start, minlength=len(self.starts)))
        spans = zip(self.starts, [0, *ends[:-1]], ends, strict=True)
        return [
            StoredBucket(start, [self.labels[i] for i in label[a:b]], cells.take(np.arange(a, b)).to_bytes())
            for start, a, b in spans
            if b > a
        ]

    def coarser(self, grain: Grain) -> Cube:
        """The same units in buckets of `grain`."""
        starts: dict[datetime, int] = {}
        bucket = np.asarray([starts.setdefault(floor(s, grain), len(starts)) for s in self.starts], dtype=np.intp)
        found, place = np.unique(bucket[self.start] * len(self.labels) + self.label, return_inverse=True)
        at, label = np.divmod(found, max(1, len(self.labels)))
        return Cube(list(starts), self.labels, at, label, self.cells.join(place, found.size))

    def where(self, wanted: Mapping[str, str | None]) -> Cube:
        """Only the units whose labels are `wanted`, by dimension."""
        pairs = [(LABELS.index(name), value) for name, value in wanted.items()]
        fits = np.asarray([all(label[i] == v for i, v in pairs) for label in self.labels], dtype=np.bool_)
        kept = np.flatnonzero(fits[self.label])
        return Cube(self.starts, self.labels, self.start[kept], self.label[kept], self.cells.take(kept))

    def values(self, dimensions: Dimensions) -> tuple[list[Label], Places]:
        """The distinct values of `dimensions`, and the place of each cell's [n] among them."""
        columns, seen = [LABELS.index(name) for name in dimensions], dict[Label, int]()
        place = [seen.setdefault(tuple(label[i] for i in columns), len(seen)) for label in self.labels]
        return list(seen), np.asarray(place, dtype=np.intp)[self.label]


@dataclass(frozen=True, slots=True)
class Sliced:
    """The slices of a cube by each of `SIDES`: points, each of one slice and bucket, and the strata of each."""

    keys: list[tuple[Dimensions, Label]]
    """The slices."""
    key: Places
    """[p] place in `keys` of each point, ascending."""
    start: Places
    """[p] place in the cube's starts."""
    rates: Rates
    """[p]"""
    cells: Cells
    """[n] the strata of the points."""
    point: Places
    """[n] the point of each of the cells, ascending."""
    strata: list[str]
    """[n] their names."""


def sliced(cube: Cube) -> Sliced:
    """Every slice of `cube` by up to two dimensions, in each of its buckets."""
    keys: dict[tuple[Dimensions, Label], int] = {}
    by_label = np.asarray(
        [
            [keys.setdefault((side, tuple(label[LABELS.index(d)] for d in side)), len(keys)) for side in SIDES]
            for label in cube.labels
        ],
        dtype=np.intp,
    ).reshape(-1, len(SIDES))
    names, stratum = cube.values(("stratum",))
    slots = by_label[cube.label] * len(cube.starts) + cube.start[:, None]
    found, place = np.unique(slots * max(1, len(names)) + stratum[:, None], return_inverse=True)
    copies = np.repeat(np.arange(len(cube.cells)), len(SIDES))
    cells = cube.cells.take(copies).join(place.ravel(), found.size)
    slot, which = np.divmod(found, max(1, len(names)))
    points, point = np.unique(slot, return_inverse=True)
    key, start = np.divmod(points, max(1, len(cube.starts)))
    rates = raw_rates(cells, point, points.size)
    return Sliced(list(keys), key, start, rates, cells, point, [str(names[i][0]) for i in which])
