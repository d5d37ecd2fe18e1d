"""Which passages reached which answer.

A source is a span with passages (a retriever, a reranker, or any span that carries some) or a tool with an output.
It feeds the model calls whose prompt visibly holds its text. Where nothing can be seen, the place decides: within
the closest common ancestor, the last final model call before the next retrieval begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evaluator.core.bounds import CLIMB, SEARCHED
from evaluator.core.trace import RETRIEVING, Passage, SpanKind, Status
from evaluator.ingest.assembly.echoes import Call, evidence, quoted_calls
from evaluator.ingest.assembly.tree import Node, Subtrees, Tree
from evaluator.ingest.shapes import Message

_LOOK_AHEAD = 32
_PROBES = 3
_PROBE_CHARS = 160
_MIN_PROBE = 12
_NAME_CHARS = 100
_FINDS = re.compile(
    r"(?i:(?:(?:execute|running)[_ ]tool:? )?(?:mcp[_-]+\w+?[_-]+)?"
    r"(?:search|look_?-?up|get|fetch|query|retrieve|find|read|list|check|load|browse))(?![a-z])"
)
"""Names of tools that look something up, by the verb that they begin with."""


@dataclass(slots=True, eq=False)
class Source:
    """Passages and the span they came from; `owner` is the model call whose answer they belong to."""

    node: Node
    passages: tuple[Passage, ...]
    is_tool: bool
    feeds: list[Node]
    owner: Node | None = None

    def found(self, answer: str, call: Node | None) -> tuple[Passage, ...]:
        """What of it an answer may lean on that the model call `call` gave: of a tool not what it only gives back."""
        if not self.is_tool:
            return self.passages
        earlier = (call is None or self.node.end <= call.start) and not _says(self.node, answer)
        output, arguments = self.passages[0].text, self.node.facts.input
        if arguments is None and _finds(self.node):
            arguments = ""
        return evidence(Call(output, arguments, earlier), answer)


class Prompts:
    """The fresh part of each model call's input: what came after the last answer that was already given.

    Any number of texts may be looked for in any number of prompts, so what is searched is bounded (`SEARCHED`);
    `exhausted` says that it was not enough.
    """

    def __init__(self) -> None:
        self.exhausted = False
        self._made: dict[int, str] = {}
        self._left = SEARCHED.free

    def messages(self, node: Node) -> tuple[Message, ...]:
        """The messages after the last delivered answer."""
        history = node.facts.input_messages
        given = (i + 1 for i, m in enumerate(history) if m.role == "assistant" and m.text and not m.tool_call)
        return history[max(given, default=0) :]

    def quotes(self, node: Node, text: str) -> bool:
        """Whether the prompt of `node` holds `text`; False once too much was searched."""
        prompt = self._fresh(node)
        if len(text) > len(prompt):
            return False
        if self._left < len(prompt):
            self.exhausted = True
            return False
        self._left -= len(prompt)
        return text in prompt

    def _fresh(self, node: Node) -> str:
        """The system prompt and the fresh messages, as one text; made once."""
        if node.enter not in self._made:
            said = [m.text for m in self.messages(node)] or [node.facts.input or "", node.facts.question or ""]
            self._made[node.enter] = "\n".join([node.facts.system_prompt or "", *said])
            self._left += SEARCHED.size * len(self._made[node.enter])
        return self._made[node.enter]


def find_sources(tree: Tree, prompts: Prompts) -> tuple[list[Source], bool]:
    """All sources of a trace in the order of their start, each with the model calls that it feeds; and whether the
    places of all could be told: the others feed none."""
    covered = _covered(tree)
    sources = [s for node in tree.nodes if (s := _source(node, covered)) is not None]
    if not sources:
        return [], True
    retrieving = {s.node.enter for s in sources if not s.is_tool}
    finals = Subtrees(tree, lambda node: node.final)
    retrievals = Subtrees(tree, lambda node: node.enter in retrieving)
    for source in sources:
        source.feeds = _seen_by(source, finals, prompts) or _placed_before(source, finals, retrievals)
    return sources, not (finals.exhausted or retrievals.exhausted)


def assign(sources: Iterable[Source], main: Node | None) -> None:
    """Give every source its owner: the main model call if it is fed by it, otherwise the last one that is."""
    for source in sources:
        if source.feeds:
            source.owner = main if main in source.feeds else source.feeds[-1]


def context(
    sources: Sequence[Source], answer: str = "", call: Node | None = None, quoted: Iterable[Message] = ()
) -> tuple[Passage, ...]:
    """The passages of an answer's sources: retrieved ones first, then outputs of tools, each text once.

    Args:
        sources: the answer's own.
        answer: its text.
        call: the model call that gave it.
        quoted: the messages of its prompt; results of tools in them count where no span of a source is at hand.
    """
    retrieved = _without_reranked([s for s in sources if not s.is_tool])
    tools = [s for s in sources if s.is_tool]
    found = [p for s in (*retrieved, *tools) for p in s.found(answer, call)]
    if not retrieved and not tools:
        found = [p for one in quoted_calls(quoted) for p in evidence(one, answer)]
    unique: dict[str, Passage] = {}
    for passage in found:
        unique.setdefault(passage.text, passage)
    return tuple(unique.values())


def _covered(tree: Tree) -> dict[int, tuple[bool, bool, bool]]:
    """For each span: lies below a retriever with passages, below a tool, and above a span with passages."""
    above: dict[int, bool] = {}
    for node in reversed(tree.walk):
        own = above.get(node.enter, False)
        if node.parent is not None and (own or node.facts.passages):
            above[node.parent.enter] = True
    out: dict[int, tuple[bool, bool, bool]] = {}
    for node in tree.walk:
        parent = node.parent
        served, tooled, _ = out[parent.enter] if parent is not None else (False, False, False)
        if parent is not None:
            retrieves = parent.kind in RETRIEVING
            served = served or (retrieves and bool(parent.facts.passages))
            tooled = tooled or parent.kind is SpanKind.TOOL
        out[node.enter] = (served, tooled, above.get(node.enter, False))
    return out


def _source(node: Node, covered: dict[int, tuple[bool, bool, bool]]) -> Source | None:
    served, tooled, above = covered[node.enter]
    if node.status is Status.ERROR or served:
        return None
    if node.facts.passages:
        return Source(node, node.facts.passages, False, [])
    output = node.facts.output
    # A tool around a retriever only says again what the retriever said.
    if node.kind is SpanKind.TOOL and output and output.strip() and not tooled and not above:
        return Source(node, (Passage(text=output),), True, [])
    return None


def _finds(node: Node) -> bool:
    """Whether a tool is called like one that looks something up: then its arguments, which nobody recorded, were no
    answer."""
    named = node.facts.tool or node.body.get("name")
    return isinstance(named, str) and _FINDS.match(named[:_NAME_CHARS]) is not None


def _says(node: Node, answer: str) -> bool:
    """Whether a model call inside a tool said the answer: then the tool handed on a model's word."""
    said = answer.strip()
    below = list(node.children)
    for _ in range(CLIMB.size):
        if not below:
            return False
        child = below.pop()
        if child.kind is SpanKind.LLM and (child.facts.answer or "").strip() == said:
            return True
        below += child.children
    return False


