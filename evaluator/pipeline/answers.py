"""Asks an evaluator, and makes what it says safe to store: it may raise, return and say anything."""

from __future__ import annotations

import math
import signal
from collections.abc import Mapping, Sequence
from operator import index
from typing import Any

import structlog

from evaluator.core.errors import FaithlineError, told
from evaluator.core.evaluator import Evaluator
from evaluator.core.outcome import Evidence, Failure, Outcome, Reason, Score, ScoreKind
from evaluator.core.trace import Sample
from evaluator.ingest.clean import clean_number, clean_text

log = structlog.get_logger()

MAX_LABEL, MAX_EXPLANATION, MAX_MESSAGE = 200, 10_000, 2_000
"""Characters; what is longer is cut."""
MAX_EVIDENCE = 5_000
"""Marks of one score; further ones are left out."""
MAX_DETAILS, MAX_DEPTH = 262_144, 32
"""Characters and values of details, and levels of them; larger ones are left out as a whole."""
MAX_USD = 1e6
"""What a single call may be said to have cost."""
_MAX_OFFSET = 2**53


def score_samples(evaluator: Evaluator, samples: Sequence[Sample], *, once: bool = False) -> list[Outcome]:
    """`evaluator.score(samples)`, made safe: a batch that fails is scored one by one (law 4), unless `once`."""
    try:
        found = evaluator.score(samples)
        if not isinstance(found, list | tuple):
            raise FaithlineError(f"{evaluator.spec.name} gave a {type(found).__name__} instead of a list")
        outcomes = [*found]
        if len(outcomes) != len(samples):
            raise FaithlineError(f"{evaluator.spec.name} gave {len(outcomes)} outcomes for {len(samples)} samples")
    except BaseException as error:
        if is_interrupt(error):
            raise
        log.warning("batch_failed", evaluator=evaluator.spec.name, size=len(samples), error=type(error).__name__)
        if len(samples) > 1 and not once:
            return [score_samples(evaluator, [sample])[0] for sample in samples]
        return [Failure(reason=Reason.EVALUATOR_ERROR, message=told(error), retryable=True)] * len(samples)
    return [checked(outcome) for outcome in outcomes]


def is_interrupt(error: BaseException) -> bool:
    """Whether a user has pressed Ctrl-C; all else that comes out of an evaluator is its own, SystemExit too."""
    return isinstance(error, KeyboardInterrupt) and signal.getsignal(signal.SIGINT) is signal.default_int_handler


def checked(outcome: Any) -> Outcome:
    """An outcome of bounded size that both databases can store; a failure where it is none."""
    try:
        if isinstance(outcome, Score):
            return _score(outcome)
        if isinstance(outcome, Failure):
            return _failure(outcome)
        problem = f"a {type(outcome).__name__} is neither a Score nor a Failure"
    except BaseException as error:
        if is_interrupt(error):
            raise
        problem = told(error)
    return Failure(reason=Reason.INVALID_OUTPUT, message=_text(problem, MAX_MESSAGE), retryable=True)


def _score(score: Score) -> Score:
    value: Any = score.value
    if isinstance(value, str | bytes):
        raise FaithlineError("a score must be a number, not a text")
    return Score(
        value=float(value),
        label=None if score.label is None else _text(score.label, MAX_LABEL),
        explanation=_text(score.explanation, MAX_EXPLANATION),
        evidence=tuple(_mark(mark) for mark in score.evidence[:MAX_EVIDENCE]),
        kind=ScoreKind(score.kind),
        cost=_cost(score.cost),
        details=_details(score.details),
    )


def _failure(failure: Failure) -> Failure:
    return Failure(
        reason=Reason(failure.reason),
        message=_text(failure.message, MAX_MESSAGE),
        retryable=bool(failure.retryable),
        cost=_cost(failure.cost),
        wait=_cost(failure.wait),
        details=_details(failure.details),
    )


def _mark(mark: Evidence) -> Evidence:
    confidence = float(mark.confidence)
    if not math.isfinite(confidence):
        raise FaithlineError(f"a confidence must be a finite number, got {confidence}")
    return Evidence(
        start=_offset(mark.start),
        end=_offset(mark.end),
        label=_text(mark.label, MAX_LABEL),
        confidence=confidence,
        field=_text(mark.field, MAX_LABEL),
        passage=_place(mark.passage),
        passage_start=_place(mark.passage_start),
        passage_end=_place(mark.passage_end),
    )


def _place(offset: int | None) -> int | None:
    return None if offset is None else _offset(offset)


def _offset(offset: int) -> int:
    if not 0 <= (place := index(offset)) < _MAX_OFFSET:
        raise FaithlineError("an offset must be a number of characters")
    return place


def _text(text: str, longest: int) -> str:
    if not isinstance(text, str):
        raise FaithlineError(f"a {type(text).__name__} stands where a text must be")
    return clean_text(str(text[:longest]))


def _cost(cost: float | None) -> float | None:
    """What a call cost (US dollars); none where that is no amount of money, so that its bound is charged."""
    if not isinstance(cost, int | float) or not cost >= 0:
        return None
    return min(float(cost), MAX_USD)


def _details(details: Any) -> dict[str, Any]:
    try:
        if not isinstance(details, Mapping):
            raise FaithlineError(f"details must be an object, not a {type(details).__name__}")
        found: dict[str, Any] = _plain(details, [MAX_DETAILS], 0)
    except FaithlineError as error:
        return {"omitted": str(error)}
    return found


def _plain(value: Any, room: list[int], depth: int) -> Any:
    """A copy as plain JSON. Raises FaithlineError for what is none, and where it does not fit into `room`."""
    room[0] -= 1 + (len(value) if isinstance(value, str) else 0)
    room[0] -= value.bit_length() // 4 if isinstance(value, int) else 0
    if room[0] < 0:
        raise FaithlineError(f"details are larger than {MAX_DETAILS:,} characters")
    if depth > MAX_DEPTH:
        raise FaithlineError(f"details are nested deeper than {MAX_DEPTH} levels")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return clean_text(str(value))
    if isinstance(value, int):
        return clean_number(int(value))
    if isinstance(value, float):
        return clean_number(float(value))
    if isinstance(value, Mapping):
        return {_plain(str(key), room, depth): _plain(item, room, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, room, depth + 1) for item in value]
    raise FaithlineError(f"details hold a {type(value).__name__}, which JSON does not have")
