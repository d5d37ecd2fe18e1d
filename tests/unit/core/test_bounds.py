"""What scoring may take, and the page that says so."""

from __future__ import annotations

from pathlib import Path

from evaluator.core.retry import MAX_ATTEMPTS, Limits
from evaluator.text import limits

PAGE = (Path(__file__).parents[3] / "docs" / "limits.md").read_text()


def test_the_page_says_what_scoring_may_take() -> None:
    told = Limits()
    for number in (
        limits.QUESTION_CHARS, limits.ANSWER_CHARS, limits.CONTEXT_CHARS, limits.PASSAGES, MAX_ATTEMPTS,
        told.batch_seconds, told.sample_seconds,
    ):  # fmt: skip
        assert f"{number:,.15g}" in PAGE
    assert str(told.memory_mb) in PAGE
