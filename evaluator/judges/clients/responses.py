"""OpenAI's responses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluator.core.judge import JudgeReply, JudgeRequest
from evaluator.judges.clients.api import (
    SCHEMA_NAME,
    Api,
    bearer,
    billed,
    broken,
    count,
    mapping,
    named,
    tokens_of,
    told_error,
    with_schema,
)

_LEAST = 16
"""The provider takes no smaller bound of a reply."""
_FINISHES = {"max_output_tokens": "length", "content_filter": "filtered"}


def body(request: JudgeRequest, without: frozenset[str]) -> dict[str, Any]:
    plain = "text" in without
    found: dict[str, Any] = {
        "model": request.model,
        "instructions": with_schema(request) if plain else request.system,
        "input": request.user,
        "max_output_tokens": max(_LEAST, request.max_output_tokens),
    }
    if "store" not in without:
        found["store"] = False  # what is judged is not to lie about at the provider
    if request.temperature is not None and "temperature" not in without:
        found["temperature"] = request.temperature
    if request.schema is not None and not plain:
        form = {"name": SCHEMA_NAME, "strict": True, "schema": request.schema}
        found["text"] = {"format": {"type": "json_schema"} | form}
    if request.top_logprobs and not without & {"include", "top_logprobs"}:
        found["include"] = ["message.output_text.logprobs"]
        found["top_logprobs"] = request.top_logprobs
    return found


def reply(data: Mapping[str, Any]) -> JudgeReply:
    told_error(data)
    output = data.get("output")
    parts = [
        part
        for item in (output if isinstance(output, list) else ())
        if isinstance(item, dict) and item.get("type") == "message" and isinstance(item.get("content"), list)
        for part in item["content"]
        if isinstance(part, dict)
    ]
    texts = [part for part in parts if isinstance(part.get("text"), str)]
    refusals = [part["refusal"] for part in parts if isinstance(part.get("refusal"), str)]
    reason = mapping(data.get("incomplete_details")).get("reason")
    finish = _FINISHES.get(reason, "stop") if isinstance(reason, str) else "stop"
    text = "".join(part["text"] for part in texts)
    if refusals and not text:
        text, finish = "".join(refusals), "refusal"
    elif not texts and finish == "stop":
        broken("holds no text")
    usage = mapping(data.get("usage"))
    details = mapping(usage.get("input_tokens_details"))
    return JudgeReply(
        text=text,
        finish=finish,
        input_tokens=billed(count(usage.get("input_tokens")), count(details.get("cache_write_tokens"))),
        cached_tokens=count(details.get("cached_tokens")),
        output_tokens=count(usage.get("output_tokens")),
        tokens=tokens_of(texts[0].get("logprobs")) if len(texts) == 1 else None,
        model=named(data.get("model")),
    )


RESPONSES = Api(
    path="/responses",
    headers=bearer,
    body=body,
    reply=reply,
    optional=frozenset({"temperature", "text", "include", "top_logprobs", "store"}),
)
