"""Looks at a Redis server from outside: enough of its protocol (RESP 2) to ask how it keeps what it is given."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from evaluator.core.errors import FaithlineError
from evaluator.pipeline.operations.doctor.checks import Check, fine, warning

TIMEOUT_SECONDS = 3.0
NOEVICTION = "Set maxmemory-policy noeviction: hints and rates that are evicted cost time"
APPENDONLY = "Set appendonly yes: an empty broker costs a little time after each restart"


class Refused(FaithlineError):
    """An error that the server answered."""


class Broker:
    """One connection to the server at a ``redis://`` or ``rediss://`` address. Raises OSError, FaithlineError."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        host, port = parts.hostname or "localhost", parts.port or 6379
        self._socket = socket.create_connection((host, port), TIMEOUT_SECONDS)
        if parts.scheme == "rediss":
            self._socket = ssl.create_default_context().wrap_socket(self._socket, server_hostname=host)
        self._file = self._socket.makefile("rb")
        if parts.password:
            user = [unquote(parts.username)] if parts.username else []
            self.ask("AUTH", *user, unquote(parts.password))

    def __enter__(self) -> Broker:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()

    def ask(self, *words: str) -> Any:
        """The server's answer: text, a number, None, or a list of them. Raises Refused for an error."""
        encoded = [word.encode() for word in words]
        lines = [b"*%d" % len(encoded), *(part for word in encoded for part in (b"$%d" % len(word), word)), b""]
        self._socket.sendall(b"\r\n".join(lines))
        return self._answer()

    def _answer(self) -> Any:
        line = self._file.readline(65_536)
        kind, rest = line[:1], line[1:].strip()
        match kind:
            case b"+":
                return rest.decode("utf-8", "replace")
            case b"-":
                raise Refused(rest.decode("utf-8", "replace"))
            case b":":
                return int(rest)
            case b"$":
                size = int(rest)
                return None if size < 0 else self._file.read(size + 2)[:-2].decode("utf-8", "replace")
            case b"*":
                return [self._answer() for _ in range(int(rest))]
        raise FaithlineError("what answers there does not speak Redis")

    def setting(self, name: str) -> str | None:
        """A setting of the server; None where it does not let us see."""
        try:
            answer = self.ask("CONFIG", "GET", name)
        except Refused:
            return None
        return str(answer[1]) if isinstance(answer, list) and len(answer) == 2 else None


def check_broker(url: str) -> Iterator[Check]:
    """Whether it answers, and whether it keeps what it is given."""
    with Broker(url) as broker:
        broker.ask("PING")
        yield fine("broker", "answers")
        for name, wanted, remedy in (
            ("maxmemory-policy", "noeviction", NOEVICTION),
            ("appendonly", "yes", APPENDONLY),
        ):
            found = broker.setting(name)
            if found == wanted:
                yield fine(f"broker {name}", found)
            else:
                said = "does not let us see" if found is None else f"is {found}"
                yield warning(f"broker {name}", said, remedy)
