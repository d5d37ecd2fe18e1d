"""What a person would read in an input or an output: the question, the answer, the conversation."""

from __future__ import annotations

from typing import Any

from evaluator.ingest.shapes.messages import (
    Message,
    are_messages,
    final_text,
    is_message,
    last_user,
    read_messages,
)
from evaluator.ingest.shapes.structure import NESTING, keyed, leaves, structure, text_of

_SYSTEM = ("system", "systemprompt", "systeminstruction", "systeminstructions", "instructions", "systemmessage")
# Where messages lie, in an input and in an output.
_ASKED = (
    *("messages", "inputmessages", "allmessages", "contents", "chatmessages", "conversation", "input", "inputs"),
    *(
        "kwargs",
        "args",
        "request",
        "llmrequest",
        "body",
        "payload",
        "params",
        "data",
        "newmessage",
        "prompt",
        "prompts",
    ),
    *("state", "value", "message", "chathistory", "history"),
)
_SAID = (
    *(
        "outputmessages",
        "choices",
        "candidates",
        "generations",
        "replies",
        "messages",
        "output",
        "outputs",
        "response",
    ),
    *("llmresponse", "result", "message", "kwargs", "update", "returnvalues", "content", "data", "value", "delta"),
)
_ALTERNATIVES = {"choices", "candidates", "generations", "replies"}
# Under which names a text is what was asked, and what was answered; the first that holds one counts.
_QUESTIONS = (
    *(
        "question",
        "query",
        "userinput",
        "userquery",
        "userquestion",
        "usermessage",
        "userprompt",
        "task",
        "inputtext",
    ),
    *("input", "inputs", "inputvalue", "inputquery", "prompt", "prompts", "request", "newmessage", "text", "message"),
    *(
        "content",
        "contents",
        "messages",
        "q",
        "instruction",
        "topic",
        "search",
        "searchquery",
        "querystr",
        "querybundle",
    ),
    *("kwargs", "args", "data", "payload", "body", "params", "parameters", "state", "value", "update"),
)
_ANSWERS = (
    *("answer", "finalanswer", "finaloutput", "finalresult", "output", "outputs", "outputtext", "response"),
    *("responsetext", "result", "reply", "replies", "completion", "completions", "generation", "generatedtext"),
    *("generatedanswer", "choices", "candidates", "generations", "text", "message", "messages", "content", "value"),
    *("data", "raw", "returnvalues", "answers", "kwargs", "update", "body"),
)
# Names that say for certain which text is meant, whatever conversation lies beside it; and what they may lie in.
_CERTAIN = {
    "user": ("question", "userinput", "userquery", "userquestion", "usermessage", "userprompt", "query"),
    "assistant": ("answer", "finalanswer", "finaloutput", "outputtext", "generatedanswer"),
}
_WRAPPERS = (
    "inputs",
    "input",
    "outputs",
    "output",
    "kwargs",
    "args",
    "data",
    "body",
    "payload",
    "params",
    "state",
    "result",
)
_KEYS = {"user": _QUESTIONS, "assistant": _ANSWERS}
_PLACES = {"user": _ASKED, "assistant": _SAID}


def conversation_in(value: Any) -> tuple[Message, ...]:
    """The messages in an input, with the instructions that stand beside them; none for what holds no messages."""
    found, _ = _conversation(structure(value), "user", 0)
    return found


def replies_in(value: Any) -> tuple[Message, ...]:
    """The messages in an output; a sequence of them gives its last ones, alternatives all."""
    found, alternatives = _conversation(structure(value), "assistant", 0)
    return found if alternatives else found[-1:]


def question_in(value: Any) -> str | None:
    """The question in an input, structured or as text: the last user message, or the text under one of the usual
    names. What is neither stays as it is, as text; what holds nothing is None."""
    return _side(value, "user")


def answer_in(value: Any) -> str | None:
    """The answer in an output, likewise; None where it asks for a tool."""
    return _side(value, "assistant")


