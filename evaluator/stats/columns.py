"""Tables with named columns: structured arrays whose fields are all eight bytes wide.

`table["name"]` is the column, without a copy; a field that is an array itself is a block of columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.uint64]
Places = npt.NDArray[np.intp]
Table = npt.NDArray[np.void]
"""[n] rows of a structured type."""
Row = np.dtype[np.void]
"""The names and types of a table's columns."""


def width(row: Row) -> int:
    """Number of columns, those of blocks counted one by one."""
    return row.itemsize // 8


def plain(table: Table, number: type[np.generic]) -> npt.NDArray[Any]:
    """[n, width] the same memory as `number`s, without names: for what is done to all columns alike."""
    return table.view(number).reshape(len(table), width(table.dtype))


def named(numbers: npt.NDArray[Any], row: Row) -> Table:
    """The table whose `plain` form is `numbers` [n, width]."""
    return np.ascontiguousarray(numbers).view(row).reshape(len(numbers))


def concat(tables: Sequence[Table]) -> Table:
    """The rows of all `tables` (at least one, all of one type), one table after the other."""
    row = tables[0].dtype
    return named(np.concatenate([plain(table, np.uint64) for table in tables]), row)


def totals(place: Places, values: Floats, size: int) -> Floats:
    """[size] sums of `values` [n] over equal `place` [n] in 0 ... size - 1."""
    return np.bincount(place, values, size).astype(np.float64)


def whole_totals(place: Places, values: Ints, size: int) -> Ints:
    """`totals` of whole numbers, exact."""
    found = np.zeros(size, dtype=np.int64)
    np.add.at(found, place, values)
    return found
