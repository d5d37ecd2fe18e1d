"""The services of docker-compose.yml as processes on this machine, over a real Redis and a real PostgreSQL."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import yaml

from bench.servers import free_port, wait_until
from bench.servers.postgres import Postgres
from bench.servers.redis import Redis
from bench.servers.serving import Served

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


class Cluster:
    """Running services. Processes are named after their service and counted: ``score-1``, ``score-2``."""

    def __init__(self, folder: Path, redis: Redis, libpq: str, postgres: Postgres | None) -> None:
        self.folder, self.redis, self.libpq, self._postgres = folder, redis, libpq, postgres
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._recipes: dict[str, tuple[list[str], dict[str, str]]] = {}
        self.api_port, self.grpc_port = free_port(), free_port()
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
            "FAITHLINE_GRPC_PORT": str(self.grpc_port),
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
        wait_until(self._ready, seconds, "the API is not ready")

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
    cluster = Cluster(folder, redis, postgres.database("faithline") if postgres else database, postgres)
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
