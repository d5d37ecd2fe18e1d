"""Which answers a trace gave, and to which questions. The rules are written down in docs/ingest.md."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evaluator.core.trace import ROOT_ANSWER, Answer, Passage, SpanKind, Status, ToolCall
from evaluator.ingest.assembly.asides import Asides
from evaluator.ingest.assembly.feeding import Prompts, Source, assign, context, find_sources
from evaluator.ingest.assembly.tools import Tools
from evaluator.ingest.assembly.tree import SERVING, WRAPPERS, Node, Subtrees, Tree, held_by

_LOOK_AHEAD = 16
_MIN_QUOTE = 24
"""Shorter texts turn up in a later prompt by chance, in characters."""


@dataclass(frozen=True, slots=True)
class Found:
    """The answers of a trace, the main one first; `main` is the model call behind it, if there was one. `loose` are
    the passages of a trace whose spans show no answer, and `loose_calls` the calls of tools in it, for an answer that
    a native object states. `searched` is False
    where not all prompts could be searched for what they quote, `placed` where the places of spans could not tell of
    all passages which answer they belong to."""

    answers: tuple[Answer, ...]
    main: Node | None
    loose: tuple[Passage, ...] = ()
    loose_calls: tuple[ToolCall, ...] = ()
    searched: bool = True
    placed: bool = True


def find_answers(tree: Tree) -> Found:
    """Decide what the trace answered."""
    prompts = Prompts()
    sources, placed = find_sources(tree, prompts)
    frame = tree.root if tree.root is not None and _both(tree.root) and tree.root.kind not in SERVING else None
    asides = Asides(tree)
    main = _producer(tree, frame, asides)
    assign(sources, main)
    frame = frame or (_outermost(main) if main is not None else _shallowest(tree))
    shown = frame or main
    if shown is None or _gave_up(tree, main):
        calls = Tools(tree, ()).calls(None, shown, "")
        return Found((), None, context(sources), calls, not prompts.exhausted, placed)
    others = _others(tree, main, shown.facts.answer, sources, prompts)
    others = [node for node in others if node not in asides]
    voice = main or _voice(tree, shown)
    answers = [_main_answer(frame, main, others, sources, prompts)]
    if voice is not None and answers[0].system_prompt is None:
        answers = [dataclasses.replace(answers[0], system_prompt=voice.facts.system_prompt)]
    held = held_by([*others, main] if main is not None else others)
    owned: dict[int, list[Source]] = {}
    for source in sources:
        if source.owner is not None:
            owned.setdefault(source.owner.enter, []).append(source)
    frames = [shown]
    for node in others:
        frames.append(_alone(node, held) or node)
        passages = context(owned.get(node.enter, []), node.facts.answer or "", node, prompts.messages(node))
        answers.append(_answer(node.span_id, frames[-1], node, passages))
    tools = Tools(tree, [main or shown, *others])
    called = [
        dataclasses.replace(answer, tool_calls=tools.calls(node, around, answer.question))
        for answer, node, around in zip(answers, [main or shown, *others], frames, strict=True)
    ]
    return Found(tuple(called), main, (), (), not prompts.exhausted, placed)


def _both(node: Node) -> bool:
    return bool((node.facts.question or "").strip() and (node.facts.answer or "").strip())


def _gave_up(tree: Tree, main: Node | None) -> bool:
    """Whether the trace ended in an error before it answered: its root says so, and no answer, and no model call
    spoke after the last one that failed. What was said on the way (a search, a rewritten question) is no answer."""
    root = tree.root
    if root is None or root.status is not Status.ERROR or (root.facts.answer or "").strip():
        return False
    failed = (n.end for n in tree.nodes if n.kind is SpanKind.LLM and not n.inner and n.status is Status.ERROR)
    return main is None or max(failed, default=main.end) > main.end


def _producer(tree: Tree, frame: Node | None, asides: Asides) -> Node | None:
    """The model call behind the main answer: the last one that said what the root says, else the last one that is no
    aside, else the last one."""
    inside = [node for node in tree.finals if frame is None or frame.holds(node)]
    by_end = sorted(inside, key=lambda node: (node.end, *node.order))
    if frame is not None:
        shown = (frame.facts.answer or "").strip()
        if said := [n for n in by_end if (n.facts.answer or "").strip() == shown]:
            return said[-1]
    answers = (node for node in reversed(by_end) if node not in asides)
    return next(answers, by_end[-1] if by_end else None)


def _voice(tree: Tree, frame: Node) -> Node | None:
    """Without a last word of a model: its last call in the frame. Some agents have it answer by a tool."""
    calls = [n for n in tree.nodes if n.kind is SpanKind.LLM and not n.inner and frame.holds(n)]
    return max(calls, key=lambda node: (node.end, *node.order), default=None)


def _outermost(main: Node) -> Node | None:
    wrappers = [node for node in main.ancestors() if node.kind in WRAPPERS and _both(node)]
    return wrappers[-1] if wrappers else None


def _shallowest(tree: Tree) -> Node | None:
    """Without any model call: the outermost chain or agent that has both a question and an answer."""
    depth: dict[int, int] = {}
    best: tuple[int, int] | None = None
    for place, node in enumerate(tree.walk):
        depth[node.enter] = depth[node.parent.enter] + 1 if node.parent is not None else 0
        candidate = (depth[node.enter], place)
        if node.kind in WRAPPERS and not node.inner and _both(node) and (best is None or candidate < best):
            best = candidate
    return tree.walk[best[1]] if best is not None else None


def _others(
    tree: Tree, main: Node | None, root_text: str | None, sources: Sequence[Source], prompts: Prompts
) -> list[Node]:
    """The final model calls that answered a turn of their own."""
    owners = {s.owner.enter for s in sources if s.owner is not None and not s.is_tool}
    delivered = _delivered_texts(tree)
    queries = {(n.facts.input or "").strip() for n in tree.nodes if n.kind in SERVING}
    finals = Subtrees(tree, lambda node: node.final)
    found = []
    seen = {(root_text or "").strip()}
    for node in tree.finals:
        text = (node.facts.answer or "").strip()
        if node is main or text in seen:
            continue
        turn = node.enter in owners or text in delivered or _is_sibling_turn(node, main)
        consumed = text in queries or _quoted_later(node, text, main, finals, prompts)
        if node.facts.is_answer or (turn and not consumed):
            found.append(node)
            seen.add(text)
    return found


def _delivered_texts(tree: Tree) -> set[str]:
    """What a later call quotes as an answer already given: an assistant message that a user message follows."""
    out: set[str] = set()
    for node in tree.nodes:
        waiting: list[str] = []
        for message in node.facts.input_messages:
            if message.role == "assistant" and message.text and not message.tool_call:
                waiting.append(message.text.strip())
            elif message.role == "user" and waiting:
                out.update(waiting)
                waiting = []
    return out


def _is_sibling_turn(node: Node, main: Node | None) -> bool:
    """Whether the call and the main one are in two spans of the same name side by side, each with its own question
    and answer: a loop over turns."""
    mine, theirs = node.parent, main.parent if main is not None else None
    if mine is None or theirs is None or mine is theirs or mine.parent is not theirs.parent:
        return False
    named = mine.body.get("name") and mine.body.get("name") == theirs.body.get("name")
    return bool(named and mine.kind is theirs.kind and mine.kind in WRAPPERS and _both(mine) and _both(theirs))


def _quoted_later(node: Node, text: str, main: Node | None, finals: Subtrees, prompts: Prompts) -> bool:
    if len(text) < _MIN_QUOTE:
        return False
    later = finals.after(None, node.end, _LOOK_AHEAD)
    if main is not None and main.start >= node.end:
        later.append(main)
    return any(prompts.quotes(other, text) for other in later)


def _main_answer(
    frame: Node | None, main: Node | None, others: list[Node], sources: list[Source], prompts: Prompts
) -> Answer:
    own: list[Source] = []
    elsewhere = {node.enter for node in others}
    for is_tool in (False, True):
        kind = [s for s in sources if s.is_tool is is_tool]
        # A model call that sums up what others found has no source of its own: it stands on all that is left.
        mine = [s for s in kind if main is not None and s.owner is main]
        own += mine or [s for s in kind if s.owner is None or s.owner.enter not in elsewhere]
    shown = frame or main
    text = shown.facts.answer if shown is not None else None
    # What a provider's own tools found comes in the message that the model gives.
    quoted = (*prompts.messages(main), *main.facts.output_messages) if main is not None else ()
    passages = context(sorted(own, key=lambda s: s.node.order), text or "", main, quoted)
    if frame is not None:
        return _answer(ROOT_ANSWER, frame, main or frame, passages)
    assert main is not None
    answer = _answer(ROOT_ANSWER, main, main, passages)
    # A wrapper that lost its output still knows what was asked, without the template around it.
    asked = [n.facts.question for n in main.ancestors() if n.kind in WRAPPERS and n.facts.question]
    return dataclasses.replace(answer, question=asked[-1] or answer.question) if asked else answer


def _answer(answer_id: str, shown: Node, model_call: Node, passages: tuple[Passage, ...]) -> Answer:
    return Answer(
        id=answer_id,
        question=shown.facts.question or model_call.facts.question or "",
        answer=shown.facts.answer or model_call.facts.answer or "",
        passages=passages,
        system_prompt=model_call.facts.system_prompt or shown.facts.system_prompt,
    )


def _alone(node: Node, held: Counter[int]) -> Node | None:
    """The outermost chain or agent around this answer and no other that has both a question and an answer."""
    best = None
    for above in node.ancestors():
        if held[above.enter] > 1:
            break
        if above.kind in WRAPPERS and _both(above):
            best = above
    return best
