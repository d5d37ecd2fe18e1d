"""Which tools were called on the way to which answer.

A call is a span of a tool, or what the messages of a model say of one, or both: then it is one call all the same.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Sequence

from evaluator.core.trace import SpanKind, Status, ToolCall
from evaluator.ingest.assembly.echoes import given_back
from evaluator.ingest.assembly.told_calls import Told, same_arguments, told_calls
from evaluator.ingest.assembly.tree import SERVING, Node, Subtrees, Tree
from evaluator.ingest.shapes import structure, text_of
from evaluator.ingest.shapes.calls import asked_of
from evaluator.ingest.shapes.parts import CALLS, kind_of
from evaluator.ingest.shapes.structure import keyed

_BEFORE_NAME = re.compile(r"(?:(?:execute|running|call(?:ing)?)[_ ]tool|function|tool)(?::\s*|\s+)", re.IGNORECASE)
_BEHIND_NAME = (".tool", ".run")
_UNSAID = "the tool failed"


class Tools:
    """The runs of tools in a trace, and the model calls that may tell of some, by the answer that they led to."""

    def __init__(self, tree: Tree, answers: Sequence[Node]) -> None:
        """`answers` are the spans that the trace's answers come from."""
        those = {node.enter for node in answers}
        self._answers = Subtrees(tree, lambda node: node.enter in those)
        self._alone = answers[0] if len(answers) == 1 else None
        self._runs: dict[int, list[Node]] = defaultdict(list)
        self._models: dict[int, list[Node]] = defaultdict(list)
        left_out = _left_out(tree)
        for node in tree.nodes:
            if node.enter in left_out:
                continue
            if node.kind is SpanKind.TOOL:
                self._runs[self._owner(node)].append(node)
            elif node.kind is SpanKind.LLM:
                self._models[self._owner(node)].append(node)

    def _owner(self, node: Node) -> int:
        """The answer that a span led to, by its `enter`; -1 where the trace has none."""
        if self._alone is not None:
            return self._alone.enter
        for above in (node, *node.ancestors(), None):
            inside = self._answers.below(above)
            if not inside:
                continue
            later = self._answers.after(above, node.end, 1)
            around = (answer for answer in inside if answer.end >= node.end)
            return (later[0] if later else next(around, inside[-1])).enter
        return -1

    def calls(self, answer: Node | None, shown: Node | None, question: str) -> tuple[ToolCall, ...]:
        """The calls on the way to an answer, in the order of time.

        Args:
            answer: the span that the answer comes from; None for what led to no answer.
            shown: the span around it that shows question and answer, whose messages are read where no span of a
                tool and no model call tells of any.
            question: the answer's question.
        """
        owner = -1 if answer is None else answer.enter
        told = told_calls(self._models[owner], question)
        runs = self._runs[owner]
        if not told and not runs and shown is not None:
            told = told_calls([shown], question)
        of_run = _joined(runs, told)
        found = [(node.start, _call(node, of_run.get(node.enter))) for node in runs]
        joined = {id(one) for one in of_run.values()}
        found += [(one.time, _call(None, one)) for one in told if id(one) not in joined]
        found.sort(key=lambda timed: timed[0])
        return tuple(call for _, call in found if call.name)


def _left_out(tree: Tree) -> set[int]:
    """The spans, by their `enter`, in which no tool is called for an answer: what runs inside a tool, retriever or
    guardrail serves that, unless it is an agent of its own; and what stands around tools and names none is only
    their frame."""
    named: set[int] = set()  # above a span that says which tool it ran
    for node in reversed(tree.walk):
        says = node.kind is SpanKind.TOOL and node.facts.tool is not None
        if node.parent is not None and (says or node.enter in named):
            named.add(node.parent.enter)
    out: set[int] = set()
    serving: dict[int, SpanKind | None] = {}  # what the insides of a span serve
    for node in tree.walk:
        served = serving[node.parent.enter] if node.parent is not None else None
        if node.kind is SpanKind.AGENT and served is SpanKind.TOOL:
            served = None
        is_frame = node.kind is SpanKind.TOOL and node.facts.tool is None and node.enter in named
        if served is not None or is_frame:
            out.add(node.enter)
        serving[node.enter] = served or (node.kind if node.kind in SERVING and not is_frame else None)
    return out


