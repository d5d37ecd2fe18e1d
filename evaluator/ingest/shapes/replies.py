"""What a model gave, where it gave several alternatives, or one reply in pieces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from evaluator.ingest.shapes.calls import Asked
from evaluator.ingest.shapes.messages import Message, read_messages
from evaluator.ingest.shapes.structure import keyed


def alternatives_in(items: list[Any], role: str) -> tuple[Message, ...]:
    """Choices of a completion: texts, or objects around a message or a text. Batches give their first."""
    while items and isinstance(items[0], list):
        items = items[0]
    found: list[Message] = []
    for item in items:
        inner = keyed(item) if isinstance(item, dict) else {}
        content = inner.get("content")
        if isinstance(content, dict):  # a candidate around its content
            found += read_messages([content], role)
        elif isinstance(item, str) or inner.keys() & {"message", "delta", "text", "content", "parts", "kwargs"}:
            found += read_messages([item], role)
    return tuple(found)


def streamed(items: list[Any]) -> tuple[Message, ...]:
    """One message out of the pieces of a stream; none where a list holds anything else."""
    if len(items) < 2:
        return ()
    pieces = [_piece(keyed(item)) if isinstance(item, dict) else None for item in items]
    if not all(isinstance(piece, tuple) for piece in pieces):
        return ()
    found = [message for piece in pieces for message in piece or ()]
    calls = _pieced(call for message in found for call in message.calls)
    asks = any(message.tool_call for message in found)
    return (Message(role="assistant", text="".join(m.text for m in found), tool_call=asks, calls=calls),)


def _pieced(calls: Iterable[Asked]) -> tuple[Asked, ...]:
    """The calls of a stream: a piece without a name and an id goes on with the arguments of the one before."""
    out: list[Asked] = []
    for call in calls:
        if out and not call.name and not call.id:
            out[-1] = replace(out[-1], arguments=out[-1].arguments + call.arguments)
        else:
            out.append(call)
    return tuple(out)


def _piece(said: dict[str, Any]) -> tuple[Message, ...] | None:
    """The message in one piece of a stream; None for what is none."""
    choices = said.get("choices")
    if isinstance(choices, list):
        whole = any(not isinstance(choice, dict) or "delta" not in choice for choice in choices)
        return None if whole else alternatives_in(choices, "assistant")
    if isinstance(said.get("candidates"), list):
        return alternatives_in(said["candidates"], "assistant")
    names = said.get("id")
    named = names[-1] if isinstance(names, list) and names else said.get("type")
    if named == "AIMessageChunk" or ("done" in said and isinstance(said.get("message"), dict)):
        return read_messages([said], "assistant")
    return None
