"""The application with its pages, as `faithline serve` makes it, and on a port of its own."""

from __future__ import annotations

import html
import re
import socket
import threading
import time
from typing import Any

import uvicorn
from fastapi import FastAPI

from bench.servers import free_port
from evaluator.api.app import create_app
from evaluator.api.grpc.door import GrpcDoor
from evaluator.bootstrap import Services
from evaluator.web.pages import install


def application(services: Services, **options: Any) -> FastAPI:
    return create_app(services, pages=lambda app: install(app, services), **options)


def text_of(page: str) -> str:
    """What a reader of a page sees, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


class Running:
    """The application on a port of its own, and with `grpc` on one more for OTLP over gRPC."""

    def __init__(self, services: Services, *, grpc: bool = False) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.door = GrpcDoor("127.0.0.1", free_port() if grpc else 0)
        self.app = application(services, grpc=self.door)
        self._server = uvicorn.Server(uvicorn.Config(self.app, log_level="error"))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def __enter__(self) -> Running:
        self._thread.start()
        until = time.monotonic() + 20
        while not self._server.started:
            if time.monotonic() > until:
                raise TimeoutError("the application does not start")
            time.sleep(0.02)
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=20)
        self._socket.close()
