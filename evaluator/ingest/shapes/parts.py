"""The content of one message: text, blocks or parts in whatever spelling, with tool calls and their results."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from evaluator.ingest.shapes.calls import Asked, Replied, asked_of, replied
from evaluator.ingest.shapes.structure import NESTING, keyed, plain, structure, text_of

CALLS = {
    *("toolcall", "tooluse", "functioncall", "toolcalls", "customtoolcall", "computercall"),
    *("localshellcall", "shellcall", "applypatchcall"),
}
"""Parts that ask for a tool to be run, and so say that the message is not the last word."""
HOSTED_CALLS = {
    *("servertoolcall", "servertooluse", "mcpcall", "websearchcall", "filesearchcall", "codeinterpretercall"),
    *("builtintoolcall", "executablecode", "mcptooluse"),
}
"""Calls that the provider runs itself: what they found comes in the same message, and nothing waits for them."""
RESULTS = {
    *("toolcallresponse", "toolresult", "functioncalloutput", "functionresponse", "toolreturn", "toolcallresult"),
    *("servertoolcallresponse", "functionresult", "builtintoolreturn", "customtoolcalloutput", "retryprompt"),
    *("codeexecutionresult", "functioncallresult", "localshellcalloutput", "shellcalloutput", "applypatchcalloutput"),
}
HIDDEN = {
    *("reasoning", "thinking", "redactedthinking", "thought", "reasoningtext", "summarytext", "encrypted"),
    *("thoughtevent", "imagegenerationcall"),
}
"""What a model thought by itself, and what is no text."""
_MEDIA = ("image", "audio", "video", "file", "blob", "uri", "binary", "inlinedata", "media")
# Parts of which the only key says what they are.
_NAMED_BY_KEY = (
    *("tooluse", "functioncall", "toolcall", "toolresult", "functionresponse", "toolcallresult"),
    *("executablecode", "codeexecutionresult"),
)
_TYPES = ("type", "partkind", "blocktype", "kind")
_TEXTS = ("text", "content", "outputtext", "refusal", "value", "transcript", "data", "logs")
_WITHIN = (*_TEXTS, "source", "parts", "blocks", "document", "resource")
_RESULT_TEXTS = ("result", "results", "response", "content", "output", "value", "outputs", "errortext", "error")
_MCP = {"content", "iserror", "meta", "structuredcontent"}
_SEALED = {"encryptedcontent", "encryptedindex", "signature"}
"""Keys of what only the provider can read."""


@dataclass(slots=True)
class Content:
    """What a content holds: its text, what tools answered in it, what it asks of tools, and whether anybody has to
    run one."""

    text: list[str] = field(default_factory=list)
    results: list[Replied] = field(default_factory=list)
    calls: list[Asked] = field(default_factory=list)
    asks: bool = False

    @property
    def said(self) -> str:
        return "\n".join(piece for piece in self.text if piece)


def kind_of(part: dict[str, Any]) -> str:
    """What a part (under its plain keys) says that it is, in one spelling; "" if it does not."""
    for key in _TYPES:
        if isinstance(part.get(key), str):
            kind = plain(part[key])
            return kind.removesuffix("content") or kind  # TextContent, FunctionCallContent
    return ""


def is_result(kind: str) -> bool:
    """Whether a part of this kind is what a tool answered."""
    return kind in RESULTS or kind.endswith("toolresult")


def read_content(content: Any) -> Content:
    """What is in a content. Reasoning, images, audio and files are no text."""
    found = Content()
    if isinstance(content, str):
        parsed = structure(content)
        # Senders that know only texts write their blocks as JSON; a user's own JSON is not made of blocks.
        if isinstance(parsed, list) and parsed and all(map(is_block, parsed)):
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


def is_block(item: Any) -> bool:
    """Whether a value is a part of a content and nothing else: a text, a call, a result."""
    if not isinstance(item, dict):
        return False
    block = keyed(item)
    kind = kind_of(block)
    if kind in CALLS or is_result(kind) or any(key in block for key in _NAMED_BY_KEY):
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
    kind = _kind(part)
    if kind in CALLS and runs_itself(part):
        found.calls.append(asked_of(part))
    elif kind in CALLS or (kind == "function" and "function" in part):
        found.asks = True
        found.calls.append(asked_of(part))
    elif kind in HOSTED_CALLS:
        found.calls.append(asked_of(part))
        if any(part.get(key) for key in ("results", "output", "outputs")):
            found.results.append(replied(part, result_text(part, depth)))
    elif is_result(kind):
        inner = part.get(kind)
        result = keyed(inner) if isinstance(inner, dict) else part
        found.results.append(replied(result, result_text(result, depth), failed=kind == "retryprompt"))
    elif kind in HIDDEN or part.get("thought") is True or any(name in kind for name in _MEDIA):
        return
    elif "toolcallid" in part or "toolinvocation" in part:
        _read_run(part, found, depth)
    elif isinstance(part.get("json"), dict | list):
        found.text.append(text_of(part["json"]) or "")
    else:
        _read_text(part, found, depth)


def runs_itself(call: dict[str, Any]) -> bool:
    """Whether nobody has to run a call (under its plain keys), as the provider does."""
    return call.get("builtin") is True or call.get("providerexecuted") is True


def _kind(part: dict[str, Any]) -> str:
    kind = kind_of(part)
    if kind in ("", "function"):
        kind = next((key for key in _NAMED_BY_KEY if isinstance(part.get(key), dict)), kind)
    if not kind and "name" in part and "arguments" in part:
        return "functioncall"
    return "functionresult" if not kind and "callid" in part and "content" in part else kind


def _read_run(part: dict[str, Any], found: Content, depth: int) -> None:
    """A tool's run in one part, the call and (once there is one) the result, as pages keep it."""
    inner = part.get("toolinvocation")
    run = keyed(inner) if isinstance(inner, dict) else part
    found.calls.append(asked_of(run))
    if any(key in run for key in ("output", "result", "errortext")):
        found.results.append(replied(run, result_text(run, depth)))
    else:
        found.asks = True


