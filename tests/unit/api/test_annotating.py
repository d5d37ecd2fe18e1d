"""Scores and feedback from elsewhere, backfills and dead letters over HTTP."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from evaluator.bootstrap import Services
from evaluator.core.ports import NoHints
from evaluator.core.retry import MAX_ATTEMPTS
from evaluator.settings import Settings
from tests.support.house import NOW, PROJECT, House, create, trace
from tests.support.running import application

SCORES, FEEDBACK = "/api/v1/scores", "/api/v1/feedback"


@pytest.fixture
def client(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(Services, "build", lambda *_: create(PROJECT, "shout", {}))
    services = Services(Settings(database_url=house.store.url), house.store, house.clock, NoHints())
    with TestClient(application(services), raise_server_exceptions=False) as found:
        yield found


def test_good_items_are_kept_and_bad_ones_named(client: TestClient) -> None:
    good = {"trace_id": "t1", "name": "helpful", "value": 0.5}
    answer = client.post(SCORES, json={"scores": [good, good | {"value": "0.8"}, 7, good | {"name": "tone"}]})
    assert answer.status_code == 202
    body = answer.json()
    assert (body["accepted"], body["rejected"], body["unmatched"]) == (2, 2, 2)
    assert [(e["index"], e["field"]) for e in body["errors"]] == [(1, "value"), (2, "score")]
    assert "without quotes" in body["errors"][0]["remedy"]
    assert client.post(SCORES, json=good | {"value": None}).status_code == 422
    assert client.post(SCORES, json=[]).status_code == 202
    packed = gzip.compress(json.dumps(good | {"value": -3}).encode())
    assert client.post(SCORES, content=packed, headers={"Content-Encoding": "gzip"}).json()["accepted"] == 1
    listed = client.get(SCORES, params={"trace_id": "t1", "name": "helpful"}).json()["items"]
    assert sorted(i["value"] for i in listed) == [-3, 0.5]
    first = client.get(SCORES, params={"limit": 2}).json()
    rest = client.get(SCORES, params={"limit": 2, "offset": first["next_offset"]}).json()
    assert (len(first["items"]), len(rest["items"]), rest["next_offset"]) == (2, 1, None)
    assert client.get(FEEDBACK).json()["items"] == []
    here = {"from": "2026-11-20T17:29:59", "to": "2026-11-20T17:30:01", "tz": "+05:30"}
    assert client.get(SCORES, params=here).json()["items"] == client.get(SCORES).json()["items"]
    assert client.get(SCORES, params=here | {"tz": "UTC"}).json()["items"] == []


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"{", 422), (b'"text"', 422), (b'[{"value": NaN}]', 422), (b"[" * 100_000, 422), (b"[1]", 422),
     (b"[" + b"1," * 10_000 + b"1]", 422)],
)  # fmt: skip
def test_bad_bodies(client: TestClient, content: bytes, status: int) -> None:
    for path in (SCORES, FEEDBACK):
        answer = client.post(path, content=content)
        assert answer.status_code == status, answer.text


def test_a_trace_shows_what_is_said_of_it(client: TestClient, house: House) -> None:
    house.rule()
    house.feed(trace(1), trace(2))
    house.run()
    hostile = "<script>alert(1)</script>\u202e" + "x" * 5000
    client.post(
        SCORES, json={"trace_id": "t1", "name": hostile[:90], "value": 1e15, "label": "<b>", "comment": hostile}
    )
    done = client.post(FEEDBACK, json={"trace_id": "t1", "thumbs": "down", "comment": "no", "answer_id": "root"})
    assert done.json() == {"accepted": 1, "rejected": 0, "unmatched": 0, "errors": []}
    shown = client.get("/api/v1/traces/t1").json()
    assert shown["feedback"] == -1
    assert sorted((a["kind"], a["target_id"], a["comment"][:3]) for a in shown["annotations"]) == [
        ("feedback", "t1", "no"), ("score", None, "<sc"),
    ]  # fmt: skip
    assert [t["id"] for t in client.get("/api/v1/traces?annotation=feedback").json()["traces"]] == ["t1"]
    page = client.get("/traces/t1").text
    assert "Scores and feedback from elsewhere" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "\u202e" not in page
    assert "x" * 2001 not in page
    assert "from elsewhere" not in client.get("/traces/t2").text


def test_backfills(client: TestClient, house: House) -> None:
    house.feed(*(trace(i) for i in range(6)))
    house.run()
    house.rule(rate=0.5)
    path, window = "/api/v1/rules/shouting/backfill", {"from": (NOW - timedelta(hours=1)).isoformat()}
    window["to"] = (NOW + timedelta(minutes=1)).isoformat()
    told = client.post(path, json=window).json()
    assert (told["applied"], told["complete"], told["targets"]) == (False, True, 6)
    assert told["drawn"] == told["jobs"] == told["strata"]["rest"]["drawn"]
    assert client.post(path, json=window).json() == told, "a dry run changes nothing"
    done = client.post(path, json=window | {"dry_run": False}).json()
    assert done == told | {"applied": True}
    assert client.post(path, json=window | {"dry_run": False}).json()["decided"] == 6
    assert client.post("/api/v1/rules/nothing/backfill", json=window).status_code == 404
    assert client.post(path, json=window | {"to": window["from"]}).status_code == 422
    local = {"from": "2026-11-20T17:26:00", "to": "2026-11-20T17:30:00"}
    in_india = client.post(path, json=local | {"tz": "Asia/Kolkata"}).json()
    assert (in_india["start"], in_india["planned"]) == ("2026-11-20T11:56:00Z", 4)
    assert client.post(path, json=local).json()["start"] == "2026-11-20T17:26:00Z"
    assert "tz" in client.post(path, json=local | {"tz": "India"}).text


def test_dead_letters(client: TestClient, house: House) -> None:
    house.rule()
    house.feed(trace(1, "this goes boom"), trace(2, "boom it goes"))
    house.control()
    for _ in range(MAX_ATTEMPTS):
        house.score()
        house.clock.turn(3600)
    first = client.get("/api/v1/dead-letters?limit=1").json()
    (letter,) = first["dead_letters"]
    assert (letter["attempts"], letter["failure"], letter["evaluator"]) == (MAX_ATTEMPTS, "evaluator_error", "shout")
    assert "this goes" not in json.dumps(first)
    rest = client.get("/api/v1/dead-letters", params={"after": first["next_after"]}).json()
    assert [len(rest["dead_letters"]), rest["next_after"]] == [1, None]
    replay: Any = "/api/v1/dead-letters/replay"
    assert client.post(replay, json={}).status_code == 422
    assert client.post(replay, json={"ids": [10**9]}).status_code == 404
    assert client.post(replay, json={"ids": [letter["id"]]}).json() == {"replayed": 1}
    assert client.post(replay, json={"all": True}).json() == {"replayed": 1}
    assert client.get("/api/v1/dead-letters").json()["dead_letters"] == []
