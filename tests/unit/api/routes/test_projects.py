"""A project names the attributes that hold its users, over HTTP, and what comes in next heeds them."""

from __future__ import annotations

from starlette.testclient import TestClient

from evaluator.core.access import Scope
from tests.support.databases import holding
from tests.support.doors import OURS, THEIRS, Doors
from tests.support.placed import request

ADDRESS = f"/api/v1/projects/{OURS}/user-keys"


def test_names_are_given_shown_and_heeded_at_every_door(doors: Doors, client: TestClient) -> None:
    admin, reader, sender = (doors.bearer(OURS, scope) for scope in (Scope.ADMIN, Scope.READ, Scope.INGEST))
    shown = client.put(ADDRESS, json={"user_keys": ["customer_ref"]}, headers=admin)
    assert shown.status_code == 200
    assert shown.json()["user_keys"] == ["customer_ref"]
    assert client.get("/api/v1/projects", headers=reader).json()[0]["user_keys"] == ["customer_ref"]
    theirs = client.get(f"/api/v1/projects/{THEIRS}", headers=doors.bearer(THEIRS, Scope.READ)).json()
    assert theirs["user_keys"] == []

    body = request({"span": {"app.customerRef": "kim-7"}})
    assert client.post("/v1/traces", json=body, headers=sender).status_code == 200
    item = {"id": "n-7", "question": "q", "answer": "a", "metadata": {"x": {"customer_ref": "kim-7"}}}
    assert client.post("/api/v1/traces", json=item, headers=sender).status_code == 202
    score = {"trace_id": "n-7", "name": "s", "value": 1, "metadata": {"customer_ref": "kim-7"}}
    assert client.post("/api/v1/scores", json={"scores": [score]}, headers=sender).status_code == 202
    langfuse = {"traceId": "n-7", "name": "s", "value": 1, "metadata": {"customer_ref": "kim-7"}}
    assert client.post("/api/public/scores", json=langfuse, headers=sender).json()["errors"] == []
    assert holding(doors.store.url, "kim-7") == set()
    erased = client.delete("/api/v1/users/kim-7", headers=admin).json()
    assert (erased["complete"], erased["deleted"]["trace"]) == (True, 2)


def test_what_is_wrong_is_told_and_another_project_is_not_found(doors: Doors, client: TestClient) -> None:
    admin = doors.bearer(OURS, Scope.ADMIN)
    wrong = client.put(ADDRESS, json={"user_keys": ["ok", "output.value"]}, headers=admin)
    assert wrong.status_code == 422
    assert wrong.json()["error"]["field"] == "user_keys[1]"
    assert client.put(ADDRESS, json={"user_keys": "x"}, headers=admin).status_code == 422
    for name in (THEIRS, "nowhere"):
        answer = client.put(f"/api/v1/projects/{name}/user-keys", json={"user_keys": []}, headers=admin)
        assert answer.status_code == 404
