"""Keys and scopes: who is let in, for which project, and what the audit log says of it."""

from __future__ import annotations

import base64
import logging
from datetime import timedelta
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.testclient import TestClient

from evaluator.api.routing import resource
from evaluator.cli.serve import refuse_without_admin
from evaluator.core.access import PREFIX, Scope
from evaluator.core.errors import FaithlineError, InvalidInput
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.pipeline.access import authenticator
from evaluator.pipeline.access import keys as access
from evaluator.store.store import Store
from tests.support.databases import dump
from tests.support.doors import OURS, PUBLIC, THEIRS, Doors, routes

SERIES = "/api/v1/series"
INGEST, READ, REVIEW, ADMIN = Scope
EXPECTED = {
    ("POST", "/v1/traces"): INGEST,
    ("POST", "/v1/logs"): INGEST,
    ("POST", "/api/v1/traces"): INGEST,
    ("POST", "/api/v1/scores"): INGEST,
    ("POST", "/api/v1/feedback"): INGEST,
    ("POST", "/api/public/otel/v1/traces"): INGEST,
    ("POST", "/api/public/scores"): INGEST,
    ("POST", "/api/public/ingestion"): INGEST,
    ("GET", "/api/public/health"): INGEST,
    ("GET", "/api/public/projects"): INGEST,
    ("POST", "/api/v1/rules"): ADMIN,
    ("DELETE", "/api/v1/rules/{name}"): ADMIN,
    ("POST", "/api/v1/rules/{name}/backfill"): ADMIN,
    ("POST", "/api/v1/dead-letters/replay"): ADMIN,
    ("POST", "/api/v1/quarantine/replay"): ADMIN,
    ("POST", "/api/v1/golden-sets"): ADMIN,
    ("POST", "/api/v1/criteria"): ADMIN,
    ("POST", "/api/v1/rubrics"): ADMIN,
    ("POST", "/api/v1/rubrics/test"): ADMIN,
    ("GET", "/api/v1/keys"): ADMIN,
    ("POST", "/api/v1/keys"): ADMIN,
    ("DELETE", "/api/v1/keys/{key_id}"): ADMIN,
    ("GET", "/api/v1/audit"): ADMIN,
    ("PUT", "/api/v1/projects/{project_id}/user-keys"): ADMIN,
    ("DELETE", "/api/v1/users/{user:path}"): ADMIN,
    ("POST", "/api/v1/waves"): ADMIN,
    ("POST", "/api/v1/waves/{wave_id}/close"): ADMIN,
    ("POST", "/api/v1/review/next"): REVIEW,
    ("POST", "/api/v1/review/{task_id}/verdict"): REVIEW,
    ("POST", "/api/v1/review/{task_id}/skip"): REVIEW,
    ("POST", "/api/v1/review/{task_id}/undo"): REVIEW,
    ("POST", "/api/v1/labels"): REVIEW,
    ("POST", "/api/v1/labels/import"): ADMIN,
    ("POST", "/api/v1/golden-sets/{name}/items"): ADMIN,
    ("GET", "/review"): REVIEW,
    ("POST", "/review/name"): REVIEW,
    ("POST", "/review/{task_id}"): REVIEW,
    ("POST", "/ui/label"): REVIEW,
    ("POST", "/ui/golden"): ADMIN,
    ("POST", "/waves/{wave_id}/close"): ADMIN,
    ("POST", "/rubrics/{name}/push"): ADMIN,
    ("POST", "/rubrics/{name}/try"): ADMIN,
}
"""Every other route reads."""


def test_there_is_no_route_without_a_scope(client: TestClient) -> None:
    found = routes(client)
    assert len(found) > 15
    for (method, path), scope in found.items():
        if path not in PUBLIC:
            assert scope == EXPECTED.get((method, path), READ), (method, path)


def test_a_route_that_names_no_scope_can_not_be_made() -> None:
    with pytest.raises(TypeError, match="which scope it needs"):
        resource("/api/v1/anything", "anything").get("")(lambda: None)


def test_each_scope_opens_its_routes_and_no_other(doors: Doors, client: TestClient) -> None:
    for (method, path), needed in routes(client).items():
        if path in PUBLIC or not path.startswith(("/api", "/v1")):
            continue
        address = path.replace("{user:path}", "nobody").replace("{", "").replace("}", "")
        for scope in Scope:
            status = client.request(method, address, headers=doors.bearer(OURS, scope)).status_code
            assert (status == 403) == (scope not in (needed, ADMIN)), (method, path, scope, status)
            assert status not in (401, 500)
        assert client.request(method, address).status_code == 401


def test_a_refusal_names_the_scope(doors: Doors, client: TestClient) -> None:
    answer = client.get("/api/v1/audit", headers=doors.bearer(OURS, READ))
    assert answer.status_code == 403
    assert "'admin'" in answer.json()["error"]["problem"]
    answer = client.get(SERIES)
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "Bearer KEY" in answer.json()["error"]["problem"]


