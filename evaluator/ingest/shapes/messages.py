"""Messages of a conversation, in the many shapes that providers, frameworks and instrumentations write them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evaluator.ingest.shapes.calls import Asked, asked_of, replied
from evaluator.ingest.shapes.parts import (
    CALLS,
    HIDDEN,
    HOSTED_CALLS,
    Content,
    is_result,
    kind_of,
    read_content,
    read_part,
)
from evaluator.ingest.shapes.structure import NESTING, keyed, plain, structure

_ROLES = {
    **dict.fromkeys(("user", "human", "enduser", "customer", "userproxy"), "user"),
    **dict.fromkeys(("assistant", "ai", "model", "bot", "chatbot", "agent", "choice", "gpt", "llm"), "assistant"),
    **dict.fromkeys(("toolcall", "toolcallrequestevent"), "assistant"),
    **dict.fromkeys(("system", "developer", "instruction", "instructions"), "system"),
    **dict.fromkeys(("tool", "function", "ipython", "toolreturn", "toolresult", "observation"), "tool"),
    **dict.fromkeys(("toolresponse", "functionexecutionresult", "toolcallexecutionevent"), "tool"),
}
_SUFFIXES = ("messagechunk", "messageinput", "messageoutput", "message", "prompt")
_CONTENTS = ("parts", "content", "contents", "blocks", "items", "text", "value", "message", "data")
# What a name of a sender may stand under; of these only `role` says that an object is a message without a content.
_SPEAKERS = ("role", "messagetype", "author", "from", "source", "sender", "type", "eventname", "name")
_PART_ROLES = {"userprompt": "user", "systemprompt": "system", "instructions": "system"}
_FINDINGS = {"score", "metadata", "meta", "embedding", "title", "url", "uri", "link", "filename"}
"""Keys of what was found, not said."""
_ASKING = ("tool_calls", "tool_use", "function_call", "tool-calls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a conversation. `role` is system, user, assistant or tool; `tool_call` says that it asks for
    a tool to be run, so that it is not the last word. `calls` are the tools that it tells of, run by the provider or
    to be run; `call_id` is the call that a tool's message answers ("" where it does not say), and `failed` says that
    the tool did."""

    role: str
    text: str = ""
    tool_call: bool = False
    calls: tuple[Asked, ...] = ()
    call_id: str = ""
    failed: bool = False

    @property
    def arguments(self) -> tuple[str, ...]:
        """With what tools are called, as text; those without any are left out."""
        return tuple(call.arguments for call in self.calls if call.arguments)


def role_of(value: Any, default: str = "user") -> str:
    """One of system, user, assistant, tool, from a role or a class name in any spelling."""
    return _known_role(value) or default


def _known_role(value: Any) -> str | None:
    if isinstance(value, dict):  # {"label": "user"}
        value = keyed(value).get("label") or keyed(value).get("value")
    if not isinstance(value, str):
        return None
    name = plain(value.rsplit(".", 1)[-1] if value.lower().startswith("messagerole") else value).removeprefix("genai")
    if name in _ROLES:
        return _ROLES[name]
    for suffix in _SUFFIXES:
        if name.endswith(suffix) and name.removesuffix(suffix) in _ROLES:
            return _ROLES[name.removesuffix(suffix)]
    return None


def is_message(item: Any) -> bool:
    """Whether a value looks like one message, and not like something else that has a text."""
    if isinstance(item, list):
        return _is_pair(item)
    if not isinstance(item, dict):
        return False
    said = keyed(item)
    if "role" in said or "messagetype" in said or _is_constructor(said):
        return bool(said.keys() & {*_CONTENTS, "kwargs", "toolcalls", "functioncall", "refusal", "audio"})
    kind = kind_of(said)
    if _is_item(kind) or kind in ("message", "request", "response") or "eventname" in said:
        return True
    if _known_role(kind) is not None or ("from" in said and "value" in said) or ("source" in said and kind):
        return any(key in said for key in _CONTENTS)
    if isinstance(said.get("parts"), list) or isinstance(said.get("message"), dict):
        return True
    return "content" in said and not said.keys() & _FINDINGS


