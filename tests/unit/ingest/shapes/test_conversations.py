"""Conversations as providers and frameworks write them: every text in its role and in its order, what tools gave as
tool messages, what a model thought by itself left out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evaluator.ingest.shapes import conversation_in, read_messages

Turn = tuple[str, str] | tuple[str, str, str]
"""Role and text; of a message that asks for a tool also its arguments."""

RULES, ASKED, SAID = ("system", "Be brief."), ("user", "Is it open?"), ("assistant", "Yes, until nine.")
CALLED: Turn = ("assistant", "", '{"day": "Monday"}')
GAVE = ("tool", "Monday 9 to 21")
ARGS = {"day": "Monday"}
TEXT_ARGS = '{"day": "Monday"}'
WHOLE = [RULES, ASKED, CALLED, GAVE, SAID]

CASES: dict[str, tuple[Any, list[Turn]]] = {
    "openai chat": (
        [
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": "Is it open?", "name": "ann"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {"id": "c1", "type": "function", "function": {"name": "hours", "arguments": TEXT_ARGS}}
                ],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "Monday 9 to 21"},
            {"role": "assistant", "content": "Yes, until nine.", "refusal": None, "annotations": []},
        ],
        WHOLE,
    ),
    "openai chat in parts": (
        {
            "model": "m",
            "messages": [
                {"role": "system", "content": [{"type": "text", "text": "Be brief."}]},
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "Is it"},
                        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                        {"type": "input_audio", "input_audio": {"data": "UklGR", "format": "wav"}},
                        {"type": "file", "file": {"file_id": "f1"}},
                        {"type": "text", "text": "open?"},
                    ],
                },
                {"role": "assistant", "content": [{"type": "refusal", "refusal": "I cannot say."}]},
            ],
        },
        [RULES, ("user", "Is it\nopen?"), ("assistant", "I cannot say.")],
    ),
    "openai functions of old": (
        [
            {"role": "user", "content": "Is it open?"},
            {"role": "assistant", "content": None, "function_call": {"name": "hours", "arguments": TEXT_ARGS}},
            {"role": "function", "name": "hours", "content": "Monday 9 to 21"},
        ],
        [ASKED, CALLED, GAVE],
    ),
    "openai refusal beside no content": (
        [{"role": "user", "content": "Is it open?"}, {"role": "assistant", "content": None, "refusal": "I cannot."}],
        [ASKED, ("assistant", "I cannot.")],
    ),
    "openai spoken answer": (
        [{"role": "assistant", "content": None, "audio": {"id": "a", "data": "UklG", "transcript": "Yes, until nine."}}],
        [SAID],
    ),
    "openai responses": (
        {
            "instructions": "Be brief.",
            "input": [
                {"role": "user", "content": [{"type": "input_text", "text": "Is it open?"}]},
                {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "secret thoughts"}]},
                {"type": "function_call", "call_id": "c", "name": "hours", "arguments": TEXT_ARGS},
                {"type": "function_call_output", "call_id": "c", "output": "Monday 9 to 21"},
                {
                    "type": "message",
                    "role": "assistant",
                    "content": [{"type": "output_text", "text": "Yes, until nine.", "annotations": []}],
                },
            ],
        },
        WHOLE,
    ),
    "openai responses, input as text": (
        {"model": "m", "instructions": "Be brief.", "input": "Is it open?", "tools": []},
        [RULES, ASKED],
    ),
    "openai responses, hosted tools": (
        [
            {"role": "user", "content": "Is it open?"},
            {
                "type": "file_search_call",
                "id": "f",
                "queries": ["opening hours"],
                "results": [{"file_id": "x", "filename": "h.txt", "score": 0.8, "text": "Monday 9 to 21"}],
            },
            {
                "type": "mcp_call",
                "id": "m",
                "name": "hours",
                "arguments": TEXT_ARGS,
                "output": "Open late on Monday",
            },
            {
                "type": "code_interpreter_call",
                "id": "k",
                "code": "print(21 - 9)",
                "outputs": [{"type": "logs", "logs": "12 hours"}],
            },
            {"type": "web_search_call", "id": "w", "status": "completed"},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Yes, until nine."}]},
        ],
        [ASKED, GAVE, ("tool", "Open late on Monday"), ("tool", "12 hours"), SAID],
    ),
    "openai responses, output of a function in parts": (
        [{"type": "function_call_output", "output": [{"type": "input_text", "text": "Monday 9 to 21"}]}],
        [GAVE],
    ),
    "openai threads": (
        {
            "data": [
                {"role": "user", "content": [{"type": "text", "text": {"value": "Is it open?", "annotations": []}}]},
                {
                    "role": "assistant",
                    "content": [{"type": "text", "text": {"value": "Yes, until nine.", "annotations": []}}],
                },
            ]
        },
        [ASKED, SAID],
    ),
    "anthropic": (
        {
            "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
            "messages": [
                {"role": "user", "content": "Is it open?"},
                {
                    "role": "assistant",
                    "content": [
                        {"type": "thinking", "thinking": "secret thoughts", "signature": "s"},
                        {"type": "redacted_thinking", "data": "EmwK"},
                        {"type": "tool_use", "id": "t", "name": "hours", "input": ARGS},
                    ],
                },
                {
                    "role": "user",
                    "content": [
                        {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "Monday 9 to 21"}]}
                    ],
                },
                {"role": "assistant", "content": [{"type": "text", "text": "Yes, until nine."}]},
            ],
        },
        WHOLE,
    ),
    "anthropic, a result as text and a question after it": (
        [
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "t", "content": "Monday 9 to 21"},
                    {"type": "text", "text": "Is it open?"},
                ],
            }
        ],
        [GAVE, ASKED],
    ),
    "anthropic, tools of the server": (
        [
            {"role": "user", "content": "Is it open?"},
            {
                "role": "assistant",
                "content": [
                    {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "hours"}},
                    {
                        "type": "web_search_tool_result",
                        "tool_use_id": "s",
                        "content": [
                            {
                                "type": "web_search_result",
                                "title": "Opening hours",
                                "url": "https://shop.example/hours",
                                "encrypted_content": "EqgfCioIARgB",
                                "page_age": "2 days",
                            }
                        ],
                    },
                    {"type": "text", "text": "Yes, until nine.", "citations": [{"cited_text": "9 to 21"}]},
                ],
            },
        ],
        [
            ASKED,
            (
                "tool",
                '[{"type": "web_search_result", "title": "Opening hours", '
                '"url": "https://shop.example/hours", "page_age": "2 days"}]',
            ),
            SAID,
        ],
    ),
    "anthropic, documents and search results": (
        [
            {
                "role": "user",
                "content": [
                    {
                        "type": "document",
                        "source": {"type": "text", "media_type": "text/plain", "data": "Monday 9 to 21"},
                        "title": "Hours",
                    },
                    {
                        "type": "search_result",
                        "source": "https://shop.example",
                        "title": "Holidays",
                        "content": [{"type": "text", "text": "Closed on Sunday"}],
                    },
                    {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}},
                    {"type": "text", "text": "Is it open?"},
                ],
            }
        ],
        [("user", "Monday 9 to 21\nClosed on Sunday\nIs it open?")],
    ),
    "gemini": (
        {
            "config": {"system_instruction": {"parts": [{"text": "Be brief."}]}},
            "contents": [
                {"role": "user", "parts": [{"text": "Is it open?"}]},
                {
                    "role": "model",
                    "parts": [
                        {"text": "secret thoughts", "thought": True},
                        {"functionCall": {"name": "hours", "args": ARGS}},
                    ],
                },
                {
                    "role": "user",
                    "parts": [{"functionResponse": {"name": "hours", "response": {"result": "Monday 9 to 21"}}}],
                },
                {"role": "model", "parts": [{"text": "Yes, until nine."}]},
            ],
        },
        WHOLE,
    ),
    "gemini, keys of REST": (
        {"systemInstruction": "Be brief.", "contents": [{"parts": [{"text": "Is it open?"}]}]},
        [RULES, ASKED],
    ),
    "gemini, contents as one text": (
        {"config": {"system_instruction": ["Be brief."]}, "contents": "Is it open?"},
        [RULES, ASKED],
    ),
    "gemini, with media and code": (
        [
            {
                "role": "user",
                "parts": [{"inline_data": {"mime_type": "image/png", "data": "iVBO"}}, {"text": "Is it open?"}],
            },
            {
                "role": "model",
                "parts": [
                    {"executable_code": {"language": "PYTHON", "code": "print(21 - 9)"}},
                    {"code_execution_result": {"outcome": "OUTCOME_OK", "output": "12 hours"}},
                    {"text": "Yes, until nine."},
                ],
            },
        ],
        [ASKED, ("tool", "12 hours"), SAID],
    ),
    "bedrock converse": (
        {
            "system": [{"text": "Be brief."}],
            "messages": [
                {"role": "user", "content": [{"text": "Is it open?"}]},
                {
                    "role": "assistant",
                    "content": [
                        {"reasoningContent": {"reasoningText": {"text": "secret thoughts", "signature": "s"}}},
                        {"toolUse": {"toolUseId": "t", "name": "hours", "input": ARGS}},
                    ],
                },
                {
                    "role": "user",
                    "content": [
                        {"toolResult": {"toolUseId": "t", "content": [{"text": "Monday 9 to 21"}], "status": "success"}}
                    ],
                },
                {"role": "assistant", "content": [{"text": "Yes, until nine."}]},
            ],
        },
        WHOLE,
    ),
    "bedrock converse, a result in json": (
        [{"role": "user", "content": [{"toolResult": {"toolUseId": "t", "content": [{"json": {"to": 21}}]}}]}],
        [("tool", '{"to": 21}')],
    ),
    "bedrock converse, images and documents": (
        [
            {
                "role": "user",
                "content": [
                    {"image": {"format": "png", "source": {"bytes": "iVBO"}}},
                    {"document": {"format": "pdf", "name": "hours", "source": {"bytes": "JVBE"}}},
                    {"cachePoint": {"type": "default"}},
                    {"text": "Is it open?"},
                ],
            }
        ],
        [ASKED],
    ),
    "cohere, first version": (
        {
            "preamble": "Be brief.",
            "chat_history": [
                {"role": "USER", "message": "Hello shop"},
                {"role": "CHATBOT", "message": "Hello you"},
            ],
            "message": "Is it open?",
        },
        [RULES, ("user", "Hello shop"), ("assistant", "Hello you"), ASKED],
    ),
    "cohere, second version": (
        [
            {"role": "user", "content": {"type": "text", "text": "Is it open?"}},
            {
                "role": "assistant",
                "tool_plan": "secret thoughts",
                "tool_calls": [{"id": "c", "type": "function", "function": {"name": "hours", "arguments": TEXT_ARGS}}],
            },
            {
                "role": "tool",
                "tool_call_id": "c",
                "content": [{"type": "document", "document": {"data": "Monday 9 to 21", "id": "1"}}],
            },
        ],
        [ASKED, CALLED, GAVE],
    ),
    "mistral": (
        [
            {"role": "user", "content": "Is it open?"},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "secret thoughts"}]},
                    {"type": "text", "text": "Yes, until nine."},
                    {"type": "reference", "reference_ids": [1]},
                ],
                "prefix": False,
            },
        ],
        [ASKED, SAID],
    ),
    "ollama": (
        {
            "model": "m",
            "messages": [
                {"role": "user", "content": "Is it open?", "images": ["iVBO"]},
                {
                    "role": "assistant",
                    "content": "",
                    "thinking": "secret thoughts",
                    "tool_calls": [{"function": {"name": "hours", "arguments": ARGS}}],
                },
                {"role": "tool", "tool_name": "hours", "content": "Monday 9 to 21"},
            ],
        },
        [ASKED, CALLED, GAVE],
    ),
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
                {"source": "user", "models_usage": None, "metadata": {}, "content": "Is it open?", "type": "TextMessage"},
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
                "contents": [{"$type": "reasoning", "text": "secret thoughts"}, {"$type": "text", "text": "Yes, until nine."}],
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
            {"event.name": "gen_ai.choice", "index": 0, "message": {"role": "assistant", "content": "Yes, until nine."}},
        ],
        WHOLE,
    ),
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
            {"role": "assistant", "parts": [{"type": "text", "content": "Yes, until nine."}], "finish_reason": "stop"},
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
                "content": [{"toolResult": {"toolUseId": "c", "status": "success", "content": [{"text": "Monday 9 to 21"}]}}],
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
                    "parts": [{"function_response": {"id": "c", "name": "hours", "response": {"result": "Monday 9 to 21"}}}],
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
            {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": {"arguments": TEXT_ARGS}}]},
            {"role": "hours", "content": "Monday 9 to 21"},
        ],
        [ASKED, CALLED, GAVE],
    ),
    "a transcript": ("System: Be brief.\nHuman: Is it open?\nAI: Yes, until nine.", [RULES, ASKED, SAID]),
    "prompts of a completion": ({"prompts": ["System: Be brief.\nHuman: Is it open?"]}, [RULES, ASKED]),
}  # fmt: skip


def turns(messages: Any) -> list[Turn]:
    found: list[Turn] = []
    for message in messages:
        turn: Turn = (message.role, message.text)
        if message.tool_call:
            arguments = [json.dumps(json.loads(call)) for call in message.arguments if call]
            turn = (message.role, message.text, *arguments[:1])  # type: ignore[assignment]
        found.append(turn)
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_conversation(name: str) -> None:
    value, expected = CASES[name]
    assert turns(conversation_in(value)) == expected


@pytest.mark.parametrize("quoted", [1, 2, 3])
@pytest.mark.parametrize("name", [name for name in CASES if not isinstance(CASES[name][0], str)])
def test_the_same_as_json_in_quotes(name: str, quoted: int) -> None:
    value, expected = CASES[name]
    for _ in range(quoted):
        value = json.dumps(value)
    assert turns(conversation_in(value)) == expected


@pytest.mark.parametrize("name", [name for name in CASES if isinstance(CASES[name][0], list)])
def test_a_list_of_messages_wherever_it_lies(name: str) -> None:
    value, expected = CASES[name]
    assert turns(read_messages(value)) == expected
    assert turns(conversation_in({"messages": value})) == expected
    assert turns(conversation_in({"inputs": {"messages": json.dumps(value)}})) == expected
    assert turns(conversation_in({"args": [], "kwargs": {"model": "m", "messages": value}})) == expected
