"""Traces a second over OTLP, acknowledged and read back, beside arize-phoenix and mlflow: `make bench-ingest`.

Every system is started as its makers start it, on an empty SQLite file and on an empty PostgreSQL database, and is
sent the same bytes over as many connections for the same time: over HTTP, this one also over gRPC. Counted is what
was answered with 200, and how much of that is in the database when the last answer comes; then the clock goes on
until all of it is there.

    python -m bench.ingest             # all three; installs the others into --cache on the first run
    python -m bench.ingest --alone     # this project only
    python -m bench.ingest --memory    # memory at the load that is served, and at ten times as much
"""

from __future__ import annotations

import argparse
import os
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bench.ingest.sender import Sent, send
from bench.ingest.systems import OURS, System, mlflow, ours, phoenix
from bench.servers.postgres import postgres
from bench.servers.serving import serving

PROTOBUF = {"Content-Type": "application/x-protobuf"}
ANSWER = "The warranty covers two years from the day of delivery, and repairs do not extend it. " * 3
SIZES = (1, 20)
"""Traces a request: an exporter that sends each as it ends, and one that gathers."""
STREAM = 40_000
"""Traces made for each size; whoever takes all of them before the time is over is measured on them."""
WARM_UP = 10
"""Requests before the clock starts."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement: `answered` and `readable` are traces a second, `there` the share of the answered traces that
    the database held when the last answer came, `missing` those that it still did not hold at the end."""

    system: str
    database: str
    size: int
    answered: float
    readable: float
    there: float
    missing: int
    refused: int
    durability: str


def request(first: int, traces: int) -> bytes:
    """An export of `traces` traces of three spans: a chain, a retriever with two passages, an LLM call.

    Trace `i` of it has the id `first` + `i`.
    """
    message = ExportTraceServiceRequest()
    spans = message.resource_spans.add().scope_spans.add().spans
    now = time.time_ns()
    for i in range(traces):
        root = os.urandom(8)
        for kind in ("CHAIN", "RETRIEVER", "LLM"):
            span = spans.add(trace_id=(first + i).to_bytes(16, "big"), name=kind.lower(), kind=1)
            span.span_id, span.parent_span_id = (root, b"") if kind == "CHAIN" else (os.urandom(8), root)
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


def stream(size: int, traces: int = STREAM) -> list[bytes]:
    """Requests of `size` traces each; no two streams of different sizes share a trace."""
    return [request(size * 10**9 + first + 1, size) for first in range(0, traces, size)]


@contextmanager
def databases(kinds: Sequence[str], folder: Path) -> Iterator[dict[str, Callable[[str], str]]]:
    """By the kind of database, what makes an empty one of a name and returns its address."""
    makers: dict[str, Callable[[str], str]] = {"sqlite": lambda name: f"sqlite:///{folder / name}.db"}
    if "postgres" not in kinds:
        yield makers
        return
    with postgres() as server:
        yield makers | {"postgres": server.database}


def measure(
    system: System, database: str, url: str, bodies: Sequence[bytes], size: int, options: argparse.Namespace
) -> Row:
    """Send `bodies` of `size` traces each to a server of its own."""
    headers = {**PROTOBUF, **system.headers}
    warm, bodies = bodies[:WARM_UP], bodies[WARM_UP:]
    with tempfile.TemporaryDirectory() as name, system.running(Path(name), url) as address:
        send(address, warm, headers, connections=options.connections, connect=system.connect)
        before = until_stored(system, url, len(warm) * size, options.drain)
        start = time.perf_counter()
        how = {"connections": options.connections, "seconds": options.seconds, "connect": system.connect}
        sent = send(address, bodies, headers, **how)
        if sent.failed or not sent.acknowledged:
            raise RuntimeError(f"{system.name} answered {sent.failed} requests with an error")
        answered = len(sent.acknowledged) * size
        there = system.stored(url)[0] - before
        found = until_stored(system, url, before + answered, options.drain) - before
        return Row(
            system.name,
            database,
            size,
            answered / sent.seconds,
            min(found, answered) / (time.perf_counter() - start),
            min(there, answered) / answered,
            max(0, answered - found),
            sent.refused,
            system.durability(url),
        )


def until_stored(system: System, url: str, wanted: int, patience: float) -> int:
    """Wait until `wanted` traces are in the database, at most `patience` seconds; returns how many are."""
    until = time.perf_counter() + patience
    while (found := system.stored(url)[0]) < wanted and time.perf_counter() < until:
        time.sleep(0.1)
    return found


