"""The services of the compose file as real processes: everything is scored once, whoever dies."""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bench.servers.compose import Cluster, distributed
from workers.broker import connect

pytestmark = [pytest.mark.postgres, pytest.mark.redis]
SECRET = "open-sesame-17"
RULES = ({"name": "numbers", "evaluator": "pii"}, {"name": "insults", "evaluator": "toxicity"})


def send(cluster: Cluster, name: str, n: int) -> int:
    """Send `n` traces that are complete; returns how many outcomes they will have."""
    items: list[dict[str, Any]] = [
        {
            "id": f"{name}-{i}",
            "question": f"What is {i}?",
            "answer": f"Item {i} is a fine thing. " * 12,
            "complete": True,
        }
        for i in range(n)
    ]
    assert cluster.served.call("/api/v1/traces", {"traces": items})["accepted"] == n
    return n * len(RULES)


def leased(cluster: Cluster, name: str) -> int:
    """Jobs that a process holds."""
    with psycopg.connect(cluster.libpq) as db:
        query = "SELECT count(*) FROM score_job WHERE lease_owner LIKE %s"
        return int(db.execute(query, (f"%-{cluster.pid(name)}-%",)).fetchall()[0][0])


def kill_in_the_middle(cluster: Cluster, name: str) -> None:
    """SIGKILL to a worker that provably holds a batch: it is stopped first, so that it can not finish meanwhile."""

    def caught() -> bool:
        os.kill(cluster.pid(name), signal.SIGSTOP)
        if leased(cluster, name):
            return True
        os.kill(cluster.pid(name), signal.SIGCONT)
        return False

    cluster.served.wait(caught)
    cluster.kill(name)


def counted(cluster: Cluster) -> tuple[int, int, int]:
    """(outcomes, those that failed, jobs that are left)."""
    with psycopg.connect(cluster.libpq) as db:
        return (
            db.execute("SELECT count(*) FROM outcome").fetchall()[0][0],
            db.execute("SELECT count(*) FROM outcome WHERE reason IS NOT NULL").fetchall()[0][0],
            db.execute("SELECT count(*) FROM score_job").fetchall()[0][0],
        )


def metrics(address: str) -> str:
    with urllib.request.urlopen(f"{address}/metrics", timeout=30) as answer:
        return str(answer.read().decode())


@pytest.mark.long
@pytest.mark.models
@pytest.mark.timeout(600)
def test_everything_is_scored_once_whoever_dies(postgres_url: str, tmp_path: Path) -> None:
    libpq = postgres_url.replace("+psycopg", "").replace("postgres:@", f"postgres:{SECRET}@")
    settings = {"lease_seconds": "4", "batch_size": "8", "quiet_seconds": "1"}
    with distributed(tmp_path, {"score": 2}, database=libpq, **settings) as cluster:
        served = cluster.served
        for rule in RULES:
            served.call("/api/v1/rules", rule)
        planned = send(cluster, "first", 120)

        kill_in_the_middle(cluster, "score-1")
        cluster.start("score-1")
        cluster.kill_redis()
        cluster.kill("control-1")
        cluster.start("control-1")
        planned += send(cluster, "without-redis", 40)
        served.wait(lambda: counted(cluster)[0] > planned / 2)
        assert cluster.stop("score-2") == 0
        assert leased(cluster, "score-2") == 0, "a worker that is asked to end gives back what it holds"
        served.wait(served.quiet, 200)
        assert counted(cluster) == (planned, 0, 0), "without Redis everything must have been scored"

        cluster.start_redis(empty=True)
        planned += send(cluster, "empty-redis", 10)
        served.wait(lambda: counted(cluster) == (planned, 0, 0))
        client = connect(cluster.redis.url)
        served.wait(lambda: client.exists("_kombu.binding.score"))  # the consumers have found the new one
        served.wait(lambda: not client.llen("score"))

        look_at_metrics(cluster, planned)
        look_at_torch(cluster)
    look_at_logs(cluster)


def look_at_metrics(cluster: Cluster, planned: int) -> None:
    api = metrics(cluster.address)
    assert 'faithline_requests_total{method="POST",route="/api/v1/traces",status="202"} 3.0' in api
    assert f'faithline_parts_total{{result="accepted"}} {planned / len(RULES)}' in api
    assert "faithline_broker_up 1.0" in api
    worker = metrics(f"http://127.0.0.1:{cluster.metrics_ports['score-1']}")
    assert 'faithline_results_total{evaluator="toxicity",result="scored"}' in worker
    assert "first-" not in api + worker, "no label comes from a trace"


def look_at_torch(cluster: Cluster) -> None:
    """Only a worker that scores has imported torch."""
    for name in cluster.names:
        if cluster.processes[name].poll() is None:
            mapped = "libtorch" in Path(f"/proc/{cluster.pid(name)}/maps").read_text()
            assert mapped == name.startswith("score"), name


def look_at_logs(cluster: Cluster) -> None:
    for name in cluster.names:
        text = cluster.log(name).read_text()
        assert SECRET not in text, name
        assert "fine thing" not in text, "no text of a trace in a log"
        for line in text.splitlines():
            if line and not line.startswith(("Faithline listens on", "worker: ")):
                assert json.loads(line)["event"], line
