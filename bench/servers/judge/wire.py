"""The three protocols, as their providers speak them: what was asked, and how a reply looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bench.servers.judge.verdicts import logprobs_of

Api = Literal["chat", "responses", "anthropic"]
PATHS: dict[str, Api] = {"/chat/completions": "chat", "/responses": "responses", "/messages": "anthropic"}
AT = 1_760_000_000
"""The moment (Unix s) at which every reply says it was made: they are to be the same again."""


@dataclass(slots=True)
class Asked:
    """What a request asks for."""

    model: str
    system: str
    user: str
    schema: Mapping[str, Any] | None
    top_logprobs: int | None
    """None: no log-probabilities."""
    tool: str | None = None
    """The tool that is to be called with the reply (chat completions)."""


@dataclass(slots=True)
class Said:
    """What is to be replied."""

    text: str
    input_tokens: int
    output_tokens: int
    refused: bool
    probabilities: Mapping[str, float]


def api_of(path: str) -> Api | None:
    """The protocol that is spoken at a path."""
    for end, api in PATHS.items():
        if path.endswith(end):
            return api
    return None


def asked_of(api: Api, body: Mapping[str, Any]) -> Asked:
    """Raises KeyError or TypeError for a body that is no request."""
    model = str(body["model"])
    if api == "chat":
        by_role = {one["role"]: _text(one["content"]) for one in body["messages"]}
        form = body.get("response_format") or {}
        top = int(body.get("top_logprobs") or 0) if body.get("logprobs") else None
        tool = next((one["function"] for one in body.get("tools") or ()), None)
        schema = (form.get("json_schema") or {}).get("schema") or (tool or {}).get("parameters")
        system = by_role.get("system", by_role.get("developer", ""))
        return Asked(model, system, by_role["user"], schema, top, tool and tool["name"])
    if api == "responses":
        form = (body.get("text") or {}).get("format") or {}
        top = (
            int(body.get("top_logprobs") or 0) if "message.output_text.logprobs" in body.get("include", ()) else None
        )
        return Asked(model, body.get("instructions") or "", _input(body["input"]), form.get("schema"), top)
    schema = ((body.get("output_config") or {}).get("format") or {}).get("schema")
    if not isinstance(body["max_tokens"], int):
        raise TypeError("max_tokens")
    return Asked(model, _text(body.get("system") or ""), _text(body["messages"][-1]["content"]), schema, None)


def _input(given: Any) -> str:
    return given if isinstance(given, str) else "".join(_text(one["content"]) for one in given)


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def reply(api: Api, number: int, asked: Asked, said: Said) -> dict[str, Any]:
    """The body of a reply."""
    return {"chat": _chat, "responses": _responses, "anthropic": _anthropic}[api](number, asked, said)


def _logprobs(asked: Asked, said: Said) -> list[dict[str, Any]] | None:
    return None if asked.top_logprobs is None else logprobs_of(said.text, said.probabilities, asked.top_logprobs)


def _chat(number: int, asked: Asked, said: Said) -> dict[str, Any]:
    logprobs = _logprobs(asked, said)
    message: dict[str, Any] = {"role": "assistant", "content": None if said.refused else said.text}
    if asked.tool is not None and not said.refused:
        call = {"name": asked.tool, "arguments": said.text}
        message |= {"content": None, "tool_calls": [{"id": f"call_{number}", "type": "function", "function": call}]}
    return {
        "id": f"chatcmpl-{number}", "object": "chat.completion", "created": AT, "model": asked.model,
        "choices": [{
            "index": 0, "finish_reason": "stop",
            "message": message | {"refusal": said.text if said.refused else None},
            "logprobs": None if logprobs is None else {"content": logprobs, "refusal": None},
        }],
        "usage": {
            "prompt_tokens": said.input_tokens, "completion_tokens": said.output_tokens,
            "total_tokens": said.input_tokens + said.output_tokens, "prompt_tokens_details": {"cached_tokens": 0},
        },
    }  # fmt: skip


def _responses(number: int, asked: Asked, said: Said) -> dict[str, Any]:
    part: dict[str, Any] = {"type": "refusal", "refusal": said.text}
    if not said.refused:
        part = {"type": "output_text", "text": said.text, "annotations": [], "logprobs": _logprobs(asked, said) or []}
    return {
        "id": f"resp_{number}", "object": "response", "created_at": AT, "status": "completed", "error": None,
        "incomplete_details": None, "instructions": None, "metadata": {}, "model": asked.model,
        "output": [
            {"type": "message", "id": f"msg_{number}", "status": "completed", "role": "assistant", "content": [part]}
        ],
        "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "temperature": 1.0, "top_p": 1.0,
        "usage": {
            "input_tokens": said.input_tokens, "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": said.output_tokens, "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": said.input_tokens + said.output_tokens,
        },
    }  # fmt: skip


def _anthropic(number: int, asked: Asked, said: Said) -> dict[str, Any]:
    return {
        "id": f"msg_{number}", "type": "message", "role": "assistant", "model": asked.model,
        "content": [{"type": "text", "text": said.text}],
        "stop_reason": "refusal" if said.refused else "end_turn", "stop_sequence": None,
        "usage": {
            "input_tokens": said.input_tokens, "output_tokens": said.output_tokens,
            "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
        },
    }  # fmt: skip


def problem(api: Api, kind: str, message: str, **more: str | None) -> dict[str, Any]:
    """The body of an error."""
    if api == "anthropic":
        return {"type": "error", "error": {"type": kind, "message": message}}
    return {"error": {"message": message, "type": kind, "param": None, "code": None} | more}
