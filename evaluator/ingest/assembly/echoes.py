"""What a tool found, without what it only gives back: its own arguments, or the answer that it was handed."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from evaluator.core.trace import Passage
from evaluator.ingest.shapes import Message, passages_in, replies_in, structure, text_of
from evaluator.ingest.shapes.parts import tool_text
from evaluator.ingest.shapes.structure import leaves, plain

_LONG = 24
"""Characters from which on two texts that are the same are so by no chance; fewer beside an echo are an
acknowledgement."""
_MOST = 0.8
"""Share of the answer that stands for all of it."""
_SEARCHED = 64
"""How many times the size of what a tool gave and got is searched for it in the answer."""
_ACKNOWLEDGED = {
    *("sent", "ok", "success", "successful", "status", "delivered", "done", "error", "errors", "iserror", "code"),
    *("id", "messageid", "ts", "timestamp", "time", "type", "channel", "result", "received", "accepted", "state"),
    *("message", "detail", "confirmation", "recipient", "to", "queued", "length", "characters", "confidence"),
}
"""Keys under which a tool says that it did its work; what else it says, it found."""
_WORD = re.compile(r"[^\W_]+")
_ESCAPE = re.compile(r"\\[nrt\"']")


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
    known = _Known(call, answer)
    if known.handed():
        return ()
    parsed, text = _opened(call.output)
    if parsed is None:
        rest = known.cut(text)
        return (Passage(text=rest),) if rest.strip() and not known.repeats(text) else ()
    if not any(isinstance(leaf, str) and known.repeats(leaf) for leaf in leaves(parsed)):
        return passages_in(parsed, certain=False) or (Passage(text=call.output),)
    if not any(_found(parsed, known)):
        return ()
    return (Passage(text=text_of(_without(parsed, known)) or ""),)


def quoted_calls(messages: Iterable[Message]) -> Iterator[Call]:
    """The runs of tools that a prompt quotes: results in the order of the calls before them."""
    waiting: deque[str] = deque()
    for message in messages:
        if message.tool_call:
            waiting = deque(message.arguments)
        elif message.role == "tool" and message.text.strip():
            yield Call(message.text, waiting.popleft() if waiting else "", True)


class _Known:
    """What a tool may only be giving back, as words: what it was given, and the answer where that was there first or
    may have been."""

    def __init__(self, call: Call, answer: str) -> None:
        self._given = {words for leaf in _leaves(call.arguments) if (words := _words(leaf))}
        self._longest = max(map(len, self._given), default=0)
        self._said = _answered(answer)
        self._later = not call.earlier
        self._own = call.earlier and call.arguments is not None
        self._left = _SEARCHED * (len(call.output) + len(call.arguments or ""))

    def handed(self) -> bool:
        """Whether the answer is among what the tool was given."""
        if len(self._said) < _LONG:
            return False
        most = _MOST * len(self._said)
        return any(self._said in one or (len(one) > most and one in self._said) for one in self._given)

    def repeats(self, text: str) -> bool:
        """Whether a text is one of those known, perhaps behind a few words, as in *Message sent: …*."""
        words = _words(text)
        if words in self._given:
            # One word of several may well be found: the largest of two numbers is one of them.
            return len(self._given) == 1 or " " in words or len(words) >= _LONG
        if len(words) <= self._longest + _LONG and any(rest in self._given for rest in _rests(words)):
            return True
        if self._own or not words:
            return False
        return (self._later and words == self._said) or self._of_answer(words, text.rstrip().endswith(("…", "...")))

    def echoes(self, text: str) -> bool:
        """Whether a text is one of those known, however short."""
        return _words(text) in self._given or self.repeats(text)

    def cut(self, text: str) -> str:
        """A text without the answer in it, if that was there first."""
        if not self._later or len(self._said) < _LONG or len(text) < len(self._said):
            return text
        words = _words(text)
        start = words.find(self._said)
        if start < 0:
            return text
        first = words.count(" ", 0, start)
        said = islice(_WORD.finditer(_ESCAPE.sub("  ", text)), first, first + self._said.count(" ") + 1)
        begin = next(said)
        end = (*deque(said, 1), begin)[0]
        rest = text[end.end() :].lstrip(".!?\"'`*) \n")
        return f"{text[: begin.start()].rstrip()} {rest}".strip()

    def _of_answer(self, words: str, broken_off: bool) -> bool:
        said = self._said
        if len(said) < _LONG:
            return False
        if len(said) <= len(words) < len(said) + _LONG:
            return said in words
        if not _LONG <= len(words) < len(said) or self._left < len(said):
            return False
        if not self._later:
            return (broken_off or len(words) > _MOST * len(said)) and said.startswith(words)
        self._left -= len(said)
        return words in said


def given_back(output: str) -> str:
    """What a tool gave, without a framework's message around it: text, or JSON."""
    parsed = structure(output)
    framed = [m.text for m in replies_in(parsed) if m.role == "tool"] if parsed is not None else []
    return output if parsed is None else (framed[0] if framed else tool_text(parsed))


def _opened(output: str) -> tuple[Any, str]:
    """What is in an output: something structured, or else text."""
    text = given_back(output)
    parsed = structure(text)
    only = next(iter(parsed.values())) if isinstance(parsed, dict) and len(parsed) == 1 else None
    # What a short word means, its key says.
    return (None, only) if isinstance(only, str) and len(only) >= _LONG else (parsed, text)


def _leaves(arguments: str | None) -> Iterator[str]:
    parsed = structure(arguments)
    if parsed is not None:
        yield from (str(leaf) for leaf in leaves(parsed) if not isinstance(leaf, bool))
    elif arguments:
        yield arguments


def _words(text: str) -> str:
    """A text without case, spacing, punctuation and markup."""
    # Told apart before their case is folded: of a capital that has a mark, folding makes two.
    return " ".join(_WORD.findall(_ESCAPE.sub(" ", text))).casefold()


@lru_cache(maxsize=1)
def _answered(answer: str) -> str:
    return _words(answer)  # once for all the tools behind one answer


def _rests(words: str) -> Iterator[str]:
    """What follows the first few words, where that is long."""
    at = words.find(" ")
    while 0 <= at < _LONG and len(words) - at > _LONG:
        yield words[at + 1 :]
        at = words.find(" ", at + 1)


def _found(value: Any, known: _Known, key: str = "") -> Iterator[bool]:
    """Whether anything in an output is neither an echo nor a word of acknowledgement."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _found(inner, known, plain(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _found(inner, known, key)
    elif value is not None and value != "" and not (key in _ACKNOWLEDGED and len(str(value)) < _LONG):
        yield not known.echoes(str(value))


def _without(value: Any, known: _Known) -> Any:
    if isinstance(value, dict):
        kept = {key: _without(inner, known) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner is not None}
    if isinstance(value, list):
        return [inner for item in value if (inner := _without(item, known)) is not None]
    return None if isinstance(value, str) and len(value) >= _LONG and known.repeats(value) else value
