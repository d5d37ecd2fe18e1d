"""Each convention on the attributes that real senders write."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evaluator.core.trace import Passage, SpanKind
from evaluator.ingest.conventions import Facts, read
from evaluator.ingest.shapes import Message
from evaluator.ingest.shapes.calls import Asked


def facts(attributes: dict[str, Any], **body: Any) -> Facts:
    return read({"attributes": attributes, "resource": {}, **body})


TODAY: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "m-1",
    "gen_ai.response.model": "m-1-0930",
    "gen_ai.response.id": "resp_1",
    "gen_ai.conversation.id": "conv_1",
    "gen_ai.usage.input_tokens": 97,
    "gen_ai.usage.output_tokens": 0,
    "gen_ai.system_instructions": json.dumps([{"type": "text", "content": "Be kind."}]),
    "gen_ai.input.messages": json.dumps(
        [
            {"role": "user", "parts": [{"type": "text", "content": "Weather?"}]},
            {
                "role": "assistant",
                "parts": [{"type": "tool_call", "id": "c", "name": "w", "arguments": {"at": "Oslo"}}],
            },
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c", "result": "rain, 4 C"}]},
        ]
    ),
    "gen_ai.output.messages": json.dumps(
        [
            {
                "role": "assistant",
                "parts": [{"type": "reasoning", "content": "hm"}, {"type": "text", "content": "It rains."}],
                "finish_reason": "stop",
            }
        ]
    ),
}


def test_todays_genai_conventions() -> None:
    said = facts(TODAY)
    assert said.kind is SpanKind.LLM
    assert (said.question, said.answer, said.system_prompt) == ("Weather?", "It rains.", "Be kind.")
    assert said.input_messages == (
        Message(role="user", text="Weather?"),
        Message(role="assistant", tool_call=True, calls=(Asked("w", '{"at": "Oslo"}', "c"),)),
        Message(role="tool", text="rain, 4 C", call_id="c"),
    )
    assert (said.request_model, said.response_model, said.session) == ("m-1", "m-1-0930", "conv_1")
    assert (said.input_tokens, said.output_tokens) == (97, 0)


def test_structured_attributes_say_the_same_as_json_text() -> None:
    structured = {k: json.loads(v) if k.endswith(("messages", "instructions")) else v for k, v in TODAY.items()}
    assert facts(structured) == facts(TODAY)


def test_a_genai_reply_that_asks_for_a_tool_is_no_answer() -> None:
    parts = [{"type": "text", "content": "One moment."}, {"type": "tool_call", "name": "w"}]
    said = facts(TODAY | {"gen_ai.output.messages": [{"role": "assistant", "parts": parts}]})
    assert said.answer is None


def test_numbered_genai_attributes() -> None:
    said = facts(
        {
            "gen_ai.system": "openai",
            "gen_ai.request.model": "m-1",
            "gen_ai.prompt.0.role": "system",
            "gen_ai.prompt.0.content": "Be kind.",
            "gen_ai.prompt.1.role": "user",
            "gen_ai.prompt.1.content": json.dumps([{"type": "text", "text": "Hi?"}]),
            "gen_ai.prompt.10.role": "user",
            "gen_ai.prompt.10.content": "Still there?",
            "gen_ai.prompt.2.role": "assistant",
            "gen_ai.prompt.2.content": "Hello.",
            "gen_ai.completion.0.role": "assistant",
            "gen_ai.completion.0.content": "Yes.",
            "gen_ai.usage.prompt_tokens": 5,
            "gen_ai.usage.completion_tokens": 1,
        }
    )
    assert said.kind is SpanKind.LLM
    assert [m.text for m in said.input_messages] == ["Be kind.", "Hi?", "Hello.", "Still there?"]
    assert (said.question, said.answer, said.system_prompt) == ("Still there?", "Yes.", "Be kind.")
    assert (said.input_tokens, said.output_tokens) == (5, 1)


def test_genai_span_events() -> None:
    events = [
        {"name": "gen_ai.system.message", "attributes": {"content": "Be kind."}},
        {"name": "gen_ai.user.message", "attributes": {"content": "Hi?"}},
        {
            "name": "gen_ai.choice",
            "attributes": {
                "index": 0,
                "finish_reason": "stop",
                "message": '{"role": "assistant", "content": "Hello."}',
            },
        },
    ]
    said = facts({"gen_ai.system": "openai", "gen_ai.request.model": "m"}, events=events)
    assert (said.kind, said.question, said.answer, said.system_prompt) == (SpanKind.LLM, "Hi?", "Hello.", "Be kind.")


def test_genai_details_in_an_event() -> None:
    details = {k: v for k, v in TODAY.items() if k.endswith(("messages", "instructions"))}
    rest = {k: v for k, v in TODAY.items() if k not in details}
    event = {"name": "gen_ai.client.inference.operation.details", "attributes": details}
    assert facts(rest, events=[event]) == facts(TODAY)


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("retrieval", SpanKind.RETRIEVER),
        ("embeddings", SpanKind.EMBEDDING),
        ("execute_tool", SpanKind.TOOL),
        ("invoke_agent", SpanKind.AGENT),
        ("invoke_workflow", SpanKind.CHAIN),
        ("something_new", None),
    ],
)
def test_genai_operations(operation: str, kind: SpanKind | None) -> None:
    assert facts({"gen_ai.operation.name": operation}).kind is kind


def test_genai_documents_count_when_they_have_a_text() -> None:
    documents = [{"id": "d1", "score": 0.95}, {"id": "d2", "score": 0.9, "content": "Rain is wet."}]
    said = facts({"gen_ai.operation.name": "retrieval", "gen_ai.retrieval.documents": json.dumps(documents)})
    assert said.passages == (Passage(text="Rain is wet.", id="d2", score=0.9),)


def test_genai_tool_calls() -> None:
    said = facts(
        {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.call.arguments": {"at": "Oslo"},
            "gen_ai.tool.call.result": {"sky": "rain"},
        }
    )
    assert (said.kind, said.input, said.output) == (SpanKind.TOOL, '{"at": "Oslo"}', '{"sky": "rain"}')


def test_openinference_messages() -> None:
    said = facts(
        {
            "openinference.span.kind": "LLM",
            "llm.model_name": "m-1",
            "input.value": '{"messages": []}',
            "input.mime_type": "application/json",
            "llm.input_messages.0.message.role": "system",
            "llm.input_messages.0.message.content": "Be kind.",
            "llm.input_messages.1.message.role": "user",
            "llm.input_messages.1.message.contents.0.message_content.type": "text",
            "llm.input_messages.1.message.contents.0.message_content.text": "What is",
            "llm.input_messages.1.message.contents.1.message_content.type": "image",
            "llm.input_messages.1.message.contents.1.message_content.image.image.url": "http://x/y.png",
            "llm.input_messages.1.message.contents.2.message_content.type": "text",
            "llm.input_messages.1.message.contents.2.message_content.text": "this?",
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": "A cat.",
            "llm.token_count.prompt": 9,
            "llm.token_count.completion": 2,
            "llm.cost.total": 0.002,
            "llm.prompt_template.version": "v7",
            "session.id": "s",
            "tag.tags": ["a", "b"],
            "metadata": '{"shelf": 3}',
        }
    )
    assert (said.kind, said.question, said.answer) == (SpanKind.LLM, "What is\nthis?", "A cat.")
    assert (said.system_prompt, said.request_model, said.prompt_version) == ("Be kind.", "m-1", "v7")
    assert (said.input_tokens, said.output_tokens, said.cost, said.session) == (9, 2, 0.002, "s")
    assert (said.tags, said.metadata) == (("a", "b"), {"shelf": 3})


def test_openinference_tool_calls_are_no_answer() -> None:
    said = facts(
        {
            "openinference.span.kind": "LLM",
            "output.value": '{"choices": [{"message": {"content": null, "tool_calls": [{"id": "1"}]}}]}',
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "w",
        }
    )
    assert said.answer is None


@pytest.mark.parametrize(
    ("side", "value", "text"),
    [
        ("input", "plain", "plain"),
        ("input", '{"question": "How?", "k": 3}', "How?"),
        ("input", '{"inputs": {"query": "How?"}}', "How?"),
        ("input", '{"messages": [{"role": "user", "content": "A"}, {"role": "user", "content": "B"}]}', "B"),
        ("input", '[[{"kwargs": {"type": "human", "content": "How?"}}]]', "How?"),
        ("input", '{"k": 3}', '{"k": 3}'),
        ("input", "{not json", "{not json"),
        ("input", "__REDACTED__", None),
        ("output", '{"answer": "So."}', "So."),
        ("output", '{"messages": [{"role": "user", "content": "A"}, {"type": "ai", "content": "B"}]}', "B"),
        ("output", '{"choices": [{"message": {"role": "assistant", "content": "So."}}]}', "So."),
        ("output", '{"choices": [{"message": {"content": null, "tool_calls": [{}]}}]}', None),
        ("output", '{"sentiment": "good"}', '{"sentiment": "good"}'),
    ],
)
def test_openinference_values(side: str, value: str, text: str | None) -> None:
    said = facts({"openinference.span.kind": "CHAIN", f"{side}.value": value})
    assert (said.question if side == "input" else said.answer) == text


def test_openinference_documents() -> None:
    said = facts(
        {
            "openinference.span.kind": "RERANKER",
            "reranker.query": "rain",
            "reranker.input_documents.0.document.content": "Snow.",
            "reranker.input_documents.1.document.content": "Rain.",
            "reranker.output_documents.0.document.content": "Rain.",
            "reranker.output_documents.0.document.id": 7,
            "reranker.output_documents.0.document.score": "0.5",
        }
    )
    assert said.kind is SpanKind.RERANKER
    assert said.passages == (Passage(text="Rain.", id="7", score=0.5),)
    assert (said.documents_in, said.input) == (("Snow.", "Rain."), "rain")


def test_a_span_in_both_conventions_says_it_once() -> None:
    said = facts(
        TODAY
        | {
            "openinference.span.kind": "LLM",
            "llm.model_name": "m-1",
            "llm.token_count.prompt": 97,
            "llm.output_messages.0.message.content": "It rains.",
        }
    )
    assert (said.input_tokens, said.answer) == (97, "It rains.")
    # Only the GenAI convention tells the response's model from the request's.
    assert (said.response_model, said.request_model) == ("m-1-0930", "m-1")


def test_faithlines_own_attributes_go_first() -> None:
    said = facts(
        TODAY
        | {
            "faithline.input": "Real question",
            "faithline.output": "Real answer",
            "faithline.context": json.dumps(["One.", {"text": "Two.", "id": "2"}]),
            "faithline.prompt_version": "v9",
            "faithline.feedback": "down",
            "faithline.sampling_probability": 0.5,
            "gen_ai.prompt.version": "v8",
        },
        trace_state="ot=th:8",
        resource={"deployment.environment": "prod"},
    )
    assert (said.question, said.answer) == ("Real question", "Real answer")
    assert [p.text for p in said.passages] == ["One.", "Two."]
    assert (said.prompt_version, said.feedback, said.sampling_probability) == ("v9", -1.0, 0.5)
    assert said.environment == "prod"


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"haystack.component.type": "OllamaChatGenerator"}, SpanKind.LLM),
        ({"haystack.component.type": "QdrantEmbeddingRetriever"}, SpanKind.RETRIEVER),
        ({"haystack.component.type": "TransformersSimilarityRanker"}, SpanKind.RERANKER),
        ({"haystack.component.type": "OpenAITextEmbedder"}, SpanKind.EMBEDDING),
        ({"haystack.component.type": "Agent"}, SpanKind.AGENT),
        ({"haystack.component.type": "ChatPromptBuilder"}, None),
        ({"haystack.agent.max_steps": 5}, SpanKind.AGENT),
        ({"haystack.tool.name": "track"}, SpanKind.TOOL),
    ],
)
def test_haystack_kinds(attributes: dict[str, Any], kind: SpanKind | None) -> None:
    assert facts(attributes).kind is kind


def test_a_model_call_of_a_haystack_agent() -> None:
    meta = {"model": "m-1-0930", "usage": {"prompt_tokens": 31, "completion_tokens": 7}}
    asked = [
        {"role": "system", "content": [{"text": "Be kind."}]},
        {"role": "user", "content": [{"text": "Weather?"}]},
    ]
    replies = [{"role": "assistant", "meta": meta, "name": None, "content": [{"text": "It rains."}]}]
    said = facts(
        {
            "haystack.agent.step.llm.input": json.dumps({"messages": asked, "tools": []}),
            "haystack.agent.step.llm.output": json.dumps({"replies": replies}),
        }
    )
    assert said.kind is SpanKind.LLM
    assert (said.question, said.answer, said.system_prompt) == ("Weather?", "It rains.", "Be kind.")
    assert (said.response_model, said.input_tokens, said.output_tokens) == ("m-1-0930", 31, 7)


def test_replies_of_a_haystack_generator_have_their_facts_beside_them() -> None:
    meta = {"model": "m-1-0930", "usage": {"prompt_tokens": 31, "completion_tokens": 7}}
    output = json.dumps({"replies": ["It rains."], "meta": [meta]})
    said = facts({"haystack.component.type": "OpenAIGenerator", "haystack.component.output": output})
    assert (said.answer, said.response_model, said.input_tokens) == ("It rains.", "m-1-0930", 31)


def test_what_a_model_is_about_to_be_asked_is_no_answer() -> None:
    request = {
        "messages": ["ChatMessage(role='user', blocks=[TextBlock(text='What is it?')])"],
        "tool_choice": "auto",
    }
    said = facts({"openinference.span.kind": "LLM", "output.value": json.dumps(request)})
    assert said.answer is None
    assert facts({"openinference.span.kind": "LLM", "output.value": '{"messages": ["It is."]}'}).answer == "It is."


def test_tags_of_the_senders_own() -> None:
    assert facts({"tags": ["a", "b"]}).tags == ("a", "b")
    assert facts({"tags": ["a"], "faithline.tags": ["b"]}).tags == ("b",)


def test_prompt_versions() -> None:
    assert facts({"gen_ai.prompt.name": "a"}).prompt_version == "a"
    assert facts({"gen_ai.prompt.name": "a", "gen_ai.prompt.version": 3}).prompt_version == "a@3"
    assert facts({"prompt.version": "v1"}).prompt_version == "v1"


def test_nonsense_counts_as_not_said() -> None:
    said = facts(
        {
            "openinference.span.kind": 7,
            "gen_ai.operation.name": ["chat"],
            "gen_ai.input.messages": "[" * 5000,
            "gen_ai.output.messages": '[null, 3, {"parts": 4}, {"parts": [null, {"type": "text", "content": 3}]}]',
            "gen_ai.usage.input_tokens": "many",
            "gen_ai.usage.output_tokens": -4,
            "llm.input_messages.99999999.message.content": None,
            "llm.input_messages.x.message.content": "never",
            "llm.cost.total": "NaN",
            "faithline.feedback": 17,
            "faithline.sampling_probability": 0,
            "metadata": "[1]",
        }
    )
    assert said.kind is None
    assert said.answer is None
    assert (said.input_tokens, said.output_tokens, said.cost, said.feedback) == (None, None, None, None)
    assert (said.sampling_probability, said.metadata) == (None, {})


def test_what_json_text_hides_is_replaced_too() -> None:
    said = facts({"gen_ai.operation.name": "chat", "gen_ai.output.messages": '[{"content": "a\\u0000b\\ud800"}]'})
    assert said.answer == "a\ufffdb\ufffd"
    assert (
        facts({"openinference.span.kind": "CHAIN", "metadata": '{"k": ' + "[" * 200 + "]" * 200 + "}"}).metadata == {}
    )


def test_events_whose_contents_lie_in_one_attribute() -> None:
    """Azure's SDKs write every message as JSON in one attribute of its event."""
    told = [
        ("gen_ai.system.message", {"role": "system", "content": "Be kind."}),
        ("gen_ai.user.message", {"role": "user", "content": "Weather?"}),
        ("gen_ai.choice", {"index": 0, "finish_reason": "stop", "message": {"content": "It rains."}}),
    ]
    events = [{"name": name, "attributes": {"gen_ai.event.content": json.dumps(said)}} for name, said in told]
    said = facts({"gen_ai.operation.name": "chat"}, events=events)
    assert (said.question, said.answer, said.system_prompt) == ("Weather?", "It rains.", "Be kind.")


