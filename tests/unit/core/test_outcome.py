"""Scores are numbers; a failure says why there is none, and whether the criterion applies at all."""

from __future__ import annotations

import pytest

from evaluator.core.errors import FaithlineError
from evaluator.core.outcome import Failure, Reason, Score


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_score_is_finite(value: float) -> None:
    with pytest.raises(FaithlineError, match="return a Failure instead"):
        Score(value=value)


def test_only_what_a_sample_lacks_is_a_skip() -> None:
    skipped = {reason for reason in Reason if Failure(reason=reason).skipped}
    assert skipped == {
        Reason.NO_CONTEXT, Reason.NO_ANSWER, Reason.NO_QUESTION, Reason.NO_GOLDEN_MATCH,
        Reason.NO_SYSTEM_PROMPT, Reason.NO_TOOL_CALLS, Reason.DOES_NOT_APPLY,
    }  # fmt: skip
