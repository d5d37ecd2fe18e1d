"""Liveness, readiness and metrics, with the database there, behind, and away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from starlette.testclient import TestClient

from bench.servers import free_port
from evaluator.api.app import create_app
from evaluator.bootstrap import open_services
from evaluator.core.errors import DatabaseAway
from evaluator.ingest.assembly.assemble import assemble
from evaluator.pipeline.stages.select import select_settled
from evaluator.pipeline.stages.settle import settle_due
from evaluator.settings import Settings
from evaluator.store import migrate
from evaluator.store.repositories.work.quarantine import Quarantines
from evaluator.store.store import Store
from tests.support.house import PROJECT, House, trace


@contextmanager
def serving(url: str, **settings: str) -> Iterator[TestClient]:
    services = open_services(Settings(database_url=url, **settings), migrated=False)  # type: ignore[arg-type]
    with TestClient(create_app(services), raise_server_exceptions=False) as client:
        yield client
    services.close()


def test_ready_is_who_has_its_database_at_the_newest_migration(database_url: str) -> None:
    with serving(database_url) as client:
        said = {"ready": True, "database": "ok", "broker": "none", "grpc": "off", "set_aside": {}}
        assert client.get("/readyz").json() == said
        migrate.downgrade(database_url, "0001")
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["database"]) == (503, "another migration")
        assert client.get("/healthz").status_code == 200


def test_alive_is_who_answers_whatever_the_database_does() -> None:
    with serving(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none") as client:
        assert client.get("/healthz").json()["status"] == "ok"
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["ready"], answer.json()["database"]) == (503, False, "down")
        assert "faithline_database_up 0.0" in client.get("/metrics").text
        traces = client.post("/api/v1/traces", json=[{"question": "q", "answer": "a"}])
        for answer in (traces, client.get("/api/v1/status"), client.post("/v1/traces", json={"resourceSpans": []})):
            assert answer.status_code in (200, 503), answer.text  # nothing to store needs no database
        assert (traces.status_code, traces.headers["Retry-After"]) == (503, "2")


def test_a_database_that_goes_away_while_it_is_asked_is_no_error(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: Quarantines) -> None:
        raise DatabaseAway("gone", 1)

    monkeypatch.setattr(Quarantines, "counts", away)
    with serving(sqlite_url) as client:
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"], answer.json()["set_aside"]) == (503, "down", {})


def test_a_broker_that_is_away_is_told_and_changes_nothing(sqlite_url: str) -> None:
    with serving(sqlite_url, redis_url=f"redis://127.0.0.1:{free_port()}/0") as client:
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["broker"]) == (200, "down")
        metrics = client.get("/metrics").text
        assert "faithline_broker_up 0.0" in metrics


def test_metrics_count_by_template_and_say_what_waits(store: Store, database_url: str) -> None:
    house = House(store)
    house.rule()
    house.feed(*(trace(i, complete=True) for i in range(3)))
    assert settle_due(store, assemble, house.clock) == select_settled(store, house.clock) == 3
    house.feed(trace(9))
    with serving(database_url) as client:
        client.get("/api/v1/traces/t0")
        client.get("/api/v1/traces/not-there")
        client.get("/api/v1/nowhere/very-secret")
        client.request("BREW", "/healthz")
        client.post("/api/v1/traces", json=[{"question": "q", "answer": "a"}, 7])
        text = client.get("/metrics").text
    lines = set(text.splitlines())
    for line in (
        'faithline_requests_total{method="GET",route="/api/v1/traces/{trace_id}",status="200"} 1.0',
        'faithline_requests_total{method="GET",route="/api/v1/traces/{trace_id}",status="404"} 1.0',
        'faithline_requests_total{method="GET",route="other",status="404"} 1.0',
        'faithline_jobs{queue="score",state="ready"} 3.0',
        'faithline_traces_waiting{state="open"} 2.0',
        'faithline_parts_total{result="accepted"} 1.0',
        'faithline_parts_total{result="refused"} 1.0',
        "faithline_minutes_waiting 3.0",
        "faithline_database_up 1.0",
    ):
        assert line in lines, line
    assert 'faithline_oldest_job_seconds{queue="score"}' in text
    for unheard in ("t0", "secret", "BREW", PROJECT):
        assert f'"{unheard}' not in text


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_health_is_told_without_a_key(sqlite_url: str, path: str) -> None:
    with serving(sqlite_url, require_keys="true") as client:
        assert client.get(path).status_code == 200
