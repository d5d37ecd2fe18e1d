"""Attributes that are read as numbers: what is out of bounds goes, what is no number stays as it came."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.native import traces as native
from evaluator.ingest.otlp.requests import decode
from tests.support.protobuf import START

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SPAN = {"traceId": "ab" * 16, "spanId": "cd" * 8, "startTimeUnixNano": START, "endTimeUnixNano": START}
STATED: list[tuple[str, Any, bool, float | None]] = [
    ("user.feedback", "The answer was wrong", True, None),
    ("user.feedback", "The answer was wrong, and so was every answer before it", True, None),
    ("user.feedback", "thumbs_down", True, -1.0),
    ("faithline.feedback", "0.5", True, 0.5),
    ("faithline.feedback", "5", False, None),
    ("faithline.cost", "two dollars", True, None),
    ("faithline.cost", "0.5", True, 0.5),
    ("faithline.cost", True, True, None),
    ("faithline.cost", ["0.5"], True, None),
    ("faithline.cost", "-1", False, None),
    ("faithline.cost", "nan", False, None),
    ("faithline.cost", "9" * 500, False, None),
]


@pytest.mark.parametrize(("key", "value", "kept", "read_as"), STATED)
@pytest.mark.parametrize("door", ["otlp", "native"])
def test_numbers_out_of_bounds_are_left_out_and_texts_that_are_none_stay(
    door: str, key: str, value: Any, kept: bool, read_as: float | None
) -> None:
    if door == "native":
        item = {"id": "t", "question": "Q", "answer": "A", "spans": [{"name": "s", "attributes": {key: value}}]}
        parts, errors = native.parse([item], project="p", received=NOW)
        assert [error.field for error in errors] == ([] if kept else [f"spans[0].attributes.{key}"])
        if not kept:
            return
        body = parts[0].body["spans"][0]
    else:
        kind = {bool: "boolValue", str: "stringValue"}.get(type(value))
        said = {kind: value} if kind else {"arrayValue": {"values": [{"stringValue": text} for text in value]}}
        span = SPAN | {"attributes": [{"key": key, "value": said}]}
        request = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
        parts = decode(json.dumps(request).encode(), "application/json", None, project="p").parts
        body = parts[0].body
        assert ("notes" in body) is not kept
    assert body["attributes"].get(key) == (value if kept else None)
    trace = assemble("p", parts[0].trace_id, parts)
    assert (trace.feedback if key.endswith("feedback") else trace.cost) == read_as


def test_an_integer_beyond_64_bits_is_a_number_out_of_bounds() -> None:
    attributes = {"llm.cost.total": 10**400}
    item = {"question": "Q", "answer": "A", "spans": [{"name": "s", "attributes": attributes}]}
    (error,) = native.parse([item], project="p", received=NOW).errors
    assert error.field == "spans[0].attributes.llm.cost.total"
