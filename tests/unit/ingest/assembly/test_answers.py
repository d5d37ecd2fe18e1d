"""Which answers a trace gave, to which questions, on which passages."""

from __future__ import annotations

import time

import pytest

from tests.support.spans import llm, put_together, span, texts

NORWAY = "Parcels to Norway take six working days."
RETURNS = "Returns are free within thirty days."
SIX = "A parcel to Norway takes six working days."
THIRTY = "You can return it for free within thirty days."
Q1, Q2 = "How long to Norway?", "Can I return it?"


def test_the_root_speaks_for_the_trace() -> None:
    trace = put_together(
        span("root", None, "chain", input_value=Q1, output_value=SIX),
        span("r", "root", "retriever", (1, 2), docs=[NORWAY, RETURNS]),
        llm("l", "root", (3, 4), SIX, f"system:You help. {NORWAY}", f"Notes: {RETURNS}\nQuestion: {Q1}"),
    )
    (answer,) = trace.answers
    assert (answer.id, answer.question, answer.answer) == ("root", Q1, SIX)
    assert texts(answer.passages) == [NORWAY, RETURNS]
    assert answer.system_prompt == f"You help. {NORWAY}"
    assert (trace.input, trace.output) == (Q1, SIX)


def test_without_root_texts_the_last_final_model_call_is_the_main_answer() -> None:
    trace = put_together(
        span("http", None),
        span("r", "http", "retriever", (1, 2), docs=[NORWAY]),
        llm("l", "http", (3, 4), SIX, Q1),
    )
    assert [(a.id, a.question, a.answer, texts(a.passages)) for a in trace.answers] == [("root", Q1, SIX, [NORWAY])]


def test_a_missing_root_changes_nothing_but_what_it_alone_knew() -> None:
    parts = (
        span("r", "late", "retriever", (1, 2), docs=[NORWAY]),
        llm("l", "late", (3, 4), SIX, Q1),
    )
    before = put_together(*parts)
    after = put_together(*parts, span("late", None, "chain", input_value=Q1, output_value=SIX))
    assert before.answers == after.answers
    assert (before.name, after.name) == ("", "late")


def test_sibling_chains_are_answers_of_their_own() -> None:
    trace = put_together(
        span("agent", None, "agent", (0, 20)),
        span("c1", "agent", "chain", (1, 5), input_value=Q1, output_value=SIX),
        span("r1", "c1", "retriever", (1, 2), docs=[NORWAY]),
        llm("l1", "c1", (3, 4), SIX, f"Template. {Q1}"),
        span("c2", "agent", "chain", (6, 10), input_value=Q2, output_value=THIRTY),
        span("r2", "c2", "retriever", (6, 7), docs=[RETURNS]),
        llm("l2", "c2", (8, 9), THIRTY, f"Template. {Q2}"),
    )
    assert [(a.id, a.question, a.answer, texts(a.passages)) for a in trace.answers] == [
        ("root", Q2, THIRTY, [RETURNS]),
        ("l1", Q1, SIX, [NORWAY]),
    ]


def test_turns_side_by_side_without_chains() -> None:
    trace = put_together(
        span("session", None, "", (0, 20)),
        span("r1", "session", "retriever", (1, 2), docs=[NORWAY]),
        llm("l1", "session", (3, 4), SIX, Q1),
        span("r2", "session", "retriever", (6, 7), docs=[RETURNS]),
        llm("l2", "session", (8, 9), THIRTY, Q1, SIX, Q2),
    )
    assert [(a.id, a.question, texts(a.passages)) for a in trace.answers] == [
        ("root", Q2, [RETURNS]),
        ("l1", Q1, [NORWAY]),
    ]


def test_a_conversation_without_retrieval_is_known_by_its_history() -> None:
    trace = put_together(
        span("session", None, "", (0, 20)),
        llm("l1", "session", (1, 2), SIX, Q1),
        llm("l2", "session", (3, 4), THIRTY, Q1, SIX, Q2),
    )
    assert [(a.id, a.question, a.answer) for a in trace.answers] == [("root", Q2, THIRTY), ("l1", Q1, SIX)]


