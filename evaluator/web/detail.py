"""One trace as its page shows it: answers with marks, passages beside them, scores and spans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluator.core.evaluator import EvaluatorSpec
from evaluator.core.outcome import SKIPS, ScoreKind
from evaluator.core.quarantine import Quarantined
from evaluator.core.review.definition import CriterionDefinition
from evaluator.pipeline.traces import TraceDetail
from evaluator.web.called import CallsView, calls_view
from evaluator.web.judges.said import JudgeSaid, judge_said
from evaluator.web.listing import tone
from evaluator.web.marks import PEOPLE, Mark, Piece, cut, read_marks
from evaluator.web.review.labels import LabelView, label_views, standing
from evaluator.web.waterfall import Waterfall, waterfall

Row = Mapping[str, Any]

MAX_ANSWERS, MAX_PASSAGES = 100, 200
"""Answers of a trace, and passages of an answer, that a page shows."""
_KEY = ("target_kind", "target_id", "content_hash")


@dataclass(frozen=True, slots=True)
class ScoreView:
    """One outcome with what its evaluator says of itself."""

    row: Row
    title: str
    evaluator: str
    criterion: str
    tone: str
    scale: str
    details: list[tuple[str, Any]]
    judge: JudgeSaid | None = None
    """What is told of a judge's instead of its `details`."""

    @property
    def skipped(self) -> bool:
        """Whether it found nothing to judge, as opposed to having failed."""
        return self.row["reason"] in SKIPS


@dataclass(frozen=True, slots=True)
class PassageView:
    """A retrieved passage, cut where evidence points into it."""

    number: int
    pieces: list[Piece]
    row: Row
    marks: list[int]


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One answer of the trace, the `number`-th, with everything about its present content."""

    number: int
    target: str
    sample: Row
    question: list[Piece]
    answer: list[Piece]
    passages: list[PassageView]
    marks: list[Mark]
    scores: list[ScoreView]
    labels: dict[str, list[LabelView]]
    """What people say, by criterion."""
    left_out: int
    """Passages that are not shown."""
    calls: CallsView

    @property
    def said(self) -> list[tuple[str, list[ScoreView], list[LabelView]]]:
        """Each criterion of which people say something, with what evaluators and people make of the answer."""
        return [(name, [s for s in self.scores if s.criterion == name], rows) for name, rows in self.labels.items()]

    @property
    def legend(self) -> list[tuple[str, str, int]]:
        """(label, style, number of marks), the most frequent first."""
        seen: dict[tuple[str, str], int] = {}
        for mark in self.marks:
            seen[mark.label, mark.style] = seen.get((mark.label, mark.style), 0) + 1
        return [(label, style, n) for (label, style), n in sorted(seen.items(), key=lambda i: -i[1])]


@dataclass(frozen=True, slots=True)
class TraceView:
    trace: Row
    answers: list[AnswerView]
    left_out: int
    """Answers that are not shown."""
    older: list[ScoreView]
    waterfall: Waterfall
    labels: Sequence[Row]
    """Of content that the trace no longer has."""
    annotations: Sequence[Row]
    set_aside: Sequence[Quarantined]


def trace_view(
    detail: TraceDetail, definitions: Mapping[tuple[str, str], CriterionDefinition] | None = None
) -> TraceView:  # fmt: skip
    """What the page shows, labels in the words of their criteria. Outcomes and labels of content that the trace no
    longer has are kept apart."""
    labels: dict[tuple[Any, ...], list[Row]] = {}
    for label in standing(detail.labels):
        labels.setdefault(_key(label), []).append(label)
    by_content: dict[tuple[Any, ...], list[Row]] = {}
    for outcome in detail.outcomes:
        if not outcome["superseded"]:
            by_content.setdefault(_key(outcome), []).append(outcome)
    answers = [
        _answer(
            number,
            sample,
            by_content.get(_key(sample), ()),
            detail.specs,
            label_views(labels.get(_key(sample), ()), sample["answer"], definitions or {}),
        )
        for number, sample in enumerate(detail.samples[:MAX_ANSWERS], start=1)
    ]
    now = {_key(sample) for sample in detail.samples}
    older = [_score(o, detail.specs) for o in detail.outcomes if o["superseded"] or _key(o) not in now]
    past = [label for key, rows in labels.items() if key not in now for label in rows]
    return TraceView(
        detail.trace, answers, len(detail.samples) - len(answers), older, waterfall(detail.spans), past,
        detail.annotations, detail.set_aside,
    )  # fmt: skip


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in _KEY)


def _answer(
    number: int, sample: Row, outcomes: Sequence[Row], specs: Mapping[str, EvaluatorSpec],
    labels: dict[str, list[LabelView]],
) -> AnswerView:  # fmt: skip
    texts = {"question": sample["question"], "answer": sample["answer"]}
    texts |= {f"passage:{i}": p["text"] for i, p in enumerate(sample["passages"])}
    scores = [_score(o, specs) for o in outcomes]
    pairs = [(view.title, row) for view in scores for row in view.row["evidence"]]
    people = [view.row for views in labels.values() for view in views]
    pairs += [
        (row["annotator"], span | {"label": PEOPLE, "confidence": 1.0}) for row in people for span in row["spans"]
    ]
    marks = read_marks(pairs, {name: len(text) for name, text in texts.items()})
    styles = {m.index: m.style for m in marks}

    def pieces(field: str) -> list[Piece]:
        return cut(texts[field], [(m.index, *m.span) for m in marks if m.field == field], styles)

    by_passage: dict[int | None, list[Mark]] = {}
    for mark in marks:
        by_passage.setdefault(mark.passage, []).append(mark)
    shown = sample["passages"][:MAX_PASSAGES]
    passages = [_passage(i, row, by_passage.get(i, ())) for i, row in enumerate(shown)]
    left_out = len(sample["passages"]) - len(shown)
    return AnswerView(
        number, sample["target_id"], sample, pieces("question"), pieces("answer"), passages, marks, scores, labels,
        left_out, calls_view(sample["tool_calls"]),
    )  # fmt: skip


def _passage(index: int, row: Row, mine: Sequence[Mark]) -> PassageView:
    """The passage at `index` with the marks that point into it."""
    ranges = [(m.index, *m.passage_span) for m in mine if m.passage_span]
    # What is said of the passage itself is marked in it, as an answer is.
    own = {m.index: m.style for m in mine if m.field == "context"}
    return PassageView(index + 1, cut(row["text"], ranges, own), row, [m.index for m in mine])


def _score(row: Row, specs: Mapping[str, EvaluatorSpec]) -> ScoreView:
    spec = specs.get(row["fingerprint"])
    if spec is None:
        return ScoreView(row, row["fingerprint"][:8], "unknown evaluator", "", "", "", _details(row))
    low, high = spec.scale.low, spec.scale.high
    scale = f"{low:g}–{high:g}, {spec.scale.direction.value.replace('_', ' ')}"
    criterion = spec.criterion.name if spec.criterion else ""
    badness_tone = tone(spec.criterion, row["badness"], row["label"])
    if spec.kind is ScoreKind.JUDGE:
        return ScoreView(row, spec.title, spec.name, criterion, badness_tone, scale, [], judge_said(row))
    return ScoreView(row, spec.title, spec.name, criterion, badness_tone, scale, _details(row))


def _details(row: Row) -> list[tuple[str, Any]]:
    return sorted((str(k), v) for k, v in (row["details"] or {}).items())
