"""Whatever JSON comes in as scores or feedback, every item is kept or explained, and what is kept can be stored."""

from __future__ import annotations

import dataclasses
import json
import math
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.core.annotation import AnnotationKind
from evaluator.core.bounds import COMMENT, FACTS
from evaluator.ingest.native.annotations import parse

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FIELDS = ("id", "trace_id", "answer_id", "target_id", "name", "value", "thumbs", "label", "comment", "explanation",
          "source", "user", "user_id", "timestamp", "metadata", "note")  # fmt: skip
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(), max_size=8),
    st.sampled_from(["\ud800", "\x00", "up", "0.8", "t:root", 10**400, "x" * 30_000, "2026-11-01T00:00:00Z"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=8,
)
ITEMS = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6)


@settings(max_examples=150)
@given(
    st.sampled_from(AnnotationKind),
    st.lists(ITEMS.map(lambda item: {"trace_id": "t", "name": "n", "value": 1} | item) | VALUES, max_size=4),
)
def test_every_item_is_kept_or_explained(kind: AnnotationKind, items: list[Any]) -> None:
    found, errors = parse(kind, items, project="p", received=NOW)
    assert sorted([i for i, _ in found] + [e.index for e in errors]) == list(range(len(items)))
    assert all(error.field and error.problem and error.remedy for error in errors)
    assert found == parse(kind, items, project="p", received=NOW)[0]
    for _, annotation in found:
        text = json.dumps(dataclasses.asdict(annotation), ensure_ascii=False, allow_nan=False, default=str)
        assert "\\u0000" not in text.replace("\\\\", "")
        text.encode()
        assert annotation.value is None or math.isfinite(annotation.value)
        assert len(annotation.comment) <= COMMENT.most
        assert len(json.dumps(annotation.facts, ensure_ascii=False)) <= FACTS.most
        if kind is AnnotationKind.FEEDBACK:
            assert annotation.value is not None
            assert -1 <= annotation.value <= 1