def test_turns_of_a_loop_are_known_by_their_name() -> None:
    def turn(name: str, second: str) -> list[str]:
        trace = put_together(
            span("batch", None),
            span("a", "batch", "chain", (1, 3), name=name, input_value=Q1, output_value=SIX),
            llm("l1", "a", (1, 2), SIX, Q1),
            span("b", "batch", "chain", (4, 6), name=second, input_value=Q2, output_value=THIRTY),
            llm("l2", "b", (4, 5), THIRTY, Q2),
        )
        return [a.id for a in trace.answers]

    assert turn("turn", "turn") == ["root", "l1"]
    assert turn("route", "reply") == ["root"]


def test_steps_on_the_way_are_no_answers() -> None:
    rewritten = "delivery time parcel Norway working days"
    trace = put_together(
        span("root", None),
        llm("rewrite", "root", (1, 2), rewritten, f"Rewrite: {Q1}"),
        span("r", "root", "retriever", (3, 4), input_value=rewritten, docs=[NORWAY]),
        llm("grade", "root", (5, 6), "yes", f"Is this relevant? {NORWAY}"),
        llm("draft", "root", (7, 8), f"Draft: {SIX}", f"{NORWAY} {Q1}"),
        llm("polish", "root", (9, 10), SIX, f"Make it short: Draft: {SIX}"),
    )
    assert [(a.id, a.answer, texts(a.passages)) for a in trace.answers] == [("root", SIX, [NORWAY])]


def test_a_summary_of_sub_answers_stands_on_all_their_passages() -> None:
    both = "Six days, and returns are free."
    trace = put_together(
        span("agent", None, "agent", (0, 20), input_value=f"{Q1} {Q2}", output_value=both),
        span("c1", "agent", "chain", (1, 5)),
        span("r1", "c1", "retriever", (1, 2), docs=[NORWAY]),
        llm("l1", "c1", (3, 4), SIX, Q1),
        span("c2", "agent", "chain", (6, 10)),
        span("r2", "c2", "retriever", (6, 7), docs=[RETURNS]),
        llm("l2", "c2", (8, 9), THIRTY, Q2),
        llm("sum", "agent", (11, 12), both, f"Combine: {SIX} {THIRTY}"),
    )
    assert [(a.id, texts(a.passages)) for a in trace.answers] == [("root", [NORWAY, RETURNS])]


