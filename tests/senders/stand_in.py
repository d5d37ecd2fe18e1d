"""The models that the apps talk to: what a turn of the scenario gets as its reply, over each provider's protocol.

A request is known by the last question that a user asks in it. Where the turn has a tool, the tool is on offer and
its output is not there yet, the reply asks for it; else it is the answer. A request that holds no question of the
scenario (an SDK's own errand: a title, a plan) is told "Done."
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench.servers.stand_in import Handler, listening
from tests.senders.desk.scenario import MODEL_SERVED, TOOL, TURNS

Json = dict[str, Any]
CALL_ID = "call_7Qx2"


@dataclass(frozen=True)
class Reply:
    """What a model says: a text, or the arguments of the tool that it asks for, and the tokens that it counts."""

    text: str | None
    arguments: Json | None
    usage: Json


def reply(prompt: list[str], *, tools: bool, outputs: int) -> Reply:
    """The reply to a prompt (its user messages, oldest first) with `outputs` tool outputs since the last of them."""
    for turn in reversed(TURNS):
        if prompt and turn["question"] in prompt[-1]:
            if "call" in turn and tools and not outputs:
                return Reply(None, turn["call"]["arguments"], turn["usage"][0])
            return Reply(turn["answer"], None, turn["usage"][-1])
    return Reply("Done.", None, {"input": 19, "output": 3})


def text_of(content: Any) -> str:
    """The text of a message's content, which is a text or a list of parts."""
    if isinstance(content, list):
        return "\n".join(part.get("text") or "" for part in content if isinstance(part, dict))
    return content or ""


def chat(request: Json) -> Reply:
    """The reply to a request of /v1/chat/completions (Anthropic's messages are read alike)."""
    users, outputs = [], 0
    for message in request["messages"]:
        parts = message.get("content")
        results = [p for p in parts if p.get("type") == "tool_result"] if isinstance(parts, list) else []
        if message["role"] == "tool" or results:
            outputs += 1
        elif message["role"] == "user":
            users, outputs = [*users, text_of(parts)], 0
    return reply(users, tools=bool(request.get("tools")), outputs=outputs)


def completion(request: Json) -> Json:
    """The body of a chat completion."""
    said = chat(request)
    message: Json = {"role": "assistant", "content": said.text, "refusal": None, "annotations": []}
    if said.arguments is not None:
        message["tool_calls"] = [_tool_call(said.arguments)]
    choice = {"index": 0, "message": message, "finish_reason": _finish(said), "logprobs": None}
    return {**_head("chat.completion"), "choices": [choice], "usage": _usage(said)}


def chunks(request: Json) -> list[Json]:
    """The chunks of a streamed chat completion."""
    said = chat(request)
    deltas: list[Json] = [{"role": "assistant", "content": "" if said.text else None}]
    if said.arguments is not None:
        deltas.append({"tool_calls": [{"index": 0, **_tool_call(said.arguments)}]})
    deltas += [{"content": piece} for piece in pieces(said.text or "")]
    head = _head("chat.completion.chunk")
    parts = [{**head, "choices": [{"index": 0, "delta": d, "finish_reason": None}]} for d in deltas]
    parts.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": _finish(said)}]})
    if (request.get("stream_options") or {}).get("include_usage"):
        parts.append({**head, "choices": [], "usage": _usage(said)})
    return parts


def pieces(text: str) -> list[str]:
    """A text in pieces of six words, as a stream brings it."""
    words = text.split(" ")
    cut = [" ".join(words[i : i + 6]) for i in range(0, len(words), 6)] if text else []
    return [piece if not i else f" {piece}" for i, piece in enumerate(cut)]


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
    taken, given = said.usage["input"], said.usage["output"]
    return {"prompt_tokens": taken, "completion_tokens": given, "total_tokens": taken + given}


def events(parts: list[Json]) -> bytes:
    """Server-sent events, as OpenAI's chat streams them."""
    return "".join(f"data: {json.dumps(part)}\n\n" for part in parts).encode() + b"data: [DONE]\n\n"


@contextmanager
def models() -> Iterator[str]:
    """A server of the providers' protocols; yields its address, without a path."""

    class Model(Handler):
        def do_POST(self) -> None:
            request = json.loads(self.body())
            if self.path != "/v1/chat/completions":
                self.answer(404, b'{"error": {"message": "no such path"}}', Content_Type="application/json")
            elif request.get("stream"):
                self.answer(200, events(chunks(request)), Content_Type="text/event-stream")
            else:
                self.answer(200, json.dumps(completion(request)).encode(), Content_Type="application/json")

    with listening(Model) as url:
        yield url
