"""What the evaluators have in common: checked parameters, missing input, and law 4."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from evaluator.core.errors import FaithlineError, InvalidInput
from evaluator.core.outcome import Failure, Outcome, Reason
from evaluator.core.trace import Sample

T = TypeVar("T")
log = logging.getLogger(__name__)

_REASONS = {
    "answer": (Reason.NO_ANSWER, "the answer is empty"),
    "question": (Reason.NO_QUESTION, "the question is empty"),
    "context": (Reason.NO_CONTEXT, "there is no retrieved context to check the answer against"),
}


def number(name: str, value: object, low: float, high: float) -> float:
    """`value` as a float in [low, high]. Raises InvalidInput naming the parameter."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise InvalidInput(f"parameters.{name}", f"must be a number from {low:g} to {high:g}, got {value!r}")
    return float(value)


def text(name: str, value: object) -> str:
    """`value` as a string that is not empty. Raises InvalidInput naming the parameter."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput(f"parameters.{name}", f"must be a string that is not empty, got {value!r}")
    return value


def missing(sample: Sample, needs: Sequence[str]) -> Failure | None:
    """The failure for the first of `needs` that `sample` lacks, or None if it has all."""
    has = {
        "answer": bool(sample.answer.strip()),
        "question": bool(sample.question.strip()),
        "context": any(passage.text.strip() for passage in sample.passages),
    }
    for need in needs:
        if not has[need]:
            reason, message = _REASONS[need]
            return Failure(reason=reason, message=message)
    return None


def score_each(
    samples: Sequence[Sample], needs: Sequence[str], run: Callable[[list[Sample]], Sequence[Outcome]]
) -> list[Outcome]:
    """`run` on the samples that have what is needed, failures for the rest, in order.

    If `run` raises, each sample is tried alone, so that only the one that cannot be scored fails (law 4).
    """
    found: dict[int, Outcome] = {}
    for index, sample in enumerate(samples):
        failure = missing(sample, needs)
        if failure is not None:
            found[index] = failure
    rest = [index for index in range(len(samples)) if index not in found]
    if rest:
        chosen = [samples[index] for index in rest]
        found.update(zip(rest, _guarded(chosen, run), strict=True))
    return [found[index] for index in range(len(samples))]


def _guarded(samples: list[Sample], run: Callable[[list[Sample]], Sequence[Outcome]]) -> list[Outcome]:
    try:
        return list(run(samples))
    except FaithlineError:
        raise
    except Exception as error:  # law 4: whatever one sample does, the others get their scores
        if len(samples) > 1:
            return [outcome for sample in samples for outcome in _guarded([sample], run)]
        # The type alone: messages may quote the content, which is untrusted (law 8).
        log.exception("an evaluator failed on one sample")
        message = f"the evaluator failed on this sample ({type(error).__name__})"
        return [Failure(reason=Reason.EVALUATOR_ERROR, message=message)]


def opened(model: T | None) -> T:
    """`model`, or an error that says that `open()` comes first."""
    if model is None:
        raise FaithlineError("this evaluator is not open: call open() before score()")
    return model
