"""The receiver: takes whatever an SDK posts, answers as its backend would, and keeps the bytes."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.servers.stand_in import Handler, listening
from tests.senders.desk.scenario import PROMPT, SYSTEM

SECRET = re.compile(r"authorization|cookie|token|secret|api-key", re.IGNORECASE)
IDLE = {"host", "connection", "content-length", "accept", "accept-encoding", "traceparent", "tracestate", "baggage"}
IDLE |= {"transfer-encoding", "accept-language", "sec-fetch-mode"}


@dataclass(frozen=True)
class Request:
    """A request as it came; `body` is decompressed, `headers` are those that say something, without secrets."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Recorder:
    """A receiver's address and what it got so far, in order."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)


def _unpacked(body: bytes, encoding: str | None) -> bytes:
    if encoding == "gzip":
        return gzip.decompress(body)
    return zlib.decompress(body) if encoding == "deflate" else body


def _answer(path: str, body: bytes, content_type: str) -> tuple[int, bytes]:
    """What the backend that owns `path` answers to a post, as short as its SDK accepts."""
    if path.endswith("/ingestion"):
        taken = [{"id": item["id"], "status": 201} for item in json.loads(body)["batch"]]
        return 207, json.dumps({"successes": taken, "errors": []}).encode()
    if path == "/api/public/scores":
        return 202, b'{"message": "Accepted"}'
    return 200, b"" if "protobuf" in content_type else b"{}"


def _page(path: str) -> dict[str, Any]:
    """What a backend answers to a get: Langfuse keeps the prompt, the others are asked nothing that matters."""
    if path.startswith("/api/public/v2/prompts/"):
        return {**PROMPT, "prompt": SYSTEM, "type": "text", "labels": ["production"], "tags": [], "config": {}}
    return {}


@contextmanager
def recording() -> Iterator[Recorder]:
    """A recorder that listens on the loopback interface."""
    recorder = Recorder()

    class Receiver(Handler):
        def do_POST(self) -> None:
            raw = self._chunked() if self.headers.get("Transfer-Encoding") == "chunked" else self.body()
            said = {name.lower(): value for name, value in self.headers.items()}
            body = _unpacked(raw, said.get("content-encoding"))
            kept = {name: value for name, value in said.items() if name not in IDLE and not SECRET.search(name)}
            recorder.requests.append(Request(self.path, kept, body))
            content_type = said.get("content-type", "")
            status, answer = _answer(self.path, body, content_type)
            self.answer(status, answer, Content_Type=content_type.split(";")[0] or "application/json")

        do_PUT = do_PATCH = do_POST

        def do_GET(self) -> None:
            self.answer(200, json.dumps(_page(self.path)).encode(), Content_Type="application/json")

        def _chunked(self) -> bytes:
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

    with listening(Receiver) as url:
        recorder.url = url
        yield recorder
