"""A trace is the same in whatever order its parts came, and no span is lost, whatever its parent."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from evaluator.core.trace import Part
from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.otlp.requests import decode
from evaluator.ingest.otlp.signals import LOGS
from tests.support import records

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
LATE = "e" * 16
WORDS = ("Parcels take six days in total.", "Returns are free for a month.", "yes", "")


@st.composite
def forests(draw: st.DrawFn) -> list[Part]:
    """Spans with any parents (also themselves, each other, and spans that never came), kinds, times and texts."""
    ids = [f"{n:016x}" for n in range(1, draw(st.integers(1, 9)) + 1)]
    parents = st.sampled_from([None, "f" * 16, *ids])
    kinds = st.sampled_from(["LLM", "RETRIEVER", "RERANKER", "TOOL", "CHAIN", "AGENT", "GUARDRAIL", ""])
    parts = []
    for span_id in ids:
        start = NOON + timedelta(seconds=draw(st.integers(0, 5)))
        end = start + timedelta(seconds=draw(st.integers(0, 5)))
        text = st.sampled_from(WORDS)
        attributes = {
            "openinference.span.kind": draw(kinds),
            "input.value": draw(text),
            "output.value": draw(text),
            "retrieval.documents.0.document.content": draw(text),
            "llm.token_count.prompt": draw(st.integers(0, 9)),
            "llm.cost.total": draw(st.sampled_from([0.1, 0.2, 0.3])),
            "session.id": draw(st.sampled_from(["", "a", "b"])),
        }
        body = {"span_id": span_id, "parent_id": draw(parents), "name": draw(st.sampled_from(["", "turn"]))}
        body |= {"attributes": attributes, "status": draw(st.sampled_from(["unset", "ok", "error"]))}
        parts.append(
            Part(
                project="p",
                trace_id="t",
                part_id=span_id,
                source="otlp",
                start=start,
                end=end,
                body=body,
                complete=draw(st.booleans()),
            )
        )
    return parts + draw(contents(ids))


@st.composite
def contents(draw: st.DrawFn, ids: list[str]) -> list[Part]:
    """Log records of these spans, and of one that never came."""
    texts, names = st.sampled_from(WORDS), st.sampled_from(["gen_ai.user.message", "gen_ai.choice"])
    sent = [
        records.record(
            draw(names), {"content": draw(texts)}, draw(st.integers(0, 2)), spanId=draw(st.sampled_from(ids))
        )
        for _ in range(draw(st.integers(0, 5)))
    ]
    sent += [records.record(draw(names), {"content": draw(texts)}, spanId=LATE)] * draw(st.integers(0, 1))
    body = records.in_form(records.request(*sent), records.JSON)
    return decode(body, records.JSON, None, project="p", signal=LOGS).parts


@given(forests(), st.integers(0, 2**32))
def test_order_does_not_matter(parts: list[Part], seed: int) -> None:
    shuffled = list(parts)
    random.Random(seed).shuffle(shuffled)
    assert assemble("p", "t", parts) == assemble("p", "t", shuffled)


@given(forests())
def test_nothing_is_lost_or_doubled(parts: list[Part]) -> None:
    trace = assemble("p", "t", parts)
    spans = {part.part_id for part in parts if part.source == "otlp"}
    told = {part.body["span_id"] for part in parts if part.source != "otlp"}
    assert sorted(span.span_id for span in trace.spans) == sorted(spans | told)
    ids = [answer.id for answer in trace.answers]
    assert len(ids) == len(set(ids))
    assert ids[:1] in ([], ["root"])
    for answer in trace.answers:
        texts = [passage.text for passage in answer.passages]
        assert len(texts) == len(set(texts))
        assert answer.answer
