"""Where a trace's facts came from, on its page, in the API and on the command line; and nobody else's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from evaluator.bootstrap import Services
from evaluator.cli.main import app
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.pipeline.stages.ingest import store_parts
from tests.support import seed
from tests.support.calls import call
from tests.support.house import control
from tests.support.running import Running, application, text_of

ID, HOSTILE_ID, ELSEWHERE = f"{1:032x}", f"{2:032x}", f"{3:032x}"
SENT = (("f0", 1), ("f1", -1))
"""Feedback that was given at the same moment: the later id counts."""
RAW = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "<img src=x onerror=alert(1)>",
    "gen_ai.input.messages": "When does it close?",
    "gen_ai.output.messages": "It <script>alert(1)</script> closes at nine. \u202e\x1b[31m",
    "gen_ai.usage.input_tokens": 12,
    "faithline.tags": "{{ 7 * 7 }}",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    services = seed.open_house(tmp_path_factory.mktemp("told") / "house.db")
    hostile = call(2, texts=False, now=seed.NOW, **RAW)
    hostile = replace(hostile, body=hostile.body | {"name": "<b>chat</b>"})
    parts = [call(1, texts=True, now=seed.NOW), hostile, call(3, texts=True, now=seed.NOW, project="other")]
    store_parts(services.store, parts, services.clock, services.quiet)
    seed.send(services, [seed.stepped()])
    control(services.store, services.clock)
    yield services
    services.close()


@pytest.fixture(scope="module")
def pages(told: Services) -> Iterator[TestClient]:
    with TestClient(application(told)) as found:
        yield found


def test_the_page_explains_when_it_is_asked_to(pages: TestClient) -> None:
    plain = pages.get(f"/traces/{ID}").text
    assert f'href="/traces/{ID}?explain=1#explained"' in plain
    assert "gen_ai.output.messages" not in text_of(plain.split('id="explained"')[1].split("</section>")[0])
    said = text_of(pages.get(f"/traces/{ID}?explain=1").text)
    assert "answer It closes at nine. attribute gen_ai.output.messages of chat gen_ai" in said
    assert "latency ms 1000.0 from the start to the end of the outermost span" in said


def test_the_api_says_it_as_json(pages: TestClient) -> None:
    found = pages.get(f"/api/v1/traces/{ID}/explain").json()
    facts = {fact["fact"]: fact for fact in found["facts"]}
    assert facts["question"]["places"] == [
        {"kind": "attribute", "name": "gen_ai.input.messages", "span_id": f"{1:016x}", "span": "chat",
         "convention": "gen_ai"},
    ]  # fmt: skip
    assert found["sender"] == "opentelemetry-genai"
    assert [gap["reason"] for gap in found["gaps"]] == ["no_source"]
    assert found["not_looked_at"] == ""


def test_nothing_of_another_project_is_explained(pages: TestClient) -> None:
    assert pages.get(f"/api/v1/traces/{ELSEWHERE}/explain").status_code == 404
    assert pages.get(f"/traces/{ELSEWHERE}?explain=1").status_code == 404
    assert pages.get("/api/v1/traces/nobody/explain").status_code == 404


def test_hostile_traces_run_nothing(pages: TestClient) -> None:
    page = pages.get(f"/traces/{HOSTILE_ID}?explain=1").text
    section = page.split('id="explained"')[1]
    assert "gen_ai.output.messages" in section
    for raw in ("<script>alert(1)", "<img src=x", "<b>chat", "\u202e", "\x1b", "49"):
        assert raw not in section.split("</section>")[0]


@pytest.fixture
def faithline(told: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setenv("FAITHLINE_DATABASE_URL", told.settings.database_url)
    monkeypatch.setenv("HOME", str(tmp_path))
    return lambda *words: CliRunner().invoke(app, ["explain", *words])


def test_the_command_says_it_as_a_table_and_as_json(faithline: Any) -> None:
    told = faithline(ID)
    assert told.exit_code == 0, told.output
    said = " ".join(told.output.split())
    assert "attribute gen_ai.output.messages" in said
    assert "Sent by OpenTelemetry GenAI" in said
    assert "No passages: no retriever or tool span, and nothing in faithline.context" in said
    found = json.loads(faithline(ID, "--json").stdout)
    assert {"question", "answer"} <= {fact["fact"] for fact in found["facts"]}
    assert "\x1b" not in faithline(HOSTILE_ID).output
    assert faithline(ELSEWHERE).exit_code == 2
    assert faithline(ELSEWHERE, "--project", "other").exit_code == 0


def test_feedback_that_was_sent_goes_before_that_of_the_spans(pages: TestClient) -> None:
    both = [{"trace_id": ID, "value": value, "id": of, "timestamp": seed.NOW.isoformat()} for of, value in SENT]
    assert pages.post("/api/v1/feedback", json=both).status_code == 202
    assert pages.get(f"/api/v1/traces/{ID}").json()["feedback"] == -1
    (found,) = (f for f in pages.get(f"/api/v1/traces/{ID}/explain").json()["facts"] if f["fact"] == "feedback")
    assert found["value"] == "-1"
    assert [(place["kind"], place["name"]) for place in found["places"]] == [("annotation", "f1")]


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 380])
@pytest.mark.parametrize("dark", [False, True])
def test_the_section_is_loaded_at_a_click_and_fits(told: Services, open_tab: Any, width: int, dark: bool) -> None:
    with Running(told) as site:
        for trace in (ID, HOSTILE_ID, "stepped"):
            tab = open_tab(f"{site.url}/traces/{trace}", width=width, dark=dark)
            tab.page.locator("#explained .button").click()
            tab.page.locator(".explained").wait_for()
            assert tab.page.url.endswith(trace)
            assert tab.overflow() <= 0


def test_the_project_of_the_pages_is_the_default_one(told: Services) -> None:
    with told.store.read() as unit:
        assert {DEFAULT_PROJECT, "other"} <= set(unit.projects.all())