def _is_item(kind: str) -> bool:
    return kind in CALLS or kind in HOSTED_CALLS or kind in HIDDEN or is_result(kind)


def _is_constructor(said: dict[str, Any]) -> bool:
    """An object of LangChain, written as its class and what it was made of."""
    made_of = said.get("kwargs")
    if not isinstance(made_of, dict) or not ("lc" in said or isinstance(said.get("id"), list)):
        return False
    return _role_in(said) is not None or "content" in made_of or "message" in made_of


def _is_pair(item: list[Any]) -> bool:
    return len(item) == 2 and all(isinstance(x, str) for x in item) and _known_role(item[0]) is not None


def are_messages(items: Any, depth: int = 0) -> bool:
    """Whether a value is a list of messages, or a list of such lists (a batch)."""
    if not isinstance(items, list) or not items or depth > NESTING:
        return False
    if _is_pair(items):
        return True
    if not all(is_message(item) or _is_marker(item) or are_messages(item, depth + 1) for item in items):
        return False
    return not all(map(_is_marker, items))


def _is_marker(item: Any) -> bool:
    """An item of a kind that says nothing, beside messages: a reference, a compaction, a page break."""
    named = isinstance(item, dict) and isinstance(item.get("type"), str)
    return named and "text" not in item and not is_message(item)


def read_messages(value: Any, default_role: str = "user") -> tuple[Message, ...]:
    """Messages from a list, one object, JSON of either, or plain text (one message of `default_role`)."""
    parsed = structure(value)
    if isinstance(parsed, dict):
        inner = parsed.get("messages")
        parsed = inner if isinstance(inner, list) else [parsed]
    if isinstance(parsed, list):
        return tuple(_read_list([parsed] if _is_pair(parsed) else parsed, default_role, 0))
    return (Message(role=default_role, text=value),) if isinstance(value, str) and value.strip() else ()


def _read_list(items: list[Any], default_role: str, depth: int) -> Iterator[Message]:
    waiting = False
    for item in items:
        # Who answers a call under a name of its own is the tool.
        named = isinstance(item, dict) and isinstance(item.get("role"), str) and not _known_role(item["role"])
        for message in _read_one(item, "tool" if waiting and named else default_role, depth):
            waiting = message.tool_call or (waiting and message.role == "tool")
            yield message


def _read_one(item: Any, default_role: str, depth: int) -> Iterator[Message]:
    if isinstance(item, str):
        parsed = structure(item) if depth == 0 else None
        if isinstance(parsed, dict) and "role" in parsed and is_message(parsed):
            yield from _read_object(parsed, default_role, depth + 1)
            return
        yield Message(role=default_role, text=item)
    elif isinstance(item, list) and depth < NESTING:
        if _is_pair(item):
            yield Message(role=role_of(item[0], default_role), text=item[1])
            return
        # LangChain batches its messages: a list of lists.
        yield from _read_list([inner for inner in item if not isinstance(inner, str)], default_role, depth + 1)
    elif isinstance(item, dict) and depth < NESTING:
        yield from _read_object(item, default_role, depth)


def _read_object(item: dict[str, Any], default_role: str, depth: int) -> Iterator[Message]:
    said = keyed(item)
    role = _role_in(said)
    inner = _wrapped(said, role)
    if inner is not None:
        finish = said.get("finishreason") in _ASKING
        for message in _read_one(inner, role or default_role, depth + 1):
            yield replace(message, tool_call=True) if finish and message.role == "assistant" else message
        return
    kind = kind_of(said)
    if _is_item(kind) and "role" not in said:
        yield from _of_item(read_part(item))
        return
    content = next((said[key] for key in (*_CONTENTS, "refusal", "audio") if key in said), None)
    if isinstance(content, list) and any(isinstance(part, dict) and "part_kind" in part for part in content):
        yield from _of_parts(content, said)
        return
    found = _with_calls(read_content(content), said)
    role = role or (_PART_ROLES.get(kind) if kind else None) or default_role
    if role == "tool" and not found.results and not found.asks:
        found.results, found.text = [replied(said, found.said)], []
    elif role == "tool" and len(found.results) == 1 and not found.results[0].id:
        # The id of the call stands beside the content that has the result.
        found.results = [replied(said, found.results[0].text, failed=found.results[0].failed)]
    yield from _of_content(found, role)


