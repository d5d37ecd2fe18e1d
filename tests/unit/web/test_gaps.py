"""Pages, API and commands say why a trace has no answer, and when a sender's traces suddenly have none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from evaluator.bootstrap import Services
from evaluator.cli.main import app
from evaluator.pipeline.stages.ingest import store_parts
from tests.support import seed
from tests.support.calls import call
from tests.support.house import control
from tests.support.running import Running, application, text_of

REMEDY = "set OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=span_only"
HOSTILE = {
    "acme.<script>alert(1)</script>": 1,
    'acme."><img src=x onerror=alert(1)>': 2,
    "acme.\u202egnp": 3,
    "acme.{{ 7 * 7 }}": 4,
    "acme.[bold red]\x1b[31m": 5,
}


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Forty calls with contents, then twenty without; and a trace of a stranger."""
    services = seed.open_house(tmp_path_factory.mktemp("silent") / "house.db")
    parts = [call(n, texts=n > 20, now=seed.NOW) for n in range(1, 61)]
    parts.append(call(999, texts=False, scope="acme", now=seed.NOW, **HOSTILE))
    store_parts(services.store, parts, services.clock, services.quiet)
    control(services.store, services.clock)
    yield services
    services.close()


@pytest.fixture(scope="module")
def pages(silent: Services) -> Iterator[TestClient]:
    with TestClient(application(silent)) as found:
        yield found


def test_a_trace_says_what_it_does_not_tell_and_what_to_do(pages: TestClient) -> None:
    said = text_of(pages.get(f"/traces/{3:032x}").text)
    assert f"No answer and no question : contents are not recorded: {REMEDY} ." in said
    assert "No passages : no retriever or tool span, and nothing in faithline.context ." in said
    assert "sender OpenTelemetry GenAI" in said
    assert "No answer" not in text_of(pages.get(f"/traces/{40:032x}").text)


def test_the_list_says_it_and_is_filtered_by_it(pages: TestClient) -> None:
    answered = pages.get("/traces?missing=answer&sender=opentelemetry-genai").text
    assert answered.count('<tr class="row"') == 20
    assert f"no answer and no question: contents are not recorded: {REMEDY}" in text_of(answered)
    assert re.search(r'<option value="answer" selected>', answered)
    assert re.search(r'<option value="opentelemetry-genai" selected>OpenTelemetry GenAI</option>', answered)
    assert pages.get("/traces?missing=nonsense").text.count('<tr class="row"') == 50
    following = pages.get("/traces?missing=passages").text
    assert "missing=passages&amp;page=2" in following


def test_the_overview_names_the_sender_that_fell_silent(pages: TestClient) -> None:
    for address in ("/", "/ui/status"):
        page = pages.get(address).text
        fell = "20 traces from OpenTelemetry GenAI have an answer (before: 40 of 40): contents are not recorded"
        assert f"0 of {fell}: {REMEDY}" in text_of(page)
        assert 'href="/traces?sender=opentelemetry-genai&amp;missing=answer"' in page


def test_names_of_strangers_run_nothing(pages: TestClient) -> None:
    for address in (f"/traces/{999:032x}", "/traces?missing=question"):
        page = pages.get(address).text
        assert "sender not known; attributes seen: acme." in text_of(page)
        for raw in ("<script>alert(1)", "<img src=x", "\u202e", "\x1b", "acme.49"):
            assert raw not in page


def test_the_api_says_the_same(pages: TestClient) -> None:
    listed = pages.get("/api/v1/traces", params={"missing": "answer", "sender": "opentelemetry-genai"}).json()
    assert len(listed["traces"]) == 20
    first = listed["traces"][0]
    assert first["sender"] == "opentelemetry-genai"
    assert first["gaps"][0] == {
        "fact": "answer",
        "reason": "not_recorded",
        "said": f"contents are not recorded: {REMEDY}",
    }
    assert pages.get(f"/api/v1/traces/{40:032x}").json()["gaps"][0]["reason"] == "no_source"
    assert pages.get("/api/v1/traces?missing=everything").status_code == 422
    refused = pages.get("/api/v1/traces?sender=litelm")
    assert (refused.status_code, "Did you mean litellm?" in refused.text) == (422, True)
    (drop,) = pages.get("/api/v1/status").json()["yield_drops"]
    assert (drop["fact"], drop["having"], drop["traces"]) == ("answer", 0, 20)
    assert drop["says"].endswith(REMEDY)


@pytest.fixture
def faithline(silent: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setenv("FAITHLINE_DATABASE_URL", silent.settings.database_url)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("evaluator.bootstrap.SystemClock", seed.FixedClock)
    return lambda *words: CliRunner().invoke(app, words)


def test_commands_say_the_same(faithline: Any) -> None:
    told = faithline("traces", "--missing", "answer", "--limit", "100")
    assert told.exit_code == 0, told.output
    said = " ".join(told.stdout.split())
    assert said.count("no answer") == 21
    assert "\x1b[31m" not in told.stdout
    assert "\u202e" not in told.stdout
    assert "There are no such traces" in faithline("traces", "--sender", "litellm").output
    refused = faithline("traces", "--sender", "litelm")
    assert (refused.exit_code, "Did you mean litellm?" in " ".join(refused.output.split())) == (2, True)
    status = " ".join(faithline("status").stdout.split())
    assert "0 of 20 traces from OpenTelemetry GenAI have an answer (before: 40 of 40)" in status


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 380])
@pytest.mark.parametrize("dark", [False, True])
def test_pages_with_gaps_fit_their_window(silent: Services, open_tab: Any, width: int, dark: bool) -> None:
    with Running(silent) as site:
        for address in ("/", "/traces?missing=answer", f"/traces/{3:032x}", f"/traces/{999:032x}"):
            tab = open_tab(site.url + address, width=width, dark=dark)
            assert tab.overflow() <= 0, address
