"""What a trace may hold, applied when it is put together: whatever arrived, no later stage meets more.

What is left out is said in the trace's metadata, under `NOTES_KEY`, so that it is seen wherever the trace is.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

from evaluator.core import bounds
from evaluator.core.bounds import Bound
from evaluator.core.trace import Answer, ToolCall, Trace
from evaluator.ingest.attributes import shortened
from evaluator.ingest.clean import note

NOTES_KEY = "faithline.notes"
"""Where a trace's metadata says what of the trace was left out."""

_NAMES = (
    ("name", bounds.TITLE),
    ("model", bounds.NAME),
    ("prompt_version", bounds.NAME),
    ("environment", bounds.NAME),
    ("service", bounds.NAME),
    ("session", bounds.NAME),
    ("user", bounds.NAME),
)
_AMOUNTS = (
    ("input_tokens", bounds.TOKENS),
    ("output_tokens", bounds.TOKENS),
    ("cost", bounds.COST),
    ("latency_ms", bounds.LATENCY),
)


def trimmed(trace: Trace, notes: list[str]) -> Trace:
    """The trace within bounds; `notes` are what is to be said of it already."""
    changes: dict[str, Any] = {}
    for field, bound in _NAMES:
        value = getattr(trace, field)
        if value is not None and len(value) > bound.most:
            changes[field] = shortened(value, bound)
            note(notes, field, f"has more than {bound.most} characters and was shortened")
    for field, bound in _AMOUNTS:
        value = getattr(trace, field)
        if value is not None and not bound.holds(value):
            changes[field] = _nearest(value, bound)
            note(notes, field, f"is not {bound} and was set to {changes[field]}")
    if not bounds.PROBABILITY.holds(trace.sampling_probability):
        changes["sampling_probability"] = 1.0
        note(notes, "sampling_probability", f"is not {bounds.PROBABILITY} and was left out")
    if trace.tags:
        changes["tags"] = _tags(trace.tags, notes)
    if len(trace.answers) > 1 or any(map(_may_be_beyond, trace.answers)):
        changes["answers"] = _answers(trace, notes)
    if trace.metadata or notes:  # last, as it holds what was said of the others
        changes["metadata"] = _metadata(trace.metadata, notes)
    return dataclasses.replace(trace, **changes) if changes else trace


def _nearest(value: float, bound: Bound) -> float | None:
    least = bound.least or 0
    return bound.most if value > bound.most else least if value < least else None


def _tags(tags: Sequence[str], notes: list[str]) -> tuple[str, ...]:
    kept = tuple(tag for tag in tags if len(tag) <= bounds.TAG.most)[: bounds.TAGS.size]
    if len(kept) < len(tags):
        note(notes, "tags", f"are more than {bounds.TAGS.most}, or longer than {bounds.TAG.most}: not all were kept")
    return kept


def _metadata(metadata: dict[str, Any], notes: list[str]) -> dict[str, Any]:
    kept = {key: value for key, value in metadata.items() if len(key) <= bounds.KEY.most and key != NOTES_KEY}
    kept = dict(list(kept.items())[: bounds.ENTRIES.size])
    if len(json.dumps(kept, ensure_ascii=False)) > bounds.METADATA.most:
        room = bounds.METADATA.most
        for key, value in list(kept.items()):
            size = len(key) + len(json.dumps(value, ensure_ascii=False)) + 6
            if size > room:
                del kept[key]
            else:
                room -= size
    if len(kept) < len(metadata.keys() - {NOTES_KEY}):
        note(notes, "metadata", f"has more than {bounds.ENTRIES.most} entries or is too long: not all was kept")
    return kept | ({NOTES_KEY: notes} if notes else {})


def _answers(trace: Trace, notes: list[str]) -> tuple[Answer, ...]:
    """The answers that are made into samples. Each repeats its question, its passages and its system prompt, so what
    they take together is bounded by what came."""
    answers = [_answer(answer, notes) for answer in trace.answers[: bounds.ANSWERS.size]]
    came = sum(map(len, {id(text): text for answer in answers for text in _texts(answer)}.values()))
    room = bounds.REPEATED.share(came)
    kept: list[Answer] = []
    for answer in answers:
        room -= sum(map(len, _texts(answer)))
        if room < 0:
            break
        kept.append(answer)
    if len(kept) < len(trace.answers):
        said = f"are {len(trace.answers)}, which is too many or repeats too much: the first {len(kept)} were kept"
        note(notes, "answers", said)
    return tuple(kept)


def _texts(answer: Answer) -> list[str]:
    called = (text or "" for call in answer.tool_calls for text in (call.arguments, call.result, call.error))
    return [answer.question, answer.answer, answer.system_prompt or "", *(p.text for p in answer.passages), *called]


def _may_be_beyond(answer: Answer) -> bool:
    return len(answer.passages) > bounds.PASSAGES.most or bool(answer.tool_calls)


def _answer(answer: Answer, notes: list[str]) -> Answer:
    changes: dict[str, Any] = {}
    count, most = len(answer.passages), bounds.PASSAGES.size
    if count > most:
        note(notes, f"answers.{answer.id}", f"has {count} passages: the first {most} were kept")
        changes["passages"] = answer.passages[:most]
    count, most = len(answer.tool_calls), bounds.TOOL_CALLS.size
    if count > most:
        note(notes, f"answers.{answer.id}", f"has {count} calls of tools: the first {most} were kept")
    calls = tuple(_call(call) for call in answer.tool_calls[:most])
    if any(call is not before for call, before in zip(calls, answer.tool_calls, strict=False)):
        said = f"has calls of tools with more than {bounds.TOOL_TEXT.most} characters, which were shortened"
        note(notes, f"answers.{answer.id}", said)
    if calls != answer.tool_calls:
        changes["tool_calls"] = calls
    return dataclasses.replace(answer, **changes) if changes else answer


def _call(call: ToolCall) -> ToolCall:
    sizes = {"name": bounds.NAME, **dict.fromkeys(("arguments", "result", "error"), bounds.TOOL_TEXT)}
    longer = {name: bound for name, bound in sizes.items() if len(getattr(call, name) or "") > bound.most}
    if not longer:
        return call
    return dataclasses.replace(call, **{name: shortened(getattr(call, name), b) for name, b in longer.items()})
