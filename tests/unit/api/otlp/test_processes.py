"""Real services that take OTLP over both doors: ended, killed and pressed, and the command that says how they are."""

from __future__ import annotations

import gzip
import json
import os
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from typer.testing import CliRunner

from bench.ingest.sender import Connection
from bench.servers import free_port
from bench.servers.serving import Served, serving
from evaluator.cli.main import app
from evaluator.core.bounds import BODY
from evaluator.pipeline.stages.ingest import MAX_HELD
from tests.support import records
from tests.support.exports import RECORDS, SPANS, connected, export

MB = 2**20


@contextmanager
def both_doors(folder: Path, **settings: str) -> Iterator[tuple[Served, str]]:
    """A service, and where it takes OTLP over gRPC."""
    port = free_port()
    with serving(folder, grpc_port=str(port), **settings) as served:
        yield served, f"127.0.0.1:{port}"


def log_of(number: int) -> bytes:
    told = records.record("gen_ai.user.message", {"content": "Hm?"}, traceId=f"{number:032x}")
    return records.in_form(records.request(told), records.PROTOBUF)


class Crowd:
    """Senders that go on until they are told to stop; `acknowledged` are the numbers that were."""

    def __init__(self, served: Served, address: str) -> None:
        self.acknowledged: set[int] = set()
        self.codes: set[Any] = set()
        self._over = threading.Event()
        self._address, self._served = address, served
        ways: list[Callable[[int], None]] = [self._spans, self._logs, self._posted]
        self._threads = [threading.Thread(target=self._run, args=(way, n)) for n, way in enumerate(ways * 2)]

    def __enter__(self) -> Crowd:
        self._channel = connected(self._address)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(timeout=60)
        self._channel.close()

    def _run(self, send: Callable[[int], None], lane: int) -> None:
        number = lane + 1
        while not self._over.is_set():
            try:
                send(number)
            except grpc.RpcError as error:
                self.codes.add(error.code())
                time.sleep(0.02)
                continue
            self.acknowledged.add(number)
            number += len(self._threads)

    def _spans(self, number: int) -> None:
        self._channel.unary_unary(SPANS)(export(number), timeout=30)

    def _logs(self, number: int) -> None:
        self._channel.unary_unary(RECORDS)(log_of(number), timeout=30)

    def _posted(self, number: int) -> None:
        connection = Connection(self._served.address, {"Content-Type": "application/x-protobuf"}, path="/v1/logs")
        status, wait = connection.post(log_of(number))
        connection.close()
        if status != 200:
            time.sleep(wait)
            raise _Refused


class _Refused(grpc.RpcError):  # type: ignore[misc]
    def code(self) -> str:
        return "HTTP"


def stored(folder: Path) -> set[int]:
    with sqlite3.connect(f"file:{folder / 'serve.db'}?mode=ro", uri=True) as db:
        return {int(trace, 16) for (trace,) in db.execute("SELECT trace_id FROM part")}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_that_was_acknowledged_is_lost(tmp_path: Path, number: signal.Signals) -> None:
    with both_doors(tmp_path) as (served, address):
        with Crowd(served, address) as crowd:
            served.wait(lambda: len(crowd.acknowledged) > 100)
            os.kill(served.process.pid, number)
            served.process.wait(timeout=60)
        assert {lane % 3 for lane in crowd.acknowledged} == {0, 1, 2}
        assert crowd.acknowledged <= stored(tmp_path)
        # A service that ends turns nobody away for good: OTLP's senders try again after all of these.
        again = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.CANCELLED)
        assert crowd.codes <= {*again, "HTTP"}


