"""`faithline doctor`: is this installation well."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from evaluator.bootstrap import Services, open_backend, unknown_variables
from evaluator.cli.common import read_settings, stdout, tidy_errors
from evaluator.cli.serve import grpc_door, is_loopback
from evaluator.core.ports import NoHints, SystemClock
from evaluator.evaluators import registry
from evaluator.pipeline.operations.doctor.broker import check_broker
from evaluator.pipeline.operations.doctor.checks import (
    Check,
    State,
    check_database,
    check_rules,
    check_work,
    failure,
    fine,
    guarded,
    warning,
)
from evaluator.pipeline.operations.doctor.machine import check_disks, check_forks, check_models, check_python
from evaluator.settings import Settings
from evaluator.store import engine, migrate
from evaluator.store.store import Store
from evaluator.telemetry import hide_password

MARKS = {
    State.OK: "[green]ok     [/green]",
    State.WARNING: "[yellow]warning[/yellow]",
    State.FAILURE: "[red]failure[/red]",
}
CONNECT_SECONDS = "5"
DEEP_SECONDS = 300
SAMPLE = {
    "id": "doctor",
    "question": "What is the capital of Australia?",
    "context": "The capital of Australia is Canberra.",
    "answer": "The capital of Australia is Canberra.",
}
PARAMETERS = {"golden_similarity": ("golden_set=general-knowledge",)}


def doctor(
    deep: Annotated[bool, typer.Option("--deep", help="Also score one sample with every bundled evaluator")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of lines")] = False,
) -> None:
    """Check models, database, broker, queues, clocks, disks and processes; exits with 1 where something fails."""
    with tidy_errors():
        settings = read_settings()
    found: list[Check] = []
    for check in _checks(settings, deep):
        found.append(check)
        if not as_json:
            _print(check)
    if as_json:
        sys.stdout.write(json.dumps({"checks": [asdict(c) for c in found]}, ensure_ascii=False, indent=2) + "\n")
    if any(c.state is State.FAILURE for c in found):
        raise typer.Exit(1)


def _print(check: Check) -> None:
    stdout.print(MARKS[check.state], end=" ")
    stdout.print(f"{check.name}: {check.says}", markup=False, highlight=False)
    if check.remedy:
        stdout.print(f"        → {check.remedy}", markup=False, highlight=False)


def _checks(settings: Settings, deep: bool) -> Iterator[Check]:
    root = settings.models_path.expanduser()
    for variable, remedy in unknown_variables(os.environ):
        yield warning("settings", f"{variable} is none, and is passed over", remedy)
    yield from check_python()
    yield from check_forks(os.environ, settings.threads)
    yield from guarded("models", lambda: [*check_models(settings.embedder_path, root)], "Install faithline again")
    places = {"models": root}
    if engine.is_sqlite(settings.database_url):
        places["database"] = Path(engine.sqlite_path(settings.database_url)).expanduser()
    yield from guarded("disk", lambda: [*check_disks(places)], "Check the paths in the settings")
    yield from _database(settings)
    if settings.redis_url:
        remedy = f"Check FAITHLINE_REDIS_URL ({hide_password(settings.redis_url)}) and whether Redis runs"
        yield from guarded("broker", lambda: _broker(settings.redis_url), remedy)
    else:
        yield fine("broker", "none is set: everything runs in one service")
    yield from guarded("grpc", lambda: [_grpc(settings)], "Look at the log of the service")
    if deep:
        yield from guarded("evaluators", lambda: [*_deep()], "Install faithline again")


def _broker(url: str) -> list[Check]:
    backend = open_backend(url)
    try:
        return [*check_broker(backend)]
    finally:
        backend.close()


def _grpc(settings: Settings) -> Check:
    """Whether OTLP is taken over gRPC where the settings have it, as the running service says."""
    door = grpc_door(settings)
    if door.standing == "off":
        return fine("grpc", "OTLP is taken over HTTP alone: FAITHLINE_GRPC_PORT opens another door")
    if door.standing == "not installed":
        return warning("grpc", f"is to be taken on {door.address} and can not be", door.problem)
    try:
        with urllib.request.urlopen(f"http://{_reached(settings.host)}:{settings.port}/readyz", timeout=5) as answer:
            said = json.loads(answer.read()).get("grpc")
    except OSError:
        return fine("grpc", f"is to be taken on {door.address}; the service does not run, or is not ready")
    if said == "ok" and _connects(settings.host, door.port):
        return fine("grpc", f"the service listens on {door.address}")
    remedy = f"Free {door.address} and start the service again, or set FAITHLINE_GRPC_PORT to another port, or to off"
    found = "another place" if said == "ok" else f"{said!r}"
    return warning("grpc", f"is to be taken on {door.address}, and the service says: {found}", remedy)


def _connects(host: str, port: int) -> bool:
    try:
        socket.create_connection((_reached(host).strip("[]"), port), 5).close()
    except OSError:
        return False
    return True


def _reached(host: str) -> str:
    """A host as an address has it, of a service that listens on it."""
    if not host.strip("0.:"):  # every address of the machine
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _database(settings: Settings) -> Iterator[Check]:
    url, address = settings.database_url, hide_password(settings.database_url)
    remedy = f"Check FAITHLINE_DATABASE_URL ({address}) and whether the database runs"
    if engine.is_sqlite(url) and not Path(engine.sqlite_path(url)).expanduser().is_file():
        yield warning("database", f"there is none yet at {address}", "`faithline serve` makes it")
        yield _access(settings, has_admin=False)
        return
    os.environ.setdefault("PGCONNECT_TIMEOUT", CONNECT_SECONDS)
    clock = SystemClock()
    store = Store(url)
    services = Services(settings, store, clock, NoHints())
    try:
        found = guarded(
            "database", lambda: [fine("database", f"{address} answers, at {migrate.current(url)}")], remedy
        )
        yield from found
        if found[0].state is not State.OK:
            return
        current, head = migrate.current(url), migrate.head()
        yield from guarded("database", lambda: [*check_database(store, current, head, clock)], remedy)
        if current != head:
            return
        yield from guarded("queues", lambda: _work(services), remedy)
        yield from guarded("rules", lambda: [*check_rules(store, services.build)], remedy)
        yield from guarded("access", lambda: [_access(settings, _has_admin(services))], remedy)
    finally:
        store.close()


def _work(services: Services) -> list[Check]:
    with services.store.read() as unit:
        return [*check_work(unit, services.clock.now())]


def _has_admin(services: Services) -> bool:
    with services.store.read() as unit:
        return unit.key_ring.has_admin(services.clock.now())


def _access(settings: Settings, has_admin: bool) -> Check:
    """Whether whoever can reach the service needs a key, and has one."""
    if is_loopback(settings.host) and not settings.require_keys:
        return fine("access", f"{settings.host} is reached from this machine alone; no key is needed")
    if has_admin or settings.bootstrap_key is not None:
        return fine("access", f"requests to {settings.host} need a key")
    remedy = "Make one: `faithline keys create --name NAME --scope admin`, or set FAITHLINE_BOOTSTRAP_KEY"
    return failure("access", f"requests to {settings.host} need a key and there is no admin key", remedy)


def _bundled() -> list[str]:
    """The evaluators whose models come with the installation."""
    return [name for name in registry.names() if not name.startswith("hub_")]


def _deep() -> Iterator[Check]:
    """Score a sample with every bundled evaluator: all in one process, and where one breaks that, each alone."""
    names = _bundled()
    rows, _ = _score(names)
    for name in names:
        row, said = (rows[name], "") if name in rows else _score_alone(name)
        if (score := row.get("score")) is not None:
            yield fine(f"evaluator {name}", f"scores ({score:.3f})")
        else:
            problem = (row.get("failure") or {}).get("message") or said
            yield failure(f"evaluator {name}", f"does not score: {problem}", f"Try `faithline score -e {name}`")


def _score_alone(name: str) -> tuple[dict[str, Any], str]:
    rows, said = _score([name])
    return rows.get(name, {}), said


def _score(names: Sequence[str]) -> tuple[dict[str, dict[str, Any]], str]:
    """Rows of `faithline score` by evaluator, and its words; from a process of its own, so that torch stays out."""
    with tempfile.TemporaryDirectory() as folder:
        rows, out = Path(folder, "in.jsonl"), Path(folder, "out.jsonl")
        rows.write_text(json.dumps(SAMPLE))
        words = [word for name in names for word in ("-e", name)]
        words += [word for name in names for pair in PARAMETERS.get(name, ()) for word in ("-p", f"{name}.{pair}")]
        command = [sys.executable, "-m", "evaluator.cli.main", "score", str(rows), "-o", str(out), *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=DEEP_SECONDS)
        found = [json.loads(line) for line in out.read_text().splitlines()] if out.is_file() else []
    return {row["evaluator"]: row for row in found}, " ".join(done.stderr.split())[-300:]
