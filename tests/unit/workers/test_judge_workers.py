"""Verdicts through real judge workers, of a provider that misbehaves, while one of them is killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.chaos_judge.run import run

pytestmark = [pytest.mark.postgres, pytest.mark.redis]


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("budget", [pytest.param(1000.0, marks=pytest.mark.prove), 0.12])
def test_no_verdict_is_lost_doubled_or_unpaid_when_a_worker_is_killed(
    postgres_url: str, tmp_path: Path, budget: float
) -> None:
    libpq = postgres_url.replace("+psycopg", "")
    short = budget < 1
    came = run(
        "a few", tmp_path, 200, budget, 1, still=20.0 if short else 200.0, database=libpq, workers=1,
        within=0.05 if short else 0.5,
    )  # fmt: skip
    assert came.problems == []
    assert came.caught == came.kills == 1
    assert came.calls > 0
    assert came.faults or short, "the provider did not misbehave"  # what a short budget buys may meet none
    assert (came.found.waiting > 0) == short
    assert came.found.planned == 200
