"""OpenAI's /v1/responses."""

from __future__ import annotations

import json
from typing import Any

from tests.senders.desk.scenario import MODEL_SERVED, TOOL
from tests.senders.reply import CALL_ID, Reply, pieces, reply, text_of

Json = dict[str, Any]
PATH = r"/responses$"


def answer(request: Json) -> Json:
    """The body of a response."""
    return _response(request, _reply(request), "completed")


def stream(request: Json) -> bytes:
    """The events of a streamed response."""
    said = _reply(request)
    (item,) = _output(said)
    at = {"output_index": 0, "item_id": item["id"]}
    events: list[Json] = [
        {"type": "response.created", "response": {**_response(request, said, "in_progress"), "output": []}},
        {"type": "response.output_item.added", "output_index": 0, "item": {**item, "status": "in_progress"}},
    ]
    if said.arguments is not None:
        arguments = {**at, "arguments": item["arguments"], "name": TOOL["name"]}
        events.append({"type": "response.function_call_arguments.delta", **at, "delta": item["arguments"]})
        events.append({"type": "response.function_call_arguments.done", **arguments})
    else:
        at["content_index"] = 0
        part: Json = item["content"][0]
        events.append({"type": "response.content_part.added", **at, "part": {**part, "text": ""}})
        events += [
            {"type": "response.output_text.delta", **at, "delta": piece, "logprobs": []}
            for piece in pieces(said.text)
        ]
        events.append({"type": "response.output_text.done", **at, "text": said.text, "logprobs": []})
        events.append({"type": "response.content_part.done", **at, "part": part})
    events.append({"type": "response.output_item.done", "output_index": 0, "item": item})
    events.append({"type": "response.completed", "response": _response(request, said, "completed")})
    numbered = [{**event, "sequence_number": number} for number, event in enumerate(events)]
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in numbered).encode()


def _reply(request: Json) -> Reply:
    users: list[str] = []
    outputs = 0
    asked = request["input"]
    for item in [{"role": "user", "content": asked}] if isinstance(asked, str) else asked:
        if item.get("type") == "function_call_output":
            outputs += 1
        elif item.get("role") == "user":
            users, outputs = [*users, text_of(item.get("content"))], 0
    return reply(users, tools=bool(request.get("tools")), outputs=outputs)


def _output(said: Reply) -> list[Json]:
    if said.arguments is not None:
        call = {"name": TOOL["name"], "arguments": json.dumps(said.arguments), "call_id": CALL_ID}
        return [{"id": "fc_21bd", "type": "function_call", "status": "completed", **call}]
    part = {"type": "output_text", "text": said.text, "annotations": [], "logprobs": []}
    return [{"id": "msg_58ea", "type": "message", "role": "assistant", "status": "completed", "content": [part]}]


def _response(request: Json, said: Reply, status: str) -> Json:
    usage = {
        "input_tokens": said.taken,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": said.given,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": said.taken + said.given,
    }
    return {
        "id": "resp_93f0",
        "object": "response",
        "created_at": 1795000000,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": request.get("instructions"),
        "model": MODEL_SERVED,
        "output": _output(said),
        "parallel_tool_calls": True,
        "tool_choice": request.get("tool_choice") or "auto",
        "tools": request.get("tools") or [],
        "usage": usage if status == "completed" else None,
    }