def test_a_run_whose_reply_comes_as_one_more_message() -> None:
    told = [
        ("gen_ai.user.message", {"role": "user", "content": "Weather?"}),
        ("gen_ai.assistant.message", {"role": "assistant", "content": {"text": {"value": "It rains."}}}),
    ]
    events = [{"name": name, "attributes": {"gen_ai.event.content": json.dumps(said)}} for name, said in told]
    said = facts({"gen_ai.operation.name": "process_thread_run", "gen_ai.thread.id": "th"}, events=events)
    assert (said.question, said.answer, said.session) == ("Weather?", "It rains.", "th")


def test_kinds_that_stand_beside_the_operation() -> None:
    found = {"retrieval.query": "Weather?", "retrieval.document": json.dumps([{"document": {"content": "Rain."}}])}
    said = facts({"gen_ai.span.kind": "RETRIEVER", "gen_ai.session.id": "s", **found})
    assert (said.kind, said.question, said.session) == (SpanKind.RETRIEVER, "Weather?", "s")
    assert said.passages == (Passage(text="Rain."),)
    assert facts({"gen_ai.span.kind": "LLM", "gen_ai.model_name": "m"}).request_model == "m"


@pytest.mark.parametrize(
    "attributes",
    [
        {"llm.prompts.0.role": "user", "llm.prompts.0.content": "Hm?", "llm.completions.0.content": "Yes."},
        {"llm.prompts.0.prompt.text": "Hm?", "llm.choices.0.completion.text": "Yes."},
        {"llm.prompts": ["Hm?"], "llm.choices.0.completion.text": "Yes."},
    ],
)
def test_prompts_of_older_instrumentations(attributes: dict[str, Any]) -> None:
    said = facts(attributes)
    assert (said.question, said.answer) == ("Hm?", "Yes.")


