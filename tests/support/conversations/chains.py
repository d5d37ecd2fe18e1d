"""Conversations in the shapes of LangChain, LangGraph, LlamaIndex and Haystack."""

from __future__ import annotations

from typing import Any

from tests.support.conversations.turns import ARGS, ASKED, CALLED, GAVE, RULES, SAID, TEXT_ARGS, WHOLE, Turn

CHAINS: dict[str, tuple[Any, list[Turn]]] = {
    "langchain constructors in a batch": (
        [
            [
                {
                    "lc": 1,
                    "type": "constructor",
                    "id": ["langchain", "schema", "messages", "SystemMessage"],
                    "kwargs": {"content": "Be brief.", "type": "system"},
                },
                {
                    "lc": 1,
                    "type": "constructor",
                    "id": ["langchain", "schema", "messages", "HumanMessage"],
                    "kwargs": {"content": "Is it open?", "type": "human", "additional_kwargs": {}},
                },
                {
                    "lc": 1,
                    "type": "constructor",
                    "id": ["langchain", "schema", "messages", "AIMessage"],
                    "kwargs": {
                        "content": "",
                        "type": "ai",
                        "tool_calls": [{"name": "hours", "args": ARGS, "id": "c", "type": "tool_call"}],
                        "invalid_tool_calls": [],
                    },
                },
                {
                    "lc": 1,
                    "type": "constructor",
                    "id": ["langchain", "schema", "messages", "ToolMessage"],
                    "kwargs": {"content": "Monday 9 to 21", "type": "tool", "tool_call_id": "c"},
                },
                {
                    "lc": 1,
                    "type": "constructor",
                    "id": ["langchain_core", "messages", "AIMessageChunk"],
                    "kwargs": {"content": "Yes, until nine.", "tool_calls": [], "tool_call_chunks": []},
                },
            ]
        ],
        WHOLE,
    ),
    "langchain messages as dicts": (
        [
            {"type": "human", "data": {"content": "Is it open?", "type": "human", "example": False}},
            {
                "type": "ai",
                "data": {
                    "content": "",
                    "type": "ai",
                    "additional_kwargs": {
                        "tool_calls": [
                            {"id": "c", "type": "function", "function": {"name": "hours", "arguments": TEXT_ARGS}}
                        ]
                    },
                },
            },
            {"type": "tool", "data": {"content": "Monday 9 to 21", "type": "tool", "tool_call_id": "c"}},
        ],
        [ASKED, CALLED, GAVE],
    ),
    "langgraph state of dumped messages": (
        {
            "messages": [
                {"content": "Is it open?", "additional_kwargs": {}, "type": "human", "name": None, "id": "1"},
                {"content": [{"text": "Yes, until nine.", "type": "text", "index": 0}], "type": "ai", "id": "2"},
            ],
            "remaining_steps": 24,
        },
        [ASKED, SAID],
    ),
    "pairs": ({"messages": [["system", "Be brief."], ["human", "Is it open?"]]}, [RULES, ASKED]),
    "one pair": ({"messages": ["user", "Is it open?"]}, [ASKED]),
    "langchain event": (
        {"inputs": {"input": {"messages": [[{"type": "human", "content": "Is it open?"}]]}}},
        [ASKED],
    ),
    "llamaindex": (
        {
            "messages": [
                {"role": "system", "additional_kwargs": {}, "blocks": [{"block_type": "text", "text": "Be brief."}]},
                {
                    "role": "user",
                    "blocks": [
                        {"block_type": "text", "text": "Is it open?"},
                        {"block_type": "image", "image": None, "url": "https://x.example/a.png"},
                    ],
                },
            ]
        },
        [RULES, ASKED],
    ),
    "haystack": (
        {
            "messages": [
                {"role": "system", "meta": {}, "name": None, "content": [{"text": "Be brief."}]},
                {"role": "user", "meta": {}, "name": None, "content": [{"text": "Is it open?"}]},
                {
                    "role": "assistant",
                    "meta": {},
                    "content": [{"tool_call": {"tool_name": "hours", "arguments": ARGS, "id": "c"}}],
                },
                {
                    "role": "tool",
                    "meta": {},
                    "content": [
                        {
                            "tool_call_result": {
                                "result": "Monday 9 to 21",
                                "error": False,
                                "origin": {"tool_name": "hours", "arguments": ARGS, "id": "c"},
                            }
                        }
                    ],
                },
                {
                    "role": "assistant",
                    "meta": {"model": "m"},
                    "content": [
                        {"reasoning": {"reasoning_text": "secret thoughts", "extra": {}}},
                        {"text": "Yes, until nine."},
                    ],
                },
            ]
        },
        WHOLE,
    ),
    "haystack of old": (
        [
            {"content": "Be brief.", "role": "system", "name": None, "meta": {}},
            {"_role": "user", "_content": [{"text": "Is it open?"}], "_name": None, "_meta": {}},
        ],
        [RULES, ASKED],
    ),
}
