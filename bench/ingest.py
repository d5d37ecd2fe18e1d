"""Traces a second, acknowledged over OTLP/HTTP into SQLite, and read back: `make bench-ingest`.

Starts `faithline serve` on an empty database, sends protobuf requests from several connections, counts what was
acknowledged, then opens the database file from outside and counts what is there. The baseline, measured in the same
run, is the plainest durable receiver: the same requests decoded and written in a transaction each.
"""

from __future__ import annotations

import argparse
import http.client
import os
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from evaluator.core.ports import SystemClock
from evaluator.ingest.otlp import decode
from evaluator.pipeline.ingest import store_parts
from evaluator.store import migrate
from evaluator.store.store import Store
from tests.serving import serving

PROTOBUF = {"Content-Type": "application/x-protobuf"}
ANSWER = "The warranty covers two years from the day of delivery, and repairs do not extend it. " * 3


def request(number: int, traces: int) -> bytes:
    """An export of `traces` traces of three spans: a chain, a retriever with two passages, an LLM call."""
    message = ExportTraceServiceRequest()
    spans = message.resource_spans.add().scope_spans.add().spans
    now = time.time_ns()
    for i in range(traces):
        trace_id = (number * 100_000 + i + 1).to_bytes(16, "big")
        for kind in ("CHAIN", "RETRIEVER", "LLM"):
            span = spans.add(trace_id=trace_id, span_id=os.urandom(8), name=kind.lower(), kind=1)
            span.start_time_unix_nano, span.end_time_unix_nano = now, now + 1_000_000
            texts = {
                "openinference.span.kind": kind,
                "input.value": "How long is the warranty?",
                "output.value": ANSWER,
            }
            if kind == "RETRIEVER":
                texts |= {f"retrieval.documents.{n}.document.content": ANSWER * 2 for n in range(2)}
            for key, value in texts.items():
                span.attributes.add(key=key).value.string_value = value
    return bytes(message.SerializeToString())


def send(address: str, bodies: Sequence[bytes]) -> int:
    """Post `bodies` over one connection; returns how many were acknowledged."""
    url = urlsplit(address)
    connection = http.client.HTTPConnection(url.hostname or "", url.port or 80, timeout=120)
    acknowledged = 0
    for body in bodies:
        while True:
            connection.request("POST", "/v1/traces", body, PROTOBUF)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 503:
                break
            time.sleep(float(answer.headers["Retry-After"]))
        acknowledged += answer.status == 200
    connection.close()
    return acknowledged


def served(folder: Path, bodies: Sequence[bytes], connections: int) -> tuple[int, float]:
    """(acknowledged requests, seconds) of the service."""
    with serving(folder, quiet_seconds="3600") as service:
        shares = [bodies[i::connections] for i in range(connections)]
        started = time.perf_counter()
        with ThreadPoolExecutor(connections) as crowd:
            acknowledged = sum(crowd.map(lambda share: send(service.address, share), shares))
        return acknowledged, time.perf_counter() - started


def plain(folder: Path, bodies: Sequence[bytes]) -> float:
    """Seconds of the baseline: decode, one transaction a request, no network."""
    url = f"sqlite:///{folder / 'plain.db'}"
    migrate.upgrade(url)
    store = Store(url)
    started = time.perf_counter()
    for body in bodies:
        decoded = decode(body, PROTOBUF["Content-Type"], None, project="default")
        store_parts(store, decoded.parts, SystemClock(), timedelta(hours=1))
    seconds = time.perf_counter() - started
    store.close()
    return seconds


def read_back(path: Path) -> tuple[int, int]:
    """(traces, spans) in the database file, through a connection of its own."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        (traces,) = db.execute("SELECT count(*) FROM trace").fetchone()
        (spans,) = db.execute("SELECT count(*) FROM part").fetchone()
    return traces, spans


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--connections", type=int, default=8)
    arguments = parser.parse_args()
    print(f"{'traces a request':>17} {'':10} {'traces/s':>9} {'ratio':>6}  acknowledged  read back (traces, spans)")
    for traces in (1, 20):
        bodies = [request(n, traces) for n in range(arguments.requests)]
        total = len(bodies) * traces
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            seconds = plain(folder, bodies)
            base = total / seconds
            print(f"{traces:17d} {'plain':10} {base:9.0f} {1:6.2f}  {total:12d}  {read_back(folder / 'plain.db')}")
            acknowledged, seconds = served(folder, bodies, arguments.connections)
            rate = acknowledged * traces / seconds
            found = read_back(folder / "serve.db")
            print(f"{traces:17d} {'service':10} {rate:9.0f} {rate / base:6.2f}  {acknowledged * traces:12d}  {found}")
            store = Store(f"sqlite:///{folder / 'serve.db'}")
            durability = store.durability
            store.close()
    print(f"Durability: {durability}. {arguments.connections} connections, 3 spans a trace.")


if __name__ == "__main__":
    main()
