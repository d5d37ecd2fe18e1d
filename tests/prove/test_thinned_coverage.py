"""Proof by simulation that rates stay right and intervals cover while selection is thinned (-s prints the table)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.rush import BOTH, PACED, POOR, SLOW, Day, Found, measure_days

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1800)]
_rows: list[str] = []


@pytest.fixture(scope="module", autouse=True)
def table() -> Iterator[None]:
    """Prints what was measured when all is done."""
    yield
    print(
        "\n| day | true rate | lowest factor | mean | coverage | width | mean, nominal | coverage, nominal | unpaid |"
    )
    print("|---|---|---|---|---|---|---|---|---|", *_rows, sep="\n")


def record(day: Day, found: Found) -> None:
    cells = (
        day.name, f"{day.truth:.4f}", f"{found.lowest:.3f}", f"{found.stored.mean:.4f}",
        f"{found.stored.coverage:.3f}", f"{found.stored.width:.4f}", f"{found.nominal.mean:.4f}",
        f"{found.nominal.coverage:.3f}", f"{found.pending:.5f}",
    )  # fmt: skip
    _rows.append("| " + " | ".join(cells) + " |")


@pytest.mark.parametrize("day", [SLOW, POOR, PACED, BOTH], ids=lambda d: d.name)
def test_thinned_days(day: Day) -> None:
    found = measure_days(day, repeats=500, seed=50_000)
    record(day, found)
    assert found.lowest < 0.5
    assert found.pending < 0.005, "money ended before the day did"
    assert abs(found.stored.mean - day.truth) <= 4 * found.stored.error
    assert found.stored.coverage >= 0.93
    assert found.nominal.coverage < 0.6
    assert abs(found.nominal.mean - day.truth) > 6 * found.nominal.error
