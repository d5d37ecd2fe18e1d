"""Gemini's generateContent and streamGenerateContent."""

from __future__ import annotations

import json
from typing import Any

from tests.senders.desk.scenario import TOOL
from tests.senders.reply import Reply, pieces, reply, text_of

Json = dict[str, Any]
PATH = r"/models/[^/]+:(stream)?[gG]enerateContent"
MODEL_SERVED = "gemini-2.5-flash-09-2026"


def answer(request: Json) -> Json:
    """The body of a generated content."""
    said = _reply(request)
    part = {"text": said.text} if said.arguments is None else _call(said.arguments)
    return _body(said, part, last=True)


def stream(request: Json) -> bytes:
    """Its pieces, as server-sent events."""
    said = _reply(request)
    parts = [{"text": piece} for piece in pieces(said.text)] or [_call(said.arguments)]
    bodies = [_body(said, part, last=part is parts[-1]) for part in parts]
    return "".join(f"data: {json.dumps(body)}\r\n\r\n" for body in bodies).encode()


def _reply(request: Json) -> Reply:
    users: list[str] = []
    outputs = 0
    for content in request["contents"]:
        parts = content["parts"]
        if any("functionResponse" in part for part in parts):
            outputs += 1
        elif content.get("role") == "user":
            users, outputs = [*users, text_of(parts)], 0
    return reply(users, tools=bool(request.get("tools")), outputs=outputs)


def _call(arguments: Json | None) -> Json:
    return {"functionCall": {"name": TOOL["name"], "args": arguments}}


def _body(said: Reply, part: Json, *, last: bool) -> Json:
    candidate: Json = {"content": {"parts": [part], "role": "model"}, "index": 0}
    usage = {
        "promptTokenCount": said.taken,
        "candidatesTokenCount": said.given,
        "totalTokenCount": said.taken + said.given,
    }
    ending = {"usageMetadata": usage} if last else {}
    if last:
        candidate["finishReason"] = "STOP"
    return {"candidates": [candidate], "modelVersion": MODEL_SERVED, "responseId": "r7Gk", **ending}
