"""What a person would read in an input or an output: the question, the answer, the conversation."""

from __future__ import annotations

from typing import Any, NamedTuple

from evaluator.ingest.shapes.messages import (
    Message,
    are_messages,
    final_text,
    is_message,
    last_user,
    read_messages,
)
from evaluator.ingest.shapes.parts import is_block
from evaluator.ingest.shapes.replies import alternatives_in, streamed
from evaluator.ingest.shapes.structure import NESTING, is_sentence, keyed, leaves, structure, text_of, unquoted
from evaluator.ingest.shapes.transcripts import transcript

_SYSTEM = (
    *("system", "systemprompt", "systeminstruction", "systeminstructions", "instructions", "systemmessage"),
    "preamble",
)
_BEFORE = (
    *("chathistory", "messagehistory", "history", "conversationhistory", "previousmessages", "pastmessages"),
    "memory",
)
"""Where the messages lie that came before a question which stands beside them."""
# Where messages lie, in an input and in an output.
_ASKED = (
    *("messages", "inputmessages", "allmessages", "contents", "chatmessages", "conversation", "conversations"),
    *("input", "inputs", "kwargs", "args", "request", "llmrequest", "body", "payload", "params", "data"),
    *("newmessage", "prompt", "prompts", "state", "value", "message", *_BEFORE),
)
_SAID = (
    *("outputmessages", "choices", "candidates", "generations", "replies", "messages", "output", "outputs"),
    *("response", "llmresponse", "result", "message", "chatmessage", "kwargs", "update", "returnvalues", "content"),
    *("data", "value", "delta", "generatedtext"),
)
_LISTS = ("messages", "contents", "choices", "candidates", "generations", "outputmessages")
_ALTERNATIVES = ("choices", "candidates", "generations", "replies")
# Under which names a text is what was asked, and what was answered; the first that holds one counts.
QUESTIONS = (
    *("question", "query", "userinput", "userquery", "userquestion", "usermessage", "userprompt", "task"),
    *("inputtext", "input", "inputs", "inputvalue", "inputquery", "prompt", "prompts", "request", "newmessage"),
    *("text", "message", "content", "contents", "messages", "q", "instruction", "topic", "search", "searchquery"),
    *("querystr", "querybundle", "strorquerybundle", "kwargs", "args", "data", "payload", "body", "params"),
    *("parameters", "state", "value", "update"),
)
ANSWERS = (
    *("answer", "finalanswer", "finaloutput", "finalresult", "output", "outputs", "outputtext", "response"),
    *("responsetext", "result", "reply", "replies", "completion", "completions", "generation", "generatedtext"),
    *("generatedanswer", "choices", "candidates", "generations", "text", "message", "messages", "content", "value"),
    *("data", "raw", "returnvalues", "answers", "kwargs", "update", "body", "results", "initparameters"),
    "combinedchunkcontent",
)
_KEYS = {"user": QUESTIONS, "assistant": ANSWERS}
_PLACES = {"user": _ASKED, "assistant": _SAID}
# What an object may lie in that was itself asked or answered.
_AROUND = {
    "user": ("inputs", "input", "kwargs", "args", "data", "payload", "body", "params", "parameters", "request"),
    "assistant": (
        *("finalanswer", "finaloutput", "finalresult", "answer", "outputs", "output", "response", "result"),
        *("returnvalues", "value"),
    ),
}
_NOTHING: tuple[Any, ...] = (None, "", [], {})


def conversation_in(value: Any) -> tuple[Message, ...]:
    """The messages in an input, with the instructions that stand beside them; none for what holds no messages."""
    return asked_in(value).messages


def replies_in(value: Any) -> tuple[Message, ...]:
    """The messages in an output; a sequence of them gives its last ones, alternatives all."""
    return told_in(value).messages


def question_in(value: Any) -> str | None:
    """The question in an input, structured or as text: the last user message, or the text under one of the usual
    names. What is neither stays as it is, as text, without what is around it; what holds nothing is None."""
    return asked_in(value).text


