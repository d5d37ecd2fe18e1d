"""What a person would have read in an output: the answer alone; none while a tool is asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evaluator.ingest.shapes import answer_in

SAID = "Yes, until nine."
TOOL_CALL = {"id": "c", "type": "function", "function": {"name": "hours", "arguments": '{"day": "Monday"}'}}
OBJECT = {"open": True, "until": 21}

CASES: dict[str, tuple[Any, str | None]] = {
    "text": (SAID, SAID),
    "nothing": (None, None),
    "nothing in json": ("null", None),
    "empty wrappers": ({"output": {}, "metadata": {}}, None),
    "openai chat": (
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "model": "m",
            "choices": [
                {
                    "index": 0,
                    "finish_reason": "stop",
                    "message": {"role": "assistant", "content": SAID, "refusal": None},
                }
            ],
            "usage": {"prompt_tokens": 3},
        },
        SAID,
    ),
    "openai chat, asking for a tool": (
        {"choices": [{"finish_reason": "tool_calls", "message": {"role": "assistant", "tool_calls": [TOOL_CALL]}}]},
        None,
    ),
    "openai chat, text and a tool": (
        {"choices": [{"message": {"role": "assistant", "content": "One moment.", "tool_calls": [TOOL_CALL]}}]},
        None,
    ),
    "openai chat, refused": (
        {"choices": [{"message": {"role": "assistant", "content": None, "refusal": "I cannot say."}}]},
        "I cannot say.",
    ),
    "openai message alone": ({"role": "assistant", "content": SAID, "tool_calls": None}, SAID),
    "openai completion of old": ({"object": "text_completion", "choices": [{"text": SAID, "index": 0}]}, SAID),
    "openai responses": (
        {
            "id": "resp_1",
            "instructions": "Be brief.",
            "model": "m",
            "output": [
                {"type": "reasoning", "summary": [{"type": "summary_text", "text": "secret thoughts"}]},
                {"type": "web_search_call", "id": "w", "status": "completed"},
                {
                    "type": "message",
                    "role": "assistant",
                    "status": "completed",
                    "content": [{"type": "output_text", "text": SAID, "annotations": []}],
                },
            ],
            "text": {"format": {"type": "text"}},
        },
        SAID,
    ),
    "openai responses, output alone": (
        [
            {"type": "reasoning", "summary": []},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": SAID}]},
        ],
        SAID,
    ),
    "openai responses, asking for a tool": (
        {
            "id": "resp_1",
            "instructions": "Be brief.",
            "output": [
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "One moment."}]},
                {"type": "function_call", "name": "hours", "arguments": "{}", "call_id": "c"},
            ],
        },
        None,
    ),
    "openai responses, two tools": (
        [
            {"type": "function_call", "name": "hours", "arguments": "{}", "call_id": "c"},
            {"type": "function_call", "name": "days", "arguments": "{}", "call_id": "d"},
        ],
        None,
    ),
    "openai responses, nothing but thoughts": (
        {"id": "resp_1", "model": "m", "output": [{"type": "reasoning", "summary": []}], "status": "incomplete"},
        None,
    ),
    "openai threads": (
        {"role": "assistant", "content": [{"type": "text", "text": {"value": SAID, "annotations": []}}]},
        SAID,
    ),
    "anthropic": (
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "secret thoughts", "signature": "s"},
                {"type": "text", "text": SAID, "citations": None},
            ],
            "stop_reason": "end_turn",
        },
        SAID,
    ),
    "anthropic, asking for a tool": (
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "One moment."},
                {"type": "tool_use", "id": "t", "name": "hours", "input": {}},
            ],
            "stop_reason": "tool_use",
        },
        None,
    ),
    "anthropic, after a tool of its own": (
        {
            "role": "assistant",
            "content": [
                {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "hours"}},
                {"type": "web_search_tool_result", "content": [{"type": "web_search_result", "title": "Hours"}]},
                {"type": "text", "text": SAID},
            ],
        },
        SAID,
    ),
    "blocks alone": (
        [{"type": "text", "text": "Yes,"}, {"type": "text", "text": "until nine."}],
        "Yes,\nuntil nine.",
    ),
    "gemini": (
        {
            "candidates": [
                {
                    "content": {
                        "parts": [{"text": "secret thoughts", "thought": True}, {"text": SAID}],
                        "role": "model",
                    },
                    "finish_reason": "STOP",
                    "index": 0,
                }
            ],
            "model_version": "m",
            "usage_metadata": {"total_token_count": 5},
        },
        SAID,
    ),
    "gemini, asking for a tool": (
        {"candidates": [{"content": {"parts": [{"functionCall": {"name": "hours", "args": {}}}], "role": "model"}}]},
        None,
    ),
    "gemini, blocked": (
        {"candidates": [{"finishReason": "SAFETY", "index": 0}], "usageMetadata": {"totalTokenCount": 4}},
        None,
    ),
    "google adk": (
        {"content": {"parts": [{"text": SAID}], "role": "model"}, "finish_reason": "STOP", "partial": False},
        SAID,
    ),
    "bedrock converse": (
        {
            "output": {"message": {"role": "assistant", "content": [{"text": SAID}]}},
            "stopReason": "end_turn",
            "usage": {"totalTokens": 5},
        },
        SAID,
    ),
    "bedrock titan": ({"inputTextTokenCount": 5, "results": [{"tokenCount": 3, "outputText": SAID}]}, SAID),
    "bedrock llama": ({"generation": SAID, "prompt_token_count": 5, "stop_reason": "stop"}, SAID),
    "bedrock knowledge base": (
        {"output": {"text": SAID}, "citations": [{"retrievedReferences": [{"content": {"text": "Monday 9 to 21"}}]}]},
        SAID,
    ),
    "cohere": (
        {
            "id": "1",
            "finish_reason": "COMPLETE",
            "message": {"role": "assistant", "content": [{"type": "text", "text": SAID}]},
        },
        SAID,
    ),
    "cohere of old": (
        {"text": SAID, "generation_id": "g", "chat_history": [{"role": "USER", "message": "Open?"}]},
        SAID,
    ),
    "ollama": (
        {
            "model": "m",
            "message": {"role": "assistant", "content": SAID, "thinking": "secret thoughts"},
            "done": True,
        },
        SAID,
    ),
    "ollama, generate": ({"model": "m", "response": SAID, "done": True, "context": [1, 2, 3]}, SAID),
    "hugging face": ([{"generated_text": SAID}], SAID),
    "hugging face pipeline": (
        [{"generated_text": [{"role": "user", "content": "Open?"}, {"role": "assistant", "content": SAID}]}],
        SAID,
    ),
    "langchain generations": (
        {
            "generations": [
                [
                    {
                        "text": SAID,
                        "generation_info": {"finish_reason": "stop"},
                        "type": "ChatGeneration",
                        "message": {
                            "lc": 1,
                            "type": "constructor",
                            "id": ["langchain", "schema", "messages", "AIMessage"],
                            "kwargs": {"content": SAID, "type": "ai", "tool_calls": []},
                        },
                    }
                ]
            ],
            "llm_output": {"model_name": "m"},
            "run": None,
            "type": "LLMResult",
        },
        SAID,
    ),
    "langchain generations that ask for a tool": (
        {
            "generations": [
                [
                    {
                        "text": "",
                        "message": {
                            "lc": 1,
                            "type": "constructor",
                            "id": ["langchain", "schema", "messages", "AIMessage"],
                            "kwargs": {"content": "", "additional_kwargs": {"tool_calls": [TOOL_CALL]}},
                        },
                    }
                ]
            ]
        },
        None,
    ),
    "langchain generations of text": ({"generations": [[{"text": SAID, "generation_info": None}]]}, SAID),
    "langchain chain": (
        {"input": "Is it open?", "chat_history": [], "context": "Monday 9 to 21", "answer": SAID},
        SAID,
    ),
    "langchain output": ({"output": SAID, "intermediate_steps": []}, SAID),
    "langgraph state": (
        {
            "messages": [
                {"content": "Is it open?", "type": "human"},
                {"content": SAID, "type": "ai", "response_metadata": {}},
            ]
        },
        SAID,
    ),
    "langgraph update": (
        {"graph": None, "update": {"messages": [{"content": SAID, "type": "ai"}]}, "resume": None, "goto": []},
        SAID,
    ),
    "langgraph update by the node": ({"agent": {"messages": [{"content": SAID, "type": "ai"}]}}, SAID),
    "a state that ends with the question": ({"messages": [{"content": "Is it open?", "type": "human"}]}, None),
    "a state that ends with a tool": (
        {"messages": [{"content": "Is it open?", "type": "human"}, {"content": "9 to 21", "type": "tool"}]},
        None,
    ),
    "llamaindex": (
        {
            "response": SAID,
            "source_nodes": [{"node": {"id_": "n", "text": "Monday 9 to 21"}, "score": 0.8}],
            "metadata": {"n": {"page": 1}},
        },
        SAID,
    ),
    "llamaindex chat": (
        {
            "message": {
                "role": "assistant",
                "additional_kwargs": {},
                "blocks": [{"block_type": "text", "text": SAID}],
            },
            "raw": {"choices": []},
            "delta": None,
        },
        SAID,
    ),
    "haystack replies": (
        {"replies": [{"role": "assistant", "meta": {}, "name": None, "content": [{"text": SAID}]}]},
        SAID,
    ),
    "haystack replies in a pipeline": ({"llm": {"replies": [SAID], "meta": [{"model": "m"}]}}, SAID),
    "haystack answers": (
        {
            "answers": [
                {
                    "type": "haystack.dataclasses.answer.GeneratedAnswer",
                    "init_parameters": {"data": SAID, "query": "Is it open?", "documents": [], "meta": {}},
                }
            ]
        },
        SAID,
    ),
    "haystack answers in a pipeline": (
        {"builder": {"answers": [{"data": SAID, "query": "Is it open?", "documents": [{"content": "9 to 21"}]}]}},
        SAID,
    ),
    "semantic kernel": ([{"message": {"role": "assistant", "content": SAID}, "finish_reason": "stop"}], SAID),
    "autogen": (
        {
            "messages": [
                {"source": "user", "content": "Is it open?", "type": "TextMessage"},
                {"source": "helper", "content": SAID, "type": "TextMessage"},
            ],
            "stop_reason": None,
        },
        SAID,
    ),
    "autogen, one message": ({"chat_message": {"source": "helper", "content": SAID, "type": "TextMessage"}}, SAID),
    "agent framework": (
        {
            "type": "agent_run_response",
            "messages": [{"role": {"value": "assistant"}, "contents": [{"type": "text", "text": SAID}]}],
            "response_id": "r",
        },
        SAID,
    ),
    "pydantic ai": (
        [
            {"kind": "request", "parts": [{"part_kind": "user-prompt", "content": "Is it open?"}]},
            {"kind": "response", "parts": [{"part_kind": "text", "content": SAID}], "model_name": "m"},
        ],
        SAID,
    ),
    "pydantic ai run": ({"output": SAID, "_state": {"message_history": []}}, SAID),
    "genai conventions": (
        [{"role": "assistant", "parts": [{"type": "text", "content": SAID}], "finish_reason": "stop"}],
        SAID,
    ),
    "vercel": ({"text": SAID, "toolCalls": [], "finishReason": "stop", "usage": {"totalTokens": 5}}, SAID),
    "vercel parts": (
        {"content": [{"type": "reasoning", "text": "secret thoughts"}, {"type": "text", "text": SAID}]},
        SAID,
    ),
    "crewai": (
        {
            "raw": SAID,
            "pydantic": None,
            "json_dict": None,
            "tasks_output": [{"description": "Say when it is open", "raw": SAID, "agent": "Clerk"}],
            "token_usage": {"total_tokens": 5},
        },
        SAID,
    ),
    "dspy": ({"reasoning": "secret thoughts about hours", "answer": SAID}, SAID),
    "strands": (
        {
            "stop_reason": "end_turn",
            "message": {"role": "assistant", "content": [{"text": SAID}]},
            "metrics": {"cycle_count": 1},
            "state": {},
        },
        SAID,
    ),
    "mcp result": ({"content": [{"type": "text", "text": SAID}], "isError": False}, SAID),
    "openai stream": (
        [{"choices": [{"delta": {"role": "assistant", "content": ""}}]}]
        + [{"choices": [{"delta": {"content": piece}}]} for piece in ("Yes, ", "until ", "nine.")]
        + [{"choices": [{"delta": {}, "finish_reason": "stop"}]}, {"choices": [], "usage": {"total_tokens": 5}}],
        SAID,
    ),
    "openai stream of a call": (
        [
            {"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"name": "hours", "arguments": "{"}}]}}]},
            {"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": "}"}}]}}]},
        ],
        None,
    ),
    "gemini stream": (
        [
            {"candidates": [{"content": {"role": "model", "parts": [{"text": piece}]}}]}
            for piece in ("Yes, ", "until nine.")
        ],
        SAID,
    ),
    "langchain stream": (
        [{"type": "AIMessageChunk", "content": piece} for piece in ("Yes, ", "until nine.", "")],
        SAID,
    ),
    "ollama stream": (
        [{"message": {"role": "assistant", "content": piece}, "done": False} for piece in ("Yes, ", "until nine.")],
        SAID,
    ),
    "in quotes": (json.dumps(json.dumps({"answer": SAID})), SAID),
    "quoted json under a key": ({"output": json.dumps({"answer": SAID, "confidence": 0.9})}, SAID),
    "langserve": (
        {"output": {"content": SAID, "additional_kwargs": {}, "type": "ai"}, "metadata": {"run_id": "r"}},
        SAID,
    ),
    "function result": ({"result": SAID}, SAID),
    "wrapper nobody knows": ({"shop_bot": {"result": SAID}}, SAID),
    "an object that is the answer": (OBJECT, json.dumps(OBJECT)),
    "an object in a wrapper": ({"output": OBJECT}, json.dumps(OBJECT)),
    "an object in two wrappers": ({"result": {"response": OBJECT}}, json.dumps(OBJECT)),
    "an object beside ids": (
        {"response": {"comment": "No data here.", "open": False}, "conversation_id": "1-2-3", "trace_id": "ab"},
        json.dumps({"comment": "No data here.", "open": False}),
    ),
    "an object of texts": (
        {"name": "Kettle", "description": "Boils water fast.", "verdict": "Buy it now."},
        json.dumps({"name": "Kettle", "description": "Boils water fast.", "verdict": "Buy it now."}),
    ),
    "a list of objects": ([OBJECT, OBJECT], json.dumps([OBJECT, OBJECT])),
    "a list in a wrapper": ({"output": ["red", "blue"]}, '["red", "blue"]'),
    "a number in a wrapper": ({"answer": 42}, "42"),
    "a truth in a wrapper": ({"output": False}, "false"),
    "an answer in json": (
        {
            "choices": [
                {"message": {"role": "assistant", "content": json.dumps({"answer": "2", "why": "It adds up."})}}
            ]
        },
        json.dumps({"answer": "2", "why": "It adds up."}),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_answer(name: str) -> None:
    value, expected = CASES[name]
    assert answer_in(value) == expected


@pytest.mark.parametrize("name", [name for name in CASES if isinstance(CASES[name][0], list | dict)])
def test_an_answer_as_text_and_within_wrappers(name: str) -> None:
    value, expected = CASES[name]
    quoted = json.dumps(value)
    assert answer_in(json.dumps(quoted)) == expected
    found = [answer_in(quoted), answer_in({"outputs": value}), answer_in({"output": quoted})]
    # What is itself the answer stays as it was written.
    assert [json.loads(f) if f and f[0] in "[{" else f for f in found] == [
        json.loads(expected) if expected and expected[0] in "[{" else expected
    ] * 3


def test_an_agent_that_hands_back_without_a_word() -> None:
    calling = {"type": "ai", "content": "", "tool_calls": [{"name": "hand_over", "args": {}, "id": "c"}]}
    done = {"type": "tool", "content": "handed over", "tool_call_id": "c"}
    asked, told, silent = (
        {"type": "human", "content": "Open?"},
        {"type": "ai", "content": "Yes."},
        {"type": "ai", "content": ""},
    )
    assert answer_in({"messages": [asked, told, calling, done, silent]}) == "Yes."
    assert answer_in({"messages": [asked, told, asked, silent]}) is None
