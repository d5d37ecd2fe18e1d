"""The table of limits, and the page that shows it."""

from __future__ import annotations

from pathlib import Path

from evaluator.core.bounds import TABLE
from evaluator.core.retry import MAX_ATTEMPTS, Limits
from evaluator.text import limits

PAGE = (Path(__file__).parents[3] / "docs" / "limits.md").read_text()


def test_the_page_shows_every_row_as_it_is() -> None:
    assert len(TABLE) > 40
    assert len(limits.TABLE) > 15
    missing = [b.name for b in (*TABLE, *limits.TABLE) if f"| {b.name} | {b.range} | {b.beyond} |" not in PAGE]
    assert not missing


def test_the_page_says_what_scoring_may_take() -> None:
    told = Limits()
    for number in (MAX_ATTEMPTS, told.batch_seconds, told.sample_seconds):
        assert f"{number:,.15g}" in PAGE
    assert str(told.memory_mb) in PAGE
