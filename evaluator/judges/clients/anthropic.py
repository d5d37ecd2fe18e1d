"""Anthropic's messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluator.core.judge import JudgeReply, JudgeRequest
from evaluator.judges.clients.api import Api, billed, broken, count, mapping, named, told_error, with_schema

VERSION = "2023-06-01"
_FINISHES = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}


def headers(key: str) -> dict[str, str]:
    return {"anthropic-version": VERSION} | ({"x-api-key": key} if key else {})


def body(request: JudgeRequest, without: frozenset[str]) -> dict[str, Any]:
    plain = "output_config" in without
    block: dict[str, Any] = {"type": "text", "text": with_schema(request) if plain else request.system}
    if "cache_control" not in without:
        block["cache_control"] = {"type": "ephemeral"}
    found: dict[str, Any] = {
        "model": request.model,
        "system": [block],
        "messages": [{"role": "user", "content": request.user}],
        "max_tokens": request.max_output_tokens,
    }
    if request.temperature is not None and "temperature" not in without:
        found["temperature"] = request.temperature
    if request.schema is not None and not plain:
        found["output_config"] = {"format": {"type": "json_schema", "schema": request.schema}}
    return found


def reply(data: Mapping[str, Any]) -> JudgeReply:
    told_error(data)
    content, reason = data.get("content"), data.get("stop_reason")
    finish = _FINISHES.get(reason, "stop") if isinstance(reason, str) else "stop"
    blocks = content if isinstance(content, list) else []
    # A model that thinks sends blocks of that, too.
    texts = [b["text"] for b in blocks if isinstance(b, dict) and isinstance(b.get("text"), str)]
    if not texts and finish == "stop":
        broken("holds no text")
    return _with_usage("".join(texts), finish, mapping(data.get("usage")), named(data.get("model")))


def _with_usage(text: str, finish: str, usage: Mapping[str, Any], model: str) -> JudgeReply:
    """`input_tokens` are here those that no cache had and none took."""
    fresh = count(usage.get("input_tokens"))
    read, written = count(usage.get("cache_read_input_tokens")), count(usage.get("cache_creation_input_tokens"))
    together = None if fresh is None else fresh + (read or 0) + (written or 0)
    return JudgeReply(
        text=text,
        finish=finish,
        input_tokens=billed(together, written),
        cached_tokens=read,
        output_tokens=count(usage.get("output_tokens")),
        model=model,
    )


ANTHROPIC = Api(
    path="/v1/messages",
    headers=headers,
    body=body,
    reply=reply,
    optional=frozenset({"temperature", "output_config", "cache_control"}),
)
