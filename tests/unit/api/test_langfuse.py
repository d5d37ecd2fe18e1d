"""Langfuse's SDKs pointed here: what they sent, byte for byte, and what they read of the answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from evaluator.api.app import create_app
from evaluator.bootstrap import Services
from evaluator.core.ports import NoHints
from evaluator.settings import Settings
from evaluator.store.store import Store
from tests.support.house import House, TurnedClock
from tests.support.recordings import Recording, recordings

_SDKS = [recording for recording in recordings() if recording.name in ("langfuse", "langfuse-v3")]
_AFTER = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
def client(sqlite_url: str) -> Iterator[TestClient]:
    house = House(Store(sqlite_url), TurnedClock(_AFTER))
    services = Services(Settings(database_url=house.store.url), house.store, house.clock, NoHints())
    with TestClient(create_app(services), raise_server_exceptions=False) as found:
        yield found
    house.store.close()


def _annotations(client: TestClient, kind: str) -> dict[tuple[str, str], Any]:
    items = client.get(f"/api/v1/{kind}", params={"limit": 100}).json()["items"]
    return {(i["trace_id"], i["name"]): i["label"] if i.get("label") else i["value"] for i in items}


@pytest.mark.parametrize("sdk", _SDKS, ids=lambda sdk: sdk.name)
def test_what_the_sdk_sends_is_taken(client: TestClient, sdk: Recording) -> None:
    traces = [said["trace_id"] for said in sdk.said["traces"]]
    for request, body in sdk.requests():
        headers = {k: v for k, v in request["headers"].items() if k != "content-encoding"}
        answer = client.post(request["path"], content=body, headers=headers)
        assert answer.status_code in (200, 207), answer.text
    assert {t["id"] for t in client.get("/api/v1/traces").json()["traces"]} == set(traces)
    feedback, scores = _annotations(client, "feedback"), _annotations(client, "scores")
    assert feedback == {(traces[0], "feedback"): 1.0}
    assert scores == {(traces[0], "correctness"): 0.85, (traces[1], "tone"): "friendly"}


def test_a_score_that_cannot_be_kept_is_named_and_the_others_are_kept(client: TestClient) -> None:
    good = {"id": "s1", "traceId": "t1", "name": "tone", "value": "warm", "dataType": "CATEGORICAL"}
    bad: list[Any] = [7, {"sessionId": "s", "name": "tone", "value": 1}, {"traceId": "t1", "value": 1}]
    answer = client.post("/api/public/scores", json=[*bad, good])
    assert answer.status_code == 200
    assert answer.json()["id"] == "s1"
    assert len(answer.json()["errors"]) == 3
    assert "scores of a session are not kept" in answer.text
    assert _annotations(client, "scores") == {("t1", "tone"): "warm"}
    alone = client.post("/api/public/scores", json=bad[2])
    assert alone.status_code == 422
    assert "name" in alone.text


def test_events_of_the_old_protocol_are_refused_by_name(client: TestClient) -> None:
    events = [
        {"id": "e1", "type": "trace-create", "body": {"id": "t1", "input": "Hi?"}},
        {"id": "e2", "type": "score-create", "body": {"traceId": "t1", "name": "user_feedback", "value": False}},
        7,
    ]
    answer = client.post("/api/public/ingestion", json={"batch": events})
    assert answer.status_code == 207
    said = answer.json()
    assert [item["id"] for item in said["successes"]] == ["e2"]
    assert [item["status"] for item in said["errors"]] == [400, 400]
    assert "OTLP" in said["errors"][0]["message"]
    assert _annotations(client, "feedback") == {("t1", "feedback"): -1.0}


def test_the_sdk_may_check_its_keys(client: TestClient) -> None:
    assert client.get("/api/public/health").json()["status"] == "OK"
    assert client.get("/api/public/projects").json()["data"][0]["id"] == "default"
