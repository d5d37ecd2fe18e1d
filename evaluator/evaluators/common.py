"""What the evaluators have in common: checked parameters, input that is missing or too large, and law 4."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from evaluator.core.errors import FaithlineError, InvalidInput
from evaluator.core.evaluator import EvaluatorSpec
from evaluator.core.outcome import Evidence, Failure, Outcome, Reason
from evaluator.core.trace import Sample
from evaluator.core.unknown import shortened
from evaluator.text.groups import in_groups
from evaluator.text.limits import ANSWER, CONTEXT, MARKS, PASSAGES, QUESTION

T = TypeVar("T")
log = logging.getLogger(__name__)

_LIMITS = {
    ("question", "characters"): QUESTION.size,
    ("answer", "characters"): ANSWER.size,
    ("context", "characters"): CONTEXT.size,
    ("context", "passages"): PASSAGES.size,
}
_CHARS_AT_ONCE = 2_000_000
"""Characters of the samples that are in memory together."""
_REASONS = {
    "answer": (Reason.NO_ANSWER, "the answer is empty"),
    "question": (Reason.NO_QUESTION, "the question is empty"),
    "context": (Reason.NO_CONTEXT, "there is no retrieved context to check the answer against"),
    "system_prompt": (Reason.NO_SYSTEM_PROMPT, "there is no system prompt"),
    "tool_calls": (Reason.NO_TOOL_CALLS, "no tool was called"),
}


def number(name: str, value: object, low: float, high: float) -> float:
    """`value` as a float in [low, high]. Raises InvalidInput naming the parameter."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise InvalidInput(f"parameters.{name}", f"must be a number from {low:g} to {high:g}, got {quoted(value)}")
    return float(value)


def quoted(value: object) -> str:
    """A value as an error says it: whoever sent it may have sent a megabyte."""
    return shortened(repr(value))


def text(name: str, value: object) -> str:
    """`value` as a string that is not empty. Raises InvalidInput naming the parameter."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput(f"parameters.{name}", f"must be a string that is not empty, got {quoted(value)}")
    return value


def with_threshold(spec: EvaluatorSpec, threshold: float) -> EvaluatorSpec:
    """The spec of an evaluator whose model has a threshold of its own, from which on its label says bad."""
    if spec.criterion is None or spec.criterion.threshold == threshold:
        return spec
    return spec.model_copy(update={"criterion": spec.criterion.model_copy(update={"threshold": threshold})})


def missing(sample: Sample, needs: Sequence[str]) -> Failure | None:
    """The failure for the first of `needs` that `sample` lacks, or None if it has all."""
    has = {
        "answer": bool(sample.answer.strip()),
        "question": bool(sample.question.strip()),
        "context": any(passage.text.strip() for passage in sample.passages),
        "system_prompt": bool((sample.system_prompt or "").strip()),
        "tool_calls": bool(sample.tool_calls),
    }
    for need in needs:
        if not has[need]:
            reason, message = _REASONS[need]
            return Failure(reason=reason, message=message)
    return None


def too_large(sample: Sample, reads: Sequence[str]) -> Failure | None:
    """The failure for the first of the fields that is larger than what is read of one sample, or None."""
    sizes = _sizes(sample)
    for (field, unit), limit in _LIMITS.items():
        if field in reads and sizes[field, unit] > limit:
            problem = f"has {sizes[field, unit]:,} {unit}, the limit is {limit:,}"
            return _refused(InvalidInput(field, problem, "Send less in one trace"))
    return None


def score_each(
    samples: Sequence[Sample],
    needs: Sequence[str],
    run: Callable[[list[Sample]], Sequence[Outcome]],
    reads: Sequence[str] = (),
) -> list[Outcome]:
    """`run` on the samples that have what is needed, failures for the rest, in order.

    `reads` are fields that are read but not needed. A field that is too large is a failure, too. `run` is called with
    samples of a bounded size together. If it raises, each half of them is tried by itself, so that only the one that
    cannot be scored fails (law 4) and what is too much together is read in few portions.
    """
    read = (*needs, *reads)
    found: dict[int, Outcome] = {}
    for index, sample in enumerate(samples):
        failure = missing(sample, needs) or too_large(sample, read)
        if failure is not None:
            found[index] = failure
    rest = [index for index in range(len(samples)) if index not in found]
    for group in in_groups(rest, lambda index: _size(samples[index], read), _CHARS_AT_ONCE):
        found.update(zip(group, _guarded([samples[index] for index in group], run), strict=True))
    return [found[index] for index in range(len(samples))]


def marked(evidence: Sequence[Evidence], capped: Mapping[str, int]) -> tuple[tuple[Evidence, ...], dict[str, Any]]:
    """The surest marks in their order, as many as a score may have, and `details.capped` where there is any."""
    kept = tuple(evidence)
    if len(evidence) > MARKS.size:
        surest = sorted(range(len(evidence)), key=lambda i: -evidence[i].confidence)[: MARKS.size]
        kept = tuple(evidence[i] for i in sorted(surest))
        capped = {**capped, "unmarked": len(evidence) - MARKS.size}
    return kept, {"capped": dict(capped)} if capped else {}


def whole(answer: str, label: str, confidence: float) -> tuple[Evidence, ...]:
    """All of a text as evidence for what is said of it as a whole; nothing for one without a visible character."""
    start, end = len(answer) - len(answer.lstrip()), len(answer.rstrip())
    return (Evidence(start=start, end=end, label=label, confidence=confidence),) if start < end else ()


def _guarded(samples: list[Sample], run: Callable[[list[Sample]], Sequence[Outcome]]) -> list[Outcome]:
    try:
        return list(run(samples))
    except Exception as error:  # law 4: whatever one sample does, the others get their scores
        if isinstance(error, FaithlineError) and not isinstance(error, InvalidInput):
            raise
        if len(samples) > 1:
            middle = len(samples) // 2
            return _guarded(samples[:middle], run) + _guarded(samples[middle:], run)
        if isinstance(error, InvalidInput):
            return [_refused(error)]
        # The type alone: messages may quote the content, which is untrusted (law 8).
        log.exception("an evaluator failed on one sample")
        message = f"the evaluator failed on this sample ({type(error).__name__})"
        return [Failure(reason=Reason.EVALUATOR_ERROR, message=message)]


def _refused(error: InvalidInput) -> Failure:
    return Failure(reason=Reason.INVALID_INPUT, message=str(error))


def _sizes(sample: Sample) -> dict[tuple[str, str], int]:
    return {
        ("question", "characters"): len(sample.question),
        ("answer", "characters"): len(sample.answer),
        ("context", "characters"): sum(len(passage.text) for passage in sample.passages),
        ("context", "passages"): len(sample.passages),
    }


def _size(sample: Sample, reads: Sequence[str]) -> int:
    return sum(size for (field, unit), size in _sizes(sample).items() if field in reads and unit == "characters")


def opened(model: T | None) -> T:
    """`model`, or an error that says that `open()` comes first."""
    if model is None:
        raise FaithlineError("this evaluator is not open: call open() before score()")
    return model
