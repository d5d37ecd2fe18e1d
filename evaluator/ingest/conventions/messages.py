"""Messages in the many shapes that instrumentations write them: GenAI parts, chat completions, content blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from evaluator.ingest.conventions.base import Message
from evaluator.ingest.conventions.values import structure, text_of, unwrap

_ROLES = {
    "human": "user",
    "user": "user",
    "ai": "assistant",
    "model": "assistant",
    "assistant": "assistant",
    "bot": "assistant",
    "choice": "assistant",
    "system": "system",
    "developer": "system",
    "tool": "tool",
    "function": "tool",
    "ipython": "tool",
}
_CALLS = {"tool_call", "tool_use", "function_call", "server_tool_call"}
_RESULTS = {"tool_call_response", "tool_result", "function_call_output", "server_tool_call_response"}
_HIDDEN = {"reasoning", "thinking", "redacted_thinking"}
_MAX_NESTING = 8
_KEYS = {
    "user": ("question", "query", "input", "inputs", "user_input", "prompt", "text", "message", "content"),
    "assistant": (
        *("answer", "output", "outputs", "response", "result", "completion"),
        *("choices", "text", "message", "content"),
    ),
}


def role_of(value: Any, default: str = "user") -> str:
    """One of system, user, assistant, tool."""
    return _ROLES.get(value.strip().lower(), default) if isinstance(value, str) else default


def read_messages(value: Any, default_role: str = "user") -> tuple[Message, ...]:
    """Messages from a list, one object, JSON of either, or plain text (one message of `default_role`)."""
    parsed = structure(value)
    if isinstance(parsed, dict):
        inner = parsed.get("messages")
        parsed = inner if isinstance(inner, list) else [parsed]
    if isinstance(parsed, list):
        return tuple(m for item in parsed for m in _read_one(item, default_role))
    return (Message(role=default_role, text=value),) if isinstance(value, str) and value.strip() else ()


def _read_one(item: Any, default_role: str) -> Iterator[Message]:
    if isinstance(item, str):
        yield Message(role=default_role, text=item)
        return
    if isinstance(item, list):  # LangChain batches its messages: a list of lists
        for inner in item:
            if isinstance(inner, dict):
                yield from _read_one(inner, default_role)
        return
    if not isinstance(item, dict):
        return
    for wrapper in ("message", "kwargs"):
        if isinstance(item.get(wrapper), dict):
            item = item[wrapper]
    role = role_of(item.get("role") or item.get("type"), default_role)
    content = item.get("parts") if item.get("parts") is not None else item.get("content")
    called = bool(item.get("tool_calls") or item.get("function_call"))
    text, results, asks = read_content(content)
    yield from (Message(role="tool", text=result) for result in results)
    if text or called or asks or not results:
        yield Message(role=role, text=text, tool_call=called or asks)


def read_content(content: Any, depth: int = 0) -> tuple[str, list[str], bool]:
    """The text of a message's content, the tool results in it, and whether it asks for a tool to be run.

    Reasoning, images, audio and files are no text.
    """
    if isinstance(content, str):
        return content, [], False
    pieces: list[str] = []
    results: list[str] = []
    asks = False
    items = content if isinstance(content, list) else [content]
    for part in items if depth < _MAX_NESTING else []:
        if isinstance(part, str):
            pieces.append(part)
        elif isinstance(part, dict):
            kind = part.get("type")
            if kind in _CALLS:
                asks = True
            elif kind in _RESULTS:
                results.append(_result(part, depth))
            elif kind not in _HIDDEN:
                pieces += _text(part)
    return "\n".join(piece for piece in pieces if piece), results, asks


def _text(part: dict[str, Any]) -> list[str]:
    for key in ("content", "text"):
        value = part.get(key)
        if isinstance(value, str):
            return [value] if part.get("type") in (None, "text", "input_text", "output_text", "refusal") else []
    refusal = part.get("refusal")
    return [refusal] if isinstance(refusal, str) else []


def _result(part: dict[str, Any], depth: int) -> str:
    for key in ("result", "response", "content", "output"):
        if part.get(key) is not None:
            inner, _, _ = read_content(part[key], depth + 1) if isinstance(part[key], list) else ("", [], False)
            return inner or text_of(part[key]) or ""
    return ""


def last_user(messages: Sequence[Message]) -> str | None:
    """The text of the last user message, None when there is none."""
    return next((m.text for m in reversed(messages) if m.role == "user" and m.text.strip()), None)


def system_of(messages: Sequence[Message]) -> str | None:
    """The texts of the system messages, one below the other."""
    return "\n\n".join(m.text for m in messages if m.role == "system" and m.text) or None


def final_text(messages: Sequence[Message]) -> str | None:
    """The answer in a model's output: the first message with a text, None while any of them asks for a tool.

    Several output messages are alternatives, of which the first is what an application shows.
    """
    if any(m.tool_call for m in messages):
        return None
    return next((m.text for m in messages if m.text.strip() and m.role != "tool"), None)


def read_side(value: Any, role: str) -> str | None:
    """What a person would read in an input (`role` user) or an output (assistant), structured or as text.

    Messages give their last user message, or the last message if it is a last word; an object the text under one of
    the usual names. What is neither stays as it is, as text.
    """
    parsed = structure(value)
    if parsed is None:
        return value if isinstance(value, str) else None
    messages = read_messages(_message_list(parsed), role)
    if messages:
        return last_user(messages) if role == "user" else final_text(messages[-1:])
    inner = unwrap(parsed, _KEYS[role])
    # The raw answer of a model's API that holds no text asked for a tool: its JSON is not what a user saw.
    return inner if inner is not None or (isinstance(parsed, dict) and "choices" in parsed) else text_of(value)


def _message_list(parsed: Any) -> list[Any] | None:
    candidates: list[Any] = [parsed]
    candidates += [parsed.get(key) for key in ("messages", "input", "output")] if isinstance(parsed, dict) else []
    return next((c for c in candidates if isinstance(c, list) and c and all(map(_is_message, c))), None)


def _is_message(item: Any) -> bool:
    if isinstance(item, list):
        return bool(item) and all(isinstance(inner, dict) and _is_message(inner) for inner in item)
    return isinstance(item, dict) and bool({"role", "content", "kwargs"} & item.keys())
