"""The systems that `bench.ingest` measures: this one, arize-phoenix and mlflow, each as its makers start it.

The others are installed from PyPI into environments of their own in a cache folder, never into this project's. They
run with their defaults; what is set is the address, the database, and that nothing is sent home.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from bench.environments import installed
from bench.ingest.rpc import RpcConnection
from bench.ingest.sender import Connect, Connection
from bench.servers import free_port
from bench.servers.serving import serving
from evaluator.store.engine import is_sqlite, sqlite_path

START_SECONDS = 300
"""How long a server may take to answer for the first time (s)."""

SQLITE_QUESTIONS = ("PRAGMA journal_mode", "PRAGMA synchronous")
POSTGRES_QUESTIONS = ("SHOW synchronous_commit", "SHOW fsync")
SYNCHRONOUS = ("OFF", "NORMAL", "FULL", "EXTRA")
"""What SQLite's numbers for `synchronous` mean."""

OURS = "faithline"

Server = Callable[[Path, str], Iterator[str]]


@dataclass(frozen=True, slots=True)
class System:
    """How to start a system and to look into its database.

    `start` takes a folder and a database's address and gives the server's address while it runs. `asking` is a
    program that opens a connection as the system does, and prints the answers to its arguments.
    """

    name: str
    python: Path
    start: Server
    asking: str
    traces: str
    spans: str
    headers: Mapping[str, str] = field(default_factory=dict)
    connect: Connect = Connection

    @contextmanager
    def running(self, folder: Path, url: str) -> Iterator[str]:
        """The address of a server over the database `url`."""
        yield from self.start(folder, url)

    def stored(self, url: str) -> tuple[int, int]:
        """(traces, spans) in the database, through a connection of our own."""
        return count(url, self.traces), count(url, self.spans)

    def durability(self, url: str) -> str:
        """What a commit waits for, as one of the system's own connections tells it."""
        questions = SQLITE_QUESTIONS if is_sqlite(url) else POSTGRES_QUESTIONS
        command = [str(self.python), "-c", self.asking, url, *questions]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=ENVIRONMENT)
        first, second = done.stdout.split()[-2:]
        if is_sqlite(url):
            return f"journal_mode={first} synchronous={SYNCHRONOUS[int(second)]}"
        return f"synchronous_commit={first} fsync={second}"


ENVIRONMENT = os.environ | {
    "PHOENIX_TELEMETRY_ENABLED": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}


def count(url: str, table: str) -> int:
    query = f"SELECT count(*) FROM {table}"
    if is_sqlite(url):
        with sqlite3.connect(f"file:{sqlite_path(url)}?mode=ro", uri=True, timeout=60) as db:
            return int(db.execute(query).fetchone()[0])
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
        return int(row[0]) if row else 0


def ours(*, over_grpc: bool = False) -> System:
    """This project, as `faithline serve` starts it; sent to over HTTP, or over gRPC."""

    def start(folder: Path, url: str) -> Iterator[str]:
        port = str(free_port())
        with serving(folder, database_url=url, starter_rules="true", grpc_port=port) as served:
            yield f"127.0.0.1:{port}" if over_grpc else served.address

    asking = (
        "import sys\nfrom evaluator.settings import Settings\nfrom evaluator.store.engine import writer\n"
        "with writer(Settings(database_url=sys.argv[1]).database_url).connect() as db:\n"
        "    for question in sys.argv[2:]:\n        print(db.exec_driver_sql(question).scalar())\n"
    )
    name, connect = (f"{OURS}, gRPC", RpcConnection) if over_grpc else (OURS, Connection)
    return System(name, Path(sys.executable), start, asking, "trace", "part", connect=connect)


def phoenix(cache: Path) -> System:
    python = installed(cache, "phoenix", ["arize-phoenix[pg]==20.26.1"])

    def start(folder: Path, url: str) -> Iterator[str]:
        port = free_port()
        environment = {
            "PHOENIX_HOST": "127.0.0.1",
            "PHOENIX_PORT": str(port),
            "PHOENIX_GRPC_PORT": str(free_port()),
            "PHOENIX_WORKING_DIR": str(folder),
            "PHOENIX_SQL_DATABASE_URL": url,
        }
        command = [str(python.with_name("phoenix")), "serve"]
        yield from _server(command, folder, environment, f"http://127.0.0.1:{port}", "/healthz")

    asking = (
        "import asyncio, sys\nfrom sqlalchemy import text\nfrom phoenix.db.engines import create_engine\n"
        "async def ask():\n    engine = create_engine(sys.argv[1], migrate=False)\n"
        "    async with engine.connect() as db:\n        for question in sys.argv[2:]:\n"
        "            print((await db.execute(text(question))).scalar())\n    await engine.dispose()\n"
        "asyncio.run(ask())\n"
    )
    return System("phoenix 20.26.1", python, start, asking, "traces", "spans")


def mlflow(cache: Path) -> System:
    python = installed(cache, "mlflow", ["mlflow==3.17.2", "psycopg[binary]==3.3.9"])

    def start(folder: Path, url: str) -> Iterator[str]:
        port = free_port()
        command = [str(python.with_name("mlflow")), "server", "--host", "127.0.0.1", "--port", str(port)]
        command += ["--backend-store-uri", url, "--artifacts-destination", str(folder / "artifacts")]
        yield from _server(command, folder, {}, f"http://127.0.0.1:{port}", "/health")

    asking = (
        "import sys\nfrom sqlalchemy import text\n"
        "from mlflow.store.db.utils import create_sqlalchemy_engine_with_retry\n"
        "with create_sqlalchemy_engine_with_retry(sys.argv[1]).connect() as db:\n"
        "    for question in sys.argv[2:]:\n        print(db.execute(text(question)).scalar())\n"
    )
    headers = {"x-mlflow-experiment-id": "0"}
    return System("mlflow 3.17.2", python, start, asking, "trace_info", "spans", headers)


def _server(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], address: str, health: str
) -> Iterator[str]:
    log = folder / "server.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**ENVIRONMENT, **environment},
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + START_SECONDS
        while not _answers(address + health):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{command[0]} does not answer: {log.read_text()[-2000:]}")
            time.sleep(0.3)
        yield address
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a server with the workers that it started: they share a session of their own."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=20)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
