"""The calls of tools that the messages of model calls tell of: each once, however many prompts repeat it."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from evaluator.ingest.assembly.tree import Node
from evaluator.ingest.shapes import Message, structure
from evaluator.ingest.shapes.calls import Asked

_CERTAIN = 24
"""Characters from which on a question that stands within a message is there by no chance."""


@dataclass(slots=True, eq=False)
class Told:
    """One call: what was asked for, when (nanoseconds since 1970), and what came back, if anything did."""

    asked: Asked
    time: int
    reply: Message | None = None


@dataclass(slots=True)
class _Book:
    """All calls so far, by their ids; and by their names, arguments and how many such calls came before, for senders
    that write no ids, or write them only in some places."""

    calls: list[Told] = field(default_factory=list)
    by_id: dict[str, Told] = field(default_factory=dict)
    by_said: dict[tuple[str, str, int], Told] = field(default_factory=dict)

    def entry(self, asked: Asked, time: int, before: Counter[tuple[str, str]]) -> Told:
        """The call that `asked` is about; `before` counts the calls of the same conversation."""
        said = (asked.name, same_arguments(asked.arguments))
        known = self.by_id.get(asked.id) if asked.id else None
        while known is None:
            known = self.by_said.get((*said, before[said]))
            if known is not None and asked.id and known.asked.id not in ("", asked.id):
                known = None  # another call that asks for the same
                before[said] += 1
                continue
            break
        if known is None:
            known = Told(asked, time)
            self.calls.append(known)
            self.by_said[(*said, before[said])] = known
        elif not known.asked.id or not known.asked.arguments:
            known.asked = Asked(
                known.asked.name, known.asked.arguments or asked.arguments, known.asked.id or asked.id
            )
        before[said] += 1
        if asked.id:
            self.by_id.setdefault(asked.id, known)
        return known


def told_calls(nodes: Iterable[Node], question: str) -> list[Told]:
    """The calls that the messages of these spans tell of, in the order in which they were asked for.

    Args:
        nodes: the spans, in the order of their start.
        question: the question that is answered: what was called before it was asked belongs to an earlier answer.
    """
    book = _Book()
    for node in nodes:
        before: Counter[tuple[str, str]] = Counter()
        waiting: deque[Told] = deque()
        _read(since(node.facts.input_messages, question), node.start, book, before, waiting)
        _read(node.facts.output_messages, node.end, book, before, waiting)
    return book.calls


def _read(
    messages: Sequence[Message], time: int, book: _Book, before: Counter[tuple[str, str]], waiting: deque[Told]
) -> None:
    early: list[Message] = []
    for message in messages:
        if message.role == "tool":
            # Some frameworks list the tools that there are as messages of a tool that ask for one.
            if not message.tool_call and not _answered(message, book, waiting):
                early.append(message)
            continue
        if message.role == "assistant" and message.calls:
            fresh = [book.entry(asked, time, before) for asked in message.calls]
            waiting.clear()
            waiting.extend(fresh)
            # What a provider's own tools found stands before the message that tells of their calls.
            for reply in early if not message.tool_call else ():
                _answered(reply, book, waiting)
        early = []


def _answered(reply: Message, book: _Book, waiting: deque[Told]) -> bool:
    """Give a result to its call: the one with its id, else the next that waits for one."""
    told = book.by_id.get(reply.call_id) if reply.call_id else None
    if told is not None and told in waiting:
        waiting.remove(told)
    elif told is None and waiting:
        told = waiting.popleft()
    if told is None:
        return False
    if told.reply is None or not told.reply.text:
        told.reply = reply
    return True


def since(messages: Sequence[Message], question: str) -> Sequence[Message]:
    """The messages after the question, where one of them asks it, else after the last of a user."""
    asked = question.strip()
    last, found = -1, -1
    for place, message in enumerate(messages):
        if message.role == "user" and message.text.strip():
            last = place
            text = message.text.strip()
            if asked and (text == asked or (len(asked) >= _CERTAIN and asked in text)):
                found = place
    return messages[(found if found >= 0 else last) + 1 :]


def same_arguments(arguments: str) -> str:
    """Arguments in one spelling, whatever the order of their names and the spaces between them."""
    parsed = structure(arguments)
    return arguments.strip() if parsed is None else json.dumps(parsed, sort_keys=True, ensure_ascii=False)