def report(rows: Sequence[Row], connections: int) -> None:
    """One table; ratios are of what can be read back, against the faster of the others on the same database."""
    print(
        f"\n{'system':16} {'database':8} {'traces a':>8} {'answered':>9} {'readable':>9} {'faster':>7} "
        f"{'there at last':>13} {'missing':>8} {'refused':>8}  durability\n"
        f"{'':16} {'':8} {'request':>8} {'/s':>9} {'/s':>9} {'peer ×':>7} {'answer':>13}"
    )
    for row in rows:
        same = [r for r in rows if (r.database, r.size) == (row.database, row.size)]
        peers = [r.readable for r in same if not r.system.startswith(OURS)]
        ratio = f"{row.readable / max(peers):7.1f}" if peers else f"{'':7}"
        print(
            f"{row.system:16} {row.database:8} {row.size:8d} {row.answered:9.0f} {row.readable:9.0f} {ratio} "
            f"{row.there:13.0%} {row.missing:8d} {row.refused:8d}  {row.durability}"
        )
    print(f"\n{connections} connections, 3 spans a trace, {len(request(1, 1))} bytes. Readable: until all that was")
    print("answered is in the database, or what was there when the time for that was over.")


def memory(options: argparse.Namespace) -> None:
    """Resident memory of the service at the load that it serves, and at ten times as many senders."""
    bodies = stream(20)
    print(f"{'connections':>11} {'answered/s':>11} {'refused':>8} {'before MB':>10} {'peak MB':>8}  all there")
    with tempfile.TemporaryDirectory() as name, serving(Path(name)) as served:
        share = len(bodies) // 11
        for connections, some in ((options.connections, bodies[:share]), (options.connections * 10, bodies[share:])):
            before = resident(served.process.pid)
            sent, peak = watched(served.process.pid, served.address, some, connections, options.seconds)
            with sqlite3.connect(f"file:{name}/serve.db?mode=ro", uri=True) as db:
                found = {row[0] for row in db.execute("SELECT id FROM trace")}
            there = all(traces_of(some[n]) <= found for n in sent.acknowledged)
            rate = len(sent.acknowledged) * 20 / sent.seconds
            print(f"{connections:11d} {rate:11.0f} {sent.refused:8d} {before:10.0f} {peak:8.0f}  {there}")


def watched(pid: int, address: str, bodies: Sequence[bytes], connections: int, seconds: float) -> tuple[Sent, float]:
    """What `send` returns, and the most memory that the process had meanwhile (MB)."""
    peaks, over = [resident(pid)], threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            peaks.append(resident(pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    sent = send(address, bodies, PROTOBUF, connections=connections, seconds=seconds)
    over.set()
    watcher.join()
    return sent, max(peaks)


def resident(pid: int) -> float:
    """Memory of a process that is in the machine's (MB). Linux only."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def traces_of(body: bytes) -> set[str]:
    message = ExportTraceServiceRequest.FromString(body)
    return {s.trace_id.hex() for r in message.resource_spans for scope in r.scope_spans for s in scope.spans}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=6, help="how long each is sent to (s)")
    parser.add_argument("--drain", type=float, default=15, help="how long to wait for what was answered (s)")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--database", choices=("sqlite", "postgres"), action="append", help="one only")
    parser.add_argument("--alone", action="store_true", help="without the others")
    parser.add_argument("--short", action="store_true", help="two seconds each")
    parser.add_argument("--memory", action="store_true", help="measure memory instead")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "faithline-bench")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that servers are ended also then
    if options.short:
        options.seconds, options.drain = 2.0, 5.0
    if options.memory:
        memory(options)
        return
    systems = [ours(), ours(over_grpc=True)]
    systems += [] if options.alone else [phoenix(options.cache.resolve()), mlflow(options.cache.resolve())]
    kinds = options.database or ["sqlite", "postgres"]
    streams = {size: stream(size) for size in SIZES}
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name, databases(kinds, Path(name)) as makers:
        try:
            for kind in kinds:
                for number, (size, system) in enumerate(product(SIZES, systems)):
                    url = makers[kind](f"bench{number}")
                    rows.append(measure(system, kind, url, streams[size], size, options))
                    print(f"{system.name}, {kind}, {size}: {rows[-1].readable:.0f}/s", flush=True)
        finally:  # what was measured is worth telling, also where one of them fails
            report(rows, options.connections)


if __name__ == "__main__":
    main()
