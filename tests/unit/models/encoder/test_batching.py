"""Batches are full, hardly padded, and leave nothing out."""

from __future__ import annotations

import random

import numpy as np
import pytest

from evaluator.models.encoder.batching import distinct_rows, plan_batches


@pytest.mark.parametrize("seed", range(5))
def test_every_row_once_and_within_the_budget(seed: int) -> None:
    rng = random.Random(seed)
    lengths = [rng.choice([3, 5, 20, 60, 250]) + rng.randrange(5) for _ in range(200)]
    batches = plan_batches(lengths, 2048)
    assert sorted(i for batch in batches for i in batch) == list(range(200))
    for batch in batches:
        assert sum(lengths[i] for i in batch) <= 2048


def test_a_row_above_the_budget_runs_alone() -> None:
    assert plan_batches([10, 900, 10], 512) == [[1], [0, 2]]


def test_padding_is_small() -> None:
    rng = random.Random(1)
    lengths = [int(rng.lognormvariate(4, 1)) % 500 + 2 for _ in range(2000)]
    batches = plan_batches(lengths, 8192)
    padded = sum(len(b) * max(lengths[i] for i in b) for b in batches)
    assert padded < 1.5 * sum(lengths), "memory of results; padding is not computed"
    assert len(batches) < 0.1 * len(lengths)


def test_no_rows_no_batches() -> None:
    assert plan_batches([], 8192) == []


def test_equal_rows_are_found() -> None:
    rows = [np.array([1, 2]), np.array([3]), np.array([1, 2])]
    distinct, places = distinct_rows(rows)
    assert [row.tolist() for row in distinct] == [[1, 2], [3]]
    assert places == [0, 1, 0]
