"""Cells hold the right sums, merge by key, and refuse what is not a cell."""

from __future__ import annotations

import numpy as np
import pytest

from evaluator.stats.cells import Cells
from evaluator.stats.units import State

U, P, S, F, K = State.UNSELECTED, State.PENDING, State.SCORED, State.FAILED, State.SKIPPED


def test_sums_by_hand() -> None:
    cell = Cells.of(
        weight=[0.0, 2.0, 4.0, 4.0, 10.0, 1.0, 3.0],
        bad=[np.nan, np.nan, 1.0, 0.5, np.nan, np.nan, 0.25],
        state=[U, P, S, S, F, K, S],
        cluster=[7, 7, 7, 0, 9, 0, 7],
        upstream=[1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 1.0],
    )
    assert cell.counts.settled.tolist() == [7]
    assert cell.counts.alone_scored.tolist() == [1]
    assert cell.counts.selected.tolist() == [[1, 3, 1, 1]]
    assert cell.sums.traffic.tolist() == [9.0]
    assert cell.sums.weighted_bad.tolist() == [4.0 + 2.0 + 0.75]
    assert cell.sums.weight.tolist() == [[2.0, 11.0, 10.0, 1.0]]
    assert cell.sums.alone_squared_weight.tolist() == [[0.0, 16.0, 0.0, 1.0]]
    assert cell.sums.alone_squared_weight_bad.tolist() == [8.0]
    assert cell.sums.alone_squared_weighted_bad.tolist() == [4.0]
    assert cell.sums.alone_fourth_weight.tolist() == [256.0]
    assert cell.keys.tolist() == [7, 9]
    assert cell.clusters.weight.tolist() == [[2.0, 7.0, 0.0, 0.0], [0.0, 0.0, 10.0, 0.0]]
    assert cell.clusters.weighted_bad.tolist() == [4.75, 0.0]
    assert cell.clusters.squared_weight.tolist() == [25.0, 0.0]
    assert cell.clusters.squared_totals.tolist() == cell.clusters.rank.tolist() == [0.0, 0.0]
    assert not cell.coarse.any()


def test_many_cells_are_each_of_them() -> None:
    rng, n = np.random.default_rng(3), 400
    columns = (rng.uniform(1, 9, n), rng.random(n), rng.integers(-1, 4, n), rng.integers(0, 30, n))
    place = rng.integers(0, 5, n)
    many = Cells.of(*columns, place=place, size=6)
    for i in range(6):
        one = Cells.of(*(c[place == i] for c in columns))
        assert many.take(np.array([i])).is_close(one)
    shuffled = np.array([4, 0, 0, 5, 2])
    assert many.take(shuffled).is_close(Cells.concat([many.take(np.array([i])) for i in shuffled]))
    assert Cells.from_bytes(many.to_bytes()).is_close(many, rtol=0)


def test_a_session_in_two_buckets_is_joined() -> None:
    first, second = Cells.of([2.0], [1.0], [S], [5]), Cells.of([2.0, 2.0], [0.0, 1.0], [S, S], [5, 0])
    merged = Cells.merge([first, second])
    assert merged.keys.tolist() == [5]
    assert merged.clusters.weight[:, S].tolist() == [4.0]
    assert merged.counts.alone_scored.tolist() == [1]


def test_the_largest_key_survives() -> None:
    key = np.array([2**64 - 1, 2**63 + 1], dtype=np.uint64)
    cell = Cells.from_bytes(Cells.of([1.0, 1.0], [1.0, 0.0], [S, S], key).to_bytes())
    assert cell.keys.tolist() == [2**63 + 1, 2**64 - 1]


def test_nothing_is_a_cell_too() -> None:
    empty = Cells.merge([])
    assert (len(empty), empty.counts.settled.tolist(), empty.keys.size) == (1, [0], 0)
    assert Cells.from_bytes(empty.to_bytes()).is_close(empty, rtol=0)
    one = Cells.of([1.0], [1.0], [S], [3])
    assert Cells.merge([empty, one, empty]).is_close(one, rtol=0)


def test_is_close_sees_differences() -> None:
    base = Cells.of([2.0, 2.0], [1.0, 0.0], [S, S], [5, 6])
    assert not base.is_close(Cells.of([2.0, 2.0], [0.0, 1.0], [S, S], [5, 6]))
    assert not base.is_close(Cells.of([2.0, 2.0], [1.0, 0.0], [S, S], [5, 5]))
    assert not base.is_close(Cells.of([2.0, 2.0], [1.0, 0.0], [S, F], [5, 6]))
    assert not base.is_close(Cells.of([2.0, 2.0, 1.0], [1.0, 0.0, 0.0], [S, S, U], [5, 6, 0]))


@pytest.mark.parametrize(
    "arrays",
    [
        ([1.0, 1.0], [0.0], [S], [0]),
        ([[1.0]], [[0.0]], [[S]], [[0]]),
        ([0.0], [0.0], [S], [0]),
        ([-2.0], [0.0], [P], [0]),
        ([np.inf], [0.0], [F], [0]),
        ([np.nan], [0.0], [K], [0]),
        ([1.0], [1.5], [S], [0]),
        ([1.0], [np.nan], [S], [0]),
        ([1.0], [0.0], [4], [0]),
        ([1.0], [0.0], [-2], [0]),
        ([1.0], [0.0], [S], [0], [0.0]),
        ([1.0], [0.0], [S], [0], [1.0, 1.0]),
    ],
)
def test_arrays_out_of_range_are_refused(arrays: tuple[list[float], ...]) -> None:
    with pytest.raises(ValueError, match=r"weight|bad|State"):
        Cells.of(*arrays)


def test_torn_foreign_and_later_bytes_are_refused() -> None:
    data = Cells.of([1.0, 3.0], [1.0, 0.0], [S, S], [5, 0]).to_bytes()
    for broken in (b"", data[:8], data[:-4], b"XX" + data[2:], data[:2] + b"\x63" + data[3:], data[:-1] + b"\x00"):
        with pytest.raises(ValueError, match="cell"):
            Cells.from_bytes(broken)
    flipped = bytearray(data)
    flipped[8] ^= 1
    with pytest.raises(ValueError, match="torn"):
        Cells.from_bytes(bytes(flipped))


def test_bytes_are_compact() -> None:
    rng, n = np.random.default_rng(0), 6000
    cell = Cells.of(np.full(n, 10.0), rng.random(n) < 0.1, np.full(n, S), rng.integers(1, 2**63, n, dtype=np.uint64))
    assert len(cell.to_bytes()) < 11 * n, "eight bytes of key and little else"
    lone = Cells.of(np.full(n, 10.0), rng.random(n) < 0.1, np.full(n, S), np.zeros(n))
    assert len(lone.to_bytes()) < 200
