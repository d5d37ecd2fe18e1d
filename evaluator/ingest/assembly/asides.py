"""Model calls beside a conversation: those that judge an answer, name a chat, suggest what to ask next, or remember.

They come after the answer, or run beside it, and look like a last word. Nobody says of them what they are, so it is
told from the names of their spans and from their instructions, and only where another call of the trace answered.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from evaluator.core.bounds import SEARCHED
from evaluator.ingest.assembly.tree import Node, Tree, held_by
from evaluator.ingest.shapes.structure import keyed, structure

_NAMES = (
    "judge|judged|judges|judging|grade|grader|graders|grades|grading|evaluate|evaluator|evaluators|evaluation"
    "|evaluations|evaluating|eval|evals|critic|critics|moderate|moderation|moderator|guard|guardrail|guardrails"
    "|safety|title|titles|titling|suggest|suggested|suggestion|suggestions|follow up|follow ups|followup"
    "|followups|memory|memories|memorize|hallucination|groundedness|faithfulness|toxicity|summarize history"
    "|summarise history|fact check|fact checker|sentiment|citation|citations|ragas|deepeval|metric|metrics|score"
    "|scores|scorer|scoring|verdict|analytics|tagger|tagging"
)
"""Words in the names of such calls, as `_spaced` writes them."""
_NAMED = re.compile(rf"(?<!\w)(?:{_NAMES})(?!\w)")
_CHECKERS = r"(?:safety|toxicity|content|hallucination|policy) (?:classifier|filter|checker|guard\w*|auditor)"
_JUDGE = rf"(?:judge|evaluator|grader|examiner|critic|moderator|fact[- ]checker|{_CHECKERS})"
_QUALITIES = (
    "quality|correctness|faithfulness|relevance|helpfulness|groundedness|safety|generated|candidate|submitted|final"
)
_BETWEEN = (
    rf"(?:whether|if|how|the|this|an?|following|given|of|well|(?:assistant|ai|model|chatbot|bot)(?:'s)?|{_QUALITIES})"
)
_ANSWER = r"(?:answer|response|reply|output|completion|generation|statement|claim)s?"
_JUDGES = re.compile(
    rf"\b(?:you are|act as|acting as|as) (?:an? |the )?(?:[\w-]+ ){{0,3}}{_JUDGE}\b"
    rf"|\b(?:evaluate|judge|grade|rate|score|assess|critique|classify)\s+(?:{_BETWEEN}\s+){{1,6}}{_ANSWER}\b",
    re.IGNORECASE,
)
_MENDS = re.compile(r"\b(?:improve|revise|rewrite|refine|correct|fix|rephrase|translate)\b", re.IGNORECASE)
_ORDERS = r"\b(?:generate|create|write|suggest|give|provide|propose|predict|make|produce|come up with|summari[sz]e)\b"
_TALK = r"(?:conversation|chat|thread|session|discussion|dialog(?:ue)?)"
_TITLES = re.compile(
    rf"{_ORDERS}[^.\n]{{0,60}}\b(?:title|headline|subject line|name)\b[^.\n]{{0,60}}\b(?:{_TALK}|message|query)\b"
    rf"|{_ORDERS}[^.\n]{{0,40}}\b{_TALK} (?:title|name)\b",
    re.IGNORECASE,
)
_ASKED_NEXT = r"(?:questions?|prompts?|quer(?:y|ies)|messages?|replies)"
_NEXT = re.compile(
    rf"{_ORDERS}[^.\n]{{0,60}}\b(?:follow[- ]?up|next|related|suggested) {_ASKED_NEXT}\b", re.IGNORECASE
)
_REMEMBERS = re.compile(
    r"\b(?:summari[sz]e|compress|condense|update|extract|save|store)\b[^.\n]{0,80}\b(?:memor(?:y|ies)|chat history|"
    rf"(?:the|this|following) {_TALK}|{_TALK} (?:so far|history)|facts about the user|user (?:facts|preferences))\b",
    re.IGNORECASE,
)
_ENDS = {"FINISH", "TERMINATE"}
_NEXT_KEYS = {"next", "nextagent", "nextspeaker", "nextstep", "route", "destination", "goto", "handoff", "transferto"}
_REASONS = {"reason", "reasoning", "rationale", "instructions", "nextinputs", "confidence", "thought", "explanation"}
_HEAD = 4000
"""Characters of instructions that are looked at."""
_SHORTEST = 12
"""Shorter texts turn up in a later prompt by chance, in characters."""
_LOOKED_AT = 16
_NAME_CHARS = 100


class Asides:
    """Tells the last words of a trace that are no answers from those that are."""

    def __init__(self, tree: Tree) -> None:
        self._finals = tree.finals
        self._starts = [node.start for node in tree.finals]
        self._left = SEARCHED.free
        self._known: dict[int, bool] = {}
        self._held = held_by(tree.finals)

    def __contains__(self, node: Node) -> bool:
        if node.enter not in self._known:
            self._known[node.enter] = node.facts.is_answer is None and self._look(node)
        return self._known[node.enter]

    def _look(self, node: Node) -> bool:
        if len(self._finals) < 2:
            return False
        if self._is_named(node) and self._knows_another(node, named=False):
            return True
        if _sends_on(node):
            return not all(map(_sends_on, self._finals[:_LOOKED_AT]))
        if (around := self._named_around(node)) is not None and self._one_knows_another(around):
            return True
        instructions = (node.facts.system_prompt or "")[:_HEAD]
        asked = _asked(node)
        if _names_a_talk(node):
            # A user may want a name for a chat of theirs; whoever names this one is shown what was said in it.
            told = _TITLES.search(instructions) is not None or self._is_shown_another(asked, node)
            return told and self._answers_beside(node)
        marks = (_JUDGES, _NEXT, _REMEMBERS)
        if any(mark.search(instructions) for mark in marks):
            return not _MENDS.search(instructions) and self._knows_another(node)
        if any(mark.search(asked[:_HEAD]) for mark in marks) and not _MENDS.search(asked[:_HEAD]):
            # What a user wants of a conversation is an answer; what is asked about a text of one is not.
            return any(self._holds(asked, other) for other in self._others(node))
        return False

    def _is_named(self, node: Node) -> bool:
        return any(_NAMED.search(name) for name in self._names(node))

    def _names(self, node: Node) -> list[str]:
        """The names of a call and of what is around it and no other."""
        around = [node]
        for above in node.ancestors():
            if self._held[above.enter] > 1 or above.parent is None:
                break
            around.append(above)
        attributes = node.body.get("attributes") or {}
        said = [
            attributes.get(key) for key in ("ai.telemetry.functionId", "gen_ai.agent.name", "traceloop.entity.name")
        ]
        said += [one.body.get("name") for one in around]
        return [_spaced(name[:_NAME_CHARS]) for name in said if isinstance(name, str)]

    def _named_around(self, node: Node) -> Node | None:
        """The span around this call and others of its kind, and not around all of the trace, that has such a name."""
        for above in node.ancestors():
            if self._held[above.enter] == len(self._finals) or above.parent is None:
                return None
            name = above.body.get("name")
            if isinstance(name, str) and _NAMED.search(_spaced(name[:_NAME_CHARS])):
                return above
        return None

    def _one_knows_another(self, around: Node) -> bool:
        """Whether one of the calls in a span quotes what a call outside of it answered."""
        first = bisect_left(self._starts, around.start)
        inside = [node for node in self._finals[first : first + _LOOKED_AT] if around.holds(node)]
        outside = [node for node in self._finals[max(0, first - _LOOKED_AT) : first] if not around.holds(node)]
        texts = [m.text for node in inside for m in node.facts.input_messages]
        return any(self._holds(text, other) for other in outside for text in texts)

    def _others(self, node: Node) -> list[Node]:
        """The last words before this one that were written under other instructions."""
        last = bisect_right(self._starts, node.start)
        prompt = node.facts.system_prompt
        near = [other for other in self._finals[max(0, last - _LOOKED_AT) : last] if other is not node]
        return [other for other in near if not prompt or other.facts.system_prompt != prompt]

    def _knows_another(self, node: Node, *, named: bool = True) -> bool:
        """Whether the prompt quotes what another call answered; `named` is False for one without such a name."""
        texts = [m.text for m in node.facts.input_messages] or [node.facts.input or ""]
        others = [other for other in self._others(node) if named or not self._is_named(other)]
        return any(self._holds(text, other) for other in others for text in texts)

    def _is_shown_another(self, asked: str, node: Node) -> bool:
        """Whether a prompt holds what was asked or answered in another call, and more."""
        others = [other for other in self._finals[:_LOOKED_AT] if other is not node]
        questions = [(other.facts.question or "").strip() for other in others]
        if any(_SHORTEST <= len(question) < len(asked) and question in asked for question in questions):
            return True
        return any(self._holds(asked, other) for other in others)

    def _holds(self, text: str, other: Node) -> bool:
        answer = (other.facts.answer or "").strip()
        if not _SHORTEST <= len(answer) <= len(text) or self._left < len(text):
            return False
        self._left -= len(text)
        return answer in text

    def _answers_beside(self, node: Node) -> bool:
        return any(not _names_a_talk(other) for other in self._finals[:_LOOKED_AT] if other is not node)


def _asked(node: Node) -> str:
    messages = node.facts.input_messages
    return next((m.text for m in reversed(messages) if m.role == "user"), node.facts.question or "")


def _sends_on(node: Node) -> bool:
    """Whether all that a call says is which agent goes on, or that none does."""
    answer = (node.facts.answer or "").strip()
    if answer.strip(".*` ").upper() in _ENDS:
        return True
    parsed = structure(answer) if len(answer) < _HEAD else None
    said = keyed(parsed) if isinstance(parsed, dict) else {}
    return bool(said.keys() & _NEXT_KEYS) and said.keys() <= _NEXT_KEYS | _REASONS


def _names_a_talk(node: Node) -> bool:
    return bool(_TITLES.search((node.facts.system_prompt or "")[:_HEAD]) or _TITLES.search(_asked(node)[:_HEAD]))


def _spaced(name: str) -> str:
    """A name in small letters with blanks between its words."""
    return re.sub(r"[\W_]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)).lower()
