"""What a trace does not tell, and why: nothing goes missing in silence."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from functools import cache, cached_property
from heapq import nsmallest

from evaluator.core.trace import RETRIEVING, Fact, Gap, SpanKind, Status, Trace
from evaluator.ingest.assembly.answers import Found
from evaluator.ingest.assembly.tree import Node, Tree
from evaluator.ingest.numbers import MASKED
from evaluator.ingest.senders import NATIVE, Sender, by_id, reasons, sender_of

SHOWN = 10
"""Names of attributes that a gap quotes."""
NAME_CHARS = 60
"""Characters of each that it quotes."""

_UNTOLD = {SpanKind.OTHER, SpanKind.CHAIN}
_NOTHING = {"", "[]", "{}", "null", '""'}
_FIELDS = {Fact.ANSWER: "answer", Fact.QUESTION: "question", Fact.PASSAGES: "context"}
_ANY_REMEDY = "set what makes your instrumentation record message contents"
# First segments of keys that say nothing of a model: those of HTTP, databases, queues and the SDK itself.
_PLAIN = frozenset((
    "http", "url", "net", "network", "server", "client", "user_agent", "db", "rpc", "messaging", "peer", "aws",
    "error", "exception", "otel", "telemetry", "thread", "code", "process", "host", "container", "k8s", "faas",
    "asgi", "component", "span", "tls", "dns", "sampling", "enduser", "user", "session", "service", "deployment",
))  # fmt: skip


def sender_in(tree: Tree, *, native: bool) -> Sender | None:
    """Who sent the spans of a trace, or else its `native` object, if there is one that tells of it."""
    sender = sender_of([node.body for node in tree.nodes])
    return by_id()[NATIVE] if sender is None and native else sender


def with_gaps(trace: Trace, tree: Tree, found: Found, sender: Sender | None) -> Trace:
    """The same trace with what it does not tell, as it was put together from the spans of `tree`, with the answers
    `found` in them."""
    missing = _missing(trace, found)
    return dataclasses.replace(trace, gaps=_Spans(tree, sender).gaps(missing)) if missing else trace


def _missing(trace: Trace, found: Found) -> list[Fact]:
    answers = trace.answers
    asked = [answer.question for answer in answers] if answers else [trace.input]
    has = {
        Fact.ANSWER: any(answer.answer.strip() for answer in answers),
        Fact.QUESTION: any(text.strip() for text in asked),
        Fact.PASSAGES: any(answer.passages for answer in answers) if answers else bool(found.loose),
    }
    return [fact for fact, told in has.items() if not told]


class _Spans:
    """The spans of a trace in which something was looked for, and not found."""

    def __init__(self, tree: Tree, sender: Sender | None) -> None:
        self.tree, self.sender = tree, sender
        self.calls = [node for node in tree.nodes if _is_call(node)]
        self.spoke = any(map(_spoke, self.calls))

    def gaps(self, missing: Iterable[Fact]) -> tuple[Gap, ...]:
        return tuple(self._gap(fact, self._reason(fact)) for fact in missing)

    def _gap(self, fact: Fact, reason: str) -> Gap:
        if reason == "sender_unknown":
            said = reasons()[reason].format_map({"attributes": ", ".join(self._names())})
            return Gap(fact=fact, reason=reason, said=said)
        return _told(fact, reason, None if self.sender is None else self.sender.id)

    def _reason(self, fact: Fact) -> str:
        if not self.tree.nodes:
            return "incomplete" if self.sender is None else "not_sent"
        if fact is Fact.PASSAGES:
            return self._of_passages()
        if not self.calls:
            return self._without(fact)
        if self._by_contents:
            return self._by_contents
        return self._of_answer() if fact is Fact.ANSWER else "no_input"

    @cached_property
    def _by_contents(self) -> str:
        """What keeps the model calls from telling both what was asked and what was answered, if anything does."""
        if _masked(self.calls):
            return "masked"
        silent = not self.spoke and self._last().status is not Status.ERROR
        return "not_recorded" if silent else ""

    def _last(self) -> Node:
        return max(self.calls, key=lambda node: (node.end, *node.order))

    def _of_answer(self) -> str:
        last = self._last()
        if last.status is Status.ERROR:
            return "call_failed"
        if any(message.tool_call for message in last.facts.output_messages):
            return "tool_asked"
        return "no_model_text" if any(node.facts.answer for node in self.calls) else "no_output"

    def _without(self, fact: Fact) -> str:
        """Why there is no answer or question in a trace in which no model was called."""
        if self.sender is None:
            return "sender_unknown" if self._names() else "plain_spans"
        if self.tree.root is None:
            return "incomplete"
        return "no_model_text" if fact is Fact.ANSWER else "no_input"

    def _of_passages(self) -> str:
        sources = [node for node in self.tree.nodes if node.kind in RETRIEVING or node.kind is SpanKind.TOOL]
        if not sources:
            return self._without(Fact.ANSWER) if self.sender is None and not self.calls else "no_source"
        if _masked(sources):
            return "masked"
        sources = [node for node in sources if node.status is not Status.ERROR]
        if not sources:
            return "source_failed"
        if self.calls and not self.spoke and not any(map(_spoke, sources)):
            return "not_recorded"
        retrieving = [node for node in sources if node.kind in RETRIEVING]
        if retrieving:
            given = [node.facts.output for node in retrieving if node.facts.output is not None]
            return "nothing_found" if given and all(text.strip() in _NOTHING for text in given) else "no_texts"
        return "echo" if any((node.facts.output or "").strip() for node in sources) else "no_result"

    def _names(self) -> list[str]:
        """The first of the attributes in which something may be that we do not read, in the order of the alphabet."""
        keys = {key for node in self.tree.nodes for key in node.body.get("attributes") or ()}
        told = (key for key in keys if key.partition(".")[0].lower() not in _PLAIN)
        return [shown(key) for key in nsmallest(SHOWN, told)]


def _is_call(node: Node) -> bool:
    named = node.facts.request_model or node.facts.response_model
    return node.kind is SpanKind.LLM or (node.kind in _UNTOLD and bool(named))


def _spoke(node: Node) -> bool:
    facts = node.facts
    return bool(facts.answer or facts.output or facts.question or facts.input or facts.passages)


def _masked(nodes: Iterable[Node]) -> bool:
    return any(value == MASKED for node in nodes for value in (node.body.get("attributes") or {}).values())


@cache
def _told(fact: Fact, reason: str, sender: str | None) -> Gap:
    """What is said of a reason that only the sender's remedy makes another."""
    remedy = _ANY_REMEDY if sender is None else by_id()[sender].contents
    return Gap(
        fact=fact, reason=reason, said=reasons()[reason].format_map({"remedy": remedy, "field": _FIELDS[fact]})
    )


def shown(name: str) -> str:
    """A stranger's name as a sentence quotes it: its beginning, and nothing in it that is no visible character."""
    clean = "".join(char if char.isprintable() else "\ufffd" for char in name[:NAME_CHARS])
    return clean + "…" if len(name) > NAME_CHARS else clean
