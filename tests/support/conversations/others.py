"""Conversations in the shapes of conventions, pages, files and plain text."""

from __future__ import annotations

from typing import Any

from tests.support.conversations.turns import ARGS, ASKED, CALLED, GAVE, RULES, SAID, TEXT_ARGS, WHOLE, Turn

OTHERS: dict[str, tuple[Any, list[Turn]]] = {
    "genai conventions": (
        [
            {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
            {
                "role": "user",
                "parts": [
                    {"type": "blob", "mime_type": "image/png", "modality": "image", "content": "iVBO"},
                    {"type": "uri", "modality": "image", "uri": "https://x.example/a.png"},
                    {"type": "file", "modality": "image", "file_id": "f"},
                    {"type": "text", "content": "Is it open?"},
                ],
            },
            {
                "role": "assistant",
                "parts": [
                    {"type": "reasoning", "content": "secret thoughts"},
                    {"type": "tool_call", "id": "c", "name": "hours", "arguments": ARGS},
                ],
            },
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c", "response": "Monday 9 to 21"}]},
            {
                "role": "assistant",
                "parts": [{"type": "text", "content": "Yes, until nine."}],
                "finish_reason": "stop",
            },
        ],
        WHOLE,
    ),
    "genai conventions, tools of the server": (
        [
            {"role": "user", "parts": [{"type": "text", "content": "Is it open?"}]},
            {
                "role": "assistant",
                "parts": [
                    {
                        "type": "server_tool_call",
                        "name": "web_search",
                        "server_tool_call": {"type": "web_search", "query": "hours"},
                    },
                    {
                        "type": "server_tool_call_response",
                        "server_tool_call_response": {"type": "web_search", "results": [{"text": "Monday 9 to 21"}]},
                    },
                    {"type": "text", "content": "Yes, until nine."},
                ],
            },
        ],
        [ASKED, GAVE, SAID],
    ),
    "vercel": (
        {
            "system": "Be brief.",
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "Is it open?"}]},
                {
                    "role": "assistant",
                    "content": [
                        {"type": "reasoning", "text": "secret thoughts"},
                        {"type": "tool-call", "toolCallId": "c", "toolName": "hours", "input": ARGS},
                    ],
                },
                {
                    "role": "tool",
                    "content": [
                        {
                            "type": "tool-result",
                            "toolCallId": "c",
                            "toolName": "hours",
                            "output": {"type": "text", "value": "Monday 9 to 21"},
                        }
                    ],
                },
                {"role": "assistant", "content": [{"type": "text", "text": "Yes, until nine."}]},
            ],
        },
        WHOLE,
    ),
    "vercel of old": (
        [
            {"role": "user", "content": "Is it open?"},
            {"role": "assistant", "content": [{"type": "tool-call", "toolCallId": "c", "args": ARGS}]},
            {"role": "tool", "content": [{"type": "tool-result", "toolCallId": "c", "result": "Monday 9 to 21"}]},
        ],
        [ASKED, CALLED, GAVE],
    ),
    "vercel, a result of contents and one of json": (
        [
            {
                "role": "tool",
                "content": [
                    {
                        "type": "tool-result",
                        "output": {"type": "content", "value": [{"type": "text", "text": "Monday 9 to 21"}]},
                    },
                    {"type": "tool-result", "output": {"type": "json", "value": {"to": 21}}},
                ],
            }
        ],
        [GAVE, ("tool", '{"to": 21}')],
    ),
    "vercel, messages of the page": (
        [
            {"id": "1", "role": "user", "parts": [{"type": "text", "text": "Is it open?"}]},
            {
                "id": "2",
                "role": "assistant",
                "parts": [
                    {"type": "step-start"},
                    {"type": "reasoning", "text": "secret thoughts", "state": "done"},
                    {
                        "type": "tool-hours",
                        "toolCallId": "c",
                        "state": "output-available",
                        "input": ARGS,
                        "output": "Monday 9 to 21",
                    },
                    {"type": "text", "text": "Yes, until nine.", "state": "done"},
                ],
            },
        ],
        [ASKED, GAVE, SAID],
    ),
    "smolagents": (
        {
            "messages": [
                {"role": "MessageRole.SYSTEM", "content": [{"type": "text", "text": "Be brief."}]},
                {"role": "MessageRole.USER", "content": [{"type": "text", "text": "Is it open?"}]},
                {"role": "tool-response", "content": [{"type": "text", "text": "Monday 9 to 21"}]},
            ]
        },
        [RULES, ASKED, GAVE],
    ),
    "strands": (
        [
            {"role": "user", "content": [{"text": "Is it open?"}]},
            {"role": "assistant", "content": [{"toolUse": {"name": "hours", "toolUseId": "c", "input": ARGS}}]},
            {
                "role": "user",
                "content": [
                    {"toolResult": {"toolUseId": "c", "status": "success", "content": [{"text": "Monday 9 to 21"}]}}
                ],
            },
        ],
        [ASKED, CALLED, GAVE],
    ),
    "google adk": (
        {
            "model": "m",
            "config": {"system_instruction": "Be brief.", "tools": [{"function_declarations": [{"name": "hours"}]}]},
            "contents": [
                {"parts": [{"text": "Is it open?"}], "role": "user"},
                {"parts": [{"function_call": {"id": "c", "args": ARGS, "name": "hours"}}], "role": "model"},
                {
                    "parts": [
                        {"function_response": {"id": "c", "name": "hours", "response": {"result": "Monday 9 to 21"}}}
                    ],
                    "role": "user",
                },
            ],
        },
        [RULES, ASKED, CALLED, GAVE],
    ),
    "share gpt": (
        {"conversations": [{"from": "human", "value": "Is it open?"}, {"from": "gpt", "value": "Yes, until nine."}]},
        [ASKED, SAID],
    ),
    "a tool under its own name": (
        [
            {"role": "user", "content": "Is it open?"},
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"type": "function", "function": {"arguments": TEXT_ARGS}}],
            },
            {"role": "hours", "content": "Monday 9 to 21"},
        ],
        [ASKED, CALLED, GAVE],
    ),
    "a transcript": ("System: Be brief.\nHuman: Is it open?\nAI: Yes, until nine.", [RULES, ASKED, SAID]),
    "prompts of a completion": ({"prompts": ["System: Be brief.\nHuman: Is it open?"]}, [RULES, ASKED]),
}
