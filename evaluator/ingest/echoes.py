"""What a tool found, without what it only gives back: its own arguments, or the answer that it was handed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from evaluator.core.trace import Passage
from evaluator.ingest.shapes import Message, passages_in, read_messages, structure, text_of
from evaluator.ingest.shapes.messages import is_message
from evaluator.ingest.shapes.parts import read_content, result_text
from evaluator.ingest.shapes.structure import keyed, leaves, plain

_LONG = 24
"""Characters from which on two texts that are the same are so by no chance."""
_ACKNOWLEDGED = {
    *("sent", "ok", "success", "successful", "status", "delivered", "done", "error", "errors", "iserror", "code"),
    *("id", "messageid", "ts", "timestamp", "time", "type", "channel", "result", "received", "accepted", "state"),
}
"""Keys under which a tool says that it did its work; what else it says, it found."""


@dataclass(frozen=True, slots=True)
class Call:
    """One run of a tool: what it gave, what it was given (JSON text or text; None where nobody recorded it), and
    whether what it gave is its own finding: it ended before the answer was written, and no model in it said so."""

    output: str
    arguments: str | None
    earlier: bool


def evidence(call: Call, answer: str) -> tuple[Passage, ...]:
    """What of a tool's output an answer may lean on.

    A tool that was handed the answer ran when it was already written, and is none of its sources. An output that
    equals or only wraps the answer is none either, unless the tool had it from elsewhere: its recorded arguments do
    not hold it, and the answer was written after the tool had ended. What repeats its own arguments is left out.
    """
    given = [text for leaf in _leaves(call.arguments) if (text := _same(leaf))]
    said = _same(answer)
    if len(said) >= _LONG and any(said in text or (text in said and len(text) > 0.8 * len(said)) for text in given):
        return ()
    own = call.earlier and call.arguments is not None
    known = [text for text in given if text] if own or not said else [*given, said]
    parsed = _unwrapped(structure(call.output))
    if parsed is None or isinstance(parsed, str):
        text = call.output if parsed is None else parsed
        return () if _repeats(_same(text), known) or not text.strip() else (Passage(text=text),)
    echoed = any(isinstance(leaf, str) and _repeats(_same(leaf), known) for leaf in leaves(parsed))
    if not echoed:
        return passages_in(parsed, certain=False) or (Passage(text=call.output),)
    if not any(_found(parsed, known)):
        return ()
    rest = _without(parsed, [text for text in known if len(text) >= _LONG])
    return (Passage(text=text_of(rest) or ""),)


def quoted_calls(messages: Iterable[Message]) -> Iterator[Call]:
    """The runs of tools that a prompt quotes: results in the order of the calls before them."""
    waiting: list[str] = []
    for message in messages:
        if message.tool_call:
            waiting = list(message.arguments)
        elif message.role == "tool" and message.text.strip():
            yield Call(message.text, waiting.pop(0) if waiting else "", True)


def _unwrapped(parsed: Any) -> Any:
    """The text in the blocks of an output, where it is made of nothing else."""
    if isinstance(parsed, list):
        found = read_content(text_of(parsed) or "")
        return found.said if found.said != text_of(parsed) else parsed
    if isinstance(parsed, dict):
        said = keyed(parsed)
        if is_message(parsed):  # a framework's own message of the tool
            texts = [m.text for m in read_messages([parsed], "tool") if m.text]
            return "\n".join(texts) or parsed
        if said.keys() <= {"type", "value"} and "value" in said and isinstance(said["value"], str | dict):
            return said["value"]
        if isinstance(said.get("content"), list) and said.keys() <= {
            "content",
            "iserror",
            "meta",
            "structuredcontent",
        }:
            return result_text(said)
        if len(said) == 1 and isinstance(only := next(iter(said.values())), str):
            return only
    return parsed


def _leaves(arguments: str | None) -> Iterator[str]:
    parsed = structure(arguments)
    if parsed is not None:
        yield from (leaf if isinstance(leaf, str) else str(leaf) for leaf in leaves(parsed))
    elif arguments:
        yield arguments


def _same(text: str) -> str:
    return " ".join(text.split()).casefold().strip("\"'`")


def _repeats(text: str, known: list[str]) -> bool:
    """Whether a text is one of the known ones, or one of them with a few words around it."""
    if text in known:
        return True
    return any(len(one) >= _LONG and one in text and len(text) - len(one) < _LONG for one in known)


def _found(value: Any, known: list[str], key: str = "") -> Iterator[bool]:
    """Whether anything in an output is neither an echo nor a word of acknowledgement."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _found(inner, known, plain(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _found(inner, known, key)
    elif value is not None and value != "" and key not in _ACKNOWLEDGED:
        yield not (isinstance(value, str) and _repeats(_same(value), known)) and str(value) not in known


def _without(value: Any, known: list[str]) -> Any:
    if isinstance(value, dict):
        kept = {key: _without(inner, known) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner is not None}
    if isinstance(value, list):
        return [inner for item in value if (inner := _without(item, known)) is not None]
    return None if isinstance(value, str) and _repeats(_same(value), known) else value
