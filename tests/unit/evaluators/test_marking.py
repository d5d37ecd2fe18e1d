"""Which characters of an answer are marked, and what the answer is called."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pytest

from evaluator.evaluators.marking import CONTRADICTED, FAITHFUL, UNSUPPORTED, Marking
from evaluator.text.combine import AnswerAssessment, SentenceAssessment
from evaluator.text.plan import PairPlan, plan_pairs
from evaluator.text.sentences import Span

ANSWER = "The hall opens at nine. It was painted in 1999 by Bob Stone. Dogs are welcome in the hall."
PASSAGES = ["The hall opens at nine. It was painted long ago.", "No dogs in the hall."]
MARKING = Marking(answer=0.5, sentence=0.5, contradicted=0.6, token=0.5)


@dataclass
class Tokens:
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    risks: npt.NDArray[np.float32]


def _plan() -> PairPlan:
    plan = plan_pairs(ANSWER, PASSAGES)
    assert [ANSWER[s.start : s.end][:3] for s in plan.sentences] == ["The", "It ", "Dog"]
    return plan


def _assessment(plan: PairPlan, answer: float, risks: list[float], against: float = 0.0) -> AnswerAssessment:
    sentences = [
        SentenceAssessment(span, risk, against, plan.pairs[0][1], len(plan.windows) - 1, support)
        for span, risk, support in zip(plan.sentences, risks, plan.support, strict=True)
    ]
    return AnswerAssessment(answer, tuple(sentences))


def _tokens(plan: PairPlan, blamed: set[str]) -> list[Tokens]:
    """For each sentence, one word piece a word; those in `blamed` have a risk of 0.9."""
    found = []
    for span in plan.sentences:
        text = ANSWER[span.start : span.end]
        words, at = [], 0
        for word in text.rstrip(".").split():
            at = text.index(word, at)
            words.append((at, at + len(word), 0.9 if word in blamed else 0.1))
            at += len(word)
        starts, ends, risks = zip(*words, strict=True)
        found.append(Tokens(np.array(starts), np.array(ends), np.array(risks, dtype=np.float32)))
    return found


def test_a_faithful_answer_has_no_marks() -> None:
    plan = _plan()
    assert MARKING.mark(ANSWER, plan, _assessment(plan, 0.1, [0.1, 0.2, 0.1]), _tokens(plan, set())) == (
        0.1,
        FAITHFUL,
        (),
    )


def test_the_words_that_the_token_head_blames_are_marked() -> None:
    plan = _plan()
    _, label, marks = MARKING.mark(
        ANSWER, plan, _assessment(plan, 0.9, [0.1, 0.8, 0.1]), _tokens(plan, {"1999", "Bob", "Stone"})
    )
    assert label == UNSUPPORTED
    assert [ANSWER[m.start : m.end] for m in marks] == ["1999 by Bob Stone"]
    assert marks[0].confidence == pytest.approx(0.8)
    assert marks[0].passage == 0
    assert marks[0].passage_start is not None


def test_no_blame_or_blame_all_over_marks_the_sentence() -> None:
    plan = _plan()
    every = {"It", "was", "painted", "in", "1999", "by", "Bob", "Stone"}
    for blamed in (set(), every):
        _, _, marks = MARKING.mark(ANSWER, plan, _assessment(plan, 0.9, [0.1, 0.8, 0.1]), _tokens(plan, blamed))
        assert [Span(m.start, m.end) for m in marks] == [plan.sentences[1]]


def test_distant_words_are_marked_apart() -> None:
    plan = _plan()
    _, _, marks = MARKING.mark(ANSWER, plan, _assessment(plan, 0.9, [0.1, 0.8, 0.1]), _tokens(plan, {"It", "Stone"}))
    assert [ANSWER[m.start : m.end] for m in marks] == ["It", "Stone"]


def test_a_contradiction_points_at_the_passage_that_contradicts() -> None:
    plan = _plan()
    _, label, marks = MARKING.mark(ANSWER, plan, _assessment(plan, 0.9, [0.1, 0.1, 0.9], 0.7), _tokens(plan, set()))
    assert label == CONTRADICTED
    assert [m.label for m in marks] == [CONTRADICTED]
    window = plan.windows[-1]
    mark = marks[0]
    assert (mark.passage, mark.passage_start, mark.passage_end) == (window.passage, window.start, window.end)


def test_a_bad_answer_without_a_bad_sentence_has_its_worst_marked_if_that_carries_it() -> None:
    plan = _plan()
    strict = Marking(answer=0.5, sentence=0.8, contradicted=0.6, token=0.5)
    found = strict.mark(ANSWER, plan, _assessment(plan, 0.9, [0.1, 0.6, 0.3]), _tokens(plan, set()))
    assert (found.risk, found.label) == (0.9, UNSUPPORTED)
    assert [Span(m.start, m.end) for m in found.evidence] == [plan.sentences[1]]


def test_an_answer_that_no_sentence_carries_is_held_below_the_threshold() -> None:
    plan = _plan()
    found = MARKING.mark(ANSWER, plan, _assessment(plan, 0.9, [0.1, 0.4, 0.3]), _tokens(plan, set()))
    assert found.label == FAITHFUL
    assert found.evidence == ()
    assert 0.49 < found.risk < MARKING.answer


def test_an_answer_without_claims_is_faithful() -> None:
    plan = plan_pairs("I don't know.", PASSAGES)
    assert MARKING.mark("I don't know.", plan, AnswerAssessment(0.0, ()), []) == (0.0, FAITHFUL, ())


def test_a_sentence_that_nothing_was_read_beside_is_marked_whole() -> None:
    plan = plan_pairs(ANSWER, [])
    sentences = [
        SentenceAssessment(s, 0.9, 0.0, None, None, p) for s, p in zip(plan.sentences, plan.support, strict=True)
    ]
    _, _, marks = MARKING.mark(ANSWER, plan, AnswerAssessment(0.9, tuple(sentences)), [None] * len(sentences))
    assert [Span(m.start, m.end) for m in marks] == list(plan.sentences)
    assert all(m.passage is None for m in marks)


def test_marks_and_label_come_together_where_the_answer_decides() -> None:
    plan, marking = _plan(), replace(MARKING, by_answer=True)
    nothing = _tokens(plan, set())
    assert marking.mark(ANSWER, plan, _assessment(plan, 0.4, [0.1, 0.9, 0.1]), nothing) == (0.4, FAITHFUL, ())
    risk, label, marks = marking.mark(ANSWER, plan, _assessment(plan, 0.7, [0.1, 0.3, 0.2]), nothing)
    assert (risk, label, len(marks)) == (0.7, UNSUPPORTED, 1)
    assert ANSWER[marks[0].start : marks[0].end].startswith("It was")
    assert marks[0].confidence == pytest.approx(0.7), "a mark reaches what its label needs"
