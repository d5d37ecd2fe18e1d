"""A trace put together from its parts, the same whatever the order in which they arrived."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from evaluator.core.bounds import NOTES, PARTS
from evaluator.core.people import named_in, user_of
from evaluator.core.trace import (
    BEYOND,
    ROOT_ANSWER,
    Answer,
    Part,
    Passage,
    Span,
    SpanKind,
    Status,
    ToolCall,
    Trace,
)
from evaluator.ingest.assembly.answers import Found, find_answers
from evaluator.ingest.assembly.contents import with_contents
from evaluator.ingest.assembly.gaps import sender_in, with_gaps
from evaluator.ingest.assembly.totals import totals
from evaluator.ingest.assembly.tree import Node, Tree, build
from evaluator.ingest.assembly.trim import trimmed
from evaluator.ingest.clean import note
from evaluator.ingest.clocks import ns_of, time_of
from evaluator.ingest.conventions import Facts, read
from evaluator.ingest.conventions.values import first_text
from evaluator.ingest.native.traces import NOTE_PART
from evaluator.ingest.native.traces import SOURCE as NATIVE
from evaluator.ingest.otlp.origins import SERVICE_KEY
from evaluator.ingest.shapes import Message

Read = Callable[[Mapping[str, Any]], Facts]
_PLAIN = (
    "name",
    "model",
    "prompt_version",
    "environment",
    "service",
    "session",
    "user",
    "input_tokens",
    "output_tokens",
    "cost",
    "latency_ms",
    "feedback",
    "sampling_probability",
)


@dataclass(frozen=True, slots=True)
class Whole:
    """A trace, with the spans that it was put together from and the native objects laid over them, the last one on
    top."""

    trace: Trace
    tree: Tree
    native: Sequence[Part]


def assemble(project: str, trace_id: str, parts: Sequence[Part]) -> Trace:
    """The trace that these parts make up.

    Spans and a native object of the same id are one trace; what the native object says goes first. Log records are
    laid over their spans. A trace without its root, or with parents that never come, is put together from what is
    there. What is out of bounds (`evaluator.core.bounds`) is left out, and the trace says so.

    Args:
        project: the project of the parts.
        trace_id: the id of the trace.
        parts: at least one part, no two with the same `part_id`; one whose source is `BEYOND` stands for all that
            was not read.

    Raises:
        ValueError: no parts.
    """
    return put_together(project, trace_id, parts, read).trace


def put_together(project: str, trace_id: str, parts: Sequence[Part], read: Read) -> Whole:
    """`assemble`, with what it was made of; `read` tells what the body of a span says."""
    parts, notes = _bounded(parts)
    if not parts:
        raise ValueError(f"trace {trace_id} has no parts")
    ordered = sorted(parts, key=lambda part: (part.source, part.part_id))
    # Later words win, and a note was written after the trace that it is about.
    native = [part for part in ordered if part.source == NATIVE]
    native.sort(key=lambda part: (part.part_id == NOTE_PART, part.part_id))
    spans = with_contents([part for part in ordered if part.source != NATIVE], notes)
    nodes = [_node(p.body, ns_of(p.start), ns_of(p.end), read) for p in spans]
    nodes += [_native_node(body, read) for part in native for body in part.body.get("spans", [])]
    tree = build(nodes)
    said = _said_of_all(tree)
    found = find_answers(tree)
    # Contents may be sent after their span has ended: that does not make the trace longer.
    sender = sender_in(tree, native=any(part.part_id != NOTE_PART for part in native))
    timed = [part for part in (*native, *spans) if part.part_id != NOTE_PART] or ordered
    trace = Trace(
        project=project,
        id=trace_id,
        start=min(part.start for part in timed),
        end=max(part.end for part in timed),
        spans=tuple(_span(node) for node in tree.nodes),
        complete=any(part.complete for part in parts),
        sender=None if sender is None else sender.id,
        **(_from_spans(tree, found) | said),
    )
    for part in native:
        trace = _overlay(trace, part, found)
    if trace.user is None:
        named = named_in([node.body for node in tree.nodes] + [part.body for part in native])
        trace = dataclasses.replace(trace, user=named) if named is not None else trace
    if not found.searched:
        note(notes, "spans", "hold too much to look for all that their prompts quote: places decided instead")
    if not found.placed:
        note(notes, "spans", "are too many, one below another, to tell of all passages which answer they belong to")
    return Whole(with_gaps(_with_summary(trimmed(trace, notes)), tree, found, sender), tree, native)


def _bounded(parts: Sequence[Part]) -> tuple[Sequence[Part], list[str]]:
    """The parts that are put together, and what is to be said of the others and of them."""
    whole = [part for part in parts if part.source != BEYOND]
    kept = whole
    if len(whole) > PARTS.most:
        # What a native object says comes first, then spans in the order of their start.
        kept = sorted(whole, key=lambda part: (part.source != NATIVE, part.start, part.part_id))[: PARTS.size]
    notes: list[str] = []
    if len(kept) < len(parts):
        note(notes, "spans", f"are more than {PARTS.most}, or take too much room: the first {len(kept)} were read")
    for said in dict.fromkeys(said for part in kept for said in part.body.get("notes", ())):
        if len(notes) < NOTES.most:
            notes.append(said)
    return kept, notes


def _said_of_all(tree: Tree) -> dict[str, Any]:
    """What spans say of the whole trace: its name; and its question and answer, which go to the outermost span."""
    top = tree.root or next((node for node in tree.nodes if node.parent is None), None)
    question = _first(tree.nodes, lambda node: node.facts.trace_question)
    answer = _first(reversed(tree.nodes), lambda node: node.facts.trace_answer)
    if top is not None and (question or answer):
        changes = {name: said for name, said in (("question", question), ("answer", answer)) if said}
        top.facts = dataclasses.replace(top.facts, **changes)
    name = _first(tree.nodes, lambda node: node.facts.trace_name)
    return {"name": name} if name else {}


def _node(body: dict[str, Any], start: int, end: int, read: Read) -> Node:
    return Node(
        span_id=body["span_id"],
        parent_id=body.get("parent_id"),
        body=body,
        facts=read(body),
        start=body.get("start_ns", start),
        end=body.get("end_ns", end),
    )


def _native_node(body: dict[str, Any], read: Read) -> Node:
    start, end = (ns_of(datetime.fromisoformat(body[name])) for name in ("start", "end"))
    return _node(body, start, end, read)


def _span(node: Node) -> Span:
    facts = node.facts
    return Span(
        span_id=node.span_id,
        parent_id=node.parent_id,
        name=node.body.get("name", ""),
        kind=node.kind,
        start=time_of(node.start),
        end=time_of(node.end),
        status=node.status,
        status_message=node.body.get("status_message", ""),
        input=facts.input if facts.input is not None else facts.question,
        output=facts.output if facts.output is not None else facts.answer,
        passages=facts.passages,
        attributes=node.body.get("attributes", {}),
    )


def _from_spans(tree: Tree, found: Found) -> dict[str, Any]:
    """The fields of a trace that its spans decide. The main model call is asked first, then the root, then all."""
    main, root = found.main, tree.root
    by_place = [node for node in (root, main) if node is not None] + tree.nodes
    by_model = [node for node in (main, root) if node is not None] + tree.nodes
    service = _first(by_place, lambda node: first_text(node.body.get("resource") or {}, SERVICE_KEY))
    probability = _first(by_place, lambda node: node.facts.sampling_probability)
    return totals(tree) | {
        "name": root.body.get("name", "") if root is not None else "",
        "input": _shown(root.facts.question, root.facts.input, root.facts.input_messages) if root else "",
        "output": _shown(root.facts.answer, root.facts.output, root.facts.output_messages) if root else "",
        "answers": found.answers,
        "model": _first(by_model, lambda node: _model(node.facts)),
        "prompt_version": _first(by_model, lambda node: node.facts.prompt_version),
        "environment": _first(by_place, lambda node: node.facts.environment),
        # What the SDK writes when nobody named the service.
        "service": None if service is None or service.startswith("unknown_service") else service,
        "session": _first(by_place, lambda node: node.facts.session),
        "user": _first(by_place, lambda node: user_of(node.body) or node.facts.user),
        "latency_ms": _latency(tree),
        "status": _status(tree),
        "feedback": _first(sorted(tree.nodes, key=lambda n: n.order, reverse=True), lambda node: node.facts.feedback),
        "tags": tuple(dict.fromkeys(tag for node in by_place for tag in node.facts.tags)),
        "metadata": _metadata(by_place[:2]),
        "sampling_probability": 1.0 if probability is None else probability,
    }


def _shown(said: str | None, whole: str | None, messages: Sequence[Message]) -> str:
    """What stands for an input or an output in lists: what was said in it, else all of it, unless that is only a
    frame of messages without a text."""
    return said or ("" if messages else whole or "")


def _model(facts: Facts) -> str | None:
    # Embedders and rerankers have models too, but the trace's model is the one that wrote.
    wrote = facts.kind in (None, SpanKind.LLM, SpanKind.AGENT, SpanKind.CHAIN, SpanKind.OTHER)
    return (facts.response_model or facts.request_model) if wrote else None


def _first(nodes: Iterable[Node], say: Callable[[Node], Any]) -> Any:
    return next((value for node in nodes if (value := say(node)) is not None), None)


def _latency(tree: Tree) -> float | None:
    if tree.root is not None:
        return (tree.root.end - tree.root.start) / 1e6
    if not tree.nodes:
        return None
    return (max(node.end for node in tree.nodes) - tree.nodes[0].start) / 1e6


def _status(tree: Tree) -> Status:
    """That of the root; without a word from it, an error when every outermost span with a word failed."""
    if tree.root is not None:
        return tree.root.status
    said = [node.status for node in tree.nodes if node.parent is None and node.status is not Status.UNSET]
    if not said:
        return Status.UNSET
    return Status.ERROR if Status.ERROR in said else Status.OK


def _metadata(nodes: Sequence[Node]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for node in nodes:
        merged = {**node.facts.metadata, **merged}
    return merged


def _overlay(trace: Trace, part: Part, found: Found) -> Trace:
    body = part.body
    changes: dict[str, Any] = {name: body[name] for name in _PLAIN if name in body}
    if "status" in body:
        changes["status"] = Status(body["status"])
    if body.get("tags"):
        changes["tags"] = tuple(dict.fromkeys((*trace.tags, *body["tags"])))
    if body.get("metadata"):
        changes["metadata"] = {**trace.metadata, **body["metadata"]}
    timed = part.end > part.start or "instant" in body
    if trace.latency_ms is None and "latency_ms" not in body and timed:
        changes["latency_ms"] = (part.end - part.start) / timedelta(milliseconds=1)
    answers = _native_answers(body, {answer.id: answer for answer in trace.answers}, found)
    if answers:
        changes["answers"] = answers
    for field, name in (("input", "question"), ("output", "answer")):
        if body.get(name) is not None:
            changes[field] = body[name]
    return dataclasses.replace(trace, **changes)


def _native_answers(body: dict[str, Any], known: dict[str, Answer], found: Found) -> tuple[Answer, ...]:
    """The answers that a native object states; passages and calls of tools that it leaves out are the spans'."""
    stated = list(body.get("answers", []))
    if body.get("answer") is not None and all(item["id"] != ROOT_ANSWER for item in stated):
        stated.insert(0, {**body, "id": ROOT_ANSWER})
    out = []
    for item in stated:
        before = known.get(item["id"])
        given = tuple(Passage(**p) for p in item.get("passages", []))
        called = tuple(ToolCall(**call) for call in item.get("tool_calls", []))
        loose = before is None and item["id"] == ROOT_ANSWER
        seen, ran = (found.loose, found.loose_calls) if loose else ((), ())
        if before is not None:
            seen, ran = before.passages, before.tool_calls
        out.append(
            Answer(
                id=item["id"],
                question=item.get("question") or body.get("question") or (before.question if before else ""),
                answer=item.get("answer") or "",
                passages=given or seen,
                system_prompt=item.get("system_prompt") or body.get("system_prompt"),
                tool_calls=called or ran,
            )
        )
    return tuple(out)


def _with_summary(trace: Trace) -> Trace:
    main = next((a for a in trace.answers if a.id == ROOT_ANSWER), trace.answers[-1] if trace.answers else None)
    if main is None or (trace.input and trace.output):
        return trace
    return dataclasses.replace(trace, input=trace.input or main.question, output=trace.output or main.answer)
