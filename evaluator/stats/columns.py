"""Tables of numbers whose columns have names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, Self, TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.uint64]
Index = npt.NDArray[np.intp]
Number = TypeVar("Number", np.float64, np.int64)


class Column(Generic[Number]):
    """A column of a `Table`, or a block of `width` columns: they follow each other as they are declared."""

    def __init__(self, width: int | None = None) -> None:
        self._width = width

    def __set_name__(self, owner: type[Table[Number]], name: str) -> None:
        start, end = owner.width, owner.width + (self._width or 1)
        self._place = start if self._width is None else slice(start, end)
        owner.places, owner.width = owner.places | {name: self._place}, end

    def __get__(self, table: Table[Number], owner: object = None) -> npt.NDArray[Number]:
        """[n], or [n, width]: the numbers of the table itself, not a copy of them."""
        found: npt.NDArray[Number] = table.numbers[:, self._place]
        return found


class Table(Generic[Number]):
    """n rows of numbers. What is done alike to all columns is done to `numbers`, the rest by the names that a
    subclass gives to them."""

    __slots__ = ("numbers",)
    places: ClassVar[dict[str, int | slice]] = {}
    """Of each column."""
    width: ClassVar[int] = 0
    """Number of columns, those of blocks counted one by one."""

    def __init__(self, numbers: npt.NDArray[Number]) -> None:
        self.numbers: npt.NDArray[Number] = numbers
        """[n, width]"""

    @classmethod
    def of(cls, **columns: npt.NDArray[Any]) -> Self:
        """Out of all `columns` by name, each [n], or [n, width]."""
        if columns.keys() != cls.places.keys():
            raise TypeError(f"{cls.__name__} has the columns {', '.join(cls.places)}")
        some, *_ = columns.values()
        numbers = np.empty((len(some), cls.width), dtype=np.result_type(*columns.values()))
        for name, place in cls.places.items():
            numbers[:, place] = columns[name]
        return cls(numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, index: Index) -> Self:
        """The rows at `index` [j]."""
        return type(self)(self.numbers.take(index, axis=0))

    @classmethod
    def concat(cls, parts: Sequence[Self]) -> Self:
        """The rows of all `parts` (at least one), one after the other."""
        return cls(np.concatenate([part.numbers for part in parts]))

    def joined(self, place: Index, size: int) -> Self:
        """`size` rows, each the sum of those rows whose `place` [n] it is."""
        total = whole_totals if self.numbers.dtype == np.int64 else totals
        return type(self)(np.stack([total(place, column, size) for column in self.numbers.T], axis=1))


def totals(place: Index, values: npt.NDArray[Any], size: int) -> Floats:
    """[size] sums of `values` [n] over equal `place` [n] in 0 ... size - 1."""
    return np.bincount(place, values, size).astype(np.float64, copy=False)


def whole_totals(place: Index, values: npt.NDArray[Any], size: int) -> Ints:
    """`totals` of whole numbers, exact."""
    found = np.zeros(size, dtype=np.int64)
    np.add.at(found, place, values)
    return found
