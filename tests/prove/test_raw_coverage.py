"""Proof by simulation that the raw rate is right on average and that its interval covers (-s prints the table)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.simulation import LONG, PLAIN, STRATIFIED, Design, Row, measure

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1800)]
RATES, SIZES = (0.005, 0.02, 0.1, 0.3), (50, 300, 3000)
HARD = (
    Design("errors 100 %, rest 2 %", (1.0, 0.02), session=8.0),
    Design("half scored", pending=(0.1, 0.6)),
    Design("sticky sessions", (1.0, 0.3), session=12.0, correlation=0.6),
)
_rows: list[str] = []


@pytest.fixture(scope="module", autouse=True)
def table() -> Iterator[None]:
    """Prints what was measured when all is done."""
    yield
    print("\n| design | rate | scored | mean | coverage | below | above | width | naive coverage | naive width |")
    print("|---|---|---|---|---|---|---|---|---|---|", *sorted(_rows), sep="\n")


def record(design: Design, scored: int, row: Row) -> None:
    cells = (
        design.name, f"{row.truth:.4f}", str(scored), f"{row.mean:.4f}", f"{row.coverage:.3f}", f"{row.below:.3f}",
        f"{row.above:.3f}", f"{row.width:.4f}", f"{row.naive_coverage:.3f}", f"{row.naive_width:.4f}",
    )  # fmt: skip
    _rows.append("| " + " | ".join(cells) + " |")


@pytest.mark.parametrize("scored", SIZES)
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("design", [PLAIN, STRATIFIED, LONG], ids=lambda d: d.name)
def test_coverage(design: Design, rate: float, scored: int) -> None:
    row = measure(design, scored, rate, repeats=2000 if scored < 3000 else 1200, seed=20_000 + scored)
    record(design, scored, row)
    assert row.coverage >= 0.93
    assert abs(row.mean - row.truth) <= 4 * row.error + (0.1 * row.spread if scored < 3000 else 0.0)
    if design is not PLAIN and scored == 3000:
        assert row.naive_coverage < 0.75


@pytest.mark.parametrize(("rate", "scored"), [(0.02, 300), (0.1, 600), (0.02, 3000), (0.3, 300)])
@pytest.mark.parametrize("design", HARD, ids=lambda d: d.name)
def test_coverage_of_hard_designs(design: Design, rate: float, scored: int) -> None:
    row = measure(design, scored, rate, repeats=1500, seed=30_000 + scored)
    record(design, scored, row)
    assert row.coverage >= 0.925


@pytest.mark.parametrize("scored", [5, 10, 25])
def test_tiny_windows_promise_nothing(scored: int) -> None:
    row = measure(STRATIFIED, scored, 0.1, repeats=1500, seed=40_000 + scored)
    record(STRATIFIED, scored, row)
    assert row.coverage >= 0.95
