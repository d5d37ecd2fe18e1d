"""Waves, reviewing and labels over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from evaluator.core.access import Scope
from tests.support.doors import OURS, THEIRS, Doors, task_of

ADMIN, READ, REVIEW = Scope.ADMIN, Scope.READ, Scope.REVIEW


def post(client: TestClient, doors: Doors, path: str, body: Any = None, scope: Scope = REVIEW, **more: Any) -> Any:
    return client.post(path, json={} if body is None else body, headers=doors.bearer(OURS, scope), **more)


def test_a_wave_from_its_draw_to_its_end(doors: Doors, client: TestClient) -> None:
    asked = {"criterion": "shouts", "rule": "ours-rule", "size": 3, "design": {"kind": "uniform"}}
    planned = post(client, doors, "/api/v1/waves", asked | {"dry_run": True}, ADMIN)
    assert planned.status_code == 201
    assert planned.json() | {"design": {}} == {
        "id": None, "kind": "batch", "start": "2026-11-13T12:00:02Z", "end": "2026-11-20T12:00:02Z", "frame": 1,
        "drawn": 1, "tasks": 1, "second": 0, "expected_half_width": 0.0, "design": {},
    }  # fmt: skip
    drawn = post(client, doors, "/api/v1/waves", asked, ADMIN).json()
    assert (drawn["frame"], drawn["drawn"], drawn["tasks"]) == (1, 1, 0), "the wave before asks about it already"
    standing = post(client, doors, "/api/v1/waves", asked | {"size": None, "per_day": 5}, ADMIN).json()
    assert (standing["kind"], standing["end"]) == ("standing", None)
    headers = doors.bearer(OURS, READ)
    listed = client.get("/api/v1/waves?limit=2", headers=headers).json()
    assert len(listed["items"]) == 2
    rest = client.get(f"/api/v1/waves?after={listed['next_after']}", headers=headers).json()
    assert {w["id"] for w in listed["items"] + rest["items"]} == {drawn["id"], standing["id"], doors.waves[OURS]}
    first = client.get(f"/api/v1/waves/{doors.waves[OURS]}", headers=headers).json()
    assert (first["open"], first["tasks"]["first"]["open"], first["request"]["size"]) == (1, 1, 100)
    closed = post(client, doors, f"/api/v1/waves/{standing['id']}/close", None, ADMIN).json()
    assert closed["closed_at"] == closed["end"] is not None
    events = client.get("/api/v1/audit", headers=doors.bearer(OURS, ADMIN)).json()
    actions = [e["action"] for e in (events["events"] if isinstance(events, dict) else events)]
    assert {"wave.draw", "wave.stand", "wave.close"} <= set(actions)


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"size": None}, "body", "give size for a batch, or per_day"),
        ({"size": 0}, "size", "greater than or equal to 1"),
        ({"size": 20_001}, "size", "less than or equal to 20000"),
        ({"rule": "Not a name"}, "rule", "should match"),
        ({"design": {"kind": "stratified"}}, "design", "needs one of model"),
        ({"design": {"kind": "best"}}, "design.kind", "should be 'active'"),
        ({"second_share": 2}, "second_share", "less than or equal to 1"),
        ({"from": "2026-11-20", "to": "2026-11-19"}, "body", "from must lie before to"),
        ({"from": "2026-11-20T00:00:00", "to": "2026-11-19T00:00:00Z"}, "body", "from must lie before to"),
        ({"criterion": "unfaithful"}, "criterion", "the rule ours-rule judges 'shouts'"),
        ({"filter": [{"field": "modle"}]}, "filter.0.field", "did you mean model?"),
        ({"filter": [{"field": "cost", "op": "gt", "value": "x"}]}, "filter.0.value", "must be a number"),
        ({"sizes": 3}, "sizes", "is no field"),
    ],
)
def test_bad_waves_name_the_field(
    doors: Doors, client: TestClient, change: dict[str, Any], field: str, says: str
) -> None:
    asked = {"criterion": "shouts", "rule": "ours-rule", "size": 3} | change
    answer = post(client, doors, "/api/v1/waves", asked, ADMIN)
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["field"] == field
    assert says in answer.json()["error"]["problem"]


def test_a_task_from_next_to_undo(doors: Doors, client: TestClient) -> None:
    task = post(client, doors, "/api/v1/review/next").json()
    assert task["task"] == task_of(doors, OURS)
    assert task["answer"] == "the secret of ours"
    assert task["left"] == {"batch": 1, "all": 1}
    assert task["criterion"]["levels"][0]["label"] == "calm"
    where = f"/api/v1/review/{task['task']}"
    given = post(client, doors, f"{where}/verdict", {"level": "loud", "spans": [{"start": 0, "end": 3}]})
    assert given.status_code == 200
    assert given.json() | {"at": ""} == {
        "task": task["task"], "state": "done", "annotator": "a key", "answered": "level", "level": "loud",
        "spans": [{"start": 0, "end": 3}], "comment": "", "at": "",
    }  # fmt: skip
    assert post(client, doors, "/api/v1/review/next").status_code == 204
    other = post(client, doors, f"{where}/verdict", {"level": "calm"})
    assert other.status_code == 409
    assert "Take that back first" in other.json()["error"]["problem"]
    assert post(client, doors, f"{where}/undo").json()["answered"] == "withdrawn"
    assert post(client, doors, f"{where}/skip", {"comment": "no idea"}).json()["state"] == "open"
    assert post(client, doors, "/api/v1/review/next").status_code == 204, "it was passed on"


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("verdict", {}, 422, "level"),
        ("verdict", {"level": "wild"}, 422, "level"),
        ("verdict", {"level": "calm", "spans": [{"start": 0, "end": 999}]}, 422, "spans.0"),
        ("verdict", {"level": "calm", "spans": [{"start": "0", "end": 1}]}, 422, "spans.0.start"),
        ("verdict", {"level": "calm", "annotator": "somebody else"}, 422, "annotator"),
        ("verdict", {"level": "calm", "comment": "x" * 10_001}, 422, "comment"),
        ("undo", {}, 409, None),
    ],
)
def test_bad_verdicts_name_the_field(
    doors: Doors, client: TestClient, path: str, body: dict[str, Any], status: int, field: str | None
) -> None:
    answer = post(client, doors, f"/api/v1/review/{task_of(doors, OURS)}/{path}", body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (status, field), answer.text


def test_without_keys_the_annotator_is_whoever_is_named(doors: Doors) -> None:
    """On loopback, where nobody is asked for a key, the project is the default one."""
    from tests.support.house import House
    from tests.support.reviewed import draw, judged

    house = judged(House(doors.store, doors.clock), 3)
    draw(house, size=10)
    with doors.client(require_keys=False) as client:
        one = client.post("/api/v1/review/next", json={}).json()
        two = client.post("/api/v1/review/next", json={"annotator": "bob"}).json()
        assert one["task"] != two["task"]
        said = client.post(f"/api/v1/review/{one['task']}/verdict", json={"level": "calm"})
        assert said.json()["annotator"] == "local"
        said = client.post(f"/api/v1/review/{two['task']}/verdict", json={"level": "calm", "annotator": "bob"})
        assert said.json()["annotator"] == "bob"


def test_a_label_of_a_trace_that_one_reads(doors: Doors, client: TestClient) -> None:
    label = {"trace_id": "ours-trace", "criterion": "shouts", "level": "loud", "comment": "too loud"}
    answer = post(client, doors, "/api/v1/labels", label)
    assert answer.status_code == 201
    assert answer.json()["source"] == "trace"
    assert (answer.json()["annotator"], answer.json()["sequence"]) == ("a key", 0)
    assert post(client, doors, "/api/v1/labels", label | {"level": "calm"}).json()["sequence"] == 1
    theirs = post(client, doors, "/api/v1/labels", label | {"trace_id": "theirs-trace"})
    assert theirs.status_code == 404


def test_tasks_go_out_as_lines_and_come_back(doors: Doors, client: TestClient) -> None:
    answer = client.get("/api/v1/labels?open=true", headers=doors.bearer(OURS, READ))
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    (row,) = map(json.loads, answer.text.splitlines())
    assert row["probability"] == 1.0
    lines = "\n".join(
        json.dumps(one) for one in (row | {"level": "loud"}, row | {"level": "wild"}, {"level": "calm"})
    )
    headers = doors.bearer(OURS, ADMIN) | {"Content-Type": "application/x-ndjson"}
    back = client.post("/api/v1/labels/import?annotator=team", content=lines, headers=headers)
    assert back.status_code == 202
    assert [back.json()[name] for name in ("accepted", "unchanged", "unanswered", "rejected")] == [1, 0, 0, 2]
    assert [(e["index"], e["field"]) for e in back.json()["errors"]] == [(1, "level"), (2, "trace_id")]
    again = post(client, doors, "/api/v1/labels/import?annotator=team", {"labels": [row | {"level": "loud"}]}, ADMIN)
    assert again.json()["unchanged"] == 1
    bad = post(client, doors, "/api/v1/labels/import", [row | {"stratum": "mine", "level": "loud"}], ADMIN)
    assert bad.status_code == 422
    assert bad.json()["errors"][0]["field"] == "stratum"
    (done,) = map(json.loads, client.get("/api/v1/labels", headers=doors.bearer(OURS, READ)).text.splitlines())
    assert (done["annotator"], done["level"], done["state"]) == ("team", "loud", "done")
    assert client.get("/api/v1/labels?open=true", headers=doors.bearer(OURS, READ)).text == ""
    missing = client.get("/api/v1/labels?wave=nothing", headers=doors.bearer(OURS, READ))
    assert missing.status_code == 404
    assert (
        client.get(f"/api/v1/labels?wave={doors.waves[THEIRS]}", headers=doors.bearer(OURS, READ)).status_code == 404
    )


def test_an_answer_is_put_into_a_golden_set(doors: Doors, client: TestClient) -> None:
    where = "/api/v1/golden-sets/kept/items"
    first = post(client, doors, where, {"trace_id": "ours-trace"}, ADMIN)
    assert (first.status_code, first.json()["size"]) == (201, 1)
    doors.clock.turn(1)
    corrected = {"trace_id": "ours-trace", "answer": "nothing secret"}
    second = post(client, doors, where, corrected, ADMIN).json()
    assert second["version"] != first.json()["version"]
    shown = client.get("/api/v1/golden-sets/kept", headers=doors.bearer(OURS, READ)).json()
    (item,) = shown["items"]
    assert (item["id"], item["prompt"], item["context"]) == ("ours-trace", "question 1?", "some context")
    assert item["responses"] == ["the secret of ours", "nothing secret"]
    theirs = post(client, doors, where, {"trace_id": "theirs-trace"}, ADMIN)
    assert theirs.status_code == 404
    bad = {"trace_id": {}, "answr": {"trace_id": "ours-trace", "answr": "x"}, "answer": corrected | {"answer": " "}}
    for field, body in bad.items():
        refused = post(client, doors, where, body, ADMIN)
        assert (refused.status_code, refused.json()["error"]["field"]) == (422, field)
    assert post(client, doors, where, corrected, REVIEW).status_code == 403