@pytest.mark.parametrize("name", ["db.query.result", "db.search.result"])
def test_what_a_vector_store_found_is_in_its_events(name: str) -> None:
    fields: list[dict[str, Any]] = [
        {"id": "a", "distance": 0.2, "document": "Rain."},
        {"id": "b", "score": 0.1, "metadata": json.dumps({"text": "Snow."})},
    ]
    events = [{"name": name, "attributes": {f"{name}.{key}": value for key, value in f.items()}} for f in fields]
    said = facts({"db.system": "chroma"}, events=events)
    assert said.kind is SpanKind.RETRIEVER
    assert said.passages == (Passage(text="Rain.", id="a", score=0.2), Passage(text="Snow.", id="b", score=0.1))


def test_settings_of_a_call_are_no_question() -> None:
    events = [
        {"event.name": "gen_ai.user.message", "role": "user", "content": "Weather?"},
        {"event.name": "gen_ai.choice", "message": {"role": "assistant", "content": "It rains."}},
    ]
    settings = {"request_data": json.dumps({"model": "m-1", "stream": False}), "events": json.dumps(events)}
    said = facts({"gen_ai.request.model": "m-1", **settings})
    assert (said.question, said.answer) == ("Weather?", "It rains.")
    pieces = {
        "request_data": settings["request_data"],
        "response_data": json.dumps({"combined_chunk_content": "Yes."}),
    }
    assert facts(pieces).answer == "Yes."