def _joined(runs: Sequence[Node], told: Sequence[Told]) -> dict[int, Told]:
    """What the messages tell of each run, by its `enter`: of the call with its id, else of one to the same tool with
    the same arguments, else of the next to the same tool."""
    found: dict[int, Told] = {}
    left = list(told)
    keys: tuple[tuple[Callable[[Node], Hashable], Callable[[Told], Hashable]], ...] = (
        (lambda run: run.facts.call_id, lambda one: one.asked.id or None),
        (
            lambda run: (_tool(run), same_arguments(_given(run))),
            lambda one: (_plain_name(one.asked.name), same_arguments(one.asked.arguments)),
        ),
        (_tool, lambda one: _plain_name(one.asked.name)),
    )
    for of_run, of_told in keys:
        waiting: dict[Hashable, deque[Told]] = defaultdict(deque)
        for one in left:
            waiting[of_told(one)].append(one)
        for run in runs:
            key = of_run(run)
            if run.enter not in found and key is not None and waiting.get(key):
                found[run.enter] = waiting[key].popleft()
        joined = {id(one) for one in found.values()}
        left = [one for one in left if id(one) not in joined]
    return found


def _call(run: Node | None, told: Told | None) -> ToolCall:
    """One call: as the model asked for it, and with what its run gave back."""
    reply = told.reply if told is not None else None
    result = (given_back(run.facts.output) if run is not None and run.facts.output else None) or (
        reply.text if reply is not None else None
    )
    failed = (reply is not None and reply.failed) or (run is not None and _failed(run))
    error = (_error(run) or result or _UNSAID) if failed else None
    return ToolCall(
        name=(told.asked.name if told is not None else "") or (_name(run) if run is not None else ""),
        arguments=(told.asked.arguments if told is not None else "") or (_given(run) if run is not None else ""),
        result=None if result == error else result,
        error=error,
    )


def _name(run: Node) -> str:
    """The name of the tool that a span ran: said, or that of the span without what is around it."""
    if run.facts.tool:
        return run.facts.tool
    name = str(run.body.get("name", ""))
    for behind in _BEHIND_NAME:
        name = name.removesuffix(behind)
    return _BEFORE_NAME.sub("", name, count=1) if _BEFORE_NAME.match(name) else name


def _tool(run: Node) -> str:
    return _plain_name(_name(run))


def _plain_name(name: str) -> str:
    """The name of a tool without what it belongs to: ``functions.search`` and ``search`` are one."""
    return name.rsplit(".", 1)[-1].casefold()


def _given(run: Node) -> str:
    """The arguments of a run, without the frame that an instrumentation puts around them."""
    given = run.facts.input or ""
    parsed = structure(given)
    if not isinstance(parsed, dict):
        return given
    said = keyed(parsed)
    if kind_of(said) in CALLS:
        return asked_of(parsed).arguments
    named = said.get("kwargs")
    if isinstance(named, dict) and not said.get("args"):
        return text_of(named) or ""
    written = said.get("inputstr")
    return written if isinstance(written, str) and len(said) > 1 else given


def _failed(run: Node) -> bool:
    return run.status is Status.ERROR or any(m.role == "tool" and m.failed for m in run.facts.output_messages)


def _error(run: Node | None) -> str:
    """What a failed run says of why."""
    if run is None or run.status is not Status.ERROR:
        return ""
    raised = (
        event.get("attributes") or {} for event in run.body.get("events") or () if event.get("name") == "exception"
    )
    message = next((said for one in raised if isinstance(said := one.get("exception.message"), str) and said), "")
    return str(run.body.get("status_message") or "") or message
