"""Conversations in the shapes of frameworks for agents."""

from __future__ import annotations

from typing import Any

from tests.support.conversations.turns import ARGS, ASKED, CALLED, GAVE, RULES, SAID, TEXT_ARGS, WHOLE, Turn

AGENTS: dict[str, tuple[Any, list[Turn]]] = {
    "semantic kernel": (
        [
            {"Role": {"Label": "system"}, "Items": [{"$type": "TextContent", "Text": "Be brief."}]},
            {"Role": {"Label": "user"}, "Items": [{"$type": "TextContent", "Text": "Is it open?"}]},
            {
                "Role": {"Label": "assistant"},
                "Items": [{"$type": "FunctionCallContent", "Id": "c", "FunctionName": "hours", "Arguments": ARGS}],
            },
            {
                "Role": {"Label": "tool"},
                "Items": [{"$type": "FunctionResultContent", "CallId": "c", "Result": "Monday 9 to 21"}],
            },
        ],
        [RULES, ASKED, CALLED, GAVE],
    ),
    "autogen": (
        {
            "messages": [
                {
                    "source": "user",
                    "models_usage": None,
                    "metadata": {},
                    "content": "Is it open?",
                    "type": "TextMessage",
                },
                {
                    "source": "helper",
                    "content": [{"id": "c", "arguments": TEXT_ARGS, "name": "hours"}],
                    "type": "ToolCallRequestEvent",
                },
                {
                    "source": "helper",
                    "content": [{"content": "Monday 9 to 21", "name": "hours", "call_id": "c", "is_error": False}],
                    "type": "ToolCallExecutionEvent",
                },
                {"source": "helper", "content": "secret thoughts", "type": "ThoughtEvent"},
                {"source": "helper", "content": "Yes, until nine.", "type": "TextMessage"},
            ]
        },
        [ASKED, CALLED, GAVE, SAID],
    ),
    "autogen, messages for the model": (
        [
            {"content": "Be brief.", "type": "SystemMessage"},
            {"content": "Is it open?", "source": "user", "type": "UserMessage"},
            {
                "content": [{"id": "c", "arguments": TEXT_ARGS, "name": "hours"}],
                "source": "helper",
                "thought": "secret thoughts",
                "type": "AssistantMessage",
            },
            {
                "content": [{"content": "Monday 9 to 21", "name": "hours", "call_id": "c", "is_error": False}],
                "type": "FunctionExecutionResultMessage",
            },
        ],
        [RULES, ASKED, CALLED, GAVE],
    ),
    "agent framework": (
        [
            {
                "type": "chat_message",
                "role": {"type": "role", "value": "user"},
                "contents": [{"type": "text", "text": "Is it open?"}],
            },
            {
                "type": "chat_message",
                "role": {"type": "role", "value": "assistant"},
                "contents": [{"type": "function_call", "call_id": "c", "name": "hours", "arguments": TEXT_ARGS}],
            },
            {
                "type": "chat_message",
                "role": {"type": "role", "value": "tool"},
                "contents": [{"type": "function_result", "call_id": "c", "result": "Monday 9 to 21"}],
            },
        ],
        [ASKED, CALLED, GAVE],
    ),
    "extensions ai for dotnet": (
        [
            {"role": "user", "contents": [{"$type": "text", "text": "Is it open?"}]},
            {"role": "assistant", "contents": [{"$type": "functionCall", "callId": "c", "arguments": ARGS}]},
            {"role": "tool", "contents": [{"$type": "functionResult", "callId": "c", "result": "Monday 9 to 21"}]},
            {
                "role": "assistant",
                "contents": [
                    {"$type": "reasoning", "text": "secret thoughts"},
                    {"$type": "text", "text": "Yes, until nine."},
                ],
            },
        ],
        [ASKED, CALLED, GAVE, SAID],
    ),
    "pydantic ai": (
        [
            {
                "kind": "request",
                "instructions": None,
                "parts": [
                    {"part_kind": "system-prompt", "content": "Be brief.", "dynamic_ref": None},
                    {"part_kind": "user-prompt", "content": "Is it open?", "timestamp": "2026-01-01T00:00:00Z"},
                ],
            },
            {
                "kind": "response",
                "parts": [
                    {"part_kind": "thinking", "content": "secret thoughts", "signature": None},
                    {"part_kind": "tool-call", "tool_name": "hours", "args": ARGS, "tool_call_id": "c"},
                ],
            },
            {
                "kind": "request",
                "parts": [{"part_kind": "tool-return", "tool_name": "hours", "content": "Monday 9 to 21"}],
            },
            {"kind": "response", "parts": [{"part_kind": "text", "content": "Yes, until nine."}]},
        ],
        WHOLE,
    ),
    "pydantic ai, a request in parts": (
        [
            {
                "kind": "request",
                "instructions": "Be brief.",
                "parts": [
                    {
                        "part_kind": "user-prompt",
                        "content": ["Is it open?", {"kind": "image-url", "url": "https://x.example/a.png"}],
                    }
                ],
            }
        ],
        [RULES, ASKED],
    ),
    "pydantic ai, events": (
        [
            {"event.name": "gen_ai.system.message", "role": "system", "content": "Be brief."},
            {"event.name": "gen_ai.user.message", "role": "user", "content": "Is it open?"},
            {
                "event.name": "gen_ai.assistant.message",
                "role": "assistant",
                "tool_calls": [{"id": "c", "type": "function", "function": {"name": "hours", "arguments": ARGS}}],
            },
            {"event.name": "gen_ai.tool.message", "role": "tool", "content": "Monday 9 to 21", "id": "c"},
            {
                "event.name": "gen_ai.choice",
                "index": 0,
                "message": {"role": "assistant", "content": "Yes, until nine."},
            },
        ],
        WHOLE,
    ),
}
