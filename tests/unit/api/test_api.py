"""The HTTP API in one process: what it takes, what it refuses and in which words."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.testclient import TestClient

from evaluator.api.app import create_app
from evaluator.bootstrap import Services, open_services
from evaluator.pipeline.access import places
from evaluator.pipeline.series.read import methods
from evaluator.settings import Settings
from evaluator.stats.estimators.registry import ESTIMATORS
from tests.support.house import NOW, PROJECT, House, TurnedClock, trace
from tests.support.pooled import POOLED

TRACES = "/api/v1/traces"


@pytest.fixture
def house(sqlite_url: str) -> Iterator[House]:
    services = open_services(Settings(database_url=sqlite_url, max_body_mb=1), migrated=False)
    yield House(services.store, TurnedClock())
    services.close()


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    settings = Settings(database_url=house.store.url, max_body_mb=1)
    services = Services(settings, house.store, house.clock, open_services(settings, migrated=False).hints)
    with TestClient(create_app(services), raise_server_exceptions=False) as found:
        yield found


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    error: dict[str, Any] = answer.json()["error"]
    return error


def test_series_have_the_promised_shape(client: TestClient, house: House) -> None:
    rule = house.rule()
    house.feed(*(trace(i, "LOUD" if i % 4 == 0 else "calm", model=f"m{i % 2}") for i in range(12)))
    house.run()
    (series,) = client.get("/api/v1/series").json()["series"]
    assert (series["evaluator"], series["criterion"], series["grain"]) == ("shout", "shouts", "day")
    assert series["fingerprint"] == rule.rule.fingerprint
    assert series["slice"] == {}
    (point,) = series["points"]
    expected = {"start", "end", "method", "estimate", "low", "high", "settled", "selected", "scored", "failed"}
    assert expected | {"skipped"} <= set(point)
    assert (point["covered"], point["traffic"]) == (1.0, 12.0)
    assert point["estimate"] == pytest.approx(0.25)
    (sliced,) = client.get("/api/v1/series?slice.model=m0&grain=hour").json()["series"]
    assert sliced["slice"] == {"model": "m0"}
    assert sum(p["settled"] for p in sliced["points"]) == 6


def test_series_by_another_method(client: TestClient, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.rule()
    house.feed(*(trace(i, "LOUD" if i % 4 == 0 else "calm") for i in range(12)))
    house.run()
    plain = client.get("/api/v1/series").json()
    assert client.get("/api/v1/series?method=raw").json() == plain
    error = problem(client.get("/api/v1/series?method=pooled"), 422)
    assert error["remedy"] == f"Use one of {', '.join(methods())}"
    monkeypatch.setitem(ESTIMATORS, POOLED.name, POOLED)
    (series,) = client.get("/api/v1/series?method=pooled").json()["series"]
    (point,) = series["points"]
    assert point["method"] == series["total"]["method"] == "pooled"
    assert point["estimate"] == pytest.approx(0.25)
    assert set(point) == set(plain["series"][0]["points"][0])


def test_the_description_names_the_methods(client: TestClient) -> None:
    parameters = client.get("/openapi.json").json()["paths"]["/api/v1/series"]["get"]["parameters"]
    (method,) = (p for p in parameters if p["name"] == "method")
    assert (method["schema"]["enum"], method["schema"]["default"]) == (list(methods()), "raw")
    assert "raw carries the evaluator’s bias" in method["description"]


def test_series_by_default_are_the_last_seven_days_that_have_data(client: TestClient, house: House) -> None:
    house.rule()
    house.feed(*(trace(i * 2 * 24 * 60, "calm") for i in range(10)))
    house.run()
    (series,) = client.get("/api/v1/series").json()["series"]
    assert len(series["points"]) == 7
    assert series["points"][-1]["start"].startswith(NOW.date().isoformat())
    early = (NOW - timedelta(days=10)).isoformat().replace("+00:00", "Z")
    (series,) = client.get(f"/api/v1/series?to={early}").json()["series"]
    assert len(series["points"]) == 4, "the trace that began then lies outside"


def test_series_are_cut_where_the_reader_lives(client: TestClient, house: House) -> None:
    """Traces every minute before noon, until ten hours earlier: half past seven in the morning in India."""
    house.rule()
    house.feed(*(trace(i) for i in range(600)))
    house.run()
    window = {"from": "2026-11-20T00:00:00", "to": "2026-11-20T13:00:00", "tz": "Asia/Kolkata", "grain": "hour"}
    answer = client.get("/api/v1/series", params=window).json()
    edges = {"from": "2026-11-20T00:00:00+05:30", "to": "2026-11-20T13:00:00+05:30", "tz": "Asia/Kolkata"}
    assert {name: answer[name] for name in (*edges, "notes")} == edges | {"notes": []}
    points = answer["series"][0]["points"]
    assert points[0]["start"] == "2026-11-20T07:00:00+05:30"
    assert [(p["settled"], p["partial"]) for p in points] == [(29, False), *((60, False) for _ in range(5))]
    by_day = client.get("/api/v1/series", params=window | {"grain": "day"}).json()["series"][0]
    (day,) = by_day["points"]
    assert (day["end"], day["partial"], day["settled"]) == ("2026-11-21T00:00:00+05:30", True, 329)
    assert by_day["total"]["settled"] == 329
    same = {"from": "2026-11-19T18:30:00Z", "to": "2026-11-20T07:30:00Z", "grain": "day"}
    answer = client.get("/api/v1/series", params=same).json()
    assert (answer["from"], answer["tz"]) == ("2026-11-19T18:30:00Z", "UTC")
    assert answer["series"][0]["total"] == by_day["total"]
    of_list = {name: value for name, value in window.items() if name != "grain"} | {"limit": 500}
    listed = client.get("/api/v1/traces", params=of_list).json()["traces"]
    assert len(listed) == 329


@pytest.mark.parametrize("path", ["/api/v1/series", "/api/v1/traces", "/api/v1/scores", "/api/v1/feedback"])
def test_a_time_zone_that_there_is_not_is_named(client: TestClient, path: str) -> None:
    error = problem(client.get(path, params={"tz": "Mars/Olympus"}), 422)
    assert error["field"] == "tz"
    assert "Europe/Berlin" in error["remedy"]


def test_what_changes_many_rows_takes_a_place(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "PATIENCE", 0.05)
    item = {"id": "1", "prompt": "one and one?", "responses": ["two"]}
    writes: dict[str, Any] = {
        "/api/v1/dead-letters/replay": {"all": True},
        "/api/v1/quarantine/replay": {"all": True},
        "/api/v1/golden-sets": {"name": "sums", "items": [item]},
    }
    with ExitStack() as taken:
        for _ in range(places.OF_ONE):
            taken.enter_context(client.app.state.places.take(PROJECT))  # type: ignore[attr-defined]
        assert [client.post(path, json=body).status_code for path, body in writes.items()] == [429] * 3
    assert [client.post(path, json=body).status_code for path, body in writes.items()] == [200, 200, 201]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("grain=fortnight", "grain"),
        ("from=yesterday", "from"),
        ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from"),
        ("slice.colour=red", "slice.colour"),
        ("method=median", "method"),
        ("from=2000-01-01T00:00:00Z&to=2026-01-01T00:00:00Z&grain=minute", "grain"),
    ],
)
def test_wrong_series_queries_are_named(client: TestClient, query: str, field: str) -> None:
    assert problem(client.get(f"/api/v1/series?{query}"), 422)["field"] == field


def test_one_bad_item_is_reported_and_the_others_are_kept(client: TestClient, house: House) -> None:
    items = [trace(1), "not a trace", trace(2, cost="cheap"), trace(3)]
    answer = client.post(TRACES, json={"traces": items})
    assert answer.status_code == 202
    body = answer.json()
    assert (body["accepted"], body["rejected"]) == (2, 2)
    assert [(e["index"], bool(e["problem"] and e["remedy"])) for e in body["errors"]] == [(1, True), (2, True)]
    assert "cost" in body["errors"][1]["field"]
    with house.store.read() as unit:
        assert {t for t in ("t1", "t2", "t3") if unit.of(PROJECT).views.trace(t)} == {"t1", "t3"}


def test_one_trace_a_list_or_an_object_of_traces(client: TestClient) -> None:
    for body in (trace(1), [trace(2), trace(3)], {"traces": [trace(4)]}):
        assert client.post(TRACES, json=body).status_code == 202
    packed = gzip.compress(json.dumps([trace(5)]).encode())
    assert client.post(TRACES, content=packed, headers={"Content-Encoding": "gzip"}).json()["accepted"] == 1
    assert client.post(TRACES, json=[]).json()["accepted"] == 0


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{", {}, 422),
        (b"\xff\xfe", {}, 422),
        (b'"text"', {}, 422),
        (b"[NaN]", {}, 422),
        (b"[" * 100_000, {}, 422),
        (b"x" * (2 << 20), {}, 413),
        (gzip.compress(b" " * (2 << 20), mtime=0), {"Content-Encoding": "gzip"}, 413),
        (gzip.compress(b"[]", mtime=0)[:-6], {"Content-Encoding": "gzip"}, 422),
        (b"[]", {"Content-Encoding": "br"}, 415),
        (b'{"id": 7, "answer": {"a": 1}, "start_time": "never"}', {}, 422),
    ],
)
def test_bad_bodies(client: TestClient, content: bytes, headers: dict[str, str], status: int) -> None:
    answer = client.post(TRACES, content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"", {"Content-Type": "application/x-protobuf"}, 200),
        (b"\xff\xff\xff", {"Content-Type": "application/x-protobuf"}, 400),
        (b"{", {"Content-Type": "application/json"}, 400),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {"Content-Type": "application/json", "Content-Encoding": "br"}, 415),
        (b"x" * (2 << 20), {"Content-Type": "application/x-protobuf"}, 413),
    ],
)
def test_otlp_answers(client: TestClient, content: bytes, headers: dict[str, str], status: int) -> None:
    answer = client.post("/v1/traces", content=content, headers=headers)
    assert answer.status_code == status
    if status == 200:
        assert answer.headers["content-type"] == "application/x-protobuf"
        ExportTraceServiceResponse().ParseFromString(answer.content)


def test_otlp_partial_success(client: TestClient, house: House) -> None:
    good = {"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "name": "a",
            "startTimeUnixNano": "1763600000000000000", "endTimeUnixNano": "1763600001000000000"}  # fmt: skip
    bad = good | {"traceId": "00"}
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [good, bad]}]}]}
    answer = client.post("/v1/traces", json=body)
    assert answer.status_code == 200
    assert int(answer.json()["partialSuccess"]["rejectedSpans"]) == 1
    with house.store.read() as unit:
        assert len(list(unit.of(PROJECT).parts.every(good["traceId"]))) == 1


def test_rules(client: TestClient) -> None:
    rule = {"name": "relevance", "evaluator": "answer_relevance", "rate": 0.5}
    made = client.post("/api/v1/rules", json=rule)
    assert made.status_code == 201
    assert made.json()["fingerprint"]
    assert client.post("/api/v1/rules", json=rule | {"rate": 0.25}).status_code == 201
    assert [r["definition"]["rate"] for r in client.get("/api/v1/rules").json()] == [0.25]
    assert len(client.get("/api/v1/rules/relevance").json()) == 2
    assert client.delete("/api/v1/rules/relevance").status_code == 204
    assert client.get("/api/v1/rules").json() == []
    assert client.delete("/api/v1/rules/relevance").status_code == 404
    assert client.get("/api/v1/rules/nothing").status_code == 404


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"evaluator": "horoscope"}, "rule.evaluator"),
        ({"parameters": {"colour": "red"}}, "parameters.colour"),
        ({"rate": -1}, "rule.rate"),
        ({"strata": [{"name": "x", "rate": 1, "when": []}]}, "rule.strata.0.when"),
    ],
)
def test_wrong_rules_are_named(client: TestClient, fields: dict[str, Any], field: str) -> None:
    rule = {"name": "r", "evaluator": "answer_relevance"} | fields
    assert problem(client.post("/api/v1/rules", json=rule), 422)["field"] == field


def test_golden_sets(client: TestClient) -> None:
    body = {"name": "faq", "items": [{"id": "1", "prompt": "p?", "responses": ["r."]}]}
    first = client.post("/api/v1/golden-sets", json=body).json()
    assert client.post("/api/v1/golden-sets", json=body).json()["version"] == first["version"]
    body["items"][0]["responses"] = ["another."]  # type: ignore[index]
    second = client.post("/api/v1/golden-sets", json=body).json()
    assert second["version"] != first["version"]
    assert client.get("/api/v1/golden-sets/faq").json()["items"][0]["responses"] == ["another."]
    old = client.get(f"/api/v1/golden-sets/faq?version={first['version']}").json()
    assert old["items"][0]["responses"] == ["r."]
    assert client.get("/api/v1/golden-sets/none").status_code == 404
    twice = {"name": "faq", "items": [body["items"][0]] * 2}
    assert problem(client.post("/api/v1/golden-sets", json=twice), 422)["field"] == "items[1].id"
    empty = {"name": "faq", "items": [{"id": "1", "prompt": "", "responses": []}]}
    assert problem(client.post("/api/v1/golden-sets", json=empty), 422)["field"] == "items.0.prompt"


def test_traces_are_listed_and_shown(client: TestClient, house: House) -> None:
    house.rule()
    house.feed(trace(1, "calm"), trace(2, "LOUD", metadata={"tier": "gold"}))
    house.run()
    listed = client.get(f"{TRACES}?sort=worst").json()["traces"]
    assert [(t["id"], t["badness"], t["label"]) for t in listed] == [("t2", 1.0, "loud"), ("t1", 0.0, "calm")]
    page = client.get(f"{TRACES}?limit=1").json()
    assert (len(page["traces"]), page["next_offset"]) == (1, 1)
    shown = client.get(f"{TRACES}/t2").json()
    assert shown["metadata"] == {"tier": "gold"}
    assert [a["answer"] for a in shown["answers"]] == ["LOUD"]
    assert [(s["evaluator"], s["value"]) for s in shown["scores"]] == [("shout", 1.0)]
    assert client.get(f"{TRACES}/nothing").status_code == 404
    assert problem(client.get(f"{TRACES}?limit=0"), 422)["field"] == "limit"
    assert problem(client.get(f"{TRACES}?sort=best"), 422)["field"] == "sort"


def test_another_host_name_is_not_answered(house: House) -> None:
    services = open_services(Settings(database_url=house.store.url), migrated=False)
    app = create_app(services, hosts=("127.0.0.1", "localhost"))
    with TestClient(app, base_url="http://evil.example") as client:
        assert client.get("/healthz").status_code == 400
    with TestClient(app, base_url="http://localhost:8000") as client:
        assert client.get("/healthz").status_code == 200
    services.close()


def test_what_was_acknowledged_is_in_the_file(client: TestClient, house: House) -> None:
    """Another connection, as after a crash, sees what the answer said was taken."""
    import sqlite3

    assert client.post(TRACES, json=[trace(i) for i in range(7)]).json()["accepted"] == 7
    path = Path(house.store.url.removeprefix("sqlite:///"))
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as other:
        assert other.execute("SELECT count(*) FROM part").fetchone() == (7,)
