"""Every page on every shape of trace that ingest can make: whatever was stored has a page."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from starlette.testclient import TestClient

from evaluator.bootstrap import Services
from evaluator.core.trace import Part
from evaluator.pipeline.stages.ingest import store_parts
from evaluator.store.repositories.traces.lists import TraceFilter
from evaluator.web.detail import MAX_ANSWERS
from evaluator.web.listing import trace_href
from tests.support import seed
from tests.support.running import application

HTML = {"accept": "text/html"}
NS = int(seed.NOW.timestamp()) * 10**9
TEXTS = ("plain words", "", " \n\t ", "<b>&\"'{{ 1 }}</b>", "\u202e\x00\x1b\ud800 é 𝒜", "x" * 30_000)
MARKED = "The lamp <<costs 30 euros>> [[and ships]]."
MANY = 120


def several(count: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"id": f"a{n}", "question": f"q{n}?", "answer": MARKED, **fields} for n in range(count)]


def step(number: int, **fields: Any) -> dict[str, Any]:
    return {"span_id": f"s{number}", "name": f"step {number}", "kind": "tool"} | fields


SHAPES: dict[str, dict[str, Any]] = {
    **{f"answers-{n}": {"answers": several(n, context=["One passage."])} for n in (1, 2, 3, MANY)},
    "answers-and-one": {"question": "q", "answer": "a", "answers": several(2)},
    "answers-doubled-names": {"answers": [{"answer": "a"}, {"answer": "a"}, {"question": "q", "answer": None}]},
    "no-answer": {"question": "q"},
    "no-question": {"answer": "a", "context": ["c"]},
    "no-question-several": {"answers": [{"id": "x", "answer": "a"}, {"id": "y", "answer": ""}]},
    "only-spans": {"question": "", "answer": "", "spans": [step(1)]},
    "no-context": {"question": "q", "answer": MARKED},
    "many-passages": {"question": "q", "answer": MARKED, "context": [f"passage {n}" for n in range(250)]},
    "odd-passages": {
        "question": "q", "answer": "a",
        "context": [" ", {"text": "t", "id": 7, "score": -1e15}, {"text": "t", "score": 0}, {"text": "u", "id": ""}],
    },
    "facts-nothing": {
        "question": "q", "answer": "a", "latency_ms": 0, "input_tokens": 0, "output_tokens": 0, "cost": 0,
        "feedback": 0, "tags": [], "metadata": {}, "model": "", "session": "", "user": "", "name": "",
    },
    "facts-huge": {
        "question": "q", "answer": "a", "latency_ms": 9e9, "input_tokens": 10**9, "output_tokens": 10**9,
        "cost": 1e8, "feedback": -1, "tags": [f"tag {n}" for n in range(60)],
        "sampling_probability": 0.001,
        "start_time": "2001-01-01T00:00:00Z",
    },
    "facts-nested": {
        "question": "q", "answer": "a",
        "metadata": {"deep": {"a": [{"b": [None, True, 1e308, -0.0]}]}, "none": None, "7": 7, "": "", "items": [1]},
    },
    "only-tokens-in": {"question": "q", "answer": "a", "input_tokens": 3},
    "only-tokens-out": {"question": "q", "answer": "a", "output_tokens": 3},
    "failed": {"question": seed.ERROR, "answer": "a", "context": ["c"], "status": "error", "error": "it broke"},
    "failed-quietly": {"question": "q", "answer": "", "error": True},
    "steps-tools": {
        "question": "q", "answer": "a",
        "spans": [step(1, kind="agent"), step(2, parent_id="s1", error="no", input="in", output="out"),
                  step(3, parent_id="s2", kind="retriever", context=["c1", "c2"], attributes={"a": {"b": [1, None]}}),
                  step(4, parent_id="s2", kind="nothing known", name="")],
    },
    "steps-circle": {
        "question": "q", "answer": "a",
        "spans": [step(1, parent_id="s2"), step(2, parent_id="s1"), step(3, parent_id="s3")],
    },
    "steps-many": {"question": "q", "answer": "a", "spans": [step(n, parent_id=f"s{n - 1}") for n in range(400)]},
    "steps-long": {
        "question": "q", "answer": "a",
        "spans": [step(1, start_time="2026-01-01T00:00:00Z", end_time="2026-03-01T00:00:00Z"), step(2)],
    },
    "whole": seed.stepped(),
    "marks-overlap": {"question": "q", "answer": MARKED * 30 + " Nonsense", "context": ["c " * 40] * 3},
    "system-prompt": {"question": "q", "answer": "a", "system_prompt": TEXTS[3]},
    **{
        f"text-{i}-{j}-{n}": {
            "name": a[:1000], "question": a, "model": a[:200], "session": b[:200], "user": b,
            "environment": a[:200], "tags": [a[:200], b[:200]],
            "answers": several(n, answer=b, question=a, context=[a, {"id": b, "text": f"{b}."}]),
            "metadata": {a[:50]: b},
            "spans": [step(1, name=a[:1000], input=b, error=a[:100], attributes={b[:50]: a})],
        }
        for (i, a), (j, b), n in product(enumerate(TEXTS), enumerate(TEXTS), (0, 2)) if abs(i - j) < 2
    },
}  # fmt: skip
"""Native traces by id."""

ODD_IDS = ("a/b", "..", "a?b#c", "<i>", "é\u202e", "a b", "'\"")


def attribute(name: str, value: Any) -> dict[str, Any]:
    return {"key": name, "value": {"stringValue": value} if isinstance(value, str) else {"intValue": str(value)}}


def otlp(number: int, kind: str, code: int, parent: str = "", **said: Any) -> dict[str, Any]:
    attributes = {"openinference.span.kind": kind} | said
    return {
        "traceId": f"{1000 + number // 10:032x}", "spanId": f"{1000 + number:016x}", "parentSpanId": parent,
        "name": f"{kind} {number}", "startTimeUnixNano": str(NS - 10**9), "endTimeUnixNano": str(NS),
        "status": {"code": code, "message": "because <i>" if code == 2 else ""},
        "attributes": [attribute(name, value) for name, value in attributes.items()],
    }  # fmt: skip


def exported() -> dict[str, Any]:
    """Spans of every kind and status, with and without texts, roots and parents that never come."""
    kinds = ("LLM", "RETRIEVER", "RERANKER", "EMBEDDING", "CHAIN", "TOOL", "AGENT", "GUARDRAIL", "UNKNOWN")
    spans = [otlp(10 * n, kind, n % 3) for n, kind in enumerate(kinds)]
    spans += [
        otlp(200 + 10 * n, kind, 0, f"{9:016x}", **{"input.value": "q", "output.value": "a"})
        for n, kind in enumerate(kinds)
    ]
    calls = {
        "llm.input_messages.0.message.content": "q",
        "llm.output_messages.0.message.content": "a",
        "user.id": "u",
    }
    spans += [otlp(500, "AGENT", 1), *(otlp(501 + n, "LLM", 1, f"{1500:016x}", **calls) for n in range(3))]
    return {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}  # fmt: skip


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Services, TestClient]]:
    """A house with all of them: some still open, some settled but not planned, most scored."""
    services = seed.open_house(tmp_path_factory.mktemp("shapes") / "shapes.db")
    seed.push_rules(services)
    with TestClient(application(services), raise_server_exceptions=False) as client:
        sent = [{"id": name} | shape for name, shape in SHAPES.items()]
        sent += [{"id": f"odd-{name}", "question": "q", "answer": "a"} for name in ODD_IDS]
        answer = client.post("/api/v1/traces", content=json.dumps({"traces": sent}))
        assert (answer.status_code, answer.json()["errors"]) == (202, [])
        assert client.post("/v1/traces", json=exported()).json() == {}
        _spoil(services)
        seed.settle(services)
        seed.score(services)
        _change(services)
        _comment(services, client)
        _leave_open(services, client)
        yield services, client
    services.close()


def _spoil(services: Services) -> None:
    """A trace that can not be put together."""
    part = Part(
        project="default", trace_id="spoiled", part_id="1", source="otlp", start=seed.NOW, end=seed.NOW, body={}
    )
    store_parts(services.store, [part], services.clock, timedelta(0))


def _change(services: Services) -> None:
    """Traces whose answers become others, more and fewer after they were scored."""
    for name, answers in (
        ("answers-2", several(1)),
        ("answers-1", several(2)),
        ("answers-3", several(3, context=[])),
    ):
        seed.send(services, [{"id": name, "answers": answers}])
    seed.settle(services)


def _comment(services: Services, client: TestClient) -> None:
    """Labels, and scores and feedback with and without their traces."""
    names = ("answers-2", "no-answer", "spoiled", "never-seen")
    scores = [{"trace_id": t, "name": n, "value": v} for t in names for n, v in (("<i>", 1e308), ("b", -0.0))]
    scores += [{"trace_id": t, "name": "worded", "label": TEXTS[3], "comment": TEXTS[4]} for t in names]
    assert client.post("/api/v1/scores", content=json.dumps(scores)).status_code == 202
    words = [{"trace_id": t, "thumbs": w, "answer_id": "a1"} for t in names for w in ("up", "down")]
    assert client.post("/api/v1/feedback", json=words).status_code == 202
    with services.store.read() as unit:
        samples = unit.of("default").views.samples("answers-2")
    rows = [
        {"project": "default", "target_kind": "answer", "target_id": s["target_id"], "trace_id": "answers-2",
         "content_hash": s["content_hash"], "criterion": f"c{bad}", "annotator": "<i>", "sequence": 0, "bad": bad,
         "comment": TEXTS[3], "created_at": seed.NOW, "spans": []}
        for s in samples for bad in (None, 0.0, 0.4, 1.0)
    ]  # fmt: skip
    with services.store.write() as unit:
        unit.of("default").labels.add(rows)


def _leave_open(services: Services, client: TestClient) -> None:
    slow = dataclasses.replace(services, settings=services.settings.model_copy(update={"quiet_seconds": 3600.0}))
    for name, shape in (("open-new", {"question": "q"}), ("open-again", {"question": "q", "answer": "a"})):
        seed.send(services if name == "open-again" else slow, [{"id": name, "complete": False} | shape])
    seed.settle(services)
    seed.send(slow, [{"id": "open-again", "question": "q", "answer": "b", "complete": False}])
    assert client.get("/api/v1/status").json()["open"] == 2


def test_every_trace_has_its_pages(shapes: tuple[Services, TestClient]) -> None:
    services, client = shapes
    with services.store.read() as unit:
        stored = [row["id"] for row in unit.of("default").views.traces(TraceFilter(limit=1000))]
    assert len(stored) > len(SHAPES) + len(ODD_IDS) + 20
    for trace in stored:
        page = client.get(trace_href(trace), headers=HTML)
        assert page.status_code == 200, trace
        assert "<i>" not in page.text.replace("&lt;i&gt;", "")
        shown = client.get(trace_href(trace).replace("/traces/", "/api/v1/traces/", 1))
        # An address has room for one slash of a name, no more.
        assert shown.status_code == 200 or "%2F" in trace_href(trace), trace


def test_every_page_of_the_lists_is_there(shapes: tuple[Services, TestClient]) -> None:
    _, client = shapes
    pages = ["/", "/ui/status", "/ui/series", "/?range=all", *(f"/traces?page={n}" for n in range(1, 5))]
    for rule, sort, more in product(("hallucination", "toxicity"), ("newest", "worst"), ("", "&label=toxic", "&q=a")):
        pages.append(f"/traces?rule={rule}&sort={sort}{more}")
    for page in pages:
        assert client.get(page, headers=HTML).status_code == 200, page


def test_answers_are_counted_on_the_page(shapes: tuple[Services, TestClient]) -> None:
    _, client = shapes
    page = client.get(f"/traces/answers-{MANY}").text
    assert f"Answer 1 of {MANY}" in page
    assert f'aria-label="Answer {MAX_ANSWERS} of {MANY}"' in page
    assert f"{MANY - MAX_ANSWERS} further answers are not shown" in page
    assert "50 further passages are not shown" in client.get("/traces/many-passages").text
    assert "Answer 1 of" not in client.get("/traces/no-context").text
    assert client.get("/traces/answers-2").text.count("Superseded scores") == 1
