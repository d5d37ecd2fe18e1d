"""OTLP's JSON encoding: protobuf's JSON mapping, but with hexadecimal ids.

64-bit integers may be numbers or decimal texts, enums numbers or names, keys lowerCamelCase (the specification) or
snake_case (some senders). Unknown keys are ignored, as the specification asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from evaluator.core.errors import InvalidInput
from evaluator.ingest.clean import MAX_DEPTH, clean_number, clean_text, load_json
from evaluator.ingest.spans import Context, RawSpan

_HEX = re.compile(r"[0-9a-f]*")
_INT = re.compile(r"[+-]?[0-9]{1,20}")
_DOUBLES = {"NaN", "Infinity", "-Infinity"}
_SPAN_KINDS = {
    f"SPAN_KIND_{name}": number
    for number, name in enumerate(("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"))
}
_STATUS_CODES = {"STATUS_CODE_UNSET": 0, "STATUS_CODE_OK": 1, "STATUS_CODE_ERROR": 2}


def spans(body: bytes) -> Iterator[tuple[Context, Any]]:
    """Every span of a request with what its batch says once; `read` decodes it.

    Raises:
        InvalidInput: the body is not JSON, or not of the shape of an ExportTraceServiceRequest.
    """
    request = _object(load_json(body), "body")
    for resource_spans in _objects(request, "resourceSpans"):
        resource = _attributes(_object(_get(resource_spans, "resource") or {}, "resource"))
        for scope_spans in _objects(resource_spans, "scopeSpans"):
            context = Context(resource=resource, scope=_scope(_object(_get(scope_spans, "scope") or {}, "scope")))
            for span in _list(scope_spans, "spans"):
                yield context, span


def read(span: Any) -> RawSpan:
    """Decode one span.

    Raises:
        InvalidInput: a field has the wrong type, naming the field.
    """
    span = _object(span, "span")
    status = _object(_get(span, "status") or {}, "status")
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
        attributes=_attributes(span),
        events=[_event(event) for event in _objects(span, "events")],
        links=[{"trace_id": _hex(x, "traceId"), "span_id": _hex(x, "spanId")} for x in _objects(span, "links")],
        trace_state=_text(span, "traceState"),
        flags=_int(_get(span, "flags"), "flags"),
    )


def _scope(scope: dict[str, Any]) -> dict[str, Any]:
    about: dict[str, Any] = {"name": clean_text(_text(scope, "name")), "version": clean_text(_text(scope, "version"))}
    attributes = _attributes(scope)
    return about | ({"attributes": attributes} if attributes else {})


def _event(event: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": clean_text(_text(event, "name")),
        "time_ns": _int(_get(event, "timeUnixNano"), "timeUnixNano"),
        "attributes": _attributes(event),
    }


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


def _list(obj: dict[str, Any], key: str) -> list[Any]:
    value = _get(obj, key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidInput(key, "is not a list", "Send OTLP JSON")
    return value


def _objects(obj: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return [_object(item, f"{key}[{index}]") for index, item in enumerate(_list(obj, key))]


def _text(obj: dict[str, Any], key: str) -> str:
    value = _get(obj, key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidInput(key, "is not text", "Send OTLP JSON")
    return value


def _hex(obj: dict[str, Any], key: str) -> str:
    value = _text(obj, key).lower()
    if not _HEX.fullmatch(value):
        raise InvalidInput(key, "is not hexadecimal", "OTLP JSON writes ids in hexadecimal, not in base64")
    return value


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


def _attributes(obj: dict[str, Any], depth: int = 0, key: str = "attributes") -> dict[str, Any]:
    out = {}
    for pair in _objects(obj, key):
        name = _text(pair, "key")
        out[clean_text(name)] = _value(_get(pair, "value"), name, depth)
    return out


def _value(value: Any, name: str, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise InvalidInput(f"attributes.{name}", f"is nested deeper than {MAX_DEPTH} levels", "Flatten it")
    if value is None:
        return None
    value = _object(value, f"attributes.{name}")
    for key, item in value.items():
        read_as = _READERS.get(key.replace("_v", "V"))
        if read_as is not None and item is not None:
            return read_as(item, f"attributes.{name}", depth)
    return None


def _string(item: Any, name: str, _depth: int) -> str:
    if not isinstance(item, str):
        raise InvalidInput(name, "is not text", "Use intValue, doubleValue or boolValue for other types")
    return clean_text(item)


def _bool(item: Any, name: str, _depth: int) -> bool:
    if not isinstance(item, bool):
        raise InvalidInput(name, "is not a boolean", "Write true or false")
    return item


def _double(item: Any, name: str, _depth: int) -> float | str:
    if isinstance(item, str) and item in _DOUBLES:
        return item
    try:
        # An integer too long for a float overflows, and a text that is no number is refused.
        return clean_number(float(item))
    except (TypeError, ValueError, OverflowError):
        raise InvalidInput(name, "is not a number", "Write a JSON number") from None


def _array(item: Any, name: str, depth: int) -> list[Any]:
    return [_value(entry, name, depth + 1) for entry in _list(_object(item, name), "values")]


def _kvlist(item: Any, name: str, depth: int) -> dict[str, Any]:
    return _attributes(_object(item, name), depth + 1, "values")


_READERS = {
    "stringValue": _string,
    "boolValue": _bool,
    "intValue": lambda item, name, _depth: _int(item, name),
    "doubleValue": _double,
    "bytesValue": _string,
    "arrayValue": _array,
    "kvlistValue": _kvlist,
}