def test_every_way_to_send_a_key(doors: Doors, client: TestClient) -> None:
    key = doors.secrets[OURS, READ]

    def basic(text: str) -> dict[str, str]:
        return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}

    good = [
        {"Authorization": f"bearer  {key}"},
        {"x-api-key": key},
        basic(f"public:{key}"),
        basic(f"{key}:"),
        basic(key),
    ]
    for headers in good:
        assert client.get(SERIES, headers=headers).status_code == 200, headers
    bad: list[Any] = [
        {"Authorization": f"Bearer {key}x"}, {"Authorization": key}, {"Authorization": "Bearer"}, basic("a:b"),
        {"Authorization": "Basic ?"}, {"Authorization": "Basic /w=="}, {"x-api-key": ""}, {"x-api-key": b"\xe9" * 40},
        {"Authorization": f"Bearer {key}", "x-api-key": key},
        [("Authorization", f"Bearer {key}"), ("Authorization", f"Bearer {key}")],
        {"Authorization": f"Digest {key}"}, {"Authorization": f"Bearer {key.swapcase()}"},
    ]  # fmt: skip
    for headers in bad:
        assert client.get(SERIES, headers=headers).status_code == 401, headers


def test_otlp_refuses_in_its_own_form(doors: Doors, client: TestClient) -> None:
    for mime in ("application/x-protobuf", "application/json"):
        answer = client.post("/v1/traces", content=b"", headers={"Content-Type": mime})
        assert (answer.status_code, answer.headers["content-type"]) == (401, mime)
        assert answer.headers["www-authenticate"]
    assert "needs a key" in answer.json()["message"]
    headers = {"Content-Type": "application/x-protobuf"} | doors.bearer(OURS, INGEST)
    answer = client.post("/v1/traces", content=b"", headers=headers)
    assert answer.status_code == 200
    ExportTraceServiceResponse().ParseFromString(answer.content)


def test_a_key_ends_by_expiry_and_by_revocation(
    doors: Doors, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authenticator, "REMEMBERED_SECONDS", 0.0)
    key, secret = doors.make(OURS, READ, expires_in=timedelta(hours=1))
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get(SERIES, headers=headers).status_code == 200
    doors.clock.turn(3599)
    assert client.get(SERIES, headers=headers).status_code == 200
    doors.clock.turn(1)
    assert client.get(SERIES, headers=headers).status_code == 401

    admin, read = doors.bearer(OURS, ADMIN), doors.keys[OURS, READ]
    assert client.get(SERIES, headers=doors.bearer(OURS, READ)).status_code == 200
    assert client.delete(f"/api/v1/keys/{read.id}", headers=admin).status_code == 204
    assert client.get(SERIES, headers=doors.bearer(OURS, READ)).status_code == 401
    assert client.delete(f"/api/v1/keys/{read.id}", headers=admin).status_code == 404
    states = {k["id"]: k["valid"] for k in client.get("/api/v1/keys", headers=admin).json()}
    assert (states[key.id], states[read.id], states[doors.keys[OURS, ADMIN].id]) == (False, False, True)


def test_a_key_made_over_the_api_works_and_is_shown_once(doors: Doors, client: TestClient) -> None:
    admin = doors.bearer(OURS, ADMIN)
    made = client.post(
        "/api/v1/keys", json={"name": "exporter", "scopes": ["ingest"], "expires_in_days": 7}, headers=admin
    )
    assert made.status_code == 201
    secret = made.json()["key"]
    assert secret.startswith(PREFIX)
    assert len(base64.urlsafe_b64decode(secret.removeprefix(PREFIX) + "=")) == 32
    assert client.post("/api/v1/traces", json=[], headers={"x-api-key": secret}).status_code == 202
    listed = client.get("/api/v1/keys", headers=admin)
    assert made.json()["id"] in listed.text
    assert secret not in listed.text
    read = {"scopes": ["read"]}
    for body in ({"name": "x"}, {"name": ""} | read, {"name": "x", "scopes": ["root"]}, {"name": "\x1b[2J"} | read,
                 {"name": "x", "project": THEIRS} | read):  # fmt: skip
        assert client.post("/api/v1/keys", json=body, headers=admin).status_code == 422, body