def test_what_was_let_in_is_finished_at_the_end(tmp_path: Path) -> None:
    with both_doors(tmp_path) as (served, address), connected(address) as channel:
        calls = [channel.unary_unary(SPANS).future(export(n, 6 * MB)) for n in range(2, 12)]
        served.wait(lambda: any(call.done() for call in calls))
        served.process.send_signal(signal.SIGTERM)
        codes = [call.code() for call in calls]
        served.process.wait(timeout=60)
        answered = {n for n, code in enumerate(codes, 2) if code is grpc.StatusCode.OK}
        assert answered
        assert answered <= stored(tmp_path)
        assert set(codes) <= {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE}


def resident(served: Served) -> float:
    """Memory of a service (MiB)."""
    return int(Path(f"/proc/{served.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MB


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")
def test_memory_is_bounded_whatever_is_offered(tmp_path: Path) -> None:
    with both_doors(tmp_path) as (served, address), connected(address) as channel:
        channel.unary_unary(SPANS)(export())
        before = peak = resident(served)
        body = export(3, 8 * MB)
        calls = [channel.unary_unary(SPANS).future(body) for _ in range(45)]
        while not all(call.done() for call in calls):
            peak = max(peak, resident(served))
            time.sleep(0.02)
        assert {call.code() for call in calls} <= {grpc.StatusCode.OK, grpc.StatusCode.RESOURCE_EXHAUSTED}
        assert peak - before < 2 * MAX_HELD / MB
        packed = gzip.compress(bytes(10 * BODY.size))
        before = peak = resident(served)
        bombs = [channel.unary_unary(SPANS).future(packed) for _ in range(8)]
        while not all(call.done() for call in bombs):
            peak = max(peak, resident(served))
            time.sleep(0.005)
        assert {call.code() for call in bombs} == {grpc.StatusCode.INVALID_ARGUMENT}
        assert peak - before < 3 * BODY.size / MB
        assert channel.unary_unary(SPANS)(export(4)) == b""


def checks(served: Served, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> dict[str, Any]:
    """What `faithline doctor` says of the door."""
    environment = {
        "port": served.address.rsplit(":", 1)[1],
        "database_url": f"sqlite:///{served.log.parent}/serve.db",
    }
    for name, value in (environment | settings).items():
        monkeypatch.setenv(f"FAITHLINE_{name.upper()}", str(value))
    result = CliRunner().invoke(app, ["doctor", "--json"])
    (found,) = (check for check in json.loads(result.stdout)["checks"] if check["name"] == "grpc")
    return dict(found)


def test_it_is_told_whether_the_door_is_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with both_doors(tmp_path) as (served, address):
        port = address.rsplit(":", 1)[1]
        assert f"listens on {address} for OTLP over gRPC" in served.log.read_text()
        assert served.call("/readyz")["grpc"] == "ok"
        found = checks(served, monkeypatch, grpc_port=port)
        assert (found["state"], address in found["says"]) == ("ok", True)
        elsewhere = checks(served, monkeypatch, grpc_port=free_port())
        assert (elsewhere["state"], "another place" in elsewhere["says"]) == ("warning", True)
        assert checks(served, monkeypatch, grpc_port="off")["state"] == "ok"
        assert "does not run" in checks(served, monkeypatch, grpc_port=port, port=free_port())["says"]


def test_a_taken_port_is_a_warning_and_no_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with serving(tmp_path, grpc_port=str(port)) as served:
            said = " ".join(served.log.read_text().split())
            assert "No OTLP over gRPC: cannot listen on" in said
            assert "FAITHLINE_GRPC_PORT" in said
            ready = served.call("/readyz")
            assert (ready["ready"], ready["grpc"]) == (True, "not listening")
            found = checks(served, monkeypatch, grpc_port=port)
            assert (found["state"], "not listening" in found["says"]) == ("warning", True)
            assert "FAITHLINE_GRPC_PORT" in found["remedy"]


def test_a_wrong_port_is_named() -> None:
    result = CliRunner().invoke(app, ["serve", "--grpc-port", "many"])
    assert result.exit_code == 2
    assert "FAITHLINE_GRPC_PORT" in result.output
