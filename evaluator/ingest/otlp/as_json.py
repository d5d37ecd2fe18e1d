"""OTLP's JSON encoding: protobuf's JSON mapping, but with hexadecimal ids.

64-bit integers may be numbers or decimal texts, enums numbers or names, keys lowerCamelCase (the specification) or
snake_case (some senders). Unknown keys are ignored, as the specification asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from evaluator.core.bounds import DEPTH, DIGITS, EVENTS, LINKS
from evaluator.core.errors import InvalidInput
from evaluator.ingest.attributes import Keys
from evaluator.ingest.clean import clean_number, clean_text, load_json, note
from evaluator.ingest.otlp.ids import wrong_id
from evaluator.ingest.otlp.log_lines import heading_of
from evaluator.ingest.otlp.logs import NAME_KEYS, RawRecord, is_content, is_whole
from evaluator.ingest.otlp.origins import Batch
from evaluator.ingest.otlp.signals import LOGS, TRACES, Signal
from evaluator.ingest.otlp.spans import SPAN_DIGITS, TRACE_DIGITS, RawSpan, Reading

_HEX = re.compile(r"[0-9a-fA-F]*")
_INT = re.compile(r"[+-]?[0-9]{1,20}")
_DOUBLES = {"NaN", "Infinity", "-Infinity"}
_SPAN_KINDS = {
    f"SPAN_KIND_{name}": number
    for number, name in enumerate(("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"))
}
_STATUS_CODES = {"STATUS_CODE_UNSET": 0, "STATUS_CODE_OK": 1, "STATUS_CODE_ERROR": 2}


def batches(body: bytes, reading: Reading, signal: Signal) -> Iterator[Batch]:
    """The items of a request by what their batch says once; `READERS` decode each.

    Raises:
        InvalidInput: the body is not JSON, or not of the shape of an export request of this signal.
        TooLarge: it holds too much to be built.
    """
    by_resource, by_scope, items = signal.levels
    request = _object(load_json(body), "body")
    for of_resource in _objects(request, by_resource):
        reading.batch()
        notes: list[str] = []
        resource = _attributes(_part(of_resource, "resource"), reading.keys, notes, "resource.attributes")
        for of_scope in _objects(of_resource, by_scope):
            reading.batch()
            scope = _part(of_scope, "scope")
            about: dict[str, Any] = {name: clean_text(_text(scope, name)) for name in ("name", "version")}
            if attributes := _attributes(scope, reading.keys, notes, "scope.attributes"):
                about["attributes"] = attributes
            yield Batch(resource, about, notes, _list(of_scope, items))


def read_span(span: Any, reading: Reading) -> RawSpan:
    """Decode one span; attributes that can not be read are left out and noted.

    Raises:
        InvalidInput: another field has the wrong type, naming it.
    """
    span = _object(span, "span")
    status = _part(span, "status")
    notes: list[str] = []
    links = _list(span, "links")
    return RawSpan(
        trace_id=_hex(span, "traceId"),
        span_id=_hex(span, "spanId"),
        parent_id=_hex(span, "parentSpanId"),
        name=_text(span, "name"),
        kind=_enum(span, "kind", _SPAN_KINDS),
        start_ns=_int(_get(span, "startTimeUnixNano"), "startTimeUnixNano"),
        end_ns=_int(_get(span, "endTimeUnixNano"), "endTimeUnixNano"),
        status_code=_enum(status, "code", _STATUS_CODES),
        status_message=_text(status, "message"),
        attributes=_attributes(span, reading.keys, notes),
        events=_events(_list(span, "events"), reading.keys, notes),
        links=[{"trace_id": _hex(x, "traceId"), "span_id": _hex(x, "spanId")} for x in _first_links(links)],
        link_count=len(links),
        trace_state=_text(span, "traceState"),
        flags=_int(_get(span, "flags"), "flags"),
        notes=notes,
    )


def read_record(record: Any, reading: Reading) -> RawRecord | None:
    """Decode one log record, as `read_span` does a span; None for one that holds no content."""
    record = _object(record, "log record")
    body = _get(record, "body")
    line = _get(body, "stringValue") if isinstance(body, dict) else None
    name = heading_of(line) or _text(record, "eventName") or _named(record)
    if not is_content(name) and not (record.get("spanId") and is_whole(_sides(record))):
        return None
    notes: list[str] = []
    return RawRecord(
        name=name,
        trace_id=_hex(record, "traceId"),
        span_id=_hex(record, "spanId"),
        time_ns=_int(_get(record, "timeUnixNano"), "timeUnixNano"),
        observed_ns=_int(_get(record, "observedTimeUnixNano"), "observedTimeUnixNano"),
        attributes=_attributes(record, reading.keys, notes),
        body=_body(record, reading.keys, notes),
        notes=notes,
    )


READERS: Mapping[str, Callable[[Any, Reading], Any]] = {TRACES.item: read_span, LOGS.item: read_record}
"""What decodes one item, by the signal."""


def _named(record: dict[str, Any]) -> str:
    """The name of an event among its attributes, where older senders put it."""
    for pair in _list(record, "attributes"):
        if isinstance(pair, dict) and pair.get("key") in NAME_KEYS and isinstance(pair.get("value"), dict):
            return _text(pair["value"], "stringValue")
    return ""


def _body(record: dict[str, Any], keys: Keys, notes: list[str]) -> Any:
    value = _get(record, "body")
    try:
        entries = _get(_object(value or {}, "body"), "kvlistValue")
        if entries is not None:
            return _pairs(_list(_object(entries, "body"), "values"), keys, notes, "body")
        return _value(value, 0)
    except InvalidInput as error:
        note(notes, "body", f"{error.problem} and was left out")
        return None


def _sides(record: dict[str, Any]) -> dict[str, list[str]]:
    """The keys of a body of objects, and those within each; none for any other body."""
    outer = _entries(record.get("body"))
    return {key: [inner for inner, _ in _entries(value)] for key, value in outer}


def _entries(value: Any) -> list[tuple[str, Any]]:
    entries = value.get("kvlistValue") if isinstance(value, dict) else None
    pairs = entries.get("values") if isinstance(entries, dict) else None
    found = [pair for pair in pairs if isinstance(pair, dict)] if isinstance(pairs, list) else []
    return [(pair["key"], pair.get("value")) for pair in found if isinstance(pair.get("key"), str)]


def _first_links(links: list[Any]) -> list[dict[str, Any]]:
    return [_object(link, f"links[{index}]") for index, link in enumerate(links[: LINKS.size])]


def _events(events: list[Any], keys: Keys, notes: list[str]) -> list[dict[str, Any]]:
    if len(events) > EVENTS.most:
        note(notes, "events", f"are more than {EVENTS.most}: the first were kept")
    return [_event(_object(x, f"events[{index}]"), keys, notes) for index, x in enumerate(events[: EVENTS.size])]


def _event(event: dict[str, Any], keys: Keys, notes: list[str]) -> dict[str, Any]:
    attributes = _attributes(event, keys, notes, "events.attributes")
    time = _int(_get(event, "timeUnixNano"), "timeUnixNano")
    return {"name": clean_text(_text(event, "name")), "time_ns": time, "attributes": attributes}


def _get(obj: dict[str, Any], key: str) -> Any:
    value = obj.get(key)
    if value is None:
        value = obj.get(_snake(key))
    return value


@cache
def _snake(key: str) -> str:
    return re.sub(r"[A-Z]", lambda m: "_" + m[0].lower(), key)


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidInput(name, "is not an object", "Send OTLP JSON")
    return value


def _part(obj: dict[str, Any], key: str) -> dict[str, Any]:
    return _object(_get(obj, key) or {}, key)


def _list(obj: dict[str, Any], key: str) -> list[Any]:
    value = _get(obj, key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidInput(key, "is not a list", "Send OTLP JSON")
    return value


def _objects(obj: dict[str, Any], key: str) -> Iterator[dict[str, Any]]:
    for index, item in enumerate(_list(obj, key)):
        yield _object(item, f"{key}[{index}]")


def _text(obj: dict[str, Any], key: str) -> str:
    value = _get(obj, key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidInput(key, "is not text", "Send OTLP JSON")
    return value


def _hex(obj: dict[str, Any], key: str) -> str:
    value = _text(obj, key)
    if not _HEX.fullmatch(value):
        raise wrong_id(value, TRACE_DIGITS if key == "traceId" else SPAN_DIGITS, key)
    return value.lower()


def _int(value: Any, name: str) -> int:
    if value is None:
        return 0
    if isinstance(value, str) and _INT.fullmatch(value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**64:
        raise InvalidInput(name, "is not a 64-bit integer", "Write it as a number or as decimal text")
    return value


def _enum(obj: dict[str, Any], key: str, names: dict[str, int]) -> int:
    value = _get(obj, key)
    return names[value] if isinstance(value, str) and value in names else _int(value, key)


def _attributes(obj: dict[str, Any], keys: Keys, notes: list[str], name: str = "attributes") -> dict[str, Any]:
    return _pairs(_list(obj, "attributes"), keys, notes, name)


def _pairs(pairs: list[Any], keys: Keys, notes: list[str], name: str) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for pair in pairs:
        try:
            key = keys[_key(pair)]
        except InvalidInput as error:
            note(notes, name, f"{error.problem}, and was left out")
            continue
        try:
            out[key] = _value(pair.get("value"), 0)
        except InvalidInput as error:
            note(notes, f"{name}.{key}", f"{error.problem} and was left out")
    return out


def _key(pair: Any) -> str:
    key = _object(pair, "attributes").get("key")
    if key is None:
        return ""
    if not isinstance(key, str):
        raise InvalidInput("attributes", "has a key that is not text", "Send OTLP JSON")
    return key


def _value(value: Any, depth: int) -> Any:
    """A value. What is wrong with it is said without its name, which would be made for every entry."""
    if depth > DEPTH.most:
        raise InvalidInput("attributes", f"is nested deeper than {DEPTH.most} levels", "Flatten it")
    if value is None:
        return None
    for key, item in _object(value, "attributes").items():
        read_as = _READERS.get(key) or _READERS.get(key.replace("_v", "V"))
        if read_as is not None and item is not None:
            return read_as(item, depth)
    return None


def _string(item: Any, _depth: int) -> str:
    if not isinstance(item, str):
        raise InvalidInput("attributes", "is not text", "Use intValue, doubleValue or boolValue for other types")
    return clean_text(item)


def _bool(item: Any, _depth: int) -> bool:
    if not isinstance(item, bool):
        raise InvalidInput("attributes", "is not a boolean", "Write true or false")
    return item


def _double(item: Any, _depth: int) -> float | str:
    if isinstance(item, str) and item in _DOUBLES:
        return item
    try:
        if isinstance(item, bool) or (isinstance(item, str) and len(item) > DIGITS.most):
            raise ValueError
        # An integer too long for a float overflows, and a text that is no number is refused.
        return clean_number(float(item))
    except (TypeError, ValueError, OverflowError):
        raise InvalidInput("attributes", "is not a number", "Write a JSON number") from None


def _array(item: Any, depth: int) -> list[Any]:
    return [_value(entry, depth + 1) for entry in _list(_object(item, "attributes"), "values")]


def _map(item: Any, depth: int) -> dict[str, Any]:
    pairs = _list(_object(item, "attributes"), "values")
    return {clean_text(_key(pair)): _value(pair.get("value"), depth + 1) for pair in pairs}


_READERS = {
    "stringValue": _string,
    "boolValue": _bool,
    "intValue": lambda item, _depth: _int(item, "attributes"),
    "doubleValue": _double,
    "bytesValue": _string,
    "arrayValue": _array,
    "kvlistValue": _map,
}