def test_secrets_are_stored_nowhere_and_logged_nowhere(
    doors: Doors, client: TestClient, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for secret in doors.secrets.values():
        client.get(SERIES, headers={"Authorization": f"Bearer {secret}"})
        client.get(SERIES, headers={"Authorization": f"Bearer {secret}!"})
    said = caplog.text + "".join(capfd.readouterr())
    everything = dump(doors.store.url)
    assert doors.keys[OURS, READ].hash in everything
    for secret in doors.secrets.values():
        assert secret not in everything
        assert secret not in said


def test_the_rate_of_a_key_is_its_own(doors: Doors) -> None:
    with doors.client(key_rate=1.0) as client:
        headers = doors.bearer(OURS, READ)
        statuses = [client.get(SERIES, headers=headers).status_code for _ in range(6)]
        assert statuses[:2] == [200, 200]
        assert 429 in statuses
        refused = next(a for a in (client.get(SERIES, headers=headers) for _ in range(50)) if a.status_code == 429)
        assert int(refused.headers["retry-after"]) >= 1
        assert client.get(SERIES, headers=doors.bearer(THEIRS, READ)).status_code == 200


def test_the_last_use_is_noted(doors: Doors) -> None:
    with doors.client() as client:
        client.get(SERIES, headers=doors.bearer(OURS, READ))
    used = {k.id: k.last_used_at for k in keys_of(doors.store, OURS)}
    assert used[doors.keys[OURS, READ].id] == doors.clock.now()
    assert used[doors.keys[OURS, ADMIN].id] is None


def keys_of(store: Store, project: str) -> list[Any]:
    with store.read() as unit:
        return list(unit.of(project).keys.all())


def test_without_required_keys_the_machine_speaks_for_the_default_project(doors: Doors) -> None:
    with doors.client(require_keys=False) as client:
        assert client.post("/api/v1/traces", json={"id": "mine", "question": "q", "answer": "a"}).status_code == 202
        assert client.get("/api/v1/projects").json()[0]["id"] == DEFAULT_PROJECT
        assert client.get("/api/v1/projects", headers=doors.bearer(OURS, READ)).json()[0]["id"] == OURS
        assert client.get("/api/v1/projects", headers={"x-api-key": "fl_" + "x" * 43}).status_code == 401
        assert client.get("/api/v1/traces/mine", headers=doors.bearer(OURS, READ)).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}, 202),
        ({}, 202),
    ],
)
def test_a_web_page_elsewhere_can_not_use_a_service_without_keys(
    doors: Doors, headers: dict[str, str], status: int
) -> None:
    with doors.client(require_keys=False) as client:
        answer = client.post("/api/v1/traces", content=b"[]", headers={"Content-Type": "text/plain"} | headers)
        assert answer.status_code == status


def test_changes_are_audited_with_who_and_what(doors: Doors, client: TestClient) -> None:
    admin = doors.bearer(OURS, ADMIN)
    rule = {"name": "relevance", "evaluator": "answer_relevance", "rate": 0.5}
    first = client.post("/api/v1/rules", json=rule, headers=admin).json()["version"]
    second = client.post("/api/v1/rules", json=rule | {"rate": 0.25}, headers=admin).json()["version"]
    client.delete("/api/v1/rules/relevance", headers=admin)
    items = {"name": "faq", "items": [{"id": "1", "prompt": "p?", "responses": ["r."]}]}
    golden = client.post("/api/v1/golden-sets", json=items, headers=admin).json()["version"]
    made = client.post("/api/v1/keys", json={"name": "k", "scopes": ["read"]}, headers=admin).json()["id"]
    client.delete(f"/api/v1/keys/{made}", headers=admin)
    client.delete("/api/v1/rules/nothing", headers=admin)

    everything = client.get("/api/v1/audit?limit=1000", headers=admin)
    events = everything.json()
    told = {(e["action"], e["subject"], e["details"].get("before"), e["details"].get("after")) for e in events}
    assert told >= {
        ("rule.push", "relevance", None, first),
        ("rule.push", "relevance", first, second),
        ("rule.retire", "relevance", second, None),
        ("golden_set.push", "faq", None, golden),
        ("key.create", made, None, None),
        ("key.revoke", made, None, None),
    }
    by_key = [e for e in events if e["actor"] == doors.keys[OURS, ADMIN].id]
    assert len(by_key) == 6
    assert {e["actor"] for e in events} == {"local", doors.keys[OURS, ADMIN].id}
    assert THEIRS not in everything.text


def test_the_bootstrap_key_comes_from_the_environment_and_can_be_ended(doors: Doors) -> None:
    secret = "a secret of one's own".replace(" ", "-") + "x" * 20
    with doors.client(bootstrap_key=secret) as client:
        headers = {"Authorization": f"Bearer {secret}"}
        assert client.get("/api/v1/projects", headers=headers).json()[0]["id"] == DEFAULT_PROJECT
        assert client.delete("/api/v1/keys/bootstrap", headers=headers).status_code == 204
    with doors.client(bootstrap_key=secret) as client:
        assert client.get("/api/v1/projects", headers=headers).status_code == 401
    with doors.client(bootstrap_key="another-" + secret) as client:
        assert client.get("/api/v1/projects", headers={"x-api-key": "another-" + secret}).status_code == 200
    with pytest.raises(InvalidInput, match="FAITHLINE_BOOTSTRAP_KEY"):
        access.ensure_bootstrap_key(doors.store, "short", doors.clock)


def test_nobody_listens_to_others_without_an_admin_key(doors: Doors) -> None:
    refuse_without_admin(doors.services())
    for project in (OURS, THEIRS):
        access.revoke_key(doors.store, project, doors.keys[project, ADMIN].id, doors.clock)
    refuse_without_admin(doors.services(require_keys=False))
    refuse_without_admin(doors.services(bootstrap_key="x" * 40))
    with pytest.raises(FaithlineError, match="faithline keys create"):
        refuse_without_admin(doors.services())