def _wrapped(said: dict[str, Any], role: str | None) -> dict[str, Any] | None:
    """The message inside an object that only says more about it."""
    for wrapper in ("message", "delta", "kwargs", "data"):
        inner = said.get(wrapper)
        if not isinstance(inner, dict) or (wrapper == "kwargs" and not _is_constructor(said)):
            continue
        if wrapper != "data" or (role is not None and "content" in inner):
            return inner
    return None


def _role_in(said: dict[str, Any]) -> str | None:
    """The role that an object names, wherever it does; a class name at the end of an ``id``, too."""
    for key in _SPEAKERS:
        role = _known_role(said.get(key))
        if role is not None:
            return role
    names = said.get("id")
    if isinstance(names, list) and names:
        return _known_role(names[-1])
    # AutoGen names the agent who speaks: whoever is not the user is on the other side.
    return "assistant" if isinstance(said.get("source"), str) and isinstance(said.get("type"), str) else None


def _with_calls(found: Content, said: dict[str, Any]) -> Content:
    calls = said.get("toolcalls") or said.get("functioncall")
    extra = said.get("additionalkwargs")
    if not calls and isinstance(extra, dict):
        calls = extra.get("tool_calls") or extra.get("function_call")
    calls = structure(calls) or calls
    if calls:
        found.asks = True
        found.calls += [asked_of(call) for call in (calls if isinstance(calls, list) else [calls])]
    found.asks = found.asks or said.get("finishreason") in _ASKING
    return found


def _of_content(found: Content, role: str) -> Iterator[Message]:
    yield from _results(found)
    if found.said or found.asks or not found.results:
        yield Message(role=role, text=found.said, tool_call=found.asks, calls=tuple(found.calls))


def _of_item(found: Content) -> Iterator[Message]:
    if found.asks or found.calls:
        yield Message(role="assistant", tool_call=found.asks, calls=tuple(found.calls))
    yield from _results(found)


def _results(found: Content) -> Iterator[Message]:
    for result in found.results:
        yield Message(role="tool", text=result.text, call_id=result.id, failed=result.failed)


def _of_parts(parts: list[Any], said: dict[str, Any]) -> Iterator[Message]:
    """Parts that say themselves who spoke them."""
    answering = kind_of(said) == "response"
    if isinstance(said.get("instructions"), str):
        yield Message(role="system", text=said["instructions"])
    rest = []
    for part in parts:
        role = _PART_ROLES.get(kind_of(keyed(part))) if isinstance(part, dict) else None
        if role is None:
            rest.append(part)
        else:
            yield Message(role=role, text=read_part(part).said)
    if rest:
        yield from _of_content(read_content(rest), "assistant" if answering else "user")


def last_user(messages: Sequence[Message]) -> str | None:
    """The text of the last user message, None when there is none."""
    return next((m.text for m in reversed(messages) if m.role == "user" and m.text.strip()), None)


def system_of(messages: Sequence[Message]) -> str | None:
    """The texts of the system messages, one below the other."""
    return merged_system(m.text for m in messages if m.role == "system")


def merged_system(texts: Iterator[str] | Sequence[str]) -> str | None:
    """Instructions one below the other, each once."""
    return "\n\n".join(dict.fromkeys(text for text in texts if text)) or None


def final_text(messages: Sequence[Message]) -> str | None:
    """The answer in a model's output: the first text of an assistant, None while any of them asks for a tool.

    Several output messages are alternatives, of which the first is what an application shows.
    """
    if any(m.tool_call for m in messages):
        return None
    return next((m.text for m in messages if m.text.strip() and m.role == "assistant"), None)
