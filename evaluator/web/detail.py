"""One trace as its page shows it: answers with marks, passages beside them, scores and spans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluator.core.evaluator import EvaluatorSpec
from evaluator.core.quarantine import Quarantined
from evaluator.pipeline.traces import TraceDetail
from evaluator.web.listing import tone
from evaluator.web.marks import Mark, Piece, cut, read_marks
from evaluator.web.waterfall import Waterfall, waterfall

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ScoreView:
    """One outcome with what its evaluator says of itself."""

    row: Row
    title: str
    evaluator: str
    tone: str
    scale: str
    details: list[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class PassageView:
    """A retrieved passage, cut where evidence points into it."""

    number: int
    pieces: list[Piece]
    row: Row
    marks: list[int]


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One answer of the trace with everything about its present content."""

    target: str
    sample: Row
    question: list[Piece]
    answer: list[Piece]
    passages: list[PassageView]
    marks: list[Mark]
    scores: list[ScoreView]

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
    older: list[ScoreView]
    waterfall: Waterfall
    labels: Sequence[Row]
    annotations: Sequence[Row]
    set_aside: Sequence[Quarantined]


def trace_view(detail: TraceDetail) -> TraceView:
    """What the page shows. Outcomes of content that the trace no longer has are kept apart as `older`."""
    answers: list[AnswerView] = []
    shown: set[int] = set()
    for sample in detail.samples:
        mine = [i for i, o in enumerate(detail.outcomes) if _about(o, sample)]
        shown.update(mine)
        answers.append(_answer(sample, [detail.outcomes[i] for i in mine], detail.specs))
    older = [_score(o, detail.specs) for i, o in enumerate(detail.outcomes) if i not in shown]
    return TraceView(
        detail.trace, answers, older, waterfall(detail.spans), detail.labels, detail.annotations, detail.set_aside
    )  # fmt: skip


def _about(outcome: Row, sample: Row) -> bool:
    keys = ("target_kind", "target_id", "content_hash")
    return not outcome["superseded"] and all(outcome[k] == sample[k] for k in keys)


def _answer(sample: Row, outcomes: Sequence[Row], specs: Mapping[str, EvaluatorSpec]) -> AnswerView:
    texts = {"question": sample["question"], "answer": sample["answer"]}
    texts |= {f"passage:{i}": p["text"] for i, p in enumerate(sample["passages"])}
    scores = [_score(o, specs) for o in outcomes]
    pairs = [(view.title, row) for view in scores for row in view.row["evidence"]]
    marks = read_marks(pairs, {name: len(text) for name, text in texts.items()})
    styles = {m.index: m.style for m in marks}

    def pieces(field: str) -> list[Piece]:
        return cut(texts[field], [(m.index, *m.span) for m in marks if m.field == field], styles)

    passages = [_passage(i, row, marks) for i, row in enumerate(sample["passages"])]
    return AnswerView(
        sample["target_id"], sample, pieces("question"), pieces("answer"), passages, marks, scores
    )  # fmt: skip


def _passage(index: int, row: Row, marks: Sequence[Mark]) -> PassageView:
    mine = [m for m in marks if m.passage == index]
    ranges = [(m.index, *m.passage_span) for m in mine if m.passage_span]
    # What is said of the passage itself is marked in it, as an answer is.
    own = {m.index: m.style for m in mine if m.field == "context"}
    return PassageView(index + 1, cut(row["text"], ranges, own), row, [m.index for m in mine])


def _score(row: Row, specs: Mapping[str, EvaluatorSpec]) -> ScoreView:
    spec = specs.get(row["fingerprint"])
    if spec is None:
        return ScoreView(row, row["fingerprint"][:8], "unknown evaluator", "", "", _details(row))
    low, high = spec.scale.low, spec.scale.high
    scale = f"{low:g}–{high:g}, {spec.scale.direction.value.replace('_', ' ')}"
    return ScoreView(
        row, spec.title, spec.name, tone(spec.criterion, row["badness"], row["label"]), scale, _details(row)
    )  # fmt: skip


def _details(row: Row) -> list[tuple[str, Any]]:
    return sorted((str(k), v) for k, v in (row["details"] or {}).items())
