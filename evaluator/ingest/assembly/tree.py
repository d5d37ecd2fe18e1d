"""The spans of a trace as a forest, whatever arrived: late roots, missing parents, cycles, thousands of spans."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from evaluator.core.bounds import CLIMB, LISTED
from evaluator.core.trace import RETRIEVING, SpanKind, Status
from evaluator.ingest.conventions import Facts

# OTLP's flag for a parent in another process.
_REMOTE_PARENT = 0x200
WRAPPERS = frozenset((SpanKind.CHAIN, SpanKind.AGENT, SpanKind.OTHER))
SERVING = RETRIEVING | {SpanKind.TOOL, SpanKind.EMBEDDING, SpanKind.GUARDRAIL}
"""What runs inside one of these serves it, and is no answer to the user."""


@dataclass(slots=True, eq=False)
class Node:
    """One span in its place. Times are nanoseconds since 1970; `[enter, leave)` is the range of its subtree in
    depth-first order. `final` says that it is a model's last word, not a step on the way (see `mark_final`)."""

    span_id: str
    parent_id: str | None
    body: dict[str, Any]
    facts: Facts
    start: int
    end: int
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)
    enter: int = 0
    leave: int = 0
    inner: bool = False
    final: bool = False
    last_final_start: int = -1

    @property
    def kind(self) -> SpanKind:
        return self.facts.kind or SpanKind.OTHER

    @property
    def status(self) -> Status:
        stated = Status(self.body.get("status") or "unset")
        return Status.ERROR if stated is Status.UNSET and self.facts.error else stated

    @property
    def order(self) -> tuple[int, int, str]:
        return self.start, self.end, self.span_id

    def holds(self, other: Node) -> bool:
        """Whether `other` is this span or lies below it."""
        return self.enter <= other.enter < self.leave

    def ancestors(self) -> Iterator[Node]:
        """The spans above, nearest first, at most `CLIMB`."""
        node = self.parent
        for _ in range(CLIMB.size):
            if node is None:
                return
            yield node
            node = node.parent


@dataclass(slots=True)
class Tree:
    """All spans in the order of their start, in depth-first order, and the true root if it has arrived."""

    nodes: list[Node]
    walk: list[Node]
    root: Node | None
    finals: list[Node]


def build(nodes: Iterable[Node]) -> Tree:
    """Link spans by their parents. The result does not depend on the order in which they come; time is linear but
    for the sorting."""
    ordered = sorted(nodes, key=lambda node: node.order)
    by_id = {node.span_id: node for node in ordered}
    for node in ordered:
        parent = by_id.get(node.parent_id) if node.parent_id else None
        if parent is not None and parent is not node:
            node.parent = parent
            parent.children.append(node)
    walk: list[Node] = []
    for node in ordered:
        if node.parent is None:
            _walk(node, walk)
    if len(walk) < len(ordered):
        seen = {id(node) for node in walk}
        for node in ordered:  # what is left hangs on a cycle: cut it at its earliest span
            if id(node) not in seen:
                node.parent = None
                seen.update(id(n) for n in _walk(node, walk))
    mark_final(walk)
    return Tree(ordered, walk, _root(ordered), [node for node in ordered if node.final])


def _root(ordered: list[Node]) -> Node | None:
    """The span without a parent; else the only outermost one, or the only one whose parent is in another process:
    a caller that reports elsewhere is the parent of the first span here, and never comes."""
    tops = [node for node in ordered if node.parent is None]
    for chosen in (
        [node for node in tops if not node.parent_id][:1],
        tops,
        [node for node in tops if node.body.get("flags", 0) & _REMOTE_PARENT],
    ):
        if len(chosen) == 1:
            return chosen[0]
    return None


def _walk(top: Node, walk: list[Node]) -> list[Node]:
    first = len(walk)
    stack: list[tuple[Node, bool]] = [(top, False)]
    while stack:
        node, done = stack.pop()
        if done:
            node.leave = len(walk)
            continue
        node.enter = len(walk)
        walk.append(node)
        stack.append((node, True))
        # A child that was cut loose from a cycle no longer calls this node its parent.
        stack += [(child, False) for child in reversed(node.children) if child.parent is node]
    return walk[first:]


def mark_final(walk: list[Node]) -> None:
    """Find the model calls whose output is a last word: text, no tool asked for, no error, and not in the service
    of a retriever, reranker, tool, embedding, guardrail or another such model call. The sender's own word
    (`faithline.answer`) goes before all of this."""
    for node in walk:
        parent = node.parent
        node.inner = parent is not None and (parent.inner or parent.kind in SERVING or parent.final)
        is_answer = node.facts.is_answer
        spoken = bool(node.facts.answer and node.facts.answer.strip())
        likely = node.kind is SpanKind.LLM and not node.inner and node.status is not Status.ERROR
        node.final = spoken and (likely if is_answer is None else is_answer)
    for node in reversed(walk):
        if node.final:
            node.last_final_start = max(node.last_final_start, node.start)
        if node.parent is not None:
            node.parent.last_final_start = max(node.parent.last_final_start, node.last_final_start)


def held_by(nodes: Iterable[Node]) -> Counter[int]:
    """How many of `nodes` lie below each span, by its `enter`."""
    return Counter(above.enter for node in nodes for above in node.ancestors())


class Subtrees:
    """The marked spans below any span, in the order of their start.

    Each list is made once, and many of them may be long: `exhausted` says that there was not room for all (`LISTED`).
    """

    def __init__(self, tree: Tree, wanted: Callable[[Node], bool]) -> None:
        self._everywhere = [node for node in tree.nodes if wanted(node)]
        self._by_enter = sorted(self._everywhere, key=lambda node: node.enter)
        self._enters = [node.enter for node in self._by_enter]
        self._made: dict[int, list[Node]] = {}
        self._listed = 0
        self.exhausted = False

    def below(self, top: Node | None) -> list[Node]:
        """Those in the subtree of `top`, itself included; all of them for None. None once there is no room."""
        if top is None:
            return self._everywhere
        if top.enter not in self._made:
            low, high = bisect_left(self._enters, top.enter), bisect_left(self._enters, top.leave)
            if self._listed + high - low > LISTED.most:
                self.exhausted = True
                return []
            self._listed += high - low
            self._made[top.enter] = sorted(self._by_enter[low:high], key=_order)
        return self._made[top.enter]

    def after(self, top: Node | None, time: int, limit: int) -> list[Node]:
        """The first `limit` of those below `top` that start at `time` or later."""
        found = self.below(top)
        first = bisect_left(found, time, key=_start)
        return found[first : first + limit]

    def last_before(self, top: Node | None, time: int) -> Node | None:
        """The last of those below `top` that starts before `time`."""
        found = self.below(top)
        place = bisect_left(found, time, key=_start)
        return found[place - 1] if place else None


def _order(node: Node) -> tuple[int, int, str]:
    return node.start, node.end, node.span_id


def _start(node: Node) -> int:
    return node.start