def test_a_tool_that_gives_a_text_in_the_quotes_of_json() -> None:
    said = facts({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.call.result": json.dumps("rain, 4 C")})
    assert said.output == "rain, 4 C"


def test_a_prompt_of_a_store_in_the_metadata() -> None:
    prompt = json.dumps({"name": "returns", "version": 4, "prompt": "You are …"})
    assert facts({"ai.telemetry.metadata.langfusePrompt": prompt}).prompt_version == "returns@4"


def test_a_stranger_is_read_by_how_its_names_end() -> None:
    asked = {"messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Weather?"}]}
    said = facts(
        {"acme.inputs": json.dumps(asked), "acme.output_json": json.dumps("It rains."), "acme.run_type": "llm"}
    )
    assert (said.question, said.answer, said.system_prompt) == ("Weather?", "It rains.", "Be kind.")
    assert said.kind is SpanKind.LLM
    one_side = facts({"acme.input": "Weather in Oslo?"})
    assert (one_side.question, one_side.answer) == (None, None)
    for family in ("db", "http"):
        assert facts({f"{family}.query": "select a from b", f"{family}.response": "one row of b"}).question is None
    assert facts({"app.user_agent": "a b", "app.result": "done and gone", "app.kind": "x"}).answer is None


def test_braintrust() -> None:
    said = facts(
        {
            "braintrust.span_attributes": json.dumps({"type": "llm", "name": "Chat"}),
            "braintrust.input_json": json.dumps([{"role": "user", "content": "Weather?"}]),
            "braintrust.output_json": json.dumps(
                [{"index": 0, "message": {"role": "assistant", "content": "Rain."}}]
            ),
            "braintrust.metadata": json.dumps({"model": "m-1", "session_id": "s"}),
            "braintrust.metrics": json.dumps({"prompt_tokens": 9, "completion_tokens": 4}),
        }
    )
    assert (said.kind, said.question, said.answer, said.request_model) == (SpanKind.LLM, "Weather?", "Rain.", "m-1")
    assert (said.input_tokens, said.output_tokens, said.session) == (9, 4, "s")


