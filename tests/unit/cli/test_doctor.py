"""`faithline doctor`: says what is wrong with an installation, and never a password."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from redis import Redis
from typer.testing import CliRunner

from bench.servers import free_port
from evaluator.cli.main import app
from evaluator.core.ports import SystemClock
from evaluator.pipeline.operations.doctor.checks import State, check_database, check_work
from evaluator.pipeline.operations.doctor.machine import check_disks, check_forks, check_models
from evaluator.store import condition, migrate
from evaluator.store.store import Store
from tests.support import fabricated
from tests.support.house import NOW, PROJECT, House, trace


def run(
    monkeypatch: pytest.MonkeyPatch, *arguments: str, **settings: str
) -> tuple[int, dict[str, dict[str, Any]], str]:
    """The exit code, the checks by name, and everything that was said."""
    for name, value in ({"port": str(free_port())} | settings).items():  # whatever else runs on this machine
        monkeypatch.setenv(f"FAITHLINE_{name.upper()}", value)
    monkeypatch.delitem(sys.modules, "torch", raising=False)  # of other tests in this process
    result = CliRunner().invoke(app, ["doctor", "--json", *arguments])
    checks = json.loads(result.stdout)["checks"]
    return result.exit_code, {c["name"]: c for c in checks}, result.output


def test_a_healthy_house(database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Redis.from_url(redis_url) as broker:
        broker.config_set("maxmemory-policy", "noeviction")
        broker.config_set("appendonly", "no")
    settings = {"database_url": database_url, "redis_url": redis_url, "models_path": str(tmp_path)}
    code, checks, said = run(monkeypatch, **settings)
    wrong = {name: c for name, c in checks.items() if c["state"] != "ok"}
    assert (code, set(wrong)) == (0, {"broker appendonly"}), said
    assert "appendonly yes" in wrong["broker appendonly"]["remedy"]
    assert {"python", "fork", "model embedder", "migration", "durability", "write", "settling", "rules"} <= set(
        checks
    )
    assert ("clock" in checks) == database_url.startswith("postgresql")
    password = urlsplit(database_url).password
    assert not password or f":{password}@" not in said
    with Store(database_url).read() as unit:
        assert unit.projects.all() == [], "the trial row was taken back"


def test_what_can_not_be_reached_is_named_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = "postgresql://faithline:hunter22@127.0.0.1:1/none"
    code, checks, said = run(
        monkeypatch, database_url=database, redis_url="redis://:hunter22@127.0.0.1:1/0", models_path=str(tmp_path)
    )
    assert code == 1
    for name, variable in (("database", "FAITHLINE_DATABASE_URL"), ("broker", "FAITHLINE_REDIS_URL")):
        assert checks[name]["state"] == "failure"
        assert variable in checks[name]["remedy"]
    assert "hunter22" not in said


def test_keys_are_needed_where_others_can_reach(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"database_url": sqlite_url, "models_path": str(tmp_path), "redis_ulr": "redis://elsewhere"}
    code, checks, _ = run(monkeypatch, host="0.0.0.0", **settings)
    assert checks["settings"]["state"] == "warning"
    assert "FAITHLINE_REDIS_URL" in checks["settings"]["remedy"]
    assert (code, checks["access"]["state"]) == (1, "failure")
    assert "keys create" in checks["access"]["remedy"]
    code, checks, said = run(monkeypatch, bootstrap_key="k" * 40)
    assert (code, checks["access"]["state"]) == (0, "ok")
    assert "kkkk" not in said


def test_a_database_of_another_version(database_url: str) -> None:
    migrate.downgrade(database_url, "0001")
    store = Store(database_url)
    (check,) = check_database(store, migrate.current(database_url), migrate.head(), SystemClock())
    assert (check.name, check.state) == ("migration", State.FAILURE)
    store.close()


def test_work_that_nobody_does_shows(store: Store) -> None:
    house = House(store)
    house.rule()
    house.feed(trace(1), trace(2))
    house.control()
    house.feed(trace(3, complete=False))
    with store.write() as unit:
        unit.queue.claim("score", "w", 1, house.clock.now(), timedelta(seconds=60))
        unit.marks.mark([(PROJECT, "s", NOW)], NOW)
    with store.read() as unit:
        assert {c.state for c in check_work(unit, NOW + timedelta(seconds=50))} == {State.OK}
        late = {c.name: c for c in check_work(unit, NOW + timedelta(hours=1))}
        assert condition.work(unit, NOW + timedelta(hours=1)).expired_leases == 1
    assert {n for n, c in late.items() if c.state is State.WARNING} == {
        "queue score",
        "leases",
        "settling",
        "aggregation",
    }
    assert all(c.remedy for c in late.values() if c.state is not State.OK)


def test_models_disks_and_forks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fabricated.toxicity(tmp_path)
    (folder / "model.safetensors").write_bytes(b"damaged")
    found = {c.name: c for c in check_models(tmp_path / "nowhere", tmp_path)}
    assert found["model toxicity-minilm-v2"].state is State.FAILURE
    assert "SHA-256" in found["model toxicity-minilm-v2"].says
    assert found["model embedder"].state is State.FAILURE
    assert found["model injection-minilm-v2"].state is State.OK
    (disk,) = check_disks({"models": tmp_path / "not" / "there"})
    assert disk.says.endswith(str(tmp_path))
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    states = {c.name: c.state for c in check_forks({"CELERY_WORKER_POOL": "prefork", "OMP_NUM_THREADS": "999"}, 0)}
    assert states == {"fork": State.WARNING, "threads": State.WARNING}
    monkeypatch.setitem(sys.modules, "torch", pytest)
    assert next(check_forks({}, 0)).state is State.FAILURE


def test_it_loads_no_torch(sqlite_url: str, tmp_path: Path) -> None:
    code = (
        "import sys; from evaluator.cli.main import app\n"
        "try: app(['doctor'])\n"
        "finally: assert 'torch' not in sys.modules and 'redis' not in sys.modules"
    )
    environment = os.environ | {"FAITHLINE_DATABASE_URL": sqlite_url, "FAITHLINE_MODELS_PATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "AssertionError" not in done.stderr
    assert "fork: scoring runs" in done.stdout
