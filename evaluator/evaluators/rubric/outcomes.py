"""What verdicts on a sample come to: a score with what there is to tell of it, or a failure with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import fmean, pstdev
from typing import Any

from evaluator.core.criterion import BAD_FROM
from evaluator.core.judge import JudgeError
from evaluator.core.outcome import Failure, Outcome, Reason, Score, ScoreKind
from evaluator.core.rubric import Rubric
from evaluator.core.trace import Sample
from evaluator.evaluators.common import whole
from evaluator.evaluators.rubric.asking import Heard, Spent
from evaluator.judges.prompt import CANNOT_TELL, DOES_NOT_APPLY


def outcome_of(
    rubric: Rubric,
    sample: Sample,
    heard: Sequence[Heard],
    spent: Spent,
    *,
    again: Heard | None = None,
    parts: int = 1,
    suspected: Sequence[str] = (),
) -> Outcome:
    """The outcome of the verdicts `heard` (one or more), whose mean value counts.

    `again` is what the same judge said when it was asked once more, which changes nothing; the sample was read in
    `parts`, and `suspected` is what in it seems to be meant for a judge.
    """
    label = _most_said(heard)
    first = next(one for one in heard if one.verdict.label == label)
    details = _calls(spent, suspected) | _verdicts(heard) | ({"model": first.model} if first.model else {})
    if first.chances is not None:
        details["probabilities"] = {name: round(p, 4) for name, p in first.chances.items()}
    if again is not None:
        details["again"] = {"label": again.verdict.label, "value": again.value}
    if parts > 1:
        details["parts"] = parts
    if label in (CANNOT_TELL, DOES_NOT_APPLY):
        return Failure(reason=Reason(label), message=first.verdict.reason, cost=spent.usd, details=details)
    bad = rubric.scale.bad(label)
    return Score(
        value=fmean(one.value for one in heard if one.value is not None),
        label=label,
        explanation=first.verdict.reason,
        evidence=whole(sample.answer, label, max(BAD_FROM, bad)) if bad >= BAD_FROM else (),
        kind=ScoreKind.JUDGE,
        cost=spent.usd,
        details=details,
    )


def failure_of(error: JudgeError, spent: Spent, suspected: Sequence[str] = ()) -> Failure:
    """Why there is no score. Only what nothing was spent on is given back as if it had never been tried."""
    return Failure(
        reason=error.reason,
        message=str(error),
        retryable=error.retryable or error.wait is not None,
        cost=spent.usd,
        wait=error.wait if spent.charged == 0 else None,
        details=_calls(spent, suspected),
    )


def _calls(spent: Spent, suspected: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"calls": spent.charged, "tries": spent.tries}
    if spent.answered != spent.charged:  # whoever tells the time of a reply divides by this
        found["answered"] = spent.answered
    if spent.answered:
        found["seconds"] = round(spent.seconds, 3)
        found["tokens"] = {
            "input": spent.input_tokens, "cached": spent.cached_tokens, "output": spent.output_tokens,
        }  # fmt: skip
    return found | ({"suspected": list(suspected)} if suspected else {})


def _verdicts(heard: Sequence[Heard]) -> dict[str, Any]:
    found: dict[str, Any] = {"repaired": any(one.repaired for one in heard)}
    if len(heard) > 1:
        values = [one.value for one in heard if one.value is not None]
        found["verdicts"] = [one.verdict.label for one in heard]
        if values:  # there are none where it could not tell, each time
            found["spread"] = round(pstdev(values), 4)
    return found


def _most_said(heard: Sequence[Heard]) -> str:
    """The label that most verdicts name; of several, the one in the middle of all by value, so that no tie is broken
    towards good or bad by chance."""
    counts = Counter(one.verdict.label for one in heard)
    most = max(counts.values())
    tied = [one for one in heard if counts[one.verdict.label] == most]
    return sorted(tied, key=lambda one: -1.0 if one.value is None else one.value)[len(tied) // 2].verdict.label