def _seen_by(source: Source, finals: Subtrees, prompts: Prompts) -> list[Node]:
    probes = [p.text.strip()[:_PROBE_CHARS] for p in source.passages[:_PROBES]]
    probes = [probe for probe in probes if len(probe) >= _MIN_PROBE]
    later = finals.after(None, source.node.end, _LOOK_AHEAD) if probes else []
    return [node for node in later if any(prompts.quotes(node, probe) for probe in probes)]


def _placed_before(source: Source, finals: Subtrees, retrievals: Subtrees) -> list[Node]:
    node = source.node
    if node.final:
        return [node]
    for above in node.ancestors():
        if above.final:
            return [above]
    inside = finals.below(node)
    if inside:
        return inside[-1:]
    unit = next((above for above in node.ancestors() if above.last_final_start >= node.end), None)
    first = finals.after(unit, node.end, 1)
    if not first:
        return []
    # Two, because the source may itself be the first retrieval that begins then.
    following = [other for other in retrievals.after(unit, first[0].end, 2) if other is not node]
    if retrievals.exhausted:
        return []
    last = finals.last_before(unit, following[0].start) if following else finals.below(unit)[-1]
    return [last if last is not None and last.start >= first[0].start else first[0]]


def _without_reranked(sources: list[Source]) -> list[Source]:
    """Leave out what a later reranker replaced: the documents that it was given, or, where it does not say which,
    everything retrieved before it began."""
    cutoff = -1
    taken: dict[str, int] = {}
    for source in sources:
        if source.node.kind is not SpanKind.RERANKER:
            continue
        if not source.node.facts.documents_in:
            cutoff = max(cutoff, source.node.start)
        for text in source.node.facts.documents_in:
            taken[text] = max(taken.get(text, -1), source.node.start)
    return [
        s for s in sources if s.node.end > cutoff and not any(taken.get(p.text, -1) >= s.node.end for p in s.passages)
    ]