def _side(value: Any, role: str) -> str | None:
    parsed = structure(value)
    if parsed is None:
        return value if isinstance(value, str) else None
    named = _named(parsed, _CERTAIN[role], 0)
    if named is not None:
        return named
    messages, alternatives = _conversation(parsed, role, 0)
    if messages:
        return last_user(messages) if role == "user" else final_text(messages if alternatives else messages[-1:])
    if isinstance(parsed, dict) and "choices" in parsed and not _text(parsed, _KEYS[role], 0):
        # The raw answer of a model's API that holds no text asked for a tool: its JSON is not what a user saw.
        return None
    found = _text(parsed, _KEYS[role], 0)
    if found is not None:
        return found
    said = [leaf for leaf in leaves(parsed) if leaf != ""]
    if not said:
        return None
    spoken = [leaf for leaf in said if _is_spoken(leaf)]
    # A wrapper that nobody knows around the only sentence is a question. An answer may well be an object.
    if role == "user" and len(spoken) == 1:
        return spoken[0]
    return text_of(value)


def _named(value: Any, names: tuple[str, ...], depth: int) -> str | None:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict) or depth > NESTING:
        return None
    said = keyed(value)
    for name in names:
        text = said.get(name)
        if isinstance(text, str) and text.strip() and structure(text) is None:
            return text
    for name in _WRAPPERS:
        found = _named(structure(said.get(name)), names, depth + 1)
        if found is not None:
            return found
    return None


def _conversation(value: Any, role: str, depth: int) -> tuple[tuple[Message, ...], bool]:
    """The messages in a structured value, and whether they are alternatives to each other."""
    if depth > NESTING or value is None:
        return (), False
    if isinstance(value, list):
        if are_messages(value):
            return read_messages(value, role), False
        return _conversation(structure(value[0]), role, depth + 1) if len(value) == 1 else ((), False)
    if not isinstance(value, dict):
        return (), False
    said = keyed(value)
    if is_message(value) and not any(isinstance(said.get(key), list) and are_messages(said[key]) for key in _LISTS):
        return read_messages([value], role), False
    for name in _PLACES[role]:
        inner = structure(said.get(name))
        if inner is None:
            continue
        if name in _ALTERNATIVES and isinstance(inner, list):
            found = _alternatives(inner, role)
            if found:
                return found, True
        found, alternatives = _conversation(inner, role, depth + 1)
        if found:
            return (*_instructions(said), *found), alternatives
    only = structure(next(iter(said.values()))) if len(said) == 1 else None
    return _conversation(only, role, depth + 1) if only is not None else ((), False)


_LISTS = ("messages", "contents", "choices", "candidates", "generations", "outputmessages")


def _alternatives(items: list[Any], role: str) -> tuple[Message, ...]:
    """Choices of a completion: texts, or objects around a message or a text. Batches give their first."""
    while len(items) >= 1 and isinstance(items[0], list):
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


def _instructions(said: dict[str, Any]) -> tuple[Message, ...]:
    for layer in (said, said.get("config"), said.get("kwargs")):
        inner = keyed(layer) if isinstance(layer, dict) else {}
        for name in _SYSTEM:
            text = _instruction(inner.get(name))
            if text:
                return (Message(role="system", text=text),)
    return ()


def _instruction(value: Any) -> str | None:
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, list | dict):
        items = value if isinstance(value, list) else [value]
        return "\n".join(m.text for m in read_messages(items, "system") if m.text) or None
    return None


def _text(value: Any, keys: tuple[str, ...], depth: int) -> str | None:
    """The text under the first of `keys` that holds one, at most `NESTING` levels down."""
    if isinstance(value, str):
        inner = structure(value)
        found = _text(inner, keys, depth + 1) if inner is not None else None
        return found or (value if value.strip() else None)
    if depth > NESTING:
        return None
    if isinstance(value, dict):
        said = keyed(value)
        for key in keys:
            inner = _text(said.get(key), keys, depth + 1)
            if inner is not None:
                return inner
        if len(said) == 1 and isinstance(only := next(iter(said.values())), dict | list):
            return _text(only, keys, depth + 1)
        return None
    if isinstance(value, list):
        if len(value) == 1:
            return _text(value[0], keys, depth + 1)
        # Arguments by position: the one that reads like a sentence, where there is just one.
        spoken = [item for item in value if _is_spoken(item)]
        return spoken[0] if len(spoken) == 1 else None
    return None


def _is_spoken(value: Any) -> bool:
    """Whether a value reads like a sentence, and not like a name or what Python writes for an object."""
    return isinstance(value, str) and " " in value.strip() and not (value[:1] == "<" and value[-1:] == ">")
