"""The content of one message: text, blocks or parts in whatever spelling, with tool calls and their results."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from evaluator.ingest.shapes.structure import NESTING, keyed, plain, structure, text_of

CALLS = {"toolcall", "tooluse", "functioncall", "toolcalls", "customtoolcall", "computercall", "localshellcall"}
"""Parts that ask for a tool to be run, and so say that the message is not the last word."""
HOSTED_CALLS = {
    *("servertoolcall", "servertooluse", "mcpcall", "websearchcall", "filesearchcall", "codeinterpretercall"),
    *("builtintoolcall", "executablecode", "imagegenerationcall", "mcptooluse"),
}
"""Calls that the provider runs itself: what they found comes in the same message, and nothing waits for them."""
RESULTS = {
    *("toolcallresponse", "toolresult", "functioncalloutput", "functionresponse", "toolreturn", "toolcallresult"),
    *("servertoolcallresponse", "websearchtoolresult", "functionresult", "mcptoolresult", "builtintoolreturn"),
    *("customtoolcalloutput", "codeexecutionresult", "codeexecutiontoolresult", "retryprompt", "functioncallresult"),
    *("functionresultcontent", "toolresultcontent"),
}
_HIDDEN = {"reasoning", "thinking", "redactedthinking", "thought", "reasoningtext", "summarytext", "encryptedcontent"}
_MEDIA = ("image", "audio", "video", "file", "blob", "uri", "binary", "inlinedata", "media")
# Parts of which the only key says what they are.
_NAMED_BY_KEY = ("tooluse", "functioncall", "toolcall", "toolresult", "functionresponse", "toolcallresult")
_TYPES = ("type", "partkind", "blocktype", "kind")
_TEXTS = ("text", "content", "outputtext", "refusal", "value", "transcript", "data")
_RESULT_TEXTS = ("result", "results", "response", "content", "output", "value", "outputs")
_ARGUMENTS = ("arguments", "args", "input", "parameters")


@dataclass(slots=True)
class Content:
    """What a content holds: its text, what tools answered in it, what it asks of tools (their arguments, as text),
    and whether anybody has to run one."""

    text: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    asks: bool = False

    @property
    def said(self) -> str:
        return "\n".join(piece for piece in self.text if piece)


def kind_of(part: dict[str, Any]) -> str:
    """What a part (under its plain keys) says that it is, in one spelling; "" if it does not."""
    for key in _TYPES:
        if isinstance(part.get(key), str):
            return plain(part[key])
    return ""


def read_content(content: Any) -> Content:
    """What is in a content. Reasoning, images, audio and files are no text."""
    found = Content()
    if isinstance(content, str):
        parsed = structure(content)
        # Senders that know only texts write their blocks as JSON; a user's own JSON is not made of blocks.
        if isinstance(parsed, list) and parsed and all(map(_is_block, parsed)):
            _read(parsed, found, 0)
        else:
            found.text.append(content)
    else:
        _read(content, found, 0)
    return found


def read_part(part: Any) -> Content:
    """What is in one part of a content."""
    found = Content()
    _read(part, found, 0)
    return found


def arguments_of(call: Any) -> str:
    """The arguments of a tool call, as text; "" where there are none."""
    if not isinstance(call, dict):
        return ""
    call = keyed(call)
    inner = call.get("function") or call.get("tooluse") or call.get("functioncall") or call.get("toolcall")
    if isinstance(inner, dict):
        call = keyed(inner)
    return next((text_of(call[key]) or "" for key in _ARGUMENTS if key in call), "")


def _is_block(item: Any) -> bool:
    if not isinstance(item, dict):
        return False
    block = keyed(item)
    kind = kind_of(block)
    if kind in CALLS or kind in RESULTS or any(key in block for key in _NAMED_BY_KEY):
        return True
    return isinstance(block.get("text"), str) and (kind.endswith("text") or len(block) == 1)


def _read(part: Any, found: Content, depth: int) -> None:
    if isinstance(part, str):
        found.text.append(part)
    elif isinstance(part, list) and depth < NESTING:
        for inner in part:
            _read(inner, found, depth + 1)
    elif isinstance(part, dict) and depth < NESTING:
        _read_part(keyed(part), found, depth)


def _read_part(part: dict[str, Any], found: Content, depth: int) -> None:
    kind = kind_of(part)
    if not kind or kind == "function":
        kind = next((key for key in _NAMED_BY_KEY if isinstance(part.get(key), dict)), kind)
    if kind in CALLS or (kind == "function" and "function" in part):
        found.asks = True
        found.calls.append(arguments_of(part))
    elif kind in HOSTED_CALLS:
        found.calls.append(arguments_of(part))
        if part.get("results"):
            found.results.append(result_text(part, depth))
    elif kind in RESULTS:
        inner = part.get(kind)
        found.results.append(result_text(keyed(inner) if isinstance(inner, dict) else part, depth))
    elif kind in _HIDDEN or part.get("thought") is True or any(name in kind for name in _MEDIA):
        return
    elif isinstance(part.get("json"), dict | list):
        found.text.append(text_of(part["json"]) or "")
    else:
        _read_text(part, found, depth)


def _read_text(part: dict[str, Any], found: Content, depth: int) -> None:
    for key in _TEXTS:
        if isinstance(part.get(key), str):
            found.text.append(part[key])
            return
    for key in (*_TEXTS, "source", "parts", "blocks"):
        if isinstance(part.get(key), dict | list):
            _read(part[key], found, depth + 1)
            return


def result_text(result: dict[str, Any], depth: int = 0) -> str:
    """What a tool answered, of an object under its plain keys: the text in it, else its JSON."""
    for key in _RESULT_TEXTS:
        value = result.get(key)
        if value is None:
            continue
        if isinstance(value, dict) and {"type", "value"} >= value.keys() and "value" in value:
            value = value["value"]
        if isinstance(value, str):
            return read_content(value).said or value
        if isinstance(value, dict) and len(value) == 1 and key in ("response", "output", "value"):
            value = next(iter(value.values()))  # {"response": {"result": …}}
        if (
            isinstance(value, list)
            and value
            and all(isinstance(i, str) or _is_block(i) or _is_json_block(i) for i in value)
        ):
            found = Content()
            _read(value, found, depth + 1)
            return found.said or text_of(value) or ""
        return text_of(value) or ""
    return ""


def _is_json_block(item: Any) -> bool:
    return isinstance(item, dict) and (item.keys() == {"json"} or kind_of(keyed(item)) in ("json", "outputtext"))
