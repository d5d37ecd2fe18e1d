"""How the fields of the native JSON are read: times, feedback, passages, texts."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from evaluator.core import bounds
from evaluator.core.errors import InvalidInput
from evaluator.core.trace import Status
from evaluator.ingest.clean import clip
from evaluator.ingest.clocks import EPOCH
from evaluator.ingest.native.calls import REMEDY as CALLS_REMEDY
from evaluator.ingest.numbers import feedback_of, is_number
from evaluator.ingest.shapes import SCORE_KEYS, answer_in, passages, question_in

_HEX_ID = re.compile(r"[0-9a-fA-F]{32}")
# A number below the bound is in the unit; all of them read the years 2000 to 2100 without overlap.
_UNITS = ((1e11, 1.0), (1e14, 1e-3), (1e17, 1e-6), (math.inf, 1e-9))
_STATUS = {
    "ok": Status.OK,
    "success": Status.OK,
    "error": Status.ERROR,
    "failed": Status.ERROR,
    "unset": Status.UNSET,
}


def read_time(value: Any) -> datetime:
    """A time (UTC) from ISO 8601 text (without a zone it is UTC), or a number of s, ms, µs or ns since 1970, told
    apart by its size.

    Raises:
        ValueError: neither.
    """
    if isinstance(value, datetime):
        parsed = value
    elif isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value.strip())
        except ValueError:
            raise ValueError("is not an ISO 8601 time") from None
    elif is_number(value) and math.isfinite(value):
        unit = next(scale for bound, scale in _UNITS if abs(value) < bound)
        try:
            parsed = EPOCH + timedelta(seconds=value * unit)
        except OverflowError:
            raise ValueError("is no time of this age") from None
    else:
        raise ValueError("is neither ISO 8601 text nor a number since 1970")
    try:
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except OverflowError:
        raise ValueError("is no time of this age") from None


def read_feedback(value: Any) -> float | None:
    """Feedback in [-1, 1] from a number (also written as text), a boolean, or words such as up and down.

    Raises:
        ValueError: anything else.
    """
    if value is None:
        return None
    feedback = feedback_of(value)
    if feedback is None:
        raise ValueError("is neither a number in [-1, 1] nor up or down")
    return feedback


def read_status(value: Any) -> Status:
    """Raises ValueError unless the value is ok, error or unset."""
    if value is None:
        return Status.UNSET
    if isinstance(value, str) and value.strip().lower() in _STATUS:
        return _STATUS[value.strip().lower()]
    raise ValueError("is none of ok, error, unset")


def read_passages(value: Any) -> list[dict[str, Any]]:
    """Passages from one text, a list of texts, or a list of objects with `text` or `content`, `id`, `score`.

    Raises:
        ValueError: another type, more than `PASSAGES`, an object without text, or a score that is not in `SCORE`.
    """
    if value is None:
        return []
    items = [value] if isinstance(value, str | dict) else value
    if not isinstance(items, list):
        raise ValueError("is neither text nor a list")
    if len(items) > bounds.PASSAGES.most:
        raise ValueError(f"holds {len(items)} passages, at most {bounds.PASSAGES.most}")
    out: list[dict[str, Any]] = []
    for index, item in enumerate(items):
        if isinstance(item, str) and not item.strip():
            continue
        found = passages([item])
        if not found:
            raise ValueError(f"has no text at index {index}")
        if isinstance(item, dict) and found[0].score is None and any(is_number(item.get(k)) for k in SCORE_KEYS):
            raise ValueError(f"has a score at index {index} that is not {bounds.SCORE}")
        out += [{"text": p.text, "id": p.id, "score": p.score} for p in found]
    return out


def read_question(value: Any) -> str | None:
    """The question in an input: text, a list of messages (the last user message), or an object around either."""
    return _read_text(value, question_in)


def read_answer(value: Any) -> str | None:
    """The answer in an output: text, a list of messages (the last one), or an object around either."""
    return _read_text(value, answer_in)


def _read_text(value: Any, side: Callable[[Any], str | None]) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        return side(value)
    if isinstance(value, int | float):
        return str(value)
    raise ValueError("is not text")


def canonical_id(trace_id: str) -> str:
    """The id under which a trace is kept: the same trace may also arrive as OTLP spans, whose ids are lower-case."""
    return trace_id.lower() if _HEX_ID.fullmatch(trace_id) else trace_id


def first_problem(error: ValidationError, whole: str, remedies: Mapping[str, str] | None = None) -> InvalidInput:
    """The first complaint of pydantic, as one of ours; `whole` names the object where no field is to blame."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = ""
    for step in first["loc"]:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else str(step)
    problem = first["msg"].removeprefix("Value error, ").removeprefix("Input ").removeprefix("Value ")
    names = [step for step in first["loc"] if isinstance(step, str)]
    remedy = (remedies or _REMEDIES).get(names[-1] if names else "", _LOOK)
    return InvalidInput(clip(path) or whole, problem, remedy)


_LOOK = "See docs/ingest.md for the fields"
_REMEDIES = {
    "start_time": "Send ISO 8601 with a zone, or s, ms or ns since 1970",
    "end_time": "Send ISO 8601 with a zone, or s, ms or ns since 1970",
    "feedback": "Send a number from -1 (bad) to 1 (good), or up, or down",
    "passages": 'Send text, a list of texts, or a list of {"text": …, "id": …, "score": …}',
    "context": 'Send text, a list of texts, or a list of {"text": …, "id": …, "score": …}',
    "tool_calls": CALLS_REMEDY,
    "sampling_probability": f"Send the probability, {bounds.PROBABILITY}, with which this trace was kept",
    "status": "Send ok or error",
    "metadata": f"Send an object of at most {bounds.ENTRIES.most} entries",
    "tags": f"Send a list of at most {bounds.TAGS.most} texts of up to {bounds.TAG.most} characters",
    "answers": f"Send a list of at most {bounds.ANSWERS.most} objects with an id and an answer each",
    "spans": f"Send a list of at most {bounds.PARTS.most} objects with an id, a name and a start_time each",
    "latency_ms": f"Send milliseconds, {bounds.LATENCY}",
    "input_tokens": f"Send a whole number, {bounds.TOKENS}",
    "output_tokens": f"Send a whole number, {bounds.TOKENS}",
    "cost": f"Send US dollars, {bounds.COST}",
    "id": f"Send at most {bounds.ID.most} characters",
} | dict.fromkeys(
    ("model", "prompt_version", "environment", "service", "session", "session_id"),
    f"Send at most {bounds.NAME.most} characters",
)


def refuse(name: str, problem: str) -> InvalidInput:
    """An error that names the field, what is wrong, and what to do."""
    return InvalidInput(name, problem, _REMEDIES.get(name.rpartition(".")[2].partition("[")[0], _LOOK))