def test_an_empty_name_does_not_hide_the_next() -> None:
    """An older agent kit writes the request of a model on the spans of tools, too, as an empty object."""
    said = facts(
        {"gcp.vertex.agent.llm_response": "{}", "gcp.vertex.agent.tool_response": json.dumps({"result": "Rain."})}
    )
    assert said.output == json.dumps({"result": "Rain."})


def test_what_the_tools_of_the_provider_found() -> None:
    search = {
        "type": "file_search_call",
        "queries": ["rain"],
        "results": [{"file_id": "f", "text": "Wet.", "score": 0.8}],
    }
    message = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "It rains."}]}
    whole = {"object": "response", "model": "m", "output": [search, message]}
    kind = {"openinference.span.kind": "LLM"}
    assert [p.text for p in facts(kind | {"output.value": json.dumps(whole)}).passages] == ["Wet."]
    grounded = {"groundingMetadata": {"groundingChunks": [{"retrievedContext": {"uri": "u", "text": "Wet."}}]}}
    candidate = {"content": {"role": "model", "parts": [{"text": "It rains."}]}, **grounded}
    said = facts(kind | {"output.value": json.dumps({"candidates": [candidate]})})
    assert ([p.text for p in said.passages], said.answer) == (["Wet."], "It rains.")


def test_tokens_and_sessions_under_further_names() -> None:
    said = facts({"gen_ai.response.prompt_tokens": 9, "gen_ai.response.completion_tokens": 4, "session_id": "s"})
    assert (said.input_tokens, said.output_tokens, said.session) == (9, 4, "s")


