"""OTLP's binary encoding."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from evaluator.core.bounds import DEPTH, EVENTS, LINKS, NESTED
from evaluator.core.errors import InvalidInput
from evaluator.ingest.clean import clean_number, clean_text, note
from evaluator.ingest.otlp.log_lines import heading_of
from evaluator.ingest.otlp.logs import NAME_KEYS, RawRecord, is_content, is_whole
from evaluator.ingest.otlp.origins import Batch
from evaluator.ingest.otlp.signals import LOGS, TRACES, Signal
from evaluator.ingest.otlp.spans import RawSpan, Reading
from evaluator.ingest.otlp.wire import Damaged, contents, measure, pieces


def batches(body: bytes, reading: Reading, signal: Signal) -> Iterator[Batch]:
    """The items of a request by what their batch says once; `READERS` decode each.

    Raises:
        InvalidInput: the body is no export request of this signal.
        TooLarge: it holds too much to be built.
    """
    try:
        for piece in pieces(body, signal.kind):
            try:
                request = signal.request.FromString(piece)
            except DecodeError:
                yield from _one_by_one(piece, reading, signal)
            else:
                yield from _batches(request, reading, signal)
    except (DecodeError, RecursionError, Damaged) as error:
        problem = f"is no OTLP {signal.name} request ({error})"[:300]
        raise InvalidInput("body", problem, f"Send a whole {signal.request.DESCRIPTOR.name}") from None


def _batches(request: Any, reading: Reading, signal: Signal) -> Iterator[Batch]:
    by_resource, by_scope, items = signal.fields
    for of_resource in getattr(request, by_resource):
        reading.batch()
        notes: list[str] = []
        resource = _attributes(of_resource.resource.attributes, reading, notes, "resource.attributes")
        for of_scope in getattr(of_resource, by_scope):
            reading.batch()
            yield Batch(resource, _scope(of_scope.scope, reading, notes), notes, getattr(of_scope, items))


def _scope(scope: Any, reading: Reading, notes: list[str]) -> dict[str, Any]:
    about: dict[str, Any] = {"name": clean_text(scope.name), "version": clean_text(scope.version)}
    if scope.attributes:
        about["attributes"] = _attributes(scope.attributes, reading, notes, "scope.attributes")
    return about


def _one_by_one(piece: bytes, reading: Reading, signal: Signal) -> Iterator[Batch]:
    """As `_batches`, where something is nested too deep to be built: an item that is stands as None in its place.

    Raises:
        DecodeError, Damaged: something else is the matter.
    """
    for start, end in contents(piece, 0, len(piece), 1):
        reading.batch()
        notes: list[str] = []
        said = b"".join(piece[first:last] for first, last in contents(piece, start, end, 1))
        resource = _alone(Resource, "resource", said, reading, notes) or Resource()
        attributes = _attributes(resource.attributes, reading, notes, "resource.attributes")
        for first, last in contents(piece, start, end, 2):
            reading.batch()
            said = b"".join(piece[a:b] for a, b in contents(piece, first, last, 1))
            scope = _alone(InstrumentationScope, "scope", said, reading, notes) or InstrumentationScope()
            found = contents(piece, first, last, 2)
            items = [_alone(signal.message, signal.kind, piece[a:b], reading, []) for a, b in found]
            yield Batch(attributes, _scope(scope, reading, notes), notes, items)


def _alone(message: Any, kind: str, data: bytes, reading: Reading, notes: list[str]) -> Any:
    """A message by itself; None, and a remark, where it is nested too deep."""
    try:
        return message.FromString(data)
    except DecodeError:
        found, depth = measure(kind, data, 0, len(data))
        reading.left -= found
        reading.check()
        if not depth > NESTED.most:
            raise
        note(notes, kind, f"has more than {NESTED.most} messages within each other and was left out")
        return None


def read_span(span: Any, reading: Reading) -> RawSpan:
    """Decode one span; attributes that can not be read are left out and noted.

    Raises:
        InvalidInput: it could not be built.
    """
    _check_built(span, TRACES)
    notes: list[str] = []
    links = span.links
    return RawSpan(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        name=span.name,
        kind=span.kind,
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        status_code=span.status.code,
        status_message=span.status.message,
        attributes=_attributes(span.attributes, reading, notes),
        events=_events(span.events, reading, notes) if span.events else [],
        links=_links(links) if links else [],
        link_count=len(links),
        trace_state=span.trace_state,
        flags=span.flags,
        notes=notes,
    )


def read_record(record: Any, reading: Reading) -> RawRecord | None:
    """Decode one log record, as `read_span` does a span; None for one that holds no content."""
    _check_built(record, LOGS)
    name = heading_of(record.body.string_value) or record.event_name
    if not name:
        name = next(
            (p.value.string_value for p in record.attributes if p.key in NAME_KEYS and p.value.string_value), ""
        )
    if not is_content(name) and not (record.span_id and is_whole(_sides(record.body))):
        return None
    notes: list[str] = []
    return RawRecord(
        name=name,
        trace_id=record.trace_id.hex(),
        span_id=record.span_id.hex(),
        time_ns=record.time_unix_nano,
        observed_ns=record.observed_time_unix_nano,
        attributes=_attributes(record.attributes, reading, notes),
        body=_body(record.body, reading, notes),
        notes=notes,
    )


READERS: Mapping[str, Callable[[Any, Reading], Any]] = {TRACES.item: read_span, LOGS.item: read_record}
"""What decodes one item, by the signal."""


def _check_built(item: Any, signal: Signal) -> None:
    if item is None:
        problem = f"has more than {NESTED.most} messages within each other"
        raise InvalidInput(signal.item, problem, "Flatten its values")


def _sides(value: Any) -> dict[str, list[str]]:
    """The keys of a body of objects, and those within each; none for any other body."""
    outer = value.kvlist_value.values if value.WhichOneof("value") == "kvlist_value" else ()
    return {pair.key: [inner.key for inner in pair.value.kvlist_value.values] for pair in outer}


def _body(value: Any, reading: Reading, notes: list[str]) -> Any:
    if value.WhichOneof("value") == "kvlist_value":
        return _attributes(value.kvlist_value.values, reading, notes, "body")
    try:
        return _value(value, reading, 0)
    except InvalidInput as error:
        note(notes, "body", f"{error.problem} and was left out")
        return None


def _links(links: Any) -> list[dict[str, Any]]:
    return [{"trace_id": x.trace_id.hex(), "span_id": x.span_id.hex()} for x in islice(links, LINKS.size)]


def _events(events: Any, reading: Reading, notes: list[str]) -> list[dict[str, Any]]:
    if len(events) > EVENTS.most:
        note(notes, "events", f"are more than {EVENTS.most}: the first were kept")
    reading.left -= len(events)
    out = []
    for event in islice(events, EVENTS.size):
        attributes = _attributes(event.attributes, reading, notes, "events.attributes")
        out.append({"name": clean_text(event.name), "time_ns": event.time_unix_nano, "attributes": attributes})
    return out


def _attributes(pairs: Any, reading: Reading, notes: list[str], name: str = "attributes") -> dict[str, Any]:
    reading.left -= len(pairs)
    keys = reading.keys
    out: dict[str, Any] = {}
    for pair in pairs:
        value = pair.value
        text = value.string_value  # most are texts, and asking which one is set costs as much as reading it
        if text:
            out[keys[pair.key]] = clean_text(text)
            continue
        key = keys[pair.key]
        try:
            out[key] = _value(value, reading, 0)
        except InvalidInput as error:
            note(notes, f"{name}.{key}", f"{error.problem} and was left out")
    return out


def _value(value: Any, reading: Reading, depth: int) -> Any:
    if depth > DEPTH.most:
        raise InvalidInput("attributes", f"is nested deeper than {DEPTH.most} levels", "Flatten it")
    match value.WhichOneof("value"):
        case "string_value":
            return clean_text(value.string_value)
        case "bool_value":
            return value.bool_value
        case "int_value":
            return value.int_value
        case "double_value":
            return clean_number(value.double_value)
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode("ascii")
        case "array_value":
            items = value.array_value.values
            reading.left -= len(items)
            return [_value(item, reading, depth + 1) for item in items]
        case "kvlist_value":
            pairs = value.kvlist_value.values
            reading.left -= len(pairs)
            reading.users.deep = True
            return _map(pairs, reading, depth + 1)
        case _:
            return None


def _map(pairs: Iterable[Any], reading: Reading, depth: int) -> dict[str, Any]:
    return {clean_text(pair.key): _value(pair.value, reading, depth) for pair in pairs}