def _read_text(part: dict[str, Any], found: Content, depth: int) -> None:
    for key in _TEXTS:
        if isinstance(part.get(key), str):
            found.text.append(part[key])
            return
    for key in _WITHIN:
        inner = part.get(key)
        if isinstance(inner, list) or (isinstance(inner, dict) and not _is_file(key, inner)):
            _read(inner, found, depth + 1)
            return


def _is_file(key: str, inner: dict[str, Any]) -> bool:
    return key == "source" and kind_of(keyed(inner)) not in ("", "text", "content")


def result_text(result: dict[str, Any], depth: int = 0) -> str:
    """What a tool answered, of an object under its plain keys: the text in it, else its JSON."""
    key = next((key for key in _RESULT_TEXTS if result.get(key) is not None), None)
    return tool_text(result[key], depth) if key is not None else ""


def tool_text(value: Any, depth: int = 0) -> str:
    """What a tool gave, in whatever it came: the text in it, else its JSON."""
    if isinstance(value, str):
        return read_content(value).said or value
    if isinstance(value, dict) and depth < NESTING:
        said = keyed(value)
        if said.keys() == {"type", "value"}:  # {"type": "text", "value": …}
            return tool_text(said["value"], depth + 1) if said["type"] != "json" else text_of(said["value"]) or ""
        if "rawoutput" in said and "toolname" in said:  # LlamaIndex
            inner = next((said[key] for key in ("content", "blocks") if said.get(key)), None)
            return read_content(inner).said or tool_text(said["rawoutput"], depth + 1)
        of_mcp = isinstance(said.get("content"), list) and said.keys() <= _MCP
        if of_mcp or (len(said) == 1 and said.keys() & {"result", "output", "response"}):
            return result_text(said, depth + 1)
    if isinstance(value, list) and value:
        if any(map(_is_result_block, value)) and all(isinstance(i, str) or _is_result_block(i) for i in value):
            found = Content()
            _read(value, found, depth + 1)
            return "\n".join(filter(None, (found.said, *(result.text for result in found.results))))
        if all(isinstance(item, str) for item in value):
            return "\n".join(value)
        value = [_unsealed(item) for item in value]
    return text_of(value) or ""


def _is_result_block(item: Any) -> bool:
    if not isinstance(item, dict):
        return False
    block = keyed(item)
    kind = kind_of(block)
    if kind in ("json", "logs", "document", "resource", "resourcelink") or block.keys() == {"json"}:
        return True
    found = "score" in block and isinstance(block.get("text"), str)
    return found or is_block(item) or any(name in kind for name in _MEDIA)


def _unsealed(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    return {key: value for key, value in item.items() if plain(key) not in _SEALED}
