"""OpenAI's /v1/chat/completions."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tests.senders.desk.scenario import MODEL_SERVED, QUESTIONS, TOOL
from tests.senders.reply import CALL_ID, Reply, pieces, reply, text_of

Json = dict[str, Any]
PATH = r"/chat/completions$"
_LAST = "final_answer"
"""A tool by which some frameworks want the answer itself."""
_OUTPUT = "Observation:"
"""How some frameworks begin a user's message that is a tool's output."""
_FIELD = "[[ ## answer ## ]]"
"""How some frameworks want fields of an answer marked."""


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
        text = text_of(message.get("content"))
        if message["role"] == "tool" or (text.startswith(_OUTPUT) and not any(q in text for q in QUESTIONS)):
            outputs += 1
        elif message["role"] == "user":
            users, outputs = [*users, text], 0
    said = reply(users, tools=bool(request.get("tools")), outputs=outputs)
    if said.text is not None and _FIELD in (users or [""])[-1]:
        return replace(said, text=f"{_FIELD}\n{said.text}\n\n[[ ## completed ## ]]")
    offered = {tool.get("function", {}).get("name") for tool in request.get("tools") or ()}
    if said.text is not None and _LAST in offered:
        return replace(said, text=None, arguments={"answer": said.text})
    return said


def _tool_call(arguments: Json) -> Json:
    name = _LAST if "answer" in arguments else TOOL["name"]
    return {
        "id": CALL_ID,
        "type": "function",
        "function": {"name": name, "arguments": json.dumps(arguments)},
    }


def _finish(said: Reply) -> str:
    return "stop" if said.arguments is None else "tool_calls"


def _head(kind: str) -> Json:
    return {"id": "chatcmpl-D4k9", "object": kind, "created": 1795000000, "model": MODEL_SERVED}


def _usage(said: Reply) -> Json:
    return {"prompt_tokens": said.taken, "completion_tokens": said.given, "total_tokens": said.taken + said.given}
