"""All facts of a trace, each with where it came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from evaluator.core.explained import Explained, Explanation, Place, PlaceKind
from evaluator.core.trace import Answer, Part, SpanKind, Status
from evaluator.ingest.assembly.assemble import Whole, put_together
from evaluator.ingest.assembly.totals import SUMMED, counted
from evaluator.ingest.assembly.tree import Node
from evaluator.ingest.conventions import Facts, read
from evaluator.ingest.explain.origin import Origin, origin_of, told_facts, told_part
from evaluator.ingest.explain.places import LEAST, Budget, SpanPlaces
from evaluator.ingest.shapes import structure
from evaluator.ingest.shapes.structure import leaves

READINGS = 1000
"""Spans that are read again, each with something in it changed."""
CHARACTERS = 20_000_000
"""Of the spans that are read again."""
SEARCHED = 2_000_000_000
"""Characters that are looked through for what a fact says."""
FACTS = 400
"""Facts that are looked at: further answers and passages are only counted."""
VALUE_CHARS = 200
"""Characters of a fact that are repeated."""
ADDED = 20
"""Spans of a sum that are named."""

_OF_TRACE = (
    *("name", "model", "prompt_version", "environment", "service", "session", "user"),
    *("input_tokens", "output_tokens", "cost", "latency_ms", "status", "feedback", "tags", "sampling_probability"),
)
_HELD_IN = ("output", "answer", "question", "input", "system_prompt")


def explain(project: str, trace_id: str, parts: Sequence[Part]) -> Explanation:
    """Where what a trace tells came from; see `evaluator.ingest.assembly.assemble.assemble` for the arguments.

    The trace is put together once. Spans are read again as often as `READINGS` and `CHARACTERS` allow, whatever the
    size of the trace, and the explanation says what was not looked at.

    Raises:
        ValueError: no parts.
    """
    return _Search(put_together(project, trace_id, [told_part(part) for part in parts], _read), parts).explanation()


def _read(body: Mapping[str, Any]) -> Facts:
    return told_facts(body["span_id"], read(body))


class _Search:
    """The facts of one trace, and the spans in which they are looked for."""

    def __init__(self, whole: Whole, parts: Sequence[Part]) -> None:
        self._trace, self._tree, self._native = whole.trace, whole.tree, whole.native
        self._nodes = {node.span_id: node for node in whole.tree.nodes}
        self._as_sent = {id(event) for part in parts for event in part.body.get("events") or ()}
        self._budget = Budget(READINGS, CHARACTERS, SEARCHED)
        self._spans: dict[str, SpanPlaces] = {}
        self._unsearched = False

    def explanation(self) -> Explanation:
        facts: list[Explained] = []
        more = 0
        for name, answer, value in self._facts():
            if len(facts) < FACTS:
                facts.append(self._explained(name, answer, value))
            else:
                more += 1
        said = [f"{more} further facts" if more else "", "some of the attributes" if self._exhausted() else ""]
        left = " and ".join(filter(None, said))
        return Explanation(tuple(facts), self._trace.sender, self._trace.gaps, left and f"{left} were not looked at")

    def _exhausted(self) -> bool:
        return self._unsearched or any(span.exhausted for span in self._spans.values())

    def _facts(self) -> Iterator[tuple[str, str, Any]]:
        """(name, answer, value) of each fact that there is."""
        for answer in self._trace.answers:
            yield from _of_answer(answer)
        for name in _OF_TRACE:
            value = getattr(self._trace, name)
            for one in value if name == "tags" else (value,):
                if one not in (None, "", Status.UNSET):
                    yield name, "", one

    def _explained(self, name: str, answer: str, value: Any) -> Explained:
        origin = origin_of(value)
        shown = str(value)
        shown = shown if len(shown) <= VALUE_CHARS else shown[:VALUE_CHARS] + "…"
        if origin is None and name in SUMMED:
            how, places = self._sum(name)
        elif origin is None and name in ("status", "latency_ms", "name", "sampling_probability"):
            how, places = self._of_spans(name)
        else:
            how, places = self._places(origin or self._holder(value), value)
        return Explained(name, answer, shown, how, tuple(dict.fromkeys(places)))

    def _places(self, origin: Origin | None, value: Any) -> tuple[str, list[Place]]:
        if origin is None:
            return "put together from several spans", []
        if origin.span_id is None:
            return "", [Place(PlaceKind.FIELD, origin.field)]
        node = self._nodes[origin.span_id]
        if origin.field == "name":
            return "", [_of_span(node, "name")]
        if origin.field == "service":
            return "", [Place(PlaceKind.RESOURCE, "service.name", node.span_id, node.body.get("name", ""))]
        found = self._span(node).of(origin.field, _plain(value))
        return ("", found) if found else ("told from all that the span holds", [_of_span(node, origin.field)])

    def _span(self, node: Node) -> SpanPlaces:
        if node.span_id not in self._spans:
            events = node.body.get("events") or ()
            logged = frozenset(n for n, event in enumerate(events) if id(event) not in self._as_sent)
            self._spans[node.span_id] = SpanPlaces(node.body, logged, self._budget)
        return self._spans[node.span_id]

    def _sum(self, name: str) -> tuple[str, list[Place]]:
        say = SUMMED[name]
        nodes = counted(self._tree, say)
        calls = "model call" if nodes and nodes[0].kind is SpanKind.LLM else "span"
        how = f"sum of {len(nodes)} {calls}s" if len(nodes) > 1 else ""
        places: list[Place] = []
        for node in sorted(nodes, key=lambda node: node.order)[:ADDED]:
            found = self._span(node).of(name, say(node.facts))
            places += found or [_of_span(node, name)]
        return how, places

    def _of_spans(self, name: str) -> tuple[str, list[Place]]:
        """What no attribute says: the outermost span does, or nobody."""
        root = self._tree.root
        if name == "sampling_probability":
            return "nothing was said: every trace counts as sent", []
        if name == "status" and any("status" in part.body for part in self._native):
            return "", [Place(PlaceKind.FIELD, "status")]
        if name == "latency_ms":
            spans = "of the outermost span" if root is not None else "of all spans"
            return f"from the start to the end {spans if self._nodes else 'of the trace'}", []
        if root is None:
            return "of the outermost spans", []
        if name == "status" and root.facts.error and (root.body.get("status") or "unset") == "unset":
            return "", self._span(root).of("error", True) or [_of_span(root, "status")]
        return "", [_of_span(root, name)]

    def _holder(self, value: Any) -> Origin | None:
        """The span whose text holds what lost its origin on the way: a part of a tool's output, say."""
        needle = _needle(_plain(value))
        if needle is None:
            return None
        for origin, pieces in self._texts:
            if not self._budget.search(sum(map(len, pieces))):
                self._unsearched = True
                return None
            if any(needle in piece for piece in pieces):
                return origin
        return None

    @cached_property
    def _texts(self) -> list[tuple[Origin, list[str]]]:
        """The texts of all spans, tools first, each with those that are in it as JSON."""
        found = []
        for node in sorted(self._tree.nodes, key=lambda node: (node.kind is not SpanKind.TOOL, *node.order)):
            texts = [(name, text) for name in _HELD_IN if (text := getattr(node.facts, name))]
            texts += [("input_messages", message.text) for message in node.facts.input_messages]
            for name, text in texts:
                inside = [leaf for leaf in leaves(structure(text)) if isinstance(leaf, str)]
                found.append((Origin(node.span_id, name), [text, *inside]))
        return found


def _of_answer(answer: Answer) -> Iterator[tuple[str, str, Any]]:
    said = (("question", answer.question), ("answer", answer.answer), ("system_prompt", answer.system_prompt))
    yield from ((name, answer.id, value) for name, value in said if value)
    for number, passage in enumerate(answer.passages, 1):
        yield f"passage {number}", answer.id, passage.text
    for number, call in enumerate(answer.tool_calls, 1):
        # By what came back it is found best: names and arguments stand in every prompt after the call.
        yield f"tool call {number}", answer.id, call.result or call.error or call.arguments or call.name


def _of_span(node: Node, name: str) -> Place:
    return Place(PlaceKind.SPAN, name, node.span_id, str(node.body.get("name", "")))


def _plain(value: Any) -> Any:
    """The same value as if it came from nowhere."""
    if isinstance(value, str):
        return str(value)
    return float(value) if isinstance(value, float) else value


def _needle(value: Any) -> str | None:
    """A text by which a fact can be found in others: itself, or of JSON its first text."""
    if not isinstance(value, str):
        return None
    parsed = structure(value)
    if parsed is None:
        return value
    return next((leaf for leaf in leaves(parsed) if isinstance(leaf, str) and len(leaf) >= LEAST), None)