def test_calls_that_the_provider_runs_wait_for_nobody() -> None:
    parts = [
        {"type": "tool_call", "builtin": True, "id": "w", "name": "web_search", "arguments": {"q": "rain"}},
        {"type": "tool_call_response", "builtin": True, "id": "w", "result": "Wet."},
        {"type": "text", "content": "It rains."},
    ]
    said = facts({"gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": parts}])})
    assert (said.answer, [m.text for m in said.output_messages]) == ("It rains.", ["Wet.", "It rains."])
    calls = [{"toolCallId": "w", "toolName": "web_search", "input": {}, "providerExecuted": True}]
    told = {"ai.operationId": "ai.generateText.doGenerate", "ai.response.text": "It rains."}
    assert facts(told | {"ai.response.toolCalls": json.dumps(calls)}).answer == "It rains."
    calls[0].pop("providerExecuted")
    assert facts(told | {"ai.response.toolCalls": json.dumps(calls)}).answer is None


def test_a_tool_whose_call_and_result_are_messages() -> None:
    call = {"role": "tool", "parts": [{"type": "tool_call", "name": "w", "arguments": {"at": "Oslo"}}]}
    result = {"role": "tool", "parts": [{"type": "tool_call_response", "id": "t", "response": [{"text": "Wet."}]}]}
    details = {"gen_ai.input.messages": json.dumps([call]), "gen_ai.output.messages": json.dumps([result])}
    event = {"name": "gen_ai.client.inference.operation.details", "attributes": details}
    said = facts({"gen_ai.operation.name": "execute_tool"}, events=[event])
    assert (said.input, said.output) == ('{"at": "Oslo"}', "Wet.")


