"""What came of evaluating one sample: a score with its evidence, or a failure with its reason."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeGuard

from evaluator.core.errors import FaithlineError


class ScoreKind(StrEnum):
    """Who or what produced a score."""

    HUMAN = "human"
    JUDGE = "judge"
    MODEL = "model"
    CODE = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why a score is what it is, in characters that a page can mark.

    `start` and `end` are character offsets into the field named by `field` (``"answer"`` unless said otherwise;
    ``"context"`` is the passage named by `passage`, and `passage_start` and `passage_end` say the same again);
    `passage`, `passage_start` and `passage_end` point at the retrieved text that supports or contradicts them.
    `label` is what is said of the characters (``"unsupported"``, ``"contradicted"``, ``"supported"`` …),
    `confidence` in [0, 1].
    """

    start: int
    end: int
    label: str
    confidence: float
    field: str = "answer"
    passage: int | None = None
    passage_start: int | None = None
    passage_end: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A value on the evaluator's own scale (`EvaluatorSpec.range`), never NaN and never infinite."""

    value: float
    label: str | None = None
    explanation: str = ""
    evidence: tuple[Evidence, ...] = ()
    kind: ScoreKind = ScoreKind.MODEL
    cost: float | None = None
    """What it cost in US dollars; where an evaluator with a price does not say, its upper bound is charged."""
    details: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise FaithlineError(f"a score must be a finite number, got {self.value}; return a Failure instead")


class Reason(StrEnum):
    """Why there is no score. A closed list, so that pages and rates can count by it."""

    NO_CONTEXT = "no_context"
    NO_ANSWER = "no_answer"
    NO_QUESTION = "no_question"
    NO_GOLDEN_MATCH = "no_golden_match"
    NO_SYSTEM_PROMPT = "no_system_prompt"
    NO_TOOL_CALLS = "no_tool_calls"
    DOES_NOT_APPLY = "does_not_apply"
    CANNOT_TELL = "cannot_tell"
    """A judge read everything and says that it does not suffice to decide."""
    REFUSED = "refused"
    """A judge would not judge."""
    TOO_LONG = "too_long"
    INVALID_INPUT = "invalid_input"
    INVALID_OUTPUT = "invalid_output"
    EVALUATOR_ERROR = "evaluator_error"
    EVALUATOR_MISSING = "evaluator_missing"
    PROVIDER_ERROR = "provider_error"
    TIMEOUT = "timeout"
    CRASH = "crash"


SKIPS = frozenset({
    Reason.NO_CONTEXT, Reason.NO_ANSWER, Reason.NO_QUESTION, Reason.NO_GOLDEN_MATCH, Reason.NO_SYSTEM_PROMPT,
    Reason.NO_TOOL_CALLS, Reason.DOES_NOT_APPLY,
})  # fmt: skip
"""Failures that say the criterion does not apply, rather than that something broke; counted apart as *skipped*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """No score, and why. Never 0, never NaN; it stays in the denominator of what was selected."""

    reason: Reason
    message: str = ""
    retryable: bool = False
    cost: float | None = None
    """As of a score: a call that failed may have been charged all the same, so 0 only where it is known."""
    wait: float | None = None
    """Nothing was tried, as whoever is asked can not be reached for now: the job is given back, not counted as tried,
    and comes again in so long (s)."""
    details: dict[str, Any] = field(default_factory=dict)
    """As of a score: what there is to tell of how it came to this."""

    @property
    def skipped(self) -> bool:
        """Whether the sample lacks what the evaluator needs (as opposed to the evaluator having failed)."""
        return self.reason in SKIPS


Outcome = Score | Failure


def is_waiting(outcome: Outcome) -> TypeGuard[Failure]:
    """Whether nothing was tried, as whoever is asked could not be reached (`Failure.wait`)."""
    return isinstance(outcome, Failure) and outcome.wait is not None
