"""The real OpenTelemetry SDK and a real OpenInference instrumentor, against the decoder behind a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openinference.instrumentation import TraceConfig, using_attributes
from openinference.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.sdk.trace import TracerProvider, _sampling_experimental
from opentelemetry.trace import Status as OtelStatus
from opentelemetry.trace import StatusCode

from evaluator.core.ids import pseudonym
from evaluator.core.trace import SpanKind, Status
from tests.support import senders
from tests.support.senders import Sink

DOCUMENTS = ["Parcels to Norway take six working days.", "Returns are free within 30 days of delivery."]
ANSWER = "A parcel to Norway takes six working days."


@pytest.fixture
def sink() -> Iterator[Sink]:
    with senders.otlp_sink() as found:
        yield found


@pytest.fixture
def provider(sink: Sink) -> Iterator[TracerProvider]:
    with senders.tracer_provider(sink.endpoint) as found:
        yield found


def reply(request: dict[str, Any]) -> str | list[dict[str, Any]]:
    last = request["messages"][-1]
    if request.get("tools") and last["role"] != "tool":
        return [senders.tool_call("track", {"parcel": "N-17"})]
    return "Your parcel N-17 is in Oslo." if last["role"] == "tool" else ANSWER


@pytest.fixture(params=["openinference", "both"])
def client(request: pytest.FixtureRequest, provider: TracerProvider) -> Iterator[openai.OpenAI]:
    """An instrumented OpenAI client; once with OpenInference's attributes, once with the GenAI ones beside them."""
    config = TraceConfig(enable_genai_semconv=request.param == "both")
    instrumentor = OpenAIInstrumentor()
    instrumentor.instrument(tracer_provider=provider, config=config)
    try:
        with senders.openai_stand_in(reply) as url, openai.OpenAI(base_url=url, api_key="none") as made:
            yield made
    finally:
        instrumentor.uninstrument()


MESSAGES: Any = [
    {"role": "system", "content": "You answer for a shop."},
    {"role": "user", "content": "How long does a parcel to Norway take?"},
]


def test_one_call_becomes_one_answer(sink: Sink, client: openai.OpenAI) -> None:
    client.chat.completions.create(model=senders.MODEL, messages=MESSAGES)
    trace = sink.only()
    (answer,) = trace.answers
    assert (answer.id, answer.question, answer.answer) == ("root", MESSAGES[1]["content"], ANSWER)
    assert answer.system_prompt == "You answer for a shop."
    assert (trace.input_tokens, trace.output_tokens) == (20, len(ANSWER.split()))
    assert trace.model == senders.MODEL_SERVED
    assert (trace.service, trace.environment) == ("help-desk", "staging")
    assert trace.spans[0].kind is SpanKind.LLM
    assert sink.headers[0]["content-encoding"] == "gzip"
    assert sink.headers[0]["content-type"] == "application/x-protobuf"
    assert sink.rejected == 0


def test_a_streamed_call_has_its_whole_text_and_usage(sink: Sink, client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model=senders.MODEL, messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    )
    assert "".join(c.choices[0].delta.content or "" for c in stream if c.choices) == ANSWER
    trace = sink.only()
    assert trace.answers[0].answer == ANSWER
    assert trace.output_tokens == len(ANSWER.split())


def test_a_rag_pipeline(sink: Sink, provider: TracerProvider, client: openai.OpenAI) -> None:
    tracer = provider.get_tracer("rag", "0.1")
    question = MESSAGES[1]["content"]
    context = using_attributes(session_id="s-1", user_id="ada@example.org", tags=["beta"], metadata={"shelf": 3})
    with context, tracer.start_as_current_span("answer") as root:
        root.set_attributes({"openinference.span.kind": "CHAIN", "input.value": question, "output.value": ANSWER})
        root.set_attribute("faithline.complete", True)
        with tracer.start_as_current_span("search") as search:
            search.set_attributes({"openinference.span.kind": "RETRIEVER", "input.value": question})
            for n, text in enumerate(DOCUMENTS):
                search.set_attribute(f"retrieval.documents.{n}.document.content", text)
                search.set_attribute(f"retrieval.documents.{n}.document.id", f"d{n}")
                search.set_attribute(f"retrieval.documents.{n}.document.score", 0.9 - n / 10)
        prompt = "Answer from the notes.\n" + "\n".join(DOCUMENTS) + "\nQuestion: " + question
        client.chat.completions.create(model=senders.MODEL, messages=[{"role": "user", "content": prompt}])
    trace = sink.only()
    (answer,) = trace.answers
    assert (answer.question, answer.answer) == (question, ANSWER)
    assert [(p.text, p.id, p.score) for p in answer.passages] == [
        (DOCUMENTS[0], "d0", 0.9),
        (DOCUMENTS[1], "d1", 0.8),
    ]
    assert (trace.name, trace.session, trace.user) == ("answer", "s-1", pseudonym(senders.PROJECT, "ada@example.org"))
    assert trace.tags == ("beta",)
    assert trace.metadata == {"shelf": 3}
    assert trace.complete
    assert {span.name: span.kind for span in trace.spans}["search"] is SpanKind.RETRIEVER
    stored = json.dumps([part.body for part in sink.parts.values()])
    assert "ada@example.org" not in stored


