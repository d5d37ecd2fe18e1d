"""Whatever JSON or text arrives, however deep nested and often quoted, nothing raises; and what is written as a
provider or a store does comes out whole, each text in its role and in its order."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.core.bounds import DEPTH
from evaluator.core.trace import Passage
from evaluator.ingest.assembly.echoes import Call, evidence, quoted_calls
from evaluator.ingest.conventions import Facts, read
from evaluator.ingest.conventions.vendors import VENDORS
from evaluator.ingest.shapes import (
    Message,
    answer_in,
    conversation_in,
    final_text,
    last_user,
    passages,
    passages_in,
    question_in,
    read_messages,
    replies_in,
    role_of,
    structure,
    system_of,
    text_of,
    unquoted,
)
from evaluator.ingest.shapes.documents import _AROUND, _INSIDE, _TEXTS, NAMED
from evaluator.ingest.shapes.parts import CALLS, HIDDEN, HOSTED_CALLS, RESULTS, read_content
from evaluator.ingest.shapes.sides import _ASKED, _SAID, _SYSTEM, ANSWERS, QUESTIONS

KNOWN = sorted(
    {*NAMED, *_AROUND, *_INSIDE, *_TEXTS, *_ASKED, *_SAID, *QUESTIONS, *ANSWERS, *_SYSTEM}
    | {"role", "type", "kind", "part_kind", "lc", "id", "tool_calls", "Tool-Calls", "function", "arguments", "score"}
    | {"toolCall", "functionResponse", "finish_reason", "thought", "json", "source", "from", "event.name", "ids"}
)
KINDS = sorted(CALLS | HOSTED_CALLS | RESULTS | HIDDEN | {"text", "message", "user", "human", "ToolMessage", "model"})
WORD = st.sampled_from(
    [*KINDS, "", " ", "a text of words", "__REDACTED__", "[", '{"', '"[', "Human: hi\nAI:", "\x00"]
)
SCALAR = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(-(10**40), 10**40), st.floats(allow_nan=False), WORD,
    st.text(max_size=6),
)  # fmt: skip
KEY = st.one_of(st.sampled_from(KNOWN), st.sampled_from(KNOWN).map(str.upper), st.text(max_size=4))


def nesting(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(KEY, inner, max_size=4), inner.map(json.dumps),
        inner.map(json.dumps).map(json.dumps),
    )  # fmt: skip


JSON = st.recursive(SCALAR, nesting, max_leaves=20)
SIDES: tuple[Callable[[Any], Any], ...] = (conversation_in, replies_in, question_in, answer_in)


def look_at(value: Any) -> None:
    for messages in (
        conversation_in(value),
        replies_in(value),
        read_messages(value),
        read_messages(value, "assistant"),
    ):
        assert all(isinstance(m, Message) and m.role in ("system", "user", "assistant", "tool") for m in messages)
        assert all(isinstance(one, str) for m in messages for one in (m.text, *m.arguments))
        final_text(messages), last_user(messages), system_of(messages), list(quoted_calls(messages))
    for text in (question_in(value), answer_in(value), text_of(value)):
        assert text is None or isinstance(text, str)
    found = (*passages_in(value), *passages_in(value, certain=False), *passages([value]))
    assert all(isinstance(p, Passage) and p.text.strip() for p in found)
    structure(value), unquoted(value), role_of(value), read_content(value)


@settings(max_examples=400, deadline=None)
@given(JSON)
def test_no_value_raises(value: Any) -> None:
    look_at(value)


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_no_text_raises(value: str) -> None:
    look_at(value)
    look_at("[" + value)
    look_at('{"' + value)


ATTRIBUTES = sorted({name for vendor in VENDORS for name in (*vendor.input, *vendor.output, *vendor.documents)})
ATTRIBUTE = st.sampled_from([
    *ATTRIBUTES, "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "input.value",
    "output.value", "llm.input_messages.0.message.content", "retrieval.documents", "faithline.context", "metadata",
    "gen_ai.tool.call.arguments", "gen_ai.retrieval.documents", "langfuse.observation.usage_details", "events",
])  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(ATTRIBUTE, JSON, max_size=5), st.lists(st.dictionaries(ATTRIBUTE, JSON, max_size=2), max_size=2)
)
def test_no_span_raises(attributes: dict[str, Any], events: list[dict[str, Any]]) -> None:
    body = {"attributes": attributes, "events": [{"name": "gen_ai.choice", "attributes": event} for event in events]}
    assert isinstance(read(body), Facts)


@settings(max_examples=300, deadline=None)
@given(JSON, JSON | st.none(), st.text() | WORD | JSON.map(json.dumps), st.booleans())
def test_no_run_of_a_tool_raises(output: Any, arguments: Any, answer: str, earlier: bool) -> None:
    for gave in (json.dumps(output), str(output)):
        for given_ in (None, str(arguments), json.dumps(arguments)):
            assert all(p.text.strip() for p in evidence(Call(gave, given_, earlier), answer))


@pytest.mark.parametrize("key", ["content", "kwargs", "output", "documents", "messages", "x", "node", "data"])
@pytest.mark.parametrize("inside", ["a text of words", 1, {}, [], {"role": "user", "content": "hi"}])
def test_no_depth_raises(key: str, inside: Any) -> None:
    objects = lists = mixed = inside
    for _ in range(DEPTH.size - 1):
        objects, lists = {key: objects}, [lists]
        mixed = {key: [mixed]} if isinstance(mixed, list) else [{key: mixed}]
    for value in (objects, lists, json.dumps(objects), json.dumps(lists), mixed):
        look_at(value)
    text = "a text of words"
    for _ in range(12):
        text = json.dumps({key: text})
    look_at(text)
    look_at("[" * 100_000)
    look_at('{"a":' * 100_000)


@pytest.mark.parametrize(
    "item", [1, "a text of words", [], {}, {"role": "user"}, ["user", "hi"], {"text": "hi"}, None]
)
def test_no_length_raises(item: Any) -> None:
    look_at([item] * 1000)
    look_at(json.dumps([item] * 1000))
    look_at({"messages": [item] * 1000, "documents": [item] * 1000, "choices": [item] * 1000})
    for side in (*SIDES, passages_in):
        side([item] * 100_000)


# Conversations: what is said by whom, in the shape of each provider.

Said = list[tuple[str, str]]
TURN = st.sampled_from(["user", "assistant", "call", "thought"])
SHAPE = st.lists(TURN, min_size=1, max_size=8)


def named(kinds: list[str]) -> Said:
    """Turns with a text of their own each."""
    return [(kind, f"text number {number} here") for number, kind in enumerate(kinds)]


def openai(said: Said) -> Any:
    out: list[Any] = [{"role": "system", "content": "the rules"}]
    for kind, text in said:
        if kind == "call":
            call = {"id": text, "type": "function", "function": {"name": "f", "arguments": json.dumps({"a": 1})}}
            out.append({"role": "assistant", "content": None, "tool_calls": [call]})
            out.append({"role": "tool", "tool_call_id": text, "content": text})
        elif kind != "thought":
            out.append({"role": kind, "content": text})
    return {"messages": out}


def responses(said: Said) -> Any:
    out: list[Any] = []
    for kind, text in said:
        if kind == "call":
            out.append({"type": "function_call", "call_id": text, "name": "f", "arguments": '{"a": 1}'})
            out.append({"type": "function_call_output", "call_id": text, "output": text})
        elif kind == "thought":
            out.append({"type": "reasoning", "summary": [{"type": "summary_text", "text": text}]})
        else:
            name = "output_text" if kind == "assistant" else "input_text"
            out.append({"type": "message", "role": kind, "content": [{"type": name, "text": text}]})
    return {"instructions": "the rules", "input": out}


def anthropic(said: Said) -> Any:
    out: list[Any] = []
    for kind, text in said:
        if kind == "call":
            out.append(
                {"role": "assistant", "content": [{"type": "tool_use", "id": text, "name": "f", "input": {"a": 1}}]}
            )
            result = {"type": "tool_result", "tool_use_id": text, "content": [{"type": "text", "text": text}]}
            out.append({"role": "user", "content": [result]})
        elif kind == "thought":
            block = [{"type": "thinking", "thinking": text, "signature": "s"}, {"type": "text", "text": "well"}]
            out.append({"role": "assistant", "content": block})
        else:
            out.append({"role": kind, "content": [{"type": "text", "text": text}]})
    return {"system": "the rules", "messages": out}


def gemini(said: Said) -> Any:
    out: list[Any] = []
    for kind, text in said:
        if kind == "call":
            out.append({"role": "model", "parts": [{"functionCall": {"name": "f", "args": {"a": 1}}}]})
            answered = {"name": "f", "response": {"result": text}}
            out.append({"role": "user", "parts": [{"functionResponse": answered}]})
        elif kind == "thought":
            out.append({"role": "model", "parts": [{"text": text, "thought": True}, {"text": "well"}]})
        else:
            out.append({"role": "model" if kind == "assistant" else "user", "parts": [{"text": text}]})
    return {"config": {"system_instruction": {"parts": [{"text": "the rules"}]}}, "contents": out}


def bedrock(said: Said) -> Any:
    out: list[Any] = []
    for kind, text in said:
        if kind == "call":
            out.append(
                {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t", "name": "f", "input": {"a": 1}}}]}
            )
            out.append({"role": "user", "content": [{"toolResult": {"toolUseId": "t", "content": [{"text": text}]}}]})
        elif kind == "thought":
            block = [{"reasoningContent": {"reasoningText": {"text": text}}}, {"text": "well"}]
            out.append({"role": "assistant", "content": block})
        else:
            out.append({"role": kind, "content": [{"text": text}]})
    return {"system": [{"text": "the rules"}], "messages": out}


def langchain(said: Said) -> Any:
    def made(name: str, **kwargs: Any) -> Any:
        return {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", name], "kwargs": kwargs}

    out = [made("SystemMessage", content="the rules", type="system")]
    for kind, text in said:
        if kind == "call":
            call = {"name": "f", "args": {"a": 1}, "id": text, "type": "tool_call"}
            out += [
                made("AIMessage", content="", tool_calls=[call]),
                made("ToolMessage", content=text, tool_call_id=text),
            ]
        elif kind == "thought":
            parts = [{"type": "reasoning", "reasoning": text}, {"type": "text", "text": "well"}]
            out.append(made("AIMessageChunk", content=parts))
        else:
            out.append(made("HumanMessage" if kind == "user" else "AIMessage", content=text))
    return {"messages": [out]}


def conventions(said: Said) -> Any:
    out: list[Any] = [{"role": "system", "parts": [{"type": "text", "content": "the rules"}]}]
    for kind, text in said:
        if kind == "call":
            call = {"type": "tool_call", "id": text, "name": "f", "arguments": {"a": 1}}
            out.append({"role": "assistant", "parts": [call]})
            out.append({"role": "tool", "parts": [{"type": "tool_call_response", "id": text, "response": text}]})
        elif kind == "thought":
            parts = [{"type": "reasoning", "content": text}, {"type": "text", "content": "well"}]
            out.append({"role": "assistant", "parts": parts})
        else:
            out.append({"role": kind, "parts": [{"type": "text", "content": text}]})
    return out


def vercel(said: Said) -> Any:
    out: list[Any] = [{"role": "system", "content": "the rules"}]
    for kind, text in said:
        if kind == "call":
            out.append(
                {"role": "assistant", "content": [{"type": "tool-call", "toolCallId": text, "input": {"a": 1}}]}
            )
            result = {"type": "tool-result", "toolCallId": text, "output": {"type": "text", "value": text}}
            out.append({"role": "tool", "content": [result]})
        elif kind == "thought":
            parts = [{"type": "reasoning", "text": text}, {"type": "text", "text": "well"}]
            out.append({"role": "assistant", "content": parts})
        else:
            out.append({"role": kind, "content": [{"type": "text", "text": text}]})
    return {"messages": out}


def pydantic_ai(said: Said) -> Any:
    out: list[Any] = [{"kind": "request", "parts": [{"part_kind": "system-prompt", "content": "the rules"}]}]
    for kind, text in said:
        if kind == "call":
            call = {"part_kind": "tool-call", "tool_name": "f", "args": {"a": 1}, "tool_call_id": text}
            out.append({"kind": "response", "parts": [call]})
            out.append(
                {"kind": "request", "parts": [{"part_kind": "tool-return", "tool_name": "f", "content": text}]}
            )
        elif kind == "thought":
            parts = [{"part_kind": "thinking", "content": text}, {"part_kind": "text", "content": "well"}]
            out.append({"kind": "response", "parts": parts})
        elif kind == "user":
            out.append({"kind": "request", "parts": [{"part_kind": "user-prompt", "content": text}]})
        else:
            out.append({"kind": "response", "parts": [{"part_kind": "text", "content": text}]})
    return out


SHAPES = (openai, responses, anthropic, gemini, bedrock, langchain, conventions, vercel, pydantic_ai)
WRAPPERS: tuple[Callable[[Any], Any], ...] = (
    lambda value: value,
    json.dumps,
    lambda value: json.dumps(json.dumps(value)),
    lambda value: {"inputs": value},
    lambda value: {"args": [], "kwargs": {"input": value}},
    lambda value: json.dumps({"input": json.dumps(value)}),
)


@settings(max_examples=150, deadline=None)
@given(SHAPE, st.sampled_from(SHAPES), st.sampled_from(WRAPPERS))
def test_no_text_of_a_conversation_is_lost(
    kinds: list[str], shape: Callable[[Said], Any], wrapper: Callable[[Any], Any]
) -> None:
    said = named(kinds)
    found = conversation_in(wrapper(shape(said)))
    assert system_of(found) == "the rules"
    thought = shape not in (openai, responses)
    expected: list[tuple[str, str, bool]] = []
    for kind, text in said:
        if kind == "call":
            expected += [("assistant", "", True), ("tool", text, False)]
        elif kind != "thought":
            expected.append((kind, text, False))
        elif thought:
            expected.append(("assistant", "well", False))
    assert [(m.role, m.text, m.tool_call) for m in found if m.role != "system"] == expected
    asked = [text for kind, text in said if kind == "user"]
    assert question_in(wrapper(shape(said))) == (asked[-1] if asked else None)


# Documents: their texts in the shape of each store.

STORES: dict[str, Callable[[list[str]], Any]] = {
    "texts": lambda texts: texts,
    "chroma": lambda texts: {
        "ids": [[t[:3] for t in texts]],
        "documents": [texts],
        "metadatas": [[None for _ in texts]],
    },
    "pinecone": lambda texts: {"matches": [{"id": "i", "score": 0.5, "metadata": {"text": t}} for t in texts]},
    "qdrant": lambda texts: {"points": [{"id": 1, "score": 0.5, "payload": {"page_content": t}} for t in texts]},
    "weaviate": lambda texts: {"objects": [{"uuid": "u", "properties": {"content": t}} for t in texts]},
    "elasticsearch": lambda texts: {
        "hits": {"hits": [{"_id": "i", "_score": 1, "_source": {"story": t}} for t in texts]}
    },
    "milvus": lambda texts: [[{"id": 1, "distance": 0.5, "entity": {"text": t}} for t in texts]],
    "rows": lambda texts: {"rows": [{"id": 1, "content": t, "similarity": 0.5} for t in texts]},
    "openai": lambda texts: {"data": [{"file_id": "f", "content": [{"type": "text", "text": t}]} for t in texts]},
    "bedrock": lambda texts: {"retrievalResults": [{"content": {"text": t}, "score": 0.5} for t in texts]},
    "azure": lambda texts: {"value": [{"@search.score": 0.5, "content": t} for t in texts]},
    "langchain": lambda texts: [{"page_content": t, "metadata": {"a": 1}, "type": "Document"} for t in texts],
    "langchain pairs": lambda texts: [[{"page_content": t, "metadata": {}}, 0.5] for t in texts],
    "llamaindex": lambda texts: {
        "response": "yes",
        "source_nodes": [{"node": {"text": t}, "score": 0.5} for t in texts],
    },
    "haystack": lambda texts: {"retriever": {"documents": [{"id": "i", "content": t, "score": 0.5} for t in texts]}},
    "graph state": lambda texts: {"question": "why so?", "documents": [{"page_content": t} for t in texts]},
}


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 6), st.sampled_from(sorted(STORES)), st.sampled_from([0, 1, 2]))
def test_no_text_of_a_document_is_lost(count: int, store: str, quoted: int) -> None:
    texts = [f"text number {number} of the store" for number in range(count)]
    value: Any = STORES[store](texts)
    for _ in range(quoted):
        value = json.dumps(value)
    assert [p.text for p in passages_in(value)] == texts
    assert [p.text for p in passages_in({"output": value})] == texts
