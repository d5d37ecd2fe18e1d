"""Who sent a trace: the most specific sender that it shows, whatever the order of its spans."""

from __future__ import annotations

import itertools

import pytest

from evaluator.ingest.senders import sender_of


def scope(name: str, **attributes: object) -> dict[str, object]:
    return {"scope": {"name": name}, "attributes": attributes}


@pytest.mark.parametrize(
    ("bodies", "expected"),
    [
        ([scope("openinference.instrumentation.smolagents")], "smolagents"),
        ([scope("openinference.instrumentation.openai"), scope("openinference.instrumentation.crewai")], "crewai"),
        ([scope("OpenInference.Instrumentation.Bedrock")], "openinference"),
        ([scope("opentelemetry.instrumentation.openai_v2")], "opentelemetry-genai"),
        ([scope("opentelemetry.instrumentation.openai.v1")], "openllmetry"),
        ([scope("Microsoft.SemanticKernel.Connectors.OpenAI")], "semantic-kernel"),
        ([scope("langfuse-sdk"), scope("openinference.instrumentation.langchain")], "langfuse"),
        ([scope("shop", **{"traceloop.span.kind": "task"})], "openllmetry"),
        ([scope("shop", **{"gen_ai.request.model": "m"})], "genai-attributes"),
        ([scope("shop", **{"gen_ai.request.model": "m", "langsmith.span.kind": "llm"})], "langsmith"),
        ([scope("litellm", **{"langfuse.environment": "x"})], "litellm"),
        ([{"events": [{"name": "gen_ai.choice"}]}], "genai-attributes"),
        ([{"resource": {"service.name": "strands-agents"}}, {"attributes": {"gen_ai.system": "x"}}], "strands"),
        ([{"attributes": {"ai.observability.span_type": "record_root"}}], "trulens"),
        ([scope("ai")], "vercel-ai"),
    ],
)
def test_the_most_specific_sender_is_named_in_whatever_order(bodies, expected: str) -> None:
    noise = [scope("opentelemetry.instrumentation.requests", **{"http.method": "GET"}), {}]
    for order in itertools.permutations([*bodies, *noise]):
        found = sender_of(order)
        assert found is not None
        assert found.id == expected


@pytest.mark.parametrize(
    "bodies",
    [
        [],
        [{}],
        [scope("ai-backend"), scope("mlflow2"), scope("openinferences")],
        [scope("opentelemetry.instrumentation.requests", **{"http.method": "GET", "aid": 1, "ai": 2})],
        [{"scope": None, "attributes": None, "resource": None, "events": None}],
        [{"scope": {"name": 7}, "attributes": {"": 1, "x" * 100_000: 1}, "events": [{"name": None}, {}]}],
        [{"resource": {"service.name": ["strands-agents"]}}],
    ],
)
def test_nobody_is_named_where_nothing_tells(bodies) -> None:
    assert sender_of(bodies) is None