def test_an_agent_with_a_tool(sink: Sink, provider: TracerProvider, client: openai.OpenAI) -> None:
    tracer = provider.get_tracer("agent")
    question: Any = {"role": "user", "content": "Where is parcel N-17?"}
    tools: Any = [{"type": "function", "function": {"name": "track", "parameters": {"type": "object"}}}]
    with tracer.start_as_current_span("agent") as root:
        root.set_attribute("openinference.span.kind", "AGENT")
        first = client.chat.completions.create(model=senders.MODEL, messages=[question], tools=tools)
        call = first.choices[0].message.tool_calls
        assert call
        with tracer.start_as_current_span("track") as tool:
            tool.set_attributes({"openinference.span.kind": "TOOL", "output.value": "N-17: Oslo, sorting centre"})
        result: Any = {"role": "tool", "tool_call_id": call[0].id, "content": "N-17: Oslo, sorting centre"}
        turn: Any = first.choices[0].message.model_dump(exclude_none=True)
        client.chat.completions.create(model=senders.MODEL, messages=[question, turn, result], tools=tools)
    (answer,) = sink.only().answers
    assert (answer.question, answer.answer) == (question["content"], "Your parcel N-17 is in Oslo.")
    assert [p.text for p in answer.passages] == ["N-17: Oslo, sorting centre"]


def test_todays_genai_conventions_by_hand(sink: Sink, provider: TracerProvider) -> None:
    tracer = provider.get_tracer("manual")
    messages = [{"role": "user", "parts": [{"type": "text", "content": "Who wrote the leaflet?"}]}]
    replies = [{"role": "assistant", "parts": [{"type": "text", "content": "Dr Adeyemi."}], "finish_reason": "stop"}]
    with tracer.start_as_current_span("POST /chat"):
        with tracer.start_as_current_span("retrieval leaflets") as search:
            search.set_attribute("gen_ai.operation.name", "retrieval")
            search.set_attribute("gen_ai.retrieval.query.text", "leaflet author")
            documents = [{"id": "l1", "score": 0.7, "content": "Leaflet 1, by Dr Adeyemi."}]
            search.set_attribute("gen_ai.retrieval.documents", json.dumps(documents))
        with tracer.start_as_current_span("chat stand-in-1") as chat:
            chat.set_attributes(
                {
                    "gen_ai.operation.name": "chat",
                    "gen_ai.provider.name": "openai",
                    "gen_ai.request.model": "stand-in-1",
                    "gen_ai.response.model": "stand-in-1-b",
                    "gen_ai.response.id": "r-1",
                    "gen_ai.conversation.id": "c-9",
                    "gen_ai.prompt.name": "leaflet",
                    "gen_ai.usage.input_tokens": 12,
                    "gen_ai.usage.output_tokens": 3,
                    "gen_ai.system_instructions": json.dumps([{"type": "text", "content": "Be brief."}]),
                }
            )
            # Today's SDK takes structured values, which arrive as lists of key-value lists.
            chat.set_attribute("gen_ai.input.messages", messages)  # type: ignore[arg-type]
            chat.set_attribute("gen_ai.output.messages", replies)  # type: ignore[arg-type]
    trace = sink.only()
    (answer,) = trace.answers
    assert (answer.question, answer.answer) == ("Who wrote the leaflet?", "Dr Adeyemi.")
    assert answer.system_prompt == "Be brief."
    assert [(p.id, p.text) for p in answer.passages] == [("l1", "Leaflet 1, by Dr Adeyemi.")]
    assert (trace.model, trace.session, trace.prompt_version) == ("stand-in-1-b", "c-9", "leaflet")
    assert (trace.input_tokens, trace.output_tokens) == (12, 3)


def test_an_error_is_an_error(sink: Sink, provider: TracerProvider) -> None:
    tracer = provider.get_tracer("manual")
    with tracer.start_as_current_span("chat") as span:
        span.set_attributes({"gen_ai.operation.name": "chat", "error.type": "timeout"})
        span.set_status(OtelStatus(StatusCode.ERROR, "no answer in 30 s"))
    trace = sink.only()
    assert trace.status is Status.ERROR
    assert trace.answers == ()
    assert trace.spans[0].status_message == "no answer in 30 s"


def test_the_sampling_probability_of_the_sdk_is_kept(sink: Sink) -> None:
    sampler = _sampling_experimental.composite_sampler(_sampling_experimental.composable_traceid_ratio_based(0.25))
    with senders.tracer_provider(sink.endpoint, compressed=False, sampler=sampler) as provider:
        tracer = provider.get_tracer("sampled")
        for _ in range(64):
            with tracer.start_as_current_span("one"):
                pass
    traces = sink.traces()
    assert 1 <= len(traces) < 64
    assert {trace.sampling_probability for trace in traces} == {0.25}
