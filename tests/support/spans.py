"""Short hands for spans as parts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from evaluator.core.trace import Part, Passage, Trace
from evaluator.ingest.assembly.assemble import assemble

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def span(
    span_id: str,
    parent: str | None = None,
    kind: str = "",
    at: tuple[float, float] = (0, 10),
    **attributes: Any,
) -> Part:
    """A span part; `at` is start and end in seconds after noon. Keyword `input_value` is attribute ``input.value``;
    `docs` are retrieved documents, `raw` further attributes, `body` further fields of the body."""
    raw: dict[str, Any] = attributes.pop("raw", {})
    body: dict[str, Any] = attributes.pop("body", {})
    docs: Sequence[str] = attributes.pop("docs", ())
    named = {"openinference.span.kind": kind.upper()} if kind else {}
    prefix = "reranker.output_documents" if kind == "reranker" else "retrieval.documents"
    listed = {f"{prefix}.{n}.document.content": text for n, text in enumerate(docs)}
    start, end = (NOON + timedelta(seconds=seconds) for seconds in at)
    return Part(
        project="p",
        trace_id="t",
        part_id=span_id,
        source="otlp",
        start=start,
        end=end,
        name=attributes.get("name", span_id),
        body={
            "span_id": span_id,
            "parent_id": parent,
            "name": attributes.pop("name", span_id),
            "start_ns": (start - _EPOCH) // timedelta(microseconds=1) * 1000,
            "end_ns": (end - _EPOCH) // timedelta(microseconds=1) * 1000,
            "status": "unset",
            "attributes": named | {k.replace("_", ".", 1): v for k, v in attributes.items()} | listed | raw,
            "resource": {},
        }
        | body,
    )


def llm(span_id: str, parent: str | None, at: tuple[float, float], says: str, *history: str, **more: Any) -> Part:
    """A model call. `history` alternates between user and assistant; ``system:`` and ``tool:`` name a role."""
    raw: dict[str, Any] = more.pop("raw", {})
    turn = 0
    for number, text in enumerate(history):
        role, _, rest = text.partition(":")
        if role not in ("system", "tool"):
            role, rest = ("user", "assistant")[turn % 2], text
            turn += 1
        raw |= {f"llm.input_messages.{number}.message.role": role}
        raw |= {f"llm.input_messages.{number}.message.content": rest}
    raw |= {"llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": says}
    return span(span_id, parent, "llm", at, raw=raw, **more)


def put_together(*parts: Part) -> Trace:
    return assemble("p", "t", parts)


def texts(passages: Sequence[Passage]) -> list[str]:
    return [p.text for p in passages]