def test_messages_each_as_json_in_a_list() -> None:
    message = json.dumps({"role": "user", "parts": [{"type": "text", "content": "Weather?"}]})
    assert facts({"gen_ai.input.messages": [message]}).question == "Weather?"


def test_an_object_that_was_asked_for_is_the_answer_whatever_is_in_it() -> None:
    made = json.dumps({"answer": "It rains.", "confidence": 0.9})
    for step in ("", ".doGenerate"):
        said = facts({"ai.operationId": f"ai.generateObject{step}", "ai.response.object": made})
        assert said.answer == made


def test_a_stranger_in_further_spellings() -> None:
    asked, told = json.dumps({"messages": [{"role": "user", "content": "Weather?"}]}), json.dumps({"text": "Rain."})
    for given, got, kind in (
        ("genkit:input", "genkit:output", "genkit:metadata:subtype"),
        ("gateway.request.body", "gateway.response.body", "gateway.span.type"),
        ("inputs", "outputs", "run_type"),
    ):
        said = facts({given: asked, got: told, kind: "model"})
        assert (said.question, said.answer, said.kind) == ("Weather?", "Rain.", SpanKind.LLM)


def test_documents_of_a_stranger() -> None:
    chunks = json.dumps([{"document_id": "d", "content": "Rain."}])
    said = facts({"acme.span.type": "rag", "acme.rag.contexts": chunks})
    assert (said.kind, said.passages) == (SpanKind.RETRIEVER, (Passage(text="Rain.", id="d"),))
    assert facts({"acme.input_documents": chunks}).passages == ()
    assert facts({"acme.documents": ["a.pdf", "b.pdf"]}).passages == ()
    assert facts({"metadata": json.dumps({"tier": "gold"})}).metadata == {"tier": "gold"}