def test_a_call_with_tools_is_not_the_last_word() -> None:
    asks = {"llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "track"}
    trace = put_together(
        span("agent", None, "agent"),
        llm("plan", "agent", (1, 2), "Let me look.", Q1, raw=asks),
        span("track", "agent", "tool", (3, 4), output_value="N-17 is in Oslo"),
        llm("reply", "agent", (5, 6), "It is in Oslo.", Q1, "tool:N-17 is in Oslo"),
    )
    (answer,) = trace.answers
    assert (answer.answer, texts(answer.passages)) == ("It is in Oslo.", ["N-17 is in Oslo"])


def test_an_agent_that_answers_by_a_tool_has_the_instructions_of_its_model() -> None:
    asks = {"llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "final_answer"}
    trace = put_together(
        span("agent", None, "agent", input_value=Q1, output_value="It is in Oslo."),
        llm("first", "agent", (1, 2), "", "system:Be vague.", Q1, raw=asks),
        llm("last", "agent", (3, 4), "", "system:Be kind.", Q1, raw=asks),
        span("final_answer", "agent", "tool", (5, 8), output_value="It is in Oslo."),
        llm("judge", "final_answer", (6, 7), "", "system:Be strict.", Q1, raw=asks),
    )
    (answer,) = trace.answers
    assert (answer.answer, answer.system_prompt) == ("It is in Oslo.", "Be kind.")


def test_results_of_tools_count_from_the_prompt_when_no_tool_span_came() -> None:
    trace = put_together(llm("reply", None, (5, 6), "It is in Oslo.", Q1, "tool:N-17 is in Oslo"))
    assert texts(trace.answers[0].passages) == ["N-17 is in Oslo"]


def test_a_tool_around_a_retriever_is_not_counted_twice() -> None:
    trace = put_together(
        span("agent", None, "agent"),
        span("search", "agent", "tool", (1, 4), output_value=f"1. {NORWAY}"),
        span("r", "search", "retriever", (2, 3), docs=[NORWAY]),
        span("clock", "agent", "tool", (4, 5), output_value="It is Tuesday."),
        span("broken", "agent", "tool", (4, 5), output_value="Traceback", body={"status": "error"}),
        llm("reply", "agent", (6, 7), SIX, Q1),
    )
    assert texts(trace.answers[0].passages) == [NORWAY, "It is Tuesday."]


def test_a_reranker_replaces_what_it_was_given() -> None:
    given = {f"reranker.input_documents.{n}.document.content": t for n, t in enumerate((NORWAY, RETURNS))}
    trace = put_together(
        span("root", None),
        span("r1", "root", "retriever", (1, 2), docs=[NORWAY, RETURNS]),
        span("r2", "root", "retriever", (1, 2), docs=["We sell lamps."]),
        span("k", "root", "reranker", (3, 4), docs=[RETURNS], raw=given),
        llm("l", "root", (5, 6), THIRTY, Q2),
    )
    assert texts(trace.answers[0].passages) == ["We sell lamps.", RETURNS]


def test_a_reranker_that_does_not_say_what_it_was_given_replaces_all() -> None:
    trace = put_together(
        span("root", None),
        span("r1", "root", "retriever", (1, 2), docs=[NORWAY, RETURNS]),
        span("k", "root", "reranker", (3, 4), docs=[RETURNS]),
        llm("l", "root", (5, 6), THIRTY, Q2),
    )
    assert texts(trace.answers[0].passages) == [RETURNS]


def test_the_same_passage_is_kept_once_and_inner_retrievers_are_covered() -> None:
    trace = put_together(
        span("root", None),
        span("fusion", "root", "retriever", (1, 4), docs=[NORWAY, RETURNS]),
        span("inner", "fusion", "retriever", (2, 3), docs=["We sell lamps."]),
        span("again", "root", "retriever", (4, 5), docs=[NORWAY]),
        llm("l", "root", (6, 7), SIX, Q1),
    )
    assert texts(trace.answers[0].passages) == [NORWAY, RETURNS]


def test_passages_that_an_earlier_prompt_shows_go_there() -> None:
    """In a flat trace the place says one thing and the prompts another: the prompts are right."""
    trace = put_together(
        span("session", None, "", (0, 20)),
        span("r1", "session", "retriever", (1, 2), docs=[NORWAY]),
        span("r2", "session", "retriever", (1, 2), docs=[RETURNS]),
        llm("l1", "session", (3, 4), SIX, f"{NORWAY} {Q1}"),
        llm("l2", "session", (5, 6), THIRTY, f"{RETURNS} {Q2}"),
    )
    assert [(a.id, texts(a.passages)) for a in trace.answers] == [("root", [RETURNS]), ("l1", [NORWAY])]


def test_the_sender_can_say_what_is_an_answer() -> None:
    trace = put_together(
        span("root", None),
        llm("a", "root", (1, 2), SIX, Q1, raw={"faithline.answer": True}),
        llm("b", "root", (3, 4), THIRTY, Q2),
        llm("title", "root", (5, 6), "Parcels and returns", "Name this chat", raw={"faithline.answer": False}),
    )
    assert [(a.id, a.answer) for a in trace.answers] == [("root", THIRTY), ("a", SIX)]


def test_models_at_the_service_of_tools_and_guardrails_are_no_answers() -> None:
    trace = put_together(
        span("root", None),
        llm("reply", "root", (1, 2), SIX, Q1),
        span("guard", "root", "guardrail", (3, 6)),
        llm("judge", "guard", (4, 5), "safe", SIX),
    )
    assert [a.answer for a in trace.answers] == [SIX]


def test_a_trace_without_a_model_call() -> None:
    trace = put_together(
        span("http", None),
        span("bot", "http", "chain", (1, 9), input_value='{"question": "How?"}', output_value='{"answer": "So."}'),
        span("step", "bot", "chain", (2, 3), input_value="x", output_value="y"),
    )
    assert [(a.question, a.answer) for a in trace.answers] == [("How?", "So.")]
    assert put_together(span("http", None)).answers == ()


def test_cycles_and_orphans_are_put_together() -> None:
    trace = put_together(
        span("a", "b", "chain", (0, 1)),
        span("b", "a", "chain", (0, 2)),
        span("self", "self", "chain", (0, 3)),
        llm("l", "a", (1, 2), SIX, Q1),
        span("lost", "nobody", "retriever", (0, 1), docs=[NORWAY]),
    )
    assert {s.span_id for s in trace.spans} == {"a", "b", "self", "l", "lost"}
    assert [a.answer for a in trace.answers] == [SIX]


def test_thousands_of_spans_are_no_trouble() -> None:
    deep = [span(f"d{n}", f"d{n - 1}" if n else None, "chain", (n, 9000)) for n in range(1000)]
    flat = []
    for n in range(500):
        flat.append(span(f"r{n}", "d0", "retriever", (4 * n, 4 * n + 1), docs=[f"Fact number {n} of the shop."]))
        flat.append(llm(f"l{n}", "d0", (4 * n + 2, 4 * n + 3), f"The answer with the number {n}.", f"Question {n}?"))
    began = time.perf_counter()
    trace = put_together(*deep, *flat)
    assert time.perf_counter() - began < 20
    assert len(trace.answers) == 500
    assert all(len(answer.passages) == 1 for answer in trace.answers)


def test_a_trace_made_to_hurt_is_put_together_in_bounded_time_and_memory() -> None:
    parts = []
    for n in range(600):
        parts.append(span(f"c{n}", f"c{n - 1}" if n else None, "chain", (n, 9000)))
        parts.append(span(f"r{n}", f"c{n}", "retriever", (n, n + 0.1), docs=["short"]))
        parts.append(llm(f"l{n}", f"c{n}", (n + 0.2, n + 0.3), f"The answer with the number {n}.", "Q?"))
    began = time.perf_counter()
    trace = put_together(*parts)
    assert time.perf_counter() - began < 20
    assert len(trace.spans) == 1800


def test_a_later_call_that_sees_the_same_passages_does_not_take_them() -> None:
    trace = put_together(
        span("root", None, "chain", input_value=Q1, output_value=SIX),
        span("r", "root", "retriever", (1, 2), docs=[NORWAY]),
        llm("l", "root", (3, 4), SIX, f"{NORWAY} {Q1}"),
        llm("more", "root", (5, 6), "Ask also about Sweden?", f"Suggest a question about: {NORWAY}"),
    )
    assert [(a.id, a.answer, texts(a.passages)) for a in trace.answers] == [("root", SIX, [NORWAY])]


def test_a_chain_around_two_answers_speaks_for_the_main_one_only() -> None:
    trace = put_together(
        span("session", None),
        span("chat", "session", "chain", (0, 9), input_value=Q2, output_value=THIRTY),
        llm("l1", "chat", (1, 2), SIX, Q1),
        llm("l2", "chat", (3, 4), THIRTY, Q1, SIX, Q2),
    )
    assert [(a.id, a.question, a.answer) for a in trace.answers] == [("root", Q2, THIRTY), ("l1", Q1, SIX)]


FAILED = {"status": "error"}


def test_what_was_said_on_the_way_to_an_error_is_no_answer() -> None:
    root = span("root", None, "chain", (0, 10), input_value=Q1, body=FAILED)
    searched = span("s", "root", "chain", (1, 2), input_value=Q1, output_value=NORWAY)
    rewritten = llm("q", "root", (1, 2), "parcel times Norway", Q1)
    failed = span("l", "root", "llm", (3, 4), input_value=Q1, body=FAILED)
    assert put_together(root, searched, failed).answers == ()
    assert put_together(root, searched, rewritten, failed).answers == ()
    assert put_together(root, searched).answers == (), "the call that failed is not instrumented"


def test_an_error_after_the_answer_or_before_another_try_takes_nothing_away() -> None:
    root = span("root", None, "chain", (0, 10), input_value=Q1, body=FAILED)
    said = llm("l", "root", (5, 6), SIX, Q1)
    before, after = (span(f"x{at}", "root", "llm", (at, at + 1), body=FAILED) for at in (3, 7))
    assert [a.answer for a in put_together(root, said).answers] == [SIX]
    assert [a.answer for a in put_together(root, before, said).answers] == [SIX]
    handled = span("root", None, "chain", (0, 10), input_value=Q1)
    assert [a.answer for a in put_together(handled, said, after).answers] == [SIX]


@pytest.mark.parametrize(("name", "stays"), [("lookup_policy", True), ("getHours", True), ("final_answer", False)])
def test_a_tool_without_recorded_arguments_found_it_if_its_name_says_so(name: str, stays: bool) -> None:
    said = "Boots may be returned within 30 days of delivery."
    trace = put_together(
        span("root", None, "agent", (0, 9), input_value="Boots?", output_value=said),
        span("tool", "root", "tool", (1, 2), name=name, output_value=said),
        llm("answer", "root", (3, 4), said, "Boots?"),
    )
    assert texts(trace.answers[0].passages) == ([said] if stays else [])
