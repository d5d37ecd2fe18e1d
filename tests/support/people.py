"""A user of whom nothing is to be left, and what the rates say."""

from __future__ import annotations

from typing import Any

from evaluator.pipeline.series.read import SeriesQuery, read_series
from tests.support.house import PROJECT, House

ADA = "ada@example.org"


def series(house: House) -> list[Any]:
    with house.store.read() as unit:
        found = read_series(unit, PROJECT, SeriesQuery())
    return [(p.start, p.rate.estimate, p.rate.low, p.rate.high, p.rate.counts) for s in found for p in s.points]
