"""A small stand-in for the Hugging Face hub: serves folders as repositories of one commit over HTTP."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlparse

from bench.servers.stand_in import Handler, listening

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = (".safetensors", ".bin")


@dataclass
class Hub:
    """`repositories` maps ``org/name`` to a folder; names in `gated` are refused; `asked` holds all paths."""

    repositories: dict[str, Path]
    gated: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)
    url: str = ""


@contextmanager
def hub(repositories: dict[str, Path], gated: tuple[str, ...] = ()) -> Iterator[Hub]:
    """A running hub; stopped at the end."""
    found = Hub(repositories, gated)

    class Serving(_Handler):
        hub = found

    with listening(Serving) as found.url:
        yield found


class _Handler(Handler):
    hub: Hub

    def do_GET(self) -> None:
        path = unquote(urlparse(self.path).path).strip("/")
        self.hub.asked.append(path)
        parts = path.removeprefix("api/models/").split("/")
        name, rest = "/".join(parts[:2]), parts[2:]
        folder = self.hub.repositories.get(name)
        revision = rest[1] if len(rest) > 1 else "main"
        if name in self.hub.gated:
            self.answer(403, b"", X_Error_Code="GatedRepo")
        elif folder is None:
            self.answer(401, b"", X_Error_Code="RepoNotFound")
        elif revision not in ("main", COMMIT):
            self.answer(404, b"", X_Error_Code="RevisionNotFound")
        elif path.startswith("api/models/"):
            listing = _tree(folder) if rest[:1] == ["tree"] else _about(name, folder)
            self.answer(200, json.dumps(listing).encode(), Content_Type="application/json")
        else:
            self._file(folder / "/".join(rest[2:]))

    do_HEAD = do_GET

    def _file(self, path: Path) -> None:
        if not path.is_file():
            self.answer(404, b"", X_Error_Code="EntryNotFound", X_Repo_Commit=COMMIT)
            return
        self.answer(200, path.read_bytes(), ETag=f'"{_etag(path)}"', X_Repo_Commit=COMMIT, Accept_Ranges="bytes")


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
