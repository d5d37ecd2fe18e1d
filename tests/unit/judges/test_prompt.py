"""What a judge is asked: the same instructions for every sample, and the material behind a code."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evaluator import shipped
from evaluator.core.trace import Passage, ToolCall
from evaluator.judges.prompt import context_text, system_of, tools_text, user_of
from tests.support.judging import rubric_of, unmarked

MATERIAL = {"question": "Where?", "answer": "There.", "context": "(1) There it is."}


def test_the_instructions_hold_all_that_the_rubric_says() -> None:
    for rubric in shipped.rubrics().values():
        told = system_of(rubric)
        assert rubric.instructions in told
        assert all(choice.description in told and f"`{choice.label}`" in told for choice in rubric.scale.choices)
        assert all(str(example.answer).strip() in unmarked(told) for example in rubric.examples if example.answer)
        assert rubric.cannot_tell in told


def test_the_instructions_are_a_stable_prefix() -> None:
    rubric = rubric_of()
    assert system_of(rubric) == system_of(rubric_of())
    assert "0123456789abcdef" not in system_of(rubric)


def test_the_answer_stands_last_and_the_question_comes_again() -> None:
    asked = user_of(rubric_of(inputs=["question", "context", "answer"]), MATERIAL, "0123456789abcdef")
    places = [
        asked.index(f"[0123456789abcdef begin {name}]")
        for name in ("question", "retrieved context", "answer to be judged")
    ]
    assert places == sorted(places)
    assert asked.rindex("Reply with one JSON object") > asked.index("[0123456789abcdef end answer to be judged]")


@given(st.text(max_size=300))
def test_no_material_ends_its_own_part(text: str) -> None:
    code = "0123456789abcdef"
    asked = user_of(rubric_of(), {"answer": text.replace(code, "")}, code)
    assert asked.count(f"[{code} begin") == asked.count(f"[{code} end") == 1


def test_it_is_told_why_a_first_reply_was_of_no_use() -> None:
    asked = user_of(rubric_of(), MATERIAL, "code", again="its verdict was no text")
    assert "A first reply was of no use, as its verdict was no text." in asked


def test_without_a_reason_none_is_asked_for() -> None:
    assert "reason" not in user_of(rubric_of(), MATERIAL, "code", explain=False)


def test_what_may_be_said() -> None:
    assert rubric_of().verdicts == ("kind", "curt", "rude", "cannot_tell")
    assert rubric_of(does_not_apply="It is empty.").verdicts[-1] == "does_not_apply"


def test_passages_and_tool_calls_are_numbered() -> None:
    assert context_text([Passage(text="One."), Passage(text="Two.")]) == "(1) One.\n\n(2) Two."
    calls = [
        ToolCall(name="find", arguments='{"q": 1}', result="[]"),
        ToolCall(name="find", error="timed out"),
        ToolCall(name="close"),
    ]
    assert tools_text(calls) == (
        '(1) find was called with: {"q": 1}\nIt returned: []\n\n'
        "(2) find was called with: nothing\nIt failed: timed out\n\n"
        "(3) close was called with: nothing\nIt returned: nothing that was recorded"
    )


def test_what_a_sample_lacks_is_said() -> None:
    rubric = rubric_of(inputs=["question", "context", "answer"], optional=["context"])
    assert "There is no retrieved context." in user_of(rubric, {"question": "?", "answer": "!"}, "code")
