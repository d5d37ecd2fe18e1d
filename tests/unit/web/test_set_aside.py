"""What was set aside, on the pages, by the API and on the command line."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from typer.testing import CliRunner

from evaluator.bootstrap import Services
from evaluator.cli.main import app
from evaluator.pipeline.operations.dead_letters import DeadLetter
from evaluator.web import pages
from tests.support.running import application
from tests.support.seed import send, settle

BAD = "/traces/%3Cb%3Ebad%3C%2Fb%3E"


@pytest.fixture
def hurt(empty_house: Services) -> Services:
    """A trace whose parts can not be read, beside one that can."""
    items = [
        {"id": name, "question": "q?", "answer": "an answer", "complete": True} for name in ("good", "<b>bad</b>")
    ]
    send(empty_house, items)
    with empty_house.store.write() as unit:
        unit.connection.execute(text("UPDATE part SET body = :b WHERE trace_id <> 'good'"), {"b": b"no"})
    settle(empty_house)
    return empty_house


def client_of(house: Services) -> TestClient:
    return TestClient(application(house), base_url="http://127.0.0.1")


def test_every_surface_names_it(hurt: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    with client_of(hurt) as client:
        (item,) = client.get("/api/v1/quarantine").json()["items"]
        assert (item["step"], item["kind"], item["subject"], item["attempts"]) == ("settle", "trace", "<b>bad</b>", 1)
        for address in ("/quarantine", BAD, "/", "/traces", "/traces/good"):
            answer = client.get(address)
            assert answer.status_code == 200, address
            assert "<b>bad</b>" not in answer.text
        assert "stands still at the step settle" in client.get(BAD).text
        assert "1 item" in client.get("/ui/status").text
        assert client.get("/readyz").json()["set_aside"] == {"trace at settle": 1}
        assert 'faithline_quarantined{kind="trace",step="settle"} 1.0' in client.get("/metrics").text
        monkeypatch.setenv("FAITHLINE_DATABASE_URL", hurt.settings.database_url)
        told = CliRunner().invoke(app, ["quarantine", "list"])
        assert item["id"] in told.stdout, told.output
        assert CliRunner().invoke(app, ["quarantine", "replay", item["id"]]).exit_code == 0
        (item,) = client.get("/api/v1/quarantine").json()["items"]
        assert item["attempts"] == 0


def test_links_lead_to_the_trace_itself_whatever_its_id(empty_house: Services) -> None:
    name = "a/../b?c#d"
    send(empty_house, [{"id": name, "question": "q?", "answer": "an answer", "complete": True}])
    with empty_house.store.write() as unit:
        unit.connection.execute(text("UPDATE part SET body = :b"), {"b": b"no"})
    settle(empty_house)
    with client_of(empty_house) as client:
        (address,) = re.findall(r'<td>trace <a href="([^"]*)"', client.get("/quarantine").text)
        assert "stands still at the step settle" in client.get(address).text
        assert client.get("/api/v1" + address).json()["set_aside"][0]["step"] == "settle"
        assert client.get("/api/v1/traces/").json()["traces"][0]["id"] == name


def test_dead_letters_that_are_not_shown_are_told(hurt: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    letters = [
        DeadLetter(
            id=number, trace_id="a/../b", target_id="t", evaluator="e", fingerprint="f", queue="score", attempts=4,
            error="no", failure=None, message=None, queued_at=None, failed_at=None,
        )
        for number in range(2)
    ]  # fmt: skip
    monkeypatch.setattr(pages, "SHOWN", 2)
    monkeypatch.setattr(pages, "read_dead_letters", lambda *_: letters)
    with client_of(hurt) as client:
        shown = client.get("/quarantine").text
    assert "The oldest 2. <code>faithline dead-letters list</code> shows the rest" in shown
    assert shown.count('href="/traces/a%2F..%2Fb"') == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "ids"), ({"ids": ["x"]}, "ids"), ({"ids": ["0123456789ab"], "all": True}, "ids"), ({"id": 1}, "id")],
)
def test_replays_that_can_not_be(hurt: Services, body: dict[str, Any], field: str) -> None:
    with client_of(hurt) as client:
        answer = client.post("/api/v1/quarantine/replay", json=body)
    assert answer.status_code == 422
    assert field in answer.json()["error"]["field"]


def test_an_item_that_is_none(hurt: Services) -> None:
    with client_of(hurt) as client:
        assert client.post("/api/v1/quarantine/replay", json={"ids": ["0123456789ab"]}).status_code == 404
        assert client.get("/api/v1/quarantine?after=0123456789ab").status_code == 404
        assert client.get("/api/v1/quarantine?limit=0").status_code == 422
