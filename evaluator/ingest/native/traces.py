"""The native trace JSON into parts; also the rows of labelled data files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pydantic import ValidationError

from evaluator.core.bounds import ATTRIBUTES, ENTRIES, KEY, METADATA
from evaluator.core.errors import InvalidInput, ItemError
from evaluator.core.ids import content_hash
from evaluator.core.people import NAMED
from evaluator.core.trace import ROOT_ANSWER, Part, Status
from evaluator.ingest.clean import clean_json, note
from evaluator.ingest.clocks import check_time, is_set_back, ns_of, remark
from evaluator.ingest.native.fields import canonical_id, first_problem, refuse
from evaluator.ingest.native.model import NativeAnswer, NativeSpan, NativeTrace
from evaluator.ingest.numbers import NUMBERS, is_beyond
from evaluator.ingest.users import Named, Users

SOURCE = "native"
TRACE_PART = "trace"
NOTE_PART = "note"
"""The part of an object that only says something about a trace (feedback, tags), so that it replaces no content."""

_SPAN_MARKS = {"name", "span_id", "id", "kind", "parent_id", "start_time"}
_BODY_FIELDS = (
    "question",
    "answer",
    "passages",
    "system_prompt",
    "tool_calls",
    "model",
    "prompt_version",
    "environment",
    "service",
    "name",
    "session",
    "latency_ms",
    "input_tokens",
    "output_tokens",
    "cost",
    "feedback",
    "tags",
    "sampling_probability",
)
_NOTE_FIELDS = {"feedback", "tags", "metadata", "session", "user", "status", "error", "complete", "cost"}


class Parsed(NamedTuple):
    """What a list of objects held: the parts of those in order, and why the others are not."""

    parts: list[Part]
    errors: list[ItemError]

    @property
    def size(self) -> int:
        """How many bytes they came as: objects do not know."""
        return 0


def parse(items: Sequence[Any], *, project: str, received: datetime, user_keys: Iterable[str] = ()) -> Parsed:
    """Parts of the items that are in order, and for each of the others the reason why it is not.

    NUL and lone surrogates become U+FFFD (see `evaluator.ingest.clean`), user ids become pseudonyms, and whatever
    no field is made for goes to the metadata, where no evaluator looks: a `label` stays hidden. An object without an
    id is named by its content, so that the same object is the same trace.

    Args:
        items: native trace objects, as parsed from JSON.
        project: the project that the parts will belong to.
        received: when they arrived (UTC): the time of a trace that states none.
        user_keys: names in metadata and attributes that hold a user, beside those that are known to.
    """
    users = Users(project, user_keys)
    parts: list[Part] = []
    errors: list[ItemError] = []
    for index, item in enumerate(items):
        try:
            parts.append(_parse_one(item, users, received))
        except InvalidInput as error:
            errors.append(ItemError.of(index, error))
    return Parsed(parts, errors)


def _parse_one(item: Any, users: Users, received: datetime) -> Part:
    """The part of one native trace object. Raises InvalidInput, naming the field, the problem and the remedy."""
    if not isinstance(item, dict):
        raise InvalidInput("trace", "is not an object", "Send one JSON object for each trace")
    item = {name: value for name, value in clean_json(item, "trace").items() if value is not None}
    try:
        trace = NativeTrace.model_validate(_set_aside_labels(item))
    except ValidationError as error:
        raise first_problem(error, "trace") from None
    is_note = _is_note(trace, item)
    start, end, set_back = _times(trace, received)
    body = _body(trace, users, received)
    if set_back:
        body["notes"] = [remark("end_time", "start_time"), *body.get("notes", ())]
    if start == end and trace.start_time is not None and trace.end_time is not None:
        body["instant"] = True
    complete = trace.complete if trace.complete is not None else not is_note
    return Part(
        project=users.project,
        trace_id=_trace_id(trace, item),
        part_id=NOTE_PART if is_note else TRACE_PART,
        source=SOURCE,
        start=start,
        end=end,
        body=body,
        name=trace.name or "",
        complete=complete,
    )


def _set_aside_labels(item: dict[str, Any]) -> dict[str, Any]:
    """Moves a `spans` that marks characters of the answer, and not steps of the trace, to the metadata."""
    spans = item.get("spans")
    labelled = "label" in item and spans == []
    if not isinstance(spans, list) or not (labelled or any(not _is_step(s) for s in spans)):
        return item
    metadata = item.get("metadata")
    moved = {"spans": spans} | (metadata if isinstance(metadata, dict) else {})
    return {k: v for k, v in item.items() if k != "spans"} | {"metadata": moved}


def _is_step(span: Any) -> bool:
    return isinstance(span, dict) and bool(_SPAN_MARKS & span.keys())


def _is_note(trace: NativeTrace, item: dict[str, Any]) -> bool:
    """Whether the object adds to a trace without telling what it did.

    Raises:
        InvalidInput: it does neither, or does not say to which trace it adds.
    """
    if trace.question or trace.answer or trace.passages or trace.tool_calls or trace.answers or trace.spans:
        return False
    if trace.question is not None or trace.answer is not None:
        return False  # an application may well have been asked nothing, or have answered nothing
    if not any(item.get(name) is not None for name in _NOTE_FIELDS):
        raise InvalidInput("trace", "has neither a question nor an answer", "Send question, answer and context")
    if trace.id is None:
        raise InvalidInput("id", "is missing", "Say to which trace this feedback belongs")
    return True


def _trace_id(trace: NativeTrace, item: dict[str, Any]) -> str:
    if trace.id is None:
        return content_hash(item)
    return canonical_id(trace.id)


def _times(trace: NativeTrace, received: datetime) -> tuple[datetime, datetime, bool]:
    """When a trace started and ended, and whether its clock was set back in between (`ingest.clocks`)."""
    latency = timedelta(milliseconds=trace.latency_ms or 0.0)
    start, end = trace.start_time, trace.end_time
    for name, given in (("start_time", start), ("end_time", end)):
        if given is not None:  # before anything is added to it, which may leave the years that there are
            check_time(given, name, received)
    if start is None:
        end = end or received
        start = end - latency
    elif end is None:
        end = start + latency
    check_time(start, "start_time", received)
    check_time(end, "end_time", received)
    set_back = is_set_back(ns_of(start), ns_of(end), "end_time", "start_time")
    return start, start if set_back else end, set_back


def _body(trace: NativeTrace, users: Users, received: datetime) -> dict[str, Any]:
    named = Named()
    body: dict[str, Any] = {
        name: value for name in _BODY_FIELDS if (value := getattr(trace, name)) not in (None, [], {})
    }
    failed = bool(trace.error)
    status = Status.ERROR if failed else trace.status
    if status is not Status.UNSET:
        body["status"] = status.value
    if trace.user:
        body["user"] = users.name(trace.user)
    metadata = {**(trace.model_extra or {}), **trace.metadata}
    if isinstance(trace.error, str):
        metadata.setdefault("error", trace.error)
    if metadata:
        body["metadata"] = users.hide(_bounded(metadata), named)
    if trace.answers:
        body["answers"] = _answers(trace.answers)
    if trace.spans:
        spans = enumerate(trace.spans)
        notes: list[str] = []
        body["spans"] = [_span(span, index, trace, users, received, notes) for index, span in spans]
        if notes:
            body["notes"] = notes
        named.touched |= any(NAMED in span for span in body["spans"])
    named.tell(body)
    return body


def _bounded(metadata: dict[str, Any]) -> dict[str, Any]:
    """The same metadata, where it is within bounds.

    Raises:
        InvalidInput: too many entries, too long a key, or too much of it.
    """
    if len(metadata) > ENTRIES.most:
        raise refuse("metadata", f"has {len(metadata)} entries, at most {ENTRIES.most}")
    if any(len(key) > KEY.most for key in metadata):
        raise InvalidInput("metadata", f"has a key of more than {KEY.most} characters", "Shorten it")
    if len(json.dumps(metadata, ensure_ascii=False)) > METADATA.most:
        problem = f"takes, with the fields that are not known, more than {METADATA.most} characters as JSON"
        raise InvalidInput("metadata", problem, "Send less beside the trace")
    return metadata


def _answers(answers: list[NativeAnswer]) -> list[dict[str, Any]]:
    out = []
    seen = set()
    for index, answer in enumerate(answers):
        answer_id = answer.id or (ROOT_ANSWER if len(answers) == 1 else str(index))
        if answer_id in seen:
            raise InvalidInput(f"answers[{index}].id", f"{answer_id!r} is used twice", "Give each answer its own id")
        seen.add(answer_id)
        fields = answer.model_dump(include={"question", "answer", "passages", "system_prompt", "tool_calls"})
        out.append({"id": answer_id} | {name: value for name, value in fields.items() if value})
    return out


def _span(
    span: NativeSpan, index: int, trace: NativeTrace, users: Users, received: datetime, notes: list[str]
) -> dict[str, Any]:
    start = span.start_time or trace.start_time or received
    end = span.end_time or start
    check_time(start, f"spans[{index}].start_time", received)
    check_time(end, f"spans[{index}].end_time", received)
    if is_set_back(ns_of(start), ns_of(end), f"spans[{index}].end_time", "start_time"):
        end = start
        note(notes, f"spans[{index}]", remark("end_time", "start_time"))
    said = {
        "faithline.span.kind": span.kind.value,
        "faithline.input": span.question,
        "faithline.output": span.answer,
        "faithline.context": span.passages,
        "faithline.system_prompt": span.system_prompt,
        "faithline.model": span.model,
        "faithline.input_tokens": span.input_tokens,
        "faithline.output_tokens": span.output_tokens,
        "faithline.cost": span.cost,
    }
    attributes = {**(span.model_extra or {}), **span.attributes}
    _check_attributes(attributes, f"spans[{index}].attributes")
    named = Named()
    attributes = users.hide(attributes, named)
    attributes |= {name: value for name, value in said.items() if value not in (None, [])}
    body = {
        "span_id": span.span_id or f"span{index}",
        "parent_id": span.parent_id,
        "name": span.name,
        "start": start.isoformat(),
        "end": end.isoformat(),
        "status": (Status.ERROR if span.error else span.status).value,
        "status_message": span.error if isinstance(span.error, str) else "",
        "attributes": attributes,
    }
    named.tell(body)
    return body


def _check_attributes(attributes: dict[str, Any], name: str) -> None:
    if len(attributes) > ATTRIBUTES.most:
        raise InvalidInput(name, f"are {len(attributes)}, at most {ATTRIBUTES.most}", "Send fewer")
    for key, value in attributes.items():
        if len(key) > KEY.most:
            raise InvalidInput(name, f"have a key of more than {KEY.most} characters", "Shorten it")
        if key in NUMBERS and is_beyond(key, value):
            raise InvalidInput(f"{name}.{key}", f"is not {NUMBERS[key]}", "Send a number within, or leave it out")
