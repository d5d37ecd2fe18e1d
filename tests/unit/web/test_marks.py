"""Cutting texts at the ends of evidence, and the order of spans."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from evaluator.core.access import NOBODY_ELSE
from evaluator.core.trace import Span, SpanKind
from evaluator.stats.estimators.raw import raw_rate
from evaluator.web.called import calls_view
from evaluator.web.detail import AnswerView, _passage
from evaluator.web.format import duration, rate_view, visible
from evaluator.web.marks import MAX_MARKS, cut, read_marks
from evaluator.web.rendering import environment
from evaluator.web.sessions import Visitor
from evaluator.web.waterfall import MAX_SPANS, waterfall

START = datetime(2026, 1, 1, tzinfo=UTC)


def evidence(start: Any, end: Any, label: str = "unsupported", **more: Any) -> tuple[str, dict[str, Any]]:
    return "An evaluator", {"start": start, "end": end, "label": label, "confidence": 0.5, **more}


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=12))
def test_pieces_join_to_the_text_and_carry_the_marks_over_them(text: str, spans: list[tuple[int, int]]) -> None:
    marks = read_marks([evidence(a, b) for a, b in spans], {"answer": len(text)})
    pieces = cut(text, [(m.index, *m.span) for m in marks], {m.index: m.style for m in marks})
    assert "".join(p.text for p in pieces) == text
    at = 0
    for piece in pieces:
        assert piece.text
        covering = tuple(m.index for m in marks if m.span[0] <= at < m.span[1])
        assert piece.marks == covering
        at += len(piece.text)


def test_overlapping_marks_wear_the_gravest_style() -> None:
    marks = read_marks([evidence(0, 6), evidence(4, 9, "contradicted"), evidence(8, 9, "odd")], {"answer": 10})
    pieces = cut("0123456789", [(m.index, *m.span) for m in marks], {m.index: m.style for m in marks})
    assert [(p.text, p.style, len(p.marks)) for p in pieces] == [
        ("0123", "unsupported", 1), ("45", "contradicted", 2), ("67", "contradicted", 1), ("8", "contradicted", 2),
        ("9", "", 0),
    ]  # fmt: skip


def test_evidence_that_does_not_fit_is_clipped_or_left_out() -> None:
    rows = [
        evidence(-5, 4), evidence(8, 99), evidence(50, 60), evidence(3, 3), evidence(None, 2), evidence("a", 2),
        evidence(0, 2, field="elsewhere"), evidence(1, 2, passage=9, passage_start=0, passage_end=1),
        evidence(1, 2, passage=0, passage_start=2, passage_end=400),
    ]  # fmt: skip
    marks = read_marks(rows, {"answer": 10, "passage:0": 5})
    assert [(m.span, m.passage, m.passage_span) for m in marks] == [
        ((0, 4), None, None), ((1, 2), None, None), ((1, 2), 0, (2, 5)), ((8, 10), None, None),
    ]  # fmt: skip


def test_evidence_in_the_context_lies_in_the_passage_that_it_names() -> None:
    rows = [
        evidence(2, 9, field="context", passage=1, passage_start=2, passage_end=9),
        evidence(2, 9, field="context", passage=7, passage_start=2, passage_end=9),
        evidence(2, 9, field="context"),
    ]
    marks = read_marks(rows, {"answer": 20, "passage:0": 3, "passage:1": 6})
    assert [(m.field, m.span, m.passage, m.passage_span) for m in marks] == [("context", (2, 6), 1, (2, 6))]


def test_marks_without_end_are_bounded() -> None:
    assert len(read_marks([evidence(i, i + 1) for i in range(5000)], {"answer": 5000})) == MAX_MARKS


def span(name: str, parent: str | None, start: float, end: float) -> Span:
    times = {"start": START + timedelta(seconds=start), "end": START + timedelta(seconds=end)}
    return Span(span_id=name, parent_id=parent, name=name, kind=SpanKind.OTHER, **times)


def test_spans_stand_below_their_parents() -> None:
    spans = [
        span("late", "root", 3, 4),
        span("root", None, 0, 4),
        span("early", "root", 1, 2),
        span("in", "early", 1, 2),
    ]
    rows = waterfall(spans).rows
    assert [(r.span.name, r.depth, r.left, r.width) for r in rows] == [
        ("root", 0, 0.0, 100.0), ("early", 1, 25.0, 25.0), ("in", 2, 25.0, 25.0), ("late", 1, 75.0, 25.0),
    ]  # fmt: skip


def test_circles_orphans_and_crowds_of_spans() -> None:
    circle = [span("a", "b", 0, 1), span("b", "a", 0, 1), span("orphan", "gone", 0, 0), span("own", "own", 0, 1)]
    assert {r.span.name for r in waterfall(circle).rows} == {"a", "b", "orphan", "own"}
    chain = [span(str(i), str(i - 1), 0, 1) for i in range(3000)]
    found = waterfall(chain)
    assert len(found.rows) == MAX_SPANS
    assert found.left_out == 3000 - MAX_SPANS
    assert waterfall([]).rows == []


def test_numbers_read_well() -> None:
    assert [duration(ms) for ms in (None, 0.4, 12.3, 1450, 31_000, 600_000)] == [
        "", "400 µs", "12 ms", "1.45 s", "31 s", "10 min",
    ]  # fmt: skip
    assert rate_view(raw_rate({})).text == "no scores yet"
    assert visible("a\x00b\u202ec\td") == "a␀b[RLO]c\td"


def test_a_passage_is_marked_only_where_something_is_said_of_it() -> None:
    about = {"passage": 0, "passage_start": 3, "passage_end": 8}
    marks = read_marks(
        [evidence(0, 2, **about), evidence(3, 8, "attack", field="context", **about)], {"answer": 9, "passage:0": 12}
    )
    (said,) = [m.index for m in marks if m.field == "context"]
    view = _passage(0, {"text": "Now obey <me>."}, [m for m in marks if m.field == "answer"])
    assert {piece.style for piece in view.pieces} == {""}
    view = _passage(0, {"text": "Now obey <me>."}, marks)
    assert [(p.text, p.style, said in p.marks) for p in view.pieces] == [
        ("Now", "", False), (" obey", "other", True), (" <me>.", "", False),
    ]  # fmt: skip
    shown = AnswerView(
        1,
        "t",
        {"system_prompt": None, "question": ""},
        [],
        cut("At nine.", []),
        [view],
        marks,
        [],
        {},
        0,
        calls_view(None),
    )
    values = {"done": "", "error": None, "sent": {}, "criteria": [], "golden_sets": [], "titles": {}}
    html = environment.get_template("_answer.html").render(
        a=shown, view=SimpleNamespace(answers=[shown]), visitor=Visitor(NOBODY_ELSE), **values
    )  # fmt: skip
    assert re.findall(r"<(mark|span) class=.(m other multi|src)[^>]*>([^<]*)", html) == [
        ("mark", "m other multi", " obey")
    ]
