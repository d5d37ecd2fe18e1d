"""Proof by simulation that the intervals of agreement cover (-s prints the table)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.judged import coverage

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1800)]
_rows: list[str] = []


@pytest.fixture(scope="module", autouse=True)
def table() -> Iterator[None]:
    """Prints what was measured when all is done."""
    yield
    print(
        "\n| clusters | measure | truth | mean | coverage | truth below | truth above | width | width/spread | told |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|", *_rows, sep="\n")


@pytest.mark.parametrize("clusters", [15, 40, 150])
@pytest.mark.parametrize("centre", [-1.0, -3.0])
def test_intervals_cover(clusters: int, centre: float) -> None:
    rows = list(coverage(clusters, centre, repeats=600, seed=clusters))
    for row in rows:
        cells = (
            str(clusters), row.name, f"{row.truth:.3f}", f"{row.mean:.3f}", f"{row.covered:.3f}", f"{row.below:.3f}",
            f"{row.above:.3f}", f"{row.width:.3f}", f"{row.width / row.spread:.2f}", f"{row.told:.3f}",
        )  # fmt: skip
        _rows.append("| " + " | ".join(cells) + " |")
    for row in rows:
        assert row.covered >= 0.92, row
        if clusters == 150:
            assert row.width <= 1.5 * row.spread, row
    assert sum(row.covered for row in rows) / len(rows) >= 0.95