def answer_in(value: Any) -> str | None:
    """The answer in an output, likewise; None where it asks for a tool."""
    return told_in(value).text


_THOUGHT = Message(role="assistant")
"""What thoughts alone are: a message in which nothing is said."""


class Side(NamedTuple):
    """An input or an output: what a person would read of it, and its messages."""

    text: str | None = None
    messages: tuple[Message, ...] = ()


def asked_in(value: Any) -> Side:
    """The question and the messages in an input (`question_in`, `conversation_in`)."""
    if value is None:
        return Side()
    messages, _ = _conversation(value, "user", 0)
    text = last_user(messages) if messages else _without_messages(value, "user")
    return Side(text, tuple(message for message in messages if message != _THOUGHT))


def told_in(value: Any) -> Side:
    """The answer and the last messages in an output (`answer_in`, `replies_in`)."""
    if value is None:
        return Side()
    messages, alternatives = _conversation(value, "assistant", 0)
    messages = messages if alternatives else _last(messages)
    return Side(final_text(messages) if messages else _without_messages(value, "assistant"), messages)


def _last(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """The last message of a sequence. Behind the last word of an agent, one that hands back to another may say
    nothing."""
    if not messages or messages[-1] != _THOUGHT or len(messages) < 2:
        return messages[-1:]
    asked = max((place for place, message in enumerate(messages) if message.role == "user"), default=-1)
    spoken = [m for m in messages[asked + 1 :] if m.role == "assistant" and m.text and not m.tool_call]
    return tuple(spoken[-1:]) or messages[-1:]


def _without_messages(value: Any, role: str) -> str | None:
    parsed = structure(value)
    if parsed is None:
        return value if isinstance(value, str) and value.strip() != "null" else None
    if role == "assistant" and _is_request(parsed):
        return None
    found = _text(parsed, role, 0)
    if found is None:
        found = _of_steps(_unwrapped(parsed, role), role)
    return found if found is not None else _object(value, parsed, role)


def _is_request(parsed: Any) -> bool:
    """Whether an output is what a model is about to be asked, as a step gives it that puts a request together."""
    said = keyed(parsed) if isinstance(parsed, dict) else {}
    return isinstance(said.get("messages"), list) and bool(said.keys() & {"tools", "toolchoice"})


def _object(value: Any, parsed: Any, role: str) -> str | None:
    """The object that was itself asked or answered, as text; None where it holds nothing."""
    inner = _unwrapped(parsed, role)
    if isinstance(inner, dict) and keyed(inner).keys() & {"choices", "candidates", "generations"}:
        # The raw answer of a model's API that holds no text: its JSON is not what a user saw.
        return None
    said = [leaf for leaf in leaves(inner) if leaf != ""]
    if not said:
        return None
    spoken = [leaf for leaf in said if is_sentence(leaf)]
    # A wrapper that nobody knows around the only sentence is a question. An answer may well be an object.
    if role == "user" and len(spoken) == 1:
        return str(spoken[0])
    return text_of(unquoted(value) if inner is parsed else inner)


def _unwrapped(value: Any, role: str) -> Any:
    """What lies in a wrapper, where nothing else in it was said."""
    for _ in range(NESTING):
        parsed = structure(value)
        if isinstance(parsed, list) and len(parsed) == 1 and isinstance(parsed[0], dict) and role == "user":
            value = parsed[0]
            continue
        said = {} if not isinstance(parsed, dict) else keyed(parsed)
        said = {key: inner for key, inner in said.items() if inner not in _NOTHING}
        name = next((name for name in _AROUND[role] if name in said), None)
        if name is None:
            return value if parsed is None else parsed
        alone = len(said) == 1
        if not alone and not isinstance(structure(said[name]), dict):
            return parsed
        if any(is_sentence(leaf) for key, inner in said.items() if key != name for leaf in leaves(inner)):
            return parsed
        value = said[name]
    return value


def _conversation(value: Any, role: str, depth: int) -> tuple[tuple[Message, ...], bool]:
    """The messages in a value, and whether they are alternatives to each other."""
    parsed = structure(value)
    if depth > NESTING or parsed is None:
        return (transcript(value) if isinstance(value, str) and role == "user" else ()), False
    if isinstance(parsed, list):
        if role == "assistant" and (pieces := streamed(parsed)):
            return pieces, False
        if are_messages(parsed):
            # Thoughts alone are messages, too, and say nothing.
            return read_messages(parsed, role) or (_THOUGHT,), False
        if parsed and all(map(is_block, parsed)):
            return read_messages([{"role": role, "content": parsed}]), False
        return _conversation(parsed[0], role, depth + 1) if len(parsed) == 1 else ((), False)
    said = keyed(parsed)
    if is_message(parsed) and not any(isinstance(said.get(key), list) and are_messages(said[key]) for key in _LISTS):
        return read_messages([parsed], role), False
    found, alternatives = _placed(said, role, depth)
    if role == "user":
        return _with_instructions(said, found), False
    return found, alternatives


def _placed(said: dict[str, Any], role: str, depth: int) -> tuple[tuple[Message, ...], bool]:
    """The messages in an object under its plain keys: in one of the usual places, else in the only step of it."""
    for name in _PLACES[role]:
        if name not in said:
            continue
        inner = structure(said[name]) if name in _ALTERNATIVES else None
        if isinstance(inner, list) and (found := alternatives_in(inner, role)):
            return found, True
        found, alternatives = _conversation(said[name], role, depth + 1)
        if found:
            asked = _asked_beside(said) if name in _BEFORE and role == "user" else ()
            return (*found, *asked), alternatives
    steps = [inner for key, inner in said.items() if key not in _PLACES[role] and isinstance(inner, dict)]
    if steps and len(steps) == len(said):
        spoken = [one for inner in steps if (one := _conversation(inner, role, depth + 1))[0]]
        return spoken[0] if len(spoken) == 1 else ((), False)
    return (), False


def _asked_beside(said: dict[str, Any]) -> tuple[Message, ...]:
    """The question that stands beside the messages before it."""
    asked = _text({key: inner for key, inner in said.items() if key not in _BEFORE}, "user", 0)
    return (Message(role="user", text=asked),) if asked else ()


def _with_instructions(said: dict[str, Any], found: tuple[Message, ...]) -> tuple[Message, ...]:
    instructions = _instructions(said)
    if not instructions:
        return found
    return (*instructions, *(found or _asked_beside(said)))


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


def _text(value: Any, role: str, depth: int) -> str | None:
    """The text under the first of the role's names that holds one, at most `NESTING` levels down."""
    if isinstance(value, str):
        inner = structure(value)
        if inner is None:
            return value if value.strip() else None
        return _text(inner, role, depth + 1) or _object(value, inner, role)
    if depth > NESTING:
        return None
    if isinstance(value, dict):
        said, keys = keyed(value), _KEYS[role]
        for key in keys:
            if key not in said:
                continue
            inner = said[key]
            found = _by_position(inner) if key == "args" and isinstance(inner, list) else None
            if found is None:
                found = _text(inner, role, depth + 1)
            if found is not None:
                return found
        only = next(iter(said)) if len(said) == 1 else None
        if only is not None and only not in keys and isinstance(said[only], dict | list):
            return _text(said[only], role, depth + 1)
    if isinstance(value, list):
        if len(value) == 1:
            return _text(value[0], role, depth + 1)
        return None if any(isinstance(item, dict | list) for item in value) else _by_position(value)
    return None


def _by_position(arguments: list[Any]) -> str | None:
    """Of arguments by position the one that reads like a sentence, where there is just one."""
    spoken = [argument for argument in arguments if is_sentence(argument)]
    return spoken[0] if len(spoken) == 1 else None


def _of_steps(value: Any, role: str) -> str | None:
    """The text that the steps of a pipeline, each under its name, were given or gave, where they agree."""
    if not isinstance(value, dict) or len(value) < 2 or not all(isinstance(i, dict) for i in value.values()):
        return None
    found = {text for inner in value.values() if (text := _text(inner, role, 1))}
    return found.pop() if len(found) == 1 else None
