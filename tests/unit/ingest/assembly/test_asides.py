"""Calls that judge an answer, name a chat, suggest or remember are no answers, whatever comes last."""

from __future__ import annotations

import pytest

from tests.support.spans import llm, put_together, span

ASKED, TOLD = "May I return boots after 20 days?", "Yes, boots may be returned within 30 days."
JUDGED = f"Rate the answer from 1 to 5.\nQuestion: {ASKED}\nAnswer: {TOLD}"


@pytest.mark.parametrize(
    ("says", "history", "name"),
    [
        ("5", ("system:You are an impartial judge.", JUDGED), "chat"),
        ("5", (JUDGED,), "chat"),
        ("yes", (f"Facts and answer: {TOLD}",), "grade_generation"),
        ("SAFE", ("system:You are a safety classifier. Say SAFE or UNSAFE.", TOLD), "chat"),
        ("Returning boots", (f"Generate a short title for this conversation:\n{ASKED}\n{TOLD}",), "chat"),
        ("Returning boots", ("system:Write a title from the first message of a chat.", ASKED), "chat"),
        ('["And hats?"]', ("system:Suggest three follow-up questions.", ASKED, TOLD, "Go on."), "chat"),
        ("Asked about boots.", (f"Summarize the conversation so far.\nuser: {ASKED}\nassistant: {TOLD}",), "chat"),
        ('{"next": "FINISH"}', ("system:You manage workers.", ASKED, TOLD, "Who is next?"), "chat"),
        ("TERMINATE", (ASKED, TOLD, "Go on."), "chat"),
        ("neutral", (f"What is the mood?\nuser: {ASKED}\nassistant: {TOLD}",), "analyze_sentiment"),
        ("Asked about boots.", (f"user: {ASKED}\nassistant: {TOLD}",), "saveMemory"),
    ],
)
def test_what_comes_after_an_answer(says: str, history: tuple[str, ...], name: str) -> None:
    trace = put_together(
        span("root", None),
        llm("answer", "root", (1, 2), TOLD, ASKED),
        llm("beside", "root", (3, 4), says, *history, name=name),
    )
    assert [(a.question, a.answer) for a in trace.answers] == [(ASKED, TOLD)]


@pytest.mark.parametrize(
    "history",
    [
        (f"Improve the draft. Question: {ASKED}\nDraft: {TOLD}",),
        (f"You are a strict critic. Assess the answer and rewrite it.\nAnswer: {TOLD}",),
        (ASKED, TOLD, "Summarize the conversation so far."),
        ("system:Answer, then suggest three follow-up questions.", ASKED),
        ("What is a good title for a book on boots?",),
        ("Suggest a name for my chat app.",),
    ],
)
def test_the_last_word_stays_the_answer(history: tuple[str, ...]) -> None:
    trace = put_together(
        span("root", None),
        llm("before", "root", (1, 2), TOLD, ASKED),
        llm("last", "root", (3, 4), "Within 30 days of delivery.", *history),
    )
    assert trace.answers[0].answer == "Within 30 days of delivery."


def test_instructions_of_an_assistant_that_remembers_do_not_hide_its_turns() -> None:
    orders = "system:Update your memory of the user as you talk."
    trace = put_together(
        span("root", None),
        llm("one", "root", (1, 2), TOLD, orders, ASKED),
        llm("two", "root", (3, 4), "Hats may not.", orders, ASKED, TOLD, "And hats?"),
    )
    assert (trace.answers[0].question, trace.answers[0].answer) == ("And hats?", "Hats may not.")


def test_turns_of_one_agent_are_turns_whatever_its_name_is() -> None:
    trace = put_together(
        span("root", None),
        llm("one", "root", (1, 2), TOLD, ASKED, name="memory_agent"),
        llm("two", "root", (3, 4), "Hats may not.", ASKED, TOLD, "And hats?", name="memory_agent"),
    )
    assert (trace.answers[0].question, trace.answers[0].answer) == ("And hats?", "Hats may not.")


def test_several_calls_of_one_evaluation() -> None:
    trace = put_together(
        span("root", None),
        llm("answer", "root", (1, 2), TOLD, ASKED),
        span("eval", "root", at=(3, 8), name="ragas evaluation"),
        llm("one", "eval", (3, 4), '{"statements": ["a b"]}', f"Break this down: {TOLD}"),
        llm("two", "eval", (5, 6), '{"verdicts": [1]}', "Is it so? a b"),
    )
    assert [(a.question, a.answer) for a in trace.answers] == [(ASKED, TOLD)]


def test_where_all_only_send_on_the_last_is_the_answer() -> None:
    trace = put_together(
        span("root", None),
        llm("one", "root", (1, 2), '{"next": "desk"}', ASKED),
        llm("two", "root", (3, 4), '{"next": "FINISH"}', ASKED),
    )
    assert trace.answers[0].answer == '{"next": "FINISH"}'


def test_alone_it_is_the_answer() -> None:
    trace = put_together(llm("only", None, (1, 2), "5", JUDGED, name="judge"))
    assert trace.answers[0].answer == "5"
