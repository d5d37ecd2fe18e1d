"""What scoring may take, and the page that says so."""

from __future__ import annotations

import re
from pathlib import Path

from evaluator.core.retry import MAX_ATTEMPTS, Limits
from evaluator.text import limits

PAGE = (Path(__file__).parents[3] / "docs" / "limits.md").read_text()


def test_the_page_shows_what_is_read_of_a_sample() -> None:
    assert len(limits.TABLE) > 15
    told = PAGE[PAGE.index("## Scoring") :]
    missing = [b.name for b in limits.TABLE if not re.search(rf"\| {re.escape(b.name)} \| [^|]*{b.most:,.15g}", told)]
    assert not missing
    assert not [b.name for b in limits.TABLE if f"| {b.beyond} |" not in told]


def test_the_page_says_what_scoring_may_take() -> None:
    told = Limits()
    for number in (MAX_ATTEMPTS, told.batch_seconds, told.sample_seconds):
        assert f"{number:,.15g}" in PAGE
    assert str(told.memory_mb) in PAGE
