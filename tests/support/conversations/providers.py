"""Conversations in the shapes of those who serve models."""

from __future__ import annotations

from typing import Any

from tests.support.conversations.turns import ARGS, ASKED, CALLED, GAVE, RULES, SAID, TEXT_ARGS, WHOLE, Turn

PROVIDERS: dict[str, tuple[Any, list[Turn]]] = {
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
        [
            {
                "role": "assistant",
                "content": None,
                "audio": {"id": "a", "data": "UklG", "transcript": "Yes, until nine."},
            }
        ],
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
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "Yes, until nine."}],
            },
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
                        {
                            "type": "tool_result",
                            "tool_use_id": "t",
                            "content": [{"type": "text", "text": "Monday 9 to 21"}],
                        }
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
                    {
                        "type": "document",
                        "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"},
                    },
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
                        {
                            "toolResult": {
                                "toolUseId": "t",
                                "content": [{"text": "Monday 9 to 21"}],
                                "status": "success",
                            }
                        }
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
                "tool_calls": [
                    {"id": "c", "type": "function", "function": {"name": "hours", "arguments": TEXT_ARGS}}
                ],
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
}
