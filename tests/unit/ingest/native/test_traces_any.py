"""Whatever JSON comes in, `parse` answers for every item, and what it keeps can be stored and put together."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.core.trace import ROOT_ANSWER
from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.native.model import NativeSpan, NativeTrace
from evaluator.ingest.native.traces import parse

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FIELDS = [*NativeTrace.model_fields, *NativeSpan.model_fields, "input", "context", "label", "meta", "text", "role"]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(), max_size=8),
    st.sampled_from(["\ud800", "\x00", "up", "ok", "llm", "retriever", "2026-11-01T00:00:00Z", "root", 1790000000]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=12,
)
ITEMS = st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=4), VALUES, max_size=6)


@settings(max_examples=80)
@given(st.lists(ITEMS.map(lambda item: {"question": "Q", "answer": "A"} | item) | VALUES, max_size=4))
def test_every_item_is_kept_or_explained(items: list[Any]) -> None:
    parts, errors = parse(items, project="p", received=NOW)
    assert len(parts) + len(errors) == len(items)
    assert all(error.field and error.problem and error.remedy for error in errors)
    assert parts == parse(items, project="p", received=NOW)[0]
    for part in parts:
        json.dumps(part.body, ensure_ascii=False, allow_nan=False).encode()
        trace = assemble("p", part.trace_id, [part])
        text = json.dumps(dataclasses.asdict(trace), ensure_ascii=False, allow_nan=False, default=str)
        text.encode()
        assert "\\u0000" not in text.replace("\\\\", "")
        ids = [answer.id for answer in trace.answers]
        assert len(ids) == len(set(ids))


@given(st.floats(-1, 1), st.text(min_size=1, max_size=5))
def test_feedback_reaches_the_trace(feedback: float, answer: str) -> None:
    item = {"id": "t", "question": "Q", "answer": answer}
    parts, _ = parse([item, {"id": "t", "feedback": feedback}], project="p", received=NOW)
    trace = assemble("p", "t", parts)
    assert trace.feedback == feedback
    assert [a.id for a in trace.answers] == [ROOT_ANSWER]
