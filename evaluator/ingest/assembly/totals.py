"""What a trace took in all: which of its spans' amounts are added up, and which only say again what others said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from evaluator.core.trace import SpanKind
from evaluator.ingest.assembly.tree import WRAPPERS, Node, Tree
from evaluator.ingest.conventions import Facts

Say = Callable[[Facts], Any]
SUMMED: Mapping[str, Say] = {
    "input_tokens": lambda facts: facts.input_tokens,
    "output_tokens": lambda facts: facts.output_tokens,
    "cost": lambda facts: facts.cost,
}
"""What is added up, and how a span says it."""


def totals(tree: Tree) -> dict[str, Any]:
    """Tokens and cost of a trace; None where no span that counts states any."""
    return {name: _sum(tree, say) for name, say in SUMMED.items()}


def _sum(tree: Tree, say: Say) -> Any:
    amounts = [say(node.facts) for node in counted(tree, say)]
    return sum(sorted(amounts)) if amounts else None


def counted(tree: Tree, say: Say) -> list[Node]:
    """The spans whose amounts are added up: the innermost model calls that state them, as what wraps them only says
    it again. Where no model call does, the outermost spans that do."""
    below: set[int] = set()  # spans with a counted model call below them
    found = []
    for node in reversed(tree.walk):
        inside = node.enter in below
        if node.kind is SpanKind.LLM and not inside and say(node.facts) is not None:
            found.append(node)
            inside = True
        if inside and node.parent is not None:
            below.add(node.parent.enter)
    return found or list(_outermost(tree, say))


def _outermost(tree: Tree, say: Say) -> Iterator[Node]:
    covered: set[int] = set()
    for node in tree.walk:
        if node.parent is not None and node.parent.enter in covered:
            covered.add(node.enter)
        elif node.kind in WRAPPERS and say(node.facts) is not None:
            covered.add(node.enter)
            yield node
