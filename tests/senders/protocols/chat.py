"""OpenAI's /v1/chat/completions."""

from __future__ import annotations

import json
from typing import Any

from tests.senders.desk.scenario import MODEL_SERVED, TOOL
from tests.senders.reply import CALL_ID, Reply, pieces, reply, text_of

Json = dict[str, Any]
PATH = r"/chat/completions$"


def answer(request: Json) -> Json:
    """The body of a chat completion."""
    said = _reply(request)
    message: Json = {"role": "assistant", "content": said.text, "refusal": None, "annotations": []}
    if said.arguments is not None:
        message["tool_calls"] = [_tool_call(said.arguments)]
    choice = {"index": 0, "message": message, "finish_reason": _finish(said), "logprobs": None}
    return {**_head("chat.completion"), "choices": [choice], "usage": _usage(said)}


def stream(request: Json) -> bytes:
    """The chunks of a streamed chat completion, as server-sent events."""
    said = _reply(request)
    deltas: list[Json] = [{"role": "assistant", "content": "" if said.text else None}]
    if said.arguments is not None:
        deltas.append({"tool_calls": [{"index": 0, **_tool_call(said.arguments)}]})
    deltas += [{"content": piece} for piece in pieces(said.text)]
    head = _head("chat.completion.chunk")
    parts = [{**head, "choices": [{"index": 0, "delta": d, "finish_reason": None}]} for d in deltas]
    parts.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": _finish(said)}]})
    if (request.get("stream_options") or {}).get("include_usage"):
        parts.append({**head, "choices": [], "usage": _usage(said)})
    return "".join(f"data: {json.dumps(part)}\n\n" for part in parts).encode() + b"data: [DONE]\n\n"


def _reply(request: Json) -> Reply:
    users: list[str] = []
    outputs = 0
    for message in request["messages"]:
        if message["role"] == "tool":
            outputs += 1
        elif message["role"] == "user":
            users, outputs = [*users, text_of(message.get("content"))], 0
    return reply(users, tools=bool(request.get("tools")), outputs=outputs)


def _tool_call(arguments: Json) -> Json:
    return {
        "id": CALL_ID,
        "type": "function",
        "function": {"name": TOOL["name"], "arguments": json.dumps(arguments)},
    }


def _finish(said: Reply) -> str:
    return "stop" if said.arguments is None else "tool_calls"


def _head(kind: str) -> Json:
    return {"id": "chatcmpl-D4k9", "object": kind, "created": 1795000000, "model": MODEL_SERVED}


def _usage(said: Reply) -> Json:
    return {"prompt_tokens": said.taken, "completion_tokens": said.given, "total_tokens": said.taken + said.given}
