"""OpenAI's chat completions, which most servers speak."""

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

NEWER, OLDER = "max_completion_tokens", "max_tokens"
"""How the bound of a reply is called: OpenAI's own models know only the newer name, many servers only the older."""
_FINISHES = {"length": "length", "max_tokens": "length", "content_filter": "filtered", "refusal": "refusal"}


def body(request: JudgeRequest, without: frozenset[str]) -> dict[str, Any]:
    plain = "response_format" in without
    found: dict[str, Any] = {
        "model": request.model,
        "messages": [
            {"role": "system", "content": with_schema(request) if plain else request.system},
            {"role": "user", "content": request.user},
        ],
        NEWER if OLDER in without else OLDER: request.max_output_tokens,
    }
    if request.temperature is not None and "temperature" not in without:
        found["temperature"] = request.temperature
    if request.seed is not None and "seed" not in without:
        found["seed"] = request.seed
    if request.schema is not None and not plain:
        form = {"name": SCHEMA_NAME, "strict": True, "schema": request.schema}
        found["response_format"] = {"type": "json_schema", "json_schema": form}
    if request.top_logprobs and "logprobs" not in without:
        found["logprobs"] = True
        if "top_logprobs" not in without:
            found["top_logprobs"] = request.top_logprobs
    return found


def reply(data: Mapping[str, Any]) -> JudgeReply:
    told_error(data)
    choices = data.get("choices")
    choice = mapping(choices[0]) if isinstance(choices, list) and choices else {}
    message = mapping(choice.get("message"))
    text, refusal = _content(message.get("content")), message.get("refusal")
    reason = choice.get("finish_reason")
    finish = _FINISHES.get(reason, "stop") if isinstance(reason, str) else "stop"
    if isinstance(refusal, str) and refusal and not text:
        text, finish = refusal, "refusal"
    if text is None:
        if finish == "stop":
            broken("holds no text")
        text = ""
    usage = mapping(data.get("usage"))
    details = mapping(usage.get("prompt_tokens_details"))
    read, written = count(usage.get("prompt_tokens")), count(usage.get("completion_tokens"))
    if (total := count(usage.get("total_tokens"))) is not None and read is not None and written is not None:
        written = max(written, total - read)  # what some think is paid for, and counted in the total alone
    return JudgeReply(
        text=text,
        finish=finish,
        input_tokens=billed(read, count(details.get("cache_write_tokens"))),
        cached_tokens=count(details.get("cached_tokens", usage.get("prompt_cache_hit_tokens"))),
        output_tokens=written,
        tokens=tokens_of(mapping(choice.get("logprobs")).get("content")),
        model=named(data.get("model")),
    )


def _content(content: object) -> str | None:
    """The text of a message, which is a text or a list of parts (a model that thinks aloud: those that are text)."""
    if isinstance(content, list):
        texts = [p["text"] for p in content if isinstance(p, dict) and isinstance(p.get("text"), str)]
        return "".join(texts) if texts else None
    return content if isinstance(content, str) else None


CHAT = Api(
    path="/chat/completions",
    headers=bearer,
    body=body,
    reply=reply,
    optional=frozenset({"temperature", "seed", "response_format", "logprobs", "top_logprobs", OLDER}),
)
