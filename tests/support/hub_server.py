"""A small stand-in for the Hugging Face hub: serves folders as repositories of one commit over HTTP."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlparse

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = (".safetensors", ".bin")


class Hub(ThreadingHTTPServer):
    """`repositories` maps ``org/name`` to a folder; names in `gated` are refused; `asked` holds all paths."""

    def __init__(self, repositories: dict[str, Path], gated: tuple[str, ...] = ()) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repositories = repositories
        self.gated = gated
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def _answer(self, *, with_body: bool) -> None:
        path = unquote(urlparse(self.path).path).strip("/")
        self.server.asked.append(path)
        parts = path.removeprefix("api/models/").split("/")
        name, rest = "/".join(parts[:2]), parts[2:]
        folder = self.server.repositories.get(name)
        revision = rest[1] if len(rest) > 1 else "main"
        if name in self.server.gated:
            self._send(403, b"", {"X-Error-Code": "GatedRepo"}, with_body)
        elif folder is None:
            self._send(401, b"", {"X-Error-Code": "RepoNotFound"}, with_body)
        elif revision not in ("main", COMMIT):
            self._send(404, b"", {"X-Error-Code": "RevisionNotFound"}, with_body)
        elif path.startswith("api/models/"):
            listing = _tree(folder) if rest[:1] == ["tree"] else _about(name, folder)
            self._send(200, json.dumps(listing).encode(), {"Content-Type": "application/json"}, with_body)
        else:
            self._file(folder / "/".join(rest[2:]), with_body)

    def _file(self, path: Path, with_body: bool) -> None:
        if not path.is_file():
            self._send(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT}, with_body)
            return
        body = path.read_bytes()
        headers = {"ETag": f'"{_etag(path)}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        self._send(200, body, headers, with_body)

    def _send(self, status: int, body: bytes, headers: dict[str, str], with_body: bool) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)


def _etag(path: Path) -> str:
    body = path.read_bytes()
    return hashlib.sha256(body).hexdigest() if path.name.endswith(LARGE) else hashlib.sha1(body).hexdigest()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _about(name: str, folder: Path) -> dict[str, object]:
    siblings = []
    for path in _files(folder):
        size = path.stat().st_size
        entry: dict[str, object] = {
            "rfilename": str(path.relative_to(folder)),
            "size": size,
            "blobId": _etag(path)[:40],
        }
        if path.name.endswith(LARGE):
            entry["lfs"] = {"sha256": _etag(path), "size": size, "pointerSize": 130}
        siblings.append(entry)
    return {"id": name, "sha": COMMIT, "siblings": siblings, "private": False, "tags": [], "downloads": 0, "likes": 0}


def _tree(folder: Path) -> list[dict[str, object]]:
    found = []
    for path in _files(folder):
        size = path.stat().st_size
        entry: dict[str, object] = {"type": "file", "oid": _etag(path)[:40], "size": size,
                                    "path": str(path.relative_to(folder))}  # fmt: skip
        if path.name.endswith(LARGE):
            entry["lfs"] = {"oid": _etag(path), "size": size, "pointerSize": 130}
        found.append(entry)
    return found


@contextmanager
def hub(repositories: dict[str, Path], gated: tuple[str, ...] = ()) -> Iterator[Hub]:
    """A running hub; stopped at the end."""
    server = Hub(repositories, gated)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
