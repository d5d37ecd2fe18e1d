"""The fields of a trace, apart from its answers."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from evaluator.core.trace import Part, Status
from evaluator.ingest.assembly.assemble import assemble
from tests.support.spans import NOON, llm, put_together, span

USAGE = {"llm.token_count.prompt": 10, "llm.token_count.completion": 4, "llm.cost.total": 0.5}


def test_tokens_are_not_counted_twice() -> None:
    trace = put_together(
        span("agent", None, "agent", raw=USAGE),
        llm("outer", "agent", (1, 4), "One.", "Q", raw=dict(USAGE)),
        llm("inner", "outer", (2, 3), "One.", "Q", raw=dict(USAGE)),
        llm("next", "agent", (5, 6), "Two.", "Q", raw=dict(USAGE)),
        span("embed", "agent", "embedding", raw=USAGE),
    )
    assert (trace.input_tokens, trace.output_tokens, trace.cost) == (20, 8, 1.0)
    assert [a.id for a in trace.answers] == ["root"]


def test_usage_that_only_an_agent_states() -> None:
    trace = put_together(span("a", None, "agent", raw=USAGE), span("b", "a", "agent", raw=USAGE))
    assert (trace.input_tokens, trace.output_tokens) == (10, 4)
    assert put_together(span("a", None, "chain")).input_tokens is None


def test_times_latency_and_status() -> None:
    trace = put_together(
        span("root", None, at=(0, 2), body={"status": "ok"}),
        span("late", "root", at=(1, 5), body={"status": "error"}),
    )
    assert (trace.end - trace.start).total_seconds() == 5
    assert (trace.latency_ms, trace.status) == (2000, Status.OK)
    orphans = put_together(span("a", "gone", at=(1, 2)), span("b", "gone", at=(3, 5), body={"status": "error"}))
    assert (orphans.latency_ms, orphans.status) == (4000, Status.ERROR)


def test_what_the_model_call_knows_and_what_the_root_knows() -> None:
    root = {"session.id": "root's", "faithline.prompt_version": "p1", "user.id": "hidden", "tag.tags": ["a"]}
    call = {
        "session.id": "call's",
        "llm.prompt_template.version": "p2",
        "llm.model_name": "m-2",
        "gen_ai.response.model": "m-2-0930",
        "tag.tags": ["b", "a"],
    }
    trace = put_together(
        span("root", None, "chain", raw=root, body={"trace_state": "ot=th:c", "resource": {"service.name": "desk"}}),
        span("embed", "root", "embedding", (1, 2), raw={"gen_ai.response.model": "embedder"}),
        llm("l", "root", (3, 4), "A.", "Q", raw=call, body={"trace_state": "ot=th:8"}),
    )
    assert (trace.session, trace.prompt_version, trace.model) == ("root's", "p2", "m-2-0930")
    assert (trace.user, trace.tags, trace.service) == ("hidden", ("a", "b"), "desk")
    assert trace.sampling_probability == 0.25


def test_the_user_is_the_surest_that_any_part_names() -> None:
    mail = span("a", None, body={"named": {"mail": "m"}})
    around = span("b", "a", body={"named": {"around": "r"}})
    own = span("c", "a", body={"named": {"own": "o"}})
    said = Part(
        project="p", trace_id="t", part_id="trace", source="native", start=NOON, end=NOON,
        body={"metadata": {}, "named": {"own": "n"}},
    )  # fmt: skip
    for parts, user in (
        ([mail], "m"), ([mail, around], "r"), ([mail, around, said], "n"), ([mail, around, said, own], "o"),
    ):  # fmt: skip
        assert assemble("p", "t", parts).user == user
    stated = dataclasses.replace(said, body={"user": "s"})
    assert assemble("p", "t", [mail, own, stated]).user == "s"


@pytest.mark.parametrize(
    ("name", "service"),
    [("shop", "shop"), (5, "5"), ("unknown_service:python", None), ("", None), (["shop"], None), (True, None)],
)
def test_a_service_is_a_text_and_the_unnamed_one_is_none(name: Any, service: str | None) -> None:
    resource = {"service.name": name}
    assert put_together(span("a", None, body={"resource": resource})).service == service


def test_the_last_feedback_counts() -> None:
    trace = put_together(
        span("a", None, raw={"faithline.feedback": "up"}), span("b", "a", at=(5, 6), raw={"user.feedback": -0.5})
    )
    assert trace.feedback == -0.5


def test_complete_is_what_one_part_says() -> None:
    done = dataclasses.replace(span("b", "a"), complete=True)
    assert put_together(span("a", None), done).complete
    assert not put_together(span("a", None)).complete


def test_no_parts_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no parts"):
        assemble("p", "t", [])


def test_spans_are_in_the_order_of_their_start() -> None:
    trace = put_together(span("b", "a", at=(2, 3)), span("a", None, at=(0, 9)), span("c", "a", at=(1, 2)))
    assert [s.span_id for s in trace.spans] == ["a", "c", "b"]
    assert trace.start == NOON


def test_the_first_span_of_this_side_stands_for_a_root_that_reports_elsewhere() -> None:
    alone = put_together(span("api", "browser", at=(0, 2)), span("step", "api", at=(1, 4)))
    assert (alone.name, alone.latency_ms) == ("api", 2000)
    flagged = put_together(
        span("lost", "gone", at=(0, 1)), span("api", "browser", at=(1, 3), body={"flags": 0x300}), span("x", "api")
    )
    assert (flagged.name, flagged.latency_ms) == ("api", 2000)
    unclear = put_together(span("a", "gone", at=(0, 1)), span("b", "gone too", at=(1, 3)))
    assert (unclear.name, unclear.latency_ms) == ("", 3000)
